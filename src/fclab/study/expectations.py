"""What a lab expects of a move, tested on the rows that made it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from fclab.statistics import (
    Comparison,
    Decision,
    SeedDifference,
    Verdict,
    compare_over_seeds,
    compare_together,
)
from fclab.study.study import correct_answers

if TYPE_CHECKING:
    from fclab.study.table import Line


class Answer(StrEnum):
    """What the runs say of an expectation."""

    CONFIRMED = "confirmed"
    REFUTED = "refuted"
    NOT_RESOLVED = "not_resolved"


@dataclass(frozen=True)
class Measured:
    """An expectation against one quantity.

    Attributes:
        change: the row (or the mean of the rows) against the parent.
        verdict: on it, one of the study's family.
        answer: confirmed or refuted exactly where the verdict is better or worse.
    """

    change: Comparison | SeedDifference
    verdict: Verdict
    answer: Answer


@dataclass(frozen=True, eq=False)
class Expectation:
    """What the lab expects of a move, and what came of it.

    Attributes:
        kind: what the expectation is called.
        lines: the rows that made the move; their mean is compared where they are several.
        parent: what they are compared to.
        accuracy: on the test set, for new seeds and new images.
        loss: test loss, over the seeds, on these test images.
        train_loss: the change of the training loss; only a description.
    """

    kind: str
    lines: tuple["Line", ...]
    parent: "Line"
    accuracy: Measured
    loss: Measured
    train_loss: SeedDifference


@dataclass(frozen=True, eq=False)
class Claim:
    """An expectation before the verdicts: what is to be judged.

    Attributes:
        kind: of the move.
        lines, parent: as of `Expectation`.
        gain: whether the move is expected to help.
        accuracy: test accuracy against the parent; of a single row its own comparison, which then
            is no second question.
        loss, train_loss: likewise.
    """

    kind: str
    lines: tuple["Line", ...]
    parent: "Line"
    gain: bool
    accuracy: Comparison
    loss: SeedDifference
    train_loss: SeedDifference

    @property
    def names(self) -> tuple[str, str]:
        """What its comparisons of accuracy and of loss are called among those of the study. The
        accuracy of a single row is the row's own comparison, by its name."""
        own = len(self.lines) == 1
        return self.lines[0].row.name if own else f"{self.kind}: accuracy", f"{self.kind}: loss"

    def judged(self, verdicts: Mapping[str, Verdict]) -> Expectation:
        """The expectation with its answers.

        Args:
            verdicts: of the study, by name.
        """
        accuracy, loss = (verdicts[name] for name in self.names)
        return Expectation(
            self.kind,
            self.lines,
            self.parent,
            self._measured(self.accuracy, accuracy),
            self._measured(self.loss, loss),
            self.train_loss,
        )

    def _measured(self, change: Comparison | SeedDifference, verdict: Verdict) -> Measured:
        answer = Answer.NOT_RESOLVED
        if verdict.decision is not Decision.NOT_DISTINGUISHABLE:
            as_expected = (verdict.decision is Decision.BETTER) == self.gain
            answer = Answer.CONFIRMED if as_expected else Answer.REFUTED
        return Measured(change, verdict, answer)


def claim(kind: str, lines: Sequence["Line"], *, gain: bool) -> Claim | None:
    """What a lab expects of some rows: the mean of them against their common parent, over the
    seeds healthy in all of them; None where there are no such rows.

    Args:
        kind: what the expectation is called.
        lines: the rows that made the move.
        gain: whether it is expected to help.
    """
    lines = tuple(line for line in lines if line.runs and line.parent and line.parent.runs)
    if not lines:
        return None
    parent = lines[0].parent
    assert parent is not None
    of_seed = [{run.seed: run for run in line.runs} for line in (parent, *lines)]
    seeds = [seed for seed in of_seed[0] if all(seed in runs for runs in of_seed)]
    if not seeds:
        return None
    before, *after = ([runs[seed] for seed in seeds] for runs in of_seed)

    def change(metric: str) -> SeedDifference:
        values = [[run.metrics[metric] for run in runs] for runs in after]
        return compare_over_seeds(
            np.mean(values, axis=0),
            [run.metrics[metric] for run in before],
            seeds=seeds,
            parent_seeds=seeds,
        )

    accuracy = lines[0].comparison if len(lines) == 1 else None
    if accuracy is None:
        accuracy = compare_together([correct_answers(x) for x in after], correct_answers(before))
    return Claim(kind, lines, parent, gain, accuracy, change("test_loss"), change("train_loss"))
