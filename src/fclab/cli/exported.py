"""Trained models of a command, and the files that they are written to."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from fclab.cli.images import images_again
from fclab.cli.place import find_store
from fclab.cli.progress import say
from fclab.cli.runs import RunFilter
from fclab.export import Form, Layout, Pixels
from fclab.export.source import Source, from_folder, from_store
from fclab.values.errors import DataError, UsageError
from fclab.values.extras import require
from fclab.values.files import write_atomic
from fclab.values.text import file_name

if TYPE_CHECKING:
    from fclab.words.languages import Lang


def write_model_as(
    form: Form,
    named: Sequence[str],
    out: Path | None,
    wanted: RunFilter,
    *,
    layout: Layout | None,
    pixels: Pixels | None,
    data: str | None,
    images: Path | None,
) -> None:
    """Write the models that were named.

    Args:
        form: of what is written.
        named: folders, or one row of a study.
        out: where to; default: by the name of the data.
        wanted: store, language, seeds.
        layout, pixels: of ONNX files.
        data, images: where images are, for seeds that are trained again.

    Raises:
        UsageError, DataError, FclabError: what was named is not there, cannot be exported, or
            the file cannot be written.
    """
    if form == "onnx":
        require("onnx", "onnx", "fclab export --to onnx")
    name, sources = _found(named, wanted)
    words = wanted.words
    models = [source.model for source in _whole(sources, data, images, wanted.language)]
    if substitute := models[0].dataset.substitute:
        say(f"fclab: {words.plain('predict.stand_in', substitute=substitute)}")
    info = models[0].dataset
    if form == "page":
        from fclab.web.page import write_page

        path = _file(out, f"{name}.html")
        write_page(models, path, wanted.written)
        say(words.plain("cli.export.page", path=path, n=len(models)))
        return
    if (layout or pixels) and len(info.input_shape) == 1:
        raise UsageError("--layout and --pixels are of images; {name} has none", name=info.name)
    from fclab.export.onnx_file import onnx_model

    made = onnx_model(models, layout=layout or "nchw", pixels=pixels or "float32")
    path = _file(out, f"{name}.onnx")
    write_atomic(path, made.SerializeToString())
    say(words.plain("cli.export.onnx", path=path, n=len(models)))


def _found(named: Sequence[str], wanted: RunFilter) -> tuple[str, list[Source]]:
    """The networks that were named, and a name for their file."""
    folders = [Path(name) for name in named if Path(name).exists() or {*name} & {*"/\\"}]
    if len(folders) < len(named) and len(named) > 1:
        raise UsageError("name folders of models, or one row of a study")
    if folders:
        if wanted.seeds:
            raise UsageError("--seeds are of a row of a study; a folder has one model")
        sources = [source for folder in folders for source in from_folder(folder)]
        return file_name(sources[0].model.dataset.name), sources
    place = find_store(wanted.store, None, wanted.language)
    if wanted.store is None and isinstance(place, Path) and not place.exists():
        raise DataError("no model in {folder}: there is no such folder", folder=named[0])
    with wanted.open() as store:
        sources = from_store(store, named[0])
    seeds = wanted.seeds or (0,)
    by_seed = {source.run.seed: source for source in sources if source.run}
    if lacking := [seed for seed in seeds if seed not in by_seed]:
        raise UsageError(
            "row {name} has the seeds 0 to {last}, not {seeds}",
            name=named[0], last=max(by_seed), seeds=", ".join(map(str, lacking)),
        )  # fmt: skip
    chosen = [by_seed[seed] for seed in dict.fromkeys(seeds)]
    row = named[0].rpartition(":")[2]
    return file_name(f"{chosen[0].model.dataset.name}-{row}"), chosen


def _whole(
    sources: list[Source], data: str | None, images: Path | None, lang: "Lang"
) -> list[Source]:
    """Networks with their weights: those that the store keeps without are trained again."""
    from fclab.study.trainer import train_again

    lacking = [source.run for source in sources if not source.model.weights and source.run]
    if not lacking:
        return sources
    info = lacking[0].dataset
    numbers = [name.number for name in info.class_names]
    folder = info.pictures.folder if info.pictures else None
    dataset = images_again(info.source, numbers, folder, data, images, lang)
    if dataset is None:
        raise UsageError(
            "only the program that made these runs has their data ({source}); without it there "
            "is --seeds 0",
            source=info.source,
        )  # fmt: skip
    whole = {run.seed: run for run in train_again(lacking, dataset)}
    return [
        Source.of(whole[source.run.seed]) if source.run and not source.model.weights else source
        for source in sources
    ]


def _file(out: Path | None, name: str) -> Path:
    """Where a file goes: what was named, or its own name in the folder that was named."""
    if out is None:
        return Path("results") / name
    return out / name if out.is_dir() else out
