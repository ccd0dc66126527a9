"""A cluster of real processes, each in a session of its own, which tests may kill."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

FCLAB = (sys.executable, "-m", "fclab")
PATIENCE = 240.0
"""Seconds: a busy machine is not a failure."""


def until(done: Callable[[], object], what: str, seconds: float = PATIENCE) -> None:
    """Wait for something.

    Raises:
        TimeoutError: it does not come.
    """
    stop = time.monotonic() + seconds
    while not done():
        if time.monotonic() > stop:
            raise TimeoutError(f"{what}: not in {seconds:g} s")
        time.sleep(0.05)


@dataclass(eq=False)
class Process:
    """``fclab`` in a session of its own.

    Attributes:
        said: file of what it writes to its standard error.
        out: and to its standard output.
    """

    popen: subprocess.Popen
    said: Path
    out: Path

    def text(self) -> str:
        """What it has said so far, in one line."""
        return " ".join(self.said.read_text("utf-8", "replace").split())

    def ended(self, seconds: float = PATIENCE) -> int:
        """Wait for its end; its code."""
        return self.popen.wait(seconds)

    def kill(self) -> None:
        """-9, with all that it began."""
        with suppress(ProcessLookupError):
            os.killpg(self.popen.pid, signal.SIGKILL)
        self.popen.wait(10)

    def trainers(self) -> list[int]:
        """Of a worker: the processes that train."""
        with suppress(psutil.NoSuchProcess):
            return [
                child.pid for child in psutil.Process(self.popen.pid).children(recursive=True)
                if child.status() != psutil.STATUS_ZOMBIE and _trains(child)
            ]  # fmt: skip
        return []


def _trains(process: psutil.Process) -> bool:
    with suppress(psutil.Error):
        return "resource_tracker" not in " ".join(process.cmdline())
    return False


@dataclass(eq=False)
class Cluster:
    """Where its processes are begun.

    Attributes:
        folder: theirs to work in.
        environment: beside that of this process.
        before: words before each command, as ``ip netns exec there``.
    """

    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    address: str = ""
    begun: list[Process] = field(default_factory=list)

    def start(self, *words: str, before: Sequence[str] = (), **environment: str) -> Process:
        """Begin a command of fclab."""
        number = len(self.begun)
        said, out = (self.folder / f"{number}.{kind}" for kind in ("said", "out"))
        with said.open("wb") as err, out.open("wb") as output:
            popen = subprocess.Popen(
                [*before, *FCLAB, *words], cwd=self.folder, stdin=subprocess.DEVNULL, stdout=output,
                stderr=err, start_new_session=True,
                env={**os.environ, "FCLAB_LANG": "en", **self.environment, **environment},
            )  # fmt: skip
        self.begun.append(Process(popen, said, out))
        return self.begun[-1]

    def scheduler(self, *words: str, **how) -> Process:
        """Begin the scheduler; sets the address."""
        process = self.start("cluster", "scheduler", *words, **how)
        found = re.compile(r"Scheduler: (\S+?);")
        until(lambda: found.search(process.text()) or process.popen.poll() is not None,
              "a scheduler")  # fmt: skip
        said = found.search(process.text())
        assert said, process.text()
        self.address = said[1]
        return process

    def worker(self, *words: str, **how) -> Process:
        """Begin a worker of one process, and wait for it."""
        process = self.start("worker", self.address, "--processes", "1", *words, **how)
        until(lambda: "1 process trains" in process.text() or process.popen.poll() is not None,
              "a worker")  # fmt: skip
        return process

    def end(self) -> None:
        """Kill whatever is left of it."""
        for process in self.begun:
            process.kill()


@contextmanager
def cluster(folder: Path, **environment: str) -> Iterator[Cluster]:
    """A cluster without processes; in the end those that were begun are killed."""
    made = Cluster(folder, environment)
    try:
        yield made
    finally:
        made.end()
