"""Scalar functions that the compiler can vectorise, for compiled loops over float32 arrays.

LLVM does not vectorise calls of the C library's ``exp``; these are a few multiplications, additions
and bit operations, so a loop that calls them runs in vector registers (AVX2 or AVX-512, whatever
the machine has). They answer for one number; call them from compiled loops only.

For float64 the same names are the C library's functions: the kernels that call them can so be
compiled in double precision, where finite differences can prove their gradients.

Method: x = n·ln 2 + r with |r| ≤ ln 2 / 2 (Cody & Waite 1980), a minimax polynomial of e^r, and 2ⁿ
written straight into the exponent bits. The bounds of the errors over the stated range, in units of
the last place, are in the docstrings and hold without fused multiply-adds too; tests measure them.
"""

import math
from typing import Any, Final

import llvmlite.binding as llvm
import numpy as np
from numba import config, types
from numba.core.codegen import get_host_cpu_features
from numba.core.registry import cpu_target
from numba.extending import overload

_SETTINGS = config.__dict__


def host_features() -> list[str]:
    """What Numba compiles for: the processor's features, as LLVM names them, or those that
    NUMBA_CPU_FEATURES, NUMBA_CPU_NAME=generic and NUMBA_ENABLE_AVX=0 leave."""
    allowed = _SETTINGS["CPU_FEATURES"]
    return (get_host_cpu_features() if allowed is None else allowed).split(",")


def multiplies_and_adds_at_once() -> bool:
    """Whether the processor has an instruction for x·y + z. An x86 has it since 2013, with AVX2;
    all others that Numba compiles for have it."""
    is_x86 = llvm.get_process_triple().startswith(("x86", "i386", "i686", "amd64"))
    return not is_x86 or "+fma" in host_features()


def _make_code_generator() -> None:
    """Have Numba's code generator use all of AVX-512's registers. LLVM prefers half of them for
    most processors, so as not to slow a program down for a few vector instructions; these kernels
    consist of them.

    Numba makes one generator per process, when it first needs it, and reads its settings then. So
    it is made here, and the settings are for everybody else what they were.
    """
    kept = _SETTINGS["CPU_FEATURES"]
    if not (kept or _SETTINGS["CPU_NAME"]) and "+avx512f" in host_features():
        _SETTINGS["CPU_FEATURES"] = ",".join([*host_features(), "-prefer-256-bit"])
    try:
        _ = cpu_target.target_context
    finally:
        _SETTINGS["CPU_FEATURES"] = kept


_make_code_generator()

KERNEL: Final[dict[str, Any]] = {
    "nogil": True,
    "cache": True,
    "error_model": "numpy",
    "fastmath": {"reassoc", "contract"},
    "no_cfunc_wrapper": True,
}
"""How every kernel is compiled, ``@njit(**KERNEL)``: sums may be re-associated, so that they run in
many lanes, and multiply-adds contracted; NaN, infinities and signed zeros keep their meaning."""

INNER: Final[dict[str, Any]] = KERNEL | {"no_cpython_wrapper": True}
"""The same for a kernel that only other kernels call: it compiles a sixth faster."""

# Only multiply-add contraction: re-association would undo the two-part reduction of x.
_EXACT: Any = {"fastmath": {"contract"}, "error_model": "numpy", "forceinline": True}

_LIMIT = np.float32(87.336)  # e^±87.336 is the last power that is a normal number on both sides
_LOG2_E = np.float32(1.4426950408889634)
_LN2_HIGH = np.float32(0.693145751953125)  # 15 bits: n · _LN2_HIGH is exact
_LN2_LOW = np.float32(1.42860682030941723212e-6)
_LN2 = np.float32(0.6931471805599453)
# Adding and subtracting 1.5·2²³ rounds to the nearest integer, which is then in the low bits.
_ROUND = np.float32(12582912.0)
_ZERO, _HALF, _ONE, _TWO = np.float32(0), np.float32(0.5), np.float32(1), np.float32(2)

# (e^r − 1 − r) / r², least relative error of e^r − 1.
_E0 = np.float32(0.5000000062273794)
_E1 = np.float32(0.16666542545734656)
_E2 = np.float32(0.04166628062728544)
_E3 = np.float32(0.008366643933797243)
_E4 = np.float32(0.0013946554679877753)

