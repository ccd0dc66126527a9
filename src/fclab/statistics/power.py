"""What a comparison could have seen: the true difference that it calls in 8 of 10 cases."""

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from scipy import optimize

from fclab.statistics.binomial import POWER
from fclab.statistics.distributions import (
    binomial_above,
    binomial_chance,
    chi2_quantile,
    normal_below,
    t_quantile,
)
from fclab.statistics.twoway import TwoWay

_MOST = 64
"""More images than this that all differ in one direction are called whatever the level."""


@lru_cache(maxsize=256)
def called_from(quantile: float, df: float) -> float:
    """The true mean, in standard errors, whose estimate passes a quantile in `POWER` of cases.

    The standard error is estimated too, so the ratio is not normal: it has the noncentral t
    distribution, over whose χ the normal distribution is averaged here (400 equal parts).

    Args:
        quantile: estimated standard errors that the test asks for; may be infinite.
        df: degrees of freedom of the standard error.
    """
    if math.isinf(quantile):
        return math.inf
    parts = (np.arange(400) + 0.5) / 400
    asked = quantile * (np.sqrt(chi2_quantile(parts, df) / df) if math.isfinite(df) else 1.0)

    def missing(mean: float) -> float:
        return float(normal_below(mean - asked).mean()) - POWER

    return float(optimize.brentq(missing, 0, np.max(asked) + 3))  # pyright: ignore[reportArgumentType]


def detectable(test: TwoWay, unanimity: float, alpha: float) -> float:
    """The smallest true difference of answers that is called at alpha in `POWER` of cases.

    Where answers differ on many images it is so many standard errors, see `called_from`. That
    cannot hold where it is more than all the differences that there are: the rest of so large a
    gain would have to come from images that do not differ now. So many of them would differ then
    that the standard error grows with this rest; and they must be enough for the test.

    Args:
        test: the comparison.
        unanimity: how far the seeds agree on an image that differs, see `unanimity`.
        alpha: two-sided error rate.
    """
    if math.isnan(test.se):
        return 1.0  # a single seed or image: nothing could have been seen
    n = len(test.columns)
    many = called_from(test.quantile(alpha), test.df) * test.se
    if 0 < many <= np.abs(test.columns).mean():
        return many
    if _asked(test, unanimity, alpha, 1) >= 1:
        return 1.0

    def missing(gain: float) -> float:
        return _asked(test, unanimity, alpha, gain) - gain

    few = optimize.brentq(missing, 1e-9, 1) if missing(1e-9) > 0 else 0.0
    enough = _enough_images(n, alpha, len(test.null) > 0) * unanimity / n
    return min(max(float(few), enough), 1.0)  # pyright: ignore[reportArgumentType]


def _asked(test: TwoWay, unanimity: float, alpha: float, gain: float) -> float:
    """The true difference that is called by Student's t where images enough for a gain differ: the
    part of the images grows with the gain, and with it the degrees of freedom."""
    n, variance = len(test.columns), test.se**2
    now = test.image_share * variance
    there = float(np.abs(test.columns).mean())
    seeds, images = variance - now, now + unanimity * max(gain - there, 0.0) / n
    if seeds + images == 0:
        return 0.0
    # Of the seeds by Satterthwaite's formula: 1/df = seeds²/df_seeds + images²/(n − 1), as shares.
    inverse = test.image_share**2 / max(n - 1, 1)
    of_seeds = (1 / test.df - inverse) * variance**2 if math.isfinite(test.df) else 0.0
    spread = max(of_seeds, 0.0) + images**2 / max(n - 1, 1)
    df = (seeds + images) ** 2 / spread
    quantile = float(t_quantile(1 - alpha / 2, df))
    return called_from(quantile, df) * math.sqrt(seeds + images)


def unanimity(tables: Sequence[np.ndarray]) -> float:
    """How far the seeds of a row agree on an image: the chance that a second seed errs where one
    does (is right, where most answers are wrong). 1 where nothing tells.

    Args:
        tables: right answers of the rows, ``(seeds, images)`` each, 0 to 1.
    """
    both = one = 0.0
    for table in tables:
        x = 1 - table if table.mean() > 0.5 else table
        if (n := len(x)) > 1:
            both += float((x.sum(axis=0) ** 2 - (x**2).sum(axis=0)).sum()) / (n - 1)
            one += float(x.sum())
    return both / one if both > 0 else 1.0


@lru_cache(maxsize=256)
def _enough_images(n: int, alpha: float, resampled: bool) -> float:
    """How many of n images must differ on average, all in one direction and on every seed, for a
    call at alpha in `POWER` of cases.

    If N differ, the test's statistic is √(N/(n − N)) up to a factor, and that of a resample, which
    draws k of them (binomial), is |k − N|/√(k(n − k)). Student's quantile asks for nothing here:
    where it is the strictest, `_asked` asks for more.
    """
    most = min(n - 1, _MOST)
    differing = np.arange(1, most + 1)
    called = np.array([2.0 ** (1 - int(count)) < alpha for count in differing])
    if resampled:
        drawn = np.arange(1, min(n, 4 * _MOST))
        spread = np.sqrt(drawn * (n - drawn))
        for count in differing[called]:
            beyond = np.abs(drawn - count) / spread >= math.sqrt(count / (n - count)) * (1 - 1e-9)
            chance = binomial_chance(drawn[beyond], n, count / n).sum()
            chance += binomial_chance(0, n, count / n)  # none drawn: no spread at all
            called[count - 1] = chance < alpha

    def missing(mean: float) -> float:
        more = float(binomial_above(most, n, mean / n))
        return float(binomial_chance(differing[called], n, mean / n).sum()) + more - POWER

    if not called.any() or missing(most) < 0:
        return float(n)
    return float(optimize.brentq(missing, 0, most))  # pyright: ignore[reportArgumentType]
