"""A formula in one line of plain text, for places that cannot typeset it: a terminal.

LaTeX becomes MathML (latex2mathml reads it), and the tree of MathML becomes text.
"""

import re
import unicodedata
from collections.abc import Sequence
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from latex2mathml.converter import convert

_LOW = str.maketrans("0123456789+-aehijklmnoprstuvx", "₀₁₂₃₄₅₆₇₈₉₊₋ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ")
_HIGH = str.maketrans("0123456789+-⊤", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ᵀ")
_HATS = {"^": "\N{COMBINING CIRCUMFLEX ACCENT}", "¯": "\N{COMBINING MACRON}"}
_SPACED = "=←≈∈·+−-⊙≥≤><"

_TIDY = {r" \)": ")", r"(?<![=←+−·⊙]) \(": "(", r"(^|\(|[=,] )− ": r"\1−"}
"""Spaces that nobody puts: before a closing bracket, before arguments, after a sign of a number."""


def linear(latex: str) -> str:
    """``\\frac{a}{b} x_1^2`` as ``a/b x₁²``.

    Raises:
        Exception: latex2mathml cannot read it.
    """
    line = " ".join(_text(ElementTree.fromstring(convert(latex))).split())
    for loose, tight in _TIDY.items():
        line = re.sub(loose, tight, line)
    return unicodedata.normalize("NFC", line)


def _text(element: Element) -> str:
    parts = list(element)
    match element.tag.rpartition("}")[2]:
        case "mi" | "mn" | "mtext":
            words = (element.text or "").strip()
            return f" {words} " if len(words) > 1 and words.isalpha() else words
        case "mo":
            sign = (element.text or "").strip()
            return f" {sign} " if sign in _SPACED else f"{sign} " if sign in ",;" else sign
        case "mspace":
            return " "
        case "mfrac":
            return "/".join(_grouped(_text(part)) for part in parts)
        case "msqrt":
            return "√" + _grouped(_row(parts))
        case "msub" | "munder":
            low = _text(parts[0]) + _script(parts[1], _LOW, "_")
            return f" {low} " if low.startswith("∑") else low
        case "msup":
            return _text(parts[0]) + _script(parts[1], _HIGH, "^")
        case "msubsup" | "munderover":
            return (
                _text(parts[0]) + _script(parts[1], _LOW, "_") + _script(parts[2], _HIGH, "^") + " "
            )
        case "mover":
            over = _text(parts[1]).strip()
            return _text(parts[0]) + _HATS.get(over, over)
        case "mtable":
            return "; ".join(_row(row).strip() for row in parts)
        case "mtd":
            return _row(parts) + " "
    return _row(parts)


def _row(parts: Sequence[Element] | Element) -> str:
    return "".join(_text(part) for part in parts)


def _script(part: Element, small: dict[int, int], mark: str) -> str:
    """As small letters where Unicode has them, else after a mark."""
    words = _text(part).replace(" ", "").replace("−", "-")
    written = words.translate(small)
    if all(ord(letter) in small for letter in words):
        return written
    return f"{mark}{words}" if len(words) == 1 else f"{mark}({words})"


def _grouped(words: str) -> str:
    words = words.strip()
    simple = all(letter.isalnum() or letter in "∂₀₁₂₃₄₅₆₇₈₉ᵢⱼₖₗₘ|" for letter in words)
    return words if simple else f"({words})"
