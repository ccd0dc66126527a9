"""PDF files with text: lines, tables with ruling lines, and tables set by white space alone."""

import io
import re
from collections.abc import Iterable
from typing import Any

from fclab.course.reading.document import Collector, Document, Unreadable
from fclab.course.reading.roles import Role, role_of
from fclab.course.reading.spaced import Spacing

MOST_PAGES = 80
_MOST_EDGES = 3_000
"""Of a page; one with more has a drawing on it, in which no table is looked for."""
_FEW = 40
"""Characters: a file with fewer of them is a scan."""


def read_pdf(name: str, data: bytes) -> Document:
    """A PDF.

    Raises:
        Unreadable: it is damaged, has a password, or is a scan without text.
    """
    import pdfplumber
    from pdfminer.pdfdocument import PDFPasswordIncorrect
    from pdfplumber.utils.exceptions import PdfminerException

    found, spacing, characters, pictures = Collector(), Spacing(), 0, False
    try:
        with pdfplumber.open(io.BytesIO(data)) as pdf:
            for number, page in enumerate(pdf.pages):
                if number == MOST_PAGES:
                    found.note("too_many_pages", name)
                    break
                characters += _page(page, found, spacing)
                pictures = pictures or bool(page.images)
                page.close()
    except Exception as error:  # pdfminer raises whatever a damaged file makes of its code
        locked = isinstance(error, PDFPasswordIncorrect) or (
            isinstance(error, PdfminerException) and "Password" in repr(error)
        )
        if locked:
            raise Unreadable("encrypted") from error
        if not found.blocks:
            raise Unreadable("damaged") from error
        found.note("part_unread", name)
    if characters < _FEW:
        raise Unreadable("scanned" if pictures or characters == 0 else "empty")
    return found.document(name)


def _page(page: Any, found: Collector, spacing: Spacing) -> int:
    """Add a page.

    Returns:
        Its number of characters.
    """
    lines = page.extract_text_lines(strip=True, return_chars=False) if page.chars else []
    ruled = sorted(_ruled(page), key=lambda one: one[0])
    for top, rows in ruled:  # what stands above a table comes before it
        above = [line for line in lines if (line["top"] + line["bottom"]) / 2 < top]
        lines = lines[len(above) :]
        found.paragraph("\n".join(line["text"] for line in above))
        found.table(rows)
    found.paragraph("\n".join(line["text"] for line in lines))
    if not any(_speaks(rows) for _, rows in ruled) and page.chars:
        for table in spacing.tables(page):
            if table.even or not table.wrapped:
                found.table(table.rows)
            if table.wrapped:
                found.note("without_lines" if table.even else "without_lines_unread")
    return len(page.chars)


def _ruled(page: Any) -> list[tuple[float, list[list[str]]]]:
    """Tables with ruling lines and where they begin; a merged cell's text stands in every place
    that it takes."""
    if len(page.edges) > _MOST_EDGES:
        return []
    tables = []
    for table in page.find_tables():
        texts = table.extract(x_tolerance=2) or []
        boxes = [(cell, str(text or "")) for row, line in zip(table.rows, texts, strict=True)
                 for cell, text in zip(row.cells, line, strict=True) if cell]  # fmt: skip
        columns = sorted({round(box[0], 1) for box, _ in boxes})
        rows = []
        for row, line in zip(table.rows, texts, strict=True):
            made = []
            for place, (cell, text) in enumerate(zip(row.cells, line, strict=True)):
                if cell is None and place < len(columns):
                    text = _covering(boxes, columns[place], (row.bbox[1] + row.bbox[3]) / 2)
                made.append(_unbroken(str(text or "")))
            rows.append(made)
        if len(columns) > 1:
            tables.append((table.bbox[1], rows))
    return tables


def _covering(boxes: Iterable[tuple[Any, str]], left: float, middle: float) -> str:
    for (x0, top, x1, bottom), text in boxes:
        if x0 - 1 <= left < x1 - 1 and top <= middle <= bottom:
            return text
    return ""


def _unbroken(text: str) -> str:
    """A cell's lines as one text; a word or a number in brackets that was divided is joined."""
    text = text.replace("-\n", "-")
    text = re.sub(r"(\(\s?\d*)\n(\d*\s?\))", r"\1\2", text)
    whole = text.replace("\n", " ")
    if "\n" in text and len(text) < 60 and role_of(whole) is Role.NONE:
        pieces = text.split("\n")
        for place in range(1, len(pieces)):
            joined = " ".join(pieces[:place]) + " ".join(pieces[place:])
            if role_of(joined) is not Role.NONE:
                return joined
    return whole


def _speaks(rows: list[list[str]]) -> bool:
    """Whether a table's head speaks of accuracies."""
    head = [role_of(cell) for row in rows[:3] for cell in row]
    return any(role in (Role.TEST, Role.ACCURACY) for role in head)
