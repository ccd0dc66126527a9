"""A machine for pickles that builds plain values within limits and runs nothing.

A pickle is a program for a small machine with a stack and a memory; one of its instructions calls
any function of any module, and a file of a hundred bytes can describe a value that no computer
holds. This machine knows the few instructions that plain values need, counts them, and
measures every container before it is put into another: how deep it is, and how many values one
would meet who walks through it (a list that is shared is met each time). It is written by hand:
``pickle.Unpickler`` can be kept from names, but not within bounds.
"""

import codecs
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from io import BufferedReader
from typing import Any, Protocol

from fclab.values.errors import DataError
from fclab.values.text import shown

_LONG = 1 << 16  # bytes above which text and bytes are taken piece by piece
_PIECE = 1 << 20
_MOST_NAME = 200  # characters of the name of a module or of what is in it
_NEWEST_PROTOCOL = 5


@dataclass(frozen=True)
class Bounds:
    """How much a pickle may ask for."""

    steps: int = 3_000_000
    """Instructions: 200 362 in the official training file, 2.2 million where each label is a number
    of NumPy and the protocol is 2."""
    values: int = 2_000_000
    """Values met on a walk through the result, shared ones each time."""
    depth: int = 64
    """Containers inside containers: the official files have two."""
    array_bytes: int = 1 << 29
    """Of all arrays together and of what they are made from, bytes: 153 600 000 in the training
    file."""
    text_bytes: int = 1 << 24
    """Of short texts in UTF-8, bytes: a character may take four in memory. Long ones are bytes
    that went through text, as protocol 2 of Python 3 writes them."""


USUAL = Bounds()


class PickleError(DataError):
    """The pickle is damaged, of another kind, or asks for more than is allowed; says which."""


class ForeignNameError(PickleError):
    """It asks for a name outside the few that are allowed; says which."""


Spend = Callable[[int], None]
"""Is told bytes before they are taken; raises `PickleError` when they are too many."""


class StandIn(Protocol):
    """What an allowed name makes in place of the real object."""

    def build(self, state: tuple[Any, ...], spend: Spend) -> None:
        """Takes a state from the pickle; ``spend`` is told the bytes of an array beforehand."""
        ...

    @property
    def value(self) -> Any:
        """The plain object that it has become."""
        ...


class Name:
    """An allowed name. The pickle may call it, with what ``call`` checks; nothing else.

    Args:
        call: given the arguments, and who is to be told the bytes that are made of them. Returns a
            `StandIn` or a plain number or bytes.
    """

    __slots__ = ("call",)

    def __init__(self, call: Callable[[tuple[Any, ...], Spend], Any]):
        self.call = call


Names = Mapping[tuple[str, str], Name]
"""What may be asked for: by module and name."""


class _Container:
    """A list, tuple or dict that is being built.

    Attributes:
        value: the container itself; what is in it is plain.
        depth: containers inside each other, itself included.
        size: values met on a walk through it, itself included.
        fixed: it is part of another or was taken from memory, so its measures are relied on.
        names: it is a tuple with allowed names in it: good for a call, not as a value.
    """

    __slots__ = ("depth", "fixed", "names", "size", "value")

    def __init__(self, value: Any):
        self.value = value
        self.depth, self.size, self.fixed, self.names = 1, 1, False, False


_LEAVES = frozenset({int, float, bool, str, bytes, bytearray, type(None)})


