"""One progress bar for many runs; silent when the output is not a terminal."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock
from time import monotonic
from typing import IO, Any

from rich.console import Console, ConsoleOptions, RenderableType
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
from rich.segment import Segment

from fclab.values.text import shown


class _Plain(Console):
    """A console on which names are data: no markup, no codes of emoji, and no codes of the
    terminal but its own."""

    def __init__(self, **options: Any):
        super().__init__(markup=False, emoji=False, **options)

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterator[Segment]:
        for segment in super().render(renderable, options):
            yield segment if segment.control else segment._replace(text=shown(segment.text))


def console() -> Console:
    """Where messages and progress go: stderr, so that results on stdout stay clean."""
    return _Plain(stderr=True)


def output(file: IO[str] | None = None, *, highlight: bool = True) -> Console:
    """Where results go: stdout, or a stream in its place."""
    return _Plain(file=file, highlight=highlight)


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
        print(shown(line), file=sys.stderr)
