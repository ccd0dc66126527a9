"""Numbers, lines and categories as question formats want them."""

import re
from collections.abc import Iterable

_BREAKS = re.compile(r"[ \x00-\x1f\x7f-\x9f\u2028\u2029]+")


def number(value: float) -> str:
    """With a decimal point and no exponent, to 10 digits: "30763", "0.693147"."""
    text = f"{value:.10f}".rstrip("0").rstrip(".")
    return "0" if text in ("", "-0") else text


def one_line(text: str) -> str:
    """A text on one line: control characters and ends of lines are spaces."""
    return _BREAKS.sub(" ", text).strip(" ")


def moodle_path(names: Iterable[str]) -> str:
    """A category of Moodle's question bank, from the outermost name to the innermost."""
    return "$course$/top/" + "/".join(one_line(name).replace("/", "//") for name in names)
