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

from fclab.train.kernels import (
    KERNEL,
    LOSSES,
    activate,
    backward,
    forward,
    loss_and_delta,
    sgd_step,
)
from fclab.train.tiles import INNER, NEAR, TILE, WIDTH, pass_width, product

_BLOCK: Final = 256  # images evaluated at once: their activations stay in the nearest cache
_AHEAD: Final = 1 << 16  # bytes of K that are on their way into the second-level cache
_CROSS_ENTROPY: Final = LOSSES["cross_entropy"]


class State(NamedTuple):
    """All that training changes; float32 but for ``scale``.

    Attributes:
        p: first-layer pre-activations ``(H, columns)``; mirror images in columns of their own,
            behind all others.
        q: their velocity, of the same shape; without momentum ``(H, 0)``.
        a: A, ``(rows of K, H)``.
        b: the velocity of A, of the same shape; without momentum ``(0, H)``.
        params, velocity: the layers above, as `kernels.flatten` has them.
        scale: the multiples of the first weights in the weights and in their velocity, float64.
    """

    p: np.ndarray
    q: np.ndarray
    a: np.ndarray
    b: np.ndarray
    params: np.ndarray
    velocity: np.ndarray
    scale: np.ndarray


class Plan(NamedTuple):
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
def train_epochs(state, plan, order, rates, history):
    """Train for some epochs.

    Args:
        state: changed in place.
        order: the rows of K of the images in the order of the batches, int64 ``(epochs · N,)``.
        rates: the learning rates, ``(epochs, steps of an epoch)``.
        history: filled, ``(epochs, 1 + 2·splits)``: running loss; loss, accuracy of each split.

    Returns:
        Epochs done: fewer than asked for if something was not finite after the last one.
    """
    n, columns, h, one = plan.n, plan.columns, plan.widths[0], np.float32(1)
    # 16 more: rows a power of two apart would fall into the same sets of the cache.
    rows, room = np.int64(0), max(plan.batch, _BLOCK) + 16
    for width in plan.widths:
        rows += width
    a, d = np.empty((rows, room), np.float32), np.empty((rows, room), np.float32)
    y, ones = np.empty(room, np.float32), np.empty(room, np.float32)
    ones[:] = one
    deltas, coefs = np.empty((n, h), np.float32), np.empty(plan.batch * h, np.float32)
    grads = np.empty_like(state.params)
    # Where rows of K begin: of the images in their order, and of their mirror images; the last
    # batch finds room to look ahead.
    offsets = np.zeros(len(order) + plan.batch + NEAR, np.int64)
    others = np.zeros(len(order) + plan.batch + NEAR, np.int64)
    picked, straight = np.empty(len(order), np.int64), np.empty(0, np.int64)
    for i in range(len(order)):
        row = order[i]
        offsets[i] = row * columns
        others[i] = (row - n if row >= n else row + n) * columns
        picked[i] = row - n + columns if row >= n else row
    for epoch in range(rates.shape[0]):
        total = 0.0
        for step in range(rates.shape[1]):
            done = step * plan.batch
            m, at = min(plan.batch, n - done), epoch * n + done
            scale = np.float32(1 / m) if plan.mean else one
            total += look(state, plan, picked, at, m, scale, a, d, y, ones)[0]
            backward(state.params, grads, plan.widths, a, d, m, plan.activation, True)
            group(d, h, m, deltas, done, coefs)
            lr = np.float32(rates[epoch, step])
            update(state, plan, offsets, others, at, m, coefs, lr)
            sgd_step(
                state.params, grads, state.velocity, lr, plan.momentum, plan.nesterov, plan.decay
            )
        settle(state, plan, order, epoch * n, deltas, rates[epoch])
        history[epoch, 0] = total / n
        finite = np.isfinite(total)
        for split in range(plan.spans.shape[0]):
            first, last = plan.spans[split, 0], plan.spans[split, 1]
            total, right = 0.0, 0
            for at in range(first, last, _BLOCK):
                m = min(_BLOCK, last - at)
                part, hits = look(state, plan, straight, at, m, one, a, d, y, ones)
                total += part
                right += hits
            history[epoch, 1 + 2 * split] = total / (last - first)
            history[epoch, 2 + 2 * split] = right / (last - first)
            finite = finite and np.isfinite(total)
        if not finite:
            return epoch + 1
    return rates.shape[0]


