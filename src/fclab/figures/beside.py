"""A process of its own that renders figures, so that two cores draw a report.

Matplotlib holds Python's lock nearly all the time, so threads would not do. A figure is pickled
into a pipe to a process that this one has started, and comes back as the bytes of its files; the
process has what it needs loaded before the first figure is there. Whatever fails, be it that a
figure cannot be pickled, is rendered here: files are the same to the bit, wherever they are made.
"""

import pickle
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from matplotlib.figure import Figure

from fclab.engines.job import usable_cores
from fclab.figures.style import png_bytes, svg_text

Rendered = tuple[bytes, str | None]
"""A figure as a PNG file, and as an ``<svg>`` element if that is wanted too."""


def render(figure: Figure, dpi: int, *, svg: bool) -> Rendered:
    """The files of a figure.

    Args:
        figure: what to draw.
        dpi: of the PNG.
        svg: whether there is an SVG too.
    """
    return png_bytes(figure, dpi), svg_text(figure) if svg else None


class Painter:
    """The other process. One figure at a time."""

    def __init__(self, process: "subprocess.Popen[bytes]"):
        self._process = process

    @property
    def pid(self) -> int:
        """Of the process."""
        return self._process.pid

    def render(self, figure: Figure, dpi: int, *, svg: bool) -> Rendered | None:
        """As `render`; None if it cannot be done there."""
        sent, received = self._process.stdin, self._process.stdout
        assert sent is not None
        assert received is not None
        try:
            asked = pickle.dumps((figure, dpi, svg), pickle.HIGHEST_PROTOCOL)
        except Exception:  # whatever an object in it raises
            return None
        try:
            sent.write(len(asked).to_bytes(8, "little") + asked)
            sent.flush()
            return pickle.load(received)
        except (OSError, ValueError, EOFError, pickle.UnpicklingError):  # it is gone
            return None


@contextmanager
def painter(*, wanted: bool = True) -> Iterator[Painter | None]:
    """A painter while the context lasts; None where there is no core for it or it is not wanted.

    Args:
        wanted: whether there will be figures enough: it takes the other core a second to be ready.
    """
    if not wanted or usable_cores() < 2 or not sys.executable:
        yield None
        return
    try:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "fclab.figures.beside"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip
    except OSError:
        yield None
        return
    try:
        yield Painter(process)
    finally:
        process.kill()
        process.communicate()


def _serve(asked: BinaryIO, answers: BinaryIO) -> None:
    """Render what is asked for until nobody asks any more."""
    while size := int.from_bytes(asked.read(8), "little"):
        figure, dpi, svg = pickle.loads(asked.read(size))
        try:
            done = render(figure, dpi, svg=svg)
        except Exception:  # it is raised again where it is drawn next
            done = None
        pickle.dump(done, answers, pickle.HIGHEST_PROTOCOL)
        answers.flush()


if __name__ == "__main__":
    _serve(sys.stdin.buffer, sys.stdout.buffer)
