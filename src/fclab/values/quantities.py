"""Numbers as people write them, read strictly: a whole number is whole or refused, never rounded.

What a person typed is read here, what a program or a TOML file gives is checked by the types of
`fclab.values.fields`.
"""

import math
import re
from decimal import Decimal
from operator import index

from fclab.values.errors import ArgumentError, UsageError

LARGEST_SEED = 2**63 - 1
"""A store holds a seed in 64 bits with a sign."""

MOST_POINTS = 10_000_000
"""Of a set of data that is made by a formula."""

_TOO_LARGE = 10**30
_MINUS = str.maketrans("−–", "--")


def whole(text: str) -> int:
    """``"7"``, ``"-7"``, ``"№7"``, ``"7.0"`` or ``"1e3"`` to a whole number.

    Raises:
        ArgumentError: it is not one; the message says why.
    """
    plain = text.strip().removeprefix("№").strip().translate(_MINUS).replace(",", ".")
    if re.fullmatch(r"[-+]?[1-9]\d{0,2}(\.\d{3})+", plain, re.ASCII):
        raise ArgumentError(
            "{text!r} is a fraction or has its thousands apart: write {whole} or {rounded}",
            text=text,
            whole=plain.replace(".", ""),
            rounded=plain.split(".")[0],
        )
    if not re.fullmatch(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d{1,4})?", plain, re.ASCII):
        raise ArgumentError("{text!r} is not a whole number", text=text)
    number = Decimal(plain)  # exact, a float is not above 2^53
    if abs(number) >= _TOO_LARGE:
        raise ArgumentError(
            "{text!r} is a larger whole number than any that is asked for", text=text
        )
    if number != int(number):
        raise ArgumentError("{text!r} is not a whole number, and it is not rounded", text=text)
    return int(number)


def real(text: str) -> float:
    """``"0.005"``, ``"5e-3"`` or, with a decimal comma, ``"0,005"`` to a finite number.

    Raises:
        ArgumentError: it is not one; the message says why.
    """
    plain = text.strip().translate(_MINUS)
    if re.fullmatch(r"[-+]?\d*,\d+([eE][-+]?\d+)?", plain, re.ASCII):
        plain = plain.replace(",", ".")
    if "_" in plain or not plain.isascii():
        raise ArgumentError("{text!r} is not a number", text=text)
    try:
        number = float(plain)
    except ValueError:
        raise ArgumentError("{text!r} is not a number", text=text) from None
    if not math.isfinite(number):
        raise ArgumentError("{text!r} is not a finite number", text=text)
    return number


def check_whole(what: str, number: int, least: int, most: int) -> int:
    """The number, if it is whole and in its range.

    Raises:
        UsageError: it is not.
    """
    try:
        number = index(number)  # NumPy's whole numbers are whole too
    except TypeError:
        raise UsageError(
            "{what} must be a whole number, not {number!r}", what=what, number=number
        ) from None
    if not least <= number <= most:
        raise UsageError(
            "{what} must be at least {least} and at most {most}, not {number}",
            what=what,
            least=least,
            most=most,
            number=number,
        )
    return number


def check_seed(seed: int, name: str = "seed") -> int:
    """The seed, if it is one.

    Raises:
        UsageError: it is not 0 to 2^63 − 1.
    """
    return check_whole(name, seed, 0, LARGEST_SEED)
