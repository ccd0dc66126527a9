"""Pictures of one's own on the terminal: what a folder holds, what is used, and what is not."""

from collections.abc import Iterator

from rich.table import Table
from rich.text import Text

from fclab.cli.images import look_at
from fclab.cli.progress import output, say
from fclab.data.own import Class, Own
from fclab.labs.own_pictures import remarks
from fclab.values.pictures import Folder, Size
from fclab.words.languages import Lang
from fclab.words.said import said
from fclab.words.wording import Wording, wording

_COLUMNS = ("class", "found", "used", "train", "test", "unread", "repeated", "sizes")
_SHOWN = 5
"""Files of a class that are named for each reason."""


def print_pictures(folder: Folder, lang: Lang) -> None:
    """Each class with its files and sizes; then which files are left out, and why.

    Raises:
        DataError: see `fclab.data.own.read_own`; too few pictures of a class, when all is printed.
    """
    words, out = wording(lang), output()
    own = look_at(folder, lang)
    out.print(_table(own, words))
    for line in _left_out(own, words):
        out.print(line, soft_wrap=True, markup=False, highlight=False)
    dataset = own.dataset  # or what is wrong
    say(*remarks(own, words, counted=False))
    say(words.plain("pictures.fingerprint", name=dataset.name, digest=dataset.fingerprint[:12]))


def _table(own: Own, words: Wording) -> Table:
    table = Table()
    for column in _COLUMNS:
        side = "left" if column in ("class", "sizes") else "right"
        table.add_column(words.plain(f"pictures.columns.{column}"), justify=side)
    for one in own.classes:
        numbers = (one.found, one.used, one.train, one.test, len(one.left), len(one.repeated))
        table.add_row(Text(one.name), *map(words.whole, numbers), _sizes(one.sizes))
    return table


def _sizes(sizes: tuple[Size, ...]) -> str:
    return " – ".join(f"{width} × {height}" for width, height in sizes)


def _left_out(own: Own, words: Wording) -> Iterator[str]:
    for one in own.classes:
        reasons = [said(left.error, words.language) for left in one.left]
        yield from reasons[:_SHOWN]
        if len(reasons) > _SHOWN:
            yield words.plain("pictures.more", name=one.name, n=len(reasons) - _SHOWN)
        if one.repeated:
            yield _repeated(one, words)


def _repeated(one: Class, words: Wording) -> str:
    return words.plain(
        "pictures.repeats", name=one.name, n=len(one.repeated), first=one.repeated[:_SHOWN]
    )
