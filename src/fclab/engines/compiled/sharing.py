"""Threads that share the steps of one run: who works on which tiles of a step.

A step is cut into tiles, which do not depend on each other, and each thread begins with a range of
tiles of its own, so that it finds what they are made of in its own cache. Who is done helps the
others, some tiles at a time; the thread that trains needs no one: it does alone what the helpers,
whom the system may have put to sleep, have not begun. Whoever computes a tile, the result is the
same to the bit.

Steps follow each other in microseconds, so helpers wait for the next one awake, and both sides
speak through counters that only grow (`atomic`): steps begun, tiles done, and tiles claimed in each
range, of all steps together. Where the system puts a helper to sleep with a tile in its hands, all
wait for it; so after one such wait the thread that trains goes on alone until it is called again.
"""

# pyright: reportCallIssue=false
# (the first argument of an intrinsic comes from Numba)

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import Any, Final

import numpy as np
from numba import njit

from fclab.engines.compiled.atomic import add, load, replace, store
from fclab.engines.compiled.vectormath import INNER

LOOKS: Final = 1 << 14
"""How often a helper looks for a step before it lets others have the core."""
_SMALL: Final[dict[str, Any]] = INNER | {"inline": "always"}  # apart they compile longer
_APART: Final = 16  # int64 words of a cache line, of 128 bytes at most: each counter has its own
_STEPS, _DONE, _ALONE, _RANGES = 0, _APART, 2 * _APART, 3 * _APART  # where the counters are
_PATIENCE: Final = 1 << 18  # looks for the last tiles: much longer than a tile takes, some 300 µs
_REST: Final = 2e-4  # seconds in which a helper that found nothing to do leaves its core to others


def counters_for(threads: int) -> np.ndarray:
    """The counters of so many threads, int64."""
    return np.zeros(_RANGES + threads * _APART, np.int64)


@contextmanager
def helpers(help_for_a_while: Callable[[int], object], threads: int) -> Iterator[None]:
    """Threads 1, 2, ... that help with every step while the context lasts.

    Args:
        help_for_a_while: looks `LOOKS` times for a step to help with, as the thread of this number.
        threads: as of the counters; thread 0 is the one that trains.
    """
    over = Event()

    def help_until_over(me: int) -> None:
        # Back in Python now and then, for threads that wait for the interpreter or the core.
        while not over.is_set():
            help_for_a_while(me)
            over.wait(_REST)

    helping = [Thread(target=help_until_over, args=[me], daemon=True) for me in range(1, threads)]
    for thread in helping:
        thread.start()
    try:
        yield
    finally:
        over.set()
        for thread in helping:
            thread.join()


@njit(**_SMALL)
def together(counters):
    """Whether the thread that trains shares its steps."""
    return ranges(counters) > 1 and counters[_ALONE] == 0


@njit(**_SMALL)
def share_again(counters):
    """Share the next steps, whatever was before; called by the thread that trains."""
    counters[_ALONE] = 0


@njit(**_SMALL)
def begin(counters):
    """Begin a step; what it is made of was written before."""
    store(counters, _STEPS, load(counters, _STEPS) + 1)


@njit(**_SMALL)
def begun(counters):
    """The steps that were begun."""
    return load(counters, _STEPS)


@njit(**_SMALL)
def ranges(counters):
    """Into how many ranges the tiles of a step are cut: one of each thread."""
    return (len(counters) - _RANGES) // _APART


@njit(**_SMALL)
def bounds(counters, r, total):
    """The first tile of a range, and the one behind its last."""
    threads = ranges(counters)
    return r * total // threads, (r + 1) * total // threads


@njit(**INNER)
def claim(counters, me, steps, total, most):
    """Some tiles of the last step, which nobody else works on, of this thread's range if any are
    left there.

    Nothing is left of the steps before it, so a thread that comes late does no harm.

    Args:
        me: which thread.
        steps: as they were `begun`.
        total: tiles of a step.
        most: tiles that are claimed at once.

    Returns:
        The first tile, the one behind the last, and whose range it is; equal tiles: none is left.
    """
    threads = ranges(counters)
    for turn in range(threads):
        r = (me + turn) % threads
        low, high = bounds(counters, r, total)
        counter, base = _RANGES + r * _APART, (steps - 1) * (high - low)
        while True:
            claimed = load(counters, counter)
            first = claimed - base + low
            if first >= high:
                break
            last = min(first + most, high)
            if replace(counters, counter, claimed, claimed + last - first):
                return first, last, r
    return np.int64(0), np.int64(0), np.int64(0)


@njit(**INNER)
def next_tile(counters, me, worked_on, total, looks) -> Any:
    """The next tile of the last step for this thread, one at a time; of the thread that trains, of
    this very step alone, of a helper, of the first step that comes while it looks `LOOKS` times.

    Args:
        worked_on: the step that the tile before was of; −1: none.
        looks: since the last tile.

    Returns:
        The step, the tile, the one behind it, and 0 looks; equal tiles: there is none.
    """
    while True:
        steps = begun(counters)
        if steps != worked_on or looks == 0:
            first, last, _ = claim(counters, me, steps, total, 1)
            if first < last:
                return steps, first, last, 0
        looks += 1
        if me == 0 or looks > LOOKS:
            return steps, np.int64(0), np.int64(0), looks
        worked_on = steps


@njit(**_SMALL)
def finished(counters, tiles):
    """So many more tiles are done."""
    add(counters, _DONE, tiles)


@njit(**_SMALL)
def wait_for_all(counters, steps, total):
    """Wait for the tiles that a helper still works on; longer than they take: once only."""
    looks = 0
    while load(counters, _DONE) < steps * total:
        looks += 1
    if looks > _PATIENCE:
        counters[_ALONE] = 1
