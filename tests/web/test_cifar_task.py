"""What a worker makes of the wishes of part 3."""

import json
import shlex

import numpy as np
import pytest
from pydantic import ValidationError

from fclab import cifar100, train
from fclab.cli import main
from fclab.data import synthetic
from fclab.data.cifar100 import find, first_images
from fclab.values.errors import DataError, FclabError, UsageError
from fclab.values.metrics import best_epoch
from fclab.values.model import percentile_scaled
from fclab.values.names import CLASS_NAMES
from fclab.web import images
from fclab.web.tasks import load_task
from fclab.web.tasks.cifar import COLUMNS, CifarWish
from fclab.web.tasks.task import GivenUp
from fclab.web.wire import pack, unpack

WISH = {"classes": [58, 0, 55], "hidden": [6], "epochs": 9, "seeds": 3, "lr": 0.02}


@pytest.fixture(autouse=True)
def anew(monkeypatch):
    monkeypatch.setattr(images, "_found", [])
    monkeypatch.setattr(images, "_datasets", {})


@pytest.fixture(scope="module")
def made():
    return synthetic((1, 2))


@pytest.fixture
def nowhere(made, monkeypatch):
    """CIFAR-100 is not on this machine."""
    monkeypatch.setattr(images, "find", lambda *where, **how: None)
    monkeypatch.setattr(images, "synthetic", lambda classes: made)


def fulfil(task, alive=lambda: None, **wish):
    """All events, as the page reads them."""
    one, events = load_task(task), []
    for event in one.do(one.wish.model_validate(wish), events.append, alive):
        events.append(event)
    return [unpack(pack(event)) for event in events]


def test_the_page_is_told_what_train_gives(cifar_dir, monkeypatch):
    monkeypatch.setenv("FCLAB_DATA", str(cifar_dir))
    events = fulfil("cifar", **WISH)
    dataset, recipe = cifar100((0, 55, 58), cifar_dir), CifarWish(**WISH).recipe
    runs = sorted(train(dataset, [recipe], range(3)), key=lambda run: run.seed)

    data, done = events[0], events[-1]
    assert data["source"] == "cifar100"
    assert [name[1] for name in data["names"]] == ["apple", "otter", "pickup truck"]
    assert (data["samples"][1] == dataset.train.x[dataset.train.y == 1][:8]).all()

    told = {seed: [] for seed in range(3)}
    for event in events:
        for seed, rows in event.get("rows", []):
            told[seed].append(rows)
    for run in runs:
        rows = np.concatenate(told[run.seed])
        np.testing.assert_array_equal(rows, np.stack([run.history[c] for c in COLUMNS], axis=1))

    layers = {event["epoch"]: event["images"] for event in events if event["kind"] == "layer"}
    assert sorted(layers) == list(range(10))
    expected = 255 * percentile_scaled(runs[0].model.first_layer_images)
    assert np.abs(layers[9] - expected).max() <= 0.5

    accuracies = [run.metrics["test_accuracy"] for run in runs]
    assert done["accuracy"]["mean"] == pytest.approx(np.mean(accuracies))
    assert done["accuracy"]["low"] < done["accuracy"]["mean"] < done["accuracy"]["high"]
    mean = np.mean([run.history["test_loss"] for run in runs], axis=0)
    assert done["overfitting"]["epoch"] == best_epoch(mean)
    assert list(done["overfitting"]["each"]) == [run.overfitting_epoch for run in runs]
    for run, confusion in zip(runs, done["confusions"], strict=True):
        np.testing.assert_array_equal(confusion, run.confusion("test"))

    wrong, y = done["wrong"], dataset.test.y
    assert set(wrong["places"]) == set(np.flatnonzero(runs[0].answers("test") != y))
    surest = wrong["chances"][np.arange(len(wrong["answers"])), wrong["answers"]]
    assert (np.diff(surest) <= 0).all()
    assert (wrong["images"] == dataset.test.x[wrong["places"]]).all()

    neurons, x = done["neurons"], dataset.inputs["train"]
    weights = runs[0].weights
    sums = x @ weights["fc1.weight"][2] + weights["fc1.bias"][2]
    most, least = np.argmax(sums), np.argmin(sums)
    assert (neurons["images"][neurons["chosen"][2][0]] == dataset.train.x[most]).all()
    assert (neurons["images"][neurons["chosen"][2][8]] == dataset.train.x[least]).all()
    assert neurons["sums"][2][0] == pytest.approx(sums.max(), rel=1e-4)


def test_without_cifar100_the_stand_in_is_named(nowhere):
    (sheet,) = fulfil("classes")
    assert sheet["source"] == "synthetic"
    assert sheet["pictures"].shape == (100, 32, 32, 3)
    assert len({picture.tobytes() for picture in sheet["pictures"]}) == 100
    assert fulfil("cifar", classes=[1, 2], epochs=1, seeds=1)[0]["source"] == "synthetic"


def test_what_fclab_data_names_in_vain_is_said(monkeypatch, tmp_path):
    monkeypatch.setenv("FCLAB_DATA", str(tmp_path))
    with pytest.raises(DataError, match="holds no CIFAR-100"):
        fulfil("classes")


def test_the_sheet_shows_the_first_image_of_every_class(cifar_dir, monkeypatch):
    monkeypatch.setenv("FCLAB_DATA", str(cifar_dir))
    (sheet,) = fulfil("classes")
    assert [tuple(name) for name in sheet["names"]] == list(CLASS_NAMES)
    dataset = cifar100((7, 99), cifar_dir)
    assert (sheet["pictures"][99] == dataset.train.x[dataset.train.y == 1][0]).all()
    there = find(cifar_dir)
    assert there
    assert (first_images(there) == sheet["pictures"]).all()  # now from the cache


