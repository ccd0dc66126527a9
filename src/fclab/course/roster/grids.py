"""A roster's file as rows of text: CSV in whatever encoding and with whatever separator, XLSX."""

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from fclab.course.reading.decoded import decoded
from fclab.course.reading.document import Unreadable
from fclab.course.reading.sheets import MOST_ROWS, sheets_of
from fclab.values.errors import Clause, DataError
from fclab.values.files import reading

_MOST_BYTES = 16 * 2**20
_SEPARATORS = ";\t,|"
_REASONS = {
    "damaged": Clause("the workbook is damaged"),
    "encrypted": Clause("it has a password"),
    "bomb": Clause("it unpacks to far more than a roster"),
    "too_large": Clause("it unpacks to far more than a roster"),
    "entities": Clause("it declares entities, which no workbook does"),
}


@dataclass(frozen=True)
class Grid:
    """A table of a file.

    Attributes:
        sheet: its name in a workbook; empty for CSV.
        rows: the number of the line, from 1, and its cells without white space around them.
    """

    sheet: str
    rows: tuple[tuple[int, tuple[str, ...]], ...]


def read_grids(path: Path) -> tuple[Grid, ...]:
    """All tables of a file, blank lines left out; formulas are the values kept of them, nothing
    is run.

    Raises:
        DataError: it cannot be read, or is larger than any roster.
    """
    with reading(path), path.open("rb") as file:
        data = file.read(_MOST_BYTES + 1)
    if len(data) > _MOST_BYTES:
        raise DataError("{path} is larger than a roster: 16 MB at most", path=path)
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise DataError(
            "{path} is a workbook of the old kind or has a password: save it as XLSX or CSV",
            path=path,
        )
    try:
        if data.startswith(b"PK"):
            found = [*sheets_of(path.name, data, lambda *_: None)]
            return tuple(_grid(path, name, enumerate(rows, start=1)) for name, rows in found)
        return (_grid(path, "", _csv(decoded(data).replace("\0", ""))),)
    except Unreadable as error:
        reason = _REASONS.get(str(error.args[0]), _REASONS["damaged"])
        raise DataError("{path} cannot be read: {reason}", path=path, reason=reason) from error
    except csv.Error as error:
        raise DataError(
            "{path} cannot be read: {reason}", path=path, reason=Clause("a cell is too long")
        ) from error


def _grid(path: Path, name: str, rows) -> Grid:
    made = []
    for line, cells in rows:
        if line >= MOST_ROWS:
            raise DataError(
                "{path} has {most} lines or more: a roster has less", path=path, most=MOST_ROWS
            )
        if any(cell := tuple(" ".join(cell.split()) for cell in cells)):
            made.append((line, cell))
    return Grid(name, tuple(made))


def _csv(text: str):
    """Lines with the number of the one that they begin in."""
    told = re.match(r"sep=(.)\s*\r?\n", text)
    separator = told[1] if told else _separator(text.splitlines()[:200])
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    last = 0
    for row in rows:
        begin, last = last + 1, rows.line_num
        if not (told and begin == 1):
            yield begin, row


def _separator(lines: Sequence[str]) -> str:
    """That by which most lines fall into equally many cells, then that which makes most of them."""

    def fit(separator: str) -> tuple[int, int]:
        counts = [len(row) for row in csv.reader(lines, delimiter=separator) if len(row) > 1]
        usual = max(counts, key=lambda n: (counts.count(n), n), default=0)
        return counts.count(usual), usual

    return max(_SEPARATORS, key=fit)
