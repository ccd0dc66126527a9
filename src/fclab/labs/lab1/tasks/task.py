"""A self-study task of the lab as one object: its rows, what it expects, its answer, its words."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fclab.labs.lab1 import moves
from fclab.labs.lab1.search import Search
from fclab.labs.lab1.settings import Settings
from fclab.report.recipes import differences
from fclab.study.expectations import Claim, Expectation, Measured
from fclab.study.rows import Row
from fclab.study.table import FinalTable, Line
from fclab.values.recipe import Recipe
from fclab.words.wording import Say, say

Paragraph = tuple[Say, ...]


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

    def answer(self, table: FinalTable) -> Iterator[Paragraph]:
        """The answer to the task: a paragraph per row with its verdict."""
        yield from verdicts(table.of_kind(*self.kinds))


def verdicts(lines: Sequence[Line]) -> Iterator[Paragraph]:
    """A paragraph per row: its verdict."""
    if not lines:
        yield (say("study_answers.rows_none"),)
    for line in lines:
        yield (verdict(line),)


def verdict(line: Line) -> Say:
    """What came of a row against its parent."""
    if line.verdict is None or line.comparison is None or line.parent is None:
        return say("study_answers.row_diverged", row=line.row)
    key = f"study_answers.row_{line.verdict.decision.key}"
    return say(key, row=line.row, parent=line.parent.row, verdict=line.verdict)


def expectation(key: str, found: Expectation) -> Iterator[Say]:
    """What the lab expects, and what accuracy and loss say of it."""
    rows = [line.row for line in found.lines]
    yield say(key, rows=rows, n=len(rows))
    yield _measured("on_accuracy", found.accuracy)
    if found.loss.change.low > float("-inf"):
        yield _measured("on_loss", found.loss)


def _measured(key: str, found: Measured) -> Say:
    return say(f"study_answers.{key}", answer=found.answer.value, verdict=found.verdict)


def changes(line: Line) -> list[str]:
    """What a row changes in its parent's recipe: "lr: 0.005 → 0.001"."""
    return differences(line.parent.recipe, line.recipe) if line.parent else []
