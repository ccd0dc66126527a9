"""`fclab --help`: the list of commands. It is printed without Cyclopts and rich, so it comes at
once; help of a command is theirs."""

import shutil
import textwrap
from collections.abc import Iterable

from fclab.cli.help import Help

_WIDEST, _LEAST = 100, 40  # columns


def overview(about: str, commands: Iterable[tuple[str, str]], lang: str) -> str:
    """The page, as wide as the terminal.

    Args:
        about: what fclab is, paragraphs with an empty line between them; one that begins with
            spaces is a command to be typed, and is not wrapped.
        commands: name and summary, in the order of the page.
        lang: the code of a language.
    """
    said, width = Help(lang), max(_LEAST, min(_WIDEST, shutil.get_terminal_size().columns))
    lines = [f"{said.worded('Usage')}: fclab {said.worded('COMMAND')}", ""]
    for paragraph in about.split("\n\n"):
        wrapped = not paragraph.startswith(" ")
        lines += textwrap.wrap(said.worded(paragraph), width) if wrapped else [paragraph]
        lines.append("")
    options = (
        ("--help (-h)", "Display this message and exit."),
        ("--version", "Display application version."),
    )
    rows = [*commands, ("", ""), *options]
    room = max(len(name) for name, _ in rows) + 4
    lines.append(f"{said.worded('Commands')}:")
    for name, summary in rows:
        head = f"  {name}".ljust(room)
        lines += textwrap.wrap(said.worded(summary), width, initial_indent=head,
                               subsequent_indent=" " * room) or [""]  # fmt: skip
    return "\n".join(lines)
