"""Reading a pickle that may have been written by anybody, without running any of it.

`fclab.data.cifar100.machine` follows the few instructions that plain values need, within bounds.
The names that NumPy's arrays and numbers need, in every version of Python and NumPy, are answered
with stand-ins of its objects: `ndarray.__setstate__` and `dtype.__setstate__` trust what they are
given.
"""

import math
import re
from dataclasses import replace
from io import BufferedReader
from typing import Any

import numpy as np

from fclab.data.cifar100.machine import (
    USUAL,
    Bounds,
    ForeignNameError,
    Name,
    Names,
    PickleError,
    PickleReader,
    Spend,
)
from fclab.data.cifar100.streams import MOST_OF_FILE, Budget
from fclab.values.errors import DataError

_MOST_DIMENSIONS = 8
_BYTES = (bytes, bytearray)


def read_pickle(
    file: BufferedReader,
    length: int,
    name: str,
    bounds: Bounds = USUAL,
    budget: Budget | None = None,
) -> dict[str, Any]:
    """A pickled dict of NumPy arrays (booleans and numbers), lists, text and numbers.

    Text of Python 2 is read as Latin-1, as the lab does (``encoding="latin1"``); keys may be bytes.
    Texts of more than 64 KiB come back as the bytes that they stand for. What comes back is no
    deeper and no larger than the bounds, so it may be printed, compared and walked through.

    Args:
        file: read forward only.
        length: bytes of the file, or more.
        name: of the file, for messages.
        bounds: how much the pickle may ask for.
        budget: of all pickles together.

    Raises:
        DataError: it ends too early, is no such pickle, is far larger or deeper than those of
            CIFAR-100, or asks for any name other than those of plain NumPy arrays. Nothing in it is
            executed. The message names the file, and the name that it asked for.
        OSError: the file cannot be read.
    """
    try:
        if length > MOST_OF_FILE:
            raise PickleError("it has {n:,} bytes", n=length)
        if budget:
            bounds = replace(bounds, steps=min(bounds.steps, budget.steps))
        reader = PickleReader(file, length, _NAMES, bounds)
        try:
            value = reader.run()
        finally:
            if budget:
                budget.steps -= reader.steps
        if type(value) is not dict:
            raise PickleError("it holds no dict")
        return value
    except ForeignNameError as error:
        raise DataError("{name} is no file of images: {reason}", name=name, reason=error) from error
    except EOFError as error:
        raise cut_short(name, *error.args) from error
    except (PickleError, UnicodeError) as error:
        text = PickleError("its text is damaged")
        reason = error if isinstance(error, PickleError) else text
        raise DataError(
            "{name} is damaged, or no file of images: {reason}", name=name, reason=reason
        ) from error


def cut_short(name: str, missing: int = 0) -> DataError:
    """A file ends too early; ``missing`` bytes are known to be missing."""
    if missing < 50_000:
        return DataError("{name} ends too early: a part of it is missing", name=name)
    return DataError("{name} ends too early: {missing:.1f} MB of it are missing", name=name,
                     missing=missing / 1e6)  # fmt: skip


class _Dtype:
    """Stands for a dtype of numbers."""

    __slots__ = ("value",)

    def __init__(self, arguments: tuple[Any, ...], spend: Spend):
        code = arguments[0] if arguments else None  # then how NumPy is to copy it
        if type(code) is not str or not re.fullmatch(r"b1|[iu][1248]|f[248]", code):
            told = repr(code) if type(code) is str and len(code) < 20 else type(code).__name__
            raise PickleError("it holds an array of {kind}, not of numbers", kind=told)
        self.value = np.dtype(code)

    def build(self, state: tuple[Any, ...], spend: Spend) -> None:
        order = state[1] if len(state) > 4 else None
        known = type(order) is str and order in ("|", "<", ">", "=")
        if not known or any(part is not None for part in state[2:5]):
            raise PickleError("it holds an array of records, not of numbers")
        self.value = self.value.newbyteorder(order)  # pyright: ignore[reportArgumentType]


