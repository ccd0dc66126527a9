"""The mean of answers over seeds and images: interval, quantile, resamples, pairs of seeds."""

import math

import numpy as np
import pytest
from scipy import stats

from fclab.statistics import two_way
from fclab.statistics.pairing import pair
from fclab.statistics.twoway import TwoWay, sign_test, variance_parts
from fclab.values.errors import UsageError
from fclab.values.rng import stream


def beyond(count, n, alpha):
    """The largest share of images that may differ where so many of n did (Clopper, Pearson)."""
    return stats.beta.ppf(1 - alpha / 2, count + 1, n - count) if count < n else 1


def made(columns, *, p=0.001, se=0.02, df=math.inf, null=()):
    columns = np.asarray(columns, float)
    return TwoWay(float(columns.mean()), p, se, df, 0.5, columns, np.asarray(null, float))


MIXED = np.repeat([0.5, -0.25, 0], [30, 6, 64])


# --- the interval


@pytest.mark.parametrize("alpha", [0.05, 0.01])
def test_the_interval_is_so_many_standard_errors_to_either_side(alpha):
    for columns in (MIXED, -MIXED):
        found = made(columns, df=9)
        reach = stats.t.ppf(1 - alpha / 2, 9) * 0.02
        assert found.interval(alpha) == pytest.approx((found.mean - reach, found.mean + reach))
    assert (found.low, found.high) == found.interval(0.05)


@pytest.mark.parametrize("alpha", [0.05, 0.01])
def test_the_interval_ends_at_what_the_images_allow(alpha):
    found = made(MIXED, se=0.5, p=0.9)
    assert found.interval(alpha) == pytest.approx((-beyond(6, 100, alpha), beyond(30, 100, alpha)))


def test_the_interval_holds_0_where_the_test_does_not_refute_it():
    assert made(MIXED).low > 0
    for p in (0.05, 0.2):
        assert made(MIXED, p=p).low == 0 < made(MIXED, p=p).high
        assert made(-MIXED, p=p).high == 0 > made(-MIXED, p=p).low
    assert made(MIXED, p=0.02).interval(0.02)[0] == 0 < made(MIXED, p=0.02).interval(0.021)[0]


@pytest.mark.parametrize("alpha", [0.05, 0.01])
def test_a_single_seed_leaves_the_bound_by_images(alpha):
    found = made(MIXED, se=math.nan, p=1)
    assert found.interval(alpha) == pytest.approx((-beyond(6, 100, alpha), beyond(30, 100, alpha)))


@pytest.mark.parametrize("alpha", [0.05, 0.01])
def test_images_that_all_say_the_same(alpha):
    nothing = made(np.zeros(40), se=0)
    most = 1 - (alpha / 2) ** (1 / 40)
    assert nothing.interval(alpha) == pytest.approx((-most, most))
    half = made(np.full(40, 0.5), se=0)
    least = 0.5 * (2 * (alpha / 2) ** (1 / 40) - 1)
    assert half.interval(alpha) == pytest.approx((least, 1))
    lost = made(np.full(40, -0.5), se=0)
    assert lost.interval(alpha) == pytest.approx((-1, -least))


# --- the quantile


def test_the_quantile_is_that_of_the_resamples_or_students():
    found = made(MIXED, null=np.arange(1, 100), df=5)
    assert [found.quantile(alpha) for alpha in (0.05, 0.5, 0.02)] == [96, 51, 99]
    assert found.quantile(0.01) == math.inf  # not one resample of 99 tells anything there
    student = made(MIXED, null=np.arange(1, 100) / 1000, df=5)
    assert student.quantile(0.05) == pytest.approx(stats.t.ppf(0.975, 5))
    assert made(MIXED, df=5).quantile(0.01) == pytest.approx(stats.t.ppf(0.995, 5))


# --- the resamples


def mean_squares(table):
    """Parts of the variance of the mean: of the seeds, of the rest, and the table's mean."""
    (s, n), mean = table.shape, table.mean()
    by_seed, by_image = table.mean(axis=1) - mean, table.mean(axis=0) - mean
    rest = table - mean - by_seed[:, None] - by_image[None]
    rest = (rest**2).sum() / ((s - 1) * (n - 1)) / table.size
    return max((by_seed**2).sum() / (s - 1) / s, rest / 3), rest


