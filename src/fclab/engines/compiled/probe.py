"""A kernel that is quickly compiled and made of whatever Numba may fail at."""

# pyright: reportCallIssue=false
# (the first argument of an intrinsic comes from Numba)

from numba import njit

from fclab.engines.compiled.atomic import add, load
from fclab.engines.compiled.tiles import TILE
from fclab.engines.compiled.vectormath import KERNEL, sigmoid


@njit(**KERNEL)
def probe(counter, x):
    """1.5: σ(0) and what atomic operations count."""
    add(counter, 0, TILE // TILE)
    return load(counter, 0) + sigmoid(x[0] - x[0])
