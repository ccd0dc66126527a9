import numpy as np
import pytest
from made import curve_part, images_part, points_part
from scipy.stats import binomtest

from fclab.analysis import findings
from fclab.figures.regression import fall_begins
from fclab.values.dataset import Split
from fclab.values.metrics import confused_pairs, mistakes


def test_noise_is_the_pooled_variance_within_equal_inputs():
    x = np.array([[0], [0], [0], [1], [1], [2]], np.float32)
    y = np.array([1, 2, 3, 5, 7, 100], np.float32)
    found = findings.noise(Split(x, y))
    assert found is not None
    assert found.variance == pytest.approx((2 + 2) / 3)  # 6 targets less 3 group means
    assert found.low < found.variance < found.high


def test_the_interval_of_the_noise_holds_the_truth_as_often_as_it_says():
    rng, hits = np.random.default_rng(0), 0
    x = np.arange(20, dtype=np.float32).repeat(4)[:, None]
    for _ in range(400):
        found = findings.noise(Split(x, rng.normal(scale=0.3, size=80).astype(np.float32)))
        assert found is not None
        hits += found.low <= 0.09 <= found.high
    assert 0.91 < hits / 400 < 0.98


def test_without_repeats_there_is_no_noise_to_be_seen():
    x = np.arange(4, dtype=np.float32)[:, None]
    assert findings.noise(Split(x, np.zeros(4, np.float32))) is None


def test_unequal_repeats_are_told():
    x = np.array([[0], [0], [1]], np.float32)
    found = findings.repeats(Split(x, np.zeros(3, np.float32)))
    assert (found.distinct, found.each) == (2, None)


def test_fits_are_measured_against_targets_and_curve():
    part = curve_part(off=0.1, steps=(10, 20))
    first, last = findings.fits(part.run, part.dataset)
    assert (first.epoch, last.epoch) == (10, 20)
    assert last.curve_error == pytest.approx((0.1 + 1 / 20) ** 2, rel=1e-4)
    noise = findings.error_of_curve(part.dataset)
    assert noise == pytest.approx(0.05**2, rel=0.2)
    assert last.error == pytest.approx(noise + last.curve_error, rel=0.2)


@pytest.mark.parametrize("length", [5, 40, 300])
def test_the_loss_begins_to_fall_where_the_figure_marks_it(length):
    loss = np.r_[np.full(length, 0.7), np.geomspace(0.69, 0.01, 50)]
    found = findings.fall(loss)
    assert found is not None
    if length >= findings.PLATEAU:
        assert found.begins == fall_begins(loss)
    else:
        assert loss[found.begins - 1] < 0.95 * loss[0] <= loss[found.begins - 2]


def test_a_loss_that_stands_has_not_begun_to_fall():
    found = findings.fall(np.linspace(0.7, 0.68, 100))
    assert found is not None
    assert found.begins is None


def test_too_few_finite_values_tell_nothing():
    assert findings.fall(np.array([0.7, np.nan])) is None


def test_a_share_has_the_exact_interval():
    found = findings.share(images_part().run)
    expected = binomtest(224, 300).proportion_ci()
    assert (found.right, found.n) == (224, 300)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))


def test_a_gap_is_probable_or_not():
    assert findings.chance_of_gap(points_part(wrong=0).run) == pytest.approx(1)
    assert findings.chance_of_gap(points_part(wrong=40).run) < 1e-6


def test_mistakes_and_pairs_come_in_order():
    matrix = np.array([[5, 3, 0], [1, 4, 2], [0, 9, 1]])
    assert [(m.true, m.answer, m.count) for m in mistakes(matrix)] == [
        (2, 1, 9), (0, 1, 3), (1, 2, 2), (1, 0, 1),
    ]  # fmt: skip
    assert [m.answer for m in mistakes(matrix, 1)] == [2, 0]
    pairs = [(p.first, p.second, p.value) for p in confused_pairs(matrix)]
    assert pairs == [(1, 2, 11), (0, 1, 4), (0, 2, 0)]


def test_the_nearest_mean_images_are_found():
    near = findings.mean_distances(images_part(bright=(0, 100, 110)).dataset)
    assert (near[0].first, near[0].second) == (1, 2)
    assert [pair.value for pair in near] == sorted(pair.value for pair in near)


def test_the_course_of_the_test_loss():
    found = findings.course(images_part(test_loss=(2, 1, 0.5, 0.8, np.nan)).run)
    assert found is not None
    assert (found.epoch, found.last) == (3, 4)
    assert found.growth == pytest.approx(0.6)
    assert findings.course(images_part(test_loss=(np.nan,), diverged_at=1).run) is None


def test_idle_neurons_and_voices():
    part = images_part()
    weights = {name: array.copy() for name, array in part.run.weights.items()}
    weights["fc1.weight"][2] = 0
    weights["fc2.weight"][:] = [[0.1, 0.9, 0, 0], [-1, -1, -1, -1], [0, 0, 0, 0.3]]
    run = images_part(weights=weights).run
    found = findings.first_layer(run, part.dataset)
    assert found.idle == (3,)
    assert found.voices == ((2, pytest.approx(0.9)), None, (4, pytest.approx(0.3)))
    assert abs(found.likeness) < 0.2


def test_smooth_weights_are_alike():
    part = images_part()
    weights = dict(part.run.weights)
    ramp = np.linspace(0, 1, 6)[:, None, None] + np.linspace(0, 1, 6)[None, :, None]
    weights["fc1.weight"] = np.tile(np.broadcast_to(ramp, (6, 6, 3)).ravel(), (4, 1))
    found = findings.first_layer(images_part(weights=weights).run, part.dataset)
    assert found.likeness > 0.9
