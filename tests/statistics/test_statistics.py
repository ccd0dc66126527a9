"""Intervals, paired comparisons and verdicts: against SciPy and definitions."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import stats

from fclab.statistics import (
    Decision,
    SeedDifference,
    accuracy_over_images,
    accuracy_over_seeds,
    compare,
    compare_over_seeds,
    distribution,
    holm,
    mean_over_seeds,
    optimism,
    two_way,
    verdicts,
)
from fclab.statistics.power import called_from
from fclab.values.errors import UsageError

FEW = 99  # resamples, where their number does not matter

pairs = st.tuples(st.integers(1, 4), st.integers(1, 12)).flatmap(
    lambda shape: st.tuples(hnp.arrays(bool, shape), hnp.arrays(bool, shape))
)
"""Right answers of a row and of its parent, (seeds, images) each."""


def random_answers(seeds, images=60, accuracy=0.7, seed=0):
    draw = np.random.default_rng(seed)
    ease = draw.normal(size=images)
    return ease + draw.normal(size=(seeds, images)) < np.sqrt(2) * stats.norm.ppf(accuracy)


# --- comparison of answers ----------------------------------------------------------------------


@given(pairs, st.booleans())
def test_the_other_way_round_only_the_sign_changes(answers, paired):
    a, b = answers
    seeds, others = range(len(a)), range(len(a)) if paired else range(100, 100 + len(a))
    forth = compare(a, b, seeds=seeds, parent_seeds=others, resamples=FEW)
    back = compare(b, a, seeds=others, parent_seeds=seeds, resamples=FEW)
    assert forth.difference == pytest.approx(-back.difference, abs=1e-12)
    assert (forth.low, forth.high) == pytest.approx((-back.high, -back.low), abs=1e-12)
    assert forth.p_value == back.p_value
    assert forth.detectable() == pytest.approx(back.detectable())
    assert forth.discordant == pytest.approx(back.discordant)
    assert forth.paired is (paired or len(a) == 0)


@given(pairs, st.randoms(use_true_random=False), st.sampled_from([0, 1000]))
def test_the_order_of_seeds_and_images_does_not_matter(answers, random, apart):
    a, b = answers
    seeds = [10 * k + 3 for k in range(len(a))]
    parents = [seed + apart for seed in seeds]
    mine, others = random.sample(range(len(a)), len(a)), random.sample(range(len(a)), len(a))
    images = random.sample(range(a.shape[1]), a.shape[1])
    plain = compare(a, b, seeds=seeds, parent_seeds=parents, resamples=FEW)
    mixed = compare(
        a[mine][:, images],
        b[others][:, images],
        seeds=[seeds[k] for k in mine],
        parent_seeds=[parents[k] for k in others],
        resamples=FEW,
    )
    assert plain == mixed or plain.difference == pytest.approx(mixed.difference, abs=1e-12)
    assert (plain.low, plain.high) == pytest.approx((mixed.low, mixed.high), abs=1e-12)
    assert plain.p_value == mixed.p_value


@given(pairs)
def test_interval_and_p_value_agree(answers):
    found = compare(*answers, resamples=FEW)
    assert (found.low > 0 or found.high < 0) == (found.p_value < 0.05)
    assert -1 <= found.low <= found.difference <= found.high <= 1
    assert 0 <= found.p_value <= 1
    assert 0 <= found.detectable() <= 1
    assert found.discordant == (answers[0] != answers[1]).mean()
    assert 0 <= found.image_share <= 1


@given(pairs)
def test_a_row_does_not_differ_from_itself(answers):
    found = compare(answers[0], answers[0], resamples=FEW)
    assert found.difference == found.discordant == 0
    assert found.p_value == 1
    assert found.low == pytest.approx(-found.high)
    assert found.high > 0


@pytest.mark.parametrize(("seeds", "images"), [(8, 0), (0, 60), (5, 30)])
def test_agreeing_seeds_and_images_dilute_a_difference(seeds, images):
    a, b = random_answers(8), random_answers(8, accuracy=0.9, seed=1)
    d = (b.astype(float) - a).mean()
    added = np.zeros((8 + seeds, 60 + images), dtype=bool)
    added[:8, :60] = a
    more = added.copy()
    more[:8, :60] = b
    found = compare(more, added, resamples=FEW)
    assert found.difference == pytest.approx(d * 8 / (8 + seeds) * 60 / (60 + images))


def test_the_more_images_are_won_the_smaller_the_p_value():
    parent = random_answers(8, images=100)
    never = np.flatnonzero(~parent.all(axis=0))
    p_values = []
    for won in range(0, 41, 4):
        row = random_answers(8, images=100)
        row[:, never[:won]] = True
        p_values.append(compare(row, parent, resamples=999).p_value)
    assert p_values[0] == 1
    assert p_values[-1] < 0.01
    assert all(later <= earlier + 0.01 for earlier, later in itertools.pairwise(p_values))


def mean_squares(d):
    """Seeds, images and rest of the two-way analysis of variance, from the definition."""
    (s, n), mean = d.shape, d.mean()
    by_seed, by_image = d.mean(axis=1) - mean, d.mean(axis=0) - mean
    rest = d - mean - by_seed[:, None] - by_image[None]
    return (
        n * (by_seed**2).sum() / (s - 1),
        s * (by_image**2).sum() / (n - 1),
        (rest**2).sum() / ((s - 1) * (n - 1)),
    )


def test_standard_error_is_that_of_crossed_random_effects():
    d = random_answers(8, seed=1).astype(float) - random_answers(8, seed=2)
    seeds, images, rest = mean_squares(d)
    assert images > rest  # all three parts count here
    variance = (seeds + images - rest) / d.size
    found = two_way([d], resamples=FEW)
    assert found.mean == pytest.approx(d.mean())
    assert found.se == pytest.approx(math.sqrt(variance))
    parts = np.array([seeds, images - rest]) / d.size
    assert found.df == pytest.approx(variance**2 / (parts**2 / [7, 59]).sum())
    assert found.image_share == pytest.approx((images - rest) / d.size / variance)


def test_standard_error_of_independent_runs():
    a, b = random_answers(6, seed=1).astype(float), random_answers(9, seed=2).astype(float)
    of_seeds = [mean_squares(t)[0] / t.size for t in (a, b)]
    rest = sum(mean_squares(t)[2] / t.size for t in (a, b))
    spread = (a.mean(axis=0) - b.mean(axis=0)).var(ddof=1) / 60
    found = two_way([a, b], resamples=FEW)
    assert found.mean == pytest.approx(a.mean() - b.mean())
    parts = np.array([*of_seeds, spread - rest])
    assert found.se == pytest.approx(math.sqrt(parts.sum()))
    assert found.df == pytest.approx(parts.sum() ** 2 / (parts**2 / [5, 8, 59]).sum())


def test_the_interval_is_that_of_resampled_seeds_and_images():
    """The weights of two_way against tables that are really drawn row by row."""
    draw = np.random.default_rng(0)
    d = np.zeros((12, 40))
    d[:, :7] = draw.random((12, 7)) < 0.6  # seven images won: skewed, far from Student's t

    def t_of(table, centre):
        seeds, images, rest = mean_squares(table)
        variance = (max(seeds, rest / 3) + max(images - rest, 0)) / table.size
        return abs(table.mean() - centre) / math.sqrt(max(variance, 1e-14))

    def resample():
        return d[np.ix_(draw.integers(12, size=12), draw.integers(40, size=40))]

    expected = np.quantile([t_of(resample(), d.mean()) for _ in range(4000)], 0.95)
    found = two_way([d])
    assert expected > 1.15 * stats.t.ppf(0.975, found.df)  # the bootstrap decides here
    assert (found.mean - found.low) / found.se == pytest.approx(expected, rel=0.06)


@pytest.mark.parametrize("resamples", [99, 999])
@pytest.mark.parametrize("won", [7, 40])  # where the bootstrap decides, and where Student does
def test_the_interval_ends_where_a_mean_is_just_refuted(won, resamples):
    d = np.zeros((12, 40))
    d[:, :won] = np.random.default_rng(0).random((12, won)) < 0.6
    found = two_way([d], resamples=resamples)
    reach = found.mean - found.low
    for share, refuted in ((0.999, False), (1.001, True)):
        supposed = found.mean - share * reach
        p = two_way([d - supposed], resamples=resamples).p_value
        assert (p < 0.05) is refuted


def test_few_seeds_get_at_least_students_quantile():
    d = random_answers(3, seed=1).astype(float) - random_answers(3, seed=2)
    found = two_way([d])
    assert found.high - found.low >= 2 * stats.t.ppf(0.975, found.df) * found.se * (1 - 1e-9)


@pytest.mark.parametrize("alpha", [0.05, 0.05 / 12])
@pytest.mark.parametrize("df", [3, 12.5, 300])
def test_what_is_called_in_80_percent_follows_the_noncentral_t(alpha, df):
    quantile = float(stats.t.ppf(1 - alpha / 2, df))
    assert stats.nct.sf(quantile, df, called_from(quantile, df)) == pytest.approx(0.8, abs=0.003)


def test_detectable_is_so_many_standard_errors_at_the_quantile_of_the_test():
    a, b = random_answers(8, seed=1), random_answers(8, seed=2)
    found, whole = compare(a, b), two_way([a.astype(float) - b])
    for alpha in (0.05, 0.05 / 12):
        low, _ = whole.interval(alpha)
        reach = (whole.mean - low) / whole.se
        assert found.detectable(alpha) == pytest.approx(called_from(reach, whole.df) * whole.se)


@pytest.mark.parametrize("alpha", [0.05, 0.05 / 4, 0.05 / 12])
@pytest.mark.parametrize("won", [0, 1, 4])
def test_what_the_sign_test_cannot_call_is_not_said_to_be_seen(won, alpha):
    """Where hardly an image differs a difference is seen only if there are images enough."""
    parent = np.ones((32, 300), dtype=bool)
    parent[:, :won] = False
    found = compare(np.ones((32, 300), dtype=bool), parent)
    least = next(k for k in range(1, 100) if 2.0 ** (1 - k) < alpha)
    assert found.detectable(alpha) * 300 > least
    assert found.detectable(alpha) < 0.07


@given(pairs, st.integers(1, 40))
def test_intervals_agree_with_the_p_value_at_every_level(answers, count):
    found, alpha = compare(*answers, resamples=999), 0.05 / count
    low, high = found.interval(alpha)
    assert (low > 0 or high < 0) == (found.p_value < alpha)
    assert low <= found.low <= found.difference <= found.high <= high


def test_one_seed_proves_nothing():
    a, b = random_answers(1, images=300), random_answers(1, images=300, accuracy=0.95, seed=1)
    found = compare(b, a)
    assert found.difference > 0.1
    assert found.p_value == 1
    assert found.low < 0 < found.high
    won = int((b & ~a).sum())
    assert found.detectable() == 1
    assert found.high == pytest.approx(stats.binomtest(won, 300).proportion_ci().high)


def test_a_single_image_proves_nothing():
    found = compare(np.ones((8, 1), bool), np.zeros((8, 1), bool))
    assert found.p_value == 1
    assert found.low <= 0


def test_differences_that_cancel_on_every_image_are_none():
    a = np.array([[True, False], [False, True]])
    found = compare(a, ~a, resamples=FEW)
    assert (found.difference, found.p_value, found.discordant) == (0, 1, 1)
    assert found.low < 0 < found.high


def test_two_seeds_that_happen_to_agree_prove_nothing():
    """Both seeds win 9 of 300 images net, but not the same ones: luck is what they have."""
    parent = np.zeros((2, 300), dtype=bool)
    parent[0, :8] = parent[1, 8:16] = True
    row = np.zeros((2, 300), dtype=bool)
    row[0, 16:33] = row[1, 33:50] = True
    found = compare(row, parent)
    assert found.difference == pytest.approx(0.03)
    assert found.p_value > 0.05


@pytest.mark.parametrize("won", [1, 2, 3, 5])
def test_five_images_won_by_every_seed_prove_nothing(won):
    parent = np.ones((32, 300), dtype=bool)
    parent[:, :won] = False
    found = compare(np.ones((32, 300), dtype=bool), parent)
    assert found.difference == pytest.approx(won / 300)
    assert found.p_value > 0.05
    assert found.low <= 0
    assert found.high < 0.05  # bounded by the images, not by a quantile gone wild


def test_without_a_discordant_answer_the_images_bound_what_can_be_missed():
    found = compare(*[random_answers(32, images=300)] * 2)
    assert found.high == pytest.approx(1 - 0.025 ** (1 / 300))
    assert found.detectable() > found.high  # what could be there is not yet seen


def test_all_against_nothing_is_certain():
    right, wrong = np.ones((4, 50), dtype=bool), np.zeros((4, 50), dtype=bool)
    for found in (
        compare(right, wrong),
        compare(right, wrong, seeds=range(4), parent_seeds=range(9, 13)),
    ):
        assert found.difference == found.high == 1
        assert 0.8 < found.low < 1
        assert found.p_value < 1e-9
    with_fewer = compare(right[:, :5], wrong[:, :5])  # five images: a coin does that too
    assert with_fewer.p_value > 0.05
    assert with_fewer.low < 0


def test_only_common_seeds_are_paired():
    a, b = random_answers(6, seed=1), random_answers(5, seed=2)
    found = compare(a, b, seeds=[5, 1, 2, 3, 4, 9], parent_seeds=[4, 3, 2, 1, 0])
    assert found.paired
    assert found.n_seeds == 4
    assert found == compare(a[[1, 2, 3, 4]], b[[3, 2, 1, 0]])


@pytest.mark.parametrize("parent_seeds", [[10, 11, 12, 13, 14, 15], [0, 11, 12, 13, 14, 15]])
def test_with_hardly_a_common_seed_runs_are_independent(parent_seeds):
    a, b = random_answers(4, seed=1), random_answers(6, seed=2)
    found = compare(a, b, seeds=range(4), parent_seeds=parent_seeds)
    assert not found.paired
    assert found.n_seeds == 4
    p, q = a.mean(axis=0), b.mean(axis=0)
    assert found.difference == pytest.approx(p.mean() - q.mean())
    assert found.discordant == pytest.approx((p * (1 - q) + q * (1 - p)).mean())


@pytest.mark.parametrize(
    ("shape", "parent_shape", "seeds", "parent_seeds", "message"),
    [
        ((3, 300), (3, 400), None, None, "different images"),
        ((3, 300), (4, 300), None, None, "name the seeds"),
        ((3, 300), (3, 300), [1, 2, 2], [1, 2, 3], "twice"),
        ((3, 300), (3, 300), [1, 2], [1, 2, 3], "one seed per run"),
        ((0, 300), (0, 300), None, None, "at least one seed"),
        ((3, 0), (3, 0), None, None, "at least one of each"),
    ],
)
def test_what_cannot_be_compared(shape, parent_shape, seeds, parent_seeds, message):
    with pytest.raises(UsageError, match=message):
        compare(
            np.ones(shape, bool),
            np.ones(parent_shape, bool),
            seeds=seeds,
            parent_seeds=parent_seeds,
        )


def test_too_few_resamples_are_refused():
    with pytest.raises(UsageError, match="cannot tell 5 %"):
        compare(*[random_answers(4)] * 2, resamples=19)


@pytest.mark.parametrize("other", [[0.7, 0.8], [[0.7, 0.8]], [[1, 0]], [True, False]])
def test_accuracies_are_not_answers(other):
    answers = [[True, False]]
    for row, parent in ((other, answers), (answers, other)):
        with pytest.raises(UsageError, match="true and false"):
            compare(row, parent)


# --- Holm and verdicts --------------------------------------------------------------------------


@given(st.lists(st.floats(0, 1), min_size=1, max_size=6))
def test_holm_is_the_closed_test_of_bonferroni(p_values):
    """By definition: a row is called when every set of rows that holds it is, by Bonferroni."""
    n = len(p_values)
    subsets = [s for k in range(1, n + 1) for s in itertools.combinations(range(n), k)]
    expected = [
        max(min(1, len(s) * min(p_values[j] for j in s)) for s in subsets if i in s)
        for i in range(n)
    ]
    np.testing.assert_allclose(holm(p_values), expected, rtol=1e-12)


@given(st.lists(st.floats(0, 1), max_size=20))
def test_holm_keeps_the_order_and_never_helps(p_values):
    adjusted = holm(p_values)
    assert (adjusted >= np.array(p_values)).all()
    assert (adjusted <= np.minimum(1, len(p_values) * np.array(p_values))).all()
    order = np.argsort(p_values, kind="stable")
    assert (np.diff(adjusted[order]) >= 0).all()


@pytest.mark.parametrize("wrong", [[-0.1], [1.1], [0.5, math.nan]])
def test_holm_wants_probabilities(wrong):
    with pytest.raises(UsageError, match="between 0 and 1"):
        holm(wrong)


def comparison(difference, p_value, n=9):
    """Of n seeds: such that it has this p-value."""
    t = float(stats.t.isf(p_value / 2, n - 1))
    return SeedDifference(difference, p_value, abs(difference) / t if t else 1.0, n - 1, n, True)


def test_verdicts_are_corrected_for_the_rows_of_the_study():
    (alone,) = verdicts([comparison(0.02, 0.03)])
    assert (alone.decision, alone.level, alone.family) == (Decision.BETTER, 0.05, 1)
    study = verdicts([comparison(d, p) for d, p in [(0.02, 0.03), (-0.03, 1e-4), (0.01, 0.9)]])
    assert [str(v.decision) for v in study] == [
        "not distinguishable",
        "worse",
        "not distinguishable",
    ]
    assert [v.p_adjusted for v in study] == pytest.approx([0.06, 3e-4, 0.9])
    # Judged first, of three; the two others together, since neither is called.
    assert [v.level for v in study] == pytest.approx([0.05 / 2, 0.05 / 3, 0.05 / 2])
    assert verdicts([]) == ()


@given(st.lists(st.one_of(st.floats(1e-12, 1), st.sampled_from([0.05 / k for k in range(1, 60)])),
                min_size=1, max_size=60))  # fmt: skip
def test_verdict_adjusted_p_and_interval_agree(p_values):
    changes = [comparison((-1) ** k * 0.02, p) for k, p in enumerate(p_values)]
    found = verdicts(changes)
    for change, verdict in zip(changes, found, strict=True):
        called = verdict.low > 0 or verdict.high < 0
        assert called == (verdict.decision is not Decision.NOT_DISTINGUISHABLE)
        assert called == (verdict.p_adjusted < 0.05)
        assert called == (change.p_value < verdict.level) or change.p_value == pytest.approx(
            verdict.level
        )
        assert verdict.low <= change.low <= change.high <= verdict.high  # never narrower than 95 %
        assert verdict.detectable == change.detectable(verdict.level)


@given(st.lists(pairs, min_size=1, max_size=4))
def test_verdicts_on_answers_agree_with_their_intervals(tables):
    for verdict in verdicts([compare(*answers, resamples=999) for answers in tables]):
        called = verdict.low > 0 or verdict.high < 0
        assert called == (verdict.decision is not Decision.NOT_DISTINGUISHABLE)
        assert called == (verdict.p_adjusted < 0.05)


@pytest.mark.parametrize("rows", [12, 20])
def test_the_resamples_tell_the_level_of_many_rows(rows):
    """Forty images won of three hundred are called among so many rows."""
    parent, row = np.zeros((2, 8, 300), dtype=bool)
    row[:, :40] = True
    nothing = compare(parent, parent)
    first, *others = verdicts([compare(row, parent), *[nothing] * (rows - 1)])
    assert first.decision is Decision.BETTER
    assert first.level == 0.05 / rows
    assert first.p_adjusted < 0.05
    assert {other.level for other in others} == {0.05 / (rows - 1)}


def test_a_lower_loss_is_better():
    draw = np.random.default_rng(0)
    loss = draw.normal(0.6, 0.02, size=16)
    lower = compare_over_seeds(loss - 0.05 + draw.normal(0, 0.01, size=16), loss)
    assert verdicts([lower], higher_is_better=False)[0].decision == "better"
    assert verdicts([lower])[0].decision == "worse"


# --- quantities with one value per seed -----------------------------------------------------------

values = hnp.arrays(np.float64, st.integers(2, 12), elements=st.floats(0, 1, width=32))


@given(values)
def test_mean_over_seeds_is_a_t_interval(x):
    found = mean_over_seeds(x)
    assert found.mean == pytest.approx(x.mean())
    assert (found.least, found.greatest, found.n_seeds) == (x.min(), x.max(), len(x))
    if np.ptp(x) > 1e-6:
        low, high = stats.t.interval(0.95, len(x) - 1, x.mean(), stats.sem(x))
        assert (found.low, found.high) == pytest.approx((low, high))
        assert found.sd == pytest.approx(x.std(ddof=1))


def test_accuracy_stays_between_0_and_1():
    found = accuracy_over_seeds([1.0, 0.9, 1.0], 300)
    assert found.high == 1
    assert found.low < 0.9
    with pytest.raises(UsageError, match="outside 0 to 1"):
        accuracy_over_seeds([76.5, 74.0], 300)


def test_one_seed_tells_nothing_about_others():
    found = accuracy_over_seeds([0.76], 300)
    assert (found.low, found.mean, found.high) == (0, 0.76, 1)
    assert math.isnan(found.sd)
    assert mean_over_seeds([3.0]).high == math.inf


def test_new_images_matter_more_than_new_seeds():
    correct = random_answers(32, images=300)
    seeds, images = accuracy_over_seeds(correct.mean(axis=1), 300), accuracy_over_images(correct)
    assert images.mean == pytest.approx(seeds.mean)
    assert images.high - images.low > 2 * (seeds.high - seeds.low)
    assert 0 <= images.low < images.high <= 1


def test_accuracy_on_new_images_is_a_share():
    correct = np.zeros((8, 40), dtype=bool)
    correct[:, :2] = correct[0, :3] = True
    found = accuracy_over_images(correct)
    assert 0 < found.low < found.mean < found.high < 0.3
    wrong = accuracy_over_images(~correct)
    assert wrong.mean == pytest.approx(1 - found.mean)
    assert wrong.high <= 1


@pytest.mark.parametrize("right", [0, 210, 300])
def test_accuracy_of_one_seed_is_binomial(right):
    correct = np.arange(300)[None] < right
    found, exact = accuracy_over_images(correct), stats.binomtest(right, 300).proportion_ci()
    assert (found.mean, found.low, found.high) == pytest.approx(
        (right / 300, exact.low, exact.high)
    )


@pytest.mark.parametrize("seeds", [2, 5, 32])
@pytest.mark.parametrize("wrong", [0, 1, 3])
def test_an_accuracy_near_1_is_bounded_by_what_was_never_seen(seeds, wrong):
    """One wrong answer in 5 × 300 once gave 0 to 1."""
    correct = np.ones((seeds, 300), dtype=bool)
    correct[0, :wrong] = False
    found = accuracy_over_images(correct)
    assert 0.95 < found.low <= found.mean * 0.025 ** (1 / 300) + 1e-12
    assert found.mean <= found.high <= 1
    mirrored = accuracy_over_images(~correct)
    assert (1 - mirrored.high, 1 - mirrored.low) == pytest.approx((found.low, found.high))


def test_an_accuracy_on_new_images_needs_answers():
    with pytest.raises(UsageError, match="at least one of each"):
        accuracy_over_images(np.ones((0, 300), dtype=bool))


@pytest.mark.parametrize(("seeds", "others"), [(2, 0.842), (4, 0.602), (32, 0.109)])
def test_seeds_that_agree_still_leave_a_width(seeds, others):
    """So large a share of other seeds may differ, by one image or more."""
    found = accuracy_over_seeds([0.99] * seeds, 300)
    assert found.high - found.mean == pytest.approx(others / 300, rel=1e-2)
    assert found.mean - found.low == pytest.approx(found.high - found.mean)
    wider = accuracy_over_seeds([0.99] * (seeds - 1) + [0.97], 300)
    assert wider.high - wider.low > found.high - found.low


@given(
    st.integers(2, 12).flatmap(
        lambda n: hnp.arrays(np.float64, (2, n), elements=st.floats(0, 1, width=16))
    )
)
def test_differences_over_seeds_are_a_paired_t_test(pair):
    x, y = pair
    found, back = compare_over_seeds(x, y), compare_over_seeds(y, x)
    assert found.difference == pytest.approx((x - y).mean())
    assert (found.low, found.p_value) == pytest.approx((-back.high, back.p_value))
    assert (found.low > 0 or found.high < 0) == (found.p_value < 0.05)
    if np.ptp(x - y) > 1e-6:
        test = stats.ttest_rel(x, y)
        assert found.p_value == pytest.approx(test.pvalue)
        assert (found.low, found.high) == pytest.approx(tuple(test.confidence_interval()))
        seen = called_from(stats.t.ppf(0.975, len(x) - 1), len(x) - 1)
        assert found.detectable() == pytest.approx(seen * stats.sem(x - y))


def test_differences_of_other_seeds_are_a_welch_test():
    draw = np.random.default_rng(0)
    x, y = draw.normal(60, 10, size=8), draw.normal(80, 20, size=12)
    found = compare_over_seeds(x, y, seeds=range(8), parent_seeds=range(50, 62))
    test = stats.ttest_ind(x, y, equal_var=False)
    assert not found.paired
    assert (found.difference, found.p_value) == pytest.approx((x.mean() - y.mean(), test.pvalue))


def test_differences_without_spread():
    same = compare_over_seeds([0.3, 0.5, 0.7], [0.3, 0.5, 0.7])
    assert (same.difference, same.low, same.high, same.p_value) == (0, 0, 0, 1)
    moved = compare_over_seeds([61.0, 71.0, 81.0], [60.0, 70.0, 80.0])
    assert (moved.low, moved.high, moved.p_value) == (0, 1, 0.25)  # three seeds: a coin does that
    many = np.arange(8.0)
    moved = compare_over_seeds(many + 1, many)
    assert (moved.low, moved.high, moved.p_value) == (1, 1, 2 / 2**8)
    alone = compare_over_seeds([0.3], [0.5])
    assert (alone.low, alone.high, alone.p_value) == (-math.inf, math.inf, 1)
    assert alone.detectable() == math.inf


@pytest.mark.parametrize("bad", [[0.5, math.nan], [0.5, math.inf], []])
def test_diverged_losses_are_refused(bad):
    with pytest.raises(UsageError, match=r"diverged|at least one"):
        compare_over_seeds(bad, bad)


def test_distribution_of_overfitting_epochs():
    epochs = [52, 71, 60, 58, 63, 250, 49, 66]
    found = distribution(epochs)
    quartiles = np.quantile(epochs, [0.25, 0.5, 0.75])
    assert [found.lower_quartile, found.median, found.upper_quartile] == quartiles.tolist()
    assert (found.least, found.greatest, found.n_seeds) == (49, 250, 8)


def test_optimism_is_paired_by_seed():
    lab = np.array([0.78, 0.77, 0.79, 0.76])
    clean = lab - [0.011, 0.009, 0.010, 0.012]
    found = optimism(lab, clean[::-1], seeds=range(4), validation_seeds=[3, 2, 1, 0])
    assert found.difference == pytest.approx(0.0105)
    assert 0 < found.low < found.high < 0.02
