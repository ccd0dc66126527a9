"""Harm done to the file of a store, each kind as disks, cables and other programs do it."""

import random
from collections.abc import Callable
from pathlib import Path

PAGE = 4096
_INNER, _LEAVES = (2, 5), (10, 13)  # kinds of SQLite's pages: of an index, of a table


def text(file: bytearray, rng: random.Random) -> None:
    """A few characters of a text are others."""
    while True:
        start = rng.randrange(PAGE, len(file) - 8)
        if all(32 <= byte < 127 for byte in file[start : start + 8]):
            break
    for place in range(start, start + rng.randint(1, 4)):
        file[place] = rng.choice(b'0123456789abcdef,:"[]{}')


def noise(file: bytearray, rng: random.Random) -> None:
    """Bytes anywhere are others."""
    start = rng.randrange(100, len(file) - 64)
    length = rng.choice((1, 1, 2, 8, 64))
    file[start : start + length] = rng.randbytes(length)


def bit(file: bytearray, rng: random.Random) -> None:
    """One bit is the other one."""
    file[rng.randrange(100, len(file))] ^= 1 << rng.randrange(8)


def swapped(file: bytearray, rng: random.Random) -> None:
    """Two pages stand in each other's place."""
    one, other = (_page(number) for number in rng.sample(range(1, len(file) // PAGE), 2))
    file[one], file[other] = file[other], file[one]


def doubled(file: bytearray, rng: random.Random) -> None:
    """A page was written to the place of another."""
    one, other = (_page(number) for number in rng.sample(range(1, len(file) // PAGE), 2))
    file[one] = file[other]


def siblings(file: bytearray, rng: random.Random) -> None:
    """Of two pages of one kind one was written to the place of the other."""
    kind = rng.choice(_LEAVES)
    alike = [n for n in range(1, len(file) // PAGE) if file[n * PAGE] == kind]
    if len(alike) > 1:
        one, other = (_page(number) for number in rng.sample(alike, 2))
        file[one] = file[other]


def emptied(file: bytearray, rng: random.Random) -> None:
    """A page was never written."""
    file[_page(rng.randrange(1, len(file) // PAGE))] = bytes(PAGE)


def pointer(file: bytearray, rng: random.Random) -> None:
    """A tree leads to another page."""
    inner = [n for n in range(1, len(file) // PAGE) if file[n * PAGE] in _INNER]
    if not inner:
        return
    start = rng.choice(inner) * PAGE
    cells = int.from_bytes(file[start + 3 : start + 5])
    which = rng.randrange(cells + 1)
    place = start + 8  # the rightmost one
    if which < cells:
        entry = start + 12 + 2 * which
        place = start + int.from_bytes(file[entry : entry + 2])
    file[place : place + 4] = rng.randrange(1, len(file) // PAGE + 1).to_bytes(4)


def cells(file: bytearray, rng: random.Random) -> None:
    """A page lists its cells in another number, or one of them at another place."""
    kept = [n for n in range(1, len(file) // PAGE) if file[n * PAGE] in _LEAVES]
    start = rng.choice(kept) * PAGE
    count = int.from_bytes(file[start + 3 : start + 5])
    if count and rng.random() < 0.5:
        file[start + 3 : start + 5] = rng.randrange(count).to_bytes(2)
    elif count > 1:
        one, other = (start + 8 + 2 * n for n in rng.sample(range(count), 2))
        file[one : one + 2] = file[other : other + 2]


def cut(file: bytearray, rng: random.Random) -> None:
    """The end of the file is missing."""
    del file[rng.randrange(1, len(file) // PAGE) * PAGE :]


KINDS: tuple[Callable[[bytearray, random.Random], None], ...] = (
    text, noise, bit, swapped, doubled, siblings, emptied, pointer, cells, cut,
)  # fmt: skip


def harm(path: Path, seed: int) -> str:
    """Harm the file of a store; the name of what was done to it."""
    rng, file = random.Random(seed), bytearray(path.read_bytes())
    kind = KINDS[seed % len(KINDS)]
    kind(file, rng)
    path.write_bytes(file)
    return kind.__name__


def _page(number: int) -> slice:
    return slice(number * PAGE, (number + 1) * PAGE)
