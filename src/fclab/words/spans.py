"""Text as spans: a run of letters in one style, so that every renderer can set it."""

from dataclasses import dataclass
from typing import Literal

Style = Literal["plain", "strong", "emphasis", "code", "math", "ref", "cite"]


@dataclass(frozen=True)
class Span:
    """A run of text in one style.

    Attributes:
        text: what is read; of "math" its LaTeX, of "ref" the name of a figure or table (a
            renderer puts its number, as a link where it can), of "cite" the name of a source
            (its number in brackets).
        style: light emphasis only.
    """

    text: str
    style: Style = "plain"


Text = tuple[Span, ...]


def plain_text(text: Text) -> str:
    """The text without its styles."""
    return "".join(span.text for span in text)
