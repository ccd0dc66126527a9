"""All the help there is in English, by the command whose it is: paragraphs, options, labels."""

import re
from collections.abc import Iterator

from cyclopts import App

from fclab.cli import commands, make_app
from fclab.cli.help import Help


class Listener(Help):
    """Keeps what it is asked to word."""

    def __init__(self) -> None:
        super().__init__("en")
        self.heard: list[str] = []

    def worded(self, text: str) -> str:
        self.heard.append(" ".join(text.split()))
        return super().worded(text)


def help_texts() -> dict[str, list[str]]:
    """Every text of help by its command; of the list of all commands under ``fclab``."""
    found = {"fclab": _shown(make_app(), [])}
    for command in commands():
        app = make_app(command)
        found[command] = []
        for words in _within(app, [command]):
            found[command] += _shown(app, words)
    return found


def _within(app: App, words: list[str]) -> Iterator[list[str]]:
    yield words
    inner = app
    for word in words:
        inner = inner[word]
    for name in inner:
        if not name.startswith("-"):
            yield from _within(app, [*words, name])


def _shown(app: App, words: list[str]) -> list[str]:
    listener = Listener()
    app.help_formatter = listener
    app.help_print(words)
    return [text for text in listener.heard if re.search("[A-Za-z]{2}", text)]
