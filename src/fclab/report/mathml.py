"""Formulas: LaTeX as a tree of presentation MathML, from which every renderer makes its own form.

The subset of LaTeX that the report uses comes out as a dozen kinds of elements; what a renderer
does not know is an error, so that no formula is printed wrong unnoticed.
"""

from collections.abc import Sequence
from typing import Literal
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from latex2mathml.converter import convert

_NAMESPACE = "{http://www.w3.org/1998/Math/MathML}"
Display = Literal["inline", "block"]


def mathml(latex: str, display: Display = "inline") -> str:
    """A formula as a ``<math>`` element in text."""
    return convert(latex, display=display)


def tree(latex: str, display: Display = "inline") -> Element:
    """A formula as a tree whose tags have no namespace; the root is ``math``."""
    root = ElementTree.fromstring(mathml(latex, display))
    for element in root.iter():
        element.tag = element.tag.removeprefix(_NAMESPACE)
    return root


def children(element: Element) -> list[Element]:
    """The parts of an element, rows that only group taken apart: ``<mrow><mi>x</mi></mrow>`` in a
    row is ``<mi>x</mi>``. Fenced rows and scripts stay as they are."""
    parts: list[Element] = []
    for child in element:
        if child.tag == "mrow" and not is_fenced(child) and not is_single(child):
            parts += children(child)
        else:
            parts.append(child)
    return parts


def is_fenced(element: Element) -> bool:
    """Whether a row stands between brackets that grow with it."""
    first = next(iter(element), None)
    return first is not None and first.tag == "mo" and first.get("form") == "prefix"


def is_single(element: Element) -> bool:
    """Whether a row holds one operator: written ``{,}`` in LaTeX to be a plain character."""
    return len(element) == 1 and element[0].tag == "mo"


def fences(element: Element) -> tuple[str, Sequence[Element], str]:
    """The opening bracket of a fenced row, what is inside, and the closing bracket ("" if none)."""
    parts = list(element)
    last = parts[-1]
    closed = last.tag == "mo" and last.get("form") == "postfix"
    inside = parts[1:-1] if closed else parts[1:]
    return parts[0].text or "", inside, (last.text or "") if closed else ""
