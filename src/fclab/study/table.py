"""The final table as values: every row with its intervals, its comparison and its verdict."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from fclab.statistics import (
    Comparison,
    Distribution,
    Interval,
    SeedDifference,
    SeedMean,
    Verdict,
    accuracy_over_images,
    compare_over_seeds,
    distribution,
    mean_over_seeds,
    verdicts,
)
from fclab.study.expectations import Claim, Expectation
from fclab.study.rows import Row
from fclab.study.study import Study, accuracy, compare_runs, correct_answers, healthy
from fclab.values.metrics import recall
from fclab.values.recipe import Recipe
from fclab.values.run import Run


@dataclass(frozen=True, eq=False)
class Line:
    """One line of the final table.

    Attributes:
        row: configuration, parent and move.
        parent: the line of the parent row; None for the base row.
        runs: healthy runs of the row; those that diverged are counted in ``diverged``.
        train, test: accuracy, mean with 95 % interval over seeds, best and worst seed; None
            where every run diverged.
        on_new_images: what new seeds reach on new images of the classes.
        test_loss: mean with interval over seeds.
        comparison, verdict: against the parent; None for the base row and where one of the two
            has no healthy run.
        loss_change: test loss against the parent, paired by seed; a description without a verdict.
        iterations: steps of one training.
    """

    row: Row
    parent: "Line | None"
    runs: tuple[Run, ...]
    diverged: int
    iterations: int
    train: SeedMean | None = None
    test: SeedMean | None = None
    on_new_images: Interval | None = None
    test_loss: SeedMean | None = None
    comparison: Comparison | None = None
    verdict: Verdict | None = None
    loss_change: SeedDifference | None = None

    @property
    def recipe(self) -> Recipe:
        """The recipe of the row."""
        return self.row.recipe

    @cached_property
    def recall(self) -> np.ndarray:
        """Share of each class's test images answered right, mean over seeds, ``(classes,)``."""
        return recall(self.confusion)

    @cached_property
    def confusion(self) -> np.ndarray:
        """Mean confusion matrix of the test set over seeds, rows the true classes."""
        return np.mean([run.confusion("test") for run in self.runs], axis=0)


@dataclass(frozen=True, eq=False)
class FinalTable:
    """The final table of a study.

    Attributes:
        study: what it was made from.
        lines: one per row, in order.
        epochs: over-fitting epochs of the seeds of the base recipe.
        expectations: what the lab expected of its moves, and what came of it.
        family: how many comparisons were judged together: those of the rows and expectations.
    """

    study: Study
    lines: tuple[Line, ...]
    epochs: Distribution | None
    expectations: tuple[Expectation, ...]
    family: int

    def line(self, name: str) -> Line:
        """The line of a row by its name.

        Raises:
            KeyError: there is none.
        """
        return {line.row.name: line for line in self.lines}[name]

    @property
    def arithmetics(self) -> tuple[str, ...]:
        """The processors that trained the rows, see `fclab.values.run.Machine.arithmetic`: runs of
        the same seed are equal to the bit on one of them only."""
        machines = [run.machine for line in self.lines for run in line.runs]
        return tuple(dict.fromkeys(one.arithmetic for one in machines if one is not None))

    def of_kind(self, *kinds: str) -> tuple[Line, ...]:
        """The lines made by these moves."""
        return tuple(line for line in self.lines if line.row.kind in kinds)

    def expected(self, kind: str) -> Expectation | None:
        """The expectation of that name, if there were such rows."""
        return next((found for found in self.expectations if found.kind == kind), None)

    @property
    def ranking(self) -> tuple[Line, ...]:
        """The lines that differ from their parent, verified ones first, then by difference."""
        compared = [line for line in self.lines if line.comparison and line.verdict]

        def order(line: Line) -> tuple[bool, float]:
            assert line.comparison is not None
            assert line.verdict is not None
            return line.verdict.decision != "better", -line.comparison.difference

        return tuple(sorted(compared, key=order))


Claims = Callable[[Sequence[Line]], Iterable[Claim]]
"""What a lab expects, of the lines of its table."""


def final_table(study: Study, claims: Claims = lambda lines: ()) -> FinalTable:
    """Every row with its figures.

    The verdicts on the rows and the answers to the lab's expectations are one family, corrected
    (Holm) for their number. Every other number of a study is a description.
    """
    lines: dict[str, Line] = {}
    for row in study.rows:
        parent = lines.get(row.parent) if row.parent else None
        lines[row.name] = _line(row, parent, study.runs[row.name], study.dataset.sizes["train"])
    expected = tuple(claims(list(lines.values())))
    words = _verdicts(lines.values(), expected)
    judged = tuple(replace(line, verdict=words.get(name)) for name, line in lines.items())
    found = study.overfitting
    return FinalTable(
        study,
        judged,
        distribution(found.per_seed) if found else None,
        tuple(claim.judged(words) for claim in expected),
        family=len(words),
    )


def _verdicts(lines: Iterable[Line], expected: Iterable[Claim]) -> dict[str, Verdict]:
    """The verdicts of a study by name, all of one family. A question that is asked twice counts
    once: see `Claim.names`."""
    family: dict[str, tuple[Comparison | SeedDifference, bool]] = {}
    for claim in expected:
        on_accuracy, on_loss = claim.names
        family |= {on_accuracy: (claim.accuracy, True), on_loss: (claim.loss, False)}
    family |= {line.row.name: (line.comparison, True) for line in lines if line.comparison}
    changes, better_up = [c for c, _ in family.values()], [up for _, up in family.values()]
    return dict(zip(family, verdicts(changes, higher_is_better=better_up), strict=True))


def _line(row: Row, parent: Line | None, runs: Sequence[Run], n_train: int) -> Line:
    well = healthy(runs)
    line = Line(
        row=row,
        parent=parent,
        runs=well,
        diverged=len(runs) - len(well),
        iterations=row.recipe.iterations(n_train),
    )
    if not well:
        return line
    line = replace(
        line,
        train=accuracy(well, "train"),
        test=accuracy(well, "test"),
        on_new_images=accuracy_over_images(correct_answers(well)),
        test_loss=mean_over_seeds(_losses(well)),
    )
    if parent is None or not parent.runs:
        return line
    return replace(
        line,
        comparison=compare_runs(well, parent.runs),
        loss_change=compare_over_seeds(
            _losses(well),
            _losses(parent.runs),
            seeds=[run.seed for run in well],
            parent_seeds=[run.seed for run in parent.runs],
        ),
    )


def _losses(runs: Sequence[Run]) -> list[float]:
    return [run.metrics["test_loss"] for run in runs]
