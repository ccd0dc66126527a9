"""The matrix product that the Gram engine is made of: a tile of sums that stay in registers.

A *panel* is a float32 array some rows of which hold one number per sample; a *tile* is `TILE`
neighbouring samples. For chosen rows r₀, r₁, ... of the panel and a table of coefficients c the
kernel computes, for ``width`` columns at once,

    out[h, i] = Σ_k c[k, h] · panel[r_k, i]        h < width ≤ `WIDTH`,  i < `TILE`

with every sum in a vector register for the whole loop over k (Goto & van de Geijn 2008, "Anatomy
of high-performance matrix multiplication"). Numba cannot be told to do that from Python code, so
the loop is written in LLVM's own instructions: ``llvm.fma`` on vectors. The order of each sum is
the order of k, whatever the width: a result does not depend on how columns are grouped.

The rows are those of a shuffled batch, so the processor cannot guess which comes next. The kernel
asks for memory ahead of its need: into the first-level cache `NEAR` rows ahead, into the second
what a later tile will read (``ahead`` and ``shift``).
"""

import itertools
from typing import Final

import llvmlite.binding as llvm
import numpy as np
from llvmlite import ir
from numba import config, njit, types
from numba.core import cgutils
from numba.extending import intrinsic

from fclab.train.kernels import KERNEL


def _has_avx512() -> bool:
    """Whether Numba compiles for AVX-512: the processor has it and NUMBA_CPU_FEATURES allows it."""
    try:
        features = vars(config)["CPU_FEATURES"] or llvm.get_host_cpu_features().flatten()
    except RuntimeError:  # this processor's features cannot be asked for
        return False
    return "+avx512f" in features.split(",")


# Two vectors of samples times WIDTH sums, two operands and a coefficient fill the registers:
# 32 of 16 floats with AVX-512, 16 of 8 floats with AVX2.
_LANES: Final = 16 if _has_avx512() else 8
_VECTORS: Final = 2
TILE: Final = _LANES * _VECTORS
"""Samples of a tile."""
WIDTH: Final = 14 if _LANES == 16 else 6
"""Columns of coefficients that one pass takes at most; even."""
INNER: Final = {**KERNEL, "no_cpython_wrapper": True}
"""How kernels are compiled that only other kernels call."""
NEAR: Final = 6
"""So many rows ahead memory is asked for: arrays of row offsets are that much longer."""

_LINE: Final = 64  # bytes of a cache line
_DEPTH: Final = 128  # rows summed at once: longer sums are made of such parts, for accuracy
_F32, _I32, _I64 = ir.FloatType(), ir.IntType(32), ir.IntType(64)
_BYTES = ir.IntType(8).as_pointer()
_VECTOR = ir.VectorType(_F32, _LANES)


