"""The processes that train for the page: who is served next, and who is given up.

Quick tasks (parts 1 and 2) have as many processes as there are cores; long ones have a process that
gives way to them and trains on all cores, and what is kept has one that reads and writes it. A user
has one wish in a panel: a newer one takes the place of the older, which is given up. Of those who
wait, who was served longest ago is next.
"""

import asyncio
import multiprocessing
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import count
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from typing import Any, Final, cast

import msgpack

from fclab.engines.job import usable_cores
from fclab.web import worker
from fclab.web.place import Place
from fclab.web.tasks import load_task
from fclab.web.tasks.task import Pool
from fclab.web.wire import Message, pack

Send = Callable[[bytes], None]
_SIZES: Final[dict[Pool, int]] = {"quick": usable_cores(), "long": 1, "store": 1}
NICE: Final[dict[Pool, int]] = {"quick": 5, "long": 12, "store": 8}
"""How far the processes give way to the server itself."""

PATIENCE = 0.05
"""Seconds in which a task that is given up must have ended; else its process is."""

MOST_KEPT = 32 << 20
"""Bytes of answers that are kept for whoever wishes the same."""


@dataclass(eq=False)
class User:
    """One open page.

    Attributes:
        send: hands an event to it.
        served: when a wish of it was last begun, by the count of all beginnings.
        wishes: those that wait or are being fulfilled, by panel.
    """

    send: Send
    served: int = 0
    wishes: dict[str, "Wished"] = field(default_factory=dict)


@dataclass(eq=False)
class Wished:
    """A wish of somebody."""

    user: User
    message: Message
    pool: Pool
    key: str | None
    process: "Process | None" = None
    answer: list[bytes] = field(default_factory=list)


class Workers:
    """All processes; its methods are called from the loop of the server."""

    def __init__(self, place: Place | None = None, sizes: dict[Pool, int] | None = None):
        self._place, self._sizes = place or Place(), sizes or _SIZES
        self._waiting: dict[Pool, list[Wished]] = {pool: [] for pool in _SIZES}
        self._processes: list[Process] = []
        self._beginnings, self._numbers = count(1), count(1)
        self._kept: OrderedDict[str, list[bytes]] = OrderedDict()
        self._kept_bytes = 0
        self._runs = False
        methods = multiprocessing.get_all_start_methods()
        self._context: Any = multiprocessing.get_context(
            "forkserver" if "forkserver" in methods else "spawn"
        )
        if "forkserver" in methods:
            self._context.set_forkserver_preload([worker.__name__, "fclab.web.preload"])

    def start(self) -> None:
        """Begin the processes; wishes that come before they are ready wait."""
        self._runs = True
        self._scratch = TemporaryDirectory(prefix="fclab-web-", ignore_cleanup_errors=True)
        self._place = replace(self._place, scratch=Path(self._scratch.name))
        for pool, size in self._sizes.items():
            for _ in range(size):
                self._add(pool)

    def _add(self, pool: Pool) -> None:
        if self._runs:
            loop = asyncio.get_running_loop()
            self._processes.append(Process(self._context, loop, pool, self._place, self._heard))

    def stop(self) -> None:
        """End all processes."""
        self._runs = False
        for process in self._processes:
            process.end()
        self._processes.clear()
        self._scratch.cleanup()

    def wish(self, user: User, message: Message) -> None:
        """Fulfil a wish of a task that exists as soon as it is its turn; the one that the panel
        had is given up."""
        self.give_up(user, message.panel)
        task = load_task(message.task or "")
        key = None
        if task.keeps:
            key = message.model_dump_json(include={"task", "wish", "lang"})
        if key in self._kept:
            self._kept.move_to_end(key)
            for event in self._kept[key]:
                user.send(_with_id(event, message.id))
            return
        wished = Wished(user, message, task.pool, key)
        user.wishes[message.panel] = wished
        self._waiting[task.pool].append(wished)
        self._begin()

    def give_up(self, user: User, panel: str) -> None:
        """Nobody waits for the wish of a panel any more."""
        wished = user.wishes.pop(panel, None)
        if wished is None:
            return
        if wished.process is not None:
            wished.process.give_up()
        else:
            self._waiting[wished.pool].remove(wished)
        user.send(pack({"id": wished.message.id, "kind": "dropped"}))

    def leave(self, user: User) -> None:
        """A page was closed: all its work is given up."""
        user.send = lambda event: None
        for panel in [*user.wishes]:
            self.give_up(user, panel)

    def _begin(self) -> None:
        for process in self._processes:
            waiting = self._waiting[process.pool]
            if process.is_free and waiting:
                wished = min(waiting, key=lambda one: one.user.served)
                waiting.remove(wished)
                wished.user.served, wished.process = next(self._beginnings), process
                process.begin(next(self._numbers), wished)

    def _heard(self, process: "Process", wished: Wished | None, kind: str, event: bytes) -> None:
        """An event of a wish, or (kind "") that a process is free again, or (kind "lost") gone."""
        if kind == "lost" and process in self._processes:
            self._processes.remove(process)
            # One that never became ready would not do so the next moment either.
            asyncio.get_running_loop().call_later(1 - process.was_ready, self._add, process.pool)
        if wished is not None and wished.user.wishes.get(wished.message.panel) is wished:
            if kind in ("", "lost"):
                del wished.user.wishes[wished.message.panel]
                if kind == "lost":  # and nobody gave it up
                    wished.user.send(pack({"id": wished.message.id, "kind": "error", "lost": True}))
            else:
                wished.user.send(event)
                wished.answer.append(event)
                if kind == "done" and wished.key is not None:
                    self._keep(wished.key, wished.answer)
        self._begin()

    def _keep(self, key: str, answer: list[bytes]) -> None:
        self._kept[key] = answer
        self._kept_bytes += sum(map(len, answer))
        while self._kept_bytes > MOST_KEPT:
            _, oldest = self._kept.popitem(last=False)
            self._kept_bytes -= sum(map(len, oldest))


