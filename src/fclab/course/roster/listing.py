"""Everyone's classes as a table for the teacher: CSV and a workbook."""

import csv
import io
from pathlib import Path
from typing import Any

from fclab.course.atlas.looking import lookup
from fclab.course.folder import teacher_folder
from fclab.course.roster.link import BENCH, link
from fclab.course.values import Course
from fclab.course.workbook import put
from fclab.labs.lab1.variant import department_text
from fclab.values.files import write_atomic, write_with
from fclab.values.names import CLASS_NAMES
from fclab.values.text import no_formula
from fclab.words.wording import Wording

COLUMNS = (
    "key", "name", "group", "variant", "department", "classes", "names", "base", "email", "id",
    "link",
)  # fmt: skip


def write_table(
    folder: Path, course: Course, words: Wording, *, bench: str = BENCH, anonymous: bool = False
) -> tuple[Path, Path]:
    """Write ``teacher/course.csv`` (UTF-8 with the mark by which Excel knows it) and
    ``teacher/course.xlsx``; cells are values, never formulas.

    Args:
        folder: of the course.
        course: who, and which classes.
        words: of the headings.
        bench: address of the page.
        anonymous: without names, e-mails and ids.

    Returns:
        The files.

    Raises:
        FclabError: a file cannot be written.
    """
    head = list(words.each("roster.table", *COLUMNS))
    rows = [head, *_rows(course, words, bench, anonymous)]
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([map(no_formula, row) for row in rows])
    table = write_atomic(teacher_folder(folder) / "course.csv", text.getvalue().encode("utf-8-sig"))
    return table, write_with(table.with_suffix(".xlsx"), lambda path: _workbook(path, rows))


def _rows(course: Course, words: Wording, bench: str, anonymous: bool) -> list[list[Any]]:
    given = {one.student: one for one in course.assignments}
    rows = []
    for student in course.students:
        one = given.get(student.key)
        person = ["", ""] if anonymous else [student.email, student.id]
        classes = names = address = base = ""
        if one is not None:
            classes = " ".join(map(str, one.classes))
            names = ", ".join(words.called(CLASS_NAMES[number]) for number in one.classes)
            address = link(one.classes, course.lang, bench)
            found = lookup(one.classes).test
            base = f"{words.fixed(found.mean, 1)} ± {words.fixed(found.margin, 1)}"
        rows.append([
            student.key, student.key if anonymous else student.name, student.group,
            (one.variant if one else student.variant) or "",
            department_text(student.department, course.lang), classes, names, base, *person,
            address,
        ])  # fmt: skip
    return rows


def _workbook(path: Path, rows: list[list[Any]]) -> None:
    from openpyxl import Workbook
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    book = Workbook()
    page = book.active or book.create_sheet()
    page.freeze_panes = "A2"
    for row, values in enumerate(rows, start=1):
        for column, value in enumerate(values, start=1):
            cell = put(page, row, column, value)
            if row == 1:
                cell.font = Font(bold=True)
    for place, column in enumerate(zip(*rows, strict=True), start=1):
        longest = max(len(str(value)) for value in column)
        page.column_dimensions[get_column_letter(place)].width = min(longest + 2, 50)
    book.save(path)
