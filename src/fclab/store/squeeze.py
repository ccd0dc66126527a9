"""Arrays as bytes, small and exact: byte planes through zlib.

The bytes of a number are alike from one number to the next in some places (sign and exponent) and
noise in others, so all first bytes stand together, then all second ones, and so on (the planes of
Blosc's shuffle). Curves that hardly change from epoch to epoch are differences of their bit
patterns first. Which of these ways is smallest is tried on the beginning of each array of float64,
the columns of a history; nothing is rounded. Layout::

    "fclab" 00 "s1"   8 bytes, which begin no safetensors (arrays of older stores)
    length            of the description, uint32, little-endian
    description       JSON: [[name, dtype, shape, way], ...]
    zlib              the arrays one after the other
"""

import json
import zlib
from collections.abc import Callable, Mapping, Sequence
from math import prod
from typing import Any

import numpy as np
import safetensors.numpy

_MAGIC = b"fclab\0s1"
_DTYPES = {"<f8", "<f4", "<f2", "<i8", "<i4", "|i1", "|u1", "|b1"}
_LEVEL = 6
_MOST = 1 << 32
"""Bytes of all arrays together: a store that comes from elsewhere asks for no more."""

_TRIED = 512
"""Numbers of an array that a way is tried on."""

_PLAIN, _PLANES, _CHANGES = "plain", "planes", "changes"


def squeeze(arrays: Mapping[str, np.ndarray]) -> bytes:
    """Arrays of numbers, by their names and in this order.

    Raises:
        TypeError: of another type than is kept.
    """
    described, parts = [], []
    for name, array in arrays.items():
        array = np.asarray(array, order="C", dtype=array.dtype.newbyteorder("<"))
        if array.dtype.str not in _DTYPES:
            raise TypeError(f"{name}: {array.dtype}")
        way, content = _smallest(array)
        described.append([name, array.dtype.str, array.shape, way])
        parts.append(content)
    description = json.dumps(described, separators=(",", ":")).encode()
    length = len(description).to_bytes(4, "little")
    return b"".join((_MAGIC, length, description, zlib.compress(b"".join(parts), _LEVEL)))


def unsqueeze(content: bytes) -> dict[str, np.ndarray]:
    """What `squeeze` made, or safetensors.

    Raises:
        ValueError, SafetensorError: it is neither.
    """
    if not content.startswith(_MAGIC):
        return safetensors.numpy.load(content)
    start = len(_MAGIC) + 4
    end = start + int.from_bytes(content[len(_MAGIC) : start], "little")
    described = json.loads(content[start:end])
    sizes = [_size(dtype, shape) for _, dtype, shape, _ in described]
    total = sum(sizes)
    if total > _MOST:
        raise ValueError("more than is read")
    unpacking = zlib.decompressobj()
    try:
        whole = unpacking.decompress(content[end:], total + 1)
    except zlib.error as error:
        raise ValueError(str(error)) from error
    if len(whole) != total or not unpacking.eof or unpacking.unused_data:
        raise ValueError("not as long as described")
    found, place = {}, 0
    for (name, dtype, shape, way), size in zip(described, sizes, strict=True):
        found[name] = _array(whole[place : place + size], np.dtype(dtype), shape, way)
        place += size
    return found


def is_squeezed(content: bytes) -> bool:
    """Whether `squeeze` made it."""
    return content.startswith(_MAGIC)


def _size(dtype: Any, shape: Any) -> int:
    if dtype not in _DTYPES or not all(isinstance(n, int) and n >= 0 for n in shape):
        raise ValueError("not an array of numbers")
    return prod(shape) * np.dtype(dtype).itemsize


def _smallest(array: np.ndarray) -> tuple[str, bytes]:
    if array.dtype.itemsize == 1:
        return _PLAIN, array.tobytes()
    if array.dtype != np.float64:
        return _PLANES, _planes(array)
    some = array.reshape(-1)[:_TRIED]  # tell how all of it goes
    way = min(_WAYS, key=lambda name: len(zlib.compress(_WAYS[name](some), 1)))
    return way, _WAYS[way](array)


def _planes(array: np.ndarray) -> bytes:
    return array.reshape(-1).view(np.uint8).reshape(-1, array.itemsize).T.tobytes()


def _changes(array: np.ndarray) -> np.ndarray:
    """The differences of the bit patterns, modulo 2^64."""
    patterns = array.reshape(-1).view(np.uint64)
    return np.diff(patterns, prepend=patterns[:1] * 0)


_WAYS: Mapping[str, Callable[[np.ndarray], bytes]] = {
    _PLAIN: lambda array: array.tobytes(),
    _PLANES: _planes,
    _CHANGES: lambda array: _planes(_changes(array)),
}


def _array(content: bytes, dtype: np.dtype, shape: Sequence[int], way: Any) -> np.ndarray:
    if way == _PLAIN:
        return np.frombuffer(content, dtype).reshape(shape).copy()
    planes = np.frombuffer(content, np.uint8).reshape(dtype.itemsize, -1)
    numbers = np.array(planes.T, order="C").reshape(-1)
    if way == _PLANES:
        return numbers.view(dtype).reshape(shape)
    if way == _CHANGES and dtype == np.float64:
        patterns = np.cumsum(numbers.view(np.uint64), dtype=np.uint64)
        return patterns.view(dtype).reshape(shape)
    raise ValueError(f"no way {way!r}")
