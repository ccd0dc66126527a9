"""Formulas for the PDF: MathML as the mathematics of typst."""

from collections.abc import Iterable
from xml.etree.ElementTree import Element

from fclab.report.mathml import Display, children, fences, is_fenced, is_single, tree

_SPACES = {"0.167em": "thin", "1em": "quad"}
_HATS = {"^": "hat"}
_PLAIN = set("=+−<>≤≥⊙←∑∂…·")
"""Operators that mean themselves in typst; every other one is escaped."""


def typst(latex: str, display: Display = "inline") -> str:
    """A formula as typst code for math mode. What a formula says in words is quoted there.

    Raises:
        ValueError: it needs a kind of element that is not known here.
    """
    return _row(children(tree(latex, display)))


def _row(parts: Iterable[Element]) -> str:
    # What is quoted side by side is one number: 0{,}15.
    return " ".join(_convert(part) for part in parts).replace('" "', "")


def _convert(part: Element) -> str:
    parts = list(part)
    match part.tag:
        case "mi":
            return _identifier(part.text or "")
        case "mn":
            return _quoted(part.text or "")
        case "mo":
            return _operator(part.text or "")
        case "mspace":
            return _SPACES[part.get("width", "")]
        case "mrow" if is_single(part):
            return _quoted(part[0].text or "")
        case "mrow" if is_fenced(part):
            return _fenced(part)
        case "mfrac":
            return f"frac({_argument(parts[0])}, {_argument(parts[1])})"
        case "msqrt":
            return f"sqrt({_row(children(part))})"
        case "msub" | "munder":
            return f"attach({_argument(parts[0])}, b: {_argument(parts[1])})"
        case "msup" | "mover" if part.get("accent") != "true":
            return f"attach({_argument(parts[0])}, t: {_argument(parts[1])})"
        case "msubsup" | "munderover":
            base, sub, sup = map(_argument, parts)
            return f"attach({base}, b: {sub}, t: {sup})"
        case "mover":
            return f"{_HATS[parts[1].text or '']}({_argument(parts[0])})"
    raise ValueError(f"a formula with <{part.tag}> cannot be written for typst")


def _argument(part: Element) -> str:
    grouped = part.tag == "mrow" and not is_fenced(part)
    return _row(children(part)) if grouped else _convert(part)


def _fenced(part: Element) -> str:
    opening, inside, closing = fences(part)
    match inside:
        case [table] if table.tag == "mtable" and not closing:
            return f"cases({', '.join(_cells(row) for row in table)})"
    return f"lr({_operator(opening)} {_row(inside)} {_operator(closing)})"


def _cells(row: Element) -> str:
    return " quad & ".join(_row(children(cell)) for cell in row)


def _identifier(name: str) -> str:
    return name if len(name) == 1 else f"op({_quoted(name)})"


def _operator(text: str) -> str:
    if text.isalpha():  # max
        return f"op({_quoted(text)})"
    return text if text in _PLAIN or not text else f"\\{text}"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
