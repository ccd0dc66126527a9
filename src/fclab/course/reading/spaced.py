"""Tables of a PDF that are set by white space alone."""

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from fclab.course.reading.accuracy import accuracies_of
from fclab.course.reading.roles import Role, role_of
from fclab.course.reading.settings import settings_of

_DIGIT = re.compile(r"\d")


class _Cell(NamedTuple):
    """A piece of a line, parted from its neighbours by white space."""

    left: float
    right: float
    text: str


class Spaced(NamedTuple):
    """A table without lines.

    Attributes:
        rows: of cells.
        wrapped: cells take several lines: where a row ends was told by what is in it.
        even: every row has the same values, so that this went well.
    """

    rows: list[list[str]]
    wrapped: bool
    even: bool


class Spacing:
    """Finds tables without lines, page after page: one may go on on the next."""

    def __init__(self) -> None:
        self._open: list[_Cell] = []

    def tables(self, page: Any) -> list[Spaced]:
        """Those of the next page: from lines whose pieces are heads of a final table on, as long
        as the lines below have pieces in its columns."""
        lines = _lines(page)
        tables: list[Spaced] = []
        head, self._open, number = self._open, [], 0
        while number < len(lines):
            goes_on, end = bool(head), number
            if not goes_on:
                head, end = _head(lines, number)
            table, below = _below(head, lines, end) if head else (None, number)
            if table:
                tables.append(table)
                if below >= len(lines) - 1:  # the last line may be the page's number
                    self._open = head
                number = below
            elif not goes_on:
                number += 1
            head = []
        return tables


def _below(head: list[_Cell], lines: list[list[Any]], number: int) -> tuple[Spaced | None, int]:
    """The rows below heads, and the first line that is none of them."""
    rows, named, wrapped = [[cell.text for cell in head]], list[set[str]](), False
    edges = [cell.left for cell in head]
    while number < len(lines) and (row := _placed(_pieces(lines[number], edges), head)) is not None:
        own = _names(row, head)
        if not named and not own:
            break
        if named and not own & named[-1]:  # the cells go on on the next line
            rows[-1] = [" ".join(filter(None, pair)) for pair in zip(rows[-1], row, strict=True)]
            named[-1] |= own
            wrapped = True
        else:
            rows.append(row)
            named.append(own)
        number += 1
    if not named:
        return None, number
    values = [_names(row, head) for row in rows[1:]]
    return Spaced(rows, wrapped, all(own == values[0] for own in values)), number


def _head(lines: list[list[Any]], start: int) -> tuple[list[_Cell], int]:
    """The heads of a table that begins with a line, and the line below them; none: no head."""
    head, end = _pieces(lines[start]), start + 1
    if len(head) < 2 or not any(role_of(cell.text) is not Role.NONE for cell in head):
        return [], end
    while end < len(lines) and end - start < 6:
        cells = _pieces(lines[end], [cell.left for cell in head])
        if any(_DIGIT.search(cell.text) for cell in cells):
            break
        for cell in cells:
            place = _under(cell, head)
            if place is None:
                head.append(cell)
            else:
                above = head[place]
                head[place] = _Cell(min(above.left, cell.left), max(above.right, cell.right),
                                    f"{above.text} {cell.text}")  # fmt: skip
        end += 1
    head.sort(key=lambda cell: cell.left)
    roles = {role_of(cell.text) for cell in head} - {Role.NONE}
    accurate = roles & {Role.TEST, Role.TRAIN, Role.ACCURACY}
    return (head, end) if len(roles) > 1 and accurate else ([], end)


_TELLING = (
    Role.CONFIG, Role.HYPER, Role.LR, Role.BATCH, Role.EPOCHS, Role.ACCURACY, Role.TEST, Role.TRAIN,
)  # fmt: skip


def _names(row: list[str], head: list[_Cell]) -> set[str]:
    """Which values a line of a table has: one that has such a value again begins a new row."""
    out: set[str] = set()
    for text, cell in zip(row, head, strict=True):
        role = role_of(cell.text)
        if role not in _TELLING:
            continue
        said, accurate = settings_of(text), accuracies_of(text)
        out |= {name for name in ("lr", "batch_size", "epochs") if getattr(said, name) is not None}
        out |= {name for name in ("test", "train") if getattr(accurate, name) is not None}
        if role is Role.ACCURACY and accurate.bare:
            out.add("bare")
        elif role not in (Role.CONFIG, Role.HYPER) and re.search(r"^\W*\d", text):
            out.add(role.value)
    return out


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


_APART = (
    Role.CONFIG, Role.LR, Role.BATCH, Role.EPOCHS, Role.TEST, Role.TRAIN, Role.COMMENT,
)  # fmt: skip


def _pieces(words: list[Any], edges: Sequence[float] = ()) -> list[_Cell]:
    """The words of a line as pieces: parted by white space, and where columns are set closely by
    the left edges of their heads, or as heads or numbers that cannot be one cell."""
    cells: list[_Cell] = []
    for word in words:
        height, text = word["bottom"] - word["top"], word["text"]
        gap = word["x0"] - cells[-1].right if cells else height
        begins = gap > 0.15 * height and any(abs(word["x0"] - edge) < 1 for edge in edges)
        if (
            gap >= 0.7 * height
            or begins
            or (gap > 0.35 * height and _are_two(cells[-1].text, text))
        ):
            cells.append(_Cell(word["x0"], word["x1"], text))
        else:
            last = cells[-1]
            cells[-1] = _Cell(last.left, word["x1"], f"{last.text} {text}")
    return cells


def _are_two(left: str, right: str) -> bool:
    """Whether two texts beside each other are two heads, or two numbers that are not one."""
    one, two = role_of(left), role_of(right.rstrip(","))
    if one in _APART and two in _APART and one is not two:
        return True
    numbers = re.search(r"\d%?$", left) and re.match(r"\d", right)
    return bool(numbers) and not re.fullmatch(r"\d{3}", right)


def _placed(line: list[_Cell], head: list[_Cell]) -> list[str] | None:
    """The pieces of a line by the columns that they stand under; None: it is no row."""
    if len(line) == 1 and len(head) > 2:  # text across several columns stands below the table
        over = [min(line[0].right, c.right) - max(line[0].left, c.left) > 5 for c in head]
        if sum(over) > 1 or line[0].right - line[0].left > 250:
            return None
    row = [""] * len(head)
    for cell in line:
        place = _under(cell, head, 40)
        if place is None:
            return None
        row[place] = f"{row[place]} {cell.text}".strip()
    return row


def _under(cell: _Cell, head: list[_Cell], apart: float = 0) -> int | None:
    """The column that a piece stands under, or not further apart from than so many points."""
    overlap = [min(cell.right, c.right) - max(cell.left, c.left) for c in head]
    place = max(range(len(head)), key=overlap.__getitem__)
    return place if overlap[place] > -apart else None
