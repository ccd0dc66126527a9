"""A team of threads: whole groups of runs on threads of their own, and help for the last ones.

As long as there are groups to be trained, each thread trains its own and no two wait for each
other. A thread that finds none left becomes a helper: the others may hand it a part of their
work (`Team.share`). What the parts are never depends on who does them, so results do not either.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue
from threading import Semaphore
from typing import Final, TypeVar

import torch
from threadpoolctl import threadpool_limits

from fclab.engines.job import Tick
from fclab.engines.threads import stoppable
from fclab.values.run import Run

T = TypeVar("T")
Share = Callable[[Sequence[Callable[[], None]]], None]
"""Carries out independent tasks in any order, perhaps on several threads; returns after all."""
Emit = Callable[[Run], None]
Work = Callable[[T, Share, Tick, Emit], None]
"""Trains one group and hands over its runs."""


class Team:
    """Worker threads with one PyTorch thread inside each.

    Args:
        workers: how many, at least 1.
    """

    def __init__(self, workers: int):
        self.workers: Final = workers
        self._idle = Semaphore(0)
        self._helpers: ThreadPoolExecutor | None = None

    def run(self, groups: Sequence[T], work: Work[T], tick: Tick) -> Iterator[Run]:
        """Do ``work`` for every group; yield the runs as they are handed over.

        The first error of a worker ends the others (at their next epoch) and is raised here.
        """
        waiting, (callback, stop) = deque(groups), stoppable(tick)
        done: SimpleQueue[Run | BaseException | None] = SimpleQueue()

        def worker() -> None:
            try:
                while not stop.is_set():
                    try:
                        group = waiting.popleft()
                    except IndexError:
                        break
                    work(group, self.share, callback, done.put)
            except BaseException as error:
                done.put(error)
            self._idle.release()
            done.put(None)

        threads = torch.get_num_threads()
        busy = min(self.workers, len(groups))
        for _ in range(self.workers - busy):
            self._idle.release()
        one_thread = {"initializer": torch.set_num_threads, "initargs": (1,)}
        try:
            with (
                threadpool_limits(1, "blas"),  # NumPy's, when a run is finished
                ThreadPoolExecutor(self.workers, **one_thread) as helpers,
                ThreadPoolExecutor(self.workers, **one_thread) as pool,
            ):
                self._helpers = helpers
                for _ in range(busy):
                    pool.submit(worker)
                try:
                    while busy:
                        item = done.get()
                        if item is None:
                            busy -= 1
                        elif isinstance(item, BaseException):
                            raise item
                        else:
                            yield item
                finally:
                    stop.set()  # an error, Ctrl-C, or a caller who has seen enough
        finally:
            torch.set_num_threads(threads)

    def share(self, tasks: Sequence[Callable[[], None]]) -> None:
        """Carry out the tasks, as many at a time as there are idle members of the team.

        Tasks must not depend on each other. Gradients are not recorded inside them.
        """
        left = deque(tasks)
        helping = []
        while (
            self._helpers and len(helping) < len(tasks) - 1 and self._idle.acquire(blocking=False)
        ):
            helping.append(self._helpers.submit(_work_off, left))
        try:
            _work_off(left)
        finally:
            left.clear()
            for helper in helping:
                helper.result()
                self._idle.release()


@torch.no_grad()
def _work_off(tasks: deque[Callable[[], None]]) -> None:
    while True:
        try:
            task = tasks.popleft()
        except IndexError:
            return
        task()