def studentised(tables, centre):
    seeds, rest = map(sum, zip(*map(mean_squares, tables), strict=True))
    columns = sum(table.mean(axis=0) for table in tables)
    variance = seeds + max(columns.var(ddof=1) / len(columns) - rest, 0)
    return abs(columns.mean() - centre) / math.sqrt(max(variance, 1e-14))


@pytest.mark.parametrize("sizes", [(5,), (4, 6)])
def test_what_is_resampled_follows_from_the_seed_alone(sizes):
    """The tables drawn row by row and column by column, from the same random stream."""
    draw = np.random.default_rng(1)
    tables = [(draw.random((s, 12)) < 0.5).astype(float) for s in sizes]
    tables = [tables[0] - (draw.random((5, 12)) < 0.2)] if len(tables) == 1 else tables
    found = two_way(tables, resamples=620, seed=7)
    signed = [tables[0], *(-table for table in tables[1:])]
    if sum(table.mean() for table in signed) < 0:
        signed = [-table for table in reversed(signed)]
    order = np.lexsort(np.vstack(signed))
    signed = [table[:, order] for table in signed]
    centre, random, expected = sum(t.mean() for t in signed), stream(7, "two-way bootstrap"), []
    for chunk in (500, 120):
        counts = [
            random.multinomial(n, np.full(n, 1 / n), size=chunk) for n in (12, *map(len, signed))
        ]
        for images, *seeds in zip(*counts, strict=True):
            drawn = [
                np.repeat(np.repeat(table, rows, axis=0), images, axis=1)
                for table, rows in zip(signed, seeds, strict=True)
            ]
            expected.append(studentised(drawn, centre))
    assert found.null == pytest.approx(np.sort(expected), rel=1e-6, abs=1e-6)
    t = abs(found.mean) / found.se
    count = (found.null >= t * (1 - 1e-9)).sum()
    student = 2 * stats.t.sf(t, found.df)
    differ = np.count_nonzero(sum(table.mean(axis=0) for table in signed))
    assert found.p_value == pytest.approx(max((1 + count) / 621, student, 2.0 ** (1 - differ)))


def test_one_comparison_has_one_outcome():
    d = (np.random.default_rng(1).random((5, 40)) < 0.3).astype(float)
    assert two_way([d], resamples=99) == two_way([d], resamples=99, seed=0)
    assert (two_way([d]).null.size, two_way([d], resamples=99).null.size) == (9999, 99)
    assert not np.array_equal(two_way([d], seed=1).null, two_way([d]).null)


def test_39_resamples_are_enough_to_tell_5_percent():
    d = np.zeros((8, 40))
    d[:, :20] = 1
    assert two_way([d], resamples=39).p_value == pytest.approx(1 / 40)
    with pytest.raises(UsageError, match="38 resamples cannot"):
        two_way([d], resamples=38)


# --- what cannot be resampled


@pytest.mark.parametrize("shapes", [[(1, 9)], [(3, 1)], [(3, 9), (1, 9)], [(1, 9), (3, 9)]])
def test_a_single_seed_or_image_tells_nothing_of_others(shapes):
    row, *parent = (np.ones(shape) for shape in shapes)
    found = two_way([row, *(table * 0.25 for table in parent)])
    assert (found.mean, found.p_value, found.image_share) == (0.75 if parent else 1, 1, 1)
    assert math.isnan(found.se)
    assert math.isnan(found.df)
    assert len(found.null) == 0
    assert found.columns.tolist() == [found.mean] * shapes[0][1]


def test_where_nothing_varies_a_sign_test_is_left():
    for share, p in ((0.5, 2.0**-8), (-0.5, 2.0**-8), (0, 1)):
        found = two_way([np.full((3, 9), share)])
        assert (found.mean, found.p_value, found.se, found.image_share) == (share, p, 0, 0)
        assert found.df == math.inf
        assert len(found.null) == 0
        assert found.columns.tolist() == [share] * 9


def test_two_seeds_and_two_images_are_the_fewest_that_are_resampled():
    found = two_way([np.array([[1.0, 0.0], [0.5, 0.0]])], resamples=99)
    assert (len(found.null), found.p_value) == (99, 1)
    assert found.se > 0


@pytest.mark.parametrize(
    ("shapes", "told"),
    [
        ([(9,)], "as tables"), ([(3, 0)], "at least one of each"), ([(0, 3)], "at least one"),
        ([(3, 9), (3, 9, 1)], "as tables"), ([(3, 9), (3, 8)], r"different images \(9 and 8\)"),
    ],
)  # fmt: skip
def test_what_is_no_table_of_the_same_images(shapes, told):
    with pytest.raises(UsageError, match=told):
        two_way([np.ones(shape) for shape in shapes])