class Process:
    """One worker, as the server sees it."""

    def __init__(
        self, context: Any, loop: asyncio.AbstractEventLoop, pool: Pool, place: Place,
        heard: Callable[["Process", Wished | None, str, bytes], None],
    ):  # fmt: skip
        self.pool: Pool = pool
        self._loop, self._heard = loop, heard
        self.is_free, self.was_ready, self._ended = False, False, False
        self._wished: Wished | None = None
        self._number = 0
        self._connection: Connection
        self._connection, theirs = context.Pipe()
        self._process = context.Process(
            target=worker.main, args=(theirs, NICE[pool], place), daemon=True, name=f"fclab {pool}"
        )
        Thread(target=self._listen, args=(theirs,), daemon=True).start()

    def begin(self, number: int, wished: Wished) -> None:
        """Give it a wish."""
        self.is_free, self._number, self._wished = False, number, wished
        self._connection.send((number, wished.message))

    def give_up(self) -> None:
        """Nobody waits for what it does: it stops soon, or is ended."""
        number = self._number
        self._connection.send(number)
        self._loop.call_later(PATIENCE, self._end_if_still_at, number)

    def end(self) -> None:
        """End it, whatever it does."""
        self._ended = True
        if self._process.pid is not None:
            self._process.kill()
        self._connection.close()

    def _end_if_still_at(self, number: int) -> None:
        if not self.is_free and self._number == number:
            self._process.kill()  # the listener notices

    def _listen(self, theirs: Connection) -> None:
        self._process.start()
        theirs.close()
        try:
            while True:
                self._tell(*self._connection.recv())
        except (EOFError, OSError):
            self._tell(self._number, "lost", None)

    def _tell(self, number: int, kind: str | None, event: bytes | None) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._told, number, kind or "", event or b"")

    def _told(self, number: int, kind: str, event: bytes) -> None:
        if self._ended:
            return
        wished = self._wished if number == self._number else None
        if kind == "":
            self.is_free, self.was_ready, self._wished = True, True, None
        elif kind == "lost":
            self._ended = True
        self._heard(self, wished, kind, event)


def _with_id(event: bytes, id: int) -> bytes:
    """An event that was kept, for another wish."""
    return cast(bytes, msgpack.packb(msgpack.unpackb(event) | {"id": id}))
