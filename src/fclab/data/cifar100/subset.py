"""The chosen classes of CIFAR-100 as a dataset, the way the lab's notebook picks them."""

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from fclab.data.cifar100.files import CLASSES, OFFICIAL, SHAPE, Release, check, demand
from fclab.data.cifar100.pickles import read_pickle
from fclab.data.cifar100.places import absent, locate, opened
from fclab.data.location import cache_dir
from fclab.values.dataset import CIFAR_PREPROCESSING, Dataset, Split
from fclab.values.errors import DataError
from fclab.values.files import aside, open_regular
from fclab.values.names import CLASS_NAMES, distinct_classes

Arrays = dict[str, np.ndarray]
_CACHE_FORMAT = 1
_MOST_IN_NAME = 10


def load(
    classes: Iterable[int],
    data: str | Path | None = None,
    cache: bool = True,
    *,
    release: Release = OFFICIAL,
) -> Dataset:
    """The images of the chosen classes (lab, part 3, "Чтение тренировочной и тестовой выборки").

    Images are uint8, height × width × channel, in the order of the files; labels are int64: the
    least class number becomes 0, the next 1, and so on, whatever the order they are named in.

    Args:
        classes: two or more distinct class numbers, 0..99.
        data: a folder or archive, see `locate`.
        cache: keep the chosen images, so that the next call need not read 186 MB; the copy is
            not used once the source changes. A cache that cannot be written is no error.
        release: what the files should be.

    Raises:
        UsageError: a class out of range or named twice, fewer than two; ``data`` does not exist.
        DataError: there is no CIFAR-100, or a file of it is damaged; the message names the file.
    """
    numbers = distinct_classes(classes)
    source = locate(data, release=release)
    if source is None:
        raise absent()
    copy = _copy_path(numbers, source, release)
    arrays = _read_copy(copy, numbers) if cache else None
    if arrays is None:
        arrays = _choose(opened(source, release=release), numbers, release)
        if cache:
            _keep_copy(copy, arrays)
    few = len(numbers) <= _MOST_IN_NAME
    return Dataset(
        name="-".join(map(str, ("cifar100", *numbers))) if few else f"cifar100-{len(numbers)}",
        task="multiclass",
        source="cifar100",
        train=Split(arrays["train_x"], arrays["train_y"]),
        test=Split(arrays["test_x"], arrays["test_y"]),
        class_names=tuple(CLASS_NAMES[number] for number in numbers),
        preprocessing=CIFAR_PREPROCESSING,
    )


def read_images(
    folder: Path, name: str, *, release: Release = OFFICIAL, checked: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """All images and labels of a file, in its order.

    Args:
        folder: holds the file.
        name: ``"train"`` or ``"test"``.
        release: what the file should be.
        checked: its checksum was compared already.

    Returns:
        Images, uint8 ``(n, 32, 32, 3)``, a view; class numbers, int64 ``(n,)``.

    Raises:
        DataError: the file cannot be read, is cut short, is not a pickle of plain arrays, has
            other shapes or labels, or other bytes than the official one.
    """
    path, member = folder / name, release.member(name)
    content = read_pickle(path)
    pixels, labels = content.get("data"), content.get("fine_labels")
    height, width, channels = SHAPE
    shape = (member.images, height * width * channels)
    if not isinstance(pixels, np.ndarray):
        raise DataError("{path} is not a file of CIFAR-100: it has no array named data", path=path)
    if pixels.shape != shape or pixels.dtype != np.uint8:
        raise DataError(
            "{path}: its images are {dtype} {shape}; uint8 {expected} is expected",
            path=path,
            dtype=pixels.dtype,
            shape=pixels.shape,
            expected=shape,
        )
    y = _labels(path, labels, member.images)
    if not checked:
        demand([check(path, member.size, member.md5)])
    return pixels.reshape(-1, channels, height, width).transpose(0, 2, 3, 1), y


def _labels(path: Path, labels: Any, n: int) -> np.ndarray:
    if not isinstance(labels, list) or len(labels) != n:
        count = f"{len(labels)}" if isinstance(labels, list) else "no list of"
        raise DataError(
            "{path}: {count} fine_labels; {n} are expected", path=path, count=count, n=n
        )
    for y in labels:
        if type(y) is not int or not 0 <= y < CLASSES:
            raise DataError(
                "{path}: a label is {given}; 0..{last} are expected",
                path=path,
                given=_told(y),
                last=CLASSES - 1,
            )
    return np.array(labels, np.int64)


def _told(value: Any) -> str:
    """A value of a file in a few characters."""
    if type(value) is str:
        return repr(value[:50])
    return str(value) if value is None or type(value) is int else f"a {type(value).__name__}"


def _choose(folder: Path, numbers: tuple[int, ...], release: Release) -> Arrays:
    arrays: Arrays = {}
    for name in ("train", "test"):
        x, y = read_images(folder, name, release=release)
        chosen = np.isin(y, numbers)
        arrays[f"{name}_x"] = np.ascontiguousarray(x[chosen])
        arrays[f"{name}_y"] = np.searchsorted(numbers, y[chosen]).astype(np.int64)
    return arrays


def _copy_path(numbers: tuple[int, ...], source: Path, release: Release) -> Path:
    files = [source] if source.is_file() else [source / "train", source / "test"]
    identity = [(str(f.resolve()), f.stat().st_size, f.stat().st_mtime_ns) for f in files]
    key = repr((_CACHE_FORMAT, numbers, identity, release))
    return cache_dir() / f"cifar100-{hashlib.sha256(key.encode()).hexdigest()[:24]}.npz"


def _read_copy(path: Path, numbers: tuple[int, ...]) -> Arrays | None:
    """What was kept, or None if it is absent or damaged (a zip checks each member's CRC)."""
    try:
        with open_regular(path) as file, np.load(file, allow_pickle=False) as kept:
            arrays = {f"{name}_{part}": kept[f"{name}_{part}"]
                      for name in ("train", "test") for part in "xy"}  # fmt: skip
    except Exception:  # a damaged file can raise anything
        return None
    for name in ("train", "test"):
        x, y = arrays[f"{name}_x"], arrays[f"{name}_y"]
        whole = x.shape == (len(y), *SHAPE) and x.dtype == np.uint8 and y.dtype == np.int64
        if not whole or not np.array_equal(np.unique(y), np.arange(len(numbers))):
            return None
    return arrays


def _keep_copy(path: Path, arrays: Arrays) -> None:
    try:
        with aside(path) as temporary:
            np.savez(temporary, **arrays)  # pyright: ignore[reportArgumentType]
    except OSError:
        return  # a full disk or a read-only home: the next call reads the source again
