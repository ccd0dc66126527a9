"""Means over seeds and test images, both drawn at random: variance, bootstrap, interval.

A table of answers has one row per seed and one column per image. Seeds share images and images
share seeds (*crossed random effects*), so neither a t interval over seeds nor one over images
tells how far the mean would move with new seeds **and** new images of the same classes. Here

    x[s, i] = mean + seed effect[s] + image effect[i] + rest[s, i]
    Var(mean) = Var(seed)/S + Var(image)/I + Var(rest)/(S·I)

is estimated from the mean squares of a two-way analysis of variance, and the distribution of
(mean* − mean)/se* comes from resampling seeds and images with replacement.

Sources: Owen 2007 (the pigeonhole bootstrap; its variance counts the rest three times, which is
why its percentiles are not used as they are); Hall 1992 (studentised bootstrap); Hillis 2007
(variance and degrees of freedom for several readers of the same cases, which is this design).
docs/decisions/0001-paired-verdict.md has the measured comparison. By hand: `scipy.stats.bootstrap`
resamples one axis.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from fclab.statistics.binomial import ALPHA, binomial_interval
from fclab.statistics.distributions import t_above, t_quantile
from fclab.values.errors import UsageError
from fclab.values.rng import stream

RESAMPLES = 9999
MIN_RESAMPLES = 39
"""With fewer the outer 5 % would be a single resample."""
_CHUNK = 500  # resamples at a time: their column means stay in the cache
_NOTHING = 1e-14  # variances below this are rounding: one answer in 10⁵ has 10⁻¹⁰


@dataclass(frozen=True)
class TwoWay:
    """A mean over seeds and images, with what new ones of both would leave of it.

    Attributes:
        mean: over all seeds and images; the difference of the means if there are two tables.
        p_value: two-sided, of the mean being 0; below alpha exactly if the interval at that
            level leaves 0 out.
        se: standard error; NaN with a single seed or image.
        df: its degrees of freedom (Satterthwaite); NaN with a single seed or image.
        image_share: share of the variance that more seeds cannot remove, 0 to 1.
        columns: mean of every image over the seeds, ``(images,)``.
        null: what |mean* − mean|/se* of the resamples was, sorted, ``(resamples,)``; empty where
            nothing was resampled: Student's t alone.
    """

    mean: float
    p_value: float
    se: float
    df: float
    image_share: float
    columns: np.ndarray = field(repr=False, compare=False)
    null: np.ndarray = field(repr=False, compare=False)

    @property
    def low(self) -> float:
        """Lower end of the 95 % interval."""
        return self.interval()[0]

    @property
    def high(self) -> float:
        """Upper end of the 95 % interval."""
        return self.interval()[1]

    def interval(self, alpha: float = ALPHA) -> tuple[float, float]:
        """The interval of the mean at a two-sided error rate: 0 is outside exactly if the p-value
        is below it."""
        n, mean = len(self.columns), self.mean
        below, above = (int((s * self.columns > _NOTHING).sum()) for s in (-1, 1))
        down, up = -binomial_interval(below, n, alpha)[1], binomial_interval(above, n, alpha)[1]
        if math.isnan(self.se):
            return down, up
        if self.se == 0:  # every image says the same
            if not mean:
                return down, up
            least = abs(mean) * (2 * binomial_interval(n, n, alpha)[0] - 1)
            return (least, up) if mean > 0 else (down, -least)
        reach = self.se * self.quantile(alpha)
        low, high = max(mean - reach, down), min(mean + reach, up)
        return (min(low, 0.0), max(high, 0.0)) if self.p_value >= alpha else (low, high)

    def quantile(self, alpha: float) -> float:
        """Standard errors between the mean and either end of the interval: p is below alpha
        exactly if the mean is more than so many of them from 0."""
        student = float(t_quantile(1 - alpha / 2, self.df))
        if not len(self.null):
            return student
        rank = math.ceil(alpha * (len(self.null) + 1)) - 1
        # With so few resamples none of them tells anything at this level.
        return max(student, float(self.null[-rank]) if rank > 0 else math.inf)


def two_way(tables: Sequence[np.ndarray], *, resamples: int = RESAMPLES, seed: int = 0) -> TwoWay:
    """The mean of one table, or the difference of two, for new seeds and new images.

    One table: paired differences of answers. Two tables, row and parent: runs whose
    seeds have nothing to do with each other, tested on the same images. The order of the images
    does not matter, and two tables in the other order give the same with the other sign.

    - The interval is mean ± q·se; q is the larger of the bootstrap's quantile and Student's.
      (With few seeds their spread is badly known, and resampling them shows too little of it.)
    - It is cut to what the images alone allow: the mean is above 0 on no larger a share of images
      than the exact bound (Clopper and Pearson) of the share seen above 0, and the same below.
      This never moves 0 out of the interval. With no discordant answer at all on 300 images it
      leaves ±1.2 points at 95 %.
    - p is never below the sign test's over the images that differ: five images prove nothing.
    - With one seed nothing is known about others: p is 1 and only the bound by images is left.

    Args:
        tables: one or two, each ``(seeds, images)``, values from −1 to 1 (bool allowed).
        resamples: of the bootstrap, at least 39 (the least that can tell 5 %).
        seed: of the bootstrap.

    Raises:
        UsageError: a table has no seed or no image, the two have different images, or there are
            too few resamples.
    """
    if resamples < MIN_RESAMPLES:
        raise UsageError(
            "{resamples} resamples cannot tell 5 %: ask for {least} or more",
            resamples=resamples,
            least=MIN_RESAMPLES,
        )
    if any(t.ndim != 2 or t.size == 0 for t in tables):
        raise UsageError("answers are compared as tables (seeds, images), at least one of each")
    if len({t.shape[1] for t in tables}) > 1:
        counts = " and ".join(str(t.shape[1]) for t in tables)
        raise UsageError(
            "the rows were tested on different images ({counts}): test both on one", counts=counts
        )
    sign, groups = _oriented(tables)
    n_seeds, n_images = min(len(g) for g in groups), groups[0].shape[1]
    columns = np.sum([g.mean(axis=0) for g in groups], axis=0)
    mean = float(columns.mean())
    parts = _parts(groups, [np.full((1, n), 1 / n) for n in (n_images, *map(len, groups))])
    empty = np.empty(0)
    if n_seeds < 2 or n_images < 2:
        result = TwoWay(mean, 1.0, math.nan, math.nan, 1.0, columns, empty)
    elif parts.variance[0] < _NOTHING:  # every seed and image says the same: a sign test is left
        p = 2.0 ** (1 - n_images) if mean else 1.0
        result = TwoWay(mean, p, 0.0, math.inf, 0.0, columns, empty)
    else:
        result = _tested(groups, parts, columns, resamples, seed)
    return result if sign > 0 else replace(result, mean=-result.mean, columns=-result.columns)


def sign_test(columns: np.ndarray) -> float:
    """The least p-value that the images which differ can give: K that all point one way do so by
    chance in 2 of 2^K cases."""
    return 2.0 ** (1 - max(np.count_nonzero(np.abs(columns) > _NOTHING), 1))


def variance_parts(table: np.ndarray) -> tuple[float, float]:
    """What seeds and what images contribute to the variance of the mean of a table
    ``(seeds, images)``, at least two of each: the parts that `two_way` tests with."""
    parts = _parts([table], [np.full((1, n), 1 / n) for n in reversed(table.shape)])
    return float(parts.seeds[0][0]), float(parts.images[0])


@dataclass(frozen=True)
class _Parts:
    """Parts of the variance of the mean, per resample ``(resamples,)``; seeds per table."""

    mean: np.ndarray
    seeds: list[np.ndarray]
    images: np.ndarray

    @property
    def variance(self) -> np.ndarray:
        return self.images + sum(self.seeds)


def _parts(groups: Sequence[np.ndarray], weights: Sequence[np.ndarray]) -> _Parts:
    """Estimates from the tables in which every seed and image counts with a weight.

    The mean squares of the two-way analysis of variance. The image part is cut at 0 (Hillis
    2007); that of the seeds at a third of what the rest alone makes of it on average, without
    which two or three seeds that happen to agree would prove anything.

    Args:
        groups: the tables.
        weights: of the images, then of the seeds of every table; rows sum to 1.
    """
    of_images, *of_seeds = weights
    n_images = of_images.shape[1]
    mean, spread, rest_part, columns, seed_parts = 0.0, 0.0, 0.0, [], []
    for table, of_table in zip(groups, of_seeds, strict=True):
        n = len(table)
        by_image = of_table @ table
        by_seed, squares = np.split(of_images @ np.vstack([table, table**2]).T, 2, axis=1)
        centre = _dots(of_table, by_seed)
        seeds = _dots(of_table, by_seed**2) - centre**2
        images = _dots(of_images, by_image, by_image) - centre**2
        everything = _dots(of_table, squares) - centre**2
        rest = (everything - seeds - images) / max((n - 1) * (n_images - 1), 1)
        seed_parts.append(np.maximum(seeds / max(n - 1, 1), rest / 3))
        rest_part = rest_part + rest * n_images
        mean, spread = mean + centre, images
        columns.append(by_image)
    if len(groups) > 1:
        spread = _dots(of_images, both := sum(columns), both) - mean**2
    image_part = (spread * n_images / max(n_images - 1, 1) - rest_part) / n_images
    return _Parts(np.asarray(mean), seed_parts, np.maximum(image_part, 0.0))


def _dots(first: np.ndarray, *others: Any) -> np.ndarray:
    """Sums of the products along each row."""
    return np.einsum(",".join(["ij"] * (1 + len(others))) + "->i", first, *others)


def _tested(
    groups: Sequence[np.ndarray], parts: _Parts, columns: np.ndarray, resamples: int, seed: int
) -> TwoWay:
    variance, images = float(parts.variance[0]), float(parts.images[0])
    of_df = images**2 / (groups[0].shape[1] - 1)
    of_df += sum(
        float(part[0]) ** 2 / (len(g) - 1) for part, g in zip(parts.seeds, groups, strict=True)
    )
    se, df, mean = math.sqrt(variance), variance**2 / of_df, float(parts.mean[0])
    t = abs(mean) / se
    null = _studentised(groups, mean, resamples, seed)
    beyond = int(np.count_nonzero(null >= t * (1 - 1e-9)))
    p = max((1 + beyond) / (resamples + 1), 2 * float(t_above(t, df)), sign_test(columns))
    return TwoWay(mean, p, se, df, images / variance, columns, null)


def _studentised(
    groups: Sequence[np.ndarray], mean: float, resamples: int, seed: int
) -> np.ndarray:
    """|mean* − mean| / se* of resampled seeds and images, sorted, float64 ``(resamples,)``."""
    values = []
    # One thread: the products are small, and threads that wait for each other take longer.
    with threadpool_limits(1):
        for counts in _resampled((groups[0].shape[1], *map(len, groups)), resamples, seed):
            parts = _parts(groups, [drawn / drawn.shape[1] for drawn in counts])
            se = np.sqrt(np.maximum(parts.variance, _NOTHING))
            values.append(np.abs(parts.mean - mean) / se)
    return np.sort(np.concatenate(values))


@lru_cache(maxsize=1)  # the rows of a study all have the same sizes; 3 MB for 300 images
def _resampled(sizes: tuple[int, ...], resamples: int, seed: int) -> list[list[np.ndarray]]:
    """How often every image and seed is drawn in a resample, uint8 ``(_CHUNK, size)`` each."""
    draw = stream(seed, "two-way bootstrap")
    chunks = [min(_CHUNK, resamples - start) for start in range(0, resamples, _CHUNK)]
    return [
        [draw.multinomial(n, np.full(n, 1 / n), size=count).astype(np.uint8) for n in sizes]
        for count in chunks
    ]


def _oriented(tables: Sequence[np.ndarray]) -> tuple[int, list[np.ndarray]]:
    """The tables as signed summands in an order that does not depend on how they were given.

    The resampling meets rows and columns by position. Sorting the images and turning the larger
    mean to the front makes the outcome a function of the data alone, and A − B exactly −(B − A).
    """
    row, *parent = (np.asarray(t, dtype=np.float64) for t in tables)
    there = [row, *(-t for t in parent)]
    back = [-t for t in reversed(there)]

    def key(groups: list[np.ndarray]) -> tuple[float, bytes]:
        return float(sum(t.mean() for t in groups)), np.vstack(groups).tobytes()

    there, back = _sorted_images(there), _sorted_images(back)
    return (1, there) if key(there) >= key(back) else (-1, back)


def _sorted_images(groups: list[np.ndarray]) -> list[np.ndarray]:
    order = np.lexsort(np.vstack(groups))
    return [t[:, order] + 0.0 for t in groups]  # + 0.0: no negative zero
