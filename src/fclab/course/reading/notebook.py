"""Notebooks: Markdown, source and what the cells printed. Nothing is run."""

import json
import re
from typing import Any

from fclab.course.reading.decoded import decoded
from fclab.course.reading.document import Collector, Document, Unreadable
from fclab.course.reading.printed import add_printed
from fclab.course.reading.web import add_html, add_markdown

_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_MOST_OUTPUT = 200_000
"""Characters of one output; the rest is a log of epochs."""
_MOST_CELLS = 2_000


def read_notebook(name: str, data: bytes) -> Document:
    """An .ipynb of any version.

    Raises:
        Unreadable: it is not one.
    """
    try:
        book = json.loads(decoded(data))
    except (ValueError, RecursionError) as error:
        raise Unreadable("damaged") from error
    if not isinstance(book, dict):
        raise Unreadable("damaged")
    found, printed = Collector(), False
    cells = book.get("cells")
    if not isinstance(cells, list):  # versions before 4
        sheets = book.get("worksheets")
        cells = [c for s in sheets if isinstance(s, dict) for c in _list(s.get("cells"))] \
            if isinstance(sheets, list) else None  # fmt: skip
    if cells is None:
        raise Unreadable("damaged")
    for cell in cells[:_MOST_CELLS]:
        if not isinstance(cell, dict):
            continue
        source = _text(cell.get("source", cell.get("input")))
        if cell.get("cell_type") != "code":
            add_markdown(source, found)
            continue
        found.paragraph(source, "code")
        for output in _list(cell.get("outputs")):
            if isinstance(output, dict):
                printed = True
                _output(output, found)
    if not printed:
        found.note("no_outputs", name)
    return found.document(name)


def _output(output: dict[str, Any], found: Collector) -> None:
    data = output.get("data") if isinstance(output.get("data"), dict) else output
    assert isinstance(data, dict)
    if html := _text(data.get("text/html")):
        add_html(html[:_MOST_OUTPUT], found, "output")
    elif markdown := _text(data.get("text/markdown")):
        add_markdown(markdown[:_MOST_OUTPUT], found, "output")
    else:
        text = _text(output.get("text")) or _text(data.get("text/plain"))
        text = _ESCAPES.sub("", text)
        if len(text) > _MOST_OUTPUT:
            text = text[: _MOST_OUTPUT // 2] + "\n" + text[-_MOST_OUTPUT // 2 :]
        add_printed(text, found, "output")


def _text(value: object) -> str:
    if isinstance(value, list):
        return "".join(piece for piece in value if isinstance(piece, str))
    return value if isinstance(value, str) else ""


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
