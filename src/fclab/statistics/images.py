"""Answers compared image by image, where there is one answer per image and not one per seed."""

import math

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from fclab.errors import UsageError
from fclab.statistics.comparison import Comparison
from fclab.statistics.seeds import POWER
from fclab.statistics.twoway import ALPHA


def compare_over_images(correct: ArrayLike, parent: ArrayLike) -> Comparison:
    """One predictor against another on the same images: paired t test over the images.

    For ensembles: all seeds make one answer, so nothing can be said of other seeds. The interval
    is about **these very networks on new images**. p is never below the sign test's over the
    images that differ: five images prove nothing.

    Args:
        correct: which answers are right, ``(images,)``: bool, or shares of seeds from 0 to 1.
        parent: the same of the other predictor, for the same images in the same order.

    Raises:
        UsageError: different images, or fewer than two.
    """
    row, other = (np.asarray(table, dtype=np.float64) for table in (correct, parent))
    if row.shape != other.shape or row.ndim != 1 or len(row) < 2:
        raise UsageError("two predictors are compared on the same images, two at least")
    d, n = row - other, len(row)
    se = float(d.std(ddof=1)) / math.sqrt(n)
    quantile, power = (float(q) for q in stats.t.ppf([1 - ALPHA / 2, POWER], n - 1))
    differing = np.count_nonzero(np.abs(d) > 1e-14)
    mean = float(d.mean())
    p = 2 * float(stats.t.sf(abs(mean) / se, n - 1)) if se else float(differing == 0)
    p = max(p, min(2.0 ** (1 - differing), 1.0))
    low, high = mean - quantile * se, mean + quantile * se
    if p >= ALPHA:
        low, high = min(low, 0.0), max(high, 0.0)
    return Comparison(
        difference=mean,
        low=low,
        high=high,
        p_value=p,
        detectable=min((quantile + power) * se, 1.0) if se else 1 - (ALPHA / 2) ** (1 / n),
        discordant=float((row * (1 - other) + other * (1 - row)).mean()),
        image_share=1.0,
        n_seeds=1,
        n_images=n,
        paired=True,
    )
