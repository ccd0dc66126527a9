"""One answer per image: predictors against each other, and several rows together."""

import math

import numpy as np
import pytest
from scipy import stats

from fclab.statistics import compare, compare_together, two_way
from fclab.statistics.images import compare_over_images
from fclab.values.errors import UsageError

DRAW = np.random.default_rng(0)
MINE = DRAW.random(200) < 0.8
THEIRS = MINE ^ (DRAW.random(200) < 0.15)


def test_two_predictors_are_compared_by_a_paired_t_test():
    found = compare_over_images(MINE, THEIRS)
    test = stats.ttest_rel(MINE.astype(float), THEIRS.astype(float))
    assert (found.difference, found.p_value) == pytest.approx(
        (test.statistic * found.test.se, test.pvalue)
    )
    assert found.difference == pytest.approx(MINE.mean() - THEIRS.mean())
    assert (found.low, found.high) == pytest.approx(tuple(test.confidence_interval(0.95)))
    assert found.test.df == 199
    assert found.discordant == pytest.approx((MINE != THEIRS).mean())
    assert (found.n_seeds, found.n_images, found.paired) == (1, 200, True)
    assert (found.image_share, found.unanimity) == (1, 1)
    assert len(found.test.null) == 0


def test_the_other_way_round_the_predictors_differ_by_as_much():
    forth, back = compare_over_images(MINE, THEIRS), compare_over_images(THEIRS, MINE)
    assert (forth.low, forth.high) == pytest.approx((-back.high, -back.low))
    assert (forth.p_value, forth.discordant) == (back.p_value, back.discordant)


def test_shares_of_seeds_are_answers_too():
    mine, theirs = np.array([1, 0.5, 0.25, 0]), np.array([0.5, 0.5, 0, 1])
    found = compare_over_images(mine, theirs)
    assert found.difference == pytest.approx((mine - theirs).mean())
    assert found.discordant == pytest.approx((0.5 + 0.5 + 0.25 + 1) / 4)


@pytest.mark.parametrize("won", [1, 3, 5, 8])
def test_no_more_is_told_than_a_coin_for_every_image_that_differs(won):
    parent = np.ones(300, bool)
    parent[:won] = False
    found = compare_over_images(np.ones(300, bool), parent)
    assert found.p_value >= 2.0 ** (1 - won)
    assert (found.low > 0) == (found.p_value < 0.05) == (won > 5)


def test_predictors_that_are_equal_on_the_whole():
    same = compare_over_images(MINE, MINE)
    assert (same.difference, same.p_value, same.discordant, same.test.se) == (0, 1, 0, 0)
    assert same.test.df == math.inf
    assert same.low == pytest.approx(-same.high)
    assert same.high == pytest.approx(1 - 0.025 ** (1 / 200))
    crossed = compare_over_images([True, False, True, False], [False, True, False, True])
    assert (crossed.difference, crossed.p_value, crossed.discordant) == (0, 1, 1)


def test_one_predictor_right_on_every_image_and_the_other_on_none():
    found = compare_over_images(np.ones(50, bool), np.zeros(50, bool))
    assert (found.difference, found.p_value, found.test.se) == (1, 2.0**-49, 0)
    assert 0.8 < found.low < found.high == 1


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [([True], [False]), ([], []), ([True] * 3, [True] * 4), ([[True, False]], [[True, True]])],
)
def test_predictors_are_compared_on_the_same_images(mine, theirs):
    with pytest.raises(UsageError, match="on the same images, two at least"):
        compare_over_images(mine, theirs)


def test_two_images_are_enough_to_be_compared():
    assert compare_over_images([True, True], [True, False]).p_value == 1


# --- several rows against their common parent


def tables(count, seeds=6, images=50):
    return [np.random.default_rng(k).random((seeds, images)) < 0.6 for k in range(count)]


def test_rows_together_are_the_mean_of_the_rows():
    parent, *rows = tables(4)
    found = compare_together(rows, parent, resamples=99, seed=5)
    mean = np.mean(rows, axis=0)
    assert found.test == two_way([mean - parent], resamples=99, seed=5)
    assert found.discordant == pytest.approx(np.abs(mean - parent).mean())
    assert (found.n_seeds, found.n_images, found.paired) == (6, 50, True)


def test_one_row_alone_is_that_row():
    parent, row = tables(2)
    assert compare_together([row], parent, resamples=99) == compare(row, parent, resamples=99)
    assert compare_together([row], parent) == compare(row, parent)
    as_numbers = compare_together([row.astype(int)], parent.astype(int).tolist(), resamples=99)
    assert as_numbers == compare(row, parent, resamples=99)


@pytest.mark.parametrize(
    ("rows", "parent"),
    [
        ([], np.ones((3, 5), bool)),
        ([np.ones((3, 5), bool), np.ones((3, 4), bool)], np.ones((3, 5), bool)),
        ([np.ones((3, 5), bool)], np.ones((3, 4), bool)),
        ([np.ones(5, bool)], np.ones(5, bool)),
    ],
)
def test_rows_together_share_seeds_and_images(rows, parent):
    with pytest.raises(UsageError, match="same seeds and images"):
        compare_together(rows, parent)


def test_rows_together_have_answers():
    with pytest.raises(UsageError, match="at least one of each"):
        compare_together([np.ones((0, 5), bool)], np.ones((0, 5), bool))