def aligned(*shape: int) -> np.ndarray:
    """A float32 array of zeros that begins at a cache line, so that no vector straddles two."""
    size = int(np.prod(shape))
    room = np.zeros(size + _LINE // 4, np.float32)
    start = -room.ctypes.data % _LINE // 4
    return room[start : start + size].reshape(shape)


def tiles(samples: int) -> int:
    """Tiles that hold so many samples."""
    return -(-samples // TILE)


@intrinsic
def _product(
    typing, kind, panel, at, offsets, first, ahead, later, shift, n, coefs, base, step, out
):
    """The intrinsic behind `product`: a loop for every width, with and without asking for memory
    ahead, chosen by a jump: ``kind`` is 2·width + fetch."""
    arrays = (panel, offsets, ahead, coefs, out)
    if not all(isinstance(a, types.Array) and a.ndim == 1 for a in arrays):
        return None
    signature = types.void(
        kind, panel, at, offsets, first, ahead, later, shift, n, coefs, base, step, out
    )

    def generate(context, builder, signature, args):
        def pointer(position: int, offset=None):
            array = context.make_array(signature.args[position])(context, builder, args[position])
            return array.data if offset is None else builder.gep(array.data, [offset])

        rows = pointer(1, args[2])
        operands = (
            rows,
            pointer(3, args[4]),
            builder.gep(rows, [args[7]]),
            pointer(5, args[6]),
            args[8],
            pointer(9, args[10]),
            args[11],
            pointer(12),
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


def _loop(builder, columns, fetch, rows, offsets, later_rows, later_offsets, n, coefs, step, out):
    """Write the loop over k for one width, at least once around, then the stores."""
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
    for h in range(columns):
        for v in range(_VECTORS):
            _store(builder, sums_after[h][v], out, h * TILE + v * _LANES)


def _declare(builder, name, result, arguments):
    kind = ir.FunctionType(result, arguments)
    return cgutils.get_or_insert_function(builder.module, kind, name)


def _prefetch(builder, pointer, level):
    """Ask for the cache lines of a tile: level 3 is the nearest cache, 2 the next."""
    fetch = _declare(builder, "llvm.prefetch.p0", ir.VoidType(), [_BYTES, _I32, _I32, _I32])
    read, data = ir.Constant(_I32, 0), ir.Constant(_I32, 1)
    for line in range(0, TILE, _LINE // 4):
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


@njit(**INNER)
def pass_width(columns):
    """How many of so many columns `product` takes next: 1, or an even number up to `WIDTH`, such
    that few passes of about equal widths are made. (Every width is code to be compiled.)"""
    if columns == 1:
        return columns
    passes = (columns + WIDTH - 1) // WIDTH
    width = (columns + 2 * passes - 1) // (2 * passes) * 2
    return width if width <= columns else width - 2


@njit(**INNER)
def product(
    width, fetch, panel, at, offsets, first, ahead, later, shift, n, coefs, base, step, out
):
    """out[h, i] ← Σ_k coefs[base + k·step + h] · panel[at + offsets[first + k] + i], k < n.

    Args:
        width: columns of coefficients, as `pass_width` gives it.
        fetch: 1: ask for memory ahead; 0: the rows are near (of the pass before) or in order, and
            asking would only compete with the sums for the load units.
        panel: float32, flat; ``at``: where the tile begins in its row.
        offsets: where the rows begin (int64), from ``first`` on ``n + NEAR`` of them.
        ahead: offsets from ``later`` on, n of them: panel[at + shift + ahead[later + k]] is what
            a later call will read. A hint: no result depends on it.
        n: rows, at least 1.
        coefs: float32, flat.
        out: float32, flat, ``width · TILE``.
    """
    _product(  # pyright: ignore[reportCallIssue]
        2 * width + fetch, panel, at, offsets, first, ahead, later, shift, n, coefs, base, step, out
    )


@njit(**KERNEL)
def accumulate(panels, size, tile, offsets, n, coefs, base, step, out, column):
    """Add to the columns of ``out`` from ``column`` on, tile by tile, the product of the panels
    from ``tile`` on: out[h, column + i] += Σ_k coefs[base + k·step + h] · panel[offsets[k] + i].

    Args:
        panels: float32, flat, ``size`` numbers each.
        offsets: where the rows begin in a panel (int64), ``n + NEAR`` of them.
        coefs: float32, flat.
        out: float32, ``(columns of coefficients, ...)``.
    """
    part = np.empty(WIDTH * TILE, np.float32)
    rows = out.shape[0]
    while column + TILE <= out.shape[1] and tile * size < len(panels):
        for k in range(0, n, _DEPTH):
            h = 0
            while h < rows:
                width = pass_width(rows - h)
                product(
                    width, 0, panels, tile * size, offsets, k, offsets, k, size,
                    min(_DEPTH, n - k), coefs, base + k * step + h, step, part,
                )  # fmt: skip
                for j in range(width):
                    for i in range(TILE):
                        out[h + j, column + i] += part[j * TILE + i]
                h += width
        tile += 1
        column += TILE
