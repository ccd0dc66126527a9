"""Training that is done somewhere else, as by the workers of a cluster (`fclab.cluster`)."""

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence, Sized
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from typing import Protocol, TypeVar

from fclab.engines.job import Job, Tick
from fclab.values.run import Run

Thing = TypeVar("Thing")
Result = TypeVar("Result")


class Backend(Protocol):
    """Trains jobs somewhere else. Called from many threads at once."""

    @property
    def width(self) -> int:
        """How many calls at once keep it busy."""
        ...

    def told(self, done: float, whole: float) -> None:
        """Be told how far the work is for which calls are made, see `fclab.values.progress`."""
        ...

    def train(self, jobs: Sequence[Job], tick: Tick) -> Generator[Run]:
        """Yield the runs of the jobs as they come, in any order. To close it ends the work."""
        ...

    def has_kept(self, run: Run, store: object) -> bool:
        """Whether a run that was yielded is in a store already. Asked once."""
        ...


_backend: ContextVar[Backend | None] = ContextVar("backend", default=None)
_calls: ContextVar[int] = ContextVar("calls", default=1)


def backend() -> Backend | None:
    """Who trains what is asked for here; None: this process."""
    return _backend.get()


@contextmanager
def trained_by(backend: Backend | None) -> Iterator[None]:
    """Whatever `fclab.engines.train` is asked for inside, in this thread and in those of
    `side_by_side`, is trained by a backend; None: by this process. What is watched while it is
    trained is trained here all the same."""
    token = _backend.set(backend)
    try:
        yield
    finally:
        _backend.reset(token)


def calls_at_once() -> int:
    """How many calls of `side_by_side`, this one among them, share what trains."""
    return _calls.get()


def side_by_side(function: Callable[[Thing], Result], things: Iterable[Thing]) -> Generator[Result]:
    """``map``, in the order of the things; where a backend trains, as many at once as keep it busy.

    Args:
        function: called from several threads; what it raises is raised here, in its turn.
        things: taken a few ahead of the results.
    """
    there = backend()
    if there is None or there.width < 2:
        yield from map(function, things)
        return
    width = min(there.width, len(things)) if isinstance(things, Sized) else there.width

    def beside(thing: Thing) -> Result:
        _calls.set(width)
        return function(thing)

    with ThreadPoolExecutor(width or 1, "side_by_side") as pool:
        begun: deque[Future[Result]] = deque()
        try:
            for thing in things:
                begun.append(pool.submit(copy_context().run, beside, thing))
                if len(begun) >= there.width:
                    yield begun.popleft().result()
            while begun:
                yield begun.popleft().result()
        finally:
            for one in begun:
                one.cancel()
