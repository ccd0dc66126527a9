"""Kernels for the networks of the lab's parts 1 and 2: one hidden layer and one output.

They do what `kernels.forward` and `kernels.backward` do, but a neuron's delta is used where it is
found and never stored, and with the one input of part 1 not even its activation.
"""

import numpy as np
from numba import njit

from fclab.engines.compiled.vectormath import KERNEL

_ZERO = np.float32(0)

GENERAL, RELU, SMOOTH = 0, 1, 2


@njit(**KERNEL)
def shape_of(widths, activation):
    """`RELU`: a network for `relu_forward` and `relu_backward`; `SMOOTH`: one for
    `smooth_backward`; `GENERAL`: any other."""
    if len(widths) != 3 or widths[2] != 1:
        return GENERAL
    if activation == 1:
        return RELU if widths[0] == 1 and widths[1] >= 4 else GENERAL
    return SMOOTH if widths[0] <= 2 and widths[1] >= 2 else GENERAL


@njit(**KERNEL)
def relu_forward(params, hidden, a, n):
    """Forward pass of 1-H-1 with ReLU, H ≥ 4: only the output is stored, z = w·x + b is cheaper
    to compute again than to load. Four neurons per pass."""
    out, b_at, v_at = hidden + 1, hidden, 2 * hidden
    c = params[3 * hidden]
    for i in range(n):
        a[out, i] = c
    for j4 in range(0, hidden, 4):
        j = min(j4, hidden - 4)
        w0, w1, w2, w3 = params[j], params[j + 1], params[j + 2], params[j + 3]
        q = b_at + j
        b0, b1, b2, b3 = params[q], params[q + 1], params[q + 2], params[q + 3]
        q = v_at + j
        # The last four overlap those before: neurons that are in already count 0.
        v0 = params[q] if j >= j4 else _ZERO
        v1 = params[q + 1] if j + 1 >= j4 else _ZERO
        v2 = params[q + 2] if j + 2 >= j4 else _ZERO
        v3 = params[q + 3]
        for i in range(n):
            u = a[0, i]
            z0, z1, z2, z3 = w0 * u + b0, w1 * u + b1, w2 * u + b2, w3 * u + b3
            z0 = _ZERO if z0 < _ZERO else z0
            z1 = _ZERO if z1 < _ZERO else z1
            z2 = _ZERO if z2 < _ZERO else z2
            z3 = _ZERO if z3 < _ZERO else z3
            a[out, i] += (v0 * z0 + v1 * z1) + (v2 * z2 + v3 * z3)


@njit(**KERNEL)
def relu_backward(params, grads, hidden, a, d, n):
    """Gradients of the same network from the delta of its output, for n examples, a multiple of 4.

    All three gradients of a neuron with output weight v follow from S = Σ δ and T = Σ δ·x over
    the examples where z > 0: ∂w = v·T, ∂b = v·S, ∂v = Σ δ·(w·x + b) = w·T + b·S. Neurons are
    innermost, so that no sum runs across a vector; T and S grow where ∂w and ∂b will be.
    """
    out, b_at, v_at, zero = hidden + 1, hidden, 2 * hidden, params.dtype.type(0)
    s0 = zero
    for i in range(n):
        s0 += d[out, i]
    grads[3 * hidden] = s0
    for j in range(v_at):
        grads[j] = zero
    for i in range(0, n, 4):
        u0, u1, u2, u3 = a[0, i], a[0, i + 1], a[0, i + 2], a[0, i + 3]
        g0, g1, g2, g3 = d[out, i], d[out, i + 1], d[out, i + 2], d[out, i + 3]
        h0, h1, h2, h3 = g0 * u0, g1 * u1, g2 * u2, g3 * u3
        for j in range(hidden):
            w, b, t, s = params[j], params[b_at + j], grads[j], grads[b_at + j]
            on0, on1 = w * u0 + b > zero, w * u1 + b > zero
            on2, on3 = w * u2 + b > zero, w * u3 + b > zero
            s += g0 if on0 else zero
            t += h0 if on0 else zero
            s += g1 if on1 else zero
            t += h1 if on1 else zero
            s += g2 if on2 else zero
            t += h2 if on2 else zero
            s += g3 if on3 else zero
            t += h3 if on3 else zero
            grads[j], grads[b_at + j] = t, s
    for j in range(hidden):
        w, b, v, t, s = params[j], params[b_at + j], params[v_at + j], grads[j], grads[b_at + j]
        grads[j], grads[b_at + j], grads[v_at + j] = v * t, v * s, w * t + b * s


@njit(**KERNEL)
def smooth_backward(params, grads, inputs, hidden, a, d, n, activation):
    """Gradients of D-H-1 with sigmoid or tanh, D ≤ 2, H ≥ 2, from the delta of its output.

    f′ from h = f(z): h·(1 − h) of the sigmoid, 1 − h² of tanh, both e + h·(f − h). Two neurons
    per pass; with one input the second is the first again.
    """
    out, b_at, v_at, second = inputs + hidden, inputs * hidden, (inputs + 1) * hidden, inputs - 1
    zero, one = params.dtype.type(0), params.dtype.type(1)
    e, f = (one, zero) if activation == 3 else (zero, one)
    s0 = zero
    for i in range(n):
        s0 += d[out, i]
    grads[v_at + hidden] = s0
    for j2 in range(0, hidden, 2):
        j = min(j2, hidden - 2)
        r, p, q = inputs + j, j * inputs, (j + 1) * inputs
        v0, v1 = params[v_at + j], params[v_at + j + 1]
        m0 = m1 = s0 = s1 = t0 = t1 = u0 = u1 = zero
        for i in range(n):
            g, x, u = d[out, i], a[0, i], a[second, i]
            h0, h1 = a[r, i], a[r + 1, i]
            m0 += g * h0
            m1 += g * h1
            g0, g1 = (g * v0) * (e + h0 * (f - h0)), (g * v1) * (e + h1 * (f - h1))
            s0 += g0
            s1 += g1
            t0 += g0 * x
            t1 += g1 * x
            u0 += g0 * u
            u1 += g1 * u
        grads[v_at + j], grads[v_at + j + 1] = m0, m1
        grads[b_at + j], grads[b_at + j + 1] = s0, s1
        grads[p], grads[q] = t0, t1
        grads[p + second], grads[q + second] = u0, u1
