"""Whoever watches a training sees all of it, and changes nothing."""

import numpy as np
import pytest

from fclab.data import regression_curve
from fclab.data.binary import binary_points
from fclab.data.synthetic import synthetic
from fclab.engines import Glimpse, engine_names, train
from fclab.values.recipe import BINARY, CIFAR, REGRESSION

IMAGES = synthetic([0, 55, 58])
CASES = [
    ("fused", regression_curve(), REGRESSION.replace(epochs=300)),
    ("fused", binary_points(points=64), BINARY.replace(epochs=200)),
    ("gram", IMAGES, CIFAR.replace(epochs=11)),
    ("gram_numpy", IMAGES, CIFAR.replace(epochs=3)),
    ("torch", IMAGES, CIFAR.replace(epochs=3, optimizer="adam")),
    ("reference", IMAGES, CIFAR.replace(epochs=2)),
]


@pytest.mark.parametrize(("engine", "dataset", "recipe"), CASES, ids=[case[0] for case in CASES])
def test_glimpses_are_the_whole_training(engine, dataset, recipe):
    seen: dict[int, list[tuple[Glimpse, dict]]] = {0: [], 1: []}

    def watch(glimpse: Glimpse) -> None:
        seen[glimpse.seed].append((glimpse, glimpse.weights()))

    stops = (1, recipe.epochs - 1)
    alone = {r.seed: r for r in train(dataset, [recipe], [0, 1], engine=engine, snapshots=stops)}
    for run in train(dataset, [recipe], [0, 1], engine=engine, snapshots=stops, watch=watch):
        glimpses = [glimpse for glimpse, _ in seen[run.seed]]
        assert {*stops, recipe.epochs} <= {glimpse.epochs for glimpse in glimpses}
        for name, column in run.history.items():
            assert np.array_equal(column, alone[run.seed].history[name])
            assert np.array_equal(column, np.concatenate([g.history[name] for g in glimpses]))
        for name, weight in run.weights.items():
            assert np.array_equal(weight, alone[run.seed].weights[name])
            assert np.array_equal(weight, seen[run.seed][-1][1][name])


def test_a_watcher_may_stop_the_work():
    def watch(glimpse: Glimpse) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        list(train(binary_points(), [BINARY], [0, 1], watch=watch))


def test_every_engine_of_fclab_is_watched():
    assert {case[0] for case in CASES} == {*engine_names()}
