"""Rows of numbers in a text file: points that were drawn, measured or computed elsewhere."""

import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from fclab.values.errors import DataError
from fclab.values.files import reading

_MOST_BYTES: Final = 1 << 20
_COMMA: Final = r"\s*,\s*"
_SEPARATORS: Final = (r"\s*[;\t]\s*", r"\s+", _COMMA)
_NUMBER: Final = re.compile(r"[+-]?(\d+([.,]\d+|\.)?|[.,]\d+)(e[+-]?\d+)?", re.IGNORECASE)


def read_rows(path: Path, columns: int) -> Iterator[tuple[int, tuple[float, ...] | None]]:
    """So many numbers of every line, between them a semicolon, tab, spaces or a comma.

    Between anything but a comma numbers may have a decimal comma. Empty lines do not count, and the
    first line may name the columns.

    Yields:
        The number of the line, from 1, and its numbers; None: it is no such line.

    Raises:
        DataError: there is no such file, or it is too large.
    """
    with reading(path), path.open("rb") as file:
        content = file.read(_MOST_BYTES + 1)
    if len(content) > _MOST_BYTES:
        raise DataError("{path} is too large for a file of points", path=path)
    for number, whole in enumerate(content.decode("utf-8-sig", "replace").splitlines(), start=1):
        line = whole.strip().replace("\N{MINUS SIGN}", "-")
        values = _numbers(line, columns)
        if line and not (values is None and number == 1):
            yield number, values


def _numbers(line: str, columns: int) -> tuple[float, ...] | None:
    for separator in _SEPARATORS:
        found = re.split(separator, line)
        if len(found) != columns or not all(map(_NUMBER.fullmatch, found)):
            continue
        if separator == _COMMA and any("," in text for text in found):
            continue
        values = tuple(float(text.replace(",", ".")) for text in found)
        if all(map(math.isfinite, values)):
            return values
    return None
