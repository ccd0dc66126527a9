"""PDF files with text: lines, tables with ruling lines, and tables set by white space alone."""

import io
from collections.abc import Iterable
from typing import Any, NamedTuple

from fclab.course.reading.document import Collector, Document, Unreadable
from fclab.course.reading.roles import Role, role_of

MOST_PAGES = 80
_MOST_EDGES = 3_000
"""Of a page; one with more has a drawing on it, in which no table is looked for."""
_FEW = 40
"""Characters: a file with fewer of them is a scan."""


class _Cell(NamedTuple):
    """A piece of a line, parted from its neighbours by white space."""

    left: float
    right: float
    text: str


def read_pdf(name: str, data: bytes) -> Document:
    """A PDF.

    Raises:
        Unreadable: it is damaged, has a password, or is a scan without text.
    """
    import pdfplumber
    from pdfminer.pdfdocument import PDFPasswordIncorrect
    from pdfplumber.utils.exceptions import PdfminerException

    found, characters, pictures = Collector(), 0, False
    try:
        with pdfplumber.open(io.BytesIO(data)) as pdf:
            for number, page in enumerate(pdf.pages):
                if number == MOST_PAGES:
                    found.note("too_many_pages", name)
                    break
                characters += _page(page, found)
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


def _page(page: Any, found: Collector) -> int:
    """Add a page.

    Returns:
        Its number of characters.
    """
    lines = page.extract_text_lines(strip=True, return_chars=False) if page.chars else []
    text = "\n".join(line["text"] for line in lines)
    found.paragraph(text)
    ruled = _ruled(page)
    for rows in ruled:
        found.table(rows)
    if not any(_speaks(rows) for rows in ruled) and page.chars:
        for rows in _spaced(page):
            found.table(rows)
    return len(text)


def _ruled(page: Any) -> list[list[list[str]]]:
    """Tables with ruling lines; a merged cell's text stands in every place that it takes."""
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
            tables.append(rows)
    return tables


def _covering(boxes: Iterable[tuple[Any, str]], left: float, middle: float) -> str:
    for (x0, top, x1, bottom), text in boxes:
        if x0 - 1 <= left < x1 - 1 and top <= middle <= bottom:
            return text
    return ""


def _unbroken(text: str) -> str:
    """A cell's lines as one text; a word that was divided is joined."""
    return text.replace("-\n", "-").replace("\n", " ")


def _speaks(rows: list[list[str]]) -> bool:
    """Whether a table's head speaks of accuracies."""
    head = [role_of(cell) for row in rows[:3] for cell in row]
    return any(role in (Role.TEST, Role.ACCURACY) for role in head)


def _spaced(page: Any) -> list[list[list[str]]]:
    """Tables without lines: from a line whose pieces are heads of a final table on, as long as the
    lines below have pieces in its columns."""
    lines = [_pieces(words) for words in _lines(page)]
    tables: list[list[list[str]]] = []
    number = 0
    while number < len(lines):
        head = lines[number]
        roles = {role_of(cell.text) for cell in head} - {Role.NONE}
        accurate = roles & {Role.TEST, Role.TRAIN, Role.ACCURACY}
        if len(head) < 2 or len(roles) < 2 or not accurate:
            number += 1
            continue
        rows = [[cell.text for cell in head]]
        number += 1
        while number < len(lines):
            row = _placed(lines[number], head)
            if row is None:
                break
            filled = sum(map(bool, row))
            if filled <= len(head) // 2 and len(rows) > 1:  # a cell goes on on the next line
                rows[-1] = [
                    " ".join(filter(None, pair)) for pair in zip(rows[-1], row, strict=True)
                ]
            else:
                rows.append(row)
            number += 1
        if len(rows) > 1:
            tables.append(rows)
    return tables


def _lines(page: Any) -> list[list[Any]]:
    """Words of a page by lines, from above."""
    words = page.extract_words(x_tolerance=1.5, y_tolerance=2, keep_blank_chars=False)
    lines: list[list[Any]] = []
    for word in sorted(words, key=lambda w: (round(w["top"]), w["x0"])):
        middle = (word["top"] + word["bottom"]) / 2
        last = lines[-1][0] if lines else None
        if last is not None and last["top"] <= middle <= last["bottom"]:
            lines[-1].append(word)
        else:
            lines.append([word])
    return [sorted(line, key=lambda w: w["x0"]) for line in lines]


def _pieces(words: list[Any]) -> list[_Cell]:
    cells: list[_Cell] = []
    for word in words:
        height = word["bottom"] - word["top"]
        if cells and word["x0"] - cells[-1].right < 0.7 * height:
            last = cells[-1]
            cells[-1] = _Cell(last.left, word["x1"], f"{last.text} {word['text']}")
        else:
            cells.append(_Cell(word["x0"], word["x1"], word["text"]))
    return cells


def _placed(line: list[_Cell], head: list[_Cell]) -> list[str] | None:
    """The pieces of a line by the columns that they stand under; None: it is no row."""
    row = [""] * len(head)
    for cell in line:
        overlap = [min(cell.right, c.right) - max(cell.left, c.left) for c in head]
        place = max(range(len(head)), key=overlap.__getitem__)
        if overlap[place] < -40:
            return None
        row[place] = f"{row[place]} {cell.text}".strip()
    if len(line) == 1 and len(head) > 2 and line[0].right - line[0].left > 250:
        return None
    return row
