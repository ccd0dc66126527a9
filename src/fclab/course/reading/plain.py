"""What people type, made even: letters that look alike, spaces, dashes, powers; and numbers."""

import re
import unicodedata
from typing import NamedTuple

_ALIKE = str.maketrans(
    "АаВвСсЕеНнКкМмОоРрТтХхУуІі\u0408\u0458\u0405\u0455\u051a\u051b\u051c\u051dг",
    "AaBbCcEeHhKkMmOoPpTtXxYyIiJjSsQqWwr",
)
_LATIN = {"acc", "batch", "bs", "epoch", "ep", "be", "hp"}
"""Words that may have been typed with nothing but Cyrillic letters that look like them."""
_RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")
_DASHES = re.compile("[\u2010-\u2015\u2212\ufe58\ufe63\uff0d]")
_HIDDEN = re.compile("[\u00ad\u200b-\u200f\u2060-\u2064\ufeff\u202a-\u202e\u2066-\u2069]")
_SPACES = re.compile("[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000\t]")

NUMBER = (
    r"(?:\d+(?:[.,]\d+)?|[.,]\d+)(?:\s?[*x]\s?10\s?(?:(?:\^|\*\*)\s?\(?[-+]?|\(?[-+])\s?\d{1,2}\)?(?!\d)"
    r"|[eE]\s?[-+]?\d{1,2}(?!\d)|\^-?\d{1,2}(?!\d))?"
)
"""Of numbers in text made `plain`."""


class Read(NamedTuple):
    """A number.

    Attributes:
        value: what it is.
        decimals: digits after the point, of one without a power.
        text: as it stood in the plain text.
    """

    value: float
    decimals: int
    text: str


def plain(text: str) -> str:
    """Text in which a thing is written in one way: powers as ``10^-3``, ``*`` for every sign of
    multiplication, a hyphen for every dash, a space for every space, Latin letters in words that
    have some, ``e`` of 5е-3; thousands without their spaces."""
    text = _HIDDEN.sub("", text)
    text = re.sub("[⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺]+", lambda m: "^" + m[0].translate(_RAISED), text)
    text = re.sub("(?<=\\d)[\u00a0\u2009\u202f'’](?=\\d{3}(?!\\d))", "", text)
    text = unicodedata.normalize("NFKC", text)
    text = _SPACES.sub(" ", _DASHES.sub("-", text))
    text = re.sub(r"[·\u2219⋅•×\u2715\u2716\u2217]", "*", text)
    text = re.sub(r"(?<=\d)\s?[xх]\s?(?=10\s?(?:\^|-|\*\*))", "*", text)
    text = re.sub(r"(?<=\d)\s?[eEеЕ]\s?(?=[-+]?\d{1,2}(?!\d))", "e", text)
    text = re.sub(r"\^\s*\{\s*(-?\s*\d+)\s*\}", r"^\1", text)
    return re.sub(r"[^\W\d_]+", _one_script, text)


def _one_script(word: re.Match[str]) -> str:
    text = word[0]
    if text.isascii():
        return text
    made = text.translate(_ALIKE)
    if made.isascii() and (made.casefold() in _LATIN or re.search("[A-Za-z]", text)):
        return made
    if re.search("[A-Za-z]{2}", text):
        return made
    return text


def fold(text: str) -> str:
    """`plain` text in small letters, ё as е, with single spaces."""
    return " ".join(plain(text).casefold().replace("ё", "е").split())


def number(text: str) -> Read | None:
    """The number that a `plain` text is."""
    text = text.strip()
    found = re.fullmatch(
        r"(?P<sign>[-+])?(?P<whole>\d*)(?:[.,](?P<part>\d+))?\s?(?P<power>.*)", text
    )
    if not found or not (found["whole"] or found["part"]):
        return None
    value = float(f"{found['whole'] or 0}.{found['part'] or 0}")
    power = found["power"].replace(" ", "")
    if power:
        times = re.fullmatch(r"[*x]10(?:\^|\*\*)?\(?(?P<n>[-+]?\d+)\)?", power)
        short = re.fullmatch(r"[eE](?P<n>[-+]?\d+)", power)
        bare = re.fullmatch(r"\^(?P<n>-?\d+)", power)
        if times or short:
            n = (times or short)["n"]  # pyright: ignore[reportOptionalSubscript]
            value = float(f"{value!r}e{int(n)}") if abs(int(n)) < 40 and value < 1e15 else 0.0
        elif bare and value == 10 and abs(int(bare["n"])) < 40:
            value = float(f"1e{int(bare['n'])}")
        else:
            return None
    if found["sign"] == "-":
        value = -value
    return Read(value, len(found["part"] or ""), text)


def fraction(text: str) -> float | None:
    """The value of 1/200, or of a number, in `plain` text."""
    if found := re.fullmatch(r"\s*(\d{1,6})\s?/\s?(\d{1,6})\s*", text):
        return int(found[1]) / int(found[2]) if int(found[2]) else None
    read = number(text)
    return read.value if read else None
