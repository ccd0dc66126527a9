"""How wide the columns of a table are: the same in every document, so that rows break alike."""

from fclab.report.model import Table
from fclab.words.spans import plain_text

WIDE = 6
"""Columns from which a table is set smaller."""
MUCH = 1500
"""Letters in all cells from which it is, too."""
_POINTS_OF_TEXT = 165 / 25.4 * 72
_LETTER, _BOLD, _INSET = 0.53, 1.1, 1.2
"""How wide a letter is, in em; how much wider one of a heading; the room at the sides of a cell."""


def size(table: Table) -> int:
    """Of the letters, points."""
    letters = sum(len(span.text) for row in table.rows for cell in row for span in cell)
    return 10 if len(table.header) >= WIDE or letters > MUCH else 12


def shares(table: Table) -> tuple[float, ...]:
    """The width of every column as a share of the text's. A table whose texts fit beside each
    other is as narrow as they are; in any other, the longest word is not broken if that can be
    helped, and longer texts get more room."""
    heads = [plain_text(cell) for cell in table.header]
    columns = [
        [plain_text(cell) for cell in cells]
        for cells in zip(table.header, *table.rows, strict=True)
    ]
    em = size(table) / _POINTS_OF_TEXT
    natural = [
        (max(*map(len, texts), len(head) * _BOLD) * _LETTER + _INSET) * em
        for head, texts in zip(heads, columns, strict=True)
    ]
    if sum(natural) <= 1:
        return tuple(natural)
    # Every column holds its longest word; what is left goes to those that have more to say.
    least = [
        (max(_longest(texts), _longest([head]) * _BOLD) * _LETTER + _INSET) * em
        for head, texts in zip(heads, columns, strict=True)
    ]
    more = [
        max(_mean(texts) * _LETTER * em - width, 0.0)
        for texts, width in zip(columns, least, strict=True)
    ]
    left = 1 - sum(least)
    if left <= 0 or not sum(more):
        return tuple(width / sum(least) for width in least)
    return tuple(width + left * one / sum(more) for width, one in zip(least, more, strict=True))


def _longest(texts: list[str]) -> int:
    return max(len(word) for text in texts for word in text.split(" "))  # no-break spaces stay


def _mean(texts: list[str]) -> float:
    return sum(map(len, texts)) / len(texts)
