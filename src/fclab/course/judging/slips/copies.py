"""Figures that are those of another submission, to all digits."""

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final, Literal

from fclab.course.values import ClaimedRow, Claims, Figure, Slip

DIGITS: Final = 4
"""Significant digits of an error of part 1 that says something."""
BITS: Final = 14.0
"""How much equal rows must say: a course of 100 has about 2¹² pairs of students."""
COMMON: Final = 99.0
"""Percent: from here on train accuracies are everybody's."""


@dataclass(frozen=True)
class Copy:
    """What two submissions have in common.

    Attributes:
        other: place of the other one.
        what: the error of part 1, or rows of the table.
        rows: places in this table.
        text: the error.
        classes: of the other one.
    """

    other: int
    what: Literal["part_1", "table"]
    rows: tuple[int, ...] = ()
    text: str = ""
    classes: tuple[int, ...] = ()

    def slip(self, name: str) -> Slip:
        """As it is told; ``name`` of the other one."""
        values: dict[str, str | int | float | tuple[int, ...]] = {"what": self.what,
                                                                 "student": name}  # fmt: skip
        if self.text:
            values["text"] = self.text
        if self.classes:
            values["classes"] = self.classes
        return Slip(kind="equal_to_another", rows=self.rows, values=values)


def copies(every: Sequence[Claims]) -> dict[int, tuple[Copy, ...]]:
    """What submissions of different students have in common, by their places.

    Args:
        every: all submissions of the course.
    """
    found: dict[int, list[Copy]] = defaultdict(list)
    errors: dict[str, list[int]] = defaultdict(list)
    equal: dict[tuple[int, int], list[tuple[int, int]]] = defaultdict(list)
    rows: dict[tuple[object, ...], list[tuple[int, int]]] = defaultdict(list)
    for place, claims in enumerate(every):
        if claims.part_1_error is not None and _digits(claims.part_1_error) >= DIGITS:
            errors[_plain(claims.part_1_error)].append(place)
        for k, row in enumerate(claims.rows):
            if (key := _key(row)) is not None:
                rows[key].append((place, k))
    for text, places in errors.items():
        for a, b in combinations(places, 2):
            if _different(every[a], every[b]):
                found[a].append(Copy(b, "part_1", text=text))
                found[b].append(Copy(a, "part_1", text=text))
    for places in rows.values():
        for (a, i), (b, j) in combinations(places, 2):
            if a != b:
                equal[a, b].append((i, j))
    for (a, b), pairs in sorted(equal.items()):
        if _different(every[a], every[b]) and _bits([every[a].rows[i] for i, _ in pairs]) >= BITS:
            for one, other, k in ((a, b, 0), (b, a, 1)):
                places = tuple(sorted({pair[k] for pair in pairs}))
                classes = every[other].classes or ()
                found[one].append(Copy(other, "table", places, classes=classes))
    return {place: tuple(some) for place, some in found.items()}


def _different(one: Claims, other: Claims) -> bool:
    """Whether they are of two students: a student may hand in a file twice."""
    return one.student is None or one.student != other.student


def _key(row: ClaimedRow) -> tuple[object, ...] | None:
    if row.test is None:
        return None
    train = row.train and _plain(row.train)
    return (row.layers, row.lr, row.batch_size, row.epochs, row.other, _plain(row.test), train)


def _plain(figure: Figure) -> str:
    return f"{figure.value:.{min(max(figure.decimals, 0), 15)}f}"


def _digits(figure: Figure) -> int:
    """Significant digits, from the first that is not 0."""
    if figure.value == 0:
        return 0
    return figure.decimals + math.floor(math.log10(abs(figure.value))) + 1


def _bits(rows: Sequence[ClaimedRow]) -> float:
    """How much it says that so many rows are equal: of test accuracies the first takes one of
    about 25 whole percents or 75 hundredths of another set of classes, the next, which go with
    it, one of 5 or 15; of train accuracies below `COMMON` one of 5 or 75."""
    told = {(row.test and _plain(row.test), row.train and _plain(row.train)): row for row in rows}
    total = 0.0
    for place, row in enumerate(told.values()):
        assert row.test is not None
        fine = row.test.decimals > 0
        total += math.log2((75 if fine else 25) if place == 0 else (15 if fine else 5))
        if row.train is not None and row.train.value < COMMON:
            total += math.log2(75 if row.train.decimals > 0 else 5)
    return total
