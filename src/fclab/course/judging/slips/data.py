"""One table under two settings of data: rows that speak of other classes than the rest."""

import re
from collections import Counter

from fclab.course.values import ClaimedRow, Claims, Slip

_OTHER = re.compile(
    r"друг\w+ (?:\w+ )?класс\w*|ин\w+ класс\w*|сменил\w* класс\w*|замен\w+ класс\w*|"
    r"other (?:\w+ )?classes|different classes|changed? (?:the )?classes|друг\w+ вариант\w*",
    re.IGNORECASE,
)
_NAMED = re.compile(r"(?:класс\w*|class(?:es)?)\D{0,12}(\d{1,2}(?:\s*(?:,|;|и|and)\s*\d{1,2})+)",
                    re.IGNORECASE)  # fmt: skip


def other_data(claims: Claims) -> tuple[Slip, ...]:
    """Rows whose network has another number of outputs than those of most rows, or whose words name
    other classes.

    Args:
        claims: what was understood.
    """
    outputs = Counter(row.layers[-1] for row in claims.rows if row.layers)
    most = outputs.most_common(1)[0][0] if outputs else None
    if claims.classes is not None:
        most = len(claims.classes)
    found = []
    for place, row in enumerate(claims.rows):
        text = " ".join((row.comment, *row.cells))
        if len(outputs) > 1 and row.layers and row.layers[-1] != most:
            found.append(Slip(kind="other_data", rows=(place,), values={
                "outputs": row.layers[-1], "most": most or 0,
            }))  # fmt: skip
        elif (named := _named(row)) and claims.classes and set(named) != set(claims.classes):
            found.append(Slip(kind="other_data", rows=(place,), values={"classes": named}))
        elif words := _OTHER.search(text):
            found.append(Slip(kind="other_data", rows=(place,), values={"text": words[0]}))
    return tuple(found)


def _named(row: ClaimedRow) -> tuple[int, ...]:
    for text in (row.comment, *row.cells):
        if found := _NAMED.search(text):
            return tuple(int(number) for number in re.findall(r"\d+", found[1]))
    return ()
