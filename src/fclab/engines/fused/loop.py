"""The compiled training loop of the fused engine: many epochs per call, the GIL released."""

from typing import NamedTuple

import numpy as np
from numba import njit

from fclab.engines.compiled.kernels import KERNEL, backward, forward, loss_and_delta, sgd_step
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


class Plan(NamedTuple):
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
        patience: epochs without a new least loss of the last part before the training stops;
            0: it never does.
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
    patience: int


class State(NamedTuple):
    """All that training changes.

    Attributes:
        params, velocity: parameters, flat, and their velocities.
        best: least loss of the last part so far, and the epochs since, float64 ``(2,)``.
        best_params: the parameters of that epoch.
    """

    params: np.ndarray
    velocity: np.ndarray
    best: np.ndarray
    best_params: np.ndarray


class Work(NamedTuple):
    """Arrays to work in.

    Attributes:
        grads: gradients of all parameters.
        a, d: activations and deltas of a batch, of whole vector registers of columns: behind the
            batch stand copies of its last example, with weight 0.
        y, weight: its targets and weights.
        part_a, part_d: the same for so many examples of a part at a time.
        ones: their weights.
    """

    grads: np.ndarray
    a: np.ndarray
    d: np.ndarray
    y: np.ndarray
    weight: np.ndarray
    part_a: np.ndarray
    part_d: np.ndarray
    ones: np.ndarray


@njit(**KERNEL)
def train_epochs(plan, state, work, orders, rates, history):
    """Train until ``history`` is full, a loss is no longer finite, or patience has run out.

    Args:
        orders: order of the examples in each epoch ``(epochs, n)``; ``(epochs, 0)``: every step
            takes what stands in ``work``.
        rates: learning rate of each step.
        history: written, ``(epochs, 1 + 2 · parts)``: running loss, then the mean loss and the
            accuracy of each part.

    Returns:
        Epochs done.
    """
    params, widths, a, d, history_end = state.params, plan.widths, work.a, work.d, len(history)
    velocity, grads, y, weight = state.velocity, work.grads, work.y, work.weight
    shuffled = orders.shape[1] > 0
    n = orders.shape[1] if shuffled else plan.batch
    steps = (n + plan.batch - 1) // plan.batch
    last, outs = np.int64(len(a)) - widths[len(widths) - 1], widths[len(widths) - 1]
    one = a.dtype.type(1)
    shape, inputs, hidden = shape_of(widths, plan.activation), widths[0], widths[1]
    done = np.int64(0)
    while done < history_end:
        seen = plan.offset
        for step in range(steps):
            size, used, divisor = n, np.int64(a.shape[1]), plan.examples
            if shuffled:
                size = divisor = min(plan.batch, n - step * plan.batch)
                used = fill(plan, work, orders, done, step * plan.batch, size)
            scale = a.dtype.type(1.0 / divisor if plan.mean else 1.0)
            if shape == RELU:
                relu_forward(params, hidden, a, used)
            else:
                forward(params, widths, a, used, plan.activation)
            seen += loss_and_delta(a, last, outs, used, y, weight, scale, plan.loss, d)[0]
            if shape == RELU:
                relu_backward(params, grads, hidden, a, d, used)
            elif shape == SMOOTH:
                smooth_backward(params, grads, inputs, hidden, a, d, used, plan.activation)
            else:
                backward(params, grads, widths, a, d, used, plan.activation, False)
            rate = rates[done * steps + step]
            sgd_step(params, grads, velocity, rate, plan.momentum, plan.nesterov, plan.decay)
        # A sum beyond float32 is as infinite here as in a loop that adds in float32.
        finite = np.isfinite(np.float32(seen))
        history[done, 0] = seen / plan.examples if finite else np.float64(np.float32(seen))
        for part in range(len(plan.bounds) - 1):
            start, stop = plan.bounds[part], plan.bounds[part + 1]
            total, right = 0.0, np.int64(0)
            while start < stop:
                size = min(np.int64(work.part_a.shape[1]), stop - start)
                for r in range(inputs):
                    for i in range(size):
                        work.part_a[r, i] = plan.parts_x[r, start + i]
                forward(params, widths, work.part_a, size, plan.activation)
                loss, hits = loss_and_delta(
                    work.part_a, last, outs, size, plan.parts_y[start:], work.ones, one,
                    plan.loss, work.part_d,
                )  # fmt: skip
                total += loss
                right += hits
                start += size
            size = stop - plan.bounds[part]
            history[done, 1 + 2 * part] = total / size
            history[done, 2 + 2 * part] = right / size
            finite = finite and np.isfinite(total)
        done += 1
        if not finite:
            break
        if plan.patience > 0:
            state.best[1] += 1.0
            valid = history[done - 1, history.shape[1] - 2]
            if valid < state.best[0]:
                state.best[0], state.best[1] = valid, 0.0
                for i in range(len(params)):
                    state.best_params[i] = params[i]
            if state.best[1] >= plan.patience:
                break
    return done


@njit(**INNER)
def fill(plan, work, orders, epoch, start, size):
    """Gather a batch, ``size`` examples from ``start`` on in the order of the epoch, and its last
    example again, with weight 0, up to a multiple of 16 columns; returns how many columns."""
    used = min((size + 15) // 16 * 16, np.int64(work.a.shape[1]))
    for i in range(used):
        j = orders[epoch, start + min(i, size - 1)]
        work.y[i] = plan.y[j]
        work.weight[i] = plan.weight[j] if i < size else _ZERO
        for r in range(plan.x.shape[0]):
            work.a[r, i] = plan.x[r, j]
    return used
