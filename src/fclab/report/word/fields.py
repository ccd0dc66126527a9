"""Fields of Word: numbers, references, the table of contents; and the bookmarks they point to.

A field is code that Word computes, with the result that it had when the file was written: what is
shown by a reader that computes nothing.
"""

from collections.abc import Callable, Iterator
from itertools import count

from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.text.paragraph import Paragraph
from docx.text.run import Run


def add_field(paragraph: Paragraph, code: str, result: str) -> Run:
    """A field at the end of a paragraph, with the result that it shows now; returns the run of
    the result."""
    begin_field(paragraph, code)
    shown = paragraph.add_run(result)
    end_field(paragraph)
    return shown


def begin_field(paragraph: Paragraph, code: str) -> None:
    """What comes before the result of a field; the result may span paragraphs."""
    _mark(paragraph, "begin")
    instruction = OxmlElement("w:instrText")
    instruction.set(qn("xml:space"), "preserve")
    instruction.text = f" {code} "
    paragraph.add_run()._r.append(instruction)
    _mark(paragraph, "separate")


def end_field(paragraph: Paragraph) -> None:
    """What comes after the result of a field."""
    _mark(paragraph, "end")


def _mark(paragraph: Paragraph, kind: str) -> None:
    mark = OxmlElement("w:fldChar")
    mark.set(qn("w:fldCharType"), kind)
    paragraph.add_run()._r.append(mark)


class Bookmarks:
    """Names places in a document; every bookmark has a number of its own."""

    def __init__(self):
        self._ids: Iterator[int] = count(1)

    def around(self, paragraph: Paragraph, name: str, add: Callable[[], object]) -> None:
        """Give a name to whatever ``add`` appends to the paragraph."""
        number = str(next(self._ids))
        start, end = OxmlElement("w:bookmarkStart"), OxmlElement("w:bookmarkEnd")
        start.set(qn("w:id"), number)
        start.set(qn("w:name"), name)
        end.set(qn("w:id"), number)
        paragraph._p.append(start)
        add()
        paragraph._p.append(end)


def add_link(paragraph: Paragraph, bookmark: str) -> Paragraph:
    """A link to a bookmark; what is added to the paragraph that is returned stands in it."""
    link = OxmlElement("w:hyperlink")
    link.set(qn("w:anchor"), bookmark)
    link.set(qn("w:history"), "1")
    paragraph._p.append(link)
    return _Inside(link, paragraph)


class _Inside(Paragraph):
    """A link that takes runs as a paragraph does."""

    def add_run(self, text: str | None = None, style: object = None) -> Run:
        """A run at the end of the link."""
        element = OxmlElement("w:r")
        self._p.append(element)
        run = Run(element, self)
        if text:
            run.text = text
        return run
