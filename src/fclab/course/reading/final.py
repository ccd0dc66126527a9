"""The final table among all tables of a file, and its rows."""

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from fclab.course.reading.columns import Column, columns_of, heads_of
from fclab.course.reading.document import Document, Note, Paragraph, Table
from fclab.course.reading.plain import fold
from fclab.course.reading.roles import Role, role_of
from fclab.course.reading.rows import Reader
from fclab.course.reading.settings import settings_of
from fclab.course.values import ClaimedRow

MOST_ROWS = 200
_FINAL = re.compile(
    r"(?:итогов\w*|сводн\w*|финальн\w*|final|summary)(?: \w+){0,2} (?:таблиц\w*|table)"
    r"|таблиц\w* (?:с )?(?:итог\w*|результат\w* (?:всех|для всех))"
)
_TITLED = re.compile(r"(?:таблица|табл\.|table|задание|task)\s?№?\s?\d")
_MOST_LINES, _MOST_TOLD = 2_000, 30
_LOGGED = re.compile(
    r"\W*(?:epoch|эпоха|step|iter\w*|итерац\w*)?\W*\d+\s?(?:/|из|of|[\]:])", re.IGNORECASE
)
_SPEAKING = re.compile(
    r"(?=.*(?:lr|rate|скорост|шаг|[ηα]))(?=.*(?:epo|эпо|\be\b))(?=.*(?:test|val|тест|вал))",
    re.IGNORECASE,
)
"""Lines of text that may be about a row, and how many of them are read."""
_WIDE = (Role.COMMENT, Role.HYPER, Role.CONFIG, Role.ACCURACY)
"""Columns of which a merged cell is read once."""


class Found(NamedTuple):
    """The rows of a table, and what in it was not understood.

    Attributes:
        rows: as claimed.
        notes: those about a row begin with its number.
        final: words above it call it the final one.
    """

    rows: tuple[ClaimedRow, ...]
    notes: tuple[Note, ...]
    final: bool = False


class _Read(NamedTuple):
    """A table's rows, each with what was not understood of it."""

    rows: tuple[tuple[ClaimedRow, tuple[Note, ...]], ...] = ()
    notes: tuple[Note, ...] = ()
    final: bool = False


def final_table(document: Document, classes: int = 3) -> Found:
    """The table that is called the final one, else that with the most rows that have figures and
    settings, the last of equals. Where no table has more than two rows, a table for each of the
    lab's tasks, all of them are one.

    Args:
        document: the file.
        classes: how many outputs a network has: appended where only hidden layers are named.
    """
    read = []
    for table, caption, _ in _joined(_captioned(document)):
        made = max(
            (_read(rows, classes) for rows in _ways(table.rows)), key=lambda one: _worth(one.rows)
        )
        if made.rows:
            read.append(made._replace(final=bool(_FINAL.search(caption)) and len(made.rows) > 1))
    if not read:
        read = [made] if (made := _lines(document, classes)).rows else []
    if not read:
        return Found((), ())
    best = max(reversed(read), key=lambda one: (one.final, _worth(one.rows)))
    others = [one for one in read if one is not best]
    known = {_key(row) for row, _ in best.rows}
    more = {key for one in others for row, _ in one.rows if (key := _key(row)) not in known}
    notes = list(best.notes)
    rows = list(best.rows)
    if more and len(rows) <= 2 and not best.final:
        rows, notes = _together(read)
    elif more:
        notes.append(("more_rows", str(len(more))))
    for number, (_, told) in enumerate(rows, 1):
        notes += [(code, f"{number}: {what}" if what else str(number)) for code, what in told]
    return Found(tuple(row for row, _ in rows), tuple(dict.fromkeys(notes)), best.final)


_LINE = Column(Role.HYPER, (), share=False, head="")


def _lines(document: Document, classes: int) -> _Read:
    """Lines of the text, or printed ones, that name settings and after them accuracies, where there
    is no table."""
    out, left = [], _MOST_LINES
    for block in document.blocks:
        if not isinstance(block, Paragraph) or block.kind == "code":
            continue
        for line in block.text.splitlines():
            if len(line) > 400 or len(out) == MOST_ROWS or not _SPEAKING.match(line) or not left:
                continue
            if _LOGGED.match(line):
                continue
            left -= 1
            said = settings_of(line)
            if said.lr is None or said.epochs is None or said.batch_size is None:
                continue
            reader = Reader(classes)
            reader.cell(line, _LINE)
            made = reader.row((line.strip(),), None)
            if made is not None and made.test:
                told = (note for note in reader.notes if note[0] != "odd_figure")
                out.append((made, tuple(told)))
    if not 0 < len(out) <= _MOST_TOLD:  # more of them are a log
        return _Read()
    return _Read(tuple(out), (("rows_of_text", str(len(out))),))


def _together(
    read: Sequence[_Read],
) -> tuple[list[tuple[ClaimedRow, tuple[Note, ...]]], list[Note]]:
    """The rows of several tables, each once."""
    rows = {}
    for one in read:
        for row, told in one.rows:
            rows.setdefault(_key(row), (row, told))
    notes = [note for one in read for note in one.notes]
    return list(rows.values()), [("tables_joined", str(len(read))), *notes]


