"""The 100 fine classes of CIFAR-100 by number, English and Russian name.

The order is that of ``fine_label_names`` in the official ``meta`` file (Krizhevsky 2009,
"Learning Multiple Layers of Features from Tiny Images"); English names are written with spaces.
"""

import re
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher, get_close_matches
from importlib.resources import files
from operator import index

from fclab.values.dataset import ClassName
from fclab.values.errors import Clause, UsageError
from fclab.values.quantities import whole

_NAMES = (files("fclab.values") / "cifar100.txt").read_text("utf-8").splitlines()

CLASS_NAMES: tuple[ClassName, ...] = tuple(
    ClassName(number, *line.split(": ")) for number, line in enumerate(_NAMES)
)
"""All fine classes in official order: ``CLASS_NAMES[55]`` is (55, "otter", "выдра")."""

_MOST_WORDS = max(len(text.split()) for name in CLASS_NAMES for text in (name.en, name.ru))


def find_classes(written: Sequence[str]) -> tuple[int, ...]:
    """Class numbers from what a person wrote: numbers, English and Russian names, in any mixture.

    ``["0,55", "pickup", "truck"]`` is (0, 55, 58): commas and spaces divide, underscores and
    hyphens stand for spaces; case and the dots of ё do not matter. Whether such numbers exist is
    not asked here (`distinct_classes`).

    Raises:
        UsageError: no such name, the message suggests the nearest; or a number that is not whole.
    """
    found: list[int] = []
    for part in re.split("[,;]", " ".join(written)):
        words = part.split()
        while words:
            length, number = _longest(words)
            found.append(number)
            words = words[length:]
    return tuple(found)


def distinct_classes(classes: Iterable[int]) -> tuple[int, ...]:
    """The class numbers in ascending order.

    Raises:
        UsageError: fewer than two, one that does not exist or is named twice.
    """
    try:
        numbers = sorted(map(index, classes))
    except TypeError as error:
        raise UsageError("classes are whole numbers 0..99, like 0 55 58") from error
    for number in numbers:
        if not 0 <= number < len(CLASS_NAMES):
            raise UsageError("class {number} does not exist: they are 0..99", number=number)
        if numbers.count(number) > 1:
            raise UsageError(
                "class {number} ({en}) is named twice", number=number, en=CLASS_NAMES[number].en
            )
    if len(numbers) < 2:
        raise UsageError("two or more classes are needed, not {n}", n=len(numbers))
    return tuple(numbers)


def _longest(words: Sequence[str]) -> tuple[int, int]:
    """How many words the first class takes, and its number."""
    for length in range(min(_MOST_WORDS, len(words)), 0, -1):
        if (number := _BY_NAME.get(_plain(" ".join(words[:length])))) is not None:
            return length, number
    if re.match(r"[-+−№]?\d", words[0]):
        try:
            return 1, whole(words[0])
        except ValueError as error:
            raise UsageError("class {word}: {reason}", word=words[0], reason=error) from None
    word, near = _nearest(words)
    meant = Clause("write a number, 0 to 99, or a name such as apple or яблоко")
    if near:
        name = CLASS_NAMES[_BY_NAME[near]]
        meant = Clause(
            "did you mean {number}, {en} ({ru})?", number=name.number, en=name.en, ru=name.ru
        )
    raise UsageError("there is no class {word!r} in CIFAR-100; {meant}", word=word, meant=meant)


def _nearest(words: Sequence[str]) -> tuple[str, str]:
    """The first words that are most like a name, and that name; the first word and nothing if none
    are like any. A word that begins a class of its own does not belong to them."""
    best = (0.0, words[0], "")
    for length in range(1, min(_MOST_WORDS, len(words)) + 1):
        if length > 1 and _begins_class(words[length - 1 :]):
            break
        text = " ".join(words[:length])
        for near in get_close_matches(_plain(text), _BY_NAME, 1):
            best = max(best, (SequenceMatcher(None, near, _plain(text)).ratio(), text, near))
    return best[1:]


def _begins_class(words: Sequence[str]) -> bool:
    lengths = range(1, min(_MOST_WORDS, len(words)) + 1)
    return any(_plain(" ".join(words[:length])) in _BY_NAME for length in lengths)


def _plain(text: str) -> str:
    """A name without what people write in different ways."""
    return " ".join(re.sub("[_-]", " ", text.casefold().replace("ё", "е")).split())


_BY_NAME = {_plain(text): name.number for name in CLASS_NAMES for text in (name.en, name.ru)}