class _Array:
    """Stands for an array; its numbers come with the state."""

    __slots__ = ("_array",)

    def __init__(self, array: np.ndarray | None):
        self._array = array

    def build(self, state: tuple[Any, ...], spend: Spend) -> None:
        if len(state) != 5:
            raise PickleError("it has an array with an unusual state")
        _, shape, dtype, fortran, raw = state
        content = raw.encode("latin1") if type(raw) is str else raw
        self._array = _array(content, dtype, shape, "F" if fortran is True else "C", spend)

    @property
    def value(self) -> np.ndarray:
        if self._array is None:
            raise PickleError("it has an array without numbers")
        return self._array


def _array(content: Any, dtype: Any, shape: Any, order: Any, spend: Spend) -> np.ndarray:
    plain = type(shape) is tuple and len(shape) <= _MOST_DIMENSIONS
    if not plain or any(type(n) is not int or n < 0 for n in shape):
        raise PickleError("it has an array of an unusual shape")
    known = isinstance(dtype, np.dtype) and type(order) is str and order in ("C", "F")
    if not known or type(content) not in _BYTES:
        raise PickleError("it has an array with an unusual state")
    spend(len(content))
    if math.prod(shape) * dtype.itemsize != len(content):
        raise PickleError("it has an array with fewer or more numbers than its shape says")
    try:
        return np.frombuffer(content, dtype).reshape(shape, order=order)  # pyright: ignore
    except ValueError:  # no number at all, and sides that no array has
        raise PickleError("it has an array of an unusual shape") from None


def _refuse(*_: object) -> Any:
    raise PickleError("it makes an array in an unusual way")


def _reconstruct(arguments: tuple[Any, ...], spend: Spend) -> _Array:
    """An array that is given its state next."""
    if len(arguments) != 3 or arguments[0] is not _NDARRAY:
        _refuse()
    _, shape, code = arguments
    plain = type(shape) is tuple and len(shape) == 1 and type(shape[0]) is int
    if not plain or type(code) not in (str, bytes) or code not in ("b", b"b"):
        _refuse()
    return _Array(None)


def _from_buffer(arguments: tuple[Any, ...], spend: Spend) -> _Array:
    """An array of protocol 5."""
    if len(arguments) != 4:
        _refuse()
    content, dtype, shape, order = arguments
    return _Array(_array(content, dtype, shape, order, spend))


def _scalar(arguments: tuple[Any, ...], spend: Spend) -> float | int | bool:
    """A number of NumPy."""
    if len(arguments) != 2:
        _refuse()
    dtype, raw = arguments
    content = raw.encode("latin1") if type(raw) is str else raw
    return _array(content, dtype, (), "C", spend).item()


def _encode(arguments: tuple[Any, ...], spend: Spend) -> bytes | bytearray:
    """Bytes that went through text: protocol 2 has none of its own."""
    text, code = arguments if len(arguments) == 2 else (None, None)
    if type(code) is str and code == "latin1":
        if type(text) is bytearray:  # a long text already is what it stands for
            return text
        if type(text) is str:
            spend(len(text))
            return text.encode("latin1")
    raise PickleError("it encodes text in an unusual way")


_NDARRAY = Name(_refuse)
_CORES = ("numpy.core", "numpy._core")  # of NumPy 1 and 2

_NAMES: Names = {
    ("numpy", "ndarray"): _NDARRAY,
    ("numpy", "dtype"): Name(_Dtype),
    ("_codecs", "encode"): Name(_encode),
    **{(f"{core}.multiarray", "_reconstruct"): Name(_reconstruct) for core in _CORES},
    **{(f"{core}.multiarray", "scalar"): Name(_scalar) for core in _CORES},
    **{(f"{core}.numeric", "_frombuffer"): Name(_from_buffer) for core in _CORES},
}
