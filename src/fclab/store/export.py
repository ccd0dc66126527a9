"""Kept runs as tables for other programs: CSV, or Parquet through pyarrow."""

import csv
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any, Literal

from fclab.store.pack import Entry
from fclab.values.errors import UsageError
from fclab.values.extras import installing
from fclab.values.files import write_with
from fclab.values.recipe import Recipe
from fclab.values.run import Run

Kind = Literal["string", "integer", "number", "boolean", "date-time"]
"""Types of columns, in the words of JSON Schema."""

Columns = Mapping[str, Kind]
Record = Mapping[str, Any]

_MEASURES: Columns = {
    f"{split}_{what}": "number"
    for split in ("train", "valid", "test")
    for what in ("loss", "accuracy")
}

HISTORY: Columns = {
    "key": "string",
    "dataset": "string",
    "recipe_key": "string",
    "seed": "integer",
    "epoch": "integer",
    "running_loss": "number",
    **_MEASURES,
}
"""One row per epoch of a run: its key, and the columns of `fclab.values.run.History`."""

_AT_ONCE = 50_000  # rows of a row group


@cache
def run_columns() -> Columns:
    """One row per run: what identifies it, its recipe field by field, and what came of it."""
    return {
        "key": "string",
        "dataset": "string",
        "task": "string",
        "source": "string",
        "classes": "string",
        "fingerprint": "string",
        "recipe_key": "string",
        "seed": "integer",
        **recipe_columns(),
        "iterations": "integer",
        "trained_epochs": "integer",
        "diverged_at": "integer",
        "stopped_at": "integer",
        **_MEASURES,
        "engine": "string",
        "device": "string",
        "seconds": "number",
        "created": "date-time",
    }


@cache
def recipe_columns() -> Columns:
    """The JSON type of every field of a recipe."""
    fields = Recipe.model_json_schema(mode="serialization")["properties"]
    return {name: field.get("type") or field["anyOf"][0]["type"] for name, field in fields.items()}


def run_row(entry: Entry) -> Record:
    """A run as a row of `run_columns`."""
    recipe, dataset = entry.recipe, entry.dataset
    per_epoch = recipe.iterations_per_epoch(dataset.sizes["train"])
    return {
        "key": entry.key,
        "dataset": dataset.name,
        "task": dataset.task,
        "source": dataset.source,
        "classes": " ".join(str(name.number) for name in dataset.class_names),
        "fingerprint": dataset.fingerprint,
        "recipe_key": recipe.key,
        "seed": entry.seed,
        **recipe.model_dump(mode="json"),
        "iterations": entry.epochs * per_epoch,
        "trained_epochs": entry.epochs,
        "diverged_at": entry.diverged_at,
        "stopped_at": entry.stopped_at,
        **entry.metrics,
        "engine": entry.engine.name,
        "device": entry.engine.device,
        "seconds": entry.seconds,
        "created": entry.created,
    }


def history_rows(key: str, run: Run) -> Iterator[Record]:
    """The epochs of a run as rows of `HISTORY`."""
    identity = {
        "key": key,
        "dataset": run.dataset.name,
        "recipe_key": run.recipe.key,
        "seed": run.seed,
    }
    columns = [column.tolist() for column in run.history.values()]
    for epoch, values in enumerate(zip(*columns, strict=True), start=1):
        yield {**identity, "epoch": epoch, **dict(zip(run.history, values, strict=True))}


def check_path(path: Path) -> Path:
    """The path, if a table can be written to it.

    Raises:
        UsageError: its suffix is neither .csv nor .parquet, or pyarrow is not installed.
    """
    match path.suffix.lower():
        case ".csv":
            return path
        case ".parquet":
            try:
                import pyarrow.parquet  # noqa: F401
            except ImportError as error:
                raise UsageError(
                    "Parquet needs a package: {install}", install=installing("parquet")
                ) from error
            return path
        case _:
            raise UsageError(
                "tables are written to .csv or .parquet, not to {name}", name=path.name
            )


def write_table(path: Path, columns: Columns, rows: Iterable[Record]) -> None:
    """Write a table, whole or not at all; a value that a row lacks is left empty.

    Args:
        path: its suffix is the format, see `check_path`.
        columns: names and types, in order; rows hold no others.
        rows: read one by one.

    Raises:
        UsageError: see `check_path`. FclabError: the file cannot be written.
    """
    write = _write_csv if check_path(path).suffix.lower() == ".csv" else _write_parquet
    write_with(path, lambda temporary: write(temporary, columns, rows))


def _write_csv(path: Path, columns: Columns, rows: Iterable[Record]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, columns, lineterminator="\n")
        table.writeheader()
        for row in rows:
            moments = {k: row[k].isoformat() for k, kind in columns.items() if kind == "date-time"}
            table.writerow({**row, **moments})


def _write_parquet(path: Path, columns: Columns, rows: Iterable[Record]) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    kinds = {
        "string": pa.string(),
        "integer": pa.int64(),
        "number": pa.float64(),
        "boolean": pa.bool_(),
        "date-time": pa.timestamp("us", tz="UTC"),
    }
    schema = pa.schema([(name, kinds[kind]) for name, kind in columns.items()])
    waiting = iter(rows)
    with pq.ParquetWriter(path, schema) as table:
        while some := list(islice(waiting, _AT_ONCE)):
            table.write_table(pa.Table.from_pylist(some, schema=schema))
