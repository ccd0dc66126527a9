"""What a move did to the training of a row, out of real runs."""

import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace

import numpy as np
import pytest

from fclab.analysis.effects import apart, change, distance_name, mean, measured
from fclab.analysis.gradient_noise import LENGTHS, gradient_noise
from fclab.data import synthetic
from fclab.engines.job import initial_weights
from fclab.labs.lab1.settings import Settings
from fclab.labs.lab1.study import final_table, run_study
from fclab.store.database import Store
from fclab.study.kept import load_study
from fclab.study.rows import OwnRow
from fclab.study.trainer import train_again
from fclab.values.recipe import CIFAR

SETTINGS = Settings(
    seeds=3, base=CIFAR.replace(epochs=8), batch_factors=(2,), lr_factors=(2,), hidden=(),
)  # fmt: skip
OWN = [
    OwnRow(name="same"),
    OwnRow(name="wide", changes={"layers": (20, 3)}),
    OwnRow(name="wild", changes={"lr": 1e30}),
]


@pytest.fixture(scope="module")
def images():
    return synthetic((0, 55, 58))


@pytest.fixture(scope="module")
def stored(tmp_path_factory, images):
    """A store with a study, and the study as it was made."""
    path = tmp_path_factory.mktemp("effects") / "store.db"
    with Store(path) as store:
        return path, run_study(images, store, SETTINGS, own=OWN)


@pytest.fixture(scope="module")
def table(stored):
    return final_table(stored[1])


def whole(line, images):
    """A line whose runs have their weights and nothing that was measured."""
    bare = [replace(run, measures={}) for run in train_again(line.runs, images)]
    return replace(line, runs=tuple(bare))


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


def test_a_network_that_went_half_the_way_is_half_the_way_apart(table, images):
    line = table.line("same")
    assert line.parent is not None
    line = replace(whole(line, images), parent=whole(line.parent, images))
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


@pytest.mark.parametrize("kind", ["batch", "lr"])
def test_what_is_kept_in_place_of_weights_is_what_they_say_to_the_bit(table, images, kind):
    line = table.of_kind(kind)[0]
    assert line.parent is not None
    assert not any(run.weights for run in line.runs if run.seed)
    again = replace(whole(line, images), parent=whole(line.parent, images))
    assert apart(line) == apart(again)
    assert gradient_noise(line.parent.runs, images) == gradient_noise(again.parent.runs, images)


def test_a_study_that_lacks_what_was_measured_gets_it_from_weights_that_are_trained_again(
    stored, images, tmp_path
):
    path, study = stored
    old = tmp_path / "old.db"
    shutil.copy(path, old)
    with closing(sqlite3.connect(old)) as raw, raw:
        raw.execute("DELETE FROM measures")
        raw.execute("DELETE FROM seals WHERE sealed = 'measures'")
    with Store(old) as store:
        again = run_study(images, store, SETTINGS, own=OWN)
    assert _measures(again) == _measures(study)
    assert any(_measures(study))


def test_what_was_measured_is_read_with_the_runs(stored):
    path, study = stored
    with Store(path) as store:
        store.keep("study", "mine", study.definition.model_dump(mode="json"))
        read = load_study(store, "mine")
    assert _measures(read) == _measures(study)
    parent = study.row("stop")
    names = {distance_name(study.runs["stop"][0]), *LENGTHS}
    known = {name for row in study.rows if row.parent == parent.name or row == parent
             for run in study.runs[row.name] for name in run.measures}  # fmt: skip
    assert known == names


def _measures(study):
    return [run.measures for runs in study.runs.values() for run in runs]
