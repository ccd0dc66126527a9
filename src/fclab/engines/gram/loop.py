"""Compiled training of a network whose first layer lives in sample space.

SGD moves the first layer's weights only along training images, so W = s·W₀ + AᵀX_train with a
number s and one row of A per training image. What the layers above see is P = W·Xᵀ, the first
layer's pre-activations of *all* images, and a step with the deltas δ of a batch b changes it by

    P ← P − lr·(δ·K[b, :] + λP)            K: the inner products of the images

So training needs neither W nor the images, and evaluation no large product at all. With momentum
the velocity of W has its own product with the images, Q, and both follow the same rule.

Everything is features × images, like the stack of layers above (`kernels`).
"""

from typing import Final, NamedTuple

import numpy as np
from numba import njit

from fclab.engines.compiled.kernels import (
    KERNEL,
    LOSSES,
    activate,
    backward,
    forward,
    loss_and_delta,
    sgd_step,
)
from fclab.engines.compiled.sharing import share_again
from fclab.engines.compiled.vectormath import INNER
from fclab.engines.gram.shared import update

_BLOCK: Final = 256  # images evaluated at once: their activations stay in the nearest cache
_CROSS_ENTROPY: Final = np.int64(LOSSES["cross_entropy"])  # an int would be compiled apart


class GramState(NamedTuple):
    """All that training changes; float32 but for ``scale``.

    Attributes:
        p: first-layer pre-activations ``(H, columns)``; mirror images in columns of their own,
            behind all others. With momentum their velocity in H more rows.
        a: A, ``(rows of K, H)``.
        b: the velocity of A, of the same shape; without momentum ``(0, H)``.
        params, velocity: the layers above, as `kernels.flatten` has them.
        scale: the multiples of the first weights in the weights and in their velocity, float64.
    """

    p: np.ndarray
    a: np.ndarray
    b: np.ndarray
    params: np.ndarray
    velocity: np.ndarray
    scale: np.ndarray


class GramConstants(NamedTuple):
    """All that training does not change.

    Attributes:
        products: K, flat, N or 2N rows of ``columns`` each.
        n: training images N.
        columns: images, rounded up to whole tiles.
        labels: targets of all columns, float32.
        spans: first and last + 1 column of each split, int64 ``(splits, 2)``.
        widths: H and the widths of the layers above, int64.
        batch: images of a full step.
        mean: whether the loss is averaged over them.
        activation: its code in `kernels.ACTIVATIONS`.
        momentum, nesterov, decay: as of `kernels.sgd_step`.
    """

    products: np.ndarray
    n: int
    columns: int
    labels: np.ndarray
    spans: np.ndarray
    widths: np.ndarray
    batch: int
    mean: bool
    activation: int
    momentum: np.float32
    nesterov: bool
    decay: np.float32


