"""Intervals of an accuracy, and of what has one value per seed: against their definitions."""

import math

import numpy as np
import pytest
from scipy import stats

from fclab.statistics import (
    accuracy_over_images,
    accuracy_over_seeds,
    compare_over_seeds,
    distribution,
    mean_over_seeds,
)
from fclab.statistics.binomial import binomial_interval
from fclab.values.errors import UsageError


def answers(seeds, images, seed, spread=1.0):
    """Images that are harder or easier, and seeds that are better or worse."""
    draw = np.random.default_rng(seed)
    ease = draw.normal(0.5, spread, images)
    return ease + draw.normal(0, 0.3, (seeds, 1)) + draw.normal(size=(seeds, images)) > 0


def clopper_pearson(right, n):
    return stats.beta.ppf(0.025, right, n - right + 1), stats.beta.ppf(0.975, right + 1, n - right)


@pytest.mark.parametrize(
    ("table", "seeds_decide"),
    [
        (answers(8, 60, 0), False),
        (answers(5, 40, 3, spread=0.2), False),
        (answers(2, 300, 1), False),
        (np.vstack([np.arange(90) < 30, np.arange(90) < 80]), True),
    ],
)
def test_an_accuracy_on_new_images_is_worth_as_many_independent_answers(table, seeds_decide):
    """n = p(1 − p)/v, with v from the two-way analysis of variance, fewer where v is badly known
    (Korn and Graubard 1998), but no fewer than there are images, or than v makes of them."""
    (seeds, images), p = table.shape, table.mean()
    x = table - p
    by_seed, by_image = x.mean(axis=1), x.mean(axis=0)
    rest = ((x - by_seed[:, None] - by_image) ** 2).sum() / ((seeds - 1) * (images - 1))
    of_seeds = max(images * (by_seed**2).sum() / (seeds - 1), rest / 3) / table.size
    of_images = max(seeds * (by_image**2).sum() / (images - 1) - rest, 0) / table.size
    v = of_seeds + of_images
    df = v**2 / (of_seeds**2 / (seeds - 1) + of_images**2 / (images - 1))
    n = min(p * (1 - p) / v, table.size)
    fewer = n * (stats.t.ppf(0.975, images - 1) / stats.t.ppf(0.975, df)) ** 2
    assert (fewer < min(n, images)) == seeds_decide
    n = max(fewer, min(n, images))
    found, exact = accuracy_over_images(table), clopper_pearson(p * n, n)
    assert (found.mean, found.low, found.high) == pytest.approx((p, *exact))


@pytest.mark.parametrize("shape", [(60,), (2, 3, 4), (0, 5), (5, 0)])
def test_answers_are_a_table(shape):
    with pytest.raises(UsageError, match="a table"):
        accuracy_over_images(np.ones(shape, bool))


def test_an_accuracy_may_be_0_or_1():
    found = accuracy_over_seeds([0.0, 1.0], 300)
    assert (found.low, found.mean, found.high) == (0, 0.5, 1)
    for beyond in (-0.01, 1.01):
        with pytest.raises(UsageError, match="outside 0 to 1"):
            accuracy_over_seeds([beyond, 0.5], 300)


def test_a_step_is_one_image():
    """Of two seeds that agree 84.2 % of others may differ, by an image of 50."""
    found = accuracy_over_seeds([0.5, 0.5], 50)
    assert found.high - 0.5 == pytest.approx((1 - 0.025 ** (1 / 2)) / 50)


@pytest.mark.parametrize("of", [mean_over_seeds, distribution])
def test_a_quantity_has_one_value_per_seed(of):
    for bad in ([], [[1.0, 2.0]], 3.0):
        with pytest.raises(UsageError, match="one value per seed, and at least one"):
            of(bad)
    with pytest.raises(UsageError, match="2 of 3 seeds have no finite value"):
        of([1.0, math.nan, math.inf])


def test_yes_and_no_are_1_and_0():
    assert mean_over_seeds([True, False, True, True]).mean == 0.75
    found = compare_over_seeds([True, True, True, False], [False, True, False, False])
    assert found == compare_over_seeds([1, 1, 1, 0], [0, 1, 0, 0])
    assert found.difference == 0.5


def test_a_comparison_over_seeds_says_what_was_compared():
    paired = compare_over_seeds([3.0, 5.0, 4.0], [1.0, 2.0, 6.0])
    assert (paired.difference, paired.n_seeds, paired.paired) == (1, 3, True)
    assert paired.df == 2
    assert paired.se == pytest.approx(np.std([2, 3, -2], ddof=1) / math.sqrt(3))
    apart = {"seeds": [0, 1, 2], "parent_seeds": [7, 8, 9, 10]}
    welch = compare_over_seeds([3.0, 5.0, 4.0], [1.0, 2.0, 6.0, 1.5], **apart)
    assert (welch.n_seeds, welch.paired) == (3, False)
    parts = np.var([3, 5, 4], ddof=1) / 3, np.var([1, 2, 6, 1.5], ddof=1) / 4
    assert welch.se == pytest.approx(math.sqrt(sum(parts)))
    assert welch.df == pytest.approx(sum(parts) ** 2 / (parts[0] ** 2 / 2 + parts[1] ** 2 / 3))


def test_a_single_seed_is_compared_and_tells_nothing():
    alone = compare_over_seeds([3.0], [1.0])
    assert (alone.difference, alone.n_seeds, alone.paired) == (2, 1, True)
    assert alone.se == math.inf
    assert math.isnan(alone.df)
    apart = compare_over_seeds([3.0], [1.0, 1.5], seeds=[0], parent_seeds=[5, 6])
    assert (apart.difference, apart.n_seeds, apart.paired, apart.p_value) == (1.75, 1, False, 1)


def test_seeds_that_all_say_the_same_are_counted():
    same = compare_over_seeds([2.0, 3.0, 4.0], [1.0, 2.0, 3.0])
    assert (same.se, same.df, same.n_seeds, same.paired) == (0, math.inf, 3, True)
    apart = compare_over_seeds([2.0] * 3, [1.0] * 5, seeds=range(3), parent_seeds=range(5, 10))
    assert (apart.difference, apart.p_value, apart.n_seeds, apart.paired) == (1, 0.25, 3, False)
    assert (apart.low, apart.high) == (0, 1)
    assert apart.detectable() == 0


@pytest.mark.parametrize(("right", "n"), [(0, 10), (3, 10), (10, 10), (0, 1), (1, 1)])
def test_the_binomial_interval_is_that_of_clopper_and_pearson(right, n):
    exact = stats.binomtest(right, n).proportion_ci()
    assert binomial_interval(right, n) == pytest.approx((exact.low, exact.high))
    exact = stats.binomtest(right, n).proportion_ci(0.9)
    assert binomial_interval(right, n, 0.1) == pytest.approx((exact.low, exact.high))
