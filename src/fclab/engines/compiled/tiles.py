"""The matrix product that the Gram engine is made of: a tile of sums that stay in registers.

A *panel* is a float32 array some rows of which hold one number per sample; a *tile* is `TILE`
neighbouring samples. For chosen rows r₀, r₁, ... of the panel and a table of coefficients c the
kernel computes, for ``width`` columns at once,

    out[h, i] ← β·out[h, i] + α·Σ_k c[k, h] · panel[r_k, i]        h < width ≤ `WIDTH`,  i < `TILE`

with every sum in a vector register for the whole loop over k (Goto & van de Geijn 2008, "Anatomy
of high-performance matrix multiplication"). Numba cannot be told to do that from Python code, so
the loop is written in LLVM's own instructions: ``llvm.fma`` on vectors. The order of each sum is
the order of k, whatever the width: a result does not depend on how columns are grouped.

The rows are those of a shuffled batch, so the processor cannot guess which comes next. The kernel
asks for memory ahead of its need: into the first-level cache `NEAR` rows ahead, into the second
what a later tile will read.
"""

import itertools
from typing import Final

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic

from fclab.engines.compiled.vectormath import INNER, KERNEL, host_features
from fclab.engines.memory import LINE

# Two vectors of samples times WIDTH sums, two operands and a coefficient fill the registers:
# 32 of 16 floats with AVX-512, 16 of 8 floats with AVX2.
_LANES: Final = 16 if "+avx512f" in host_features() else 8
_VECTORS: Final = 2
TILE: Final = _LANES * _VECTORS
"""Samples of a tile."""
WIDTH: Final = 14 if _LANES == 16 else 6
"""Columns of coefficients that one pass takes at most; even."""
NEAR: Final = 6
"""So many rows ahead memory is asked for: arrays of row offsets are that much longer."""

_DEPTH: Final = 128  # rows summed at once: longer sums are made of such parts, for accuracy
_F32, _I32, _I64 = ir.FloatType(), ir.IntType(32), ir.IntType(64)
_BYTES = ir.IntType(8).as_pointer()
_VECTOR = ir.VectorType(_F32, _LANES)


