"""What a comparison could have seen: against the definition, and against calls that are made."""

import itertools
import math

import numpy as np
import pytest
from scipy import optimize, stats

from fclab.statistics import compare
from fclab.statistics.images import compare_over_images
from fclab.statistics.power import called_from, detectable, unanimity
from fclab.statistics.twoway import TwoWay

NOBODY = np.empty(0)


# --- where answers differ on many images


@pytest.mark.parametrize("alpha", [0.3, 0.05, 0.05 / 12])
@pytest.mark.parametrize("df", [3, 12.5, 300])
def test_80_percent_of_such_means_are_called(alpha, df):
    quantile = float(stats.t.ppf(1 - alpha / 2, df))
    assert stats.nct.sf(quantile, df, called_from(quantile, df)) == pytest.approx(0.8, abs=1e-4)


def test_a_known_standard_error_leaves_the_normal_distribution():
    for quantile in (0.05, 1.96, 4):
        expected = quantile + stats.norm.ppf(0.8)
        assert called_from(quantile, math.inf) == pytest.approx(expected)
    assert called_from(math.inf, 5) == math.inf


def test_what_could_have_been_seen_is_more_than_the_interval_reaches():
    for df, quantile in itertools.product((1, 1.5, 3, 50, math.inf), (0.1, 2, 10, 100)):
        assert called_from(quantile, df) > quantile


def supposed(columns, seeds, images, df_seeds=7.0, null=NOBODY):
    """A comparison whose variance has these parts."""
    n, variance = len(columns), seeds + images
    df = variance**2 / (seeds**2 / df_seeds + images**2 / (n - 1))
    return TwoWay(columns.mean(), 0.5, math.sqrt(variance), df, images / variance, columns, null)


@pytest.mark.parametrize("alpha", [0.05, 0.05 / 12])
@pytest.mark.parametrize("df_seeds", [1.0, 7.0])
def test_a_difference_among_many_is_so_many_standard_errors(alpha, df_seeds):
    columns = np.where(np.arange(300) < 150, 1.0, -1.0)
    test = supposed(columns, 4e-5, 1e-6, df_seeds)
    quantile = float(stats.t.ppf(1 - alpha / 2, test.df))
    expected = called_from(quantile, test.df) * test.se
    assert expected > quantile * test.se  # more than the interval reaches
    assert detectable(test, 0.4, alpha) == pytest.approx(expected)


def test_nothing_can_be_seen_with_a_single_seed():
    one = TwoWay(0.1, 1.0, math.nan, math.nan, 1.0, np.full(300, 0.1), NOBODY)
    assert detectable(one, 0.5, 0.05) == 1


# --- where more images than now would have to differ


def where_more_differ(columns, seeds, images, df_seeds, alike):
    """The gain that is called where its variance has these parts and the images that it asks for:
    `supposed`, by Satterthwaite's formula."""
    n, there = len(columns), columns.mean()

    def missing(gain):
        more = images + alike * max(gain - there, 0) / n
        df = (seeds + more) ** 2 / (seeds**2 / df_seeds + more**2 / (n - 1))
        quantile = float(stats.t.ppf(0.975, df))
        return called_from(quantile, df) * math.sqrt(seeds + more) - gain

    return optimize.brentq(missing, 0, 1) if missing(1) < 0 else 1


