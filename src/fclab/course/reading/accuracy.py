"""Accuracies out of what students write: which of which images, in percent."""

import re
from typing import Literal, NamedTuple

from fclab.course.reading.document import Note
from fclab.course.reading.plain import fold, number
from fclab.course.reading.roles import TEST_WORDS, TRAIN_WORDS
from fclab.course.values import Figure

Part = Literal["test", "train", "any", "aside", "other"]
"""Of which images a figure is; ``any``: an accuracy without saying so; ``aside``: it is none;
``other``: it is one of other images."""
_FIGURE = r"(?<![\d.,])(?:\d{1,4}(?:[.,]\d+)?|[.,]\d+)(?![\d]|[.,]\d|[a-zа-я])(?:\s?%)?"
_BEST = re.compile(r"лучш|best|макс|max|пик")
_ACCURACY = r"\b(?:accuracy|acc|точност\w*|верных|правильных)(?![a-zа-я])"
_ASIDE = (
    r"(?:\b(?:loss\w*|потер\w*|ошиб\w*|погрешност\w*|errors?|f1|f-?мер\w*|precision|recall|полнот\w*|macro|weighted"
    r"|micro|gap|разрыв\w*|разниц\w*|прирост\w*|std|sd|ско|σ|врем\w*|time|seed\w*|top-?[25]|auc)(?![a-zа-я])|\bδ|\u2206)"
)
_VALIDATION = r"\b(?:val\w*|валид\w*)"
_BOUND = (
    r"(?:[<>≥≤]=?|\b(?:более|больше|выше|свыше|менее|меньше|ниже|over|above|below|under|at least"
    r"|up to)(?: чем)?(?: на)?\b)\s*"
)
_POINTS = (
    r"(?<![\w])[+↑↓]?\s?-?\d+(?:[.,]\d+)?\s?(?:п\.?\s?п\.?|пп\b|п\.|pp\b|p\.p\.|пункт\w*|points?\b)"
)
_BESIDE = (
    r"эпох\w*\s*[=№:]?\s*\d+|(?:epoch|ep)s?\s*[=№:]?\s*\d+"
    r"|\d+\s*(?:-?[а-я]{1,2} )?(?:эпох\w*|epochs?)"
    r"|\d+\s?(?:запуск\w*|seeds?|runs?|зерн\w*|повтор\w*)"
)
"""Numbers that are none of accuracies: bounds, differences, epochs, runs."""


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


def accuracies_of(text: str, *, ordered: bool = False) -> Accuracies:
    """The accuracies of a cell.

    Args:
        text: of the cell.
        ordered: its column's head names parts, so that two figures with a sign between them are
            those of two parts.
    """
    flat = re.sub(r"\bacc(?:uracy)?[ _@]?(?=test|train|val)", "", fold(text).replace("_", " "))
    flat = re.sub(r"(?<=[a-zа-я])(?<![fx])(?=\d)", " ", flat)
    flat = re.sub(r"\btop-? ?1\b", " ", flat)
    best, notes = bool(_BEST.search(flat)), list[Note]()
    flat = re.sub(_BESIDE, " ", flat)
    flat = re.sub(_POINTS, " ", _aside(flat))
    flat = re.sub(
        r"(?:±|\+/-|\+-)\s?\d+(?:[.,]\d+)?\s?%?|(?<![\w%)])\+\s?\d+(?:[.,]\d+)?\s?%?|(?<=[\d%])\s?[+↑↓]\s?\d+(?:[.,]\d+)?\s?%?",
        " ",
        flat,
    )
    flat = re.sub(r"(\d)\s?(?:из|out of)\s?(?=\d)", r"\1/", flat)
    flat = _latest(flat, notes, ordered=ordered)
    test, train, bare = _paired(_marks(flat, notes))
    if test and not train and len(bare) == 1 and re.search(r"\bval\b", flat):
        train, bare = bare[0], ()  # Keras: accuracy and val_accuracy
    return Accuracies(test, train, bare, best, tuple(notes))


