"""Two rows against each other on the terminal."""

from rich import box
from rich.table import Table
from rich.text import Text

from fclab.cli.study_output import out, styled
from fclab.labs.lab1.content.two_rows import paragraphs
from fclab.study.two_rows import TwoRows
from fclab.words.wording import Wording, say, wording


def print_comparison(found: TwoRows, lang: str) -> None:
    """What differs between two rows, by how much, and on which classes."""
    words, console = wording(lang), out()
    first, second = found.names
    console.print(Text(words.plain("study_compare.title", first=first, second=second), "bold"))
    for paragraph in paragraphs(found):
        console.print(styled(words, *paragraph))
    console.print(styled(words, say("study_compare.by_class", n=len(found.classes))))
    console.print(_classes(found, words))


def _classes(found: TwoRows, words: Wording) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column(Text(words.plain("study_compare.class")))
    headings = (*found.names, *map(words.plain, ("study_compare.difference",
                                                 "study_compare.interval")))  # fmt: skip
    for heading in headings:
        table.add_column(Text(heading), justify="right")
    for row in found.classes:
        verdict = row.verdict
        table.add_row(
            Text(f"{row.name.number} {words.called(row.name)}"),
            words.pct(row.first),
            words.pct(row.second),
            words.signed(verdict.difference),
            f"{words.signed(verdict.low)} … {words.signed(verdict.high)}",
        )
    return table
