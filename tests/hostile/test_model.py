"""model.json and model.safetensors, damaged at random: a model that answers, or one line."""

import json
import os
import random
from typing import Any

import numpy as np
import pytest

from fclab.data import synthetic
from fclab.engines.job import initial_weights
from fclab.store.folder import read_model, write_model
from fclab.values.errors import DataError
from fclab.values.model import Model
from fclab.values.recipe import CIFAR

VALUES = [None, -1, 0, 1, 2**63, 1e308, float("nan"), "", "x", "a\n" * 9, [], {}, True, [-1], [0],
          [32, 32, 3, 1], [10**9] * 3, [[[[]]]], "FC(9)", "FC(1000000000), FC(3)"]  # fmt: skip


def places(value: Any, path: tuple = ()) -> list[tuple]:
    """Where something stands in a JSON value."""
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    found = []
    for key, item in inner:
        found.append((*path, key))
        if isinstance(item, dict | list):
            found += places(item, (*path, key))
    return found


def change(card: dict, rng: random.Random) -> None:
    *path, last = rng.choice(places(card))
    for key in path:
        card = card[key]
    if rng.random() < 0.2:
        del card[last]
    else:
        card[last] = rng.choice(VALUES)


@pytest.fixture
def dataset():
    return synthetic((0, 55, 58))


@pytest.fixture
def folder(tmp_path, dataset):
    weights = initial_weights(CIFAR, dataset.info.n_inputs, 0)
    write_model(Model(dataset.info, CIFAR, weights), tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("seed", "n"), [(1, 150), pytest.param(2, 5_000, marks=pytest.mark.campaign)]
)
@pytest.mark.filterwarnings("ignore:.*encountered in:RuntimeWarning")  # weights may be anything
def test_a_damaged_model_answers_or_is_refused_in_one_line(folder, dataset, seed, n):
    rng = random.Random(seed)
    card = (folder / "model.json").read_text("utf-8")
    weights = (folder / "model.safetensors").read_bytes()
    refused = 0
    for _ in range(n):
        changed, bytes_ = json.loads(card), bytearray(weights)
        if rng.random() < 0.7:
            change(changed, rng)
        else:
            for _ in range(3):
                bytes_[rng.randrange(400)] = rng.randrange(256)
            if rng.random() < 0.2:
                del bytes_[rng.randrange(len(bytes_)) :]
        (folder / "model.json").write_text(json.dumps(changed), "utf-8")
        (folder / "model.safetensors").write_bytes(bytes_)
        try:
            model = read_model(folder)
        except DataError as error:
            refused, told = refused + 1, str(error)
        else:
            classes = len(model.dataset.class_names)
            assert model.probabilities(dataset.test.x[:2]).shape == (2, classes)
            continue
        assert str(folder) in told
        assert told.isprintable()
        assert len(told) < 600
    assert n / 2 < refused < n


def test_what_does_not_fit_together_is_told(folder):
    card = json.loads((folder / "model.json").read_text("utf-8"))
    for where, key, value in [("preprocessing", "std", [1.0, 1.0]), ("preprocessing", "mean", []),
                              ("preprocessing", "std", [1.0, 0.0, 1.0])]:  # fmt: skip
        changed = json.loads(json.dumps(card))
        changed["dataset"][where][key] = value
        (folder / "model.json").write_text(json.dumps(changed), "utf-8")
        with pytest.raises(DataError, match="do not fit together"):
            read_model(folder)
    card["dataset"]["class_names"].pop()
    (folder / "model.json").write_text(json.dumps(card), "utf-8")
    with pytest.raises(DataError, match="do not fit together"):
        read_model(folder)


@pytest.mark.parametrize("name", ["model.json", "model.safetensors"])
def test_a_pipe_in_place_of_a_file_is_not_waited_for(folder, limited, name):
    (folder / name).unlink()
    os.mkfifo(folder / name)
    told = limited("from fclab.store.folder import read_model", "read_model(path)", folder)
    assert told == [f"refused: no model in {folder}: cannot read {folder / name}"]


def test_a_pipe_or_device_in_place_of_a_picture_is_not_waited_for(tmp_path, limited):
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / "zero.png").symlink_to("/dev/zero")
    files = [tmp_path / "pipe.png", tmp_path / "zero.png"]
    before = "from fclab.data.pictures import read_picture"
    told = limited(before, "read_picture(path, 32, 32)", *files)
    assert told == [f"refused: {file}: it is a pipe or a device, not a file" for file in files]


def test_numbers_of_a_model_that_is_whole_are_its_own(folder, dataset):
    assert np.isfinite(read_model(folder).outputs(dataset.test.x[:2])).all()
