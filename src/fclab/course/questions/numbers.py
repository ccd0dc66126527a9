"""Numbers and lines as question formats want them."""

import re

_BREAKS = re.compile(r"[ \x00-\x1f\x7f-\x9f\u2028\u2029]+")


def number(value: float) -> str:
    """With a decimal point and no exponent, to 10 digits: "30763", "0.693147"."""
    text = f"{value:.10f}".rstrip("0").rstrip(".")
    return "0" if text in ("", "-0") else text


def one_line(text: str) -> str:
    """A text on one line: control characters and ends of lines are spaces."""
    return _BREAKS.sub(" ", text).strip(" ")
