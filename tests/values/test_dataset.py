"""Datasets: fingerprints, held-out parts, preprocessing."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from fclab.values.dataset import CIFAR_PREPROCESSING, ClassName, Dataset, Preprocessing, Split


def images(n=20, classes=2, seed=0, name="toy") -> Dataset:
    rng = np.random.default_rng(seed)
    return Dataset(
        name=name,
        task="multiclass",
        source="synthetic",
        train=Split(rng.integers(0, 256, (n, 4, 4, 3), np.uint8), np.arange(n) % classes),
        test=Split(rng.integers(0, 256, (6, 4, 4, 3), np.uint8), np.arange(6) % classes),
        class_names=tuple(ClassName(i, f"c{i}", f"к{i}") for i in range(classes)),
        preprocessing=CIFAR_PREPROCESSING,
    )


def test_fingerprint_follows_the_content_not_the_name():
    assert images().fingerprint == images(name="other").fingerprint
    assert images().fingerprint != images(seed=1).fingerprint
    changed = images()
    x = changed.test.x.copy()
    x[0, 0, 0, 0] ^= 1
    other = Dataset(**{**vars_of(changed), "test": Split(x, changed.test.y)})
    assert other.fingerprint != changed.fingerprint


def vars_of(dataset: Dataset) -> dict:
    return {name: getattr(dataset, name) for name in dataset.__dataclass_fields__}


def test_preprocessing_is_the_labs_normalize():
    x = np.random.default_rng(0).integers(0, 256, (5, 32, 32, 3), np.uint8)
    t = torch.Tensor(x) / 255.0
    t = (t - torch.tensor([0.5074, 0.4867, 0.4411])) / torch.tensor([0.2011, 0.1987, 0.2025])
    np.testing.assert_allclose(
        CIFAR_PREPROCESSING(x), torch.flatten(t, start_dim=1).numpy(), rtol=0, atol=1e-6
    )


def test_preprocessing_by_default_only_flattens():
    x = np.arange(12, dtype=np.float32).reshape(3, 2, 2)
    np.testing.assert_array_equal(Preprocessing()(x), x.reshape(3, 4))


def test_arrays_cannot_be_changed_under_a_run():
    dataset = images()
    with pytest.raises(ValueError, match="read-only"):
        dataset.train.x[0] = 0
    with pytest.raises(ValueError, match="read-only"):
        dataset.inputs["train"][0] = 0


def test_inputs_and_targets_must_pair():
    with pytest.raises(ValueError, match="3 inputs but 2 targets"):
        Split(np.zeros((3, 1)), np.zeros(2))


@given(st.floats(0.06, 0.9), st.integers(0, 100))
def test_hold_out_is_stratified_disjoint_and_repeatable(fraction, seed):
    dataset = images(n=40, classes=4)
    held = dataset.hold_out(fraction, seed)
    assert held.valid is not None
    assert len(held.train) + len(held.valid) == 40
    assert set(np.bincount(held.valid.y, minlength=4)) == {round(fraction * 10)}
    together = {image.tobytes() for image in [*held.train.x, *held.valid.x]}
    assert together == {image.tobytes() for image in dataset.train.x}
    assert held.fingerprint == dataset.hold_out(fraction, seed).fingerprint
    assert list(held.splits) == ["train", "valid", "test"]


def test_hold_out_of_nothing_or_twice_is_refused():
    with pytest.raises(ValueError, match="fraction"):
        images().hold_out(1.0)
    with pytest.raises(ValueError, match="already"):
        images().hold_out(0.2).hold_out(0.2)


def test_info_survives_json():
    info = images().info
    assert type(info).model_validate_json(info.model_dump_json()) == info
    assert info.n_inputs == 48
    assert info.sizes == {"train": 20, "test": 6}
    assert info.substitute == "synthetic"
