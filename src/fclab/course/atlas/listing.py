"""An atlas as lines: whose classes, and how hard they are; the hardest in front. And as CSV."""

import csv
import io
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from fclab.analysis.ceilings.values import BEYOND, METHODS
from fclab.course.atlas.kept import Atlas
from fclab.course.atlas.looking import lookup
from fclab.course.atlas.values import Difficulty, Estimate, Place
from fclab.labs.lab1.variant import department_text
from fclab.values.files import write_atomic
from fclab.values.names import CLASS_NAMES
from fclab.words.wording import Wording


class Line(NamedTuple):
    """A line of the atlas.

    Attributes:
        place: whose classes; None: they were named.
        classes: in the order of the rule, or as they were named.
        difficulty: of them.
    """

    place: Place | None
    classes: tuple[int, int, int]
    difficulty: Difficulty


def lines_of(
    places: Iterable[Place] = (),
    named: Iterable[tuple[int, int, int]] = (),
    own: Atlas | None = None,
) -> tuple[Line, ...]:
    """Lines of places and of named classes, the hardest in front; equally hard ones as they came.

    Args:
        places: whose classes.
        named: classes that follow from no rule.
        own: an atlas of one's own, see `lookup`.
    """
    lines = [Line(place, place.classes, lookup(place.classes, own)) for place in places]
    lines += [Line(None, classes, lookup(classes, own)) for classes in named]
    return tuple(sorted(lines, key=lambda line: line.difficulty.test.mean))


def harder_than(difficulty: Difficulty, lines: Sequence[Line]) -> float:
    """Of which share of the lines, 0 to 1, the classes are easier than these.

    Args:
        difficulty: of some classes.
        lines: sorted, as `lines_of` gives them.
    """
    means = [line.difficulty.test.mean for line in lines]
    place = bisect_left(means, difficulty.test.mean + 1e-9)
    return (len(means) - place) / len(means)


def place_text(line: Line, words: Wording) -> str:
    """Whose classes: "3 / 9 / ИУ5"; of named ones nothing."""
    if line.place is None:
        return ""
    department = department_text(line.place.department, words.language)
    place = line.place
    return words.plain("atlas.of", group=place.group, variant=place.variant, department=department)


def method_name(method: str, words: Wording) -> str:
    """What another method is called; of one that is not fully connected or knows more than the
    images of the task, that too."""
    name, beyond = words.plain(f"ceilings.methods.{method}"), BEYOND.get(method)
    return words.plain(f"atlas.{beyond}", name=name) if beyond else name


def method_text(method: str, words: Wording) -> str:
    """What another method's accuracy is called."""
    return words.plain("atlas.csv.method", name=method_name(method, words))


def write_csv(path: Path, lines: Sequence[Line], words: Wording) -> Path:
    """Write the lines for a spreadsheet of the language: UTF-8 with its mark; where numbers have a
    decimal comma, fields are parted by semicolons.

    Raises:
        FclabError: it cannot be written.
    """
    comma = "," in words.fixed(0.5, 1)
    text = io.StringIO()
    rows = csv.writer(text, delimiter=";" if comma else ",", lineterminator="\r\n")
    figures = ("base", "train", "epoch", "recall", "reach")
    intervals = [f"{words.plain(f'atlas.csv.{name}')}{part}" for name in figures
                 for part in ("", *words.each("atlas.csv", "low", "high"))]  # fmt: skip
    head = words.each("atlas.csv", "scheme", "group", "variant", "department")
    for number in (1, 2, 3):
        head += (words.plain("atlas.csv.class", n=number), words.plain("atlas.csv.name", n=number))
    methods = [one for one in METHODS if any(one in line.difficulty.ceilings for line in lines)]
    for one in methods:
        name = method_text(one, words)
        intervals += [f"{name}{part}" for part in ("", *words.each("atlas.csv", "low", "high"))]
    rows.writerow((*head, *words.each("atlas.csv", "source", "seeds", "hardest"), *intervals))
    for line in lines:
        rows.writerow(_cells(line, words, methods))
    return write_atomic(path, text.getvalue().encode("utf-8-sig"))


def _cells(line: Line, words: Wording, methods: Sequence[str]) -> list[str]:
    place, found = line.place, line.difficulty
    cells = ["", "", "", ""]
    if place is not None:
        department = department_text(place.department, words.language)
        cells = [place.scheme, str(place.group), str(place.variant), department]
    for number in line.classes:
        cells += [str(number), words.called(CLASS_NAMES[number])]
    cells += [words.plain(f"atlas.source.{found.source}"), str(found.seeds or "")]
    hardest = found.hardest
    cells += [words.called(CLASS_NAMES[hardest.number]) if hardest else ""]
    recall = hardest.recall if hardest else None
    others = (found.ceilings.get(one) for one in methods)
    for figure in (found.test, found.train, found.epoch, recall, found.reach, *others):
        cells += _figure(figure, words)
    return cells


def _figure(figure: Estimate | None, words: Wording) -> list[str]:
    if figure is None:
        return ["", "", ""]
    return [words.fixed(value, 1) for value in (figure.mean, figure.low, figure.high)]
