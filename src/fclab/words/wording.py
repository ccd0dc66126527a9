"""Wording: the sentences of one language, and its numbers.

The logic of a text (which sentence, with which values) is Python; its wording stands in TOML files,
a folder per language and a file per subject: ``words/texts/<language>`` has what is shared,
``texts/<language>`` of a lab's folder what that lab says; their keys are one list. Every entry is a
small Jinja2 template with autoescape: values are data, never markup. Its markup is ``<b>``,
``<i>``, ``<code>``, ``<m>`` (LaTeX), ``<ref>`` (name of a figure or table) and ``<cite>`` (name of
a source), and it becomes spans, so that every renderer can set it.
"""

import math
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from functools import cache, cached_property
from html.parser import HTMLParser
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, Literal, NamedTuple, Protocol

from babel import Locale
from babel.lists import format_list
from jinja2 import Environment, StrictUndefined, Template
from markupsafe import Markup

from fclab.values.dataset import ClassName
from fclab.values.errors import UsageError
from fclab.values.recipe import Recipe, format_layers
from fclab.words.languages import LANGUAGES, Lang
from fclab.words.numbers import Numbers
from fclab.words.spans import Span, Style, Text, plain_text

NBSP = "\N{NO-BREAK SPACE}"
_STYLES: Mapping[str, Style] = {
    "b": "strong", "i": "emphasis", "code": "code", "m": "math", "ref": "ref",
    "cite": "cite",
}  # fmt: skip
_CATEGORIES = ("zero", "one", "two", "few", "many", "other")
# A line does not begin with a dash, a percent sign or the number of a figure, and does not end
# inside "95%-й".
_NO_BREAKS = {
    " – ": f"{NBSP}– ", " (?=<ref>|<cite>)": NBSP, r"(?<=\d) %": f"{NBSP}%",
    r"%-(?=\w)": "%\N{NON-BREAKING HYPHEN}", " ≈ ": f"{NBSP}≈{NBSP}",
}  # fmt: skip


class Titled(Protocol):
    """A row of a study, as far as its title goes."""

    @property
    def name(self) -> str:
        """The name that commands know it by."""
        ...

    @property
    def kind(self) -> str:
        """The move that made it."""
        ...

    @property
    def recipe(self) -> Recipe:
        """What is trained."""
        ...


class Say(NamedTuple):
    """One sentence before it is worded: its key in the text files, and its values."""

    key: str
    values: Mapping[str, Any]


def say(key: str, /, **values: Any) -> Say:
    """The sentence ``key`` with these values."""
    return Say(key, values)


@cache
def wording(language: str) -> "Wording":
    """The wording of a language; read once.

    Raises:
        UsageError: there are no texts in that language.
    """
    if language not in LANGUAGES:
        raise UsageError(
            "no texts in {language!r}: choose one of {languages}",
            language=language,
            languages=", ".join(LANGUAGES),
        )
    return Wording(language)


