"""The surface of part 2: what it is, and what explains it, on networks whose answer is known."""

import math

import numpy as np
import pytest

from fclab.analysis.surface import best_line, diagnosis, hidden, linearity, separated, surface
from fclab.data import binary_points
from fclab.engines import train
from fclab.engines.job import initial_weights
from fclab.values.model import Model
from fclab.values.recipe import BINARY

CIRCLES, MOONS = binary_points("circles", points=400), binary_points("moons", points=400)


def network(first, biases, last, bias, activation="relu") -> Model:
    """One hidden layer by hand."""
    weights = {
        "fc1.weight": np.array(first, np.float32), "fc1.bias": np.array(biases, np.float32),
        "fc2.weight": np.array([last], np.float32), "fc2.bias": np.array([bias], np.float32),
    }  # fmt: skip
    recipe = BINARY.replace(layers=(len(first), 1), activation=activation)
    return Model(CIRCLES.info, recipe, weights)


AXES = ((1, 0), (-1, 0), (0, 1), (0, -1))  # with ReLU the sum is |x₁| + |x₂|


@pytest.mark.parametrize(
    ("model", "kind", "curves"),
    [
        (network(AXES, (0, 0, 0, 0), (0, 0, 0, 0), 1), "constant", 0),
        (network(AXES, (0, 0, 0, 0), (1, -1, 0.3, -0.3), 0.1), "line", 1),
        (network(AXES, (0, 0, 0, 0), (-1, -1, -1, -1), 1), "closed", 1),
        (network(AXES, (0, 0, 0, 0), (1, 1, 1, -1), -0.1), "open", 1),  # x₂ = 0.1 − |x₁|
        (network(AXES, (0, 0, 0, 0), (1, 1, 0, 0), -0.5), "open", 2),  # x₁ = ±0.5
    ],
)
def test_the_boundary_is_called_what_it_is(model, kind, curves):
    found = surface(model, CIRCLES.train.x)
    assert (found.kind, found.curves) == (kind, curves)


def test_the_share_of_the_plane_is_that_of_the_figure():
    half = surface(network(AXES, (0, 0, 0, 0), (1, -1, 0, 0), 0), CIRCLES.train.x)
    assert half.ones == pytest.approx(0.5, abs=0.05)
    assert 0 < half.low < 0.5 < half.high < 1


def test_the_best_line_of_circles_is_a_coin_and_of_moons_is_not():
    circles, moons = best_line(CIRCLES), best_line(MOONS)
    assert circles.loss == pytest.approx(math.log(2), abs=0.01)
    assert circles.accuracy == pytest.approx(0.5, abs=0.1)
    assert moons.loss < 0.4
    assert 0.8 < moons.accuracy < 0.95


def test_the_best_line_is_that_of_logistic_regression():
    from sklearn.linear_model import LogisticRegression

    x, y = MOONS.train.x.astype(float), MOONS.train.y
    peer = LogisticRegression(C=1e9, tol=1e-10, max_iter=10_000).fit(x, y)
    z = peer.decision_function(x)
    assert best_line(MOONS).loss == pytest.approx(float((np.logaddexp(0, z) - y * z).mean()), 1e-5)
    assert best_line(MOONS).accuracy == pytest.approx(peer.score(MOONS.test.x, MOONS.test.y))


def test_small_sums_keep_a_sigmoid_linear_and_a_relu_not():
    x = CIRCLES.train.x
    small = initial_weights(BINARY, 2, 0)
    large = {name: 100 * array for name, array in small.items()}
    sigmoid = hidden(BINARY, small, x)
    assert sigmoid.linear > 0.9999
    assert sigmoid.reach <= 0.05 * np.abs(x).sum(axis=1).max()
    assert hidden(BINARY, large, x).linear < 0.99
    assert hidden(BINARY.replace(activation="relu"), small, x).linear < 0.95


def test_linearity_is_a_share_of_the_variance():
    x = np.random.default_rng(0).normal(size=(5000, 2))
    noisy = (x @ (3, 4) + 5 * np.random.default_rng(1).normal(size=5000))[:, None]
    assert linearity(x @ [[1.0], [2]] + 7, x) == pytest.approx(1)
    assert linearity(noisy, x) == pytest.approx(0.5, abs=0.05)
    assert linearity(np.ones((5000, 3)), x) == 1


def trained(dataset, **changes):
    return next(iter(train(dataset, [BINARY.replace(**changes)], [0])))


def test_the_labs_circles_and_moons_end_as_lines_and_larger_weights_close_the_curve():
    circles, moons = binary_points("circles"), binary_points("moons")
    lab = diagnosis(trained(circles), circles)
    assert lab.surface.kind == "line"
    assert lab.surface.high - lab.surface.low < 0.01
    assert lab.linear > 0.99
    assert lab.symmetry.opposite > 0.95
    assert lab.symmetry.same > 0.95
    assert diagnosis(trained(moons), moons).surface.kind == "line"
    large = trained(circles, init_scale=1.0)
    found = diagnosis(large, circles)
    assert separated(large)
    assert found.surface.kind == "closed"
    assert found.end.linear < 0.99 < found.start.linear
    assert found.symmetry.opposite < 0.05


def test_a_network_without_a_hidden_layer_has_none_to_speak_of():
    run = trained(MOONS, layers=(1,), epochs=50)
    found = diagnosis(run, MOONS)
    assert found.start is None
    assert found.end is None
    assert found.linear == pytest.approx(1)