def _latest(flat: str, notes: list[Note], *, ordered: bool) -> str:
    """Of figures that were changed the new one; without bounds, which are no figures."""

    def bounds(found: re.Match[str]) -> str:
        low, high = figure(found["low"]), figure(found["high"])
        if not low or not high or not 0 < high.value - low.value < 12:
            return found[0]
        notes.append(("range", found[0].strip()))
        return " "

    flat = re.sub(r"(?<=[\d%])\s?(?:\.{2,3}|…)\s?(?=\d)", " до ", flat)
    flat = re.sub(rf"(?:\bс|from)\s{_FIGURE}\s?(?:до|to)\s(?={_FIGURE})", " ", flat)
    flat = re.sub(rf"(?P<low>{_FIGURE})\s?(?:до|to)\s?(?P<high>{_FIGURE})", bounds, flat)
    if not ordered:
        flat = re.sub(
            rf"(?<![/\d])(?P<low>{_FIGURE})\s?-\s?(?P<high>{_FIGURE})(?!\s?/)", bounds, flat
        )
        flat = re.sub(rf"(?:{_FIGURE}\s?(?:->|=>|→)\s?)+(?={_FIGURE})", " ", flat)
    for found in re.finditer(rf"{_BOUND}{_FIGURE}", flat):
        notes.append(("range", found[0].strip()))
    return re.sub(rf"{_BOUND}{_FIGURE}", " ", flat)


def _marks(flat: str, notes: list[Note]) -> list[tuple[int, str, Part | Figure]]:
    """Names of parts and figures, in their order."""
    marks: list[tuple[int, str, Part | Figure]] = []
    tests = list(re.finditer(TEST_WORDS, flat))
    real = [found for found in tests if not re.match(_VALIDATION, found[0])]
    for found in tests:
        marks.append((found.start(), "key", "other" if real and found not in real else "test"))
    for words, part in ((TRAIN_WORDS, "train"), (_ACCURACY, "any"), (_ASIDE, "aside")):
        for found in re.finditer(words, flat):
            marks.append((found.start(), "key", part))  # pyright: ignore[reportArgumentType]
    for found in re.finditer(
        rf"(?P<ratio>\b(\d{{1,4}})\s?/\s?(100|150|200|300|500|1000|1500)\b(?!\s?%))|{_FIGURE}", flat
    ):
        made = _ratio(found[0]) if found["ratio"] else figure(found[0])
        if made is None:
            if not any(kind == "key" and what == "aside" for _, kind, what in marks):
                notes.append(("odd_figure", found[0].strip()))
            continue
        marks.append((found.start(), "figure", made))
    return sorted(marks, key=lambda mark: mark[0])


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
    figures = [mark[2] for mark in marks if isinstance(mark[2], Figure)]
    if all(isinstance(what, Figure) or what == "any" for _, _, what in marks):
        return None, None, tuple(figures)
    found: dict[str, Figure] = {}
    parts = [what for _, _, what in marks if what in ("test", "train")]
    kinds = [kind for _, kind, what in marks if what != "any"]
    if kinds == ["key", "key", "figure", "figure"] and len(set(parts)) == 2:  # test/train = 70/98
        found = dict(zip(map(str, parts), figures, strict=True))
        return found["test"], found["train"], ()
    bare: list[Figure] = []
    waiting: str | None = None
    carried = ""
    forward = marks[0][1] == "key" or (kinds.count("key") < len(figures) and marks[-1][1] != "key")
    for _, _, what in marks if forward else reversed(marks):
        if isinstance(what, Figure):
            if waiting in ("test", "train") and waiting not in found:
                found[waiting] = what
            elif waiting != "aside":
                bare.append(what)
            waiting = "aside" if waiting == "aside" else "done"
            carried = "" if carried == "maybe" else carried
        elif what == "any":
            carried = ""
            waiting = waiting if waiting in ("test", "train") else what
        elif what == "aside":
            carried = "maybe" if waiting not in ("test", "train") else ""
            waiting = "aside"
        elif what == "other":
            waiting = "aside"
        else:
            carried = "of all" if carried and forward else ""  # "loss on test 0.8, on train 0.1"
            waiting = "aside" if carried else what
    return found.get("test"), found.get("train"), tuple(bare)
