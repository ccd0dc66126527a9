"""How wide the columns of a table are: the same in every document, so that rows break alike."""

from fclab.report.model import Table
from fclab.words.spans import plain_text

WIDE = 6
"""Columns from which a table is set smaller."""
_LEAST, _MOST = 9, 28
"""Letters: how narrow and how wide a column becomes where the table takes the whole width."""
_POINTS_OF_TEXT = 165 / 25.4 * 72
_LETTER, _INSET = 0.53, 1.2
"""How wide a letter and the room at the sides of a cell are, in em."""


def size(table: Table) -> int:
    """Of the letters, points."""
    return 10 if len(table.header) >= WIDE else 12


def shares(table: Table) -> tuple[float, ...]:
    """The width of every column as a share of the text's. A table whose texts fit beside each
    other is as narrow as they are; in any other, the longest word is not broken if that can be
    helped, and longer texts get more room."""
    columns = [
        [plain_text(cell) for cell in cells]
        for cells in zip(table.header, *table.rows, strict=True)
    ]
    em = size(table) / _POINTS_OF_TEXT
    natural = [(max(map(len, texts)) * _LETTER + _INSET) * em for texts in columns]
    if sum(natural) <= 1:
        return tuple(natural)
    wanted = [_wanted(texts) for texts in columns]
    return tuple(one / sum(wanted) for one in wanted)


def _wanted(texts: list[str]) -> float:
    longest = max(len(word) for text in texts for word in text.split(" "))  # no-break spaces stay
    mean = sum(map(len, texts)) / len(texts)
    return min(max(longest + 4, mean, _LEAST), _MOST)
