"""A roster out of the tables of a file: who is in it, and what every line came to."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, NamedTuple

from fclab.course.roster.columns import (
    Columns,
    Field,
    group_within,
    guessed,
    headed,
    is_department,
    is_number_of_group,
    is_person,
)
from fclab.course.roster.grids import Grid, read_grids
from fclab.labs.lab1.variant import Department, parse_department
from fclab.values.errors import ArgumentError, DataError
from fclab.values.text import one_line

ProblemKind = Literal[
    "no_name", "not_a_name", "bad_text", "bad_variant", "bad_group", "no_group", "twice",
]  # fmt: skip
"""Why a line gives no student."""
RemarkKind = Literal["left_out", "group_from_above", "department_unknown"]
"""What else is to be known about a line."""

_TOTAL = re.compile(
    r"(итого|всего|total|количество|декан|зам|староста|методист|подпись|дата|куратор|составил"
    r"|преподаватель|заведующ|printed|выгружено|исполнитель)\b.*",
    re.IGNORECASE,
)
_VARIANT = re.compile(r"\D{0,12}?(\d{1,4})(?:[.,]0+)?\.?")
_MOST_HEADING = 60
"""Lines among which the headings of the columns are looked for."""


class Problem(NamedTuple):
    """A line that gives no student, or a remark about one.

    Attributes:
        kind: see `ProblemKind` and `RemarkKind`.
        sheet, line: where, from 1.
        about: what was written there, or the line that it repeats.
    """

    kind: ProblemKind | RemarkKind
    sheet: str
    line: int
    about: str = ""


class Read(NamedTuple):
    """How the columns of a table were read.

    Attributes:
        sheet: of a workbook.
        line: of the headings; 0: there are none, the columns were told by what stands in them.
        columns: what is read, and the heading of its column.
        ignored: the headings of columns that are not read.
    """

    sheet: str
    line: int
    columns: tuple[tuple[Field, str], ...]
    ignored: tuple[str, ...]


class Entry(NamedTuple):
    """A student as the roster has it.

    Attributes:
        sheet, line: where.
        name, group, email, id: empty where it has none.
        variant: None: it has none.
        department: whose rule; ``source``: what says so.
    """

    sheet: str
    line: int
    name: str
    group: str
    variant: int | None
    department: Department
    source: Literal["column", "group", "default"]
    email: str = ""
    id: str = ""


@dataclass(frozen=True)
class Roster:
    """What a file says.

    Attributes:
        entries: students, in the order of the file.
        problems: lines that give none.
        remarks: what else is to be known.
        read: how the columns were read.
    """

    entries: tuple[Entry, ...]
    problems: tuple[Problem, ...]
    remarks: tuple[Problem, ...]
    read: tuple[Read, ...]


@dataclass
class _Found:
    entries: list[Entry] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    remarks: list[Problem] = field(default_factory=list)
    read: list[Read] = field(default_factory=list)
    seen: dict[object, int] = field(default_factory=dict)


def read_roster(path: Path, department: Department = "iu5") -> Roster:
    """The students of a CSV or XLSX file.

    Args:
        path: the file, see `read_grids`.
        department: of students of whom neither a column nor the name of the group says it.

    Raises:
        DataError: it cannot be read, or no column holds names.
    """
    grids, found = read_grids(path), _Found()
    for grid in grids:
        _read_grid(grid, department, found)
    if not found.read:
        raise DataError(
            "{path} has no column of names: head it ФИО (or Фамилия and Имя, or Name)", path=path
        )
    return Roster(
        tuple(found.entries), tuple(found.problems), tuple(found.remarks), tuple(found.read)
    )


def _read_grid(grid: Grid, department: Department, found: _Found) -> None:
    rows = grid.rows
    heading = next((n for n, (_, cells) in enumerate(rows[:_MOST_HEADING]) if headed(cells)), None)
    columns: Columns = {}
    group = group_within(grid.sheet)
    if heading is None:
        columns = guessed([cells for _, cells in rows if len({*filter(None, cells)}) > 1])
        columns = columns or guessed([cells for _, cells in rows])
        if not columns:
            found.remarks += [Problem("left_out", grid.sheet, line, _joined(row))
                              for line, row in rows]  # fmt: skip
            return
        found.read.append(_described(grid.sheet, 0, columns, (), rows))
    for line, cells in rows:
        if new := headed(cells):
            if new != columns:
                found.read.append(_described(grid.sheet, line, new, cells, rows))
            columns = new
            continue
        texts = {cell for cell in cells if cell}
        alone = next(iter(texts)) if len(texts) == 1 else ""
        if (named := group_within(" ".join(dict.fromkeys(cells)))) and _is_heading(cells, columns):
            group = named
            continue
        person = _name(cells, columns) if columns else ""
        if (
            not columns
            or _TOTAL.match(next(iter(filter(None, cells))))
            or (alone and not is_person(person))
            or (not person and all(cell.isdecimal() for cell in texts))
        ):
            found.remarks.append(Problem("left_out", grid.sheet, line, _joined(cells)))
            continue
        if "group" in columns:
            own = _cell(cells, columns, "group")
            if not own and group and person:
                found.remarks.append(Problem("group_from_above", grid.sheet, line, group))
            group = own or group
        _read_line(grid.sheet, line, cells, columns, group, department, found)


def _is_heading(cells: Sequence[str], columns: Columns) -> bool:
    """Whether a line only names a group: one text, and no person in the column of names."""
    texts = {cell for cell in cells if cell}
    return len(texts) <= 2 and not is_person(_name(cells, columns) if columns else "")


def _read_line(
    sheet: str,
    line: int,
    cells: Sequence[str],
    columns: Columns,
    group: str,
    department: Department,
    found: _Found,
) -> None:
    """Add the student of a line, or the problem with it."""
    kind, about = _problem(cells, columns, group)
    if kind is not None:
        found.problems.append(Problem(kind, sheet, line, about))
        return
    cells = [one_line(cell) for cell in cells]
    name, written = _name(cells, columns), _cell(cells, columns, "variant")
    said = _cell(cells, columns, "department")
    source: Literal["column", "group", "default"] = "default"
    if is_department(said):
        department, source = parse_department(said), "column"
    else:
        if said:
            found.remarks.append(Problem("department_unknown", sheet, line, said))
        if (of_group := _department_of(group)) is not None:
            department, source = of_group, "group"
    email, own_id = _cell(cells, columns, "email"), _cell(cells, columns, "id")
    marks = [("id", own_id.casefold()), ("email", email.casefold())]
    marks = [mark for mark in marks if mark[1]] or [(name.casefold(), group.casefold())]
    before = next((found.seen[mark] for mark in marks if mark in found.seen), None)
    if before is not None:
        found.problems.append(Problem("twice", sheet, line, str(before)))
        return
    found.seen |= dict.fromkeys(marks, line)
    variant = int(number[1]) if (number := _VARIANT.fullmatch(written)) else None
    found.entries.append(
        Entry(sheet, line, name, group, variant, department, source, email, own_id)
    )


def _problem(cells: Sequence[str], columns: Columns, group: str) -> tuple[ProblemKind | None, str]:
    """Why a line gives no student, and what is wrong there."""
    try:
        cells = [one_line(cell) for cell in cells]
    except ArgumentError:
        return "bad_text", ""
    name, variant = _name(cells, columns), _cell(cells, columns, "variant")
    if not name:
        return "no_name", _joined(cells)
    if not re.search(r"[^\W\d_]", name) or re.search(r"\d", name):
        return "not_a_name", name
    if not group:
        return "no_group", ""
    if not is_number_of_group(group):
        return "bad_group", group
    if variant and not ((number := _VARIANT.fullmatch(variant)) and int(number[1])):
        return "bad_variant", variant
    return None, ""


def _department_of(group: str) -> Department | None:
    """The department that the name of a group says: ИУ5-25М, ИУ5И-25М (foreign), ГУИМЦ-25."""
    letters = re.match(r"[^\W\d_]+\d*[^\W\d_]*", group.upper().replace("IU", "ИУ"))
    text = letters[0] if letters else ""
    if "ГУИМЦ" in text or "GUIMC" in text:
        return "guimc"
    if re.fullmatch(r"ИУ5[ИI]", text):
        return "foreign"
    return "iu5" if text.startswith("ИУ5") else None


def _cell(cells: Sequence[str], columns: Columns, name: Field) -> str:
    place = columns.get(name)
    return cells[place] if place is not None and place < len(cells) else ""


def _name(cells: Sequence[str], columns: Columns) -> str:
    parts = (_cell(cells, columns, part) for part in ("surname", "name", "first", "patronymic"))
    return " ".join(dict.fromkeys(filter(None, parts)))


def _joined(cells: Sequence[str]) -> str:
    return " ".join(dict.fromkeys(filter(None, cells)))[:80]


def _described(
    sheet: str,
    line: int,
    columns: Columns,
    headings: Sequence[str],
    rows: Sequence[tuple[int, Sequence[str]]],
) -> Read:
    width = max((len(cells) for _, cells in rows), default=0)

    def title(place: int) -> str:
        text = headings[place] if place < len(headings) else ""
        return text or str(place + 1)

    places = sorted(columns.items(), key=lambda column: column[1])
    taken: list[tuple[Field, str]] = [(name, title(place)) for name, place in places]
    others = [title(n) for n in _filled(rows, width) if n not in columns.values()]
    return Read(sheet, line, tuple(taken), tuple(others))


def _filled(rows: Sequence[tuple[int, Sequence[str]]], width: int) -> Iterator[int]:
    """The columns that hold something in more than a line."""
    for n in range(width):
        if sum(n < len(cells) and bool(cells[n]) for _, cells in rows) > 1:
            yield n
