"""One file to images and labels: the pickles, the binary version, Parquet."""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from fclab.data.cifar100.leaves import Leaf
from fclab.data.cifar100.parquet import read_parquet
from fclab.data.cifar100.pickles import cut_short, read_pickle
from fclab.data.cifar100.release import CLASSES, PIXELS, Release
from fclab.data.cifar100.sniff import HEAD, kind_of, reason_of
from fclab.data.cifar100.streams import MOST_OF_FILE, Budget
from fclab.values.errors import DataError

Form = Literal["pickle", "binary", "parquet"]

_ROW = PIXELS + 2  # bytes of an image of the binary version: both labels come first
_COARSE = 20
_ROW_10 = PIXELS + 1  # of CIFAR-10's
_PER_FILE_10 = 10_000


@dataclass(frozen=True)
class Piece:
    """The images of a file.

    Attributes:
        pixels: uint8 ``(n, 3, 32, 32)``, a view of what was read.
        labels: fine class numbers, uint8 ``(n,)``.
        form: how they were written.
        leaf: the file, or the first of several.
        files: the files on the disk that they were read from.
    """

    pixels: np.ndarray
    labels: np.ndarray
    form: Form
    leaf: Leaf
    files: tuple[Path, ...]


def read_piece(leaf: Leaf, release: Release, budget: Budget) -> Piece | None:
    """The images of a file; None: it belongs to CIFAR-100, but holds no images (``meta``).

    Raises:
        DataError: it holds no images of CIFAR-100; the message names it and what it holds instead.
        EOFError, zlib.error, zipfile.BadZipFile: the archive around it is no good.
        OSError: it cannot be read.
    """
    with leaf.open() as stream:
        head = stream.peek(HEAD)[:HEAD]
        kind = kind_of(head)
        if kind == "pickle":
            return _of_pickle(leaf, read_pickle(stream, leaf.size, leaf.name, budget=budget))
        if kind == "parquet":
            return _of_parquet(leaf, stream)
        if _is_binary(leaf, release):
            return _of_binary(leaf, stream)
        if leaf.size == _ROW_10 * _PER_FILE_10 and head[0] < 10:
            raise _cifar10(leaf)
        if kind != "other":
            raise DataError("{name}: archives in archives in archives are not read", name=leaf.name)
        raise reason_of(head, leaf.size, leaf.name, release.size)


def _cifar10(leaf: Leaf) -> DataError:
    return DataError("{name} holds CIFAR-10, and CIFAR-100 is needed", name=leaf.name)


def _of_pickle(leaf: Leaf, content: Mapping[str, Any]) -> Piece | None:
    if "fine_label_names" in content and "data" not in content:
        return None
    if content.get("label_names") and "fine_labels" not in content:
        raise _cifar10(leaf)
    pixels, labels = content.get("data"), content.get("fine_labels")
    if labels is None and _is_cifar10(content.get("labels")):
        raise _cifar10(leaf)
    if not isinstance(pixels, np.ndarray):
        raise DataError("{name} holds no images: it has no array named data", name=leaf.name)
    if labels is None:
        raise DataError("{name} has images, but no fine_labels", name=leaf.name)
    view = _as_images(pixels)
    if view is None:
        raise DataError(
            "{name}: its images are {dtype} {shape}; uint8 (n, 3072) or (n, 32, 32, 3) is expected",
            name=leaf.name, dtype=str(pixels.dtype), shape=str(pixels.shape),
        )  # fmt: skip
    return Piece(view, _labels(leaf, labels, len(view)), "pickle", leaf, (leaf.file,))


def _as_images(pixels: np.ndarray) -> np.ndarray | None:
    if pixels.dtype != np.uint8:
        return None
    match pixels.shape:
        case (_, 3072):
            return pixels.reshape(-1, 3, 32, 32)
        case (_, 32, 32, 3):
            return pixels.transpose(0, 3, 1, 2)
        case (_, 3, 32, 32):
            return pixels
    return None


def _is_cifar10(labels: Any) -> bool:
    try:
        numbers = np.asarray(labels)
        return numbers.size > 0 and numbers.dtype.kind in "iu" and int(numbers.max()) < 10
    except ValueError:  # lists of several lengths
        return False


def _labels(leaf: Leaf, labels: Any, n: int) -> np.ndarray:
    numbers = list(labels.ravel().tolist()) if isinstance(labels, np.ndarray) else labels
    if type(numbers) not in (list, tuple):
        raise DataError("{name}: its fine_labels are no list", name=leaf.name)
    if len(numbers) != n:
        raise DataError("{name} has {n} images, but {labels} fine_labels",
                        name=leaf.name, n=n, labels=len(numbers))  # fmt: skip
    for y in numbers:
        if type(y) is not int or not 0 <= y < CLASSES:
            raise DataError("{name}: a label is {label}; 0..99 are expected", name=leaf.name,
                            label=_told(y))  # fmt: skip
    return np.array(numbers, np.uint8)


def _told(value: Any) -> str:
    """A value of a file in a few characters."""
    if type(value) is str:
        return repr(value[:50])
    return str(value) if value is None or type(value) is int else type(value).__name__


def _is_binary(leaf: Leaf, release: Release) -> bool:
    rows, rest = divmod(leaf.size, _ROW)
    known = release.part_of(rows) is not None
    return not rest and rows > 0 and (known or leaf.stem.casefold().endswith(".bin"))


def _of_binary(leaf: Leaf, stream: io.BufferedReader) -> Piece:
    if leaf.size > MOST_OF_FILE:
        raise DataError("{name} is far larger than the files of CIFAR-100", name=leaf.name)
    content = bytearray(leaf.size)
    with memoryview(content) as view:
        done = 0
        while done < len(content):
            got = stream.readinto(view[done : done + (1 << 20)])
            if not got:
                raise cut_short(leaf.name, len(content) - done)
            done += got
    rows = np.frombuffer(content, np.uint8).reshape(-1, _ROW)
    if rows[:, 0].max() >= _COARSE or rows[:, 1].max() >= CLASSES:
        raise DataError("{name} is no archive and no file of images", name=leaf.name)
    pixels = rows[:, 2:].reshape(-1, 3, 32, 32)
    return Piece(pixels, rows[:, 1].copy(), "binary", leaf, (leaf.file,))


def _of_parquet(leaf: Leaf, stream: io.BufferedReader) -> Piece:
    if leaf.size > MOST_OF_FILE:
        raise DataError("{name} is far larger than the files of CIFAR-100", name=leaf.name)
    file = stream if not leaf.wrapping else io.BytesIO(stream.read(leaf.size))
    pixels, labels = read_parquet(file, leaf.name)
    numbers = _labels(leaf, labels, len(pixels))
    return Piece(pixels.transpose(0, 3, 1, 2), numbers, "parquet", leaf, (leaf.file,))
