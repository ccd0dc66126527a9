"""The distributions of tests and intervals are those of scipy.stats."""

import numpy as np
import pytest
from scipy import stats

from fclab.analysis.findings import leads
from fclab.statistics.distributions import (
    beta_quantile,
    binomial_above,
    binomial_chance,
    chi2_quantile,
    fisher_exact,
    normal_below,
    t_above,
    t_below,
    t_quantile,
)

R = np.random.default_rng(0)
P = R.uniform(size=500)
DF = np.append(R.uniform(0.5, 500, 499), np.inf)
A, B = R.uniform(0.1, 400, (2, 500))
Z = R.normal(0, 4, 500)
K = np.arange(300)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (t_quantile(P, DF), stats.t.ppf(P, DF)),
        (t_above(Z, DF), stats.t.sf(Z, DF)),
        (t_below(Z, DF), stats.t.cdf(Z, DF)),
        (chi2_quantile(P, DF), stats.chi2.ppf(P, DF)),
        (normal_below(Z), stats.norm.cdf(Z)),
        (beta_quantile(P, A, B), stats.beta.ppf(P, A, B)),
        (binomial_above(K, 300, 0.3), stats.binom.sf(K, 300, 0.3)),
        (binomial_chance(K, 300, 0.3), stats.binom.pmf(K, 300, 0.3)),
    ],
    ids=["t quantile", "t above", "t below", "chi2", "normal", "beta", "binomial above",
         "binomial chance"],
)  # fmt: skip
def test_they_are_those_of_scipy(ours, theirs):
    np.testing.assert_allclose(ours, theirs, rtol=1e-10, atol=1e-300)


@pytest.mark.parametrize("n", [(3, 5), (40, 60), (500, 1000)])
def test_fishers_test_is_that_of_scipy(n):
    for first, second in zip(R.integers(0, n[0] + 1, 20), R.integers(0, n[1] + 1, 20), strict=True):
        table = [[first, n[0] - first], [second, n[1] - second]]
        assert fisher_exact(table) == pytest.approx(stats.fisher_exact(table).pvalue, rel=1e-9)


def test_a_count_leads_where_the_exact_binomial_test_says_so():
    for first in range(30):
        for second in range(30 if first else 0):
            p = stats.binomtest(first, first + second).pvalue
            assert leads(first, second) == (p < 0.05), (first, second, p)
    assert not leads(0, 0)
