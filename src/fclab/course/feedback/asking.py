"""Questions of the defence that follow from a submission, each with what the right answer is."""

import math
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from fclab.course.feedback.slips import another, slip_values
from fclab.course.values import Checked, CheckedFigure, CheckedRow, ClaimedRow, Course, Slip
from fclab.words.wording import Wording

_PER_CLASS: Final = 500  # training images of a class of CIFAR-100


_OFF: Final = ("unusual", "not_reproducible")


class Asked(NamedTuple):
    """A question and the right answer."""

    question: str
    answer: str


def about_slips(
    words: Wording, course: Course, one: Checked, *, anonymous: bool = False
) -> list[Asked]:
    """A question for the first slip of every kind.

    Args:
        words: of the language.
        course: to call the other student by name in the answer, which only a teacher sees.
        one: the submission.
        anonymous: the key in place of that name.
    """
    first: dict[str, Slip] = {}
    for slip in one.slips:
        first.setdefault(slip.kind, slip)
    made = []
    for kind, slip in first.items():
        values = slip_values(slip, words) | _more(slip, one)
        values["student"] = another(slip, words, course, anonymous=anonymous)
        made.append(_asked(words, kind, values))
    return made


def about_rows(words: Wording, one: Checked) -> list[Asked]:
    """About the row whose figure is farthest from what training gave, and about overfitting."""
    made = []
    off = [row for row in one.rows if row.figures and row.finding in _OFF]
    if off:
        row = min(off, key=lambda row: min(figure.p_value for figure in row.figures))
        figure = min(row.figures, key=lambda figure: figure.p_value)
        made.append(_asked(words, "figure", {"row": row.row + 1, "seeds": row.seeds,
                                             **figure.model_dump()}))  # fmt: skip
    made += [_asked(words, "overfits", values) for values in _overfits(one.claims.rows)]
    return made


def _asked(words: Wording, kind: str, values: dict[str, Any]) -> Asked:
    keys = (f"defence_sheet.ask.{kind}", f"defence_sheet.right.{kind}")
    return Asked(*(words.plain(key, **values) for key in keys))


def _overfits(rows: tuple[ClaimedRow, ...]) -> Iterator[dict[str, Any]]:
    gaps = [
        (row.train.value - row.test.value, -place, row)
        for place, row in enumerate(rows) if row.train is not None and row.test is not None
    ]  # fmt: skip
    if len(gaps) > 1:
        gap, place, row = max(gaps, key=lambda one: one[:2])
        assert row.train is not None
        assert row.test is not None
        if gap > 0:
            yield {"row": 1 - place, "train": row.train.value, "test": row.test.value, "gap": gap}


def _more(slip: Slip, one: Checked) -> dict[str, Any]:
    """What the questions name beyond the sentence of the slip."""
    values: dict[str, Any] = {"made": [], "sd": None, "part": None}
    if slip.kind == "iterations_changed" and one.classes is not None:
        n = _PER_CLASS * len(one.classes)
        rows = [(place, one.claims.rows[place]) for place in slip.rows]
        values["made"] = [
            {"row": place + 1, "each": (each := math.ceil(n / row.batch_size)),
             "epochs": row.epochs, "total": each * row.epochs}
            for place, row in rows if row.batch_size and row.epochs
        ]  # fmt: skip
    if slip.kind == "rows_alike" and slip.rows:
        part = str(slip.values.get("part", "test"))
        figure = _figure(one.rows, slip.rows[0], part)
        values |= {"part": part, "sd": figure.sd if figure else None}
    return values


def _figure(rows: tuple[CheckedRow, ...], place: int, part: str) -> CheckedFigure | None:
    figures = (one for row in rows if row.row == place for one in row.figures)
    return next((one for one in figures if one.part == part), None)
