"""Trained to the end from 16 seeds, the fast engines come out where the lab's own loops do."""

import numpy as np
import pytest

from fclab.data import binary_points, regression_curve, synthetic
from fclab.engines import train
from fclab.statistics import compare_over_seeds
from fclab.values.recipe import BINARY, CIFAR, REGRESSION

SEEDS = range(16)
# The lab's networks, trained for as long as the lab's loops take half a second.
PARTS = {
    "fused: part 1": (regression_curve, REGRESSION.replace(epochs=1200), "train_loss"),
    "fused: part 2": (lambda: binary_points(points=200), BINARY.replace(epochs=900), "test_loss"),
    "gram: part 3": (lambda: synthetic((0, 55, 58)), CIFAR.replace(epochs=12), "test_accuracy"),
    "torch: part 3": (lambda: synthetic((0, 55, 58)), CIFAR.replace(epochs=12), "test_accuracy"),
}


@pytest.mark.slow
@pytest.mark.parametrize("part", PARTS)
def test_final_metrics_are_statistically_the_same(part):
    make, recipe, metric = PARTS[part]
    dataset, engine = make(), part.split(":")[0]

    def metrics(engine: str) -> np.ndarray:
        runs = sorted(train(dataset, [recipe], SEEDS, engine=engine), key=lambda run: run.seed)
        return np.array([run.metrics[metric] for run in runs])

    ours, theirs = metrics(engine), metrics("reference")
    change = compare_over_seeds(ours, theirs)
    assert change.p_value > 0.001
    # What rounding, amplified, changes is small beside what another seed changes.
    spread = theirs.std(ddof=1)
    assert abs(change.difference) < 0.1 * spread
    assert ours.std(ddof=1) == pytest.approx(spread, rel=0.1)