def _key(row: ClaimedRow) -> tuple[object, ...]:
    """What tells a row from others: settings, and figures in whole percents."""
    figures = (round(f.value) if (f := getattr(row, name)) else None for name in ("test", "train"))
    return (row.layers, row.lr, row.batch_size, row.epochs, *figures)


def _worth(rows: Iterable[tuple[ClaimedRow, object]]) -> int:
    return sum(
        sum(x is not None for x in (r.layers, r.lr, r.batch_size, r.epochs, r.test, r.train))
        for r, _ in rows
    )


class _Captioned(NamedTuple):
    """A table with the words right above it, folded.

    Attributes:
        table: its rows.
        caption: the last line of the text above, and the first cell.
        apart: text stands between it and the table before, other than that it goes on here; in a
            PDF, where pages have headers and numbers, a title of its own.
    """

    table: Table
    caption: str
    apart: bool


def _captioned(document: Document) -> list[_Captioned]:
    out, above = list[_Captioned](), ""
    paged = document.name.casefold().endswith(".pdf")
    for block in document.blocks:
        if isinstance(block, Paragraph):
            lines = [line for line in block.text.splitlines() if line.strip()]
            above = fold(lines[-1][:300]) if lines else above
        else:
            own = not paged or _FINAL.search(above) or _TITLED.match(above)
            apart = bool(above and own) and not re.search("продолж|окончан|continu", above)
            out.append(_Captioned(block, f"{above} {fold(block.rows[0][0][:300])}", apart))
            above = ""
    return out


def _ways(rows: tuple[tuple[str, ...], ...]) -> list[tuple[tuple[str, ...], ...]]:
    """A table as it stands, and one whose rows are settings as if turned; of one whose columns have
    no heads only that."""
    first = {role_of(row[0]) for row in rows if row} - {Role.NONE, Role.NUMBER}
    if len(first) >= 3 and len(rows) <= 20 and len(rows[0]) >= 2:  # pyright: ignore[reportGeneralTypeIssues]
        turned = tuple(zip(*rows, strict=True))
        return [rows, turned] if heads_of(rows) else [turned]
    return [rows]


def _joined(tables: Sequence[_Captioned]) -> list[_Captioned]:
    """Tables that a page break divides are one: the second has as many columns, and no head or the
    same once more. Tables with a row in common are two."""
    out: list[_Captioned] = []
    for one in tables:
        rows = one.table.rows
        if out and not one.apart and len(out[-1].table.rows[0]) == len(rows[0]):
            before = out[-1].table.rows
            head = heads_of(before)
            again = bool(head) and _folded(rows[:head]) == _folded(before[:head])
            rest = rows[head if again else 0 :]
            goes_on = bool(rest) and _goes_on(rest[0])
            own = 0 if again or goes_on else heads_of(rows)
            if head and not own and not set(_folded(before[head:])) & set(_folded(rest)):
                whole = _continued(before, rest) if goes_on else before + rest
                out[-1] = out[-1]._replace(table=Table(whole))
                continue
        out.append(one)
    return out


def _goes_on(row: Sequence[str]) -> bool:
    """Whether a row at the top of a page is the rest of the last one of the page before."""
    filled = [cell for cell in row if cell.strip()]
    return 0 < len(filled) <= len(row) / 2 and not row[0].strip()


def _continued(
    before: tuple[tuple[str, ...], ...], rest: tuple[tuple[str, ...], ...]
) -> tuple[tuple[str, ...], ...]:
    last = tuple(" ".join(filter(None, pair)) for pair in zip(before[-1], rest[0], strict=True))
    return (*before[:-1], last, *rest[1:])


def _folded(rows: Sequence[Sequence[str]]) -> list[tuple[str, ...]]:
    return [tuple(map(fold, row)) for row in rows]


def _read(rows: Sequence[Sequence[str]], classes: int) -> _Read:
    """The rows of a table that have figures of accuracy and settings."""
    heads = heads_of(rows)
    titles = {fold(cell) for row in rows[:heads] for cell in row}
    columns = columns_of(rows, heads)
    roles = [column.role for column in columns]
    out: list[tuple[ClaimedRow, tuple[Note, ...]]] = []
    notes: list[Note] = [] if heads else [("no_header", "")]
    section = ""
    for row in rows[heads : heads + 2 * MOST_ROWS]:
        filled = {fold(cell) for cell in row if cell.strip()}
        if len(filled) <= 1 or filled <= titles:
            if len(set(row)) == 1:  # one cell across all columns heads the rows below it
                section = row[0]
            continue
        reader, seen = Reader(classes), set[tuple[str, Role]]()
        for cell, column in zip(row, columns, strict=False):
            one = (cell, column.role)
            if column.role is Role.ASIDE or (one in seen and column.role in _WIDE):
                continue
            seen.add(one)
            reader.cell(cell, column)
        reader.section(section, roles)
        made = reader.row(row, out[-1][0] if out else None)
        if made is None:
            continue
        out.append((made, tuple(reader.notes)))
        if len(out) == MOST_ROWS:
            notes.append(("too_many_rows", str(MOST_ROWS)))
            break
    return _Read(tuple(out), tuple(notes)) if any(_is_useful(row) for row, _ in out) else _Read()


def _is_useful(row: ClaimedRow) -> bool:
    """Whether a row says enough to be one of a final table."""
    settings = row.layers or row.lr or row.batch_size or row.epochs
    return bool((row.layers and row.lr and row.epochs) or ((row.test or row.train) and settings))
