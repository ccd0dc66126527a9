"""Statistics of rows and of their comparison: intervals, paired verdicts, Holm's correction.

Pure functions on arrays, NumPy and SciPy only. What is measured here and why it can be believed
is told in docs/statistics.md.
"""

from fclab.statistics.accuracy import Interval, accuracy_over_images, accuracy_over_seeds
from fclab.statistics.binomial import ALPHA, POWER, binomial_interval
from fclab.statistics.comparison import Comparison, compare, compare_together
from fclab.statistics.images import compare_over_images
from fclab.statistics.seeds import (
    Distribution,
    SeedDifference,
    SeedMean,
    compare_over_seeds,
    distribution,
    mean_over_seeds,
    optimism,
)
from fclab.statistics.twoway import TwoWay, two_way
from fclab.statistics.verdict import Decision, Verdict, holm, verdicts

__all__ = [
    "ALPHA",
    "POWER",
    "Comparison",
    "Decision",
    "Distribution",
    "Interval",
    "SeedDifference",
    "SeedMean",
    "TwoWay",
    "Verdict",
    "accuracy_over_images",
    "accuracy_over_seeds",
    "binomial_interval",
    "compare",
    "compare_over_images",
    "compare_over_seeds",
    "compare_together",
    "distribution",
    "holm",
    "mean_over_seeds",
    "optimism",
    "two_way",
    "verdicts",
]
