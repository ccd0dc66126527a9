import os
import pickle
import warnings
from importlib import import_module

import layouts
import numpy as np
import pytest

from fclab.data.cifar100 import load
from fclab.values.dataset import CIFAR_PREPROCESSING
from fclab.values.errors import DataError, UsageError
from fclab.values.names import CLASS_NAMES

LAB = (0, 55, 58)


def the_labs_own_lines(path, classes):
    """Lab, part 3, "Чтение тренировочной и тестовой выборки"."""
    with path.open("rb") as f, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # NumPy's, of an old pickle
        data = pickle.load(f, encoding="latin1")
    x = data["data"].reshape(-1, 3, 32, 32)
    x = np.transpose(x, [0, 2, 3, 1])
    y = np.array(data["fine_labels"])
    mask = np.isin(y, classes)
    x = x[mask].copy()
    y = y[mask].copy()
    return x, np.unique(y, return_inverse=True)[1]


def files_in(folder):
    return sorted(p for p in folder.rglob("*") if p.is_file()) if folder.exists() else []


def same(a, b):
    for name in ("train", "test"):
        np.testing.assert_array_equal(a.splits[name].x, b.splits[name].x, strict=True)
        np.testing.assert_array_equal(a.splits[name].y, b.splits[name].y, strict=True)
    return a.fingerprint == b.fingerprint


@pytest.fixture
def folder(fake, tmp_path):
    return fake.lay_out(tmp_path / "data")


def test_three_real_classes_are_what_the_lab_reads(cifar_dir, cache):
    dataset = load((58, 0, 55), cifar_dir)
    for name, count in (("train", 500), ("test", 100)):
        x, y = the_labs_own_lines(cifar_dir / name, list(LAB))
        split = dataset.splits[name]
        np.testing.assert_array_equal(split.x, x, strict=True)
        np.testing.assert_array_equal(split.y, y, strict=True)
        assert split.x.shape == (3 * count, 32, 32, 3)
        assert split.x.flags.c_contiguous
        assert np.bincount(split.y).tolist() == [count] * 3
    assert dataset.name == "cifar100-0-55-58"
    assert (dataset.task, dataset.source, dataset.n_outputs) == ("multiclass", "cifar100", 3)
    assert dataset.preprocessing == CIFAR_PREPROCESSING
    assert [c.en for c in dataset.class_names] == ["apple", "otter", "pickup truck"]

    kept = {file: file.stat().st_mtime_ns for file in files_in(cache)}
    assert {file.parent.name for file in kept} == {"chosen", "sources"}
    again = load(LAB, cifar_dir)
    assert {file: file.stat().st_mtime_ns for file in files_in(cache)} == kept
    assert same(dataset, again)


def test_the_second_call_does_not_read_the_source(fake, folder, cache, monkeypatch):
    first = load(LAB, folder, release=fake.release)
    monkeypatch.setattr(import_module("fclab.data.cifar100.places"), "read", None)
    assert same(first, load(LAB, folder, release=fake.release))
    with pytest.raises(TypeError, match="not callable"):
        load(LAB, folder, cache=False, release=fake.release)


def _same_size_and_time(path, times):
    path.write_bytes(b"\0" * times.st_size)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


@pytest.mark.parametrize(
    "change",
    [
        lambda path, _: path.write_bytes(path.read_bytes()[:-1]),
        lambda path, times: path.write_bytes(b"\0" * times.st_size),
        pytest.param(
            _same_size_and_time,
            marks=pytest.mark.skipif(os.name == "nt", reason="no time of the last change of all"),
        ),
        lambda path, _: path.unlink(),
    ],
)
def test_a_changed_source_is_noticed(fake, folder, cache, change):
    load(LAB, folder, release=fake.release)
    change(folder / "train", (folder / "train").stat())
    with pytest.raises(DataError, match="lacks train"):
        load(LAB, folder, release=fake.release)


