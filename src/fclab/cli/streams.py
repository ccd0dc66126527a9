"""What is printed reaches every console, file and pipe.

| where it goes | its encoding |
| --- | --- |
| where PYTHONIOENCODING or PYTHONUTF8 say one | as they say |
| a terminal | its own |
| a file | UTF-8 |
| a pipe | the system's, or UTF-8 where that is ASCII (the locale C); on Windows that of the console, by which PowerShell reads what a program prints |

Characters that it lacks are spelled in those that it has: ``−`` is ``-``, ``≈`` is ``~``, Cyrillic
letters become Latin ones.
"""  # noqa: E501 (a table)

import codecs
import io
import os
import re
import stat
import sys
import unicodedata
from functools import lru_cache
from typing import Final, Literal, TextIO

ERRORS: Final = "fclab.spelled"
"""Name of the error handler, as `codecs` knows it."""

Place = Literal["terminal", "file", "pipe"]

_SIGNS: Final = {
    "−": "-", "–": "-", "—": "-", "‐": "-", "‑": "-", "―": "-", "‒": "-", "⋅": "*",
    "×": "x", "·": "*", "•": "*",
    "≈": "~", "≤": "<=", "≥": ">=", "≠": "!=", "±": "+-", "→": "->", "←": "<-",
    "↑": "^", "↓": "v", "√": "sqrt",
    "«": '"', "»": '"', "“": '"', "”": '"', "„": '"', "’": "'", "‘": "'", "′": "'", "…": "...",
    "№": "No.", "°": " deg", "∂": "d", "∑": "sum", "∏": "prod", "∫": "int", "∈": "in", "⊙": "o",
    "⊤": "T", "ᵀ": "T", "‖": "||", "⟨": "<", "⟩": ">", "⌈": "[", "⌉": "]", "‰": "%o", "½": "1/2",
    "¯": "-", "\N{REPLACEMENT CHARACTER}": "?", "▲": "^", "▼": "v", "●": "*", "○": "o", "✓": "+",
    "✗": "x", "\N{ZERO WIDTH SPACE}": "", "\N{WORD JOINER}": "", "∞": "inf", "ø": "o", "ß": "ss",
}  # fmt: skip
_GREEK: Final = dict(zip("αβγδεζηθικλμνξοπρσςτυφχψω", (
    "alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa",
    "lambda", "mu", "nu", "xi", "o", "pi", "rho", "sigma", "sigma", "tau", "y", "phi", "chi",
    "psi", "omega",
), strict=True))  # fmt: skip
_CYRILLIC: Final = dict(zip("абвгдежзийклмнопрстуфхцчшщъыьэюяіїєґў", (
    "a", "b", "v", "g", "d", "e", "zh", "z", "i", "y", "k", "l", "m", "n", "o", "p", "r", "s",
    "t", "u", "f", "kh", "ts", "ch", "sh", "shch", "", "y", "", "e", "yu", "ya", "i", "yi", "ye",
    "g", "u",
), strict=True))  # fmt: skip
_LETTERS: Final = {**_GREEK, **_CYRILLIC}


_COMMAND: Final = re.compile(
    r"\bfclab [a-z]+(?: [a-z]+(?= --))?(?: --?\w\S*(?: (?!-)\S+(?: \d+)*)?)*"
)
"""A command within a text, with options and one value, or several numbers, of each."""
_JOINED: Final = "\ue000"
"""Stands for a space at which no line is broken; a character that means nothing."""


def set_up() -> None:
    """Let the standard streams print whatever there is to print; once, before anything else."""
    codecs.register_error(ERRORS, _handle)
    encoding = os.environ.get("PYTHONIOENCODING", "").partition(":")[0]
    named = bool(encoding or sys.flags.utf8_mode)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            wanted = encoding_for(_place(stream), stream.encoding, _console(), named=named)
            stream.reconfigure(encoding=wanted, errors=ERRORS)
    if isinstance(sys.stdin, io.TextIOWrapper):
        sys.stdin.reconfigure(errors="replace")


