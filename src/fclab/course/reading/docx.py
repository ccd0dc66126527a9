"""Word documents: text in its order, tables with merged cells, text boxes, headers, formulas."""

import re
from typing import Any

from lxml import etree  # pyright: ignore[reportAttributeAccessIssue]

from fclab.course.reading.archive import Archive, xml_of
from fclab.course.reading.document import Collector, Document, Paragraph, Unreadable

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_STRICT = "{http://purl.oclc.org/ooxml/wordprocessingml/main}"
_MATH = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_PARTS = re.compile(r"word/(document\d*|header\d*|footer\d*|footnotes|endnotes)\.xml")
_DEEP = 200


def parse_xml(data: bytes) -> Any:
    """The root of an XML file; nothing outside it is read.

    Raises:
        Unreadable: it is not well-formed, or too deep or large.
    """
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False,
        remove_comments=True, remove_pis=True, recover=True,
    )  # fmt: skip
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Unreadable("damaged") from error
    if root is None:
        raise Unreadable("damaged")
    return root


def read_docx(name: str, data: bytes) -> Document:
    """A DOCX (or DOCM: macros are not looked at).

    Raises:
        Unreadable: it is damaged, encrypted, or beyond the bounds.
    """
    archive, found = Archive(data), Collector()
    parts = sorted(filter(_PARTS.fullmatch, archive.names()), key=lambda n: "document" not in n)
    if not parts or "document" not in parts[0]:
        raise Unreadable("damaged")
    for part in parts:
        try:
            root = parse_xml(xml_of(archive, part))
        except Unreadable:
            if "document" in part:
                raise
            found.note("part_unread", f"{name}: {part}")
            continue
        _blocks(root, found, 0)
    if not found.blocks and any(n.startswith("word/media/") for n in archive.names()):
        found.note("only_pictures", name)
    return found.document(name)


def _tag(node: Any) -> str:
    """The name of an element of Word's own, in either edition of the standard."""
    tag = node.tag if isinstance(node.tag, str) else ""
    for space in (_W, _STRICT):
        if tag.startswith(space):
            return tag[len(space) :]
    return tag


def _blocks(node: Any, found: Collector, depth: int) -> None:
    for child in node:
        match _tag(child):
            case "p":
                found.paragraph(_paragraph(child, found, depth))
            case "tbl":
                found.table(_table(child, found, depth))
            case "del" | "moveFrom":
                continue
            case _ if depth < _DEEP:
                _blocks(child, found, depth + 1)


def _paragraph(node: Any, found: Collector, depth: int) -> str:
    pieces: list[str] = []
    _pieces(node, pieces, found, depth)
    return "".join(pieces)


def _pieces(node: Any, pieces: list[str], found: Collector, depth: int) -> None:
    if depth > _DEEP:
        return
    for child in node:
        tag = _tag(child)
        match tag:
            case "t":
                text = child.text or ""
                pieces.append(_raised(child, text))
            case "tab":
                pieces.append("\t")
            case "br" | "cr":
                pieces.append("\n")
            case "noBreakHyphen":
                pieces.append("-")
            case "del" | "moveFrom" | "instrText" | "delText":
                continue
            case "txbxContent":
                _blocks(child, found, depth + 1)
            case _ if tag.startswith(_MATH):
                pieces.append(_formula(child, depth))
            case _ if tag.endswith("}Fallback"):  # the same once more, for old programs
                continue
            case _:
                _pieces(child, pieces, found, depth + 1)


def _raised(node: Any, text: str) -> str:
    """Digits set as a superscript are a power: 10⁻³ of two runs."""
    run = node.getparent()
    style = run.find(f"{_W}rPr/{_W}vertAlign") if run is not None else None
    if style is not None and style.get(f"{_W}val") == "superscript":
        return "^" + text if re.match(r"\s*[-−–]?\d", text) else text
    return text


def _formula(node: Any, depth: int) -> str:
    if depth > _DEEP:
        return ""
    part = lambda name: "".join(  # noqa: E731
        _formula(one, depth + 1) for one in node.findall(f"{_MATH}{name}")
    )
    match node.tag:
        case t if t == f"{_MATH}t":
            return node.text or ""
        case t if t == f"{_MATH}f":
            return f"{part('num')}/{part('den')}"
        case t if t == f"{_MATH}sSup":
            return f"{part('e')}^{part('sup')}"
        case t if t == f"{_MATH}sSub":
            return f"{part('e')}_{part('sub')}"
    return "".join(_formula(one, depth + 1) for one in node if isinstance(one.tag, str))


def _table(node: Any, found: Collector, depth: int) -> list[list[str]]:
    rows: list[list[str]] = []
    above: dict[int, str] = {}
    for line in _children(node, "tr"):
        row: list[str] = []
        before = _number(line, "trPr", "gridBefore", 0)
        row += [""] * min(before, 50)
        for cell in _children(line, "tc"):
            text = _cell(cell, found, depth + 1)
            across = max(1, min(_number(cell, "tcPr", "gridSpan", 1), 200))
            merge = _property(cell, "tcPr", "vMerge")
            if merge is not None and (_value(merge) or "continue") == "continue":
                text = above.get(len(row), text)
            for _ in range(across):
                above[len(row)] = text
                row.append(text)
            if len(row) > 500:
                break
        rows.append(row)
    return rows


def _children(node: Any, name: str) -> list[Any]:
    """Rows or cells, those in content controls and revisions too."""
    out: list[Any] = []
    for child in node:
        tag = _tag(child)
        if tag == name:
            out.append(child)
        elif tag in ("sdt", "sdtContent", "ins", "customXml", "smartTag"):
            out += _children(child, name)
    return out


def _cell(node: Any, found: Collector, depth: int) -> str:
    if depth > _DEEP // 8:
        return ""
    inner = Collector()
    _blocks(node, inner, depth)
    texts = []
    for block in inner.blocks:
        if isinstance(block, Paragraph):
            texts.append(block.text)
        else:
            found.table([list(row) for row in block.rows])
            texts += [" ".join(row) for row in block.rows]
    return "\n".join(texts)


def _property(node: Any, group: str, name: str) -> Any:
    for space in (_W, _STRICT):
        one = node.find(f"{space}{group}/{space}{name}")
        if one is not None:
            return one
    return None


def _value(node: Any) -> str | None:
    return node.get(f"{_W}val") or node.get(f"{_STRICT}val")


def _number(node: Any, group: str, name: str, default: int) -> int:
    one = _property(node, group, name)
    value = _value(one) if one is not None else None
    return int(value) if value and re.fullmatch(r"\d{1,4}", value) else default
