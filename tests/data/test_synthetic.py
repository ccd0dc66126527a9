"""The stand-in: repeatable, marked, and as hard as it says."""

import numpy as np
import pytest

from fclab.data.synthetic import synthetic
from fclab.engines import train
from fclab.values.errors import UsageError
from fclab.values.recipe import CIFAR


def test_it_looks_like_the_real_dataset_and_says_that_it_is_not():
    data = synthetic((58, 0, 55))
    assert data.train.x.shape == (1500, 32, 32, 3)
    assert data.test.x.shape == (300, 32, 32, 3)
    assert data.train.x.dtype == np.uint8
    assert np.bincount(data.train.y).tolist() == [500] * 3
    assert np.bincount(data.test.y).tolist() == [100] * 3
    assert data.source == "synthetic"
    assert data.info.substitute == "synthetic"
    assert [name.number for name in data.class_names] == [0, 55, 58]
    for name in data.class_names:
        assert "stand-in" in name.en
        assert "замен" in name.ru


def test_images_repeat_and_do_not_depend_on_the_other_classes():
    data, other = synthetic((3, 7)), synthetic((7, 90))
    assert data.fingerprint == synthetic((3, 7)).fingerprint
    np.testing.assert_array_equal(
        data.train.x[data.train.y == 1], other.train.x[other.train.y == 0]
    )
    assert synthetic((3, 7), seed=1).fingerprint != data.fingerprint


def test_no_image_comes_twice():
    data = synthetic((3, 7))
    images = {image.tobytes() for image in [*data.train.x, *data.test.x]}
    assert len(images) == len(data.train) + len(data.test)


@pytest.mark.parametrize("classes", [(0, 55, 58), (12, 40, 99)])
def test_the_labs_network_over_fits_it(classes):
    """Train 95 % or more, test 60 to 80 %, and the test loss turns before the end."""
    run = next(iter(train(synthetic(classes), [CIFAR], [0])))
    assert run.metrics["train_accuracy"] >= 0.95
    assert 0.6 <= run.metrics["test_accuracy"] <= 0.8
    assert run.overfitting_epoch < 200


@pytest.mark.parametrize("classes", [(1,), (1, 1), (0, 100), (-1, 3)])
def test_classes_that_cannot_be_meant(classes):
    with pytest.raises(UsageError):
        synthetic(classes)
