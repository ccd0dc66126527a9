"""Questions in a terminal: each with a default, and asked again until the answer can be meant."""

import shlex
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar
from urllib.parse import unquote, urlsplit

from fclab.cli.progress import say
from fclab.cli.silence import asking
from fclab.values.errors import FclabError, UsageError
from fclab.words.said import said
from fclab.words.wording import Wording

Answer = TypeVar("Answer")

YES, NO = {"y", "yes", "д", "да"}, {"n", "no", "н", "нет"}


class Ended(Exception):
    """The person ended the dialogue: Ctrl-C, Ctrl-D, or Ctrl-Z in Windows' console."""


def is_terminal() -> bool:
    """Whether somebody can be asked."""
    return sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty()


def ask(
    words: Wording, key: str, read: Callable[[str], Answer], default: str = "", **values: object
) -> Answer:
    """Ask until the answer can be read.

    Args:
        words: of the language; ``<key>.why`` is said once, ``<key>.ask`` before every answer.
        key: of the texts.
        read: makes an answer of what was typed; an error of fclab is said, and it is asked again.
        default: taken where nothing is typed.
        values: of the texts.

    Raises:
        Ended: nobody wants to answer.
    """
    with suppress(ImportError):
        import readline  # noqa: F401  (letters of any alphabet can be erased)
    say("", words.plain(f"{key}.why", **values))
    question = words.plain(f"{key}.ask", **values)
    shown = f"{question} [{default}]: " if default else f"{question}: "
    while True:
        try:
            with asking():
                typed = input(shown).strip()
        except (EOFError, KeyboardInterrupt) as error:
            raise Ended from error
        except UnicodeDecodeError:
            say(words.plain("cli.start.no_text"))
            continue
        try:
            return read(typed or default)
        except FclabError as error:
            say(f"  {said(error, words.language)}")


def yes_or_no(text: str) -> bool:
    """Yes or no, in any of the languages.

    Raises:
        UsageError: it is neither.
    """
    typed = text.casefold()
    if typed not in YES | NO:
        raise UsageError("yes or no? {text!r} is neither", text=text)
    return typed in YES


def dragged(text: str) -> Path:
    """A path as a person gives it: typed, or a file that was dragged into the terminal, which puts
    it in quotes or escapes its spaces.

    Raises:
        UsageError: there is nothing at that path.
    """
    text = text.strip()
    if text.startswith("& "):  # PowerShell
        text = text[2:].strip()
    if text.startswith("file://"):
        text = unquote(urlsplit(text).path)
    if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"":
        text = text[1:-1]
    path = Path(text).expanduser()
    if not path.exists():
        with suppress(ValueError):
            if len(parts := shlex.split(text)) == 1 and Path(parts[0]).expanduser().exists():
                return Path(parts[0]).expanduser()
        raise UsageError("{path} does not exist: check the path", path=path)
    return path
