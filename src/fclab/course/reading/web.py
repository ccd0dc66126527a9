"""HTML pages and Markdown: no script is run, no link followed."""

import re
from typing import Any

from lxml import etree  # pyright: ignore[reportAttributeAccessIssue]

from fclab.course.reading.decoded import decoded
from fclab.course.reading.document import Collector, Document, Kind, Paragraph, Spans, Unreadable

_SKIPPED = {"script", "style", "template", "head", "object", "embed", "iframe", "svg", "noscript"}
_BREAKS = {
    "p", "div", "h1", "h2", "h3", "h4", "h5", "h6", "li", "ul", "ol", "section", "article", "dt",
    "dd", "blockquote", "figure", "figcaption", "header", "footer", "main", "body", "title",
}  # fmt: skip
_DEEP = 150
MOST_MARKDOWN = 500_000
"""Characters: a hundred times what a report has."""


def read_html(name: str, data: bytes) -> Document:
    """A page.

    Raises:
        Unreadable: there is nothing in it that could be parsed.
    """
    found = Collector()
    add_html(decoded(data), found)
    return found.document(name)


def add_html(text: str, found: Collector, kind: Kind = "text") -> None:
    """Add what a page says."""
    parser = etree.HTMLParser(
        no_network=True, recover=True, encoding="utf-8", remove_comments=True, remove_pis=True
    )
    text = re.sub(r"^\s*<\?xml[^>]*\?>", "", text[:8_000_000])
    try:
        root = etree.fromstring(text.encode("utf-8", "replace"), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Unreadable("damaged") from error
    if root is None:
        return
    _Walk(found, kind).walk(root)


class _Walk:
    def __init__(self, found: Collector, kind: Kind):
        self.found, self._pieces = found, list[str]()
        self.kind: Kind = kind

    def walk(self, root: Any) -> None:
        self._node(root, 0)
        self.flush()

    def inside(self, node: Any, depth: int) -> None:
        """What stands in an element, such as a cell."""
        self._pieces.append(_flowing(node.text))
        for child in node:
            self._node(child, depth)
        self.flush()

    def flush(self) -> None:
        text = re.sub(r"[ \t\r\f\v]+", " ", "".join(self._pieces))
        self.found.paragraph(text.strip(), self.kind)
        self._pieces = []

    def _node(self, node: Any, depth: int) -> None:
        tag = node.tag if isinstance(node.tag, str) else ""
        if not tag or tag in _SKIPPED or depth > _DEEP:
            pass
        elif tag == "table":
            self.flush()
            self.found.table(_rows(node, self.found, depth))
        elif tag == "pre":
            self.flush()
            self.found.paragraph("".join(node.itertext()), self.kind)
        elif tag == "br":
            self._pieces.append("\n")
        elif tag == "math":
            self._pieces.append(_formula(node, depth))
        else:
            if breaks := tag in _BREAKS:
                self.flush()
            if tag == "sup":
                self._pieces.append("^")
            self._pieces.append(_flowing(node.text))
            for child in node:
                self._node(child, depth + 1)
            if breaks:
                self.flush()
        self._pieces.append(_flowing(node.tail))


def _flowing(text: str | None) -> str:
    return re.sub(r"\s*\n\s*", " ", text or "")


def _rows(table: Any, found: Collector, depth: int) -> list[list[str]]:
    spans, ends = Spans(), False
    for node in _own(table, "tr", 0):
        if len(spans.rows) > 5_000:
            ends = True
            break
        spans.begin()
        for cell in node:
            if cell.tag in ("td", "th"):
                inner, texts = Collector(), list[str]()
                _Walk(inner, "text").inside(cell, depth + 10)
                for block in inner.blocks:
                    if isinstance(block, Paragraph):
                        texts.append(block.text)
                    else:
                        found.table([list(row) for row in block.rows])
                        texts += [" ".join(row) for row in block.rows]
                spans.cell("\n".join(texts), _int(cell, "colspan"), _int(cell, "rowspan"))
    if ends:
        found.note("too_many_cells")
    return spans.rows


def _own(node: Any, name: str, depth: int) -> list[Any]:
    """Rows of a table itself, not of those within it."""
    out = []
    for child in node:
        if child.tag == name:
            out.append(child)
        elif child.tag in ("thead", "tbody", "tfoot") and depth < 3:
            out += _own(child, name, depth + 1)
    return out


def _int(node: Any, name: str) -> int:
    value = node.get(name) or ""
    return int(value) if re.fullmatch(r"\s*\d{1,6}\s*", value) else 1


def _formula(node: Any, depth: int) -> str:
    if depth > _DEEP or not isinstance(node.tag, str):
        return ""
    inner = [_formula(child, depth + 1) for child in node]
    match node.tag.rsplit("}", 1)[-1]:
        case "msup" if len(inner) == 2:
            return f"{inner[0]}^{inner[1]}"
        case "mfrac" if len(inner) == 2:
            return f"{inner[0]}/{inner[1]}"
        case "annotation":
            return ""
    return (node.text or "").strip() + "".join(inner)


def read_markdown(name: str, data: bytes) -> Document:
    """Markdown, with GitHub's tables and HTML within it."""
    found = Collector()
    add_markdown(decoded(data), found)
    return found.document(name)


def add_markdown(text: str, found: Collector, kind: Kind = "text") -> None:
    """Add what a text in Markdown says; tables without an empty line before them are seen too."""
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"html": True, "maxNesting": 20, "breaks": True}).enable(
        "table"
    )
    text = re.sub(r"data:image/[^\s)\"'>]+", "", text)  # pictures that were pasted
    text = formulas(_parted_tables(text))
    if len(text) > MOST_MARKDOWN:
        found.note("too_much_text")
    add_html(parser.render(text[:MOST_MARKDOWN]), found, kind)


def _parted_tables(text: str) -> str:
    """Markdown with an empty line before every table."""
    lines = text.split("\n")
    out: list[str] = []
    for number, line in enumerate(lines):
        follows = lines[number + 1].lstrip() if number + 1 < len(lines) else ""
        rule = re.match(r"\|?\s*:?-{2,}", follows[:80])
        bars = line.strip().startswith("|") and line.strip().endswith("|")
        if rule and bars and out and out[-1].strip() and not out[-1].lstrip().startswith("|"):
            out.append("")
        out.append(line)
    return "\n".join(out)


def formulas(text: str) -> str:
    """A text with its formulas, ``$5\\cdot 10^{-3}$``, as one would type them."""
    return re.sub(r"(?<!\\)\$\$?([^$\n]{1,200})(?<!\\)\$\$?", lambda m: _latex(m[1]), text)


def _latex(text: str) -> str:
    """A formula on a line, as one would type it."""
    text = re.sub(r"\\(?:cdot|times)", "·", text)
    text = re.sub(r"\\frac\{([^{}]*)\}\{([^{}]*)\}", r"\1/\2", text)
    text = re.sub(r"\^\{([^{}]*)\}", r"^\1", text)
    text = re.sub(r"\\(?:text|mathrm|operatorname)\{([^{}]*)\}", r"\1", text)
    text = text.replace("\\%", "%").replace("\\_", "_").replace("{,}", ",")
    return re.sub(r"\\(?:,|;|!|:| )", " ", text).replace("\\rightarrow", "→").replace("\\to", "→")
