"""Help in a language: Cyclopts makes it of docstrings, and here its paragraphs are worded.

A paragraph of a docstring is the key of its sentence (``texts/<language>/help``): ``fclab.toml``
has the list of commands and the words of all help, ``options.toml`` what several commands share,
and each command has a file of its own. Libraries are imported when help is shown.
"""

import re
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cyclopts.help import HelpEntry, HelpPanel
    from rich.console import Console, ConsoleOptions
    from rich.text import Text

_LAB = re.compile(r"(?P<text>.+); the lab: (?P<value>.+)\.")
"""What ends the help of an option that is a field of a recipe."""


class Help:
    """Help in a language.

    Args:
        lang: the code of a language.
        command: whose help it is; empty: the list of all.
    """

    def __init__(self, lang: str, command: str = ""):
        self._lang, self._command = lang, command

    @cached_property
    def _texts(self) -> Mapping[str, str]:
        from fclab.words.said import sentences

        files = ("fclab", "options", self._command) if self._command else ("fclab",)
        return sentences(self._lang, "help", *files)

    def worded(self, text: str) -> str:
        """A paragraph in the language; one that has no sentence there in English."""
        text = " ".join(text.split())
        if text not in self._texts and (field := _LAB.fullmatch(text)):
            told = self.worded(f"{field['text']}.").rstrip(".")
            return f"{told}; {self.worded('the lab')}: {field['value']}."
        return self._texts.get(text, text)

    def render_usage(self, console: "Console", options: "ConsoleOptions", usage: Any) -> None:
        """The line that begins with "Usage:"."""
        from rich.text import Text

        words = re.sub(r"[A-Z]{2,}", lambda word: self.worded(word[0]), str(usage))
        console.print(Text(f"{self.worded('Usage')}: {words}", style="bold"))

    def render_description(
        self, console: "Console", options: "ConsoleOptions", description: Any
    ) -> None:
        """What a command does: its paragraphs, and commands to copy as they stand."""
        from rich.text import Text

        for paragraph in re.split(r"\n\s*\n", _plain(description)):
            if paragraph.startswith(" "):
                code = paragraph.strip("\n")
                console.print(Text(self._texts.get(code.strip(), code)), soft_wrap=True)
            elif paragraph.strip():
                console.print(Text(self.worded(paragraph)))
            else:
                continue
            console.print()

    def __call__(self, console: "Console", options: "ConsoleOptions", panel: "HelpPanel") -> None:
        """A table of commands or options."""
        from cyclopts.help import DefaultFormatter

        entries = [self._entry(entry) for entry in panel.entries]
        title = self.worded(str(panel.title))
        DefaultFormatter()(console, options, panel.copy(title=title, entries=entries))

    def _entry(self, entry: "HelpEntry") -> "HelpEntry":
        from cyclopts.help import InlineText
        from rich.text import Text

        described = InlineText(Text(self.worded(_plain(entry.description))))
        if entry.choices:
            described.append(self._note("choices", ", ".join(entry.choices)))
        if entry.default not in (None, "False", "()", '""'):
            described.append(self._note("default", re.sub(r"[()',]", "", entry.default or "")))
        if entry.required:
            described.append(self._note("required"))
        return entry.copy(
            description=described,
            choices=None,
            default=None,
            required=False,
            metavar=self._label(entry.metavar),
            positional_label=self._label(entry.positional_label),
        )

    def _note(self, word: str, value: str = "") -> "Text":
        from rich.text import Text

        said = self.worded(word)
        return Text(f"[{said}: {value}]" if value else f"[{said}]", style="dim")

    def _label(self, label: str | None) -> str | None:
        return label and re.sub("[A-Z-]{2,}", lambda word: self.worded(word[0]), label)


def label(name: str, lang: str) -> str:
    """What help calls a value that stands without an option: MODEL."""
    return Help(lang).worded(name)


def _plain(text: Any) -> str:
    """The text that Cyclopts has made renderable."""
    inner = getattr(text, "primary_renderable", text)
    return inner if isinstance(inner, str) else getattr(inner, "plain", "")