def test_a_source_that_is_replaced_by_other_images_has_a_copy_of_its_own(fake, folder, cache):
    first = load(LAB, folder, release=fake.release)
    changed = pickle.loads(fake.files["train"])
    changed["data"] = changed["data"] ^ 1
    (folder / "train").write_bytes(pickle.dumps(changed, 4))
    with pytest.raises(DataError, match="other images"):
        load(LAB, folder, release=fake.release)
    other = load(LAB, folder, accept_other=True, release=fake.release)
    np.testing.assert_array_equal(other.train.x, first.train.x ^ 1)
    assert len(files_in(cache / "chosen")) == 2
    (folder / "train").write_bytes(fake.files["train"])
    assert same(load(LAB, folder, accept_other=True, release=fake.release), first)
    assert len(files_in(cache / "chosen")) == 2


def test_two_sources_of_the_same_images_have_one_copy(fake, folder, cache, tmp_path):
    archive = tmp_path / "a.zip"
    archive.write_bytes(layouts.zipped(fake.files))
    assert same(load(LAB, folder, release=fake.release), load(LAB, archive, release=fake.release))
    assert len(files_in(cache / "chosen")) == 1


def test_what_is_remembered_of_a_source_may_be_damaged(fake, folder, cache):
    first = load(LAB, folder, release=fake.release)
    (memory,) = files_in(cache / "sources")
    whole = memory.read_bytes()
    for damaged in (
        b"",
        b"{}",
        whole[:-5],
        b"[" * 100_000,
        whole.replace(b"train", b"trains"),
        b"\xff",
    ):
        memory.write_bytes(damaged)
        assert same(first, load(LAB, folder, release=fake.release))
        assert files_in(cache / "sources") == [memory]


def test_other_classes_are_kept_apart(fake, folder, cache):
    load((1, 2), folder, release=fake.release)
    other = load((2, 3), folder, release=fake.release)
    assert [c.number for c in other.class_names] == [2, 3]
    assert len(files_in(cache / "chosen")) == 2
    assert same(other, load((3, 2), folder, cache=False, release=fake.release))


def test_without_a_cache_nothing_is_kept(fake, folder, cache):
    load(LAB, folder, cache=False, release=fake.release)
    assert files_in(cache) == []


