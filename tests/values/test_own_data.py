"""Datasets of one's own arrays: what is taken, what it becomes, and what is refused."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import fclab
from fclab.values.dataset import Dataset, DatasetInfo, Preprocessing

RNG = np.random.default_rng(0)
POINTS, IMAGES = RNG.normal(3, 5, (12, 4)), RNG.integers(0, 256, (12, 6, 5, 1), np.uint8)
ABC = np.array(["c", "a", "b"] * 4)


def own(X=POINTS, y=ABC, X_test=None, y_test=None, **more) -> Dataset:
    return Dataset.from_arrays(
        X, y, X if X_test is None else X_test, y if y_test is None else y_test, **more
    )


def test_labels_are_sorted_indexed_and_named():
    data = own(class_names={"a": "apple", "b": "otter", "c": "truck"})
    assert (data.task, data.source, data.n_outputs) == ("multiclass", "own", 3)
    assert data.train.y.tolist() == [2, 0, 1] * 4
    assert [name.ru for name in data.class_names] == ["apple", "otter", "truck"]
    assert data.labels == ("a", "b", "c")
    assert data.targets("test").tolist() == ABC.tolist()
    assert own(class_names=["x", "y", "z"]).class_names[2].en == "z"
    assert data.info.substitute == ""


@pytest.mark.parametrize(
    ("y", "task", "labels"),
    [
        (ABC, "multiclass", ("a", "b", "c")),
        (np.arange(12) % 2 == 0, "binary", (False, True)),
        ([55, 0, 58] * 4, "multiclass", (0, 55, 58)),
        ([-1, 1] * 6, "binary", (-1, 1)),
        (np.array(["yes", "no"] * 6, object), "binary", ("no", "yes")),
        (np.arange(12) + 0.5, "regression", None),
        (np.arange(300.0), "regression", None),
    ],
)
def test_the_task_is_found_from_the_targets(y, task, labels):
    data = own(np.resize(POINTS, (len(y), 4)), y)
    assert (data.task, data.labels) == (task, labels)
    np.testing.assert_array_equal(data.targets("train"), y)


def test_class_numbers_are_the_labels_where_these_are_whole():
    assert [name.number for name in own(y=[55, 0, 58] * 4).class_names] == [0, 55, 58]
    assert [name.number for name in own().class_names] == [0, 1, 2]


def test_the_task_can_be_given():
    whole = np.array([0.0, 1.0] * 6)
    assert own(y=whole, task="binary").labels == (0.0, 1.0)
    assert own(y=whole, task="multiclass").n_outputs == 2
    assert own(y=whole, task="regression").train.y.dtype == np.float32
    assert own(y=[1, 2] * 6, task="regression").class_names == ()
    assert own(IMAGES, y=[1, 2] * 6).task == "multiclass"  # as all that is made for images wants
    assert own(IMAGES, y=[1, 2] * 6, task="binary").n_outputs == 1


@given(
    hnp.arrays(
        np.float32, hnp.array_shapes(min_dims=2, max_dims=2, min_side=2, max_side=30),
        elements=st.floats(-1e6, 1e6, width=32),
    )
)  # fmt: skip
def test_columns_are_standardised_and_constant_ones_are_harmless(x):
    data = own(x, np.arange(len(x)) + 0.5)
    seen = data.inputs["train"]
    assert np.isfinite(seen).all()
    assert np.abs(seen).max() <= np.sqrt(len(x)) + 1e-2
    constant = np.ptp(x, axis=0) == 0
    np.testing.assert_allclose(seen[:, constant], 0, atol=0.2)  # 1e6 in float32


def test_preprocessing_of_images_is_per_channel_and_of_train_alone():
    dark = np.zeros_like(IMAGES)
    data = own(IMAGES, X_test=dark)
    seen = data.inputs["train"]
    assert abs(seen.mean()) < 1e-5
    assert abs(seen.std() - 1) < 1e-5
    assert data.preprocessing.layout == "HWC"
    assert len(data.preprocessing.mean) == 1
    assert np.ptp(data.inputs["test"]) == 0
    assert own(dark).inputs["train"].max() == 0  # one shade: nothing to divide by


def test_preprocessing_can_be_given():
    assert own(preprocessing=Preprocessing()).inputs["train"] == pytest.approx(POINTS, rel=1e-6)
    for wrong in (
        Preprocessing(mean=(0.0, 1.0)), Preprocessing(std=(0.0,)), Preprocessing(scale=0),
        Preprocessing(mean=(np.nan,)),
    ):  # fmt: skip
        with pytest.raises(fclab.ArgumentError, match=r"mean and std must (hold|be finite)"):
            own(preprocessing=wrong)


def test_arrays_are_copied_and_stay_the_callers_own():
    x, y = IMAGES.copy(), np.array([0, 1, 2] * 4)
    data = own(x, y)
    before = data.train.x.copy()
    x[:], y[:] = 0, 0
    np.testing.assert_array_equal(data.train.x, before)
    assert data.train.y.tolist() == [0, 1, 2] * 4


def test_labels_tell_datasets_apart_and_names_do_not():
    number = own(y=[0, 1, 2] * 4)
    assert own().fingerprint == own(class_names=["x", "y", "z"], name="other").fingerprint
    assert len({own().fingerprint, number.fingerprint, own(y=["x", "y", "z"] * 4).fingerprint}) == 3


@pytest.mark.parametrize("y", [ABC, [5, 2, 7] * 4, np.arange(12) % 2 == 0, np.arange(12) / 7])
def test_info_survives_json(y):
    info = own(y=y).info
    again = DatasetInfo.model_validate_json(info.model_dump_json())
    assert again == info
    assert [type(label) for label in again.labels or ()] == [type(n) for n in info.labels or ()]


def test_datasets_without_labels_are_written_as_before():
    info = fclab.binary_points(points=10).info
    assert "labels" not in json.loads(info.model_dump_json())
    assert "labels" not in info.model_dump()


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"X": np.where(POINTS > 3, np.nan, POINTS)}, "X has NaN, infinity"),
        ({"X": POINTS * 1e300}, "too large for float32"),
        ({"X": POINTS[:, 0]}, r"X.reshape\(-1, 1\)"),
        ({"X": IMAGES[..., 0]}, r"grey images are X\[..., None\]"),
        ({"X": IMAGES / 255}, "images are bytes"),
        ({"X": np.zeros((12, 3, 8, 8), np.uint8)}, r"transpose\(0, 2, 3, 1\)"),
        ({"X": np.zeros((12, 8, 8, 4), np.uint8)}, r"others are points: X.reshape"),
        ({"X": np.zeros((12, 0))}, "X is empty"),
        ({"X": np.zeros((12, 0, 4, 1), np.uint8)}, "X is empty"),
        ({"X": POINTS.astype(str)}, "X must hold numbers"),
        ({"X": POINTS + 1j}, "X must hold numbers"),
        ({"X": [["a", 1]] * 12}, "X must hold numbers"),
        ({"X": [[1], [1, 2]] * 6}, "X is no array"),
        ({"X_test": POINTS[:, :3]}, r"X has inputs of \(4,\), X_test of \(3,\)"),
        ({"y": ABC[:5]}, "12 inputs but 5 targets in y"),
        ({"y": ABC[:, None]}, r"y.ravel\(\)"),
        ({"y": ["a"] * 12}, "only one class in y: 'a'"),
        ({"y": [*ABC[:-1], None]}, "all numbers or all text, not NoneType, str"),
        ({"y": ABC.astype("S")}, "y must be numbers or text"),
        ({"y": np.where(ABC == "a", np.nan, 1.5)}, "y has NaN or infinity, the first at 1"),
        ({"y_test": ["z", "q", *ABC[2:]]}, "y_test has labels .* 'q', 'z'"),
        ({"y_test": np.arange(12)}, "y_test is numbers, and the labels are 'a', 'b', 'c'"),
        ({"y": [0.0, 1.0, 2.0] * 4}, "3 different values, all whole: say"),
        ({"X": np.zeros((200, 1)), "y": np.arange(200)}, "200 different whole numbers: say"),
        ({"task": "binary"}, "two classes, and y has 3"),
        ({"task": "regression"}, "needs numbers, and y is text"),
        ({"task": "ranking"}, "task is one of"),
        ({"y": np.arange(12) / 7, "class_names": ["a"]}, "no classes to be named"),
        ({"class_names": ["a", "b"]}, "3 names, one for each class"),
        ({"class_names": "abc"}, "3 names, one for each class"),
        ({"class_names": ["a", "b", "b"]}, "the same name"),
        ({"class_names": {"a": "x", "b": "y"}}, "none for 'c'"),
        ({"class_names": ["a", "b", "\u202e"]}, "cannot be shown"),
        ({"class_names": ["a", "b", ""]}, "must be text"),
        ({"name": "a/b"}, "no slashes"),
        ({"name": " "}, "must be text"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_said(wrong, words):
    with pytest.raises(fclab.ArgumentError, match=words):
        own(**wrong)


def test_sparse_inputs_are_told_what_to_do():
    from scipy.sparse import csr_array

    with pytest.raises(fclab.ArgumentError, match=r"X is sparse: give X.toarray\(\)"):
        own(csr_array(POINTS))


def test_too_few_examples_to_hold_out():
    with pytest.raises(fclab.ArgumentError, match="leaves a part without"):
        own(POINTS[:3], ABC[:3]).hold_out(0.1)
