"""Verdicts on the rows of a study, corrected for their number."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike

from fclab.statistics.binomial import ALPHA
from fclab.statistics.comparison import Comparison
from fclab.statistics.seeds import SeedDifference
from fclab.values.errors import UsageError


class Decision(StrEnum):
    """What can be said of a row after all its study's comparisons."""

    BETTER = "better"
    WORSE = "worse"
    NOT_DISTINGUISHABLE = "not distinguishable"

    @property
    def key(self) -> str:
        """What its texts are called: ``not_distinguishable``."""
        return self.value.replace(" ", "_")


@dataclass(frozen=True)
class Verdict:
    """What is said of one comparison of a family, all of it at one level.

    Attributes:
        difference: of the row from its parent.
        decision: better or worse exactly where ``low`` to ``high`` leaves 0 out.
        p_adjusted: p-value corrected for the family (Holm); below 0.05 exactly there too.
        level: two-sided error rate at which Holm's correction judged this comparison: 5 % divided
            by the number of comparisons that were left when it came to it.
        low, high: interval of the difference at that level. It is never narrower than 95 %.
        detectable: the smallest true difference that such a comparison at that level calls in 8
            of 10 cases.
        family: how many comparisons were judged together.
    """

    difference: float
    decision: Decision
    p_adjusted: float
    level: float
    low: float
    high: float
    detectable: float
    family: int


def holm(p_values: ArrayLike) -> np.ndarray:
    """Holm's adjusted p-values, in the order given, float64 ``(n,)``.

    Adjusted p of the k-th smallest of n: the largest of (n − j + 1)·p over the j ≤ k smallest, at
    most 1. Those below 0.05 are wrong anywhere in the study with probability 5 % at most, however
    the comparisons depend on each other (Holm 1979). SciPy corrects for false discoveries only, so
    these five lines are written by hand.

    Raises:
        UsageError: a p-value is not between 0 and 1.
    """
    p = np.asarray(p_values, dtype=np.float64)
    if not ((p >= 0) & (p <= 1)).all():
        raise UsageError("p-values lie between 0 and 1")
    order = np.argsort(p)
    adjusted = np.empty_like(p)
    steps = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    adjusted[order] = np.minimum(steps, 1)
    return adjusted


def verdicts(
    comparisons: Sequence[Comparison | SeedDifference],
    *,
    higher_is_better: bool | Sequence[bool] = True,
) -> tuple[Verdict, ...]:
    """Better, worse or not distinguishable, with 5 % risk of any wrong decision in the family.

    Holm's correction takes the p-values from the least up and asks each to be below 5 % divided by
    the number that are left, until the first is not: that one and all after it are not called,
    and their number is what their level is divided by. Interval and detectable difference of a
    comparison are those of its level, so they agree with its decision.

    Args:
        comparisons: all that a study concludes from.
        higher_is_better: False for losses; of all comparisons, or of each.
    """
    p_values = np.array([c.p_value for c in comparisons])
    adjusted, family = holm(p_values), len(comparisons)
    called = adjusted < ALPHA
    left = np.full(family, family - called.sum())
    up = [higher_is_better] * family if isinstance(higher_is_better, bool) else higher_is_better
    order = np.argsort(p_values, kind="stable")
    for step, k in enumerate(order[: called.sum()]):
        left[k] = family - step
    return tuple(
        _verdict(c, float(p), bool(is_called), ALPHA / n, family, better_up)
        for c, p, is_called, n, better_up in zip(
            comparisons, adjusted, called, left.tolist(), up, strict=True
        )
    )


def _verdict(
    change: Comparison | SeedDifference,
    p_adjusted: float,
    called: bool,
    level: float,
    family: int,
    higher_is_better: bool,
) -> Verdict:
    decision = Decision.NOT_DISTINGUISHABLE
    if called:
        decision = (
            Decision.BETTER if (change.difference > 0) == higher_is_better else Decision.WORSE
        )
    # p·n < 5 % and p < 5 %/n are the same but for rounding: the interval goes by the first.
    p = change.p_value
    exact = max(level, math.nextafter(p, 1)) if called else min(level, p)
    low, high = change.interval(exact)
    return Verdict(
        change.difference, decision, p_adjusted, level, low, high, change.detectable(level), family
    )
