"""Answers to the lab's tasks and to its expectations, as values without words."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

import numpy as np

from fclab.metrics import Extremes, Mistake, confused_pairs, extremes, recall, worst_mistakes
from fclab.run import Run
from fclab.statistics import (
    Comparison,
    SeedDifference,
    Word,
    compare_over_seeds,
    compare_together,
    holm,
    optimism,
)
from fclab.statistics.twoway import ALPHA
from fclab.study.choices import overfitting_epoch
from fclab.study.moves import BatchArithmetic, batch_arithmetic
from fclab.study.study import correct_answers
from fclab.study.table import FinalTable, Line


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
        p_adjusted: Holm's, over all that is measured for expectations in this study.
        answer: confirmed or refuted with 5 % risk of any wrong answer among them.
    """

    change: Comparison | SeedDifference
    p_adjusted: float
    answer: Answer


@dataclass(frozen=True, eq=False)
class Expectation:
    """What the lab expects of a move, and what came of it.

    Attributes:
        lines: the rows that made the move; their mean is compared where they are several.
        parent: what they are compared to.
        accuracy: on the test set, for new seeds and new images.
        loss: test loss, over the seeds, on these test images.
        train_loss: the change of the training loss.
    """

    lines: tuple[Line, ...]
    parent: Line
    accuracy: Measured
    loss: Measured
    train_loss: SeedDifference


@dataclass(frozen=True)
class Classes:
    """Task 1: where the base row errs. Classes are labels, 0 to k − 1.

    Attributes:
        extremes: the hardest and the easiest ones, over all seeds.
        hardest_in: in how many of the seeds the first of the hardest is the hardest (ties count).
        taken_for: what the first of the hardest is taken for most often; counts over all seeds.
        share: of the test images of that class, how many are taken for each of them.
        pair: the two classes that are confused most, both ways together; None without mistakes
            and where two pairs are confused equally often.
        pair_share: share of all mistakes that are between these two.
    """

    extremes: Extremes
    hardest_in: int
    taken_for: tuple[Mistake, ...]
    share: float
    pair: tuple[int, int] | None
    pair_share: float


@dataclass(frozen=True)
class Optimism:
    """How much choosing the epoch on the test set flatters, from the same runs.

    The base recipe, trained without the held-out part; the epoch is chosen once by the mean test
    loss and once by the mean validation loss.

    Attributes:
        by_test, by_valid: the chosen epochs.
        accuracy_by_test, accuracy_by_valid: mean test accuracy there.
        difference: of the two, paired by seed.
    """

    by_test: int
    by_valid: int
    accuracy_by_test: float
    accuracy_by_valid: float
    difference: SeedDifference


Why = Literal["fits_more", "overfits_less", "both", "fits_less", "overfits_more", "both_worse"]
"""Where a difference on the test set comes from: the accuracy on train, the gap between train and
test, or both (test = train − gap)."""


@dataclass(frozen=True, eq=False)
class Answers:
    """What the study answers.

    Attributes:
        table: the final table that it follows from.
        classes: task 1; None where the base row has no healthy run.
        larger_batch: a larger batch at the same number of iterations helps; None without such rows.
        past: a larger batch past the over-fitting epoch makes over-fitting worse; None as above.
        optimism: None where all runs diverged.
    """

    table: FinalTable
    classes: Classes | None
    larger_batch: Expectation | None
    past: Expectation | None
    optimism: Optimism | None

    def of_kind(self, *kinds: str) -> tuple[Line, ...]:
        """The lines made by these moves."""
        return tuple(line for line in self.table.lines if line.row.kind in kinds)


