"""Gradients of the engine that trains against central differences, at weights that were learnt."""

import numpy as np
import pytest

from fclab.analysis.gradient_check import check_at
from fclab.data import binary_points, regression_curve
from fclab.engines import train
from fclab.values.recipe import BINARY, REGRESSION


@pytest.mark.parametrize(
    ("dataset", "recipe"),
    [
        (regression_curve(seed=1), REGRESSION.replace(epochs=300, layers=(16, 1))),
        (
            regression_curve(seed=2),
            REGRESSION.replace(epochs=300, layers=(8, 1), activation="tanh"),
        ),
        (binary_points("moons", seed=1), BINARY.replace(epochs=300)),
        (regression_curve(), REGRESSION.replace(epochs=300, layers=(6, 5, 1), activation="gelu")),
    ],
)
def test_gradients_at_the_weights_of_a_training(dataset, recipe):
    (run,) = train(dataset, [recipe], [3])
    found = check_at(dataset, recipe, run.weights)
    assert [one.name for one in found] == list(run.weights)
    for one in found:
        np.testing.assert_allclose(
            one.by_formula[one.smooth], one.by_differences[one.smooth], atol=1e-3, rtol=1e-4
        )
        assert one.smooth.sum() > 0


def test_where_a_neuron_bends_on_an_example_there_is_no_derivative():
    dataset, recipe = regression_curve(), REGRESSION.replace(layers=(4, 1), epochs=10)
    (run,) = train(dataset, [recipe], [0])
    weights = {name: array.copy() for name, array in run.weights.items()}
    weights["fc1.bias"][2] = 0  # 0 is among the inputs
    bias = check_at(dataset, recipe, weights)[1]
    assert bias.name == "fc1.bias"
    assert bias.smooth.tolist() == [True, True, False, True]


def test_a_wrong_gradient_is_far_from_the_differences(monkeypatch):
    dataset, recipe = regression_curve(), REGRESSION.replace(layers=(4, 1), epochs=10)
    (run,) = train(dataset, [recipe], [0])
    from fclab.analysis import gradient_check

    right = gradient_check.full_gradient
    monkeypatch.setattr(gradient_check, "full_gradient",
                        lambda *given: {k: 1.01 * v for k, v in right(*given).items()})  # fmt: skip
    assert all(one.difference > 1e-3 for one in check_at(dataset, recipe, run.weights))