class PickleReader:
    """Follows one pickle.

    Args:
        file: the pickle; it is read forward only.
        length: bytes of the file, or more.
        names: what may be asked for and called.
        bounds: how much may be asked for.

    Attributes:
        steps: instructions that were followed.
    """

    def __init__(self, file: BufferedReader, length: int, names: Names, bounds: Bounds = USUAL):
        self._read, self._fill, self._line = file.read, file.readinto, file.readline
        self._length, self._names, self._bounds = length, names, bounds
        self._stack: list[Any] = []
        self._marks: list[list[Any]] = []
        self._memory: dict[int, Any] = {}
        self._array_bytes = self._text_bytes = 0
        self.steps = 0

    def run(self) -> Any:
        """The value that the pickle describes: plain containers, text, numbers, arrays.

        Raises:
            PickleError: see there.
            EOFError: the file ends before the pickle does.
        """
        read, actions = self._read, _ACTIONS
        for step in range(self._bounds.steps):
            self.steps = step
            code = read(1)
            if code == b".":
                if len(self._stack) != 1 or self._marks:
                    raise PickleError("it does not end with one value")
                return self._plain(self._stack.pop(), _Container(()))
            action = actions.get(code)
            if action is None:
                if not code:
                    raise EOFError
                raise PickleError("it has instructions that such files do not need")
            action(self)
        raise PickleError("it has more than {n:,} instructions", n=self._bounds.steps)

    # Reading

    def _take(self, n: int) -> bytes | bytearray:
        if n > _LONG:
            return self._take_long(n)
        taken = self._read(n)
        if len(taken) < n:
            raise EOFError
        return taken

    def _take_long(self, n: int) -> bytearray:
        """Straight into its place, so that it is in memory once."""
        if n > self._length:  # before memory is asked for
            raise EOFError(n - self._rest())
        taken = bytearray(n)
        with memoryview(taken) as view:
            done = 0
            while done < n:
                got = self._fill(view[done : done + _PIECE])
                if not got:
                    raise EOFError(n - done)
                done += got
        return taken

    def _rest(self) -> int:
        """Bytes that are still there; they are read."""
        rest = 0
        while piece := self._read(_PIECE):
            rest += len(piece)
        return rest

    def _take_text(self, n: int) -> bytearray:
        """The bytes that a long text of Latin-1 characters stands for."""
        if n > self._length:
            raise EOFError
        decode = codecs.getincrementaldecoder("utf-8")().decode
        taken, left = bytearray(), n
        while left:
            piece = self._read(min(left, _PIECE))
            if not piece:
                raise EOFError
            left -= len(piece)
            taken += decode(piece, not left).encode("latin1")
        return taken

    def _name_line(self) -> str:
        line = self._line(_MOST_NAME + 1)
        if line[-1:] != b"\n":
            raise PickleError("it has a name without an end")
        return line[:-1].decode()

    # Values

    def _top(self) -> Any:
        if not self._stack:
            raise PickleError("it takes a value that is not there")
        return self._stack[-1]

    def _pop(self) -> Any:
        self._top()
        return self._stack.pop()

    def _items(self, n: int) -> list[Any]:
        return [self._pop() for _ in range(n)][::-1]

    def _pop_mark(self) -> list[Any]:
        if not self._marks:
            raise PickleError("it ends a container that was not begun")
        items, self._stack = self._stack, self._marks.pop()
        return items

    def _plain(self, item: Any, parent: _Container) -> Any:
        """The value itself, counted as a part of ``parent``."""
        kind = type(item)
        if kind in _LEAVES:
            parent.size += 1
            return item
        if kind is _Container:
            if item.names:
                raise PickleError("it holds a name in place of a value")
            item.fixed = True
            parent.size += item.size
            parent.depth = max(parent.depth, item.depth + 1)
            return item.value
        if kind is Name:
            raise PickleError("it holds a name in place of a value")
        parent.size += 1
        return item.value

    def _check(self, parent: _Container) -> None:
        if parent.depth > (depth := self._bounds.depth):
            raise PickleError("it has more than {n:,} containers inside each other", n=depth)
        if parent.size > self._bounds.values:
            raise PickleError("it describes more than {n:,} values", n=self._bounds.values)

    def _growing(self, kind: type) -> _Container:
        """The container on top of the stack, which may be added to."""
        top = self._top()
        if type(top) is not _Container or type(top.value) is not kind:
            raise PickleError("it adds to what is no {kind}", kind=kind.__name__)
        if top.fixed:  # only a value that contains itself needs this
            raise PickleError("it changes a container that is in use already")
        return top

    # Instructions

    def _mark(self) -> None:
        if len(self._marks) >= 2 * (depth := self._bounds.depth):
            raise PickleError("it has more than {n:,} containers inside each other", n=depth)
        self._marks.append(self._stack)
        self._stack = []

    def _extend(self, items: list[Any]) -> None:
        top = self._growing(list)
        top.value.extend([self._plain(item, top) for item in items])
        self._check(top)

    def _update(self, items: list[Any]) -> None:
        top = self._growing(dict)
        if len(items) % 2:
            raise PickleError("it holds a key without a value")
        for key, item in zip(items[::2], items[1::2], strict=True):
            if type(key) is bytes:  # read by Python 3 from a file of Python 2, and kept again
                key = key.decode("latin1")
            if type(key) is not str:
                raise PickleError("it holds a key that is not text")
            top.value[key] = self._plain(item, top)
        self._check(top)

    def _tuple(self, items: list[Any]) -> None:
        made = _Container(())
        made.names = any(type(item) is Name for item in items)
        made.value = tuple([item if type(item) is Name else self._plain(item, made)
                            for item in items])  # fmt: skip
        self._check(made)
        self._stack.append(made)

    def _text(self, n: int) -> None:
        if n > _LONG:
            self._spend(n)
            self._stack.append(self._take_text(n))
            return
        self._text_bytes += n
        if self._text_bytes > self._bounds.text_bytes:
            raise PickleError("it holds more than {n:,} bytes of text", n=self._bounds.text_bytes)
        self._stack.append(self._take(n).decode())

    def _old_text(self, n: int) -> None:
        if n < 0:
            raise PickleError("it holds text of a negative length")
        taken = self._take(n)
        self._stack.append(taken.decode("latin1") if n <= _LONG else taken)

    def _bytes(self, n: int) -> None:
        self._stack.append(self._take(n))

    def _put(self, place: int) -> None:
        self._memory[place] = self._top()

    def _get(self, place: int) -> None:
        if place not in self._memory:
            raise PickleError("it remembers what was not told")
        item = self._memory[place]
        if type(item) is _Container:
            item.fixed = True
        self._stack.append(item)

    def _find(self, module: Any, name: Any) -> None:
        if type(module) is not str or type(name) is not str:
            raise PickleError("it has a name that is not text")
        if (module, name) not in self._names:
            asked = " ".join(f"{module[:_MOST_NAME]}.{name[:_MOST_NAME]}"[:_MOST_NAME].split())
            raise ForeignNameError(
                "it asks to run {name}, and nothing of it was run", name=shown(asked)
            )
        self._stack.append(self._names[module, name])

    def _call(self) -> None:
        arguments, function = self._pop(), self._pop()
        if type(function) is not Name or type(arguments) is not _Container:
            raise PickleError("it calls what is no function")
        if type(arguments.value) is not tuple:
            raise PickleError("it calls a function in an unusual way")
        self._stack.append(function.call(arguments.value, self._spend))

    def _build(self) -> None:
        state, target = self._pop(), self._top()
        if type(target) is Name:
            raise PickleError("it tries to alter the reader")
        if type(target) is _Container or type(target) in _LEAVES:
            raise PickleError("it gives a state to what has none")
        if type(state) is not _Container or type(state.value) is not tuple or state.names:
            raise PickleError("it has an array with an unusual state")
        target.build(state.value, self._spend)

    def _spend(self, array_bytes: int) -> None:
        self._array_bytes += array_bytes
        if self._array_bytes > self._bounds.array_bytes:
            raise PickleError("its arrays have more than {n:,} bytes", n=self._bounds.array_bytes)

    def _protocol(self, version: int) -> None:
        if version > _NEWEST_PROTOCOL:
            raise PickleError("it is of protocol {n}", n=version)

    def _frame(self, n: int) -> None:
        if n > self._length:
            raise EOFError

    def _long(self, n: int) -> None:
        if n > 8:
            raise PickleError("it has a number of {n} bytes", n=n)
        self._stack.append(int.from_bytes(self._take(n), "little", signed=True))


