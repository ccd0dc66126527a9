"""The formats of the report. One that is added is a renderer and a line here."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

RENDERERS: Mapping[str, str] = {
    "html": "fclab.report.html:write_html",
    "docx": "fclab.report.word:write_docx",
    "pdf": "fclab.report.pdf:write_pdf",
}
"""By the ending of the file: a function of a report and a path that writes the file, whole or not
at all, and returns the path."""

FORMATS = tuple(RENDERERS)

if TYPE_CHECKING:
    Format = str
else:
    Format = Literal[FORMATS]
