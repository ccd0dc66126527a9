"""What is wrong with a TOML file that a person wrote, in words that say what to do."""

import re
import tomllib

from fclab.values.errors import Clause, FclabError

_PLACE = re.compile(r"(.*) \(at (?:line (\d+), column (\d+)|end of document)\)", re.DOTALL)


def toml_reason(error: tomllib.TOMLDecodeError) -> FclabError:
    """The place, and what stands there."""
    found = _PLACE.fullmatch(str(error))
    if found is None:
        return Clause("{words}", words=error)
    what = _what(found[1])
    if found[2] is None:
        return Clause("at its end: {what}", what=what)
    return Clause("line {line}, column {column}: {what}",
                  line=found[2], column=found[3], what=what)  # fmt: skip


def _what(said: str) -> Clause:
    match said.split():
        case ["Invalid", "value"]:
            return Clause("a value is lacking, or is text without quotes")
        case ["Expected", "'='", *_]:
            return Clause("a key is followed by = and a value")
        case ["Expected", "']'" | "']]'", *_]:
            return Clause("a bracket is not closed")
        case ["Expected", "newline", *_]:
            return Clause("something stands behind the value (a decimal point is a point)")
        case ["Invalid", "statement"] | ["Invalid", "initial", *_]:
            return Clause("a line is a key with its value, or a [table]")
        case ["Unterminated", "string"] | ["Illegal", "character", *_] | ["Expected", _]:
            return Clause("a text lacks its closing quote, or has a character that TOML forbids")
        case ["Unescaped", *_]:
            return Clause("a backslash is written twice, or the text stands in single quotes")
        case ["Unclosed", *_]:
            return Clause("a bracket is not closed")
        case ["Cannot", *_]:
            return Clause("a key or table is there twice")
        case _:
            return Clause("TOML does not allow what stands there")