def test_a_damaged_cache_is_made_anew(fake, folder, cache):
    first = load(LAB, folder, release=fake.release)
    (kept,) = files_in(cache / "chosen")
    whole = kept.read_bytes()
    damages = [whole[: len(whole) // 2], b"", b"not a zip at all"]
    for at in (0, 30, 50, 70, 100, 150, 200, len(whole) // 2, len(whole) - 30, len(whole) - 200):
        damages.append(whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :])
    for damaged in damages:
        kept.write_bytes(damaged)
        assert same(first, load(LAB, folder, release=fake.release))
    kept.write_bytes(b"")
    load(LAB, folder, release=fake.release)
    assert len(kept.read_bytes()) == len(whole)
    assert files_in(cache / "chosen") == [kept]


class Trap:
    """Makes a file when it is unpickled."""

    def __init__(self, mark):
        self.mark = mark

    def __reduce__(self):
        return os.mkdir, (str(self.mark),)


def test_a_cache_that_holds_something_else_is_made_anew(fake, folder, cache, tmp_path):
    mark = tmp_path / "mark"
    first = load(LAB, folder, release=fake.release)
    (kept,) = files_in(cache / "chosen")
    arrays = dict(np.load(kept))
    for change in (
        {"train_x": arrays["train_x"][:-1]},
        {"test_x": arrays["test_x"].astype(np.float32)},
        {"test_y": arrays["test_y"] + 1},
        {"train_y": np.array([Trap(mark)] * len(arrays["train_y"]))},
    ):
        np.savez(kept, **{**arrays, **change})
        assert same(first, load(LAB, folder, release=fake.release))
    assert not mark.exists()


def test_a_cache_that_cannot_be_written_is_no_error(fake, folder, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("", "utf-8")
    monkeypatch.setenv("FCLAB_CACHE", str(tmp_path / "file" / "below"))
    assert len(load(LAB, folder, release=fake.release).train) == 6


def test_nothing_here_says_what_to_do(fake, cache):
    with pytest.raises(DataError, match="fetch it with `fclab data`"):
        load(LAB, release=fake.release)


def test_all_hundred_classes_have_a_name_that_a_file_can_have(fake, folder, cache):
    dataset = load(range(100), folder, release=fake.release)
    assert dataset.class_names == CLASS_NAMES
    assert dataset.name == "cifar100-100"
    assert np.array_equal(np.unique(dataset.train.y), np.arange(100))


@pytest.mark.parametrize(
    ("classes", "told"),
    [
        ((0, 55, 100), "class 100 does not exist"),
        ((-1, 55), "class -1 does not exist"),
        ((0, 55, 55), r"class 55 \(otter\) is named twice"),
        ((7,), "two or more classes are needed, not 1"),
        ((), "two or more classes are needed, not 0"),
        ((0, 1.5), "whole numbers"),
        (("0", "55"), "whole numbers"),
    ],
)
def test_classes_that_cannot_be(fake, folder, classes, told):
    with pytest.raises(UsageError, match=told):
        load(classes, folder, release=fake.release)


def content(n, **changes):
    made = {
        "fine_labels": [i % 100 for i in range(n)],
        "data": np.zeros((n, 3072), np.uint8),
    } | changes
    return pickle.dumps({key: value for key, value in made.items() if value is not None}, 4)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        (
            content(100, data=np.zeros((100, 3071), np.uint8)),
            r"images are uint8 \(100, 3071\); uint8",
        ),
        (content(100, data=np.zeros((100, 3072), np.int8)), r"images are int8 \(100, 3072\)"),
        (content(100, data=np.zeros((100, 32, 3, 32), np.uint8)), r"are uint8 \(100, 32, 3, 32\)"),
        (content(100, data=np.zeros(100 * 3072, np.uint8)), r"are uint8 \(307200,\)"),
        (content(100, data=None), "no array named data"),
        (content(100, data=[1, 2]), "no array named data"),
        (content(100, fine_labels=None), "has images, but no fine_labels"),
        (content(100, fine_labels="abc"), "its fine_labels are no list"),
        (content(100, fine_labels=[1] * 99), "has 100 images, but 99 fine_labels"),
        (content(100, fine_labels=[1] * 99 + [100]), r"a label is 100; 0\.\.99"),
        (content(100, fine_labels=[1] * 99 + [-1]), "a label is -1"),
        (content(100, fine_labels=[1] * 99 + ["7"]), "a label is '7'"),
        (content(100, fine_labels=[1] * 99 + [None]), "a label is None"),
        (content(100, fine_labels=[1] * 99 + [1.5]), "a label is float"),
        (content(100, fine_labels=[1] * 99 + [[1] * 9999]), r"a label is list; 0\.\.99"),
        (pickle.dumps([1]), "it holds no dict"),
    ],
)
def test_wrong_shapes_and_labels_are_told_by_file(fake, folder, cache, changed, told):
    (folder / "test").write_bytes(changed)
    with pytest.raises(DataError, match=told) as raised:
        load(LAB, folder, release=fake.release)
    assert f"{folder}/test" in str(raised.value)
    assert files_in(cache) == []


@pytest.fixture(scope="module")
def real_test(cifar_dir):
    return (cifar_dir / "test").read_bytes()


@pytest.mark.needs("symlinks")
@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (lambda b: b[: len(b) // 2], r"ends too early: 15\.5 MB of it are missing"),
        (lambda b: b[:-1], "ends too early"),
        (lambda b: b[:100], "ends too early"),
        (lambda b: b"", "is an empty file"),
        (lambda b: b[:20_000_000] + bytes([b[20_000_000] ^ 1]) + b[20_000_001:],
         "not CIFAR-100 itself: test: images that differ: 1;"),
        (lambda b: b.replace(b"numpy.core", b"numpy.evil", 1), "asks to run numpy.evil"),
        (lambda b: b.replace(b"cnumpy\ndtype", b"cposix\nsystem", 1), "asks to run posix.system"),
        (lambda b: b.replace(b"U\x02u1", b"U\x02O8", 1), "an array of 'O8', not of numbers"),
        (lambda b: b"\xff" * 1000 + b[1000:], "no archive and no file of images"),
    ],
)  # fmt: skip
def test_a_damaged_real_file_is_told_by_name(cifar_dir, real_test, tmp_path, cache, damage, told):
    changed = damage(real_test)
    assert changed != real_test
    (tmp_path / "test").write_bytes(changed)
    if "itself" in told:
        (tmp_path / "train").symlink_to(cifar_dir / "train")
    with pytest.raises(DataError, match=told) as raised:
        load(LAB, tmp_path)
    assert str(tmp_path) in str(raised.value)
