"""How near runs are to PyTorch's own loops is measured, and kept with the runs."""

from dataclasses import replace

import numpy as np
import pytest

from fclab.analysis.agreement import (
    EPOCHS,
    compare_losses,
    kept_agreement,
    measure_agreement,
)
from fclab.data import binary_points, cifar100, regression_curve
from fclab.engines import train
from fclab.store.database import Store
from fclab.values.recipe import BINARY, CIFAR, REGRESSION


@pytest.fixture
def store(tmp_path):
    with Store(tmp_path / "store.db", create=True) as opened:
        yield opened


def trained(dataset, recipe, engine="auto", seed=3):
    (run,) = train(dataset, [recipe], [seed], engine=engine)
    return run


def test_parts_1_and_2_agree(store):
    curve, points = regression_curve(seed=3), binary_points(seed=3)
    for dataset, recipe in ((curve, REGRESSION), (points, BINARY)):
        run = trained(dataset, recipe.replace(epochs=1200), "fused")
        assert kept_agreement(store, run) is None
        found = measure_agreement(store, run, dataset)
        assert found is not None
        assert (found.engine, found.epochs) == ("fused", EPOCHS[dataset.task])
        assert 0 <= found.largest < 1e-4


def test_part_3_agrees_and_is_trained_once(store, cifar_dir, monkeypatch):
    images = cifar100((0, 55, 58), cifar_dir, cache=False)
    run = trained(images, CIFAR.replace(epochs=22, tta="flip"), "gram")
    found = measure_agreement(store, run, images)
    assert found is not None
    assert (found.engine, found.epochs) == ("gram", 20)
    assert 0 < found.largest < 1e-3

    def not_again(*_arguments, **_options):
        raise AssertionError("trained again")

    monkeypatch.setattr("fclab.study.trainer.train", not_again)
    assert measure_agreement(store, run, images) == found
    assert kept_agreement(store, run) == found


def test_a_run_of_few_epochs_is_compared_in_all_of_them(store):
    dataset = binary_points()
    found = measure_agreement(store, trained(dataset, BINARY.replace(epochs=7), "torch"), dataset)
    assert found is not None
    assert (found.engine, found.epochs) == ("torch", 7)


def test_the_largest_relative_difference_of_any_loss():
    dataset = binary_points().hold_out(0.2)
    run = trained(dataset, BINARY.replace(epochs=5), "reference")
    assert compare_losses(run, run).largest == 0
    other = {name: column.copy() for name, column in run.history.items()}
    other["running_loss"][4] *= 1.01
    other["valid_loss"][2] *= 0.8
    other["valid_accuracy"][0] = 0
    found = compare_losses(replace(run, history=other), run)
    assert found.largest == pytest.approx(0.2)
    assert found.epochs == 5


@pytest.mark.parametrize(
    ("recipe", "engine"),
    [
        (REGRESSION, "reference"),  # nothing to compare
        (REGRESSION.replace(schedule="cosine"), "torch"),  # the lr depends on the length
        (REGRESSION.replace(optimizer="adam"), "torch"),  # refused by the reference engine
        (REGRESSION.replace(dropout=0.1), "torch"),
        (REGRESSION.replace(lr=1.0), "torch"),  # diverges
    ],
)
def test_what_cannot_be_compared_is_none(recipe, engine, store):
    dataset = regression_curve(points=10)
    with np.errstate(all="ignore"):
        run = trained(dataset, recipe.replace(epochs=30), engine)
    assert measure_agreement(store, run, dataset) is None
    assert kept_agreement(store, run) is None
    assert store.listing() == []