def tiles(samples: int) -> int:
    """Tiles that hold so many samples."""
    return -(-samples // TILE)


@intrinsic
def _product(
    typing, kind, panel, at, offsets, first, later, shift, n, coefs, base, step,
    alpha, beta, out, place, stride,
):  # fmt: skip
    """The intrinsic behind `product`: a loop for every width, with and without asking for memory
    ahead, chosen by a jump: ``kind`` is 2·width + fetch."""
    arrays = (panel, offsets, coefs)
    if not all(isinstance(a, types.Array) and a.ndim == 1 for a in arrays):
        return None
    signature = types.void(
        kind, panel, at, offsets, first, later, shift, n, coefs, base, step,
        types.float32, types.float32, out, place, stride,
    )  # fmt: skip

    def generate(context, builder, signature, args):
        def pointer(position: int, offset=None):
            array = context.make_array(signature.args[position])(context, builder, args[position])
            return array.data if offset is None else builder.gep(array.data, [offset])

        rows = pointer(1, args[2])
        operands = (
            rows,
            pointer(3, args[4]),
            builder.gep(rows, [args[6]]),
            pointer(3, args[5]),
            args[7],
            pointer(8, args[9]),
            args[10],
            tuple(_spread(builder, number) for number in args[11:13]),
            pointer(13, args[14]),
            args[15],
        )
        end = builder.append_basic_block("end")
        choice = builder.switch(args[0], end)
        for columns, fetch in itertools.product((1, *range(2, WIDTH + 1, 2)), (0, 1)):
            block = builder.append_basic_block(f"width{columns}")
            choice.add_case(ir.Constant(args[0].type, 2 * columns + fetch), block)
            builder.position_at_end(block)
            _loop(builder, columns, fetch, *operands)
            builder.branch(end)
        builder.position_at_end(end)
        return context.get_dummy_value()

    return signature, generate


def _loop(
    builder, columns, fetch, rows, offsets, later_rows, later_offsets, n, coefs, step,
    factors, out, stride,
):  # fmt: skip
    """Write the loop over k for one width, at least once around, then what becomes of the sums."""
    fma = _declare(builder, f"llvm.fma.v{_LANES}f32", _VECTOR, [_VECTOR] * 3)
    before, loop = builder.block, builder.append_basic_block("loop")
    done = builder.append_basic_block("done")
    builder.branch(loop)

    builder.position_at_end(loop)
    k = builder.phi(_I64)
    sums = [[builder.phi(_VECTOR) for _ in range(_VECTORS)] for _ in range(columns)]
    if fetch:
        near = builder.load(builder.gep(offsets, [builder.add(k, _int(NEAR))]))
        _prefetch(builder, builder.gep(rows, [near]), level=3)
        later = builder.load(builder.gep(later_offsets, [k]))
        _prefetch(builder, builder.gep(later_rows, [later]), level=2)
    row = builder.gep(rows, [builder.load(builder.gep(offsets, [k]))])
    xs = [_load(builder, row, v * _LANES) for v in range(_VECTORS)]
    table = builder.gep(coefs, [builder.mul(k, step)])
    sums_after = []
    for h in range(columns):
        c = _spread(builder, builder.load(builder.gep(table, [_int(h)])))
        sums_after.append([builder.call(fma, [x, c, s]) for x, s in zip(xs, sums[h], strict=True)])
    k_after = builder.add(k, _int(1))
    builder.cbranch(builder.icmp_signed("<", k_after, n), loop, done)

    k.add_incoming(_int(0), before)
    k.add_incoming(k_after, loop)
    zero = ir.Constant(_VECTOR, [ir.Constant(_F32, 0.0)] * _LANES)
    for h in range(columns):
        for v in range(_VECTORS):
            sums[h][v].add_incoming(zero, before)
            sums[h][v].add_incoming(sums_after[h][v], loop)

    builder.position_at_end(done)
    alpha, beta = factors
    for h in range(columns):
        row = builder.gep(out, [builder.mul(stride, _int(h))])
        for v in range(_VECTORS):
            kept = builder.fmul(beta, _load(builder, row, v * _LANES))
            total = builder.call(fma, [alpha, sums_after[h][v], kept])
            _store(builder, total, row, v * _LANES)


def _declare(builder, name, result, arguments):
    kind = ir.FunctionType(result, arguments)
    return cgutils.get_or_insert_function(builder.module, kind, name)


def _prefetch(builder, pointer, level):
    """Ask for the cache lines of a tile: level 3 is the nearest cache, 2 the next."""
    fetch = _declare(builder, "llvm.prefetch.p0", ir.VoidType(), [_BYTES, _I32, _I32, _I32])
    read, data = ir.Constant(_I32, 0), ir.Constant(_I32, 1)
    for line in range(0, TILE, LINE // 4):
        address = builder.bitcast(builder.gep(pointer, [_int(line)]), _BYTES)
        builder.call(fetch, [address, read, ir.Constant(_I32, level), data])


def _load(builder, pointer, offset):
    address = builder.gep(pointer, [_int(offset)])
    vector = builder.load(builder.bitcast(address, _VECTOR.as_pointer()))
    vector.align = 4
    return vector


def _store(builder, vector, pointer, offset):
    address = builder.gep(pointer, [_int(offset)])
    builder.store(vector, builder.bitcast(address, _VECTOR.as_pointer())).align = 4


def _spread(builder, number):
    undefined = ir.Constant(_VECTOR, ir.Undefined)
    first = builder.insert_element(undefined, number, ir.Constant(_I32, 0))
    everywhere = ir.Constant(ir.VectorType(_I32, _LANES), [ir.Constant(_I32, 0)] * _LANES)
    return builder.shuffle_vector(first, undefined, everywhere)


def _int(value):
    return ir.Constant(_I64, value)


def pass_widths(columns: int) -> list[int]:
    """So many columns as the widths that `product` takes one after the other: 1, or even numbers
    up to `WIDTH`, few and about equal. (Every width is code to be compiled.)"""
    widths = []
    while columns:
        passes = -(-columns // WIDTH)
        width = min(-(-columns // (2 * passes)) * 2, max(columns // 2 * 2, 1))
        widths.append(width)
        columns -= width
    return widths


@njit(**INNER, forceinline=True)
def product(
    width, fetch, panel, at, offsets, first, later, shift, n, coefs, base, step,
    alpha, beta, out, place,
):  # fmt: skip
    """out[h, i] ← β·out[h, i] + α·Σ_k coefs[base + k·step + h] · panel[at + offsets[first + k] + i]
    for k < n, where out[h, i] is the number at ``place + i`` and h rows on.

    Args:
        width: columns of coefficients, of `pass_widths`.
        fetch: 1: ask for memory ahead; 0: the rows are near, of the pass before, and asking would
            only compete with the sums for the load units.
        panel: float32, flat; ``at``: where the tile begins in its row.
        offsets: where the rows begin (int64), from ``first`` on ``n + NEAR`` of them.
        later, shift: panel[at + shift + offsets[later + k]], k < n, is what a later call will
            read. A hint: no result depends on it.
        n: rows, at least 1.
        coefs: float32, flat.
        alpha, beta: float32.
        out: float32, C-contiguous, with rows of at least ``TILE``; it has no NaN where β = 0.
    """
    _product(  # pyright: ignore[reportCallIssue]
        2 * width + fetch, panel, at, offsets, first, later, shift, n, coefs, base, step,
        alpha, beta, out, place, out.shape[1],
    )  # fmt: skip


@njit(**KERNEL)
def accumulate(panels, size, tile, offsets, n, coefs, base, step, passes, out, column):
    """Add to the columns of ``out`` from ``column`` on, tile by tile, the product of the panels
    from ``tile`` on: out[h, column + i] += Σ_k coefs[base + k·step + h] · panel[offsets[k] + i].

    A part of all sums is made for all tiles before the next: its coefficients stay in the nearest
    cache, and the panels come from memory in long runs.

    Args:
        panels: float32, flat, ``size`` numbers each.
        offsets: where the rows begin in a panel (int64), ``n + NEAR`` of them.
        coefs: float32, flat.
        passes: `pass_widths` of the columns of coefficients, int64.
        out: float32, ``(columns of coefficients, ...)``.
    """
    one = np.float32(1)
    count = min((out.shape[1] - column) // TILE, len(panels) // size - tile)
    for k in range(0, n, _DEPTH):
        for t in range(count):
            h = 0
            for width in passes:
                product(
                    width, 1 if h == 0 else 0, panels, (tile + t) * size, offsets, k, k, size,
                    min(_DEPTH, n - k), coefs, base + k * step + h, step,
                    one, one, out, h * out.shape[1] + column + t * TILE,
                )  # fmt: skip
                h += width
