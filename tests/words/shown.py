"""What a person reads in a page, a document or a notebook: its text without code and formulas."""

import html
import io
import re
import tokenize
import zipfile
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import nbformat

_UNREAD = {"style", "script", "code", "pre", "math", "svg"}
_READ_ATTRIBUTES = {"alt", "title", "aria-label"}
_WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


class Page(HTMLParser):
    """What is read in HTML: a line for every element that holds text, and what stands in code.

    Args:
        html: a page or a fragment.
    """

    def __init__(self, html: str):
        super().__init__(convert_charrefs=True)
        self.lines: list[str] = []
        self.code: list[str] = []
        self.headings: list[str] = []
        self._open: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        if tag not in ("meta", "img", "br", "link", "input", "hr", "col"):
            self._open.append(tag)
        self.lines += [value for name, value in attrs if name in _READ_ATTRIBUTES and value]

    def handle_endtag(self, tag):
        if tag in self._open:
            while self._open.pop() != tag:
                pass

    def handle_data(self, data):
        if "code" in self._open or "pre" in self._open:
            self.code.append(data)
        elif not _UNREAD.intersection(self._open):
            self.lines.append(data)
            if "thead" in self._open:
                self.headings.append(data)


def document_text(path: Path) -> Iterator[str]:
    """The paragraphs of a DOCX and its footer, the words for its pictures, its title."""
    with zipfile.ZipFile(path) as parts:
        names = [n for n in parts.namelist() if n.startswith(("word/document", "word/footer"))]
        roots = [ElementTree.fromstring(parts.read(name)) for name in (*names, "docProps/core.xml")]
    for root in roots:
        for element in root.iter():
            if element.tag == f"{_WORD}p" and not _is_listing(element):
                yield "".join(part.text or "" for part in element.iter(f"{_WORD}t"))
            elif element.tag.endswith("}docPr"):
                yield element.get("descr", "")
            elif element.tag.endswith("}title"):
                yield element.text or ""


def _is_listing(paragraph: ElementTree.Element) -> bool:
    style = paragraph.find(f"{_WORD}pPr/{_WORD}pStyle")
    return style is not None and style.get(f"{_WORD}val") == "Listing"


_MARKDOWN = re.compile(r"`[^`]*`|\$\$.*?\$\$|\$[^$]*\$|\]\([^)]*\)|<a id=.*?</a>", re.DOTALL)


def notebook_text(path: Path) -> Iterator[str]:
    """Markdown without code, formulas and addresses; what is read in the code."""
    cells = nbformat.read(path, as_version=4).cells
    yield from (
        html.unescape(_MARKDOWN.sub(" ", cell.source)) for cell in cells if cell.cell_type != "code"
    )
    code = "\n".join(cell.source for cell in cells if cell.cell_type == "code")
    yield from code_text(code)


def code_text(code: str) -> Iterator[str]:
    """Comments and texts of a program without the names that it has: a text without a blank is
    one."""
    tokens = [*tokenize.generate_tokens(io.StringIO(code).readline)]
    names = {token.string for token in tokens if token.type == tokenize.NAME}
    names |= {*re.findall(r"\w+", " ".join(re.findall(r"\{.*?\}", code)))}  # of f-strings, too
    for token in tokens:
        text = re.sub(r"\{.*?\}", "", token.string)
        if token.type == tokenize.COMMENT or (token.type == tokenize.STRING and " " in text):
            yield re.sub(r"\w+", lambda word: "" if word[0] in names else word[0], text)
