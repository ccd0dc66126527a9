"""The large product of a step of the Gram engine, P ← P − lr·(δ·K[b, :] + λP), shared by threads:
P is cut into tiles, see `fclab.engines.compiled.sharing`, and of every thread's tiles their part
of K too stays in its own cache.
"""

from typing import Final, NamedTuple

import numpy as np
from numba import njit

from fclab.engines.compiled.sharing import (
    LOOKS,
    begin,
    begun,
    bounds,
    claim,
    counters_for,
    finished,
    together,
    wait_for_all,
)
from fclab.engines.compiled.tiles import NEAR, TILE, pass_widths, product
from fclab.engines.compiled.vectormath import INNER

_AHEAD: Final = 1 << 15  # bytes of K that are on their way into the second-level cache
_SHARE: Final = 1 << 20  # floating-point operations of a step that a thread is worth
_CLAIM: Final = 6  # tiles that are claimed at once


class SharedState(NamedTuple):
    """What the threads that share a product have in common.

    Attributes:
        counters: see `fclab.engines.compiled.sharing`.
        step: first image and number of images of the batch, int64 ``(2,)``.
        rate: its learning rate, float32 ``(1,)``.
        offsets: where the rows of K begin, of the images in the order of the batches, and in the
            second half of their mirror images; each last batch finds room to look ahead.
        coefs: the batch's first-layer deltas, in the groups of columns that are passed over.
        passes: the widths of these groups, int64.
    """

    counters: np.ndarray
    step: np.ndarray
    rate: np.ndarray
    offsets: np.ndarray
    coefs: np.ndarray
    passes: np.ndarray


def shared_state(h: int, batch: int, images: int, threads: int) -> SharedState:
    """The shared state of so many threads.

    Args:
        h: width of the first layer.
        batch: images of a full step.
        images: images of all the batches that are prepared at once.
    """
    room = images + batch + NEAR
    return SharedState(
        counters=counters_for(threads),
        step=np.zeros(2, np.int64),
        rate=np.zeros(1, np.float32),
        offsets=np.zeros(2 * room, np.int64),
        coefs=np.zeros(batch * h, np.float32),
        passes=np.array(pass_widths(h)),
    )


def threads_for(h: int, batch: int, columns: int, available: int) -> int:
    """How many of the available threads a run of this size can keep busy."""
    return max(1, min(available, 2 * h * batch * columns // _SHARE))


@njit(**INNER)
def update(state, fixed, shared, me, at, m, lr):
    """Let one batch's step act on the pre-activations of all images, with the helpers there are;
    or be one of them, until no step has come for a while.

    Args:
        me: 0 for the thread that trains; else a helper's number, and what follows is not used.
        at, m: the batch's images are those of ``shared.offsets`` from ``at`` on, m of them.
        lr: the learning rate.
    """
    counters, total = shared.counters, state.p.shape[1] // TILE
    if me == 0:
        shared.step[0], shared.step[1], shared.rate[0] = at, m, lr
        if not together(counters):
            _update_tiles(state, fixed, shared, np.int64(0), total, np.int64(0), total)
            return
        begin(counters)
    worked_on, idle, looks = np.int64(-1), 0, LOOKS if me > 0 else 1
    while idle < looks:
        idle += 1
        steps = begun(counters)
        if steps == worked_on:
            continue
        worked_on, idle = steps, 0
        first, last, r = claim(counters, me, steps, total, _CLAIM)
        while first < last:
            low, high = bounds(counters, r, total)
            _update_tiles(state, fixed, shared, first, last, low, high)
            finished(counters, last - first)
            first, last, r = claim(counters, me, steps, total, _CLAIM)
    if me == 0:
        wait_for_all(counters, worked_on, total)


@njit(**INNER)
def _update_tiles(state, fixed, shared, first_tile, last_tile, low, high):
    """Update some tiles of the range from ``low`` to ``high``.

    A tile reads ``TILE`` neighbouring numbers of each of the batch's rows of K, and meanwhile
    asks for those that a later tile of the range will read, or its first in the next step.
    """
    p, mu, decay, one = state.p, fixed.momentum, fixed.decay, np.float32(1)
    at, m, lr = shared.step[0], shared.step[1], shared.rate[0]
    h, size, moving = fixed.widths[0], p.shape[1], mu != 0
    straight, mirrored = fixed.columns // TILE, len(shared.offsets) // 2
    lead = min(max(_AHEAD // (m * TILE * 4), 1), high - low)
    # Without momentum the sums go straight into P, else into its velocity.
    alpha, beta = (one, one) if moving else (-lr, one - lr * decay)
    for tile in range(first_tile, last_tile):
        source, rows = (tile, at) if tile < straight else (tile - straight, at + mirrored)
        later, later_rows = (
            (tile + lead, at) if tile + lead < high else (tile + lead - high + low, at + m)
        )
        target, later_rows = (
            (later, later_rows) if later < straight else (later - straight, later_rows + mirrored)
        )
        shift, column, row, fetch = (target - source) * TILE, tile * TILE, 0, 1
        for k in range(h if moving else 0):  # the rule of sgd_step, but for the gradient's part
            for i in range(TILE):
                z, v = p[k, column + i], mu * p[h + k, column + i]
                p[h + k, column + i] = v + decay * z
                if fixed.nesterov:
                    p[k, column + i] = z + lr * v
        for width in shared.passes:
            place = (row + h if moving else row) * size + column
            product(
                width, fetch, fixed.products, source * TILE, shared.offsets, rows, later_rows,
                shift, m, shared.coefs, row * m, width, alpha, beta, p, place,
            )  # fmt: skip
            row += width
            fetch = 0
        step = lr * (one + mu) if fixed.nesterov else lr
        for k in range(h if moving else 0):
            for i in range(TILE):
                p[k, column + i] -= step * p[h + k, column + i]