class Wording(Numbers):
    """The texts of one language, and its numbers."""

    def __init__(self, language: Lang):
        self.language = language
        self._spoken = LANGUAGES[language]
        super().__init__(Locale.parse(self._spoken.locale))
        self.entries: dict[str, str] = {}
        for source in _sources(language):
            found = _flat(tomllib.loads(source.read_text("utf-8")))
            if twice := sorted(found.keys() & self.entries.keys()):
                raise ValueError(f"{source} has other texts for {', '.join(twice)}")
            self.entries |= found
        self._templates: dict[str, Template] = {}

    @cached_property
    def environment(self) -> Environment:
        """Jinja2 with the filters that the text files use."""
        environment = Environment(autoescape=True, undefined=StrictUndefined)
        environment.filters |= {
            "whole": self.whole, "num": self.num, "sig": self.sig, "fixed": self.fixed,
            "bare": lambda share: self.fixed(100 * share, 1), "signed": self.signed,
            "signed_num": self.signed_num, "pct": self.pct, "points": self.points,
            "count": self.count, "plural": self.plural, "fold": self.fold, "name": self.name,
            "row": self.row, "rows": lambda rows: self.listed(map(self.row, rows)),
            "head": self.head, "titled": self.title, "ceiling": self.ceiling,
            "data": self.data, "quoted": self.quoted,
            "names": self.names, "listed": self.listed,
            "either": lambda items: self.listed(items, "or"),
            "wholes": lambda numbers: self.listed(map(self.whole, numbers)),
            "rate": lambda lr: f"η{NBSP}={NBSP}{self.num(lr)}",
            "nums": lambda numbers: "; ".join(map(self.num, numbers)),
            "words": lambda key, group: self.plain(f"{group}.{key}"), "layers": format_layers,
            "batch": lambda size: "—" if size is None else self.whole(size),
        }  # fmt: skip
        return environment

    @cached_property
    def categories(self) -> tuple[str, ...]:
        """The plural categories of whole numbers, in the order in which a text file lists a
        noun's forms: for 1, for other numbers; for 1, for 2, for 5."""
        needed = {self.locale.plural_form(n) for n in range(1000)}
        return tuple(category for category in _CATEGORIES if category in needed)

    def text(self, *sentences: Say) -> Text:
        """Sentences as one text, a space between them.

        Raises:
            KeyError: there is no such entry.
            jinja2.UndefinedError: an entry needs a value that was not given.
        """
        return _parse(" ".join(self._markup(sentence) for sentence in sentences))

    def plain(self, key: str, /, **values: Any) -> str:
        """One entry without its styles."""
        return plain_text(self.text(Say(key, values)))

    def each(self, group: str, *keys: str) -> tuple[str, ...]:
        """Several entries of a group, such as the headings of a table."""
        return tuple(self.plain(f"{group}.{key}") for key in keys)

    def has(self, key: str) -> bool:
        """Whether there is such an entry."""
        return key in self.entries

    def _markup(self, sentence: Say) -> str:
        template = self._templates.get(sentence.key)
        if template is None:
            entry = self.entries[sentence.key].strip()
            if "{" not in entry:  # compiling it would take longer than all else about it
                return entry
            template = self._templates[sentence.key] = self.environment.from_string(entry)
        return template.render(sentence.values)

    def points(self, difference: float, digits: int = 1) -> str:
        """A difference of two shares in percentage points, without its sign."""
        return f"{self.fixed(abs(difference) * 100, digits)}{NBSP}{self.entries['points']}"

    def plural(self, n: int, noun: str) -> str:
        """The form of a noun (an entry of ``forms``) that goes with n, by CLDR's rules."""
        forms = self.entries[f"forms.{noun}"].split("|")
        return forms[self.categories.index(self.locale.plural_form(n))]

    def count(self, n: int, noun: str) -> str:
        """n and the noun that goes with it, not to be parted: 2 эпохи, 5 epochs."""
        return f"{self.whole(n)}{NBSP}{self.plural(n, noun)}"

    def fold(self, factor: float) -> str:
        """How many times as large or as small: 2 раза, 5 раз, 2,5 раза; 2 times, 2.5 times."""
        if math.isclose(factor, round(factor)):
            return self.count(round(factor), "times")
        return f"{self.num(factor)}{NBSP}{self.plural(2, 'times')}"

    def called(self, name: ClassName) -> str:
        """A class by its name: "class 1" and its like (``classes`` of the texts) in every language,
        those of CIFAR-100 as the language list says."""
        kind = f"classes.{name.en.removesuffix(f' {name.number}')}"
        if name.en != name.ru and self.has(kind):  # what someone has named is one text
            return self.plain(kind, n=name.number)
        return getattr(name, self._spoken.names)

    def name(self, name: ClassName) -> str:
        """A class in the quotes of the language."""
        return self.quoted(self.called(name))

    def quoted(self, text: str) -> str:
        """Any text in the quotes of the language."""
        opening, closing = self._spoken.quotes
        return f"{opening}{text}{closing}"

    def names(self, names: Iterable[ClassName]) -> str:
        """Classes as a list in a sentence."""
        return self.listed([self.name(name) for name in names])

    def title(self, row: Titled) -> str:
        """The title of a row of a study by the move that made it (an entry of ``rows``):
        "stopped at epoch 56" is `stop`.

        A row of the student's own is called as the student called it, a rung of the ladder too.
        """
        key = f"rows.{row.kind}.title"
        return self.plain(key, recipe=row.recipe) if self.has(key) else row.name

    def row(self, row: Titled) -> str:
        """A row of a study by its title, in the quotes of the language."""
        return self.quoted(self.title(row))

    def head(self, row: Titled) -> Markup:
        """A row where it is spoken of first: its title and the name that commands know it by."""
        title = self.title(row)
        if title == row.name:
            return Markup("<b>{}</b>").format(title)
        return Markup("<b>{}</b> (<code>{}</code>)").format(title, row.name)

    def data(self, name: str) -> str:
        """A dataset by its name: "moons" is «полумесяцы»; a name without translation stays."""
        return self.plain(f"data.{name}") if self.has(f"data.{name}") else name

    def listed(self, items: Iterable[Any], style: Literal["standard", "or"] = "standard") -> str:
        """a, b and c; or a, b or c."""
        return format_list([str(item) for item in items], style, locale=self.locale)


class _Markup(HTMLParser):
    """Collects spans from the little markup of the text files."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.spans: list[Span] = []
        self.styles: list[Style] = ["plain"]

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        if tag not in _STYLES or attrs or len(self.styles) > 1:
            raise ValueError(f"unknown or nested markup <{tag}> in a text file")
        self.styles.append(_STYLES[tag])

    def handle_endtag(self, tag: str) -> None:
        if len(self.styles) < 2 or _STYLES.get(tag) != self.styles.pop():
            raise ValueError(f"</{tag}> closes nothing in a text file")

    def handle_data(self, data: str) -> None:
        self.spans.append(Span(data, self.styles[-1]))


def _parse(markup: str) -> Text:
    parser = _Markup()
    line = re.sub(r"[ \n]+", " ", markup)  # not \s: no-break spaces stay
    for breakable, kept in _NO_BREAKS.items():
        line = re.sub(breakable, kept, line)
    parser.feed(line)
    parser.close()
    if len(parser.styles) > 1:
        raise ValueError(f"markup is not closed in: {markup}")
    return tuple(parser.spans)


def _sources(language: str) -> Iterator[Traversable]:
    """The text files of a language: those of this room, of courses, then of every lab's folder."""
    house = files("fclab")
    labs = sorted((house / "labs").iterdir(), key=lambda room: room.name)
    rooms = [house / "words", house / "course", *labs]
    for room in rooms:
        folder = room / "texts" / language
        if folder.is_dir():
            texts = (source for source in folder.iterdir() if source.name.endswith(".toml"))
            yield from sorted(texts, key=lambda source: source.name)


def _flat(table: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    entries: dict[str, str] = {}
    for key, value in table.items():
        name = f"{prefix}{key}"
        entries |= _flat(value, f"{name}.") if isinstance(value, dict) else {name: value}
    return entries
