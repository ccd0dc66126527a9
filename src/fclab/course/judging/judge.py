"""Findings: rows of all submissions beside their trainings, corrected for their number (Holm)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from fclab.course.judging.predictive import (
    Part,
    Prediction,
    are_at_chance,
    p_values,
    predictions,
)
from fclab.course.judging.traces import Traces
from fclab.course.values import CheckedFigure, CheckedRow, ClaimedRow, Figure
from fclab.statistics import holm
from fclab.values.recipe import Recipe

LEVEL: Final = 0.01
"""Of a course: an honest one holds a row that is "not reproducible" less often."""
OF_A_ROW: Final = 0.001
"""Of a row: outside what 1000 such rows would give."""


@dataclass(frozen=True)
class Trained:
    """A claimed row and its trainings.

    Attributes:
        claimed: the row.
        traces: None: it was not trained, for the `reason`.
        reason: a code of `CheckedRow`.
        recipe: what was trained.
    """

    claimed: ClaimedRow
    traces: Traces | None
    reason: str = ""
    recipe: Recipe | None = None


def judged(tables: Sequence[Sequence[Trained]]) -> tuple[tuple[CheckedRow, ...], ...]:
    """The findings on all rows of a course; every figure that can be compared is one of the family
    that Holm's correction is for.

    Args:
        tables: of every student the rows.
    """
    weighed = [[_weighed(one) for one in table] for table in tables]
    every = [p for table in weighed for row in table for p in row.p.values()]
    adjusted = iter(holm(every))
    return tuple(
        tuple(
            _checked(place, row, {part: float(next(adjusted)) for part in row.p})
            for place, row in enumerate(table)
        )
        for table in weighed
    )


def figures_of(row: ClaimedRow) -> dict[Part, Figure]:
    """The accuracies that a row has."""
    both: dict[Part, Figure | None] = {"test": row.test, "train": row.train}
    return {part: figure for part, figure in both.items() if figure is not None}


@dataclass(frozen=True)
class _Weighed:
    trained: Trained
    predicted: dict[Part, Prediction]
    p: dict[Part, float]


def _weighed(one: Trained) -> _Weighed:
    if one.traces is None or not one.traces.can_be_judged:
        return _Weighed(one, {}, {})
    predicted = predictions(one.traces)
    return _Weighed(one, predicted, p_values(predicted, figures_of(one.claimed)))


def least_p(one: Trained) -> float:
    """The least p-value of a row by itself; 1: nothing can be compared."""
    return min(_weighed(one).p.values(), default=1.0)


def _checked(place: int, row: _Weighed, adjusted: dict[Part, float]) -> CheckedRow:
    traces, claimed = row.trained.traces, figures_of(row.trained.claimed)
    if traces is None:
        return CheckedRow(row=place, finding="not_checked", reason=row.trained.reason)
    if not row.p:
        guessed = are_at_chance(list(claimed.values()), traces.chance)
        finding = "plausible" if guessed else "not_checked"
        return CheckedRow(row=place, finding=finding, reason="diverges", seeds=traces.diverged)
    figures = []
    for part, p in row.p.items():
        one = row.predicted[part]
        low, high = one.end.interval()
        figures.append(CheckedFigure(
            part=part, claimed=claimed[part].value, mean=one.mean, sd=one.sd, low=low, high=high,
            p_value=p, adjusted=adjusted[part],
        ))  # fmt: skip
    best = row.trained.claimed.best_epoch
    usual = all(row.predicted[part].is_usual(claimed[part], best_epoch=best) for part in row.p)
    beyond = any(row.p[part] < OF_A_ROW and adjusted[part] < LEVEL for part in row.p)
    finding = "not_reproducible" if beyond else "plausible" if usual else "unusual"
    return CheckedRow(row=place, finding=finding, seeds=traces.seeds, figures=tuple(figures))
