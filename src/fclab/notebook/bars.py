"""Progress of what takes longer than a moment: one bar that changes in place."""

import sys
from html import escape
from threading import Lock
from time import monotonic
from typing import Any, Protocol

_EVERY = 0.1
"""Seconds between two changes of a bar: more often nobody sees it."""


class _Face(Protocol):
    """Where a bar is drawn."""

    def show(self, share: float, text: str) -> None: ...


class Bar:
    """A progress bar of a notebook, or of a terminal; elsewhere it says nothing.

    Call it with how much more is done, or with how much is done and how much is expected in all:
    it fits ``progress=`` of `fclab.engines.train` as well as that of `fclab.run_study`. It may be
    called from any thread and as often as one likes. Use it as a context, or let it reach its
    end.

    Args:
        total: how much there is to do; None: told by the calls.
        label: what is being done.
    """

    def __init__(self, total: float | None = None, label: str = ""):
        self.total, self.label, self.done = total, label, 0.0
        self._lock, self._started, self._shown = Lock(), monotonic(), 0.0
        self._face = _face()

    def __call__(self, done: float, expected: float | None = None) -> None:
        """Go on by ``done``; or, where ``expected`` is given, to ``done`` out of it."""
        with self._lock:
            if expected is None:
                self.done += done
            else:
                self.done, self.total = done, expected
            now = monotonic()
            if now - self._shown >= _EVERY or self.share >= 1:
                self._shown = now
                self._draw()

    @property
    def share(self) -> float:
        """How much of it all is done, 0 to 1; 0 while nobody knows how much it is."""
        return min(1.0, self.done / self.total) if self.total else 0.0

    def __enter__(self) -> "Bar":
        self._draw()
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        with self._lock:
            if kind is None and self.share < 1:  # runs that stop early leave epochs untold
                self.done = self.total = self.total or self.done or 1.0
                self._draw()

    def _draw(self) -> None:
        from fclab.notebook.page import say  # with all that draws, which an import does not need

        label = f"{self.label}: " if self.label else ""
        passed = say("bar", share=self.share, seconds=monotonic() - self._started)
        self._face.show(self.share, f"{label}{passed}")


def progress(total: float | None = None, label: str = "") -> Bar:
    """A bar for ``progress=`` of training functions, see `Bar`.

    Example:

        with fclab.notebook.progress(250 * 8, "8 seeds") as bar:
            runs = list(train(images, [fclab.CIFAR], range(8), progress=bar))
    """
    return Bar(total, label)


class _Notebook:
    """One output of a cell, replaced again and again: needs no widgets, is kept in the file."""

    def __init__(self) -> None:
        self.handle: Any = None

    def show(self, share: float, text: str) -> None:
        from IPython.display import display

        bundle = {
            "text/html": f'<progress value="{share:.3f}" max="1"></progress> {escape(text)}',
            "text/plain": text,
        }
        if self.handle is None:
            self.handle = display(bundle, raw=True, display_id=True)
        else:
            self.handle.update(bundle, raw=True)


class _Terminal:
    """One line of the error stream, written over again and again."""

    def __init__(self) -> None:
        self.width = 0

    def show(self, share: float, text: str) -> None:
        end = "\n" if share >= 1 else ""
        sys.stderr.write(f"\r{text:<{self.width}}{end}")
        sys.stderr.flush()
        self.width = len(text)


class _Nowhere:
    """The output goes to a file or a pipe."""

    def show(self, share: float, text: str) -> None:
        pass


def _face() -> _Face:
    get_ipython = getattr(sys.modules.get("IPython"), "get_ipython", None)
    shell = get_ipython() if get_ipython else None
    if hasattr(shell, "kernel"):
        return _Notebook()
    return _Terminal() if sys.stderr.isatty() else _Nowhere()