_Action = Callable[[PickleReader], None]


def _numbered(layout: str, act: Callable[[PickleReader, Any], None]) -> _Action:
    """The action of an instruction that is followed by one number."""
    form = struct.Struct(layout)
    size, unpack = form.size, form.unpack

    def follow(machine: PickleReader) -> None:
        act(machine, unpack(machine._take(size))[0])

    return follow


def _push(value: Any) -> _Action:
    return lambda machine: machine._stack.append(value)


def _push_new(kind: type) -> _Action:
    return lambda machine: machine._stack.append(_Container(kind()))


def _push_number(machine: PickleReader, number: float) -> None:
    machine._stack.append(number)


# What each is called in pickletools, and what follows it.
_ACTIONS: dict[bytes, _Action] = {
    b"\x80": _numbered("B", PickleReader._protocol),  # PROTO
    b"\x95": _numbered("<Q", PickleReader._frame),  # FRAME
    b"(": PickleReader._mark,
    b"N": _push(None),
    b"\x88": _push(True),
    b"\x89": _push(False),
    b"J": _numbered("<i", _push_number),  # BININT
    b"K": _numbered("B", _push_number),  # BININT1
    b"M": _numbered("<H", _push_number),  # BININT2
    b"G": _numbered(">d", _push_number),  # BINFLOAT
    b"\x8a": _numbered("B", PickleReader._long),  # LONG1
    b"T": _numbered("<i", PickleReader._old_text),  # BINSTRING
    b"U": _numbered("B", PickleReader._old_text),  # SHORT_BINSTRING
    b"X": _numbered("<I", PickleReader._text),  # BINUNICODE
    b"\x8c": _numbered("B", PickleReader._text),  # SHORT_BINUNICODE
    b"B": _numbered("<I", PickleReader._bytes),  # BINBYTES
    b"C": _numbered("B", PickleReader._bytes),  # SHORT_BINBYTES
    b"\x8e": _numbered("<Q", PickleReader._bytes),  # BINBYTES8
    b"\x96": _numbered("<Q", PickleReader._bytes),  # BYTEARRAY8
    b"]": _push_new(list),  # EMPTY_LIST
    b"a": lambda machine: machine._extend(machine._items(1)),  # APPEND
    b"e": lambda machine: machine._extend(machine._pop_mark()),  # APPENDS
    b"}": _push_new(dict),  # EMPTY_DICT
    b"s": lambda machine: machine._update(machine._items(2)),  # SETITEM
    b"u": lambda machine: machine._update(machine._pop_mark()),  # SETITEMS
    b")": _push_new(tuple),  # EMPTY_TUPLE
    b"t": lambda machine: machine._tuple(machine._pop_mark()),  # TUPLE
    b"\x85": lambda machine: machine._tuple(machine._items(1)),
    b"\x86": lambda machine: machine._tuple(machine._items(2)),
    b"\x87": lambda machine: machine._tuple(machine._items(3)),
    b"q": _numbered("B", PickleReader._put),  # BINPUT
    b"r": _numbered("<I", PickleReader._put),  # LONG_BINPUT
    b"\x94": lambda machine: machine._put(len(machine._memory)),  # MEMOIZE
    b"h": _numbered("B", PickleReader._get),  # BINGET
    b"j": _numbered("<I", PickleReader._get),  # LONG_BINGET
    b"c": lambda machine: machine._find(machine._name_line(), machine._name_line()),  # GLOBAL
    b"\x93": lambda machine: machine._find(*machine._items(2)),  # STACK_GLOBAL
    b"R": PickleReader._call,  # REDUCE
    b"b": PickleReader._build,
}
