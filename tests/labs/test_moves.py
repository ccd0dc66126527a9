"""The moves of the self-study tasks: what they change, what they keep, and their arithmetic."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fclab.labs.lab1.moves import (
    batch_arithmetic,
    change_batch,
    change_layers,
    lower_lr,
    stop_at,
)
from fclab.values.errors import RecipeError, UsageError
from fclab.values.recipe import CIFAR


def test_the_labs_own_batches():
    """1500 images: 12 steps an epoch of 128, the last of 92; of 500 it takes 3, and so 4 epochs
    for each one."""
    sums = batch_arithmetic(CIFAR.replace(epochs=40), 500, 1500)
    assert (sums.n, sums.batch, sums.per_epoch, sums.epochs) == (1500, 128, 12, 40)
    assert (sums.new_batch, sums.new_per_epoch, sums.new_epochs) == (500, 3, 160)
    assert sums.iterations == sums.new_iterations == 480
    assert (sums.last, sums.new_last) == (92, 500)


def test_the_epochs_are_those_whose_iterations_come_nearest():
    sums = batch_arithmetic(CIFAR.replace(epochs=10), 400, 1500)  # 120 steps, 4 an epoch
    assert (sums.new_epochs, sums.new_last) == (30, 300)
    sums = batch_arithmetic(CIFAR.replace(epochs=10), 10, 1500)  # 120 steps, 150 an epoch: 0.8
    assert (sums.new_epochs, sums.new_iterations) == (1, 150)
    sums = batch_arithmetic(CIFAR.replace(epochs=1), 10, 1500)  # 0.08 of an epoch
    assert (sums.new_epochs, sums.new_iterations) == (1, 150)


@given(st.integers(1, 300), st.integers(1, 300), st.integers(1, 200), st.integers(1, 50))
def test_the_iterations_are_kept_as_well_as_whole_epochs_can(n, batch, new_batch, epochs):
    sums = batch_arithmetic(CIFAR.replace(batch_size=batch, epochs=epochs), new_batch, n)
    assert 1 <= sums.last <= sums.batch <= n
    assert 1 <= sums.new_last <= sums.new_batch <= n
    assert sums.new_epochs >= 1
    if sums.new_epochs > 1:
        assert abs(sums.new_iterations - sums.iterations) <= sums.new_per_epoch / 2


def test_another_batch_is_named_as_large_as_it_is():
    recipe = CIFAR.replace(epochs=40)
    assert change_batch(recipe, 500, 1500) == recipe.replace(batch_size=500, epochs=160)
    assert change_batch(recipe, 9999, 1500) == recipe.replace(batch_size=1500, epochs=480)
    assert change_batch(recipe, 1, 30) == recipe.replace(batch_size=1, epochs=1)


@pytest.mark.parametrize("batch", [0, -5])
def test_a_batch_without_an_example_is_refused(batch):
    with pytest.raises(UsageError, match=f"at least 1 example, not {batch}"):
        change_batch(CIFAR, batch, 1500)


def test_a_lower_rate_is_given_as_many_more_epochs():
    assert lower_lr(CIFAR, 10) == CIFAR.replace(lr=0.0005, epochs=2500)
    assert lower_lr(CIFAR, 0.5) == CIFAR.replace(lr=0.01, epochs=125)
    assert lower_lr(CIFAR.replace(epochs=3), 0.01) == CIFAR.replace(lr=0.5, epochs=1)
    assert lower_lr(CIFAR.replace(epochs=3), 1.5).epochs == 4


@pytest.mark.parametrize("factor", [0, -1, float("nan")])
def test_a_rate_is_not_divided_by_nothing(factor):
    with pytest.raises(UsageError, match="above 0, not"):
        lower_lr(CIFAR, factor)


def test_the_epoch_of_overfitting_ends_the_training():
    assert stop_at(CIFAR, 40) == CIFAR.replace(epochs=40)
    with pytest.raises(RecipeError, match="epochs = 0"):
        stop_at(CIFAR, 0)


def test_other_hidden_layers_keep_the_output_layer():
    assert change_layers(CIFAR, (64, 32)) == CIFAR.replace(layers=(64, 32, 3))
    assert change_layers(CIFAR.replace(layers=(8, 9, 5)), ()) == CIFAR.replace(layers=(5,))
