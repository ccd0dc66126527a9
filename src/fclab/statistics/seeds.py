"""Quantities with one value per seed: means, paired differences, spread."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from fclab.errors import UsageError
from fclab.statistics.pairing import pair
from fclab.statistics.twoway import ALPHA

POWER = 0.8
"""Chance with which the "smallest difference that could have been seen" is seen."""


@dataclass(frozen=True)
class SeedMean:
    """A mean over seeds.

    Attributes:
        mean: over the seeds.
        low, high: 95 % interval of the mean over all seeds (Student's t). With one seed it is
            everything that is possible: one run tells nothing about others.
        sd: standard deviation from seed to seed (n − 1 in the divisor); NaN with one seed.
        least, greatest: over the seeds.
        n_seeds: number of seeds.
    """

    mean: float
    low: float
    high: float
    sd: float
    least: float
    greatest: float
    n_seeds: int


@dataclass(frozen=True)
class SeedDifference:
    """How a quantity with one value per seed differs between a row and its parent.

    Attributes:
        difference: mean of the row less mean of the parent, in the quantity's own unit.
        low, high: 95 % interval; infinite with one seed.
        p_value: two-sided; below 0.05 exactly if the interval leaves 0 out.
        detectable: least true difference that 8 of 10 such comparisons would have seen.
        n_seeds: seeds of the row that were compared.
        paired: whether row and parent were compared seed by seed.
    """

    difference: float
    low: float
    high: float
    p_value: float
    detectable: float
    n_seeds: int
    paired: bool


@dataclass(frozen=True)
class Distribution:
    """The spread of a quantity over seeds: quartiles (linear interpolation) and extremes."""

    median: float
    lower_quartile: float
    upper_quartile: float
    least: float
    greatest: float
    n_seeds: int


def mean_over_seeds(
    values: ArrayLike, *, within: tuple[float, float] = (-math.inf, math.inf)
) -> SeedMean:
    """Mean, 95 % t interval and extremes of a quantity with one value per seed.

    Args:
        values: ``(seeds,)``.
        within: the values that are possible; the interval is cut to them.

    Raises:
        UsageError: no value, or one that is not finite or not possible.
    """
    x = _finite(values)
    if x.min() < within[0] or x.max() > within[1]:
        raise UsageError(f"a value lies outside {within[0]:g} to {within[1]:g}")
    mean, sd, reach = float(x.mean()), math.nan, math.inf
    if len(x) > 1:
        sd = float(x.std(ddof=1))
        reach = float(stats.t.ppf(1 - ALPHA / 2, len(x) - 1)) * sd / math.sqrt(len(x))
    return SeedMean(
        mean=mean,
        low=max(mean - reach, within[0]),
        high=min(mean + reach, within[1]),
        sd=sd,
        least=float(x.min()),
        greatest=float(x.max()),
        n_seeds=len(x),
    )


def compare_over_seeds(
    values: ArrayLike,
    parent: ArrayLike,
    *,
    seeds: Sequence[int] | None = None,
    parent_seeds: Sequence[int] | None = None,
) -> SeedDifference:
    """A quantity with one value per seed (test loss, over-fitting epoch, ...) against the parent.

    Paired t test over the common seeds, Welch's t test where there are too few of them. It holds
    for these test images; `compare` is for answers, and for new images too.

    Args:
        values, parent: ``(seeds,)`` each.
        seeds, parent_seeds: the seed of every value; without them the k-th belong together.

    Raises:
        UsageError: a value is missing or not finite, or the seeds do not fit the values.
    """
    x, y = _finite(values), _finite(parent)
    mine, parents, paired = pair(len(x), len(y), seeds, parent_seeds)
    x, y = x[mine], y[parents]
    difference = float((x - y).mean() if paired else x.mean() - y.mean())
    noise = np.ptp(x - y) if paired else np.ptp(x) + np.ptp(y)
    if min(len(x), len(y)) < 2:
        return SeedDifference(difference, -math.inf, math.inf, 1.0, math.inf, len(x), paired)
    # Without spread (all alike up to rounding) a t test has nothing to divide by.
    if noise <= 1e-12 * max(np.abs(x).max(), np.abs(y).max()):
        p = 0.0 if abs(difference) > noise else 1.0
        return SeedDifference(difference, difference, difference, p, 0.0, len(x), paired)
    test = stats.ttest_rel(x, y) if paired else stats.ttest_ind(x, y, equal_var=False)
    low, high = test.confidence_interval(1 - ALPHA)
    df = float(test.df)  # pyright: ignore[reportAttributeAccessIssue] (set by SciPy's factory)
    quantile = float(stats.t.ppf(1 - ALPHA / 2, df))
    return SeedDifference(
        difference=difference,
        low=float(low),
        high=float(high),
        p_value=float(test.pvalue),  # pyright: ignore[reportAttributeAccessIssue]
        # (high − low)/2 is quantile standard errors.
        detectable=(1 + float(stats.t.ppf(POWER, df)) / quantile) * float(high - low) / 2,
        n_seeds=len(x),
        paired=paired,
    )


def distribution(values: ArrayLike) -> Distribution:
    """Median, quartiles and extremes, for what is not bell-shaped: over-fitting epochs.

    Args:
        values: ``(seeds,)``.

    Raises:
        UsageError: there is no value, or one is not finite.
    """
    x = _finite(values)
    lower, median, upper = (float(q) for q in np.percentile(x, [25, 50, 75]))
    return Distribution(median, lower, upper, float(x.min()), float(x.max()), len(x))


def optimism(
    lab: ArrayLike,
    validation: ArrayLike,
    *,
    seeds: Sequence[int] | None = None,
    validation_seeds: Sequence[int] | None = None,
) -> SeedDifference:
    """By how much choosing on the test set flatters: lab's less clean way's test accuracy.

    For the flattery alone both accuracies must come from the same runs, the choice (epoch, row)
    made once by the test set and once by the validation part. From runs of two protocols the gap
    also holds what the clean way loses by training on four fifths of the images.

    Args:
        lab: test accuracy per seed of what the test set chose, ``(seeds,)``.
        validation: test accuracy per seed of what the validation part chose.
        seeds, validation_seeds: as in `compare_over_seeds`.

    Raises:
        UsageError: as `compare_over_seeds`.
    """
    return compare_over_seeds(lab, validation, seeds=seeds, parent_seeds=validation_seeds)


def _finite(values: ArrayLike) -> np.ndarray:
    x = np.asarray(values, dtype=np.float64)
    if x.ndim != 1 or len(x) == 0:
        raise UsageError("a row has one value per seed, and at least one")
    if not np.isfinite(x).all():
        raise UsageError(
            f"{(~np.isfinite(x)).sum()} of {len(x)} seeds have no finite value (diverged runs?): "
            "leave them out by name or lower the learning rate"
        )
    return x
