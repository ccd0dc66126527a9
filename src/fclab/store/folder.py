"""A run as a folder of files that people and other programs can open.

- ``run.json``: recipe, seed, dataset with fingerprint, engine, metrics, machine, timing.
- ``history.csv``: one row per epoch.
- ``model.safetensors`` with ``model.json``: the weights, and what is needed to use them
  (recipe, preprocessing, layout, class names). No pickles.
"""

import csv
import io
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import safetensors.numpy
from pydantic import BaseModel, ConfigDict, ValidationError
from safetensors import SafetensorError

from fclab.values.dataset import DatasetInfo
from fclab.values.errors import DataError
from fclab.values.files import open_regular, write_atomic
from fclab.values.model import Model
from fclab.values.recipe import Recipe
from fclab.values.run import EngineChoice, Machine, Run

FORMAT = 1
"""Version of the files; raised when an older fclab could no longer read them."""


class ModelCard(BaseModel):
    """The JSON beside the weights: all that the arrays themselves do not say."""

    model_config = ConfigDict(frozen=True)

    format: int
    recipe: Recipe
    dataset: DatasetInfo


class _Versioned(BaseModel):
    format: int


class _RunCard(BaseModel):
    """Of ``run.json`` what the model beside it does not say."""

    seed: int
    engine: EngineChoice
    metrics: dict[str, float | None]
    diverged_at: int | None
    stopped_at: int | None
    seconds: float
    machine: Machine | None


def write_run(run: Run, folder: Path) -> None:
    """Write the files of one run; existing ones are replaced, each in one move.

    Raises:
        FclabError: the folder cannot be written, or the weights were not kept with the run.
    """
    write_model(run.model, folder)
    write_atomic(folder / "history.csv", history_csv(run))
    write_atomic(folder / "run.json", json.dumps(describe(run), ensure_ascii=False, indent=2))


def describe(run: Run) -> dict[str, Any]:
    """Everything about a run but its arrays, ready for JSON; numbers that are not finite
    become null."""
    return {
        "format": FORMAT,
        "recipe": run.recipe.model_dump(mode="json"),
        "recipe_key": run.recipe.key,
        "seed": run.seed,
        "dataset": run.dataset.model_dump(mode="json"),
        "engine": run.engine.model_dump(mode="json"),
        "metrics": {name: _finite(value) for name, value in run.metrics.items()},
        "epochs": run.epochs,
        "iterations": run.iterations,
        "diverged_at": run.diverged_at,
        "stopped_at": run.stopped_at,
        "seconds": run.seconds,
        "machine": run.machine.model_dump(mode="json") if run.machine else None,
    }


