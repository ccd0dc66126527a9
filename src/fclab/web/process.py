"""A worker process, as the server sees it."""

import asyncio
import signal
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from threading import Thread
from typing import Any, Final, Literal

from fclab.web import worker
from fclab.web.place import Place
from fclab.web.tasks.task import Pool
from fclab.web.wire import Message

Told = Literal["event", "done", "error", "free", "lost"]
"""What is heard of a process: an event of its wish; the last one, its answer or why there is none;
that it is free; that it is gone."""

Heard = Callable[["Process", Told, bytes], None]

NICE: Final[dict[Pool, int]] = {"quick": 5, "long": 12, "store": 8}
"""How far the processes give way to the server itself."""


class Process:
    """One worker. Its methods are called from the loop of the server, and so is ``heard``.

    Attributes:
        pool: whose wishes it fulfils.
        is_free: whether it waits for a wish.
        was_ready: whether it has ever been.

    Args:
        context: of multiprocessing.
        pool: as above.
        place: of the server.
        patience: seconds in which a wish that is given up must have ended; else the process is.
        heard: is told what becomes of it.
    """

    def __init__(self, context: Any, pool: Pool, place: Place, patience: float, heard: Heard):
        self.pool: Pool = pool
        self.is_free, self.was_ready = False, False
        self._patience, self._heard = patience, heard
        self._ended, self._killed, self._number = False, False, 0
        self._loop = asyncio.get_running_loop()
        self._connection: Connection
        self._connection, theirs = context.Pipe()
        self._process = context.Process(
            target=worker.main, args=(theirs, NICE[pool], pool == "quick", place),
            daemon=True, name=f"fclab {pool}",
        )  # fmt: skip
        Thread(target=self._listen, args=(theirs,), daemon=True).start()

    def begin(self, message: Message) -> None:
        """Give it a wish."""
        self.is_free = False
        self._number += 1
        self._send((self._number, message))

    def give_up(self, crowd: float) -> None:
        """Nobody waits for what it does: it stops soon, or is ended.

        Args:
            crowd: how many processes share a core.
        """
        self._send(self._number)
        self._loop.call_later(self._patience * crowd, self._end_if_still_at, self._number)

    def end(self) -> None:
        """End it, whatever it does; nothing more is heard of it."""
        self._ended = True
        self._kill()

    def _send(self, what: object) -> None:
        with suppress(OSError):  # it is gone: the listener hears so
            self._connection.send(what)

    def _end_if_still_at(self, number: int) -> None:
        if not self.is_free and not self._ended and self._number == number:
            self._kill()

    def _kill(self) -> None:
        self._killed = True  # what it still says of being free does not count
        if self._process.pid is not None:
            self._process.kill()

    def _listen(self, theirs: Connection) -> None:
        if hasattr(signal, "pthread_sigmask"):  # Ctrl-C is the server's to hear, not its children's
            from multiprocessing import resource_tracker

            resource_tracker.ensure_running()  # else `start` begins it, and lets signals in again
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            self._process.start()
            theirs.close()
            if self._ended:
                self._kill()
            while True:
                number, told, event = self._connection.recv()
                self._tell(number, told, event)
        except (EOFError, OSError, RuntimeError):  # the last one: this process is ending
            self._tell(0, "lost", b"")

    def _tell(self, number: int, told: Told, event: bytes) -> None:
        with suppress(RuntimeError):  # the loop is closed
            self._loop.call_soon_threadsafe(self._told, number, told, event)

    def _told(self, number: int, told: Told, event: bytes) -> None:
        if self._ended:
            return
        if told == "lost":
            self._ended, self.is_free = True, False
            self._connection.close()
        elif number != self._number or (told == "free" and self._killed):
            return
        elif told == "free":
            self.is_free = self.was_ready = True
        self._heard(self, told, event)
