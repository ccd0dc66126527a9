"""A run as files: complete, readable, and never half written."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from fclab.data.binary import binary_points
from fclab.engines import train
from fclab.store.folder import read_model, write_run
from fclab.values.errors import DataError, FclabError
from fclab.values.recipe import BINARY


@pytest.fixture(scope="module")
def run():
    return next(
        train(binary_points(points=60), [BINARY.replace(epochs=20)], [4], engine="reference")
    )


def test_everything_of_a_run_is_there(run, tmp_path):
    write_run(run, tmp_path)
    names = sorted(p.name for p in tmp_path.iterdir())
    assert names == ["history.csv", "model.json", "model.safetensors", "run.json"]
    kept = json.loads((tmp_path / "run.json").read_text("utf-8"))
    assert kept["recipe"]["layers"] == "FC(16), FC(1)"
    assert kept["recipe_key"] == run.recipe.key
    assert kept["seed"] == 4
    assert kept["dataset"]["fingerprint"] == run.dataset.fingerprint
    assert kept["machine"]["packages"]["torch"]
    assert kept["seconds"] > 0
    assert kept["metrics"]["train_accuracy"] == run.metrics["train_accuracy"]
    with (tmp_path / "history.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 20
    assert rows[0]["epoch"] == "1"
    assert float(rows[-1]["running_loss"]) == pytest.approx(run.history["running_loss"][-1])


def test_the_model_answers_the_same_after_a_round_trip(run, tmp_path):
    write_run(run, tmp_path)
    model = read_model(tmp_path)
    x = np.random.default_rng(0).normal(size=(9, 2)).astype(np.float32)
    np.testing.assert_array_equal(model.probabilities(x), run.model.probabilities(x))
    assert model.dataset.class_names == run.dataset.class_names


def test_a_diverged_run_is_written_as_valid_json(tmp_path):
    data = binary_points(points=60)
    diverged = next(train(data, [BINARY.replace(epochs=50, lr=1e38)], [0], engine="reference"))
    write_run(diverged, tmp_path)
    kept = json.loads((tmp_path / "run.json").read_text("utf-8"), parse_constant=pytest.fail)
    assert kept["diverged_at"] == diverged.diverged_at is not None
    assert kept["metrics"]["train_loss"] is None


def damage_card(folder: Path):
    (folder / "model.json").write_text("{", "utf-8")


def cut_weights(folder: Path):
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:40])


def newer_format(folder: Path):
    card = folder / "model.json"
    card.write_text(card.read_text("utf-8").replace('"format": 1', '"format": 99'), "utf-8")


def other_layers(folder: Path):
    card = folder / "model.json"
    card.write_text(card.read_text("utf-8").replace("FC(16), FC(1)", "FC(17), FC(1)"), "utf-8")


def no_weights(folder: Path):
    (folder / "model.safetensors").unlink()


@pytest.mark.parametrize(
    ("harm", "message"),
    [
        (damage_card, "not a model description"),
        (cut_weights, "damaged"),
        (newer_format, "newer fclab"),
        (other_layers, "does not hold the layers"),
        (no_weights, "cannot read"),
    ],
)
def test_damaged_models_are_named(run, tmp_path, harm, message):
    write_run(run, tmp_path)
    harm(tmp_path)
    with pytest.raises(DataError, match=message):
        read_model(tmp_path)


def test_a_failed_write_keeps_the_old_file_and_leaves_no_litter(run, tmp_path):
    write_run(run, tmp_path)
    (tmp_path / "history.csv").unlink()
    (tmp_path / "history.csv").mkdir()  # a file cannot be moved onto a folder
    before = sorted(p.name for p in tmp_path.iterdir())
    with pytest.raises(FclabError, match=r"cannot write .*history\.csv"):
        write_run(run, tmp_path)
    assert sorted(p.name for p in tmp_path.iterdir()) == before
