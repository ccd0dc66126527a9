"""Histories of runs as event files of TensorBoard: ``tensorboard --logdir FOLDER``."""

import io
from collections.abc import Iterator, Mapping, Sequence
from time import time
from typing import Final

import numpy as np
from tensorboard.compat.proto.event_pb2 import Event  # pyright: ignore[reportAttributeAccessIssue]
from tensorboard.compat.proto.summary_pb2 import Summary  # pyright: ignore[reportAttributeAccessIssue]
from tensorboard.plugins.hparams.summary_v2 import hparams_pb
from tensorboard.plugins.scalar.summary_v2 import scalar_pb
from tensorboard.summary.writer.record_writer import RecordWriter

from fclab.values.recipe import Recipe
from fclab.values.run import Run
from fclab.values.text import file_name

_MOST: Final = 10_000
"""Epochs of a run that are written, evenly spread; TensorBoard shows a thousand."""


def event_files(runs: Sequence[Run], now: float | None = None) -> dict[str, bytes]:
    """An event file for each run, by its path within the folder: ``DATA/seed-0/events…``.

    Scalars are called by what they measure, then of what: ``loss/running``, ``loss/train``,
    ``accuracy/test``. The recipe stands in the hyper-parameters. Wall times lie as far apart as the
    epochs did on average.

    Args:
        runs: any; those of equal data and seed get numbers.
        now: when the last epoch ended, in seconds of Unix; default: now.
    """
    files: dict[str, bytes] = {}
    for run in runs:
        folder = f"{file_name(run.dataset.name)}/seed-{run.seed}"
        same = sum(name.startswith(f"{folder}/") or f"{folder}-" in name for name in files)
        called = f"{folder}-{same + 1}" if same else folder
        files[f"{called}/events.out.tfevents.fclab"] = _file(run, called, now or time())
    return files


def _file(run: Run, called: str, now: float) -> bytes:
    content = io.BytesIO()
    records = RecordWriter(content)
    for event in _events(run, called, now):
        records.write(event.SerializeToString())
    return content.getvalue()


def _events(run: Run, called: str, now: float) -> Iterator[Event]:
    start, each = now - run.seconds, run.seconds / max(run.epochs, 1)
    yield Event(wall_time=start, file_version="brain.Event:2")
    yield Event(wall_time=start, summary=hparams_pb(_parameters(run.recipe), trial_id=called))
    columns = {_tag(name): column for name, column in run.history.items()}
    count = min(run.epochs, _MOST)
    for place in np.linspace(0, run.epochs - 1, count).round().astype(int).tolist():
        summary = Summary()
        for tag, column in columns.items():
            summary.MergeFrom(scalar_pb(tag, float(column[place])))
        yield Event(wall_time=start + each * (place + 1), step=place + 1, summary=summary)


def _tag(column: str) -> str:
    """``train_loss`` as ``loss/train``: TensorBoard puts what begins alike together."""
    of, _, measure = column.rpartition("_")
    return f"{measure}/{of}"


def _parameters(recipe: Recipe) -> Mapping[str, str | float | bool]:
    fields = recipe.model_dump(mode="json")
    return {name: str(value) if value is None else value for name, value in fields.items()}
