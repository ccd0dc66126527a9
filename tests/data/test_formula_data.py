"""Parts 1 and 2: the curve and the point clouds are those of the lab."""

import numpy as np
import pytest
from sklearn.datasets import make_circles, make_moons

from fclab.data.binary import BINARY_SHAPES, binary_points
from fclab.data.regression import TARGETS, regression_curve
from fclab.values.errors import UsageError
from fclab.values.rng import stream


def test_the_labs_curve():
    data = regression_curve()
    x, y = data.train.x[:, 0], data.train.y
    grid = (np.arange(100) / 100 - 0.5).repeat(5)
    np.testing.assert_array_equal(x, grid.astype(np.float32))
    noise = y - 1 / (1 + np.exp(-10 * grid))
    assert abs(noise.mean()) < 0.01
    assert noise.std() == pytest.approx(0.05, rel=0.1)
    np.testing.assert_allclose(data.test.y, 1 / (1 + np.exp(-10 * data.test.x[:, 0])), atol=1e-6)
    assert len(data.test) == 100


@pytest.mark.parametrize("target", TARGETS)
def test_other_targets_and_sizes(target):
    data = regression_curve(target, points=30, repeats=2, noise=0)
    assert len(data.train) == 60
    np.testing.assert_array_equal(data.train.y, data.test.y.repeat(2))
    assert -0.01 <= data.test.y.min() < data.test.y.max() <= 1.01


def test_xor_is_that_of_the_lab():
    data = binary_points("xor", noise=0)
    bits = data.train.x.astype(int)
    assert set(map(tuple, bits)) == {(0, 0), (0, 1), (1, 0), (1, 1)}
    np.testing.assert_array_equal(data.train.y, bits.sum(axis=1) % 2)
    spread = binary_points("xor").train.x - np.round(binary_points("xor").train.x)
    assert spread.std() == pytest.approx(0.1, rel=0.1)


@pytest.mark.parametrize("shape", BINARY_SHAPES)
def test_clouds_repeat_by_seed_and_test_is_another_sample(shape):
    one, again, other = (binary_points(shape, seed=s) for s in (0, 0, 1))
    assert len(one.train) == len(one.test) == 1000
    assert one.fingerprint == again.fingerprint != other.fingerprint
    assert not np.array_equal(one.train.x, one.test.x)
    assert set(one.train.y) == {0.0, 1.0}


@pytest.mark.parametrize(
    ("shape", "make"), [("circles", make_circles), ("moons", make_moons)], ids=["circles", "moons"]
)
@pytest.mark.parametrize(("points", "noise"), [(2, None), (1000, None), (777, 0.3), (50, 0)])
def test_circles_and_moons_are_those_of_scikit_learn_to_the_bit(shape, make, points, noise):
    for seed in (0, 7):
        dataset = binary_points(shape, points=points, noise=noise, seed=seed)
        for split, name in ((dataset.train, "data"), (dataset.test, "test data")):
            state = int(stream(seed, name).integers(2**31))
            x, y = make(points, noise=0.025 if noise is None else noise, random_state=state)
            np.testing.assert_array_equal(split.x, x.astype(np.float32))
            np.testing.assert_array_equal(split.y, y.astype(np.float32))


def test_a_spiral_has_two_arms_that_turn_into_each_other():
    dataset = binary_points("spiral", points=501, noise=0, seed=2)
    x, y = dataset.train.x, dataset.train.y
    radius = np.hypot(*x.T)
    turned = np.angle(np.exp(1j * (np.arctan2(x[:, 1], x[:, 0]) - 3 * np.pi * radius)))
    assert np.abs(turned[y == 0]).max() < 1e-4
    assert np.abs(turned[y == 1]).min() > np.pi - 1e-4
    assert abs((y == 1).sum() - (y == 0).sum()) == 1
    assert 0.14 < radius.min() < radius.max() <= 1


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: regression_curve("cubic"), "unknown target 'cubic'"),
        (lambda: regression_curve(points=0), "at least 1"),
        (lambda: regression_curve(noise=-1), "noise"),
        (lambda: regression_curve(noise=float("nan")), "noise"),
        (lambda: binary_points("star"), "unknown data 'star'"),
        (lambda: binary_points(points=1), "at least 2"),
        (lambda: binary_points(noise=float("inf")), "noise"),
    ],
)
def test_bad_requests_name_what_is_wrong(call, message):
    with pytest.raises(UsageError, match=message):
        call()