# (atanh(s)/s − 1) / s² as a polynomial in s², for s² ≤ 1/9.
_A0 = np.float32(0.333332060224565)
_A1 = np.float32(0.20010884955830505)
_A2 = np.float32(0.1399893185260876)
_A3 = np.float32(0.14015636751020183)


def exp(x):
    """e^x, within 2 ulp for |x| ≤ 87.33; beyond that it stays at e^±87.33. NaN stays NaN."""
    raise NotImplementedError


def sigmoid(x):
    """1 / (1 + e^−x), within 3 ulp; never 0, at most 1. NaN stays NaN."""
    raise NotImplementedError


def tanh(x):
    """Hyperbolic tangent, within 3 ulp everywhere, also near 0. NaN stays NaN."""
    raise NotImplementedError


def log1p(x):
    """log(1 + x) for 0 ≤ x ≤ 1, within 3 ulp."""
    raise NotImplementedError


def log(x):
    """Natural logarithm of a normal x ≥ 1, within 3 ulp."""
    raise NotImplementedError


def log_loss(z, y, e):
    """log(1 + e^z) − y·z, given e = e^−|z|; for y = 0 or 1 as precise as `log1p`, however small."""
    raise NotImplementedError


@overload(exp, jit_options=_EXACT)
def _exp(x):
    if x != types.float32:
        return lambda x: math.exp(x)

    def exp32(x):
        x = _LIMIT if x > _LIMIT else x  # in this order a NaN falls through
        x = -_LIMIT if x < -_LIMIT else x
        t = x * _LOG2_E + _ROUND
        n = t - _ROUND
        r = x - n * _LN2_HIGH
        r = r - n * _LN2_LOW
        p = ((((_E4 * r + _E3) * r + _E2) * r + _E1) * r + _E0) * r + _ONE
        p = p * r + _ONE
        bits = np.float32(p).view(np.int32) + (np.float32(t).view(np.int32) << np.int32(23))
        return np.int32(bits).view(np.float32)

    return exp32


@overload(sigmoid, jit_options=_EXACT)
def _sigmoid(x):
    if x != types.float32:
        return lambda x: 1.0 / (1.0 + math.exp(-x))
    return lambda x: _ONE / (_ONE + exp(-x))


@overload(tanh, jit_options=_EXACT)
def _tanh(x):
    if x != types.float32:
        return lambda x: math.tanh(x)

    def tanh32(x):
        # tanh x = m / (m + 2) with m = e^{2x} − 1, found without cancellation near 0
        x = np.float32(9.5) if x > np.float32(9.5) else x
        x = np.float32(-9.5) if x < np.float32(-9.5) else x
        x = x + x
        t = x * _LOG2_E + _ROUND
        n = t - _ROUND
        r = x - n * _LN2_HIGH
        r = r - n * _LN2_LOW
        p = (((_E4 * r + _E3) * r + _E2) * r + _E1) * r + _E0
        p = (p * r) * r + r
        power = np.int32((np.float32(t).view(np.int32) + np.int32(127)) << np.int32(23)).view(
            np.float32
        )
        m = p * power + (power - _ONE)
        return m / (m + _TWO)

    return tanh32


@overload(log1p, jit_options=_EXACT)
def _log1p(x):
    if x != types.float32:
        return lambda x: math.log1p(x)

    def log1p32(x):
        s = x / (_TWO + x)  # log(1 + x) = 2 atanh s
        q = s * s
        p = ((_A3 * q + _A2) * q + _A1) * q + _A0
        s = s + s
        return s + s * (q * p)

    return log1p32


@overload(log, jit_options=_EXACT)
def _log(x):
    if x != types.float32:
        return lambda x: math.log(x)

    def log32(x):
        # x = 2ⁿ·m with √½ ≤ m < √2
        bits = np.float32(x).view(np.int32) - np.int32(0x3F3504F3)
        n = np.float32(np.int32(bits >> np.int32(23)))
        m = np.int32((bits & np.int32(0x7FFFFF)) + np.int32(0x3F3504F3)).view(np.float32)
        s = (m - _ONE) / (m + _ONE)
        q = s * s
        p = ((_A3 * q + _A2) * q + _A1) * q + _A0
        s = s + s
        return n * _LN2 + (s + s * (q * p))

    return log32


@overload(log_loss, jit_options=_EXACT)
def _log_loss(z, y, e):
    # max(z, 0) and y·z cancel first: in kernels, sums in any order, 1e-9 could vanish beside z
    return lambda z, y, e: ((_ZERO if z < _ZERO else z) - y * z) + log1p(e)
