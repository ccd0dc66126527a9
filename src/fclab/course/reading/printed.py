"""Tables that stand in plain text: as programs print them, with bars or in columns of spaces."""

import re
from collections.abc import Iterator

from fclab.course.reading.document import Collector, Kind
from fclab.course.reading.roles import Role, role_of

_RULE = re.compile(r"[-+=|:\s\u2500-\u257f]+")
_MOST_LINES = 20_000
_ACCURATE = {Role.TEST, Role.TRAIN, Role.ACCURACY}


def add_printed(text: str, found: Collector, kind: Kind) -> None:
    """Add a text, and the tables in it whose heads are those of a final table.

    Args:
        text: as it was printed.
        found: what it is added to.
        kind: of the paragraph.
    """
    found.paragraph(text, kind)
    for rows in printed_tables(text):
        found.table(rows)


def printed_tables(text: str) -> Iterator[list[list[str]]]:
    """The tables of a text that have heads of a final table."""
    group: list[list[str]] = []
    barred = False
    for line in [*text.splitlines()[:_MOST_LINES], ""]:
        if line.strip() and _RULE.fullmatch(line):
            continue  # "+-----+", "----  ---" between rows
        bars = line.count("|") > 1 or line.count("\u2502") > 1
        cells = _cells(line, bars)
        if len(cells) < 2 or (group and bars != barred):
            if table := _table(group):
                yield table
            group = []
        if len(cells) > 1:
            group.append(cells)
            barred = bars


def _cells(line: str, bars: bool) -> list[str]:
    if bars:
        return [cell.strip() for cell in re.split(r"[|\u2502]", line.strip().strip("|\u2502"))]
    return [cell.strip() for cell in re.split(r"\t|\s{2,}", line.strip())]


def _table(group: list[list[str]]) -> list[list[str]] | None:
    """Lines as a table from the first one on that is its heads: the lines below have as many cells,
    or one more, the number of the row."""
    for top, head in enumerate(group[:-1]):
        if sum(bool(re.search(r"\d", cell)) for cell in head) * 2 > len(head):
            continue
        roles = {role_of(cell) for cell in head} - {Role.NONE}
        if len(roles) < 2 or not roles & _ACCURATE:
            continue
        rows = []
        for row in group[top + 1 :]:
            if len(row) == len(head) + 1 and re.fullmatch(r"\S{1,20}", row[0]):
                row = row[1:]
            if len(row) != len(head):
                break
            rows.append(row)
        if rows:
            return [head, *rows]
    return None
