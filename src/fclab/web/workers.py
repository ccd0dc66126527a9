"""The processes that train for the page: who is served next, and who is given up.

Quick tasks (parts 1 and 2) have as many processes as there are cores, and more when many wish at
once: then the system shares the cores among all, and everybody soon sees a first picture. Long ones
have a process that gives way to them and trains on all cores, and what is kept has one that reads
and writes it. A user has one wish in a panel: a newer one takes the place of the older, which is
given up. Of those who wait, who has had least of the processes is next. What several wish is done
once.
"""

import multiprocessing
from asyncio import get_running_loop
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from typing import Any, Final

from fclab.engines.job import usable_cores
from fclab.web import worker
from fclab.web.answers import Answers
from fclab.web.place import Place
from fclab.web.process import Process, Told
from fclab.web.tasks import load_task
from fclab.web.tasks.task import Pool
from fclab.web.wire import Message, pack, with_id

_SIZES: Final[dict[Pool, int]] = {"quick": usable_cores(), "long": 1, "store": 1}

MOST_QUICK: Final = 32
"""Quick processes at the most: a class. They are forked, so what they share is in memory once."""

PATIENCE: Final = {"forkserver": 0.04, "spawn": 2.0}
"""Seconds in which a wish that is given up must have ended, else its process is; as many times more
as there are processes at work on a core. A process that is not forked from one that has imported
everything takes seconds to begin."""

PATIENCE_OF_STORE: Final = 2.0
"""The same where something may be being written."""

MOST_PANELS = 8
"""Of a user, in which something is wished at the same time."""

MOST_FAILURES = 3
"""Processes that end one after the other before they are ready: then whoever waits is told."""

_LOST: Final = pack({"kind": "error", "lost": True})


@dataclass(eq=False)
class User:
    """One open page.

    Attributes:
        send: hands an event to it.
        had: seconds of the processes that it has had. Of one who begins anew no less than whoever
            had least when a wish was last begun: nobody saves time up.
        wishes: those that wait or are being fulfilled, by panel.
    """

    send: Callable[[bytes], None]
    had: float = 0.0
    wishes: dict[str, "Wished"] = field(default_factory=dict)


@dataclass(eq=False)
class Work:
    """What is to be done, for everybody who wishes it."""

    message: Message
    pool: Pool
    key: str | None
    wished: list["Wished"] = field(default_factory=list)
    events: list[bytes] = field(default_factory=list)
    process: Process | None = None
    began: float = 0.0

    def charge(self, user: User) -> None:
        """A user's share of the time that it has taken so far."""
        if self.process is not None:
            user.had += (monotonic() - self.began) / len(self.wished)

    @property
    def least(self) -> float:
        """What whoever has had least of its users has had."""
        return min(wished.user.had for wished in self.wished)


@dataclass(eq=False)
class Wished:
    """That a user waits for a work in a panel."""

    user: User
    panel: str
    id: int
    work: Work

    def send(self, event: bytes) -> None:
        """Hand on an event of the work."""
        self.user.send(with_id(event, self.id))


