"""Formulas for Word: MathML as Office Math (OMML), which Word edits as its own."""

from collections.abc import Sequence
from xml.etree.ElementTree import Element

from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.oxml.xmlchemy import BaseOxmlElement as Node

from fclab.report.mathml import Display, children, fences, is_fenced, is_single, tree

_FONT = "Cambria Math"
_THIN, _SPACES = "\N{THIN SPACE}", {"0.167em": "\N{THIN SPACE}", "1em": "\N{EM SPACE}"}
_SUMS = "∑∏∫"
_SCRIPTS = {
    "msub": ("sSub", ("sub",)),
    "msup": ("sSup", ("sup",)),
    "msubsup": ("sSubSup", ("sub", "sup")),
}
_ENDS_SUM = {"=", "←", ","}
_HATS = {"^": "\N{COMBINING CIRCUMFLEX ACCENT}"}


def omml(latex: str, display: Display = "inline") -> Node:
    """A formula as an ``m:oMath`` element.

    Raises:
        ValueError: it needs a kind of element that is not known here.
    """
    return _node("oMath", *_row(children(tree(latex, display))))


def displayed(latex: str) -> Node:
    """A formula on a line of its own, in the middle: an ``m:oMathPara`` element."""
    return _node("oMathPara", _node("oMathParaPr", _value("jc", "center")), omml(latex, "block"))


def _row(parts: Sequence[Element]) -> list[Node]:
    """The nodes of a row. A sum takes in what it is a sum of, brackets what stands between them:
    Word has no brackets by themselves."""
    nodes: list[Node] = []
    for place, part in enumerate(parts):
        if _opens(part):
            end = _closing(parts, place)
            inside = _row(parts[place + 1 : end])
            return [*nodes, _closed(parts[end], inside), *_row(parts[end + 1 :])]
        if _is_sum(part):
            end = next(
                (i for i, later in enumerate(parts[place + 1 :], place + 1)
                 if later.tag == "mo" and later.text in _ENDS_SUM),
                len(parts),
            )  # fmt: skip
            return [
                *nodes,
                _sum(part, _row(parts[place + 1 : end])),
                *_row(parts[end:]),
            ]
        nodes.append(_convert(part))
        if part.tag == "mi" and len(part.text or "") > 1 and _needs_space(parts, place):
            nodes.append(_run(_THIN, "p"))
    return nodes


def _opens(part: Element) -> bool:
    return part.tag == "mo" and part.text == "("


def _closes(part: Element) -> bool:
    base = part[0] if part.tag in _SCRIPTS else part
    return base.tag == "mo" and base.text == ")"


def _closing(parts: Sequence[Element], opening: int) -> int:
    """The place of the bracket that closes the one at ``opening``."""
    depth = 0
    for place, part in enumerate(parts[opening:], opening):
        depth += _opens(part) - _closes(part)
        if depth == 0:
            return place
    raise ValueError("a formula has a bracket that is not closed")


def _closed(part: Element, inside: Sequence[Node]) -> Node:
    """What stands between brackets, with the scripts of the closing one."""
    brackets = _brackets("(", inside, ")")
    if part.tag == "mo":
        return brackets
    name, arguments = _SCRIPTS[part.tag]
    base = _node("e", brackets)
    scripts = [_argument(a, script) for a, script in zip(arguments, list(part)[1:], strict=True)]
    return _node(name, base, *scripts)


def _needs_space(parts: Sequence[Element], place: int) -> bool:
    """A function's name stands off from an argument without brackets: tanh z, but max(0, z)."""
    return place + 1 < len(parts) and parts[place + 1].tag != "mo"


def _convert(part: Element) -> Node:
    parts = list(part)
    match part.tag:
        case "mi":
            name = part.text or ""
            return _run(name, "i" if len(name) == 1 and (name.isascii() or name.islower()) else "p")
        case "mn" | "mo":
            return _run(part.text or "", "p")
        case "mspace":
            return _run(_SPACES[part.get("width", "")], "p")
        case "mrow" if is_single(part):
            return _run(part[0].text or "", "p")
        case "mrow" if is_fenced(part):
            return _fenced(part)
        case "mfrac":
            return _node("f", _argument("num", parts[0]), _argument("den", parts[1]))
        case "msqrt":
            properties = _node("radPr", _value("degHide", "1"))
            return _node("rad", properties, _node("deg"), _node("e", *_row(children(part))))
        case "msub" | "msup" | "msubsup":
            name, arguments = _SCRIPTS[part.tag]
            return _node(name, *map(_argument, ("e", *arguments), parts))
        case "mover" if part.get("accent") == "true":
            accent = _node("accPr", _value("chr", _HATS[parts[1].text or ""]))
            return _node("acc", accent, _argument("e", parts[0]))
        case "mtable":
            return _table(parts)
    raise ValueError(f"a formula with <{part.tag}> cannot be written for Word")


def _is_sum(part: Element) -> bool:
    scripts = part.tag in ("munder", "munderover", "msub", "msubsup")
    return (part[0] if scripts else part).text in tuple(_SUMS)


def _sum(part: Element, inside: Sequence[Node]) -> Node:
    sign, *limits = list(part) or [part]
    properties = _node(
        "naryPr",
        _value("chr", sign.text or ""),
        _value("limLoc", "undOvr" if part.tag.startswith("munder") else "subSup"),
    )
    if len(limits) < 2:
        properties.append(_value("supHide", "1"))
    sub = _argument("sub", limits[0]) if limits else _node("sub")
    sup = _argument("sup", limits[1]) if len(limits) > 1 else _node("sup")
    return _node("nary", properties, sub, sup, _node("e", *inside))


def _fenced(part: Element) -> Node:
    opening, inside, closing = fences(part)
    return _brackets(opening, _row(inside), closing)


def _brackets(opening: str, inside: Sequence[Node], closing: str) -> Node:
    properties = _node("dPr", _value("begChr", opening), _value("endChr", closing))
    return _node("d", properties, _node("e", *inside))


def _table(rows: Sequence[Element]) -> Node:
    columns = max(len(row) for row in rows)
    left = _node("mcPr", _value("count", str(columns)), _value("mcJc", "left"))
    made = _node("m", _node("mPr", _node("mcs", _node("mc", left))))
    for row in rows:
        made.append(_node("mr", *(_node("e", *_row(children(cell))) for cell in row)))
    return made


def _argument(name: str, part: Element) -> Node:
    grouped = part.tag == "mrow" and not is_fenced(part)
    return _node(name, *_row(children(part) if grouped else [part]))


def _run(text: str, style: str) -> Node:
    fonts = OxmlElement("w:rFonts")  # Word sets mathematics in a face that has it
    for script in ("ascii", "hAnsi"):
        fonts.set(qn(f"w:{script}"), _FONT)
    face = OxmlElement("w:rPr")
    face.append(fonts)
    words = _node("t")
    words.text = text
    words.set(qn("xml:space"), "preserve")
    return _node("r", _node("rPr", _value("sty", style)), face, words)


def _node(name: str, *inside: Node) -> Node:
    made = OxmlElement(f"m:{name}")
    made.extend(inside)
    return made


def _value(name: str, value: str) -> Node:
    made = _node(name)
    made.set(qn("m:val"), value)
    return made
