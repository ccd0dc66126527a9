"""The languages in which people are spoken to.

One rule says which is meant where ``--lang`` names none: FCLAB_LANG; else, for what is said on the
terminal (help, errors, questions, progress, tables), that of the system; else Russian, that of the
lab. What is handed in (report, figures, notebook, programs, tables in files) does not ask the
system: who works with an English one hands in Russian reports all the same.

A language is one line here and one folder of texts in every room that has some (``words/texts``,
``labs/<lab>/texts``). Plural categories, decimal marks and lists come from CLDR.
"""

import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal


@dataclass(frozen=True)
class Language:
    """A language.

    Attributes:
        code: as ``--lang`` says it, and the name of its folders of texts.
        locale: its name in CLDR: of numbers, lists and plural forms.
        tag: language and region (BCP 47): of the spelling of documents.
        quotes: the opening and the closing one.
        names: whose names of the classes of CIFAR-100 it uses (of a `ClassName`).
        marks: between thousands, and before decimals, of numbers in errors: what CLDR says too,
            which takes long to load.
    """

    code: str
    locale: str
    tag: str
    quotes: str
    names: Literal["en", "ru"] = "en"
    marks: str = ",."


LANGUAGES: Mapping[str, Language] = {
    language.code: language
    for language in (
        Language("ru", "ru", "ru-RU", "«»", names="ru", marks="\N{NO-BREAK SPACE},"),
        Language("en", "en", "en-GB", "“”"),
    )
}
"""All of them."""

if TYPE_CHECKING:
    Lang = str
else:
    Lang = Literal[*LANGUAGES]
"""The code of a language; options and fields of this type refuse any other text."""

DEFAULT: Lang = "ru"
"""What is spoken where nothing says another language: that of the lab."""


def written_lang(asked: Lang | None = None) -> Lang:
    """The language of what is handed in: the one that is asked for, else that of FCLAB_LANG ("en",
    "en_GB.UTF-8"), else `DEFAULT`."""
    return asked or _known(os.environ.get("FCLAB_LANG", "")) or DEFAULT


def spoken_lang(asked: Lang | None = None) -> Lang:
    """The language of what is said on the terminal: as `written_lang`, but before `DEFAULT` that of
    the system is taken. A system in "C", or in a language without texts, tells nothing."""
    return asked or _known(os.environ.get("FCLAB_LANG", "")) or _known(_system()) or DEFAULT


def _known(name: str) -> Lang | None:
    """The language that the name of a locale begins with."""
    code = re.split("[^a-z]", name.lower(), maxsplit=1)[0]
    return code if code in LANGUAGES else None


def _system() -> str:
    """The locale of the system's messages, such as ``ru_RU.UTF-8``."""
    for variable in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if name := os.environ.get(variable):
            return name
    if sys.platform == "win32":
        import ctypes
        import locale

        return locale.windows_locale.get(ctypes.windll.kernel32.GetUserDefaultUILanguage(), "")
    return ""
