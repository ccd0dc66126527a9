"""A submission's file as text and tables, whatever its format was."""

from typing import Literal, NamedTuple

Kind = Literal["text", "code", "output"]
"""What a paragraph is: a student's words, source code of a notebook, what its code printed."""

MOST_CELLS = 40_000
"""Of all tables of a file together."""
MOST_TEXT = 2_000_000
"""Characters of a file."""
MOST_CELL = 2_000
"""Characters of a cell."""
MOST_SPAN = 200
"""Rows or columns that one cell may take."""

Note = tuple[str, str]
"""A code of ``reading.unread`` of the texts, and what it is about."""


class Paragraph(NamedTuple):
    """Text; it may have several lines."""

    text: str
    kind: Kind = "text"


class Table(NamedTuple):
    """A table; every row has the same number of cells, a merged cell's text stands in each."""

    rows: tuple[tuple[str, ...], ...]


class Document(NamedTuple):
    """What a file says.

    Attributes:
        name: of the file, within the folder of submissions.
        blocks: in the order of the file.
        notes: what could not be read.
    """

    name: str
    blocks: tuple[Paragraph | Table, ...] = ()
    notes: tuple[Note, ...] = ()

    def text(self, *kinds: Kind) -> str:
        """All paragraphs (of these kinds), one under the other."""
        found = (b for b in self.blocks if isinstance(b, Paragraph))
        return "\n".join(b.text for b in found if not kinds or b.kind in kinds)

    def title(self, most: int = 6_000) -> str:
        """The beginning: paragraphs and the cells of tables, which title pages are set in."""
        made, length = list[str](), 0
        for block in self.blocks:
            if isinstance(block, Table):
                lines = ("  ".join(dict.fromkeys(filter(None, row))) for row in block.rows[:40])
                text = "\n".join(lines)
            else:
                text = block.text if block.kind == "text" else ""
            made.append(text[:most])
            length += len(text)
            if length > most:
                break
        return "\n".join(made)[:most]


class Unreadable(Exception):
    """A file cannot be read.

    Args:
        code: of ``reading.unread``.
    """

    def __init__(self, code: str):
        super().__init__(code)
        self.code = code


class Collector:
    """Gathers blocks of a file within the bounds."""

    def __init__(self) -> None:
        self.blocks: list[Paragraph | Table] = []
        self.notes: list[Note] = []
        self._cells, self._text = 0, 0

    def paragraph(self, text: str, kind: Kind = "text") -> None:
        """Add text; what is beyond the bound is left out and named."""
        if not text.strip():
            return
        left = MOST_TEXT - self._text
        if len(text) > left:
            self.note("too_much_text")
        if left > 0:
            self.blocks.append(Paragraph(text[:left], kind))
            self._text += min(len(text), left)

    def table(self, rows: "list[list[str]]") -> None:
        """Add a table; rows beyond the bound are left out and named."""
        width = max((len(row) for row in rows), default=0)
        kept: list[tuple[str, ...]] = []
        for row in rows:
            if self._cells + width > MOST_CELLS:
                self.note("too_many_cells")
                break
            self._cells += width
            kept.append(
                tuple(cell.strip()[:MOST_CELL] for cell in row) + ("",) * (width - len(row))
            )
        if any(any(row) for row in kept):
            self.blocks.append(Table(tuple(kept)))

    def note(self, code: str, about: str = "") -> None:
        """Name something that was not read."""
        if (code, about) not in self.notes:
            self.notes.append((code, about))

    def document(self, name: str) -> Document:
        """All that was gathered."""
        return Document(name, tuple(self.blocks), tuple(self.notes))


class Spans:
    """Places cells that take several rows and columns into a table."""

    def __init__(self) -> None:
        self.rows: list[list[str]] = []
        self._waiting: dict[int, tuple[int, str]] = {}

    def begin(self) -> None:
        """A new row."""
        self.rows.append([])
        self._fill()

    def cell(self, text: str, across: int = 1, down: int = 1) -> None:
        """The next cell of the row."""
        across, down = (max(1, min(n, MOST_SPAN)) for n in (across, down))
        row = self.rows[-1]
        for _ in range(across):
            if len(row) >= MOST_SPAN:
                return
            if down > 1:
                self._waiting[len(row)] = (down - 1, text)
            row.append(text)
        self._fill()

    def _fill(self) -> None:
        row = self.rows[-1]
        while (waits := self._waiting.get(len(row))) is not None:
            left, text = waits
            if left > 1:
                self._waiting[len(row)] = (left - 1, text)
            else:
                del self._waiting[len(row)]
            row.append(text)
