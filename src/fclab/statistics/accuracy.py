"""Intervals of the accuracy of one row."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from fclab.statistics.binomial import ALPHA, binomial_interval
from fclab.statistics.distributions import t_quantile
from fclab.statistics.seeds import SeedMean, mean_over_seeds
from fclab.statistics.twoway import variance_parts
from fclab.values.errors import UsageError


@dataclass(frozen=True)
class Interval:
    """A mean with its 95 % interval."""

    mean: float
    low: float
    high: float


def accuracy_over_seeds(accuracies: ArrayLike, images: int) -> SeedMean:
    """What the table shows: the mean accuracy of a row with its 95 % interval over seeds.

    The interval is of the accuracy that the recipe has on average over all seeds **on these very
    images** (Student's t; the mean of even a few seeds is near enough to normal). It says
    nothing about other images: see `accuracy_over_images`.

    Args:
        accuracies: of the runs, 0 to 1, ``(seeds,)``.
        images: how many each was measured on. A seed that differs does so by one image at least,
            so that seeds which happen to agree do not make an interval of no width.

    Raises:
        UsageError: there is none, or one is not between 0 and 1.
    """
    return mean_over_seeds(accuracies, within=(0.0, 1.0), step=1 / images)


def accuracy_over_images(correct: ArrayLike) -> Interval:
    """The accuracy to expect from new seeds **on new images** of the same classes.

    Much wider than the interval over seeds: 300 images alone are ±5 points. It is the binomial
    interval of Clopper and Pearson for as many independent answers as would have the variance
    that was seen (Korn and Graubard 1998, for surveys): the mean p has the variance v over new
    seeds and images, see `variance_parts`, so n = p(1 − p)/v. Where v is badly known, for there
    are few seeds, Student's quantile makes n smaller, but not than the number of images. With one
    seed, or with every answer alike, n is the number of images.

    Images of a kind that none of those seen is may make up as much as the same interval allows of
    what was never seen (for 300 images 1.2 %), all right or all wrong: it is no narrower than that.

    Args:
        correct: which answers are right, bool ``(seeds, images)``.

    Raises:
        UsageError: the table is empty.
    """
    table = np.asarray(correct)
    if table.ndim != 2 or table.size == 0:
        raise UsageError("answers are a table (seeds, images), at least one of each")
    mean, images = float(table.mean()), table.shape[1]
    n = float(images)
    if min(table.shape) > 1 and 0 < mean < 1:
        n = _independent(table, mean)
    low, high = binomial_interval(mean * n, n)
    _, unseen = binomial_interval(0, images)
    return Interval(mean, min(low, mean * (1 - unseen)), max(high, mean + (1 - mean) * unseen))


def _independent(table: np.ndarray, mean: float) -> float:
    """As many independent answers are as good as the table."""
    n_seeds, n_images = table.shape
    of_seeds, of_images = variance_parts(table)
    variance = of_seeds + of_images
    n = min(mean * (1 - mean) / variance, table.size)
    df = variance**2 / (of_seeds**2 / (n_seeds - 1) + of_images**2 / (n_images - 1))
    quantile, known = (float(t_quantile(1 - ALPHA / 2, d)) for d in (df, n_images - 1))
    return max(n * (known / quantile) ** 2, min(n, n_images))
