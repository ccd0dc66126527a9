"""Compiled kernels of a stack of dense layers: the machinery that the fast engines share.

Layout: everything is *features × samples*, C-contiguous, so that the innermost loops run over the
samples and the compiler turns them into vector instructions. A stack of layers with ``widths``
(h₀, h₁, ..., h_L), h₀ being its inputs, lives in two arrays of shape (h₀ + ... + h_L, samples):

- ``a``: activations; the rows of layer 0 are the inputs, the last h_L rows the raw outputs;
- ``d``: deltas, the derivative of the loss by each layer's pre-activation.

All parameters live in one flat vector, layer by layer: W row by row ``(outputs, inputs)``, then b
(see `flatten`), and so do their gradients and velocities. Every kernel works on the first ``n``
columns and releases the GIL. Kernels are compiled when first called and cached on disk; they work
in the precision of their arrays, float32 in the engines.

For who works on them: the cache of a kernel knows its own file only. After a change here, remove
``__pycache__/*.nb?``, or kernels of other files go on with the old code.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Final

import numpy as np
from numba import njit

from fclab.engines.compiled.dense import combine, products
from fclab.engines.compiled.vectormath import INNER, KERNEL, exp, log, log_loss, sigmoid, tanh

ACTIVATIONS: Final = {"relu": 1, "sigmoid": 2, "tanh": 3}
"""Codes of the activations; 0 is none."""
LOSSES: Final = {"squared_error": 0, "log_loss": 1, "cross_entropy": 2}
"""Codes of the losses."""

_ZERO, _HALF, _ONE = np.float32(0), np.float32(0.5), np.float32(1)


def flatten(weights: Mapping[str, np.ndarray], first: int = 1) -> np.ndarray:
    """Named weights from layer ``fc{first}`` on, as one flat vector of their precision."""
    last = sum(name.startswith("fc") and name.endswith(".weight") for name in weights)
    parts = [
        weights[f"fc{i}.{part}"].ravel()
        for i in range(first, last + 1)
        for part in ("weight", "bias")
    ]
    return np.concatenate(parts) if parts else np.empty(0, np.float32)


def unflatten(params: np.ndarray, widths: Sequence[int], first: int = 1) -> dict[str, np.ndarray]:
    """The inverse of `flatten`: copies, named ``fc{first}.weight``, ``fc{first}.bias``, ..."""
    weights: dict[str, np.ndarray] = {}
    at = 0
    for i, (n_in, n_out) in enumerate(pairwise(widths), start=first):
        weights[f"fc{i}.weight"] = params[at : at + n_out * n_in].reshape(n_out, n_in).copy()
        at += n_out * n_in
        weights[f"fc{i}.bias"] = params[at : at + n_out].copy()
        at += n_out
    return weights


@njit(**KERNEL)
def activate(a, row, rows, n, activation):
    """a ← f(a) in place, rows ``row .. row+rows``."""
    for r in range(row, row + rows):
        if activation == 1:
            for i in range(n):
                z = a[r, i]
                a[r, i] = _ZERO if z < _ZERO else z  # in this order a NaN stays
        elif activation == 2:
            for i in range(n):
                a[r, i] = sigmoid(a[r, i])
        elif activation == 3:
            for i in range(n):
                a[r, i] = tanh(a[r, i])


@njit(**INNER)
def derive(a, d, row, rows, n, activation):
    """d ← d ⊙ f′, rows ``row .. row+rows``; f′ from the activation's own output a = f(z)."""
    for r in range(row, row + rows):
        if activation == 1:
            for i in range(n):
                d[r, i] = d[r, i] if a[r, i] > _ZERO else _ZERO
        elif activation == 2:
            for i in range(n):
                d[r, i] *= a[r, i] * (_ONE - a[r, i])
        elif activation == 3:
            for i in range(n):
                d[r, i] *= _ONE - a[r, i] * a[r, i]


@njit(**KERNEL, inline="always")
def forward(params, widths, a, n, activation):
    """Fill the rows of a above layer 0: z = W·a + b, a = f(z); the last layer has no f."""
    at = row = np.int64(0)
    for layer in range(len(widths) - 1):
        n_in, n_out = widths[layer], widths[layer + 1]
        to, bias = row + n_in, at + n_out * n_in
        combine(a, row, n_in, a, to, n_out, n, params, at, n_in, np.int64(1), bias)
        if layer < len(widths) - 2:
            activate(a, to, n_out, n, activation)
        at, row = bias + n_out, to


