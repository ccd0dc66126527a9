"""A self-study task of the lab as one object: its rows, what it expects, its answer, its words."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fclab.analysis import effects
from fclab.labs.lab1 import moves
from fclab.labs.lab1.search import Search
from fclab.labs.lab1.settings import Settings
from fclab.report.recipes import differences
from fclab.statistics import Decision, Verdict
from fclab.study.expectations import Answer, Claim, Expectation
from fclab.study.rows import Row
from fclab.study.table import FinalTable, Line
from fclab.values.dataset import Dataset
from fclab.values.recipe import Recipe
from fclab.words.languages import Lang
from fclab.words.wording import Say, say

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Paragraph = tuple[Say, ...]
Picture = tuple[Say, Callable[[Lang], "Figure"]]
"""What describes a figure (see `fclab.report.writer.Writer.figure`), and what draws it."""

ALIKE = 1.5
"""Least-loss steps that differ by no more than this factor are called about the same."""


@dataclass(frozen=True)
class Start:
    """What the rows of the tasks start from.

    Attributes:
        settings: what is tried.
        epoch: over-fitting epoch of the base recipe; a guess before it is trained.
        n_train: training images.
    """

    settings: Settings
    epoch: int
    n_train: int

    @property
    def stopped(self) -> Recipe:
        """The base recipe, stopped at the over-fitting epoch."""
        return moves.stop_at(self.settings.base, self.epoch)


class Task:
    """A task. One that is added is a module of this folder with such an object called ``TASK``,
    and its texts: ``tasks.<name>`` and ``rows.<kind>``.

    Attributes:
        number: its place among the tasks, and in the lab's text.
        name: of its texts.
        kinds: of the rows that it adds.
    """

    number: int
    name: str
    kinds: tuple[str, ...] = ()

    def planned(self, start: Start) -> list[Row]:
        """Its rows before anything is trained: what they are called, and what they are like."""
        return []

    def rows(self, start: Start, search: Search) -> list[Row]:
        """Its rows."""
        return self.planned(start)

    def search_work(self, start: Start) -> float:
        """The work of looking for its rows, in the measure of `fclab.study.trainer.work`."""
        return 0.0

    def claims(self, lines: Sequence[Line]) -> Iterator[Claim]:
        """What the lab expects of its rows."""
        yield from ()

    def say(self, table: FinalTable, line: Line) -> Iterator[Say]:
        """What its move did in a row, with the row's own numbers."""
        yield from ()

    def answer(self, table: FinalTable, images: Dataset | None) -> Iterator[Paragraph]:
        """The answer to the task, a few sentences: what came of its rows.

        Args:
            table: the study.
            images: what it is about; None where they are not at hand.
        """
        yield tuple(outcome(table.of_kind(*self.kinds)))

    def pictures(self, table: FinalTable, images: Dataset | None) -> Iterator[Picture]:
        """What its answer refers to; nothing that another figure shows."""
        yield from ()

    def details(self, table: FinalTable) -> Iterator[Paragraph]:
        """What stands behind its answer, for an appendix."""
        yield from ()


def outcome(lines: Sequence[Line]) -> Iterator[Say]:
    """What came of rows against their parents: which are better, which worse, and of the others
    what could have been seen."""
    if not lines:
        yield say("study_answers.rows_none")
    for parent in dict.fromkeys(line.row.parent for line in lines):
        yield from _outcome([line for line in lines if line.row.parent == parent])
    if failed := [line.row for line in lines if line.verdict is None]:
        yield say("study_answers.diverged", rows=failed, n=len(failed))


def _outcome(lines: Sequence[Line]) -> Iterator[Say]:
    parent = lines[0].parent
    judged = [(x.row, x.verdict) for x in lines if x.verdict is not None]
    if not judged or parent is None:
        return
    rows = {decision: [pair for pair in judged if pair[1].decision is decision]
            for decision in Decision}  # fmt: skip
    for decision in (Decision.BETTER, Decision.WORSE):
        if found := rows[decision]:
            yield say(f"study_answers.{decision.key}", rows=found, parent=parent.row)
    if rest := rows[Decision.NOT_DISTINGUISHABLE]:
        yield undecided(rest, parent.row, every=len(rest) == len(lines))


def undecided(rows: Sequence[tuple[Row, Verdict]], parent: Row | None, *, every: bool) -> Say:
    """Of rows that are not told from their parents: how large their differences are, and from where
    on a difference would have been seen.

    Args:
        rows: with their verdicts.
        parent: of all of them; None where they have several.
        every: there are no other rows to speak of.
    """
    differences = [found.difference for _, found in rows]
    seen = [found.detectable for _, found in rows]
    return say(
        f"study_answers.{'undecided' if len(rows) > 1 else 'one_undecided'}",
        rows=[row for row, _ in rows], parent=parent, every=every, n=len(rows),
        verdict=rows[0][1], least=min(differences), most=max(differences),
        seen_least=min(seen), seen_most=max(seen),
    )  # fmt: skip


def moved(lines: Sequence[Line]) -> Iterator[Say]:
    """What a move did to training beside the accuracy on test: in which rows the loss on train and
    the gap changed (intervals over the seeds of each comparison alone), and
    when the loss on test is least. Of rows of one parent."""
    lines = [line for line in lines if line.runs]
    parent = lines[0].parent if lines else None
    if parent is None or not parent.runs:
        return
    for name in ("train_loss", "gap"):
        found = [(line.row, it) for line in lines if (it := effects.change(line, name))]
        rows = [(row, it.difference) for row, it in found if it.low > 0 or it.high < 0]
        yield say(f"effects.{name}", rows=rows, n=len(lines))
    rates = {line.recipe.lr for line in (*lines, parent)}
    ways = [_least_loss_way(line, rates) for line in lines]
    before = _least_loss_way(parent, rates)
    alike = max(*ways, before) <= ALIKE * min(*ways, before)
    yield say("effects.way", least=min(ways), most=max(ways), before=before, alike=alike,
              steps=len(rates) == 1)  # fmt: skip


def _least_loss_way(line: Line, rates: Collection[float]) -> float:
    """Steps until the test loss is least; where the rates differ, times the learning rate: how far
    a network has come is nearly a matter of that product."""
    n = line.runs[0].dataset.sizes["train"]
    steps = effects.mean(line, "epoch") * line.recipe.iterations_per_epoch(n)
    return steps if len(rates) == 1 else steps * line.recipe.lr


def expectation(key: str, found: Expectation) -> Iterator[Say]:
    """What the lab expects, what accuracy and loss say of it, and where the accuracy does not
    settle it what could have been seen.

    Args:
        key: of what is expected.
        found: what came of it.
    """
    rows = [line.row for line in found.lines]
    loss = found.loss if found.loss.change.low > float("-inf") else None
    yield say(key, rows=rows, n=len(rows))
    yield say("study_answers.expected", accuracy=found.accuracy, loss=loss,
              unsettled=found.accuracy.answer is Answer.NOT_RESOLVED)  # fmt: skip


def changes(line: Line) -> list[str]:
    """What a row changes in its parent's recipe: "lr: 0.005 → 0.001"."""
    return differences(line.parent.recipe, line.recipe) if line.parent else []
