"""Answers compared image by image, where there is one answer per image and not one per seed."""

import math

import numpy as np
from numpy.typing import ArrayLike

from fclab.statistics.comparison import Comparison
from fclab.statistics.distributions import t_above
from fclab.statistics.twoway import TwoWay, sign_test
from fclab.values.errors import UsageError


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
    mean, se = float(d.mean()), float(d.std(ddof=1)) / math.sqrt(n)
    p = 2 * float(t_above(abs(mean) / se, n - 1)) if se else float(mean == 0)
    test = TwoWay(
        mean=mean,
        p_value=max(p, sign_test(d)),
        se=se,
        df=n - 1 if se else math.inf,
        image_share=1.0,
        columns=d,
        null=np.empty(0),
    )
    discordant = float((row * (1 - other) + other * (1 - row)).mean())
    return Comparison(test, 1.0, discordant, n_seeds=1, n_images=n, paired=True)