@njit(**KERNEL)
def train_epochs(state, fixed, shared, me, order, rates, history):
    """Train for some epochs, or help the thread that does.

    Args:
        state: changed in place.
        shared: as `shared.shared_state` makes it, for the images of so many epochs.
        me: 0: train; another number: `shared.update` as that thread.
        order: the rows of K of the images in the order of the batches, int64 ``(epochs · N,)``.
        rates: the learning rates, ``(epochs, steps of an epoch)``.
        history: filled, ``(epochs, 1 + 2·splits)``: running loss; loss, accuracy of each split.

    Returns:
        Epochs done: fewer than asked for if something was not finite after the last one.
    """
    one = np.float32(1)
    if me > 0:
        update(state, fixed, shared, me, np.int64(0), np.int64(0), one)
        return 0
    share_again(shared.counters)
    n, columns, h = fixed.n, fixed.columns, fixed.widths[0]
    # 16 more: rows a power of two apart would fall into the same sets of the cache.
    rows, room = np.int64(0), max(fixed.batch, _BLOCK) + 16
    for width in fixed.widths:
        rows += width
    a, d = np.empty((rows, room), np.float32), np.empty((rows, room), np.float32)
    y, ones = np.empty(room, np.float32), np.empty(room, np.float32)
    ones[:] = one
    deltas, grads = np.empty((n, h), np.float32), np.empty_like(state.params)
    picked, straight = np.empty(len(order), np.int64), np.empty(0, np.int64)
    for i in range(len(order)):
        row = order[i]
        shared.offsets[i] = row * columns
        shared.offsets[len(shared.offsets) // 2 + i] = (row - n if row >= n else row + n) * columns
        picked[i] = row - n + columns if row >= n else row
    for epoch in range(rates.shape[0]):
        total = 0.0
        for step in range(rates.shape[1]):
            done = step * fixed.batch
            m, at = min(fixed.batch, n - done), epoch * n + done
            scale = np.float32(1 / m) if fixed.mean else one
            total += forward_batch(state, fixed, picked, at, m, scale, a, d, y, ones)[0]
            backward(state.params, grads, fixed.widths, a, d, m, fixed.activation, True)
            group_deltas(d, m, shared, deltas, done)
            lr = np.float32(rates[epoch, step])
            update(state, fixed, shared, me, at, m, lr)
            sgd_step(
                state.params, grads, state.velocity, lr, fixed.momentum, fixed.nesterov, fixed.decay
            )
        update_samples(state, fixed, order, epoch * n, deltas, rates[epoch])
        history[epoch, 0] = total / n
        finite = np.isfinite(total)
        for split in range(fixed.spans.shape[0]):
            first, last = fixed.spans[split, 0], fixed.spans[split, 1]
            total, right = 0.0, 0
            for at in range(first, last, _BLOCK):
                m = min(_BLOCK, last - at)
                part, hits = forward_batch(state, fixed, straight, at, m, one, a, d, y, ones)
                total += part
                right += hits
            history[epoch, 1 + 2 * split] = total / (last - first)
            history[epoch, 2 + 2 * split] = right / (last - first)
            finite = finite and np.isfinite(total)
        if not finite:
            return epoch + 1
    return rates.shape[0]


@njit(**INNER)
def forward_batch(state, fixed, picked, at, m, scale, a, d, y, ones):
    """Forward pass of m images: their summed loss, how many are answered right, and in d the
    deltas of the outputs. The images are in the columns picked[at], picked[at + 1], ..., or,
    where ``picked`` is empty, in at, at + 1, ..."""
    columns, h, layers = fixed.columns, fixed.widths[0], len(fixed.widths)
    if len(picked) == 0:
        for i in range(m):
            y[i] = fixed.labels[at + i]
        for k in range(h):
            for i in range(m):
                a[k, i] = state.p[k, at + i]
    else:
        for i in range(m):
            column = picked[at + i]
            y[i] = fixed.labels[column - columns if column >= columns else column]
        for k in range(h):
            for i in range(m):
                a[k, i] = state.p[k, picked[at + i]]
    if layers > 1:
        activate(a, np.int64(0), h, m, fixed.activation)
        forward(state.params, fixed.widths, a, m, fixed.activation)
    outputs = fixed.widths[layers - 1]
    return loss_and_delta(a, len(a) - outputs, outputs, m, y, ones, scale, _CROSS_ENTROPY, d)


@njit(**INNER)
def group_deltas(d, m, shared, deltas, done):
    """Transpose a batch's first-layer deltas into ``deltas``, from row ``done`` on, and into
    ``shared.coefs`` in the groups of columns that `update` passes over."""
    first = 0
    for width in shared.passes:
        for i in range(m):
            for k in range(width):
                delta = d[first + k, i]
                deltas[done + i, first + k] = delta
                shared.coefs[first * m + i * width + k] = delta
        first += width


@njit(**INNER)
def update_samples(state, fixed, order, at, deltas, rates):
    """Bring A, its velocity B and the scale over one epoch.

    A step is linear: (A, B) ← S·(A, B) + (−c, 1)·δ with a 2 × 2 matrix S, and each image has its
    δ in one step of the epoch only. So what it had is multiplied by the product M of all steps,
    its δ by that of the steps behind its own.
    """
    a, b, h = state.a, state.b, deltas.shape[1]
    mu, decay = np.float64(fixed.momentum), np.float64(fixed.decay)
    steps = len(rates)
    gains = np.empty((steps, 2), np.float32)
    m00, m01, m10, m11 = 1.0, 0.0, 0.0, 1.0
    for step in range(steps - 1, -1, -1):
        c = s01 = np.float64(np.float32(rates[step]))
        if fixed.nesterov:
            c, s01 = c * (1 + mu), s01 * mu
        gains[step, 0], gains[step, 1] = m01 - c * m00, m11 - c * m10
        s00, s01 = 1 - c * decay, -s01 * mu
        m00, m01 = m00 * s00 + m01 * decay, m00 * s01 + m01 * mu
        m10, m11 = m10 * s00 + m11 * decay, m10 * s01 + m11 * mu
    s, v = state.scale[0], state.scale[1]
    state.scale[0], state.scale[1] = m00 * s + m01 * v, m10 * s + m11 * v
    lost, f01, f10, f11 = np.float32(m00 - 1), np.float32(m01), np.float32(m10), np.float32(m11)
    for row in range(a.shape[0] if mu != 0 or decay != 0 else 0):
        for k in range(h):
            x = a[row, k]
            a[row, k] += lost * x
            if mu != 0:
                a[row, k] += f01 * b[row, k]
                b[row, k] = f10 * x + f11 * b[row, k]
    for step in range(steps):
        u, v = gains[step, 0], gains[step, 1]
        for i in range(step * fixed.batch, min((step + 1) * fixed.batch, fixed.n)):
            row = order[at + i]
            for k in range(h):
                a[row, k] += u * deltas[i, k]
            if mu != 0:
                for k in range(h):
                    b[row, k] += v * deltas[i, k]
