"""Text that a person typed, or that came in a file of somebody else: one rule for all of it.

What is given anew (a name, a title) must be text that every page, file and terminal can show as it
is: `one_line` refuses the rest. What is already kept is shown by `shown`, whatever it holds.
"""

import os
import re
import shlex
import subprocess
import unicodedata
from hashlib import sha256
from typing import Any

from fclab.values.errors import ArgumentError

LONGEST = 1000
"""Characters of a line that a person gives."""

# Control characters, halves of characters, those that XML forbids, and the marks that turn the
# direction of the text around them: after one of them a line reads other than it is.
_UNSHOWN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)


# What Windows allows in no name of a file; one that begins with a name of a device is the device.
_UNNAMED = re.compile(r'[<>:"/\\|?*\x7f-\x9f\ufffd]|\s')
_DEVICE = re.compile(
    r"(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9\u00b9\u00b2\u00b3])\s*(?:\.|$)",
    re.IGNORECASE,
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_LONGEST_NAME = 150
"""Bytes of a name of a file, of 255; the rest is for endings such as ``.db-journal``."""


def one_line(text: str) -> str:
    """What a person gave, on one line, with single spaces.

    Hebrew and Arabic, emoji and combining marks stay. Half characters, which a wrongly set
    terminal passes on, become question marks.

    Raises:
        ArgumentError: it has a character that cannot be shown as it is, or more than `LONGEST`.
    """
    line = " ".join(text.encode("utf-8", "replace").decode().split())
    if found := _UNSHOWN.search(line):
        number = ord(found[0])
        name = unicodedata.name(found[0], "a control character")
        raise ArgumentError(
            "it has the character U+{number:04X} ({name}), which cannot be shown",
            number=number,
            name=name,
        )
    if len(line) > LONGEST:
        raise ArgumentError("it has more than {most} characters", most=LONGEST)
    return line


def shown(text: str) -> str:
    """Text with a mark in place of every character that cannot be shown or would alter what is
    around it, such as the codes of a terminal; line breaks and tabs stay."""
    return _UNSHOWN.sub("\N{REPLACEMENT CHARACTER}", text)


def file_name(text: str) -> str:
    """A name for a file or a folder, without its ending, that every system allows.

    Letters of any language stay, and a name that is allowed everywhere stays as it is. What Windows
    forbids (``<>:"/\\|?*``, white space but single spaces, a point or a space at the end, names of
    devices such as ``nul``) and what is longer than 150 bytes is changed, and gets some digits of
    its own, so that two names stay two.
    """
    whole = unicodedata.normalize("NFC", text)
    made = " ".join(_UNNAMED.sub(" ", shown(whole)).split()).strip(". ")
    made = f"_{made}" if _DEVICE.match(made) or not made else made
    encoded = made.encode()
    if made == whole and len(encoded) <= _LONGEST_NAME:
        return made
    cut = encoded[: _LONGEST_NAME - 9].decode("utf-8", "ignore").rstrip(". ")
    return f"{cut}-{sha256(whole.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"


def no_formula(value: Any) -> Any:
    """An apostrophe before a text that a spreadsheet would take for a formula, blanks before it or
    not; anything else as it is."""
    risky = isinstance(value, str) and (value[:1] in _FORMULA or value.lstrip()[:1] in _FORMULA)
    return f"'{value}" if risky else value


def quoted(*words: object) -> str:
    """Words of a command that a person is to copy, as the shell of this system reads them."""
    return (subprocess.list2cmdline if os.name == "nt" else shlex.join)(list(map(str, words)))
