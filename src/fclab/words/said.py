"""Errors, warnings and help in a language: the English text in the code is the key of its sentence.

The texts are ``texts/<language>/errors/<room>.toml`` and ``texts/<language>/help/<command>.toml``,
here and in the folder of every lab. An error is a template with values (`FclabError`); what has no
sentence in a language is said in English. Little is imported: help and errors come at once.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Any

from fclab.values.errors import FclabError, InWords, system_reason
from fclab.words.languages import LANGUAGES

_HOUSE = Path(__file__).parents[1]


def said(error: object, lang: str) -> str:
    """An error, or a value of one, in a language.

    Args:
        error: of fclab, of the system, or of a library, which has its own words.
        lang: the code of a language.
    """
    if isinstance(error, InWords):
        return error.text(lang)
    if isinstance(error, OSError):
        error = system_reason(error)
    if not isinstance(error, FclabError):
        return str(error)
    template = sentences(lang, "errors").get(error.template)
    if template is None:
        return str(error)
    return _Words(lang).vformat(template, (), error.values) if error.values else template


@cache
def sentences(lang: str, kind: str, *names: str) -> Mapping[str, str]:
    """The sentences of a language, by the English ones; empty for English.

    Args:
        lang: the code of a language.
        kind: ``"errors"`` or ``"help"``.
        names: of files that are wanted; none: all of them.
    """
    import tomllib  # not before there is something to say

    found: dict[str, str] = {}
    for folder in (_HOUSE / "words", *sorted((_HOUSE / "labs").glob("*/"))):
        for path in sorted((folder / "texts" / lang / kind).glob("*.toml")):
            if not names or path.stem in names:
                found |= tomllib.loads(path.read_text("utf-8"))
    return found


class _Words(Formatter):
    """Formats values in a language: other errors in its words, and numbers that are written for
    people (those with a format) with its marks."""

    def __init__(self, lang: str):
        self.lang, self.marks = lang, LANGUAGES[lang].marks

    def get_value(self, key: Any, args: Any, kwargs: Any) -> Any:
        value = super().get_value(key, args, kwargs)
        return said(value, self.lang) if isinstance(value, Exception | InWords) else value

    def format_field(self, value: Any, format_spec: str) -> str:
        made = format(value, format_spec)
        if format_spec and isinstance(value, int | float):
            made = made.translate({ord(","): self.marks[0], ord("."): self.marks[1]})
        return made
