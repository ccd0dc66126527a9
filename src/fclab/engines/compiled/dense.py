"""The two matrix products of a dense layer, samples innermost.

Several rows at a time, because a product that loads two numbers for each multiply-add waits for
its loads. Small layers are the rule here, so there is no packing and no blocking for caches:
see `fclab.engines.compiled.tiles` for large ones.
"""

from numba import njit

from fclab.engines.compiled.vectormath import INNER


@njit(**INNER)
def combine(source, row, rows, target, to, outs, n, params, at, step, stride, bias):
    """target[to + j] ← b_j + Σ_k c_jk · source[row + k] for all j < outs, k < rows.

    With c_jk = params[at + j·step + k·stride] and b_j = params[bias + j], or 0 where ``bias`` is
    negative: W·x + b with step = inputs, stride = 1; Wᵀ·δ with step = 1, stride = inputs.
    """
    b0 = b1 = b2 = b3 = params.dtype.type(0)
    for j4 in range(0, outs if outs >= 4 else 0, 4):  # four targets, two sources at a time
        j = min(j4, outs - 4)  # the last four overlap those before: written twice, the same
        if bias >= 0:
            q = bias + j
            b0, b1, b2, b3 = params[q], params[q + 1], params[q + 2], params[q + 3]
        t, p0 = to + j, at + j * step
        p1, p2, p3 = p0 + step, p0 + 2 * step, p0 + 3 * step
        k = 1 + (rows + 1) % 2
        c0, c1, c2, c3 = params[p0], params[p1], params[p2], params[p3]
        if k == 1:
            for i in range(n):
                x = source[row, i]
                target[t, i] = b0 + c0 * x
                target[t + 1, i] = b1 + c1 * x
                target[t + 2, i] = b2 + c2 * x
                target[t + 3, i] = b3 + c3 * x
        else:
            e0, e1 = params[p0 + stride], params[p1 + stride]
            e2, e3 = params[p2 + stride], params[p3 + stride]
            for i in range(n):
                x, u = source[row, i], source[row + 1, i]
                target[t, i] = b0 + (c0 * x + e0 * u)
                target[t + 1, i] = b1 + (c1 * x + e1 * u)
                target[t + 2, i] = b2 + (c2 * x + e2 * u)
                target[t + 3, i] = b3 + (c3 * x + e3 * u)
        while k < rows:
            q = k * stride
            c0, c1, c2, c3 = params[p0 + q], params[p1 + q], params[p2 + q], params[p3 + q]
            q += stride
            e0, e1, e2, e3 = params[p0 + q], params[p1 + q], params[p2 + q], params[p3 + q]
            r = row + k
            for i in range(n):
                x, u = source[r, i], source[r + 1, i]
                target[t, i] += c0 * x + e0 * u
                target[t + 1, i] += c1 * x + e1 * u
                target[t + 2, i] += c2 * x + e2 * u
                target[t + 3, i] += c3 * x + e3 * u
            k += 2
    for j in range(outs if outs < 4 else 0):  # one target, four sources at a time
        if bias >= 0:
            b0 = params[bias + j]
        t, p0 = to + j, at + j * step
        for i in range(n):
            target[t, i] = b0
        for k in range(rows % 4):
            c0 = params[p0 + k * stride]
            for i in range(n):
                target[t, i] += c0 * source[row + k, i]
        for k in range(rows % 4, rows, 4):
            q, r = p0 + k * stride, row + k
            c0, c1 = params[q], params[q + stride]
            c2, c3 = params[q + 2 * stride], params[q + 3 * stride]
            for i in range(n):
                target[t, i] += (c0 * source[r, i] + c1 * source[r + 1, i]) + (
                    c2 * source[r + 2, i] + c3 * source[r + 3, i]
                )


@njit(**INNER)
def products(a, row, rows, d, of, outs, n, grads, at):
    """Gradients of one layer: grads[at + j·rows + k] ← Σ_i d[of + j, i]·a[row + k, i], then
    behind them, of the biases, Σ_i d[of + j, i]."""
    zero = grads.dtype.type(0)
    for j4 in range(0, outs if outs >= 4 else 0, 4):  # four deltas, two activations at a time
        j = min(j4, outs - 4)
        o, p0, bias = of + j, at + j * rows, at + outs * rows + j
        p1, p2, p3 = p0 + rows, p0 + 2 * rows, p0 + 3 * rows
        s0 = s1 = s2 = s3 = t0 = t1 = t2 = t3 = zero
        for i in range(n):
            x = a[row, i]
            g0, g1, g2, g3 = d[o, i], d[o + 1, i], d[o + 2, i], d[o + 3, i]
            s0 += g0
            s1 += g1
            s2 += g2
            s3 += g3
            t0 += g0 * x
            t1 += g1 * x
            t2 += g2 * x
            t3 += g3 * x
        grads[bias], grads[bias + 1], grads[bias + 2], grads[bias + 3] = s0, s1, s2, s3
        grads[p0], grads[p1], grads[p2], grads[p3] = t0, t1, t2, t3
        for k2 in range(1, rows, 2):
            k = min(k2, rows - 2)
            r = row + k
            s0 = s1 = s2 = s3 = t0 = t1 = t2 = t3 = zero
            for i in range(n):
                x, u = a[r, i], a[r + 1, i]
                g0, g1, g2, g3 = d[o, i], d[o + 1, i], d[o + 2, i], d[o + 3, i]
                s0 += g0 * x
                s1 += g1 * x
                s2 += g2 * x
                s3 += g3 * x
                t0 += g0 * u
                t1 += g1 * u
                t2 += g2 * u
                t3 += g3 * u
            grads[p0 + k], grads[p1 + k], grads[p2 + k], grads[p3 + k] = s0, s1, s2, s3
            k += 1
            grads[p0 + k], grads[p1 + k], grads[p2 + k], grads[p3 + k] = t0, t1, t2, t3
    for j in range(outs if outs < 4 else 0):  # one delta, four activations at a time
        o, p0 = of + j, at + j * rows
        s0 = zero
        for i in range(n):
            s0 += d[o, i]
        grads[at + outs * rows + j] = s0
        for k in range(rows % 4):
            s0 = zero
            for i in range(n):
                s0 += d[o, i] * a[row + k, i]
            grads[p0 + k] = s0
        for k in range(rows % 4, rows, 4):
            r, p = row + k, p0 + k
            s0 = s1 = s2 = s3 = zero
            for i in range(n):
                g0 = d[o, i]
                s0 += g0 * a[r, i]
                s1 += g0 * a[r + 1, i]
                s2 += g0 * a[r + 2, i]
                s3 += g0 * a[r + 3, i]
            grads[p], grads[p + 1], grads[p + 2], grads[p + 3] = s0, s1, s2, s3
