"""Accuracies out of what students write: which of which images, in percent."""

import re
from typing import Literal, NamedTuple

from fclab.course.reading.document import Note
from fclab.course.reading.plain import fold, number
from fclab.course.reading.roles import TEST_WORDS, TRAIN_WORDS
from fclab.course.values import Figure

Part = Literal["test", "train"]
_FIGURE = r"(?<![\d.,])(?:\d{1,4}(?:[.,]\d+)?|[.,]\d+)(?![\d]|[.,]\d)(?:\s?%)?"
_BEST = re.compile(r"лучш|best|макс|max|пик")


class Accuracies(NamedTuple):
    """What a text says of accuracies.

    Attributes:
        test, train: the figures; None: not there.
        bare: figures that stand without a name, in their order.
        best_epoch: they are those of a best epoch, or one is named beside them.
        notes: what was not understood.
    """

    test: Figure | None = None
    train: Figure | None = None
    bare: tuple[Figure, ...] = ()
    best_epoch: bool = False
    notes: tuple[Note, ...] = ()


def accuracies_of(text: str) -> Accuracies:
    """The accuracies of a cell."""
    flat = re.sub(r"\bacc(?:uracy)?[ _]?(?=test|train|val)", "", fold(text).replace("_", " "))
    flat = re.sub(r"(?<=[a-zа-я])(?=\d)", " ", flat)
    best, notes = bool(_BEST.search(flat)), list[Note]()
    flat = re.sub(
        r"эпох\w*\s*[=№:]?\s*\d+|(?:epoch|ep)s?\s*[=№:]?\s*\d+|\d+\s*(?:эпох\w*|epochs?)", " ", flat
    )
    flat = _aside(flat)
    flat = re.sub(r"(?:±|\+/-|\+-)\s?\d+(?:[.,]\d+)?\s?%?", " ", flat)
    if found := re.search(rf"({_FIGURE})\s?-\s?(?=\d)({_FIGURE})", flat):
        low, high = figure(found[1]), figure(found[2])
        if low and high and low.value < high.value and "/" not in flat and not re.search(
                TRAIN_WORDS, flat[found.start():found.end()]):  # fmt: skip
            notes.append(("range", found[0]))
            flat = flat.replace(found[0], " ", 1)
    marks: list[tuple[int, str, Part | Figure]] = []
    for found in re.finditer(TEST_WORDS, flat):
        marks.append((found.start(), "key", "test"))
    for found in re.finditer(TRAIN_WORDS, flat):
        marks.append((found.start(), "key", "train"))
    figures = []
    for found in re.finditer(
        rf"(?P<ratio>\b(\d{{1,4}})\s?/\s?(100|150|200|300|500|1000|1500)\b(?!\s?%))|{_FIGURE}", flat
    ):
        made = _ratio(found[0]) if found["ratio"] else figure(found[0])
        if made is None:
            notes.append(("odd_figure", found[0].strip()))
            continue
        marks.append((found.start(), "figure", made))
        figures.append(made)
    test, train, bare = _paired(sorted(marks, key=lambda mark: mark[0]))
    return Accuracies(test, train, bare, best, tuple(notes))


def figure(text: str, share: bool | None = None) -> Figure | None:
    """A percentage or a share as a figure in percent; None: it is neither.

    Args:
        text: the number, perhaps with its sign of percent.
        share: it is one of 0 to 1; None: what is at most 1 and has no sign is.
    """
    flat = fold(text)
    read = number(flat.rstrip("% "))
    if read is None or read.value < 0:
        return None
    percent = "%" in flat
    if share is None:
        share = not percent and read.value <= 1 and (read.decimals > 0 or read.value == 1)
    if share:
        if read.value > 1:
            return None
        return Figure(
            value=round(read.value * 100, 10), decimals=max(0, read.decimals - 2), text=text.strip()
        )
    if read.value > 100 or (percent and read.value < 1):
        return None
    return Figure(value=read.value, decimals=read.decimals, text=text.strip())


def _ratio(text: str) -> Figure | None:
    right, all_ = (int(n) for n in re.findall(r"\d+", text))
    if right > all_:
        return None
    return Figure(value=round(100 * right / all_, 2), decimals=2, text=text.strip())


def _aside(flat: str) -> str:
    """Without brackets that say something beside the figure before them: an interval, a best epoch,
    a number of seeds; those that name a part stay."""

    def kept(found: re.Match[str]) -> str:
        inside = found[1]
        named = re.search(TEST_WORDS, inside) or re.search(TRAIN_WORDS, inside)
        if named and not re.search(r"\d", inside):
            return f" {inside} "
        if named and re.search(r"\d", inside):
            return f" , {inside} , "
        before = flat[: found.start()]
        return " " if re.search(r"\d\s?%?\s*$", before) or _BEST.search(inside) else f" {inside} "

    return re.sub(r"[(\[]([^()\[\]]{0,80})[)\]]", kept, flat)


def _paired(
    marks: list[tuple[int, str, Part | Figure]],
) -> tuple[Figure | None, Figure | None, tuple[Figure, ...]]:
    """Which figure belongs to which name: names come before their figures or behind them, as the
    first of all does."""
    keys = [mark for mark in marks if mark[1] == "key"]
    figures = [mark[2] for mark in marks if mark[1] == "figure"]
    found: dict[str, Figure] = {}
    if not keys:
        return None, None, tuple(f for f in figures if isinstance(f, Figure))
    first_is_key = marks[0][1] == "key"
    kinds = [mark[1] for mark in marks]
    if kinds == ["key", "key", "figure", "figure"]:  # test/train = 70/98
        for key, made in zip(marks[:2], figures, strict=True):
            found.setdefault(str(key[2]), made)  # pyright: ignore
        return found.get("test"), found.get("train"), ()
    bare, waiting = [], None
    for _, kind, what in marks if first_is_key else reversed(marks):
        if kind == "key":
            waiting = str(what)
        elif isinstance(what, Figure):
            if waiting and waiting not in found:
                found[waiting] = what
            elif not waiting:
                bare.append(what)
    return found.get("test"), found.get("train"), tuple(bare)
