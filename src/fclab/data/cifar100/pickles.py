"""Reading a pickle that may have been written by anybody, without running any of it.

A pickle is a program for a small machine, and one of its instructions calls any function of any
module. This reader knows only the instructions that the official files need, and three names,
which it answers with stand-ins of its own instead of NumPy's objects: `ndarray.__setstate__` and
`dtype.__setstate__` trust what they are given.
"""

import pickle
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from fclab.errors import DataError

_INSTRUCTIONS = (
    pickle.PROTO + pickle.FRAME + pickle.STOP + pickle.MARK
    + pickle.EMPTY_LIST + pickle.APPEND + pickle.APPENDS
    + pickle.EMPTY_DICT + pickle.SETITEM + pickle.SETITEMS
    + pickle.EMPTY_TUPLE + pickle.TUPLE + pickle.TUPLE1 + pickle.TUPLE2 + pickle.TUPLE3
    + pickle.NONE + pickle.NEWTRUE + pickle.NEWFALSE
    + pickle.BININT + pickle.BININT1 + pickle.BININT2
    + pickle.BINSTRING + pickle.SHORT_BINSTRING
    + pickle.BINUNICODE + pickle.SHORT_BINUNICODE
    + pickle.BINBYTES + pickle.SHORT_BINBYTES + pickle.BINBYTES8
    + pickle.BINPUT + pickle.LONG_BINPUT + pickle.MEMOIZE + pickle.BINGET + pickle.LONG_BINGET
    + pickle.GLOBAL + pickle.STACK_GLOBAL + pickle.REDUCE + pickle.BUILD
)  # fmt: skip


def read_pickle(path: Path) -> dict[str, Any]:
    """A pickled dict of NumPy arrays (booleans and numbers), lists, text and numbers.

    Text of Python 2 is read as Latin-1, as the lab does (``encoding="latin1"``).

    Raises:
        DataError: the file cannot be read, is cut short, is no such pickle, or asks for any name
            other than those of plain NumPy arrays. Nothing in it is executed. The message names
            the file, and the name that it asked for.
    """
    try:
        with path.open("rb") as file:
            value = _Reader(file, encoding="latin1").load()
        if not isinstance(value, dict):
            raise pickle.UnpicklingError("it holds no dict")
        return {key: item.array if isinstance(item, _Array) else item
                for key, item in value.items()}  # fmt: skip
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror or error}") from error
    except _ForeignNameError as error:
        raise DataError(
            f"{path} is not a file of CIFAR-100: it asks to run {error}; nothing of it was run, "
            "delete it"
        ) from error
    except EOFError as error:
        raise DataError(f"{path} is cut short, or is no pickle at all: fetch it again") from error
    except KeyError as error:
        raise DataError(
            f"{path} is damaged or not a file of CIFAR-100: it has instructions that such files "
            "do not need; none was followed"
        ) from error
    except Exception as error:  # a damaged pickle can raise anything
        reason = f"{type(error).__name__}: {error}".splitlines()[0][:200]
        raise DataError(f"{path} is damaged or not a file of CIFAR-100 ({reason})") from error


class _ForeignNameError(Exception):
    """A name outside the few that plain arrays need."""


class _Door:
    """What a permitted name stands for. The pickle may call it; it may not change it."""

    __slots__ = ("call",)

    def __init__(self, call: Callable[..., Any]):
        self.call = call

    def __call__(self, *args: Any) -> Any:
        return self.call(*args)

    def __setstate__(self, state: object) -> None:
        raise pickle.UnpicklingError("it tries to alter the reader")


class _Dtype:
    """Stands for a dtype of numbers."""

    __slots__ = ("dtype",)

    def __init__(self, code: str, align: object = False, copy: object = False):
        if not re.fullmatch(r"b1|[iu][1248]|f[248]", code):
            raise pickle.UnpicklingError(f"it holds an array of {code!r}, not of numbers")
        self.dtype = np.dtype(code)

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        order = state[1]
        if order not in ("|", "<", ">", "=") or any(part is not None for part in state[2:5]):
            raise pickle.UnpicklingError("it holds an array of records, not of numbers")
        self.dtype = self.dtype.newbyteorder(order)


class _Array:
    """Stands for an array; its numbers come with the state."""

    __slots__ = ("array",)

    def __init__(self, *_: object):
        self.array = np.empty(0)

    def __setstate__(self, state: tuple[int, tuple[int, ...], _Dtype, bool, str | bytes]) -> None:
        _, shape, dtype, fortran, raw = state
        numbers = np.frombuffer(raw.encode("latin1") if isinstance(raw, str) else raw, dtype.dtype)
        self.array = numbers.reshape(shape, order="F" if fortran else "C")


class _TextKeyed(dict[str, Any]):
    """A dict whose keys are text: hashing deeply nested tuples would overflow the C stack."""

    __slots__ = ()

    def __setitem__(self, key: object, value: Any) -> None:
        if not isinstance(key, str):
            raise pickle.UnpicklingError("it holds a key that is not text")
        super().__setitem__(key, value)


def _push_dict(reader: Any) -> None:
    reader.append(_TextKeyed())


def _refuse(*_: object) -> None:
    raise pickle.UnpicklingError("it makes an array in an unusual way")


_NAMES = {
    ("numpy", "ndarray"): _Door(_refuse),
    ("numpy", "dtype"): _Door(_Dtype),
    ("numpy.core.multiarray", "_reconstruct"): _Door(_Array),
    ("numpy._core.multiarray", "_reconstruct"): _Door(_Array),
}


# The reader in Python, not the one in C: as fast on these files, its table of instructions can be
# cut down, and it does not reserve gigabytes when told to remember something at place 2**31.
class _Reader(pickle._Unpickler):
    dispatch = {code: pickle._Unpickler.dispatch[code] for code in _INSTRUCTIONS}  # noqa: RUF012

    dispatch[pickle.EMPTY_DICT[0]] = _push_dict

    def find_class(self, module: str, name: str) -> _Door:
        try:
            return _NAMES[module, name]
        except KeyError:
            raise _ForeignNameError(f"{module}.{name}"[:200]) from None
