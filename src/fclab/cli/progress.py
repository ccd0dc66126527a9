"""One progress bar for many runs; silent when the output is not a terminal."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from threading import Lock
from time import monotonic
from typing import IO, Any

from rich.console import Console, ConsoleOptions, RenderableType
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    ProgressColumn,
    TaskID,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)
from rich.progress import Progress as Bars
from rich.segment import Segment
from rich.text import Text

from fclab.cli.streams import spelled, wrapped
from fclab.values.progress import Progress
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

    def render_str(self, text: str, **how: Any) -> Text:
        """Letters that the console lacks are spelled before columns are measured."""
        return super().render_str(spelled(text, self.encoding), **how)


def console() -> Console:
    """Where messages and progress go: stderr, so that results on stdout stay clean."""
    return _Plain(stderr=True)


def output(file: IO[str] | None = None, *, highlight: bool = True) -> Console:
    """Where results go: stdout, or a stream in its place."""
    return _Plain(file=file, highlight=highlight)


def wide_output(*, highlight: bool = True) -> Console:
    """Where wide tables go: as `output`; a file or a pipe has no edge to wrap at."""
    out = output(highlight=highlight)
    if not out.is_terminal:
        out.width = 160
    return out


@contextmanager
def bar(label: str, *columns: ProgressColumn, **about: Any) -> Iterator[Callable[..., None]]:
    """A bar with columns of one's own and the time; yields rich's ``update`` of it.

    Args:
        label: what is being done.
        columns: between the bar and the time.
        about: what these columns show, or how much there is to do.
    """
    terminal = console()
    every = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        *columns,
        TimeElapsedColumn(),
        TextColumn("·"),
        TimeRemainingColumn(),
    )
    with Bars(*every, console=terminal, disable=not terminal.is_terminal) as made:
        yield partial(made.update, made.add_task(label, **{"total": None, **about}))


@contextmanager
def progress_bar(label: str, *, things: bool = False) -> Iterator[Progress]:
    """A bar; yields the callback that moves it, safe to call from several threads and as often as
    one likes.

    Args:
        things: whether it counts things, 3 of 10, and not an amount of work.
    """
    with bar(label, MofNCompleteColumn() if things else TaskProgressColumn()) as update:
        lock, shown = Lock(), 0.0

        def move(done: float, expected: float) -> None:
            nonlocal shown
            with lock:
                if done >= expected:  # all is done, or nothing was to be done
                    done = expected = max(expected, 1.0)
                elif monotonic() - shown <= 0.1:
                    return
                update(completed=done, total=expected)
                shown = monotonic()

        yield move


def byte_bars() -> Bars:
    """Bars of downloads and large files, on the error stream; a context, see `byte_bar`."""
    terminal = console()
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    return Bars(*columns, console=terminal, transient=True, disable=not terminal.is_terminal)


def byte_bar(bars: Bars, text: str) -> Progress:
    """A callback (bytes done, bytes in all) that moves a bar of its own, made when first called."""
    made: list[TaskID] = []

    def step(done: float, total: float) -> None:
        known = total or None  # nobody knows it of a folder
        if not made:
            made.append(bars.add_task(text, total=known, completed=int(done)))
        bars.update(made[0], completed=done, total=known)

    return step


def say(*lines: str) -> None:
    """Print lines for people to stderr; a terminal's edge breaks no word."""
    for line in lines:
        print(wrapped(shown(line), sys.stderr), file=sys.stderr)