@njit(**INNER)
def look(state, plan, picked, at, m, scale, a, d, y, ones):
    """Forward pass of m images: their summed loss, how many are answered right, and in d the
    deltas of the outputs. The images are in the columns picked[at], picked[at + 1], ..., or,
    where ``picked`` is empty, in at, at + 1, ..."""
    columns, h, layers = plan.columns, plan.widths[0], len(plan.widths)
    if len(picked) == 0:
        for i in range(m):
            y[i] = plan.labels[at + i]
        for k in range(h):
            for i in range(m):
                a[k, i] = state.p[k, at + i]
    else:
        for i in range(m):
            column = picked[at + i]
            y[i] = plan.labels[column - columns if column >= columns else column]
        for k in range(h):
            for i in range(m):
                a[k, i] = state.p[k, picked[at + i]]
    if layers > 1:
        activate(a, np.int64(0), h, m, plan.activation)
        forward(state.params, plan.widths, a, m, plan.activation)
    outputs = plan.widths[layers - 1]
    return loss_and_delta(a, len(a) - outputs, outputs, m, y, ones, scale, _CROSS_ENTROPY, d)


@njit(**INNER)
def group(d, h, m, deltas, done, coefs):
    """Transpose a batch's first-layer deltas into ``deltas``, from row ``done`` on, and into
    ``coefs`` in the groups of columns that `update` passes over."""
    first = 0
    while first < h:
        width = pass_width(h - first)
        for i in range(m):
            for k in range(width):
                delta = d[first + k, i]
                deltas[done + i, first + k] = delta
                coefs[first * m + i * width + k] = delta
        first += width


@njit(**INNER)
def update(state, plan, offsets, others, at, m, coefs, lr):
    """Let one batch's step act on the pre-activations of all images, tile by tile.

    A tile reads ``TILE`` neighbouring numbers of each of the batch's rows of K, and meanwhile
    asks for those that a later tile will read.
    """
    h, mu, decay = plan.widths[0], plan.momentum, plan.decay
    straight, total = plan.columns // TILE, state.p.shape[1] // TILE
    lead = min(max(_AHEAD // (m * TILE * 4), 1), 16)
    out = np.empty(WIDTH * TILE, np.float32)
    for tile in range(total):
        rows, source = (offsets, tile) if tile < straight else (others, tile - straight)
        # The tile to ask for: among the images, the mirror images, or the next batch's images.
        later = tile + lead
        ahead = others if straight <= later < total else offsets
        later_at = at if later < total else at + m
        target = later % total
        target = target - straight if target >= straight else target
        shift, column, first = (target - source) * TILE, tile * TILE, 0
        while first < h:
            width, fetch = pass_width(h - first), 0 if first else 1
            product(
                width, fetch, plan.products, source * TILE, rows, at, ahead, later_at, shift,
                m, coefs, first * m, width, out,
            )  # fmt: skip
            for k in range(width):  # the rule of sgd_step, with ``out`` for the gradient
                p = state.p[first + k]
                if mu == 0:
                    for i in range(TILE):
                        z = p[column + i]
                        p[column + i] = z - lr * (out[k * TILE + i] + decay * z)
                else:
                    q = state.q[first + k]
                    for i in range(TILE):
                        z = p[column + i]
                        g = out[k * TILE + i] + decay * z
                        v = mu * q[column + i] + g
                        q[column + i] = v
                        p[column + i] = z - lr * (g + mu * v if plan.nesterov else v)
            first += width


@njit(**INNER)
def settle(state, plan, order, at, deltas, rates):
    """Bring A, its velocity B and the scale over one epoch.

    A step is linear: (A, B) ← S·(A, B) + (−c, 1)·δ with a 2 × 2 matrix S, and each image has its
    δ in one step of the epoch only. So what it had is multiplied by the product M of all steps,
    its δ by that of the steps behind its own.
    """
    a, b, h = state.a, state.b, deltas.shape[1]
    mu, decay = np.float64(plan.momentum), np.float64(plan.decay)
    steps = len(rates)
    gains = np.empty((steps, 2), np.float32)
    m00, m01, m10, m11 = 1.0, 0.0, 0.0, 1.0
    for step in range(steps - 1, -1, -1):
        c = s01 = np.float64(np.float32(rates[step]))
        if plan.nesterov:
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
        for i in range(step * plan.batch, min((step + 1) * plan.batch, plan.n)):
            row = order[at + i]
            for k in range(h):
                a[row, k] += u * deltas[i, k]
            if mu != 0:
                for k in range(h):
                    b[row, k] += v * deltas[i, k]
