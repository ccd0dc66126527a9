"""Figures of the best epoch in place of the last one."""

from collections.abc import Sequence
from typing import Final

from fclab.course.judging.judge import Trained
from fclab.course.judging.predictive import Student, predictions, written
from fclab.course.values import Figure, Slip

SELDOM: Final = 0.005
"""So seldom a run ends as high as a figure that is taken for the best epoch's."""
USUAL: Final = 0.05
"""So often, at least, the best epoch is as far from its mean."""


def best_epoch(table: Sequence[Trained]) -> tuple[Slip, ...]:
    """Rows that say that their figures are those of the best epoch, or whose test accuracy is that
    of best epochs and hardly that of a last one.

    Args:
        table: rows and their trainings.
    """
    found = []
    for place, one in enumerate(table):
        stated, figure = one.claimed.best_epoch, one.claimed.test
        if one.traces is None or not one.traces.can_be_judged or figure is None:
            if stated:
                found.append(Slip(kind="best_epoch", rows=(place,), values={"stated": 1}))
            continue
        test = predictions(one.traces)["test"]
        seldom = _highest(test.end, figure) < SELDOM
        usual = min(_highest(test.best, figure), _lowest(test.best, figure)) > USUAL / 2
        if stated or (seldom and usual):
            found.append(Slip(kind="best_epoch", rows=(place,), values={
                "stated": int(stated), "claimed": figure.value,
                "last": test.end.mean, "best": test.best.mean,
            }))  # fmt: skip
    return tuple(found)


def _highest(of: Student, figure: Figure) -> float:
    return of.above(written(figure)[0])


def _lowest(of: Student, figure: Figure) -> float:
    return of.below(written(figure)[1])
