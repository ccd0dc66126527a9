"""Runs as rows of the store, and back. Arrays without pickles, see `fclab.store.squeeze`."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict
from safetensors import SafetensorError

from fclab.store.squeeze import squeeze, unsqueeze
from fclab.values.dataset import DatasetInfo
from fclab.values.errors import FclabError, UsageError
from fclab.values.recipe import Recipe
from fclab.values.run import EngineChoice, Machine, Run

Record = Mapping[Any, Any]
DatasetParts = tuple[DatasetInfo, Mapping[str, np.ndarray]]

HEAVY = 1 << 13
"""Weights of more bytes than this, and outputs on the training part of more, are kept of the runs
of a lab's parts and of seed 0, such outputs also of the runs of a ladder, which answer together.
Those of all other runs are trained again from their seed when they are asked for
(`fclab.study.trainer.train_again`): what verdicts and choices need of them is kept. Networks for
points weigh less."""

Keep = Literal["light", "outputs", "whole"]
"""What is kept of a run of a seed other than 0: neither heavy weights nor heavy outputs, all
outputs, or everything."""


_NOT_DIGESTED = ("digest", "created")

UNREADABLE = (
    ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError, OverflowError,
    SafetensorError,
)  # fmt: skip
"""What is raised by a value that is not of the form that is expected."""


class Corrupt(FclabError):
    """A row is not what was written; the message, if there is one, says which."""


class Unfamiliar(FclabError):
    """A row is what was written, but not by this version of fclab."""


class Entry(BaseModel):
    """A kept run without its arrays.

    Attributes:
        key: its identity in the store, see `run_key`.
        dataset, recipe, seed, engine, metrics, epochs, diverged_at, stopped_at, seconds, machine:
            as of `fclab.values.run.Run`.
        created: when it was kept, UTC.
        has_weights: whether the weights were kept with it, see `HEAVY`.
    """

    model_config = ConfigDict(frozen=True)

    key: str
    dataset: DatasetInfo
    recipe: Recipe
    seed: int
    engine: EngineChoice
    metrics: dict[str, float]
    epochs: int
    diverged_at: int | None
    stopped_at: int | None
    seconds: float
    machine: Machine | None
    created: datetime
    has_weights: bool


def family(engine: EngineChoice) -> str:
    """Runs of one family are equal to the bit on one machine: engine and kind of device."""
    return engine.name if engine.device == "cpu" else f"{engine.name}-{engine.device}"


def run_key(fingerprint: str, recipe: Recipe, seed: int, engine: EngineChoice) -> str:
    """The identity of a run, SHA-256 (hex) of dataset, recipe, seed and engine family."""
    text = f"{fingerprint}|{recipe.key}|{seed}|{family(engine)}"
    return hashlib.sha256(text.encode()).hexdigest()


def as_kept(run: Run, keep: Keep = "light") -> Run:
    """The run as the store gives it back; of seed 0 with everything."""
    if keep == "whole" or not run.seed:
        return run
    heavy = sum(array.nbytes for array in run.weights.values()) > HEAVY
    light = {k: v for k, v in run.outputs.items() if k != "train" or v.nbytes <= HEAVY}
    return replace(
        run,
        weights={} if heavy else run.weights,
        outputs=run.outputs if keep == "outputs" else light,
    )


def pack_dataset(run: Run) -> dict[str, Any]:
    """The row of the table ``datasets`` that a run refers to."""
    row = {
        "fingerprint": run.dataset.fingerprint,
        "info": run.dataset.model_dump(mode="json"),
        "targets": squeeze(run.targets),
    }
    return {**row, "digest": digest_of(row)}


def pack_run(run: Run) -> dict[str, Any]:
    """A row of the table ``runs``: all of the run, see `as_kept`.

    Raises:
        UsageError: the seed is larger than a database holds.
    """
    if run.seed >= 1 << 63:
        raise UsageError(
            "seeds of runs that are kept lie below 2^63: {seed} does not", seed=run.seed
        )
    groups = {"history": run.history, "outputs": run.outputs, "snapshots": run.snapshots}
    arrays = {  # safetensors, of older stores, has an order of its own: each name says its place
        f"{group}/{place}/{name}": array
        for group, named in groups.items()
        for place, (name, array) in enumerate(named.items())
    }
    row = {
        "key": run_key(run.dataset.fingerprint, run.recipe, run.seed, run.engine),
        "dataset": run.dataset.fingerprint,
        "recipe_key": run.recipe.key,
        "seed": int(run.seed),
        "family": family(run.engine),
        "recipe": run.recipe.model_dump(mode="json"),
        "engine": run.engine.model_dump(mode="json"),
        "metrics": {k: (float(v) if np.isfinite(v) else None) for k, v in run.metrics.items()},
        "epochs": run.epochs,
        "diverged_at": run.diverged_at,
        "stopped_at": run.stopped_at,
        "seconds": float(run.seconds),
        "machine": run.machine.model_dump(mode="json") if run.machine else None,
        "arrays": squeeze(arrays),
        "weights": squeeze(run.weights) if run.weights else None,
    }
    return {**row, "digest": digest_of(row), "created": datetime.now(UTC)}


def unpack_dataset(row: Record) -> DatasetParts:
    """The dataset of a row, and the targets of its parts (read-only: its runs share them).

    Raises:
        Corrupt, Unfamiliar: see there.
    """
    check_digest(row)
    with _familiar():
        info = DatasetInfo.model_validate(row["info"])
        arrays = unsqueeze(row["targets"])
        targets = {name: arrays[name] for name in info.sizes}
    for array in targets.values():
        array.setflags(write=False)
    return info, targets


def unpack_run(row: Record, info: DatasetInfo, targets: Mapping[str, np.ndarray]) -> Run:
    """The run of a row.

    Raises:
        Corrupt, Unfamiliar: see there.
    """
    check_digest(row)
    with _familiar():
        weights = row["weights"]
        return Run(
            **_common(row),
            dataset=info,
            weights=unsqueeze(weights) if weights is not None else {},
            targets=targets,
            **_load(row["arrays"]),
        )


def unpack_entry(row: Record, info: DatasetInfo) -> Entry:
    """The entry of a row of ``runs`` without its arrays, but with whether it ``has_weights``.

    Raises:
        Unfamiliar: the row was written by another version of fclab.
    """
    with _familiar():
        return Entry(
            **_common(row),
            key=row["key"],
            dataset=info,
            epochs=row["epochs"],
            created=row["created"],
            has_weights=row["has_weights"],
        )


def check_digest(row: Record) -> None:
    """See that a row holds what was written.

    Raises:
        Corrupt: it does not.
    """
    content = {name: value for name, value in row.items() if name not in _NOT_DIGESTED}
    if digest_of(content) != row["digest"]:
        raise Corrupt


def _common(row: Record) -> dict[str, Any]:
    machine = row["machine"]
    return {
        "recipe": Recipe.model_validate(row["recipe"]),
        "seed": row["seed"],
        "engine": EngineChoice.model_validate(row["engine"]),
        "metrics": {
            name: float("nan") if value is None else float(value)
            for name, value in row["metrics"].items()
        },
        "diverged_at": row["diverged_at"],
        "stopped_at": row["stopped_at"],
        "seconds": row["seconds"],
        "machine": Machine.model_validate(machine) if machine else None,
    }


def _load(arrays: bytes) -> dict[str, Any]:
    groups: dict[str, dict[Any, np.ndarray]] = {"history": {}, "outputs": {}, "snapshots": {}}
    parts = [(*name.split("/"), v) for name, v in unsqueeze(arrays).items()]
    for group, _place, name, array in sorted(parts, key=lambda part: int(part[1])):
        groups[group][int(name) if group == "snapshots" else name] = array
    return groups


@contextmanager
def _familiar() -> Iterator[None]:
    """What cannot be read although its digest is right has another form."""
    try:
        yield
    except UNREADABLE as error:
        raise Unfamiliar from error


def digest_of(content: Record) -> str:
    """SHA-256 (hex) of all values by their names: arrays as they are, the rest as JSON."""
    digest = hashlib.sha256()
    for name, value in sorted(content.items()):
        part = value if isinstance(value, bytes) else json.dumps(value, sort_keys=True).encode()
        digest.update(f"{name} {len(part)} ".encode())
        digest.update(part)
    return digest.hexdigest()
