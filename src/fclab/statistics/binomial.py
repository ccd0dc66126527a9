"""The one binomial interval of the project, and the error rate of all that is concluded."""

from fclab.statistics.distributions import beta_quantile

ALPHA = 0.05
"""Two-sided error rate of every interval, and of all verdicts of a study together."""
POWER = 0.8
"""Chance with which the "smallest difference that could have been seen" is seen."""


def binomial_interval(right: float, n: float, alpha: float = ALPHA) -> tuple[float, float]:
    """Exact interval (Clopper, Pearson) of a share of which ``right`` of ``n`` were seen.

    Both may be broken numbers: an effective sample size, see `accuracy_over_images`.

    Args:
        right: 0 to ``n``.
        n: above 0.
        alpha: two-sided error rate.
    """
    low = beta_quantile(alpha / 2, right, n - right + 1) if right > 0 else 0.0
    high = beta_quantile(1 - alpha / 2, right + 1, n - right) if right < n else 1.0
    return float(low), float(high)
