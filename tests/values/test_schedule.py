"""Learning rates of every iteration."""

import numpy as np
import pytest
import torch

from fclab.values.schedule import learning_rates


@pytest.mark.parametrize("n", [1, 2, 7, 100])
@pytest.mark.parametrize("name", ["constant", "step", "linear", "cosine", "one_cycle"])
def test_rates_are_positive_finite_and_never_above_lr(name, n):
    rates = learning_rates(name, 0.1, n)
    assert rates.shape == (n,)
    assert np.isfinite(rates).all()
    assert (rates > 0).all()
    assert (rates <= 0.1 * (1 + 1e-12)).all()


def test_shapes_of_the_schedules():
    assert (learning_rates("constant", 0.1, 8) == 0.1).all()
    np.testing.assert_allclose(learning_rates("step", 1.0, 8), [1, 1, 1, 1, 0.1, 0.1, 0.01, 0.01])
    np.testing.assert_allclose(learning_rates("linear", 1.0, 4), [1, 0.75, 0.5, 0.25])
    assert learning_rates("cosine", 1.0, 100)[50] == pytest.approx(0.5)


def test_one_cycle_is_that_of_pytorch():
    parameter = torch.nn.Parameter(torch.zeros(1))
    optimizer = torch.optim.SGD([parameter], lr=0.1)
    scheduler = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, max_lr=0.1, total_steps=100, cycle_momentum=False
    )
    expected = []
    for _ in range(100):
        expected.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    np.testing.assert_allclose(learning_rates("one_cycle", 0.1, 100), expected, rtol=1e-9)