class Workers:
    """All processes; its methods are called from the loop of the server."""

    def __init__(self, place: Place | None = None, sizes: dict[Pool, int] | None = None):
        self._place, self._sizes = place or Place(), sizes or _SIZES
        self._waiting: dict[Pool, list[Work]] = {pool: [] for pool in _SIZES}
        self._processes: list[Process] = []
        self._at: dict[Process, Work] = {}
        self._shared: dict[str, Work] = {}
        self._answers = Answers()
        self._failures: dict[Pool, int] = dict.fromkeys(_SIZES, 0)
        self._least = 0.0
        self._runs = False
        methods = multiprocessing.get_all_start_methods()
        self._method = "forkserver" if "forkserver" in methods else "spawn"
        self._context: Any = multiprocessing.get_context(self._method)
        # One that is not forked would have everything in memory once more.
        forked = sizes is None and self._method == "forkserver"
        self._most_quick = MOST_QUICK if forked else self._sizes.get("quick", 0)
        if self._method == "forkserver":
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
            patience = PATIENCE_OF_STORE if pool == "store" else PATIENCE[self._method]
            self._processes.append(Process(self._context, pool, self._place, patience, self._heard))

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
        if len(user.wishes) >= MOST_PANELS:
            user.send(pack({"id": message.id, "kind": "error", "text": "too many wishes at once"}))
            return
        task = load_task(message.task or "")
        key = message.model_dump_json(include={"task", "wish", "lang"}) if task.keeps else None
        if (kept := self._answers.get(key)) is not None:
            for event in kept:
                user.send(with_id(event, message.id))
            return
        work = self._shared.get(key or "") or Work(message, task.pool, key)
        wished = Wished(user, message.panel, message.id, work)
        for event in work.events:
            wished.send(event)
        if not user.wishes:
            user.had = max(user.had, self._least)
        user.wishes[message.panel] = wished
        work.wished.append(wished)
        if len(work.wished) == 1:
            if key is not None:
                self._shared[key] = work
            self._waiting[work.pool].append(work)
            self._begin()
            self._grow(work.pool)
            self._despair(work.pool)

    def give_up(self, user: User, panel: str) -> None:
        """Nobody waits for the wish of a panel any more."""
        wished = user.wishes.pop(panel, None)
        if wished is None:
            return
        work = wished.work
        work.charge(user)
        work.wished.remove(wished)
        if not work.wished:
            self._unshare(work)
            if work.process is not None:
                work.process.give_up(max(1.0, len(self._at) / usable_cores()))
            else:
                self._waiting[work.pool].remove(work)
        user.send(pack({"id": wished.id, "kind": "dropped"}))

    def leave(self, user: User) -> None:
        """A page was closed: all its work is given up."""
        user.send = lambda event: None
        for panel in [*user.wishes]:
            self.give_up(user, panel)

    def _begin(self) -> None:
        for process in self._processes:
            waiting = self._waiting[process.pool]
            if process.is_free and waiting:
                work = min(waiting, key=lambda one: one.least)
                waiting.remove(work)
                self._least = max(self._least, work.least)
                self._at[process], work.process, work.began = work, process, monotonic()
                process.begin(work.message)

    def _grow(self, pool: Pool) -> None:
        """One more quick process where somebody waits for one and the cores can be shared."""
        there = sum(process.pool == pool for process in self._processes)
        begin = sum(process.pool == pool and not process.was_ready for process in self._processes)
        if pool == "quick" and begin < len(self._waiting[pool]) and there < self._most_quick:
            self._add(pool)

    def _heard(self, process: Process, told: Told, event: bytes) -> None:
        work = self._at.get(process)
        if work is not None:
            self._of_work(work, told, event)
        if told in ("free", "lost"):
            self._at.pop(process, None)
        if told == "free":
            self._failures[process.pool] = 0
        elif told == "lost":
            self._lost(process)
        self._begin()

    def _of_work(self, work: Work, told: Told, event: bytes) -> None:
        if event:
            for wished in work.wished:
                wished.send(event)
        if event and work.key is not None:
            work.events.append(event)
            if sum(map(len, work.events)) > Answers.LONGEST:
                self._unshare(work)
                work.key, work.events = None, []
        if told == "done":
            self._answers.keep(work.key, work.events)
        if told != "event":
            self._over(work, is_answered=told in ("done", "error"))

    def _over(self, work: Work, is_answered: bool) -> None:
        """A work has ended; whoever has no answer is told so."""
        self._unshare(work)
        for wished in work.wished:
            work.charge(wished.user)
            del wished.user.wishes[wished.panel]
            if not is_answered:
                wished.send(_LOST)
        work.wished.clear()

    def _unshare(self, work: Work) -> None:
        if work.key is not None and self._shared.get(work.key) is work:
            del self._shared[work.key]

    def _lost(self, process: Process) -> None:
        """Another one takes its place; later and later where none becomes ready."""
        self._processes.remove(process)
        if process.was_ready:
            self._add(process.pool)
            return
        self._failures[process.pool] += 1
        seconds = min(2 ** self._failures[process.pool], 60)
        get_running_loop().call_later(seconds, self._add, process.pool)
        self._despair(process.pool)

    def _despair(self, pool: Pool) -> None:
        """Tell whoever waits for processes that do not become ready."""
        if self._failures[pool] >= MOST_FAILURES:
            for work in self._waiting[pool]:
                self._over(work, is_answered=False)
            self._waiting[pool].clear()
