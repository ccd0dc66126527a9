import os
import pickle
import shutil
import warnings

import numpy as np
import pytest

from fclab.data.cifar100 import describe, load
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

    (kept,) = files_in(cache)
    made = kept.stat().st_mtime_ns
    again = load(LAB, cifar_dir)
    assert kept.stat().st_mtime_ns == made
    assert same(dataset, again)


def test_the_second_call_does_not_open_the_source(fake, folder, cache):
    first = load(LAB, folder, release=fake.release)
    for name in ("train", "test"):  # other bytes of the same size and time
        path, times = folder / name, (folder / name).stat()
        path.write_bytes(b"\0" * times.st_size)
        os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert same(first, load(LAB, folder, release=fake.release))
    with pytest.raises(DataError):
        load(LAB, folder, cache=False, release=fake.release)


def test_a_changed_source_is_noticed(fake, folder, cache):
    load(LAB, folder, release=fake.release)
    with (folder / "test").open("ab") as file:
        file.write(b"\0")
    with pytest.raises(DataError, match=r"data/test is damaged or altered"):
        load(LAB, folder, release=fake.release)


def test_a_source_of_the_same_size_and_another_time_is_read(fake, folder, cache):
    load(LAB, folder, release=fake.release)
    path, times = folder / "train", (folder / "train").stat()
    path.write_bytes(b"\0" * times.st_size)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns + 1_000_000))
    with pytest.raises(DataError, match="data/train is"):
        load(LAB, folder, release=fake.release)


def test_other_classes_are_kept_apart(fake, folder, cache):
    load((1, 2), folder, release=fake.release)
    other = load((2, 3), folder, release=fake.release)
    assert [c.number for c in other.class_names] == [2, 3]
    assert len(files_in(cache)) == 2
    assert same(other, load((3, 2), folder, cache=False, release=fake.release))


def test_without_a_cache_nothing_is_kept(fake, folder, cache):
    load(LAB, folder, cache=False, release=fake.release)
    assert files_in(cache) == []


def test_a_damaged_cache_is_made_anew(fake, folder, cache):
    first = load(LAB, folder, release=fake.release)
    (kept,) = files_in(cache)
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
    assert files_in(cache) == [kept]


class Trap:
    """Makes a file when it is unpickled."""

    def __init__(self, mark):
        self.mark = mark

    def __reduce__(self):
        return os.mkdir, (str(self.mark),)


def test_a_cache_that_holds_something_else_is_made_anew(fake, folder, cache, tmp_path):
    mark = tmp_path / "mark"
    first = load(LAB, folder, release=fake.release)
    (kept,) = files_in(cache)
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


def test_an_archive_will_do(fake, folder, cache, tmp_path):
    archive = tmp_path / "mine.tar.gz"
    archive.write_bytes(fake.archive)
    assert same(load(LAB, archive, release=fake.release), load(LAB, folder, release=fake.release))
    shutil.rmtree(cache / "cifar-100-python")  # the kept copy does not need it
    assert len(load(LAB, archive, release=fake.release).test) == 3
    assert not (cache / "cifar-100-python").exists()


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
        (content(99), r"images are uint8 \(99, 3072\); uint8 \(100, 3072\)"),
        (content(100, data=np.zeros((100, 3071), np.uint8)), r"uint8 \(100, 3071\)"),
        (content(100, data=np.zeros((100, 3072), np.int8)), r"int8 \(100, 3072\)"),
        (content(100, data=None), "no array named data"),
        (content(100, data=[1, 2]), "no array named data"),
        (content(100, fine_labels=None), "no list of fine_labels; 100 are expected"),
        (content(100, fine_labels=[1] * 99), "99 fine_labels; 100 are expected"),
        (content(100, fine_labels=[1] * 99 + [100]), r"a label is 100; 0\.\.99"),
        (content(100, fine_labels=[1] * 99 + [-1]), "a label is -1"),
        (content(100, fine_labels=[1] * 99 + ["7"]), "a label is '7'"),
        (content(100, fine_labels=[1] * 99 + [None]), "a label is None"),
        (content(100, fine_labels=[1] * 99 + [[1] * 9999]), r"a label is a list; 0\.\.99"),
        (pickle.dumps([1]), "it holds no dict"),
    ],
)
def test_wrong_shapes_and_labels_are_told_by_file(fake, tmp_path, cache, changed, told):
    altered = fake.replace(test=changed)
    folder = altered.lay_out(tmp_path / "data")
    with pytest.raises(DataError, match=told) as raised:
        load(LAB, folder, release=altered.release)
    assert f"{folder}/test" in str(raised.value)
    assert files_in(cache) == []


@pytest.fixture(scope="module")
def real_test(cifar_dir):
    return (cifar_dir / "test").read_bytes()


@pytest.mark.needs("symlinks")
@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (lambda b: b[: len(b) // 2], "is cut short"),
        (lambda b: b[:-1], "is cut short"),
        (lambda b: b[:100], "is cut short"),
        (lambda b: b"", "is cut short"),
        (lambda b: b[:20_000_000] + bytes([b[20_000_000] ^ 1]) + b[20_000_001:], "is damaged or"),
        (lambda b: b.replace(b"numpy.core", b"numpy.evil", 1), "asks to run numpy.evil"),
        (lambda b: b.replace(b"cnumpy\ndtype", b"cposix\nsystem", 1), "asks to run posix.system"),
        (lambda b: b.replace(b"U\x02u1", b"U\x02O8", 1), "is damaged or"),
        (lambda b: b"\xff" * 1000 + b[1000:], "is damaged or"),
    ],
)
def test_a_damaged_real_file_is_told_by_name(cifar_dir, real_test, tmp_path, cache, damage, told):
    for name in ("train", "meta"):
        (tmp_path / name).symlink_to(cifar_dir / name)
    changed = damage(real_test)
    assert changed != real_test
    (tmp_path / "test").write_bytes(changed)
    from fclab.data.cifar100.subset import read_images

    with pytest.raises(DataError, match=told) as raised:
        read_images(tmp_path, "test")
    assert f"{tmp_path}/test" in str(raised.value)


def test_the_real_data_are_described(cifar_dir):
    found = describe(cifar_dir)
    assert found.folder == cifar_dir
    assert found.shapes == {"train": (50_000, 32, 32, 3), "test": (10_000, 32, 32, 3)}
    assert found.counts == {"train": (500,) * 100, "test": (100,) * 100}
    assert found.per_class == {"train": (500, 500), "test": (100, 100)}
    assert found.size == 186_301_098
    assert [file.ok for file in found.files] == [True] * 3
