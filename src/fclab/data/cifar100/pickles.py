"""Reading a pickle that may have been written by anybody, without running any of it.

`fclab.data.cifar100.machine` follows the few instructions that the official files need, within
bounds; three names are answered with stand-ins of NumPy's objects: `ndarray.__setstate__` and
`dtype.__setstate__` trust what they are given.
"""

import math
import os
import re
from collections.abc import Callable
from pathlib import Path
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
)
from fclab.values.errors import Clause, DataError
from fclab.values.files import open_regular, reading
from fclab.values.text import shown

MOST_BYTES = 1 << 28
"""Of a file that is read: the training images are 155 MB."""

_MOST_DIMENSIONS = 8


def read_pickle(path: Path, bounds: Bounds = USUAL) -> dict[str, Any]:
    """A pickled dict of NumPy arrays (booleans and numbers), lists, text and numbers.

    Text of Python 2 is read as Latin-1, as the lab does (``encoding="latin1"``). What comes back
    is no deeper and no larger than the bounds, so it may be printed, compared and walked through.

    Args:
        path: the file.
        bounds: how much the pickle may ask for.

    Raises:
        DataError: the file cannot be read, is cut short, is no such pickle, is far larger or
            deeper than those of CIFAR-100, or asks for any name other than those of plain NumPy
            arrays. Nothing in it is executed. The message names the file, and the name that it
            asked for.
    """
    try:
        with reading(path), open_regular(path) as file:
            length = os.fstat(file.fileno()).st_size
            if length > MOST_BYTES:
                raise PickleError("it has {length:,} bytes", length=length)
            value = PickleReader(file, length, _NAMES, bounds).run()
        if type(value) is not dict:
            raise PickleError("it holds no dict")
        return value
    except ForeignNameError as error:
        name = shown(" ".join(str(error).split()))
        raise DataError(
            "{path} is not a file of CIFAR-100: it asks to run {name}; nothing of it was "
            "run, delete it",
            path=path,
            name=name,
        ) from error
    except EOFError as error:
        raise DataError(
            "{path} is cut short, or is no pickle at all: fetch it again", path=path
        ) from error
    except (PickleError, UnicodeError) as error:
        reason = Clause("its text is damaged") if isinstance(error, UnicodeError) else error
        raise DataError(
            "{path} is damaged or not a file of CIFAR-100: {reason}", path=path, reason=reason
        ) from error


class _Dtype:
    """Stands for a dtype of numbers."""

    __slots__ = ("value",)

    def __init__(self, *arguments: object):  # what describes it, then how NumPy is to copy it
        code = arguments[0] if arguments else None
        if type(code) is not str or not re.fullmatch(r"b1|[iu][1248]|f[248]", code):
            told = repr(code) if type(code) is str and len(code) < 20 else type(code).__name__
            raise PickleError("it holds an array of {told}, not of numbers", told=told)
        self.value = np.dtype(code)

    def build(self, state: tuple[Any, ...], spend: Callable[[int], None]) -> None:
        order = state[1] if len(state) > 4 else None
        known = type(order) is str and order in ("|", "<", ">", "=")
        if not known or any(part is not None for part in state[2:5]):
            raise PickleError("it holds an array of records, not of numbers")
        self.value = self.value.newbyteorder(order)  # pyright: ignore[reportArgumentType]


class _Array:
    """Stands for an array; its numbers come with the state."""

    __slots__ = ("_array",)

    def __init__(self, *_: object):
        self._array: np.ndarray | None = None

    def build(self, state: tuple[Any, ...], spend: Callable[[int], None]) -> None:
        if len(state) != 5:
            raise PickleError("it has an array with an unusual state")
        _, shape, dtype, fortran, raw = state
        plain = type(shape) is tuple and len(shape) <= _MOST_DIMENSIONS
        if not plain or any(type(n) is not int or n < 0 for n in shape):
            raise PickleError("it has an array of an unusual shape")
        if not isinstance(dtype, np.dtype) or type(raw) not in (str, bytes):
            raise PickleError("it has an array with an unusual state")
        spend(len(raw))
        if math.prod(shape) * dtype.itemsize != len(raw):
            raise PickleError("it has an array with fewer or more numbers than its shape says")
        content = raw.encode("latin1") if type(raw) is str else raw
        order = "F" if fortran is True else "C"
        try:
            self._array = np.frombuffer(content, dtype).reshape(shape, order=order)
        except ValueError:  # no number at all, and sides that no array has
            raise PickleError("it has an array of an unusual shape") from None

    @property
    def value(self) -> np.ndarray:
        if self._array is None:
            raise PickleError("it has an array without numbers")
        return self._array


def _refuse(*_: object) -> Any:
    raise PickleError("it makes an array in an unusual way")


_NAMES: Names = {
    ("numpy", "ndarray"): Name(_refuse),
    ("numpy", "dtype"): Name(_Dtype),
    ("numpy.core.multiarray", "_reconstruct"): Name(_Array),
    ("numpy._core.multiarray", "_reconstruct"): Name(_Array),
}