def history_csv(run: Run) -> str:
    """The history as CSV: a column ``epoch``, then those of `fclab.values.run.History`."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(["epoch", *run.history])
    columns = [column.tolist() for column in run.history.values()]
    rows.writerows(enumerate_rows(columns))
    return text.getvalue()


def enumerate_rows(columns: list[list[float]]):
    """Rows of equally long columns, each led by its number from 1."""
    for number, values in enumerate(zip(*columns, strict=True), start=1):
        yield [number, *(f"{value:.9g}" for value in values)]


def write_model(model: Model, folder: Path) -> None:
    """Write ``model.safetensors`` and ``model.json``.

    Raises:
        FclabError: the folder cannot be written, or the weights were not kept with the run.
    """
    for name, content in model_files(model).items():
        write_atomic(folder / name, content)


def model_files(model: Model) -> dict[str, bytes | str]:
    """The files of a model by their names.

    Raises:
        FclabError: the weights were not kept with the run.
    """
    model.check_weights()
    card = ModelCard(format=FORMAT, recipe=model.recipe, dataset=model.dataset)
    tensors = {name: np.ascontiguousarray(array) for name, array in model.weights.items()}
    return {
        "model.safetensors": safetensors.numpy.save(tensors),
        "model.json": card.model_dump_json(indent=2),
    }


def read_model(folder: Path) -> Model:
    """The model that `write_model` wrote.

    Raises:
        DataError: a file is missing, damaged, or of a newer format.
    """
    card_file, weights_file = folder / "model.json", folder / "model.safetensors"
    try:
        card = _read_card(card_file)
        weights = safetensors.numpy.load(_content(weights_file))
    except OSError as error:
        raise DataError(
            "no model in {folder}: cannot read {filename}", folder=folder, filename=error.filename
        ) from error
    except ValidationError as error:
        raise DataError(
            "{card_file} is not a model description of fclab", card_file=card_file
        ) from error
    except SafetensorError as error:
        raise DataError(
            "{weights_file} is damaged: {reason}", weights_file=weights_file, reason=error
        ) from error
    for name, shape in _shapes(card).items():
        if name not in weights or weights[name].shape != shape:
            raise DataError(
                "{weights_file} does not hold the layers that {card_file} describes",
                weights_file=weights_file,
                card_file=card_file,
            )
    if not _fits(card):
        raise DataError(
            "{card_file} is damaged: its layers, classes and inputs do not fit together",
            card_file=card_file,
        )
    return Model(card.dataset, card.recipe, weights)


def read_run(folder: Path) -> Run:
    """The run that `write_run` wrote, without its answers on any part; numbers that were not
    finite are NaN.

    Raises:
        DataError: a file is missing, damaged, or of a newer format.
    """
    model = read_model(folder)
    card_file, history_file = folder / "run.json", folder / "history.csv"
    try:
        card = _RunCard.model_validate_json(_content(card_file))
        history = _read_history(_content(history_file).decode())
    except OSError as error:
        raise DataError(
            "no run in {folder}: cannot read {filename}", folder=folder, filename=error.filename
        ) from error
    except ValidationError as error:
        raise DataError("{path} is not a run of fclab", path=card_file) from error
    except ValueError as error:
        raise DataError("{path} is not a history of fclab", path=history_file) from error
    metrics = {k: math.nan if value is None else value for k, value in card.metrics.items()}
    return Run(
        model.dataset, model.recipe, card.seed, card.engine, model.weights, history,
        outputs={}, targets={}, metrics=metrics, diverged_at=card.diverged_at,
        stopped_at=card.stopped_at, seconds=card.seconds, machine=card.machine,
    )  # fmt: skip


def has_run(folder: Path) -> bool:
    """Whether the training of the model in a folder is told beside it."""
    return (folder / "run.json").exists()


def find_models(place: Path) -> dict[Path, Model]:
    """The models that a path means, by their folders: that of a folder (or of its files
    ``model.json``, ``model.safetensors``), or all below it.

    Raises:
        DataError: there is none, or one is damaged.
    """
    if place.name in ("model.json", "model.safetensors"):
        place = place.parent
    if (place / "model.json").exists() or (place / "model.safetensors").exists():
        return {place: read_model(place)}
    if place.is_file():
        raise DataError("{file} is a file and no model: name the folder of the results", file=place)
    if not place.is_dir():
        raise DataError("no model in {folder}: there is no such folder", folder=place)
    found = {path.parent: read_model(path.parent) for path in sorted(place.rglob("model.json"))}
    if not found:
        raise DataError(
            "no model in {folder}: a model is model.json and model.safetensors", folder=place
        )
    return found


def _read_history(text: str) -> dict[str, np.ndarray]:
    """The columns of `history_csv` but the first.

    Raises:
        ValueError: it is no such table.
    """
    heading, *rows = csv.reader(io.StringIO(text))
    if not rows or heading[:1] != ["epoch"]:
        raise ValueError
    columns = np.array([[float(value) for value in row] for row in rows]).T
    return dict(zip(heading[1:], columns[1:], strict=True))


def _fits(card: ModelCard) -> bool:
    """Outputs, classes and channels are as many everywhere."""
    dataset, outputs = card.dataset, card.recipe.layers[-1]
    preprocessing = dataset.preprocessing
    channels = (1, *dataset.input_shape[-1:])
    scaled = len(preprocessing.mean) in channels and len(preprocessing.std) in channels
    named = dataset.task != "multiclass" or len(dataset.class_names) == outputs
    return dataset.n_outputs == outputs and named and scaled and 0 not in preprocessing.std


def _shapes(card: ModelCard) -> dict[str, tuple[int, ...]]:
    """Names and shapes of all arrays of a model, see `fclab.values.model.Weights`."""
    shapes: dict[str, tuple[int, ...]] = {}
    layers = card.recipe.shapes(card.dataset.n_inputs)
    for i, shape in enumerate(layers, start=1):
        shapes |= {f"fc{i}.weight": shape, f"fc{i}.bias": shape[:1]}
        if card.recipe.norm != "none" and i < len(layers):
            parts = ("weight", "bias") + ("mean", "var") * (card.recipe.norm == "batch")
            shapes |= {f"norm{i}.{part}": shape[:1] for part in parts}
    return shapes


def _content(path: Path) -> bytes:
    with open_regular(path) as file:
        return file.read()


def _read_card(path: Path) -> ModelCard:
    text = _content(path)
    version = _Versioned.model_validate_json(text).format  # first: a newer one may have more fields
    if version > FORMAT:
        raise DataError(
            "{path} was written by a newer fclab (format {version}): upgrade fclab",
            path=path,
            version=version,
        )
    return ModelCard.model_validate_json(text)


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
