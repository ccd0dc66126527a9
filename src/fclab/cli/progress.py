"""One progress bar for many runs; silent when the output is not a terminal."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock
from time import monotonic
from typing import IO

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)


def console() -> Console:
    """Where messages and progress go: stderr, so that results on stdout stay clean."""
    return Console(stderr=True, markup=False, emoji=False)


def output(file: IO[str] | None = None, *, highlight: bool = True) -> Console:
    """Where results go: stdout, or a stream in its place. Names are data: nothing in them is
    markup, or the code of an emoji."""
    return Console(file=file, highlight=highlight, markup=False, emoji=False)


@contextmanager
def progress_bar(label: str, total: int, unit: str = "") -> Iterator[Callable[[int], None]]:
    """A bar for ``total`` units of work; yields a function that is told how many more are done.

    Safe to call from several threads and as often as one likes.
    """
    columns = [
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn(unit),
        TimeElapsedColumn(),
        TextColumn("·"),
        TimeRemainingColumn(),
    ]
    terminal = console()
    with Progress(*columns, console=terminal, disable=not terminal.is_terminal) as bar:
        task = bar.add_task(label, total=total)
        lock, pending, shown = Lock(), 0, monotonic()

        def advance(count: int) -> None:
            nonlocal pending, shown
            with lock:
                pending += count
                if monotonic() - shown > 0.05:
                    bar.advance(task, pending)
                    pending, shown = 0, monotonic()

        yield advance
        bar.advance(task, pending)


@contextmanager
def work_bar(label: str) -> Iterator[Callable[[float, float], None]]:
    """One bar for unlike work; yields a function that is told the work done and expected in all,
    which may change on the way. Safe to call from several threads and as often as one likes."""
    columns = [
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        TextColumn("·"),
        TimeRemainingColumn(),
    ]
    terminal = console()
    with Progress(*columns, console=terminal, disable=not terminal.is_terminal) as bar:
        task = bar.add_task(label, total=None)
        lock, shown = Lock(), 0.0

        def tell(done: float, expected: float) -> None:
            nonlocal shown
            with lock:
                if monotonic() - shown > 0.1 or done >= expected:
                    bar.update(task, completed=done, total=max(expected, 1.0))
                    shown = monotonic()

        yield tell


def byte_bars() -> Progress:
    """Bars of downloads and large files, on the error stream; a context, see `byte_bar`."""
    terminal = console()
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    return Progress(*columns, console=terminal, transient=True, disable=not terminal.is_terminal)


def byte_bar(progress: Progress, text: str) -> Callable[[int, int], None]:
    """A callback (bytes done, bytes in all) that moves a bar of its own, made when first called."""
    made: list[TaskID] = []

    def step(done: int, total: int) -> None:
        if not made:
            made.append(progress.add_task(text, total=total, completed=done))
        progress.update(made[0], completed=done, total=total)

    return step


def say(*lines: str) -> None:
    """Print lines for people to stderr."""
    for line in lines:
        print(line, file=sys.stderr)
