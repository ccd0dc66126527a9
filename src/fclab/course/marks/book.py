"""The marks of a course as a workbook: a line for everyone, blanks where the teacher decides."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from fclab.course.marks.rubric import Mark, Rubric
from fclab.course.workbook import put, save
from fclab.words.wording import Wording


def write_book(
    path: Path, rubric: Rubric, marks: Sequence[Mark], words: Wording, *, anonymous: bool = False
) -> None:
    """Write the workbook. The last column sums each line up, blanks too once they are filled in,
    with the sum of what is there; it is the only formula, and nothing of a student's is in it.

    Args:
        path: of the file, which is written as it is.
        rubric: its items are the columns.
        marks: in the order of the lines.
        words: of the headings.
        anonymous: without names.
    """
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.utils import get_column_letter

    book = Workbook()
    page = book.active or book.create_sheet()
    page.freeze_panes = "D3"
    known = ("key", "name", "group")
    head = [*words.each("marks.column", *known), *(i.called(words.language) for i in rubric.items),
            words.plain("marks.column.total")]  # fmt: skip
    most = ["", words.plain("marks.most"), "", *(item.points for item in rubric.items), rubric.most]
    blank = PatternFill("solid", fgColor="FFF2CC")
    sums: dict[str, float] = {}
    for row, values in enumerate((head, most, *(_line(mark, anonymous) for mark in marks)), 1):
        for column, value in enumerate(values, start=1):
            cell = put(page, row, column, value)
            if row <= 2:
                cell.font = Font(bold=row == 1)
                cell.alignment = Alignment(wrap_text=True, vertical="top")
            elif value is None:
                cell.fill = blank
        if row > 2:
            last = get_column_letter(len(head) - 1)
            cell = page.cell(row, len(head), f"=SUM(D{row}:{last}{row})")
            sums[cell.coordinate] = sum(points or 0 for points in marks[row - 3].points)
    for column in range(1, len(head) + 1):
        page.column_dimensions[get_column_letter(column)].width = 30 if column == 2 else 16
    save(book, path, sums)


def _line(mark: Mark, anonymous: bool) -> list[Any]:
    student = mark.student
    name, group = ("", "") if anonymous else (student.name, student.group)
    return [student.key, name, group, *mark.points]