def answer(table: FinalTable) -> Answers:
    """All answers of a study."""
    base = table.lines[0]
    larger = _expected(
        [line for line in table.lines if line.row.kind == "batch" and (line.row.factor or 0) > 1]
    )
    past = _expected([line for line in table.lines if line.row.kind == "past"])
    found = [change for pair in (larger, past) if pair for change in pair[2:4]]
    adjusted = iter(holm([change.p_value for change in found]).tolist())

    def settled(pair: _Pair | None, better: bool) -> Expectation | None:
        if pair is None:
            return None
        lines, parent, accuracy, loss, train_loss = pair
        return Expectation(
            lines,
            parent,
            _measured(accuracy, next(adjusted), expected_up=better),
            _measured(loss, next(adjusted), expected_up=not better),
            train_loss,
        )

    return Answers(
        table=table,
        classes=_classes(base) if base.runs else None,
        larger_batch=settled(larger, better=True),
        past=settled(past, better=False),
        optimism=_optimism(table.study.held_out),
    )


def arithmetic(line: Line, n_train: int) -> BatchArithmetic:
    """The batches and iterations of a row that changed the batch of its parent."""
    assert line.parent is not None
    return batch_arithmetic(line.parent.recipe, line.recipe.batch(n_train), n_train)


def why(line: Line) -> Why:
    """Where a verified difference on the test set comes from."""
    parent = line.parent
    assert parent is not None
    assert line.train is not None
    assert line.test is not None
    assert parent.train is not None
    assert parent.test is not None
    fit = line.train.mean - parent.train.mean
    gap = fit - (line.test.mean - parent.test.mean)
    if line.test.mean >= parent.test.mean:
        return "both" if fit > 0 > gap else "fits_more" if fit > 0 else "overfits_less"
    return "both_worse" if fit < 0 < gap else "fits_less" if fit < 0 else "overfits_more"


def helpful(table: FinalTable) -> tuple[Line, ...]:
    """Task 6: the rows that are verified to be better than their parent, best first."""
    return tuple(x for x in table.ranking if x.verdict and x.verdict.word is Word.BETTER)


_Pair = tuple[tuple[Line, ...], Line, Comparison, SeedDifference, SeedDifference]


def _expected(lines: Sequence[Line]) -> _Pair | None:
    """The mean of the rows against their common parent, over the seeds healthy in all of them."""
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

    accuracy = compare_together([correct_answers(runs) for runs in after], correct_answers(before))
    return lines, parent, accuracy, change("test_loss"), change("train_loss")


def _measured(
    change: Comparison | SeedDifference, p_adjusted: float, *, expected_up: bool
) -> Measured:
    word = Answer.NOT_RESOLVED
    if p_adjusted < ALPHA:
        word = Answer.CONFIRMED if (change.difference > 0) == expected_up else Answer.REFUTED
    return Measured(change, p_adjusted, word)


def _classes(base: Line) -> Classes:
    matrices = [run.confusion("test") for run in base.runs]
    together = np.sum(matrices, axis=0)
    found = extremes(together)
    first = found.hardest[0]
    per_seed = np.array([recall(matrix) for matrix in matrices])
    worst = worst_mistakes(together, first)
    pairs = confused_pairs(together)
    mistakes = int(together.sum() - np.trace(together))
    told = mistakes > 0 and (len(pairs) == 1 or pairs[0].value > pairs[1].value)
    return Classes(
        extremes=found,
        hardest_in=int((per_seed[:, first] <= np.nanmin(per_seed, axis=1)).sum()),
        taken_for=worst,
        share=worst[0].count / int(together[first].sum()) if worst else 0.0,
        pair=(pairs[0].first, pairs[0].second) if told else None,
        pair_share=pairs[0].value / mistakes if told else 0.0,
    )


def _optimism(runs: Sequence[Run]) -> Optimism | None:
    by_test, by_valid = (overfitting_epoch(runs, split) for split in ("test", "valid"))
    if by_test is None or by_valid is None:
        return None
    healthy = [run for run in runs if run.diverged_at is None]
    flattered, fair = (
        np.array([run.history["test_accuracy"][found.of_mean - 1] for run in healthy])
        for found in (by_test, by_valid)
    )
    return Optimism(
        by_test=by_test.of_mean,
        by_valid=by_valid.of_mean,
        accuracy_by_test=float(flattered.mean()),
        accuracy_by_valid=float(fair.mean()),
        difference=optimism(flattered, fair),
    )