def test_the_sign_test_counts_what_differs():
    assert sign_test(np.array([0.5, -0.5, 0, 1e-16])) == 0.5
    assert sign_test(np.array([0.0, 1.0])) == sign_test(np.zeros(5)) == 1
    assert sign_test(np.full(11, -0.25)) == 2.0**-10


def test_the_parts_of_a_variance_are_those_of_its_standard_error():
    d = (np.random.default_rng(1).random((5, 40)) < 0.3).astype(float)
    d[:, :4] = 1
    seeds, images = variance_parts(d)
    found = two_way([d], resamples=99)
    assert seeds + images == pytest.approx(found.se**2)
    assert images / (seeds + images) == pytest.approx(found.image_share)


# --- which seeds belong together


@pytest.mark.parametrize(
    ("seeds", "parents", "mine", "theirs"),
    [
        ([5, 1, 3], [3, 9, 5], [2, 0], [0, 2]),  # two of three, in the order of the seeds
        ([4, 2, 8, 6], [2, 4, 1, 3], [1, 0], [0, 1]),  # half of the smaller row
        ([7], [9, 8, 7], [0], [2]),  # all of the smaller row, one as it is
    ],
)
def test_common_seeds_are_pairs(seeds, parents, mine, theirs):
    rows, others, paired = pair(len(seeds), len(parents), seeds, parents)
    assert (rows.tolist(), others.tolist(), paired) == (mine, theirs, True)


@pytest.mark.parametrize(
    ("seeds", "parents"),
    [([3, 1], [1, 9]), ([5, 4, 3, 2, 1], [1, 2, 8, 7, 6]), ([3, 1], [6, 5, 4]), ([1], [2])],
)
def test_too_few_common_seeds_are_no_pairs(seeds, parents):
    rows, others, paired = pair(len(seeds), len(parents), seeds, parents)
    assert not paired
    assert [seeds[k] for k in rows] == sorted(seeds)
    assert [parents[k] for k in others] == sorted(parents)


def test_without_seeds_runs_belong_together_in_their_order():
    rows, others, paired = pair(3, 3, None, None)
    assert (rows.tolist(), others.tolist(), paired) == ([0, 1, 2], [0, 1, 2], True)


@pytest.mark.parametrize(
    ("n", "m", "seeds", "parents", "told"),
    [
        (3, 4, None, None, "name the seeds"), (3, 3, [1, 2, 3], None, "name the seeds"),
        (3, 3, None, [1, 2, 3], "name the seeds"), (0, 3, [], [1, 2, 3], "without a run"),
        (3, 0, [1, 2, 3], [], "without a run"), (3, 3, [1, 2], [1, 2, 3], "2 seeds do not fit 3"),
        (3, 3, [1, 2, 3], [1, 2, 3, 4], "4 seeds do not fit 3"),
        (3, 3, [1, 2, 3], [1, 1, 3], "occurs twice"),
    ],
)  # fmt: skip
def test_seeds_fit_their_runs(n, m, seeds, parents, told):
    with pytest.raises(UsageError, match=told):
        pair(n, m, seeds, parents)


# --- tables as they are given


def test_tables_of_true_and_false_are_tables_of_0_and_1():
    draw = np.random.default_rng(3)
    row, parent = (draw.random((3, 40)) < share for share in (0.8, 0.6))
    for tables in ([row], [row, parent]):
        found = two_way(tables, resamples=99)
        numbers = two_way([table.astype(float) for table in tables], resamples=99)
        assert (found.mean, found.p_value, found.se) == (numbers.mean, numbers.p_value, numbers.se)
        assert (found.null == numbers.null).all()


def test_a_difference_of_0_is_resampled_alike_both_ways():
    table = np.array([[1.0, 0, -1, 0, 0, 0, 1], [1, 1, -1, 0, -1, 0, -1]])
    forth, back = two_way([table], resamples=99), two_way([0 - table], resamples=99)
    assert forth.mean == back.mean == 0
    assert (forth.null == back.null).all()


def test_the_parts_of_two_seeds_and_two_images():
    """Means of the seeds ½ and ¼, of the images ¾ and 0; what both leave is ⅛ in each place."""
    seeds, images = variance_parts(np.array([[1, 0], [0.5, 0]]))
    assert seeds == pytest.approx(1 / 8**2)
    assert images == pytest.approx((3 / 8) ** 2 - 1 / 8**2)