def test_seeds_that_diverge_are_named_and_the_others_count(nowhere):
    wish = {"classes": [1, 2], "hidden": [64, 64], "lr": 1, "momentum": 0.9, "batch_size": 32}
    done = fulfil("cifar", **wish, epochs=2, seeds=4)[-1]
    diverged = dict(done["diverged"])
    assert 0 in diverged
    assert done["shown"] == min({0, 1, 2, 3} - {*diverged})
    assert len(done["confusions"]) == 4 - len(diverged)
    assert done["neurons"] is None  # of the first seed, which came to nothing
    (done,) = [event for event in fulfil("cifar", **wish, epochs=2, seeds=1) if "metrics" in event]
    assert [seed for seed, _ in done["diverged"]] == [0]
    assert "accuracy" not in done


@pytest.mark.parametrize(
    "wish",
    [
        {"epochs": 3000, "seeds": 32, "hidden": [512]},
        {"epochs": 3000, "seeds": 32, "hidden": [10, 512, 512]},
        {"epochs": 3000, "seeds": 32, "classes": [1, 2, 3, 4, 5], "hidden": [64]},
    ],
)
def test_what_would_take_too_long_is_refused_at_once(wish):
    with pytest.raises(UsageError, match="take fewer epochs, seeds or neurons"):
        fulfil("cifar", **wish)


@pytest.mark.parametrize(
    "wish",
    [{"classes": [1]}, {"classes": [1, 1, 2]}, {"classes": [1, 100]}, {"hidden": [0]},
     {"seeds": 33}, {"epochs": 10**6}, {"lr": 0}, {"batch_size": 1}, {"data": "/etc"}],
)  # fmt: skip
def test_wishes_are_bounded(wish):
    with pytest.raises((ValidationError, UsageError)):
        CifarWish.model_validate(wish)


def test_a_training_that_nobody_waits_for_ends(nowhere):
    asked = 0

    def alive():
        nonlocal asked
        asked += 1
        if asked > 5:
            raise GivenUp

    with pytest.raises(GivenUp):
        fulfil("cifar", alive, classes=[1, 2], epochs=400)
    assert asked < 20


def test_the_rule_of_a_year_gives_three_classes():
    (done,) = fulfil("variant", group="3", number=9, year="2026")
    assert done["classes"] == [10, 39, 59]
    assert done["formulas"] == ["3 + 7 = 10", "9 + 30 = 39", "9 + 50 = 59"]
    with pytest.raises(FclabError, match="there is no class 105") as refused:
        fulfil("variant", group="90", number=90)
    assert "--" not in str(refused.value)


@pytest.mark.parametrize(
    ("wish", "command"),
    [
        ({"seeds": 1, "lr": 0.01}, "fclab cifar --classes 0 55 58 --lr 0.01"),
        (
            {"classes": [3, 4], "hidden": [], "epochs": 2, "seeds": 2},
            'fclab cifar --classes 3 4 --layers "FC(2)" --epochs 2 --seed 0 --out results/seed-0\n'
            'fclab cifar --classes 3 4 --layers "FC(2)" --epochs 2 --seed 1 --out results/seed-1',
        ),
    ],
)
def test_a_command_for_each_seed(cifar_dir, monkeypatch, wish, command):
    monkeypatch.setenv("FCLAB_DATA", str(cifar_dir))
    (told,) = fulfil("reproduce", part="cifar", state=wish)
    assert told["command"] == command


def test_the_notebook_gets_the_numbers_of_the_page(cifar_dir, monkeypatch):
    monkeypatch.setenv("FCLAB_DATA", str(cifar_dir))
    monkeypatch.setenv("MPLBACKEND", "agg")
    wish = {**WISH, "epochs": 3, "seeds": 2}
    (told,) = fulfil("reproduce", part="cifar", state=wish)
    frame: dict = {}
    for cell in json.loads(told["notebook"])["cells"][1:]:
        exec(cell["source"], frame)
    done = fulfil("cifar", **wish)[-1]
    assert float(frame["accuracy"]) == pytest.approx(done["metrics"][0]["test_accuracy"])
    assert float(frame["loss"]) == pytest.approx(done["metrics"][0]["test_loss"], rel=1e-3)


def test_the_command_gets_the_numbers_of_the_page(cifar_dir, monkeypatch, tmp_path):
    monkeypatch.setenv("FCLAB_DATA", str(cifar_dir))
    wish = {**WISH, "epochs": 3, "seeds": 2}
    (told,) = fulfil("reproduce", part="cifar", state=wish)
    metrics = fulfil("cifar", **wish)[-1]["metrics"]
    monkeypatch.chdir(tmp_path)
    _, second = told["command"].splitlines()
    with pytest.raises(SystemExit, match=r"^0$"):
        main(shlex.split(second)[1:])
    (told,) = (tmp_path / "results/seed-1").glob("runs/*/run.json")
    run = json.loads(told.read_text("utf-8"))
    assert run["metrics"]["test_accuracy"] == pytest.approx(metrics[1]["test_accuracy"])


def test_the_stand_in_is_named_in_the_command_and_has_no_program(nowhere):
    (told,) = fulfil("reproduce", part="cifar", state={"classes": [1, 2], "seeds": 1})
    assert told["command"] == "fclab cifar --classes 1 2 --data synthetic"
    assert told["program"] is None
