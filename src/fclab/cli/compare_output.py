"""Two rows against each other on the terminal."""

import math

from rich import box
from rich.table import Table
from rich.text import Text

from fclab.cli.study_output import out, styled
from fclab.report.recipes import written
from fclab.study.two_rows import TwoRows
from fclab.words.wording import Wording, say, wording


def print_comparison(found: TwoRows, lang: str) -> None:
    """What differs between two rows, by how much, and on which classes."""
    words, console = wording(lang), out()
    first, second = found.names
    both = {"first": first, "second": second}
    changed = [
        f"{name}: {written(before)} → {written(after)}"
        for name, (before, after) in found.recipes[0].changes_from(found.recipes[1]).items()
    ]
    word = found.verdict.decision.key
    one, other = found.accuracies
    console.print(Text(words.plain("study_compare.title", **both), "bold"))
    paragraphs = [
        [say("study_compare.changes", changes=changed, **both)]
        if changed
        else [say("study_compare.no_changes")],
        [
            say("study_compare.change", verdict=found.verdict, one=one, other=other, **both),
            say(f"study_compare.{word}", change=found.change, verdict=found.verdict, **both),
            say("study_compare.paired" if found.change.paired else "study_compare.unpaired"),
        ],
    ]
    if math.isfinite(found.loss.low):
        paragraphs.append([say("study_compare.loss", change=found.loss)])
    if found.substitute:
        paragraphs.insert(0, [say("study_compare.stand_in", substitute=found.substitute)])
    for paragraph in paragraphs:
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
