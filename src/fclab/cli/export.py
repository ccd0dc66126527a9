"""`fclab export`: trained models and kept runs for other programs."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from fclab.cli.place import results_folder
from fclab.cli.runs import EVERY_RUN, Flattened, RunFilter
from fclab.export import FORMS, Form, Layout, Pixels

if TYPE_CHECKING:
    from collections.abc import Iterator


def export(
    *models: str,
    to: Form | None = None,
    out: Annotated[Path | None, Parameter(show_default=False)] = None,
    layout: Layout | None = None,
    pixels: Pixels | None = None,
    with_onnx: Annotated[bool, Parameter(negative="")] = False,
    data: str | None = None,
    images: Path | None = None,
    histories: Path | None = None,
    wanted: Flattened = EVERY_RUN,
) -> None:
    """Write a trained model for other programs, or kept runs as a table: CSV or Parquet.

    A model is a folder with model.json and model.safetensors, or the folder of results that holds
    it; or a row of a kept study, as ROW or STUDY:ROW, of which --seeds may name several. Several
    models answer together, by the mean of their log-probabilities. Preparing the pictures is part
    of what is written.

    Without a model: a table with one row per run: key, data, every field of the recipe, metrics,
    engine, seconds.

    Examples:

        fclab export results/classes-0-55-58 --to onnx

        fclab export results/classes-0-55-58 --to onnx --layout nhwc --pixels uint8 --out net.onnx

        fclab export stop --to onnx --seeds 0 1 2 3

        fclab export results/classes-0-55-58 --to page --with-onnx

        fclab export

        fclab export --out runs.parquet --histories histories.parquet --classes 0 55 58

        fclab export --out gram.csv --engine gram --no-diverged

    Parameters
    ----------
    models
        What is written: folders of models, folders of results, or a row of a study.
    to
        Its form: onnx, one file with everything in it; page, an HTML file that shows what the model
        answers for pictures of your own; torch, a state_dict and the program that loads it;
        mlflow, a model of MLflow; huggingface, a folder with a model card; tensorboard, histories
        of runs: of all in a folder, of all seeds of a row.
    out
        The file or folder that is written; default: in results/, by the name of the data. Of a
        table its file, results/runs.csv; or a folder of results: its store is meant.
    layout
        Of --to onnx, how images lie: nchw (n, 3, 32, 32) or nhwc (n, 32, 32, 3); default: nchw.
    pixels
        Of --to onnx, the type of the pixels, which are 0 to 255; default: float32.
    with_onnx
        Of --to page: ONNX files dropped on the page answer beside the model; 5 MB more.
    data
        Of a row whose seeds are trained again for it: where CIFAR-100 is; default: FCLAB_DATA or
        the cache.
    images
        The same of pictures of your own, if they have moved.
    histories
        Of a table, a second one: one row per epoch of every run.
    wanted
        Which runs; of a row its seeds.
    """
    from fclab.values.errors import UsageError

    for_models = {"--to": to, "--layout": layout, "--pixels": pixels,
                  "--with-onnx": with_onnx or None, "--data": data, "--images": images}  # fmt: skip
    if not models:
        for option, value in for_models.items():
            if value is not None:
                raise UsageError(
                    "{option} is for a model: fclab export MODEL --to {form}",
                    option=option, form=to or "onnx",
                )  # fmt: skip
        _tables(out, histories, wanted)
        return
    if to is None:
        raise UsageError(
            "which form? fclab export {model} --to {forms}",
            model=models[0], forms=" | ".join(FORMS),
        )  # fmt: skip
    if histories is not None:
        raise UsageError("--histories is a table of runs: leave out the model and --to, or it")
    if named := wanted.named_conditions():
        raise UsageError(
            "{options} choose runs for a table; a model is named by its folder or row",
            options=", ".join(named),
        )  # fmt: skip
    from fclab.cli.exported import write_model_as

    write_model_as(
        to, models, out, wanted, layout=layout, pixels=pixels, with_onnx=with_onnx, data=data,
        images=images,
    )  # fmt: skip


def _tables(out: Path | None, histories: Path | None, wanted: RunFilter) -> None:
    from itertools import islice
    from os.path import realpath

    from fclab.cli.progress import progress_bar, say
    from fclab.store.export import (
        HISTORY,
        check_path,
        history_rows,
        run_columns,
        run_row,
        write_table,
    )
    from fclab.values.errors import UsageError

    words = wanted.words
    folder = results_folder(out, wanted.store)
    out = (folder or Path("results")) / "runs.csv" if folder or out is None else out
    check_path(out)
    if histories is not None and realpath(check_path(histories)) == realpath(out):
        raise UsageError("--out and --histories are two tables: name two files")
    with wanted.open(folder) as store:
        chosen = wanted.chosen
        count = store.count(chosen)
        write_table(out, run_columns(), map(run_row, store.entries(chosen)))
        if histories is not None:
            with progress_bar(words.plain("cli.runs.histories"), things=True) as progress:

                def rows() -> "Iterator[Any]":
                    waiting, done = store.entries(chosen), 0
                    while keys := [entry.key for entry in islice(waiting, 32)]:
                        for key, run in zip(keys, store.runs(keys), strict=True):
                            yield from history_rows(key, run)
                        done += len(keys)
                        progress(done, count)

                write_table(histories, HISTORY, rows())
    for path in filter(None, (out, histories)):
        say(words.plain("cli.runs.written", path=path, count=count))
