"""The languages in which people are spoken to.

A language is one line here and one folder of texts in every room that has some (``words/texts``,
``labs/<lab>/texts``). Plural categories, decimal marks and lists come from CLDR.
"""

import os
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
    """

    code: str
    locale: str
    tag: str
    quotes: str
    names: Literal["en", "ru"] = "en"


LANGUAGES: Mapping[str, Language] = {
    language.code: language
    for language in (
        Language("ru", "ru", "ru-RU", "«»", names="ru"),
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
"""What is spoken where no language is asked for: that of the lab."""

ERRORS: Lang = "en"
"""The language of errors and of help, whatever is asked for."""


def default_lang() -> Lang:
    """FCLAB_LANG if it begins with the code of a language ("en", "en_GB.UTF-8"); else `DEFAULT`."""
    asked = os.environ.get("FCLAB_LANG", "").lower()
    return next((code for code in LANGUAGES if asked.startswith(code)), DEFAULT)
