"""The forms that a report is set in: the page, what is numbered, and where pages begin."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

FormName = Literal["lab", "7.32", "2.105"]


@dataclass(frozen=True)
class Form:
    """A form of the document. All of them: A4, a Times face of 14 points, 1.5 lines.

    Attributes:
        margins: of the page without its frame: left, right, top, bottom, mm.
        numbered: chapters and their sections have numbers; else chapters stand in the middle.
        capitals: what frames the chapters is written in capitals.
        breaks: every section at the top begins a page; else only an appendix does.
        framed: the frame of GOST 2.104 around every page, with its main inscription.
    """

    margins: tuple[int, int, int, int] = (30, 15, 20, 20)
    numbered: bool = False
    capitals: bool = False
    breaks: bool = False
    framed: bool = False


FORMS: Mapping[FormName, Form] = {
    "lab": Form(),
    "7.32": Form(numbered=True, capitals=True, breaks=True),
    "2.105": Form((25, 10, 15, 30), numbered=True, breaks=True, framed=True),
}
"""By name: what is usual for a laboratory work; GOST 7.32-2017, a report on research; GOST
2.105-2019, a text document of an engineering project."""

INSCRIBED = (
    "change", "sheet", "document", "signature", "date", "made", "checked", "norm", "approved",
    "letter", "sheets",
)  # fmt: skip
"""The words that the main inscription of a frame consists of, by their keys in the texts."""
