"""Tables in files of their own: CSV and workbooks. Formulas are read as the values kept of them."""

import csv
import io
import re
import warnings
from collections.abc import Callable, Iterator

from fclab.course.reading.archive import Archive, xml_of
from fclab.course.reading.decoded import decoded
from fclab.course.reading.document import MOST_CELLS, Collector, Document, Spans, Unreadable
from fclab.course.reading.docx import parse_xml

MOST_ROWS, _MOST_COLUMNS, _MOST_SHEETS = 2_000, 100, 20


def read_csv(name: str, data: bytes) -> Document:
    """A CSV: encoding and separator are found out."""
    text, found = decoded(data)[:4_000_000], Collector()
    lines = [line for line in text.splitlines() if line.strip()][:50]
    mark = re.match(r"sep=(.)\s*$", lines[0]) if lines else None
    separator = mark[1] if mark else max(";\t,|", key=lambda s: _even(lines, s))
    rows = []
    try:
        for row in csv.reader(io.StringIO(text.replace("\0", ""), newline=""), delimiter=separator):
            rows.append(row[:_MOST_COLUMNS])
            if len(rows) > MOST_ROWS:
                found.note("too_many_cells", name)
                break
    except csv.Error:
        found.note("part_unread", name)
    found.table(rows[1:] if mark else rows)
    return found.document(name)


def _even(lines: list[str], separator: str) -> float:
    """How evenly a separator parts lines: the share of them that have it as often as most do."""
    counts = [len(next(csv.reader([line], delimiter=separator))) - 1 for line in lines]
    some = [n for n in counts if n]
    usual = max(some, key=some.count) if some else 0
    return counts.count(usual) / len(counts) if usual else 0.0


def read_xlsx(name: str, data: bytes) -> Document:
    """A workbook: all visible sheets.

    Raises:
        Unreadable: it is damaged, encrypted, or beyond the bounds.
    """
    found = Collector()
    for _, rows in sheets_of(name, data, found.note):
        found.table(rows)
    if not found.blocks and not found.notes:
        raise Unreadable("empty")
    return found.document(name)


def sheets_of(
    name: str, data: bytes, note: Callable[[str, str], object]
) -> Iterator[tuple[str, list[list[str]]]]:
    """The visible sheets of a workbook: their names and rows, the first `MOST_ROWS` of each.

    Args:
        name: of the file, for notes.
        data: the file.
        note: told a code and what it is about, of sheets that are left out.

    Raises:
        Unreadable: it is damaged, encrypted, or beyond the bounds.
    """
    import openpyxl

    archive = Archive(data)
    for part in archive.names():
        if part.endswith((".xml", ".rels")):
            xml_of(archive, part)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what else the workbook has: we read cells alone
        try:
            book = openpyxl.load_workbook(
                io.BytesIO(data), read_only=True, data_only=True, keep_links=False
            )
        except Exception as error:  # openpyxl raises whatever a damaged file makes of its code
            raise Unreadable("damaged") from error
        for sheet in book.worksheets[:_MOST_SHEETS]:
            if sheet.sheet_state != "visible":
                note("hidden_sheet", f"{name}: {sheet.title[:40]}")
                continue
            try:
                sheet.reset_dimensions()
                rows = [
                    [_shown(cell) for cell in row[:_MOST_COLUMNS]]
                    for row in sheet.iter_rows(max_row=MOST_ROWS, max_col=_MOST_COLUMNS)
                ]
            except Exception:
                note("part_unread", f"{name}: {sheet.title[:40]}")
                continue
            yield sheet.title, _merged(rows, archive, getattr(sheet, "_worksheet_path", ""))


def _shown(cell: object) -> str:
    """A cell as its reader sees it: 0.7 with the format of a percentage is 70%."""
    value = getattr(cell, "value", None)
    if value is None or isinstance(value, bool):
        return ""
    if isinstance(value, int | float):
        shape = str(getattr(cell, "number_format", "") or "")
        if "%" in shape:
            digits = re.search(r"0\.(0+)%", shape)
            return f"{value * 100:.{len(digits[1]) if digits else 0}f}%"
        if digits := re.fullmatch(r"0\.(0+)", shape):
            return f"{value:.{len(digits[1])}f}"
        return f"{value:.15g}"
    return str(value)


def _merged(rows: list[list[str]], archive: Archive, path: str) -> list[list[str]]:
    """The rows with the text of merged cells in every place that they take."""
    path = path.lstrip("/")
    if path not in archive:
        return rows
    try:
        data = xml_of(archive, path)
    except Unreadable:
        return rows
    for first, last in re.findall(rb'<(?:\w+:)?mergeCell\s+ref="([A-Z]+\d+):([A-Z]+\d+)"', data)[
        :2000
    ]:
        (top, left), (bottom, right) = _place(first.decode()), _place(last.decode())
        if top >= len(rows) or left >= len(rows[top]):
            continue
        text = rows[top][left]
        for y in range(top, min(bottom + 1, len(rows))):
            for x in range(left, min(right + 1, _MOST_COLUMNS)):
                rows[y] += [""] * (x + 1 - len(rows[y]))
                rows[y][x] = text
    return rows


def _place(reference: str) -> tuple[int, int]:
    letters, digits = re.fullmatch(r"([A-Z]+)(\d+)", reference).groups()  # pyright: ignore
    column = 0
    for letter in letters[:4]:
        column = column * 26 + ord(letter) - 64
    return int(digits[:8]) - 1, column - 1


_OFFICE = "urn:oasis:names:tc:opendocument:xmlns:"


def read_odf(name: str, data: bytes) -> Document:
    """An ODT or ODS.

    Raises:
        Unreadable: it is damaged, encrypted, or beyond the bounds.
    """
    archive, found = Archive(data), Collector()
    root = parse_xml(xml_of(archive, "content.xml"))
    text, table = f"{{{_OFFICE}text:1.0}}", f"{{{_OFFICE}table:1.0}}"

    def number(node, key: str) -> int:
        value = node.get(f"{table}{key}") or "1"
        return min(int(value), 5_000) if value.isdecimal() else 1

    def walk(node, depth: int) -> None:
        for child in node:
            if child.tag in (f"{text}p", f"{text}h"):
                found.paragraph("".join(child.itertext()))
            elif child.tag == f"{table}table":
                add(child)
            elif depth < 100:
                walk(child, depth + 1)

    def add(node) -> None:
        spans, cells = Spans(), 0
        for row in node.iter(f"{table}table-row"):
            spans.begin()
            for cell in row.iterchildren(f"{table}table-cell"):
                content = "\n".join("".join(p.itertext()) for p in cell.iter(f"{text}p"))
                for _ in range(number(cell, "number-columns-repeated") if content else 1):
                    spans.cell(content, number(cell, "number-columns-spanned"),
                               number(cell, "number-rows-spanned"))  # fmt: skip
            cells += len(spans.rows[-1])
            if cells > MOST_CELLS:
                found.note("too_many_cells", name)
                break
        found.table(spans.rows)

    walk(root, 0)
    return found.document(name)
