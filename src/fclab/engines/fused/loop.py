"""The compiled training loop of the fused engine: many epochs per call, the GIL released.

A step sees its examples in tiles, which stay in the nearest cache from the forward pass to the
gradients; the tiles of a step may be shared by threads (`fclab.engines.compiled.sharing`), and
their gradients are added in the order of the tiles, whoever found them.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from fclab.engines.compiled.kernels import KERNEL, backward, forward, loss_and_delta, sgd_step
from fclab.engines.compiled.sharing import (
    begin,
    finished,
    next_tile,
    share_again,
    together,
    wait_for_all,
)
from fclab.engines.compiled.vectormath import INNER
from fclab.engines.fused.shallow import (
    RELU,
    SMOOTH,
    relu_backward,
    relu_forward,
    shape_of,
    smooth_backward,
)

_ZERO = np.float32(0)


class LoopConstants(NamedTuple):
    """All that training does not change.

    Attributes:
        x, y, weight: training inputs ``(D, n)``, targets and weights ``(n,)``, float32.
        batch: examples of a step.
        mean: the gradient is that of the mean over the batch, not of the sum.
        examples, offset: the running loss is (summed loss + offset) / examples.
        widths, activation, loss: the network, see `fclab.engines.compiled.kernels`.
        momentum, nesterov, decay: as of `kernels.sgd_step`.
        parts_x, parts_y, bounds: inputs ``(D, m)`` and targets ``(m,)`` of all parts that are
            evaluated after each epoch; part k is columns bounds[k] to bounds[k + 1].
    """

    x: np.ndarray
    y: np.ndarray
    weight: np.ndarray
    batch: int
    mean: bool
    examples: int
    offset: float
    widths: np.ndarray
    activation: int
    loss: int
    momentum: np.float32
    nesterov: bool
    decay: np.float32
    parts_x: np.ndarray
    parts_y: np.ndarray
    bounds: np.ndarray


class LoopBuffers(NamedTuple):
    """Arrays to work in, and what threads have in common.

    Attributes:
        grads: gradients of all parameters by each tile; after a step their sums in the first row.
        a, d: activations and deltas of each tile, of whole vector registers of columns: behind the
            examples stand copies of the last one, with weight 0.
        y, weight: targets and weights of each tile.
        seen: the summed loss of each tile, float64.
        counters: see `fclab.engines.compiled.sharing`.
        part_a, part_d: activations and deltas of so many examples of a part at a time.
        ones: their weights.
    """

    grads: np.ndarray
    a: np.ndarray
    d: np.ndarray
    y: np.ndarray
    weight: np.ndarray
    seen: np.ndarray
    counters: np.ndarray
    part_a: np.ndarray
    part_d: np.ndarray
    ones: np.ndarray


@njit(**KERNEL)
def train_epochs(fixed, params, velocity, buffers, me, orders, rates, history):
    """Train until ``history`` is full or a loss is no longer finite, or help who does.

    Args:
        params, velocity: the parameters, flat, and their velocities; changed in place.
        me: 0: train; another number: help as that thread, of whom history wants one epoch.
        orders: order of the examples in each epoch ``(epochs, n)``; ``(epochs, 0)``: every step
            takes what stands in the buffers.
        rates: learning rate of each step.
        history: written, ``(epochs, 1 + 2 · parts)``: running loss, then the mean loss and the
            accuracy of each part.

    Returns:
        Epochs done.
    """
    widths, history_end, columns = fixed.widths, len(history), np.int64(buffers.a.shape[2])
    one = np.float32(1)
    if me == 0:
        share_again(buffers.counters)
    grads = buffers.grads[0]
    shuffled = orders.shape[1] > 0
    n = orders.shape[1] if shuffled else fixed.batch
    steps = (n + fixed.batch - 1) // fixed.batch
    inputs, hidden, outs = widths[0], widths[1], widths[len(widths) - 1]
    shape = shape_of(widths, fixed.activation)
    last = np.int64(buffers.a.shape[1]) - outs
    done = np.int64(0)
    while done < history_end:
        seen = fixed.offset
        for step in range(steps):
            used, divisor = columns, fixed.examples
            if shuffled:
                divisor = min(fixed.batch, n - step * fixed.batch)
                used = fill(fixed, buffers, orders, done, step * fixed.batch, divisor)
            scale = np.float32(1.0 / divisor if fixed.mean else 1.0)
            # Every tile of the step, with the helpers there are; a helper helps with steps
            # until none has come for a while.
            worked_on, tile, end, looks = np.int64(-1), np.int64(0), np.int64(0), 0
            alone = me == 0 and not together(buffers.counters)
            if alone:
                end = len(buffers.grads)
            elif me == 0:
                begin(buffers.counters)
            while True:
                if tile == end:
                    if alone:
                        break
                    worked_on, tile, end, looks = next_tile(
                        buffers.counters, me, worked_on, len(buffers.grads), looks
                    )
                    if tile == end:
                        break
                a, d, g = buffers.a[tile], buffers.d[tile], buffers.grads[tile]
                y, weight = buffers.y[tile], buffers.weight[tile]
                if shape == RELU:
                    relu_forward(params, hidden, a, used)
                else:
                    forward(params, widths, a, used, fixed.activation)
                buffers.seen[tile] = loss_and_delta(
                    a, last, outs, used, y, weight, scale, fixed.loss, d
                )[0]
                if shape == RELU:
                    relu_backward(params, g, hidden, a, d, used)
                elif shape == SMOOTH:
                    smooth_backward(params, g, inputs, hidden, a, d, used, fixed.activation)
                else:
                    backward(params, g, widths, a, d, used, fixed.activation, False)
                tile += 1
                if not alone:
                    finished(buffers.counters, 1)
            if me > 0:
                return 0
            if not alone:
                wait_for_all(buffers.counters, worked_on, len(buffers.grads))
            for tile in range(1, len(buffers.grads)):
                for i in range(len(grads)):
                    grads[i] += buffers.grads[tile, i]
            for tile in range(len(buffers.seen)):
                seen += buffers.seen[tile]
            rate = rates[done * steps + step]
            sgd_step(params, grads, velocity, rate, fixed.momentum, fixed.nesterov, fixed.decay)
        # A sum beyond float32 is as infinite here as in a loop that adds in float32.
        finite = np.isfinite(np.float32(seen))
        history[done, 0] = seen / fixed.examples if finite else np.float64(np.float32(seen))
        for part in range(len(fixed.bounds) - 1):
            start, stop = fixed.bounds[part], fixed.bounds[part + 1]
            total, right = 0.0, np.int64(0)
            while start < stop:
                size = min(np.int64(buffers.part_a.shape[1]), stop - start)
                for r in range(inputs):
                    for i in range(size):
                        buffers.part_a[r, i] = fixed.parts_x[r, start + i]
                forward(params, widths, buffers.part_a, size, fixed.activation)
                loss, hits = loss_and_delta(
                    buffers.part_a, last, outs, size, fixed.parts_y[start:], buffers.ones, one,
                    fixed.loss, buffers.part_d,
                )  # fmt: skip
                total += loss
                right += hits
                start += size
            size = stop - fixed.bounds[part]
            history[done, 1 + 2 * part] = total / size
            history[done, 2 + 2 * part] = right / size
            finite = finite and np.isfinite(total)
        done += 1
        if not finite:
            break
    return done


@njit(**INNER)
def fill(fixed, buffers, orders, epoch, start, size):
    """Gather a batch into the first tile, ``size`` examples from ``start`` on in the order of the
    epoch, and its last example again, with weight 0, up to a multiple of 16 columns; returns how
    many columns."""
    a, y, weight = buffers.a[0], buffers.y[0], buffers.weight[0]
    used = min((size + 15) // 16 * 16, np.int64(a.shape[1]))
    for i in range(used):
        j = orders[epoch, start + min(i, size - 1)]
        y[i] = fixed.y[j]
        weight[i] = fixed.weight[j] if i < size else _ZERO
        for r in range(fixed.x.shape[0]):
            a[r, i] = fixed.x[r, j]
    return used
