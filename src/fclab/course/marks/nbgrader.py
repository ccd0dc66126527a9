"""nbgrader: its CSV of grades, and feedback where its folders have it."""

import csv
import io
from collections.abc import Sequence

from fclab.course.marks.rubric import Mark, Rubric
from fclab.course.questions.numbers import number, one_line
from fclab.values.text import no_formula

COLUMNS = (
    "assignment", "duedate", "timestamp", "student_id", "last_name", "first_name", "email",
    "raw_score", "late_submission_penalty", "score", "max_score",
)  # fmt: skip
ASSIGNMENT = "lab1"


def nbgrader_csv(rubric: Rubric, marks: Sequence[Mark], *, anonymous: bool = False) -> str:
    """Grades in the columns of nbgrader's own export; of those without a submission no score.

    Args:
        rubric: of the marks.
        marks: of everyone.
        anonymous: keys in place of names and e-mails.
    """
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(COLUMNS)
    for mark in marks:
        last, _, first = ("", "", "") if anonymous else mark.student.name.partition(" ")
        email = "" if anonymous else mark.student.email
        score = number(mark.seen) if mark.submitted else ""
        table.writerow((
            ASSIGNMENT, "", "", mark.student.key,
            *(no_formula(one_line(text)) for text in (last, first, email)),
            score, number(0), score, number(rubric.most),
        ))  # fmt: skip
    return text.getvalue()
