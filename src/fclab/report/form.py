"""The forms that a report is set in: the page, what is numbered, and where pages begin."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

FormName = Literal["lab", "7.32", "2.105"]
"""Of a report that is handed in."""
SheetName = Literal["sheet", "sheets"]
"""Of a page or two for one reader; of one such page for each of many."""


@dataclass(frozen=True)
class Form:
    """A form of the document. All of them: A4, a Times face.

    Attributes:
        margins: of the page without its frame: left, right, top, bottom, mm.
        numbered: chapters and their sections have numbers; else chapters stand in the middle.
        capitals: what frames the chapters is written in capitals.
        breaks: every section at the top begins a page; else only an appendix does.
        framed: the frame of GOST 2.104 around every page, with its main inscription.
        size: of the letters, points; all other sizes follow it.
        lines: room from line to line, in lines of the face.
        contents: it has a table of contents.
    """

    margins: tuple[int, int, int, int] = (30, 15, 20, 20)
    numbered: bool = False
    capitals: bool = False
    breaks: bool = False
    framed: bool = False
    size: float = 14
    lines: float = 1.5
    contents: bool = True

    def scaled(self, points: float) -> float:
        """A size that suits letters of 14 points, for those of this form: to half a point."""
        return round(2 * points * self.size / 14) / 2


FORMS: Mapping[FormName | SheetName, Form] = {
    "lab": Form(),
    "7.32": Form(numbered=True, capitals=True, breaks=True),
    "2.105": Form((25, 10, 15, 30), numbered=True, breaks=True, framed=True),
    "sheet": Form((20, 15, 15, 15), size=11, lines=1.1, contents=False),
    "sheets": Form((20, 15, 15, 15), size=11, lines=1.1, breaks=True),
}
"""By name: what is usual for a laboratory work; GOST 7.32-2017, a report on research; GOST
2.105-2019, a text document of an engineering project; a page for one reader, and many of them."""

INSCRIBED = (
    "change", "sheet", "document", "signature", "date", "made", "checked", "norm", "approved",
    "letter", "sheets",
)  # fmt: skip
"""The words that the main inscription of a frame consists of, by their keys in the texts."""
