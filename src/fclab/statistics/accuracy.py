"""Intervals of the accuracy of one row."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from fclab.statistics.seeds import SeedMean, mean_over_seeds
from fclab.statistics.twoway import ALPHA, RESAMPLES, two_way


@dataclass(frozen=True)
class Interval:
    """A mean with its 95 % interval."""

    mean: float
    low: float
    high: float


def accuracy_over_seeds(accuracies: ArrayLike) -> SeedMean:
    """What the table shows: the mean accuracy of a row with its 95 % interval over seeds.

    The interval is of the accuracy that the recipe has on average over all seeds **on these very
    test images** (Student's t; the mean of even a few seeds is near enough to normal). It says
    nothing about other images: see `accuracy_over_images`.

    Args:
        accuracies: of the runs, 0 to 1, ``(seeds,)``.

    Raises:
        UsageError: there is none, or one is not between 0 and 1.
    """
    return mean_over_seeds(accuracies, within=(0.0, 1.0))


def accuracy_over_images(
    correct: ArrayLike, *, resamples: int = RESAMPLES, seed: int = 0
) -> Interval:
    """The accuracy to expect from new seeds **on new images** of the same classes.

    Much wider than the interval over seeds: 300 images alone are ±5 points. With one seed, or
    with every answer alike, it is the exact binomial interval of the images (Clopper, Pearson).

    Args:
        correct: which answers are right, bool ``(seeds, images)``.
        resamples, seed: of the bootstrap.

    Raises:
        UsageError: the table is empty.
    """
    table = np.asarray(correct, dtype=bool)
    whole = two_way([table], resamples=resamples, seed=seed)
    if len(table) == 1 or table.all() or not table.any():
        right = stats.binomtest(int(table[0].sum()), table.shape[1])
        exact = right.proportion_ci(1 - ALPHA, method="exact")
        return Interval(whole.mean, float(exact.low), float(exact.high))
    return Interval(whole.mean, max(whole.low, 0.0), min(whole.high, 1.0))
