"""The images that pre-training learns from: of train, and of no class of the task."""

import pickle
from pathlib import Path

import numpy as np
import pytest

from fclab.data.cifar100 import find, other_classes
from fclab.data.cifar100.others import HELD_OUT
from fclab.values.errors import UsageError


@pytest.fixture
def told(fake):
    """A small CIFAR-100 in which a picture's class is written into its pixels, and a picture of
    test is brighter by 100."""

    def part(n: int, brighter: int) -> bytes:
        labels = np.random.default_rng(1).permutation(np.arange(n) % 100)
        data = np.repeat(labels[:, None] + brighter, 3072, axis=1).astype(np.uint8)
        return pickle.dumps({"fine_labels": labels.tolist(), "data": data})

    return fake.replace(train=part(400, 0), test=part(100, 100))


def source(fake, folder: Path):
    found = find(fake.lay_out(folder), release=fake.release, cache=False)
    assert found is not None
    return found


def test_they_are_train_images_of_the_other_classes_alone(told, tmp_path):
    task = (0, 55, 58)
    others = other_classes(source(told, tmp_path / "a"), task)
    numbers = np.array([name.number for name in others.class_names])
    assert sorted({*range(100)} - {*numbers}) == [*task]
    for part in (others.train, others.test):
        written = part.x.reshape(len(part), -1)
        assert (written == numbers[part.y][:, None]).all()  # so none is brighter: none of test
    assert len(others.train) + len(others.test) == 4 * 97
    assert (np.bincount(others.test.y) == -(-4 // HELD_OUT)).all()
    assert (np.bincount(others.train.y) == 3).all()


def test_the_test_sets_do_not_matter(fake, tmp_path):
    whole = pickle.loads(fake.files["test"])
    whole["data"] = 255 - whole["data"]
    other = fake.replace(test=pickle.dumps(whole))
    a, b = (other_classes(source(one, tmp_path / name), (3, 4, 5)) for one, name in
            ((fake, "a"), (other, "b")))  # fmt: skip
    assert a.fingerprint == b.fingerprint


def test_pictures_are_the_rounded_means_over_squares(fake, tmp_path):
    kept = pickle.loads(fake.files["train"])
    others = other_classes(source(fake, tmp_path / "a"), (0, 1, 2))
    labels = np.array(kept["fine_labels"])
    chosen = kept["data"][labels == 7].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)
    means = chosen.reshape(-1, 16, 2, 16, 2, 3).mean(axis=(2, 4))
    seen = np.concatenate([part.x[part.y == 4] for part in (others.test, others.train)])
    assert seen.shape == means.shape
    assert np.abs(seen - means).max() <= 0.5


def test_a_task_that_leaves_nothing_is_refused(fake, tmp_path):
    found = source(fake, tmp_path / "a")
    with pytest.raises(UsageError, match="two other classes at least"):
        other_classes(found, range(99))
    with pytest.raises(UsageError, match="class 100 does not exist"):
        other_classes(found, (0, 100))
