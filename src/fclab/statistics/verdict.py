"""Verdicts on the rows of a study, corrected for their number."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike

from fclab.errors import UsageError
from fclab.statistics.comparison import Comparison
from fclab.statistics.seeds import SeedDifference
from fclab.statistics.twoway import ALPHA


class Word(StrEnum):
    """What can be said of a row after all its study's comparisons."""

    BETTER = "better"
    WORSE = "worse"
    NOT_DISTINGUISHABLE = "not distinguishable"


@dataclass(frozen=True)
class Verdict:
    """The word on a comparison and the p-value, corrected for the whole study, that it rests on."""

    word: Word
    p_adjusted: float


def holm(p_values: ArrayLike) -> np.ndarray:
    """Holm's adjusted p-values, in the order given, float64 ``(n,)``.

    Adjusted p of the k-th smallest of n: the largest of (n − j + 1)·p over the j ≤ k smallest, at
    most 1. Those below 0.05 are wrong anywhere in the study with probability 5 % at most, however
    the comparisons depend on each other (Holm 1979). SciPy corrects for false discoveries only.

    Raises:
        UsageError: a p-value is not between 0 and 1.
    """
    p = np.asarray(p_values, dtype=np.float64)
    if not ((p >= 0) & (p <= 1)).all():
        raise UsageError("p-values lie between 0 and 1")
    order = np.argsort(p, kind="stable")
    adjusted = np.empty_like(p)
    steps = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    adjusted[order] = np.minimum(steps, 1)
    return adjusted


def verdicts(
    comparisons: Sequence[Comparison | SeedDifference], *, higher_is_better: bool = True
) -> tuple[Verdict, ...]:
    """Better, worse or not distinguishable, with 5 % risk of any wrong word in the whole study.

    A row whose own interval just leaves 0 out can still be *not distinguishable* here: among many
    rows some interval does so by luck.

    Args:
        comparisons: all rows of a study that are compared with a parent.
        higher_is_better: False for losses.
    """
    adjusted = holm([c.p_value for c in comparisons])

    def word(difference: float, p: float) -> Word:
        if p >= ALPHA:
            return Word.NOT_DISTINGUISHABLE
        return Word.BETTER if (difference > 0) == higher_is_better else Word.WORSE

    return tuple(
        Verdict(word(c.difference, float(p)), float(p))
        for c, p in zip(comparisons, adjusted, strict=True)
    )