@pytest.mark.parametrize("n", [25, 300])
@pytest.mark.parametrize("alike", [0.3, 1.0])
@pytest.mark.parametrize("seeds", [1e-5, 2e-4, 4e-4])
@pytest.mark.parametrize("df_seeds", [3.0, 40.0])
def test_the_standard_error_grows_with_the_images_that_would_differ(n, alike, seeds, df_seeds):
    columns = np.zeros(n)
    columns[: n // 20] = 0.1
    expected = where_more_differ(columns, seeds, 2e-4, df_seeds, alike)
    assert expected > columns.mean()
    found = detectable(supposed(columns, seeds, 2e-4, df_seeds), alike, 0.05)
    assert found == pytest.approx(max(expected, least(n, 0.05) * alike / n))


def test_two_images_have_one_degree_of_freedom():
    columns = np.array([0.1, 0.0])
    expected = where_more_differ(columns, 0.01, 0.002, 300, 0.01)
    assert columns.mean() < expected < 1
    found = detectable(supposed(columns, 0.01, 0.002, 300), 0.01, 0.05)
    assert found == pytest.approx(expected)


def test_where_no_difference_would_be_called_none_can_be_seen():
    columns = np.array([0.5, 0, 0, 0])
    assert detectable(supposed(columns, 0.02, 0.01), 1.0, 0.05) == 1


# --- where hardly an image differs


def called_over_images(n, differing, alpha):
    parent = np.ones(n, bool)
    parent[:differing] = False
    return compare_over_images(np.ones(n, bool), parent).p_value < alpha


def called_over_seeds(n, differing, alpha):
    parent = np.ones((2, n), bool)
    parent[:, :differing] = False
    return compare(np.ones((2, n), bool), parent).p_value < alpha


def least(n, alpha, is_called=called_over_images):
    """How many images must differ on average so that 80 % of the comparisons are called: so many
    differ by chance (binomial), and what is called then is seen by calling it."""
    called = [k for k in range(1, n) if k > 20 or is_called(n, k, alpha)]
    called = [k for k in called if 2.0 ** (1 - k) < alpha]
    of_all = lambda mean: stats.binom.pmf([*called, n], n, mean / n).sum() - 0.8  # noqa: E731
    return optimize.brentq(of_all, 0, n - 1) if called and of_all(n - 1) > 0 else n


def by_student(n, alpha):
    """How many must differ by Student's t: g with g = t·√(g/n), as a share of the images."""
    return called_from(float(stats.t.ppf(1 - alpha / 2, n - 1)), n - 1) ** 2


@pytest.mark.parametrize("alpha", [0.1, 0.06, 0.031, 0.05 / 20])
@pytest.mark.parametrize("n", [12, 40, 300])
def test_predictors_must_differ_on_images_enough(n, alpha):
    same = compare_over_images(np.ones(n, bool), np.ones(n, bool))
    expected = min(max(least(n, alpha), by_student(n, alpha)), n)
    assert same.detectable(alpha) * n == pytest.approx(expected, rel=1e-4)
    assert n < 300 or (least(n, alpha) > by_student(n, alpha)) == (alpha > 0.05)


def test_too_few_images_to_call_anything():
    assert compare_over_images(np.ones(4, bool), np.ones(4, bool)).detectable() == 1
    assert compare_over_images(np.ones(2, bool), np.zeros(2, bool)).detectable() == 1


# Where 8 of 128 images differ, resamples that draw 3 or 20 of them are exactly as far as they are.
@pytest.mark.parametrize(
    ("n", "alpha"), [(60, 0.05), (300, 0.05), (60, 0.06), (60, 0.1), (128, 0.03)]
)
def test_rows_must_differ_on_images_enough(n, alpha):
    row, parent = np.ones((2, n), bool), np.ones((2, n), bool)
    parent[:, 0] = False
    found = compare(row, parent)
    assert found.unanimity == 1
    expected = least(n, alpha, called_over_seeds)
    assert found.detectable(alpha) * n == pytest.approx(expected, rel=1e-4)


def test_images_whose_sign_test_is_exactly_at_the_level_are_not_called():
    same = compare_over_images(np.ones(300, bool), np.ones(300, bool))
    level = 2.0**-4  # of five images that differ
    below, above = (same.detectable(level * (1 + side)) for side in (-1e-9, 1e-9))
    assert same.detectable(level) == pytest.approx(below, rel=1e-6)
    assert above < below * (1 - 1e-3)


def test_images_are_called_above_the_chance_of_resamples_as_far():
    n, differ, level = 128, 8, 0.0
    for k in range(n):  # drawn of those that differ; none: no spread at all
        far = k == 0 or (k - differ) ** 2 * (n - differ) >= differ * k * (n - k)
        level += far * stats.binom.pmf(k, n, differ / n)
    row, parent = np.ones((2, n), bool), np.ones((2, n), bool)
    parent[:, 0] = False
    found = compare(row, parent)
    below, above = (found.detectable(level * (1 + side)) for side in (-1e-6, 1e-6))
    assert above < below * (1 - 1e-3)


def test_where_every_image_differs_images_decide():
    found = compare(np.ones((4, 50), bool), np.zeros((4, 50), bool))
    assert found.detectable() * 50 == pytest.approx(least(50, 0.05), rel=1e-3)


# --- how far seeds agree on an image


def agreement(*tables):
    """By pairs of seeds: where one errs, does the other?"""
    both = one = 0
    for table in tables:
        wrong = ~table if table.mean() > 0.5 else table
        seeds = range(len(wrong))
        if len(wrong) > 1:
            pairs = [(wrong[s] & wrong[t]).sum() for s, t in itertools.permutations(seeds, 2)]
            both += sum(pairs) / (len(wrong) - 1)
            one += wrong.sum()
    return both / one


def test_unanimity_is_the_chance_that_a_second_seed_errs_too():
    draw = np.random.default_rng(0)
    ease = draw.random(40)
    often, seldom, two = (
        draw.random((s, 40)) < c * ease for s, c in ((5, 1.6), (3, 0.4), (2, 0.7))
    )
    alone = draw.random((1, 40)) < 0.3
    for tables in ([often], [seldom], [two], [often, seldom], [alone, seldom, two]):
        found = unanimity([table.astype(float) for table in tables])
        assert found == pytest.approx(agreement(*tables))
    assert often.mean() > 0.5 > seldom.mean()


def test_seeds_agree_on_averaged_answers_too():
    """Lines of several rows that were averaged: 0.25 of the 1.5 wrong ones are wrong twice."""
    assert unanimity([np.array([[0.5, 0.0], [0.5, 0.5]])]) == pytest.approx(0.5 / 1.5)


def test_nothing_tells_how_far_seeds_agree():
    for table in (np.zeros((3, 5)), np.ones((3, 5)), np.eye(5)[:1], np.eye(5)):
        assert unanimity([table]) == 1
