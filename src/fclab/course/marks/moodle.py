"""Moodle's grade import: CSV (docs/marks.md has its rules and their source)."""

import csv
import html
import io
from collections.abc import Sequence

from fclab.course.marks.feedback import feedback_lines
from fclab.course.marks.rubric import Mark, Rubric
from fclab.course.questions.numbers import number, one_line
from fclab.values.text import no_formula
from fclab.words.wording import Wording


def moodle_csv(
    rubric: Rubric, marks: Sequence[Mark], words: Wording, by: str
) -> tuple[str, tuple[Mark, ...]]:
    """Identifier, grade and feedback of everyone with a submission. A line without a grade would
    wipe the grade that is there, so there is none.

    Args:
        rubric: of the marks.
        marks: of everyone.
        words: of headings and feedback.
        by: "email" or "id": what Moodle is to know students by.

    Returns:
        The file, and those left out: without a submission or without the identifier.
    """
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\r\n")
    table.writerow((by, *words.each("marks.moodle", "grade", "feedback")))
    left = []
    for mark in marks:
        identifier = one_line(getattr(mark.student, by))
        if not mark.submitted or not identifier:
            left.append(mark)
            continue
        feedback = "<br>".join(_harmless(line) for line in feedback_lines(rubric, mark, words))
        table.writerow((no_formula(identifier), number(mark.seen), feedback))
    return text.getvalue(), tuple(left)


def _harmless(line: str) -> str:
    """As HTML that shows just that; PHP's reader would take a backslash before a quotation mark
    for its escape."""
    return html.escape(one_line(line)).replace("\\", "&#92;")
