"""The distributions that tests and intervals ask for: quantiles and tails.

They are those of `scipy.stats`, which takes half a second to import for all that it has besides;
these are the functions of `scipy.special` that it calls. Arguments may be arrays.
"""

from typing import Any

import numpy as np
from scipy import special


def t_quantile(p: Any, df: Any) -> Any:
    """Below which Student's t with ``df`` degrees of freedom lies with probability ``p``."""
    return special.stdtrit(df, p)


def t_above(t: Any, df: Any) -> Any:
    """The probability that Student's t with ``df`` degrees of freedom lies above ``t``."""
    return special.stdtr(df, -np.asarray(t))


def t_below(t: Any, df: Any) -> Any:
    """The probability that Student's t with ``df`` degrees of freedom lies below ``t``."""
    return special.stdtr(df, t)


def chi2_quantile(p: Any, df: Any) -> Any:
    """Below which χ² with ``df`` degrees of freedom lies with probability ``p``."""
    return 2 * special.gammaincinv(np.asarray(df) / 2, p)


def normal_below(z: Any) -> Any:
    """The probability that a standard normal number lies below ``z``."""
    return special.ndtr(z)


def beta_quantile(p: Any, a: Any, b: Any) -> Any:
    """Below which a beta variable lies with probability ``p``."""
    return special.betaincinv(a, b, p)


def binomial_chance(k: Any, n: int, p: float) -> Any:
    """The probability of ``k`` of ``n``, each with probability ``p``."""
    k = np.asarray(k)
    ways = special.gammaln(n + 1) - special.gammaln(k + 1) - special.gammaln(n - k + 1)
    return np.exp(ways + special.xlogy(k, p) + special.xlog1py(n - k, -p))


def fisher_exact(table: Any) -> float:
    """The two-sided p of Fisher's exact test of a table of counts ``(2, 2)``: how probable, with
    these sums of rows and columns, are tables that are no more probable than this one."""
    (a, b), (c, d) = np.asarray(table).tolist()
    row, column, n = a + b, a + c, a + b + c + d
    first = np.arange(max(0, column - (c + d)), min(row, column) + 1)
    cells = (first, row - first, column - first, n - row - column + first)
    chances = -np.sum([special.gammaln(cell + 1) for cell in cells], axis=0)
    chances = np.exp(chances - special.logsumexp(chances))
    return min(float(chances[chances <= chances[first == a] * (1 + 1e-7)].sum()), 1.0)


def binomial_above(k: Any, n: int, p: float) -> Any:
    """The probability of more than ``k`` of ``n``, each with probability ``p``; ``k`` below n."""
    k = np.asarray(k)
    return special.betainc(k + 1, n - k, p)
