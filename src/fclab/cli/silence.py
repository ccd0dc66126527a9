"""No command is silent in a terminal: after a moment without output a line says that it works, and
for how long; the next output takes its place."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, RLock, Thread
from time import monotonic
from typing import Any, TextIO

from fclab.values.errors import Clause
from fclab.words.said import said

_PATIENCE = 0.15
"""Seconds without output before the line comes."""
_EVERY = 0.15


class _Watched:
    """A stream that tells when something is written to it."""

    def __init__(self, stream: TextIO, watch: "_Watch"):
        self._stream, self._watch = stream, watch

    def write(self, text: str) -> int:
        with self._watch.writing(text):
            return self._stream.write(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


class _Watch:
    """Watches what is written to the terminal."""

    def __init__(self, terminal: TextIO, lang: str):
        self._terminal, self._lock, self._over = terminal, RLock(), Event()
        self._started = self._last = monotonic()
        self._shown, self._paused, self._open = 0, 0, False
        self.lang = lang

    @contextmanager
    def writing(self, text: str) -> Iterator[None]:
        """Around what is written; the line goes before it."""
        with self._lock:
            self._clear()
            yield
            if text:
                self._last, self._open = monotonic(), not text.endswith(("\n", "\r"))

    @contextmanager
    def paused(self) -> Iterator[None]:
        """While a person is asked."""
        with self._lock:
            self._clear()
            self._paused += 1
        try:
            yield
        finally:
            with self._lock:
                self._paused -= 1
                self._last, self._open = monotonic(), False

    def run(self) -> None:
        """Show the line whenever nothing was written for a while."""
        turn = 0
        while not self._over.wait(_EVERY):
            with self._lock:
                silent = monotonic() - self._last
                if silent < _PATIENCE or self._paused or self._open:
                    continue
                working = Clause("working, {seconds} s", seconds=int(silent))
                line = f"{said(working, self.lang)} {'.' * (turn % 4)}"
                turn += 1
                try:
                    self._terminal.write(f"\r{line.ljust(self._shown)}")
                    self._terminal.flush()
                except (OSError, ValueError):
                    return
                self._shown = len(line)

    def stop(self) -> None:
        """The command is over."""
        self._over.set()
        with self._lock:
            self._clear()

    def _clear(self) -> None:
        if self._shown:
            self._terminal.write(f"\r{' ' * self._shown}\r")
            self._terminal.flush()
            self._shown = 0


def speak(lang: str) -> None:
    """The language of the line from now on."""
    for watch in _current:
        watch.lang = lang


_current: list[_Watch] = []


@contextmanager
def watched(lang: str) -> Iterator[None]:
    """While a command runs in a terminal; elsewhere nothing is written."""
    if _current or sys.stderr is None or not sys.stderr.isatty():
        yield
        return
    watch, before = _Watch(sys.stderr, lang), (sys.stdout, sys.stderr)
    _current.append(watch)
    sys.stderr = _Watched(before[1], watch)  # type: ignore[assignment]
    if before[0] is not None and before[0].isatty():
        sys.stdout = _Watched(before[0], watch)  # type: ignore[assignment]
    Thread(target=watch.run, daemon=True).start()
    try:
        yield
    finally:
        watch.stop()
        _current.clear()
        sys.stdout, sys.stderr = before


@contextmanager
def asking() -> Iterator[None]:
    """While a person is asked, nothing is written beside the question."""
    if not _current:
        yield
        return
    with _current[0].paused():
        yield