@njit(**KERNEL, inline="always")
def backward(params, grads, widths, a, d, n, activation, to_inputs):
    """Gradients of all parameters, and the deltas below, from the deltas of the last layer.

    ``to_inputs``: also the delta of layer 0, (Wᵀ·δ) ⊙ f′(a), for a stack whose inputs are
    themselves f of something.
    """
    at = row = np.int64(0)
    for layer in range(len(widths) - 1):
        at += widths[layer + 1] * (widths[layer] + 1)
        row += widths[layer]
    for layer in range(len(widths) - 2, -1, -1):
        n_in, n_out = widths[layer], widths[layer + 1]
        at -= n_out * (n_in + 1)
        below = row - n_in
        products(a, below, n_in, d, row, n_out, n, grads, at)
        if layer > 0 or to_inputs:
            combine(d, row, n_out, d, below, n_in, n, params, at, np.int64(1), n_in, np.int64(-1))
            derive(a, d, below, n_in, n, activation)
        row = below


@njit(**KERNEL)
def loss_and_delta(z, row, rows, n, y, weight, scale, loss, d):
    """Loss of the outputs z[row : row + rows], how many of them are right, and the derivative by
    them times ``scale``, written to the same rows of d.

    - squared error: Σ w·(z − y)², delta 2w·(z − y); one output
    - log loss: Σ w·(log(1 + e^z) − y·z), delta w·(σ(z) − y); one output
    - cross-entropy: −Σ w·log softmax(z)[y], delta w·(softmax(z) − onehot(y))

    Args:
        y: targets ``(≥ n,)`` in the precision of z, class indices included.
        weight: weight w of each example ``(≥ n,)``.

    Returns:
        The weighted sum of the losses, not scaled (float64), and the number of right answers among
        the n: the greatest output, the first of equals; of one output, above 0 for y above ½.
    """
    total, right = 0.0, np.int64(0)
    if loss == 0:
        for i in range(n):
            e = z[row, i] - y[i]
            g = weight[i] * e
            d[row, i] = scale * (g + g)
            total += np.float64(g * e)
    elif loss == 1:
        for i in range(n):
            v, w = z[row, i], weight[i]
            below = v < _ZERO
            e = exp(v if below else -v)  # of −|z|: for σ(z) and for the loss alike
            s = _ONE / (_ONE + e)
            d[row, i] = (scale * w) * ((e * s if below else s) - y[i])
            total += np.float64(w * log_loss(v, y[i], e))
    if loss < 2:
        for i in range(n):
            right += (z[row, i] > _ZERO) == (y[i] > _HALF)
        return total, right
    top, norm, answer = np.empty(n, z.dtype), np.empty(n, z.dtype), np.empty(n, z.dtype)
    for i in range(n):
        top[i], norm[i], answer[i] = z[row, i], _ZERO, _ZERO
    for k in range(1, rows):
        label = np.float32(k)
        for i in range(n):
            v = z[row + k, i]
            answer[i] = label if v > top[i] else answer[i]
            top[i] = top[i] if v <= top[i] else v  # in this order a NaN stays
    for k in range(rows):
        for i in range(n):
            e = exp(z[row + k, i] - top[i])
            d[row + k, i] = e
            norm[i] += e
    for i in range(n):
        total += np.float64(weight[i] * log(norm[i]))
        right += answer[i] == y[i]
        norm[i] = _ONE / norm[i]
    for k in range(rows):
        label = np.float32(k)
        for i in range(n):
            hit = _ONE if y[i] == label else _ZERO
            d[row + k, i] = (scale * weight[i]) * (d[row + k, i] * norm[i] - hit)
            total -= np.float64(weight[i] * hit * (z[row + k, i] - top[i]))
    return total, right


@njit(**KERNEL)
def sgd_step(params, grads, velocity, lr, momentum, nesterov, weight_decay):
    """One step of SGD in place, as ``torch.optim.SGD``: coupled L2, no dampening.

    g ← g + λp, v ← μv + g, p ← p − lr·(g + μv if nesterov else v). A velocity that starts at 0
    makes the first step's velocity the gradient, as there. Scalars in the precision of params;
    ``velocity`` is not touched without momentum.
    """
    if momentum == _ZERO:
        for i in range(len(params)):
            params[i] -= lr * (grads[i] + weight_decay * params[i])
    elif nesterov:
        for i in range(len(params)):
            g = grads[i] + weight_decay * params[i]
            velocity[i] = momentum * velocity[i] + g
            params[i] -= lr * (g + momentum * velocity[i])
    else:
        for i in range(len(params)):
            velocity[i] = momentum * velocity[i] + (grads[i] + weight_decay * params[i])
            params[i] -= lr * velocity[i]
