"""Quantities with one value per seed: means, paired differences, spread."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from fclab.statistics.binomial import ALPHA, binomial_interval
from fclab.statistics.distributions import t_above, t_quantile
from fclab.statistics.pairing import pair
from fclab.statistics.power import called_from
from fclab.values.errors import UsageError


@dataclass(frozen=True)
class SeedMean:
    """A mean over seeds.

    Attributes:
        mean: over the seeds.
        low, high: 95 % interval of the mean over all seeds (Student's t), see `mean_over_seeds`.
            With one seed it is everything that is possible: one run tells nothing about others.
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
        p_value: two-sided; below alpha exactly if the interval at that level leaves 0 out.
        se: standard error; infinite with one seed.
        df: its degrees of freedom; NaN with one seed.
        n_seeds: seeds of the row that were compared.
        paired: whether row and parent were compared seed by seed.
    """

    difference: float
    p_value: float
    se: float
    df: float
    n_seeds: int
    paired: bool

    @property
    def low(self) -> float:
        """Lower end of the 95 % interval, this comparison alone."""
        return self.interval()[0]

    @property
    def high(self) -> float:
        """Upper end of the 95 % interval, this comparison alone."""
        return self.interval()[1]

    def interval(self, alpha: float = ALPHA) -> tuple[float, float]:
        """The interval at a two-sided error rate; infinite with one seed."""
        if math.isinf(self.se):
            return -math.inf, math.inf
        reach = float(t_quantile(1 - alpha / 2, self.df)) * self.se
        low, high = self.difference - reach, self.difference + reach
        return (min(low, 0.0), max(high, 0.0)) if self.p_value >= alpha else (low, high)

    def detectable(self, alpha: float = ALPHA) -> float:
        """The smallest true difference of which 8 of 10 such tests at alpha leave 0 out."""
        if math.isinf(self.se):
            return math.inf
        return called_from(float(t_quantile(1 - alpha / 2, self.df)), self.df) * self.se


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
    values: ArrayLike, *, within: tuple[float, float] = (-math.inf, math.inf), step: float = 0.0
) -> SeedMean:
    """Mean, 95 % t interval and extremes of a quantity with one value per seed.

    Seeds that agree leave Student's t without a spread, and yet others may differ: of S that agree
    up to 1 − 0.025^(1/S) of all (Clopper and Pearson). Each of those moves the mean by one step
    or more, so the interval reaches at least that share of a step to either side.

    Args:
        values: ``(seeds,)``.
        within: the values that are possible; the interval is cut to them.
        step: the least by which two values can differ; 0 if there is none.

    Raises:
        UsageError: no value, or one that is not finite or not possible.
    """
    x = _finite(values)
    if x.min() < within[0] or x.max() > within[1]:
        raise UsageError(
            "a value lies outside {least:g} to {most:g}", least=within[0], most=within[1]
        )
    mean, sd, reach = float(x.mean()), math.nan, math.inf
    if len(x) > 1:
        sd = float(x.std(ddof=1))
        reach = float(t_quantile(1 - ALPHA / 2, len(x) - 1)) * sd / math.sqrt(len(x))
        reach = max(reach, binomial_interval(0, len(x))[1] * step)
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

    Paired t test over the common seeds, Welch's t test where there are too few of them; a sign test
    where the seeds all say the same, so that five are not enough. It holds
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
    n, m = len(x), len(y)
    if min(n, m) < 2:
        return SeedDifference(difference, 1.0, math.inf, math.nan, n, paired)
    # Without spread (all alike up to rounding) a t test has nothing to divide by, and what is left
    # is a test of signs: so many seeds all on one side by chance.
    if noise <= 1e-12 * max(np.abs(x).max(), np.abs(y).max()):
        p = 2.0 ** (1 - min(n, m)) if abs(difference) > noise else 1.0
        return SeedDifference(difference, p, 0.0, math.inf, n, paired)
    if paired:
        se, df = float((x - y).std(ddof=1)) / math.sqrt(n), n - 1.0
    else:
        parts = float(x.var(ddof=1)) / n, float(y.var(ddof=1)) / m
        se = math.sqrt(sum(parts))
        df = se**4 / (parts[0] ** 2 / (n - 1) + parts[1] ** 2 / (m - 1))
    p = 2 * float(t_above(abs(difference) / se, df))
    return SeedDifference(difference, p, se, df, n, paired)


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
            "{bad} of {n} seeds have no finite value (diverged runs?): leave them out by "
            "name or lower the learning rate",
            bad=(~np.isfinite(x)).sum(),
            n=len(x),
        )
    return x
