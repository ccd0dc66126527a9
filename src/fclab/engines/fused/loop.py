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
    LOOKS,
    begin,
    begun,
    claim,
    finished,
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
    """Train until ``history`` is full or a loss is no longer finite; or help the thread that does.

    Args:
        params, velocity: the parameters, flat, and their velocities; changed in place.
        me: 0: train; another number: `find_gradients` as that thread.
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
    if me > 0:
        # Only full batches have tiles to share.
        find_gradients(fixed, params, buffers, me, columns, scale_of(fixed, fixed.examples))
        return 0
    share_again(buffers.counters)
    grads = buffers.grads[0]
    shuffled = orders.shape[1] > 0
    n = orders.shape[1] if shuffled else fixed.batch
    steps = (n + fixed.batch - 1) // fixed.batch
    inputs, outs = widths[0], widths[len(widths) - 1]
    last = np.int64(buffers.a.shape[1]) - outs
    done = np.int64(0)
    while done < history_end:
        seen = fixed.offset
        for step in range(steps):
            used, divisor = columns, fixed.examples
            if shuffled:
                divisor = min(fixed.batch, n - step * fixed.batch)
                used = fill(fixed, buffers, orders, done, step * fixed.batch, divisor)
            find_gradients(fixed, params, buffers, me, used, scale_of(fixed, divisor))
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
def scale_of(fixed, examples):
    """What the gradient of the summed loss of so many examples is multiplied with."""
    return np.float32(1.0 / examples if fixed.mean else 1.0)


@njit(**INNER)
def find_gradients(fixed, params, buffers, me, used, scale):
    """The gradients and the summed loss of every tile of a step, with the helpers there are; or be
    one of them, until no step has come for a while.

    Args:
        me: 0 for the thread that trains, which then adds them up; else a helper's number.
        used: columns of a tile that hold examples.
        scale: see `scale_of`.
    """
    counters, total = buffers.counters, len(buffers.grads)
    if me == 0 and not together(counters):
        for tile in range(total):
            gradients_of_tile(fixed, params, buffers, tile, used, scale)
        return
    if me == 0:
        begin(counters)
    worked_on, idle, looks = np.int64(-1), 0, LOOKS if me > 0 else 1
    while idle < looks:
        idle += 1
        steps = begun(counters)
        if steps == worked_on:
            continue
        worked_on, idle = steps, 0
        tile, end, _ = claim(counters, me, steps, total, 1)
        while tile < end:
            gradients_of_tile(fixed, params, buffers, tile, used, scale)
            finished(counters, 1)
            tile, end, _ = claim(counters, me, steps, total, 1)
    if me == 0:
        wait_for_all(counters, worked_on, total)


@njit(**INNER)
def gradients_of_tile(fixed, params, buffers, tile, used, scale):
    """Forward pass, loss and gradients of the first ``used`` columns of a tile."""
    widths, activation = fixed.widths, fixed.activation
    a, d, grads = buffers.a[tile], buffers.d[tile], buffers.grads[tile]
    inputs, hidden, outs = widths[0], widths[1], widths[len(widths) - 1]
    last, shape = np.int64(len(a)) - outs, shape_of(widths, activation)
    if shape == RELU:
        relu_forward(params, hidden, a, used)
    else:
        forward(params, widths, a, used, activation)
    buffers.seen[tile] = loss_and_delta(
        a, last, outs, used, buffers.y[tile], buffers.weight[tile], scale, fixed.loss, d
    )[0]
    if shape == RELU:
        relu_backward(params, grads, hidden, a, d, used)
    elif shape == SMOOTH:
        smooth_backward(params, grads, inputs, hidden, a, d, used, activation)
    else:
        backward(params, grads, widths, a, d, used, activation, False)


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
