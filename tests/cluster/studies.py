"""A small study, asked of a cluster while its processes are killed; and what is left of it."""

import json
import os
import signal
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import pytest
from distributed import Client

from fclab.cli import main
from fclab.cluster.overview import look
from fclab.store.database import Store
from fclab.values.errors import FclabError
from machines import Cluster, Process, until

SMALL = ["study", "--classes", "0", "55", "58", "--data", "synthetic", "--seeds", "2",
         "--epochs", "400", "--search-seeds", "1", "--hidden", "5", "--batch-factors", "2",
         "--lr-factors", "2"]  # fmt: skip
"""A study of a few seconds."""


@dataclass(frozen=True)
class Kept:
    """What a study left in its store.

    Attributes:
        table: as ``fclab table --format json`` gives it.
        runs: metrics by key.
        count: of the rows of the store.
    """

    table: Any
    runs: dict[str, Any]
    count: int


def kept(store: str, table: Path) -> Kept:
    """What is there; the table is written to a file on the way."""
    does("table", "--format", "json", "--store", store, "--out", str(table))
    with Store(store, create=False) as there:
        keys = [entry.key for entry in there.listing()]
        runs = {key: run.metrics for key, run in zip(keys, there.runs(keys), strict=True)}
    return Kept(json.loads(table.read_text("utf-8")), runs, len(keys))


def does(*words: str) -> None:
    """A command, in this process."""
    with pytest.raises(SystemExit) as ended:
        main([*words])
    assert ended.value.code == 0


def rows(store: str | Path) -> int:
    """How many runs there are by now."""
    if isinstance(store, Path) and not store.exists():
        return 0
    with suppress(FclabError), Store(store, create=False) as there:
        return len(there.listing())
    return 0


def come(ask: Process, store: str | Path, number: int) -> bool:
    """Wait until there are so many runs; False: the study came to its end before."""
    until(lambda: rows(store) >= number or ask.popen.poll() is not None, "some runs")
    return ask.popen.poll() is None


def asked(machines: Cluster, store: str, *, study: Sequence[str] = SMALL, **how: Any) -> Process:
    """The study, asked of a cluster."""
    return machines.start(*study, "--store", store, "--cluster", machines.address, **how)


def kill_trainers(worker: Process, client: Client, times: int, ask: Process, wait: float) -> int:
    """Kill the process of a worker while it has a chunk, so many times or until all is done; how
    often that was."""
    done, killed, random = 0, 0, Random(times)

    def trains() -> bool:
        new = [pid for pid in worker.trainers() if pid != killed]
        return ask.popen.poll() is not None or bool(
            new and any(one.trains for one in look(client).workers)
        )

    while done < times:
        until(trains, "a worker that trains")
        if ask.popen.poll() is not None:
            break
        time.sleep(wait * random.random())
        (pid,) = worker.trainers()
        done += any(one.trains for one in look(client).workers)
        os.kill(pid, signal.SIGKILL)
        killed = pid
    return done
