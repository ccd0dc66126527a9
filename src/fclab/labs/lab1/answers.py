"""Answers to the lab's tasks and to its expectations, as values without words."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fclab.labs.lab1.moves import BatchArithmetic, batch_arithmetic
from fclab.statistics import SeedDifference, Word, optimism
from fclab.study.choices import overfitting_epoch
from fclab.study.expectations import Expectation
from fclab.study.table import FinalTable, Line
from fclab.values.metrics import Extremes, Mistake, confused_pairs, extremes, recall, worst_mistakes
from fclab.values.run import Run


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
    return Answers(
        table=table,
        classes=_classes(base) if base.runs else None,
        larger_batch=table.larger_batch,
        past=table.past,
        optimism=_optimism(table.study.held_out),
    )


def arithmetic(line: Line, n_train: int) -> BatchArithmetic:
    """The batches and iterations of a row that changed the batch of its parent."""
    assert line.parent is not None
    return batch_arithmetic(line.parent.recipe, line.recipe.batch(n_train), n_train)


def helpful(table: FinalTable) -> tuple[Line, ...]:
    """Task 6: the rows that are verified to be better than their parent, best first."""
    return tuple(x for x in table.ranking if x.verdict and x.verdict.word is Word.BETTER)


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
