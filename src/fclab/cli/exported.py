"""Trained models of a command, and the files that they are written to."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from fclab.cli.images import images_again
from fclab.cli.place import find_store
from fclab.cli.progress import say
from fclab.cli.runs import RunFilter
from fclab.export import Form, Layout, Pixels
from fclab.export.source import Source, from_folder, from_store
from fclab.values.errors import DataError, UsageError
from fclab.values.extras import require
from fclab.values.files import write_atomic
from fclab.values.run import Run
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
    with_onnx: bool,
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
        with_onnx: whether a page runs ONNX files.
        data, images: where images are, for seeds that are trained again.

    Raises:
        UsageError, DataError, FclabError: what was named is not there, cannot be exported, or
            the file cannot be written.
    """
    if (layout or pixels) and form not in ("onnx", "mlflow"):
        raise UsageError(
            "--layout and --pixels are of --to onnx and mlflow, not of --to {form}", form=form
        )
    if with_onnx and form != "page":
        raise UsageError("--with-onnx is of --to page, not of --to {form}", form=form)
    match form:
        case "onnx":
            require("onnx", "onnx", "fclab export --to onnx")
        case "mlflow":
            require("onnx", "onnx", "fclab export --to mlflow")
        case "tensorboard":
            require("tensorboard", "tensorboard", "fclab export --to tensorboard")
    trainings = form in ("tensorboard", "huggingface")
    found = _found(named, wanted, several=form == "tensorboard")
    if trainings and not found.runs:
        raise UsageError(
            "the training of {named} is not told: run.json and history.csv are lacking",
            named=named[0],
        )
    if form == "huggingface" and len(found.sources) > 1:
        raise UsageError("a model card is of one network: name one folder or one seed")
    words, info = wanted.words, found.sources[0].model.dataset
    if info.substitute:
        say(f"fclab: {words.plain('predict.stand_in', substitute=info.substitute)}")
    if form == "tensorboard":
        from fclab.export.tensorboard import event_files

        path = _folder(out, f"{found.name}-{form}", event_files(found.runs))
        say(words.plain("cli.export.runs", path=path, n=len(found.runs)))
        return
    if (layout or pixels) and len(info.input_shape) == 1:
        raise UsageError("--layout and --pixels are of images; {name} has none", name=info.name)
    sources = _whole(found.sources, data, images, wanted.language)
    models = [source.model for source in sources]
    path, files = out, {}
    match form:
        case "page":
            from fclab.web.page import write_page

            path = _file(out, f"{found.name}.html")
            write_page(models, path, wanted.written, with_onnx=with_onnx)
            say(words.plain("cli.export.page", path=path, n=len(models)))
            return
        case "onnx":
            from fclab.export.onnx_file import onnx_model

            made = onnx_model(models, layout=layout or "nchw", pixels=pixels or "float32")
            path = write_atomic(_file(out, f"{found.name}.onnx"), made.SerializeToString())
        case "torch":
            from fclab.export.torch_file import torch_files

            files = torch_files(models, wanted.written)
        case "mlflow":
            from fclab.export.mlflow import mlflow_files

            files = mlflow_files(
                models, found.runs, layout=layout or "nchw", pixels=pixels or "float32"
            )
        case "huggingface":
            from fclab.export.huggingface import huggingface_files

            assert sources[0].run
            files = huggingface_files(sources[0].run, found.runs, wanted.written)
    if files:
        path = _folder(out, f"{found.name}-{form}", files)
    say(words.plain("cli.export.written", path=path, n=len(models)))


class _Found(NamedTuple):
    """What was named: a name for its file, the networks that are written, and all trainings that
    are known of it."""

    name: str
    sources: list[Source]
    runs: list[Run]


def _found(named: Sequence[str], wanted: RunFilter, *, several: bool) -> _Found:
    """What was named.

    Args:
        named: folders, or one row of a study.
        wanted: store and seeds.
        several: whether all networks of a folder of results are meant, and all seeds.
    """
    folders = [Path(name) for name in named if Path(name).exists() or {*name} & {*"/\\"}]
    if len(folders) < len(named) and len(named) > 1:
        raise UsageError("name folders of models, or one row of a study")
    if folders:
        if wanted.seeds:
            raise UsageError("--seeds are of a row of a study; a folder has one model")
        sources = [one for folder in folders for one in from_folder(folder, several=several)]
        runs = [source.run for source in sources if source.run]
        return _Found(file_name(sources[0].model.dataset.name), sources, runs)
    row = named[0]
    place = find_store(wanted.store, None, wanted.language)
    if wanted.store is None and isinstance(place, Path) and not place.exists():
        raise DataError("no model in {folder}: there is no such folder", folder=row)
    with wanted.open() as store:
        by_seed = {run.seed: run for run in from_store(store, row)}
    seeds = wanted.seeds or (tuple(by_seed) if several else (0,))
    if lacking := [seed for seed in seeds if seed not in by_seed]:
        raise UsageError(
            "row {name} has the seeds 0 to {last}, not {seeds}",
            name=row, last=max(by_seed), seeds=", ".join(map(str, lacking)),
        )  # fmt: skip
    chosen = [by_seed[seed] for seed in dict.fromkeys(seeds)]
    name = file_name(f"{chosen[0].dataset.name}-{row.rpartition(':')[2]}")
    return _Found(name, list(map(Source.of, chosen)), chosen if several else [*by_seed.values()])


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


def _folder(out: Path | None, name: str, files: Mapping[str, bytes | str]) -> Path:
    """Write files into the folder that was named, or into one of that name in ``results``."""
    folder = out or Path("results") / name
    for inside, content in files.items():
        write_atomic(folder / inside, content)
    return folder


def _file(out: Path | None, name: str) -> Path:
    """Where a file goes: what was named, or its own name in the folder that was named."""
    if out is None:
        return Path("results") / name
    return out / name if out.is_dir() else out