def encoding_for(place: Place, now: str, console: str | None = None, *, named: bool = False) -> str:
    """The encoding of a stream, see the table above.

    Args:
        place: where the stream leads.
        now: its encoding as Python has set it.
        console: that of the console on Windows.
        named: whether somebody asked for the one that it has.
    """
    if named or place == "terminal":
        return now
    if place == "file":
        return "utf-8"
    return "utf-8" if codecs.lookup(now).name == "ascii" else console or now


def spelled(text: str, encoding: str) -> str:
    """The text with every character that an encoding lacks spelled in those that it has."""
    codecs.register_error(ERRORS, _handle)
    return text.encode(encoding, ERRORS).decode(encoding)


def wrapped(text: str, stream: TextIO | None) -> str:
    """The text as it goes to a stream: in a terminal no word is broken at the edge, and what may be
    copied, a path without spaces or a command with its options, stays on one line, however long;
    elsewhere nothing is changed."""
    if stream is None or not stream.isatty():
        return text
    import shutil
    import textwrap

    width = max(20, shutil.get_terminal_size().columns - 1)
    text = _COMMAND.sub(lambda found: found[0].replace(" ", _JOINED), text)
    lines = "\n".join(
        textwrap.fill(
            line, width, break_long_words=False, break_on_hyphens=False, expand_tabs=False,
            replace_whitespace=False, drop_whitespace=True,
            subsequent_indent=line[: len(line) - len(line.lstrip(" "))],
        )
        for line in text.split("\n")
    )  # fmt: skip
    return lines.replace(_JOINED, " ")


def _place(stream: io.TextIOWrapper) -> Place:
    try:
        if stream.isatty():
            return "terminal"
        return "file" if stat.S_ISREG(os.fstat(stream.fileno()).st_mode) else "pipe"
    except (OSError, ValueError):  # there is no file behind it
        return "file"


def _console() -> str | None:
    """The encoding of the console of this process on Windows."""
    if sys.platform != "win32":
        return None
    import ctypes

    page = ctypes.windll.kernel32.GetConsoleOutputCP()
    try:
        return codecs.lookup(f"cp{page}").name if page else None
    except LookupError:
        return None


def _handle(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lacking = error.object[error.start : error.end]
    written = "".join(_in(character, error.encoding) for character in lacking)
    return re.sub(r"(?<=\^)(-?)\^(?=\d)", r"\1", written), error.end  # 10⁻⁷ is 10^-7


@lru_cache(10_000)
def _in(character: str, encoding: str) -> str:
    for way in (_SIGNS.get(character), _letters(character), _drawn(character), _plain(character)):
        if way is not None and _has(way, encoding):
            return way
    return "?"


def _has(text: str, encoding: str) -> bool:
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def _letters(character: str) -> str | None:
    """A Greek or Cyrillic letter in Latin ones."""
    found = _LETTERS.get(character.lower())
    return found if found is None or character.islower() else found.capitalize()


def _drawn(character: str) -> str | None:
    """Lines and blocks that frames and bars are drawn of."""
    name = unicodedata.name(character, "")
    if name.startswith("BOX DRAWINGS"):
        kinds = name.split()
        if not {"HORIZONTAL", "LEFT", "RIGHT"}.isdisjoint(kinds):
            return "-" if {"VERTICAL", "UP", "DOWN"}.isdisjoint(kinds) else "+"
        return "|"
    return "#" if "BLOCK" in name or "SHADE" in name else None


def _plain(character: str) -> str:
    """Without accents and the place on the line: é is e, ² is ^2, ₁ is 1."""
    raised = "^" if unicodedata.decomposition(character).startswith("<super>") else ""
    parts = unicodedata.normalize("NFKD", character)
    base = "".join(part for part in parts if not unicodedata.combining(part))
    if base == character:
        return "?"
    return raised + "".join(_SIGNS.get(part) or _letters(part) or part for part in base)
