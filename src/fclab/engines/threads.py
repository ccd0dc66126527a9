"""Runs one after the other, or side by side on threads: what most engines need."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from itertools import islice
from threading import Event

from threadpoolctl import threadpool_limits

from fclab.engines.job import Job, Tick
from fclab.values.run import Run

TrainOne = Callable[[Job, Tick], Run]


class Stopped(Exception):
    """Raised inside a worker whose result nobody waits for any more."""


def stoppable(tick: Tick) -> tuple[Tick, Event]:
    """The callback, but one that ends its thread as soon as the event is set."""
    stop = Event()

    def callback(epochs: int) -> None:
        if stop.is_set():
            raise Stopped
        tick(epochs)

    return callback, stop


def in_turn(train_one: TrainOne, jobs: Sequence[Job], tick: Tick) -> Iterator[Run]:
    """Runs one after the other, in the thread that asks for them."""
    with threadpool_limits(1):
        yield from (train_one(job, tick) for job in jobs)


def in_threads(train_one: TrainOne, jobs: Sequence[Job], tick: Tick, workers: int) -> Iterator[Run]:
    """Runs side by side, one thread for each, as they finish; for work that lets go of the GIL."""
    if len(jobs) == 1:
        yield from in_turn(train_one, jobs, tick)
        return
    waiting = iter(jobs)
    callback, stop = stoppable(tick)
    with threadpool_limits(1), ThreadPoolExecutor(workers) as pool:

        def start(count: int) -> set[Future[Run]]:
            return {pool.submit(train_one, job, callback) for job in islice(waiting, count)}

        running = start(workers)
        try:
            while running:
                done, running = wait(running, return_when=FIRST_COMPLETED)
                running |= start(len(done))
                for future in done:
                    yield future.result()
        finally:
            stop.set()  # Ctrl-C, an error or a caller who has seen enough
