"""Findings and slips in words: a teacher reads all that is known, a student nobody else's name."""

from collections.abc import Iterator, Mapping
from typing import Any

from fclab.course.values import CheckedRow, Course, Slip
from fclab.values.names import CLASS_NAMES
from fclab.values.text import shown
from fclab.words.wording import Wording

_UNSAID: Mapping[str, Any] = {
    "expected": None, "scheme": None, "group": None, "classes": None, "stated": 0, "text": None,
    "what": "", "most": None, "outputs": None, "last": None, "epochs": None, "said": None,
    "student": None, "first": None, "second": None, "meant": None, "claimed": None, "best": None,
}  # fmt: skip
"""What a slip's sentence may name, and what stands for it where the slip does not say it."""


def finding_text(row: CheckedRow, words: Wording) -> str:
    """What was found of a row, and why if it was not trained: "not checked: incomplete"."""
    said = words.plain(f"check.finding.{row.finding}")
    return f"{said}: {words.plain(f'check.reason.{row.reason}')}" if row.reason else said


def slip_values(slip: Slip, words: Wording) -> dict[str, Any]:
    """What the sentence of a slip names: classes with their names, rows counted from 1; of another
    student nothing.

    Args:
        slip: the slip.
        words: of the language.
    """
    values = {
        name: [named(n, words) for n in value] if isinstance(value, tuple)
        else shown(value) if isinstance(value, str) else value
        for name, value in slip.values.items() if name != "student"
    }  # fmt: skip
    return {**_UNSAID, **values, "rows": [str(row + 1) for row in slip.rows]}


def slip_lines(
    slips: tuple[Slip, ...], words: Wording, course: Course | None = None, *, anonymous: bool
) -> Iterator[str]:
    """A sentence for every slip, for the teacher.

    Args:
        slips: of a submission.
        words: of the language.
        course: to call students by their names.
        anonymous: keys in place of names.
    """
    for slip in slips:
        student = another(slip, words, course, anonymous=anonymous)
        values = slip_values(slip, words) | {"student": student}
        yield words.plain(f"check.slip.{slip.kind}", **values)


def another(slip: Slip, words: Wording, course: Course | None, *, anonymous: bool) -> str | None:
    """What the other work that a slip speaks of is called; None: it speaks of none."""
    if "student" not in slip.values:
        return None
    key = str(slip.values["student"])
    names = {s.key: s.name for s in course.students} if course else {}
    if anonymous and course and key not in names:  # named by its title page or file
        return words.plain("check.another")
    return shown(key if anonymous else names.get(key, key))


def named(number: int, words: Wording) -> str:
    """A class with its name: "39 (keyboard)"."""
    if 0 <= number < len(CLASS_NAMES):
        return f"{number} ({words.called(CLASS_NAMES[number])})"
    return str(number)
