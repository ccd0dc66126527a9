"""A study on the terminal: the final table, the comments under it, and the answers."""

import os
import sys
from typing import IO, Any, cast

from rich import box
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from fclab.cli.progress import output
from fclab.labs.lab1.content.comments import comment
from fclab.labs.lab1.content.study_table import Pieces, table_text
from fclab.labs.lab1.study import final_table
from fclab.labs.lab1.tasks import answered
from fclab.study.study import Study
from fclab.study.table import FinalTable
from fclab.values.dataset import Dataset
from fclab.words.spans import Text as Spans
from fclab.words.wording import NBSP, Say, Wording, wording

_STYLES = {"strong": "bold", "emphasis": "italic"}
_WIDE = 118
"""From this width on a cell has fewer, longer lines."""


_TOGETHER = "\ue000"
"""Stands for a no-break space until lines are broken: rich breaks at the real one."""


class _Spaces:
    """A stream that turns what stands for a no-break space back into a space."""

    def __init__(self, stream: IO[str]):
        self._stream = stream

    def write(self, text: str) -> int:
        return self._stream.write(text.replace(_TOGETHER, " "))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def out() -> Console:
    """Where results go: stdout. A file or a pipe has no edge of its own."""
    console = output(cast(IO[str], _Spaces(sys.stdout)))
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console.width = 120
    return console


def print_study(
    study: Study, name: str, lang: str, *, answers: bool = True, images: Dataset | None = None
) -> None:
    """The final table of a study, its comments, and the answers to the tasks."""
    found, words, console = final_table(study), wording(lang), out()
    print_table(found, name, words, console)
    if answers:
        print_answers(found, words, console, images)


def print_table(found: FinalTable, name: str, words: Wording, console: Console) -> None:
    """The final table for people; the comments stand below it, where they have room."""
    text, wide = table_text(found, name, words), console.width >= _WIDE
    table = Table(
        title=Text(text.title),
        caption=_together(Text(text.caption)),
        caption_justify="left",
        box=box.HORIZONTALS,
        show_lines=True,
        padding=(0, 1, 0, 0),
    )
    heads = text.headings
    table.add_column(
        Text(f"{heads['row']}\n{heads['configuration']}"), ratio=3, min_width=18, overflow="fold"
    )
    for column in ("train", "test"):
        table.add_column(Text(heads[column]), no_wrap=True)
    if wide:
        table.add_column(Text(heads["iterations"]), justify="right", no_wrap=True)
    table.add_column(Text(heads["compared"]), ratio=2, min_width=18, overflow="fold")
    for cells in text.rows:
        hyperparameters = cells["hyperparameters"][0].replace(" = ", f"{NBSP}={NBSP}")
        iterations = cells["iterations"][0]
        title, *names = cells["row"]
        recipe = [(title, "bold"), *names, cells["configuration"][0], hyperparameters]
        if not wide:
            recipe.append(f"{heads['iterations'].lower()}: {iterations}")
        table.add_row(
            _together(Text("\n").join(Text.assemble(part) for part in recipe)),
            _lines(cells["train"], wide),
            _lines(cells["test"], wide),
            *([Text(iterations)] if wide else []),
            _lines(cells["compared"], wide),
        )
    console.print(table)
    console.print()
    for line in found.lines:
        said = styled(words, *comment(found, line))
        console.print(Text.assemble((line.row.name, "bold"), ": ", said))


def print_answers(
    found: FinalTable, words: Wording, console: Console, images: Dataset | None
) -> None:
    """The answers, a heading each."""
    for task, paragraphs in answered(found, images):
        console.print()
        console.print(Text(words.plain(f"tasks.{task.name}.title"), "bold underline"))
        for paragraph in paragraphs:
            console.print(Padding(styled(words, *paragraph), (0, 0, 0, 2)))


def _lines(pieces: Pieces, wide: bool) -> Text:
    """The pieces below each other; where there is room the second one beside the first."""
    if wide and len(pieces) > 1:
        pieces = (f"{pieces[0]} {pieces[1]}", *pieces[2:])
    return _together(Text("\n".join(pieces)))


def _together(text: Text) -> Text:
    text.plain = text.plain.replace(NBSP, _TOGETHER)  # as long as before: the styles stay
    return text


def styled(words: Wording, *sentences: Say) -> Text:
    """Sentences with their styles."""
    spans: Spans = words.text(*sentences)
    return _together(Text.assemble(*((span.text, _STYLES.get(span.style, "")) for span in spans)))
