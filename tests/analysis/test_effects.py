"""What a move did to the training of a row, out of real runs."""

from dataclasses import replace

import numpy as np
import pytest

from fclab.analysis.effects import apart, change, mean, measured
from fclab.data import synthetic
from fclab.engines.job import initial_weights
from fclab.labs.lab1.settings import Settings
from fclab.labs.lab1.study import final_table, run_study
from fclab.store.database import Store
from fclab.study.rows import OwnRow
from fclab.values.recipe import CIFAR


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    settings = Settings(
        seeds=3, base=CIFAR.replace(epochs=8), batch_factors=(2,), lr_factors=(2,), hidden=(),
    )  # fmt: skip
    own = [
        OwnRow(name="same"),
        OwnRow(name="wide", changes={"layers": (20, 3)}),
        OwnRow(name="wild", changes={"lr": 1e30}),
    ]
    with Store(tmp_path_factory.mktemp("effects") / "store.db") as store:
        return final_table(run_study(synthetic((0, 55, 58)), store, settings, own=own))


def test_quantities_are_those_of_the_runs(table):
    line = table.of_kind("batch")[0]
    runs, parents = line.runs, line.parent.runs
    gap = [run.metrics["train_accuracy"] - run.metrics["test_accuracy"] for run in runs]
    assert measured(line, "gap").mean == pytest.approx(np.mean(gap))
    epochs = [int(np.argmin(run.history["test_loss"])) + 1 for run in runs]
    assert mean(line, "epoch") == np.mean(epochs)
    differences = [a.metrics["train_loss"] - b.metrics["train_loss"]
                   for a, b in zip(runs, parents, strict=True)]  # fmt: skip
    assert change(line, "train_loss").difference == pytest.approx(np.mean(differences))


def test_networks_that_are_the_same_are_nowhere_apart(table):
    found = apart(table.line("same"))
    assert (found.distance, found.same_answers) == (0, 1)


def test_a_network_that_went_half_the_way_is_half_the_way_apart(table):
    line = table.line("same")
    halved = []
    for run in line.runs:
        start = initial_weights(run.recipe, run.dataset.n_inputs, run.seed)
        weights = {name: (run.weights[name] + start[name]) / 2 for name in start}
        halved.append(replace(run, weights=weights))
    found = apart(replace(line, runs=tuple(halved)))
    assert found.distance == pytest.approx(0.5, rel=1e-4)


def test_other_layers_have_no_distance_and_diverged_rows_no_effect(table):
    assert apart(table.line("wide")) is None
    assert apart(table.line("base")) is None
    assert change(table.line("base"), "gap") is None
    wild = table.line("wild")
    assert measured(wild, "gap") is None
    assert change(wild, "gap") is None
    assert apart(wild) is None
