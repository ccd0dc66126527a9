"""Pictures in folders of one's own as a dataset: divided, counted, named."""

import hashlib
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np

from fclab.data.own.files import listing
from fclab.data.own.layout import Layout, Part, layout
from fclab.data.own.reading import Left, Picture, Read, read
from fclab.values.arrays import mean_and_std
from fclab.values.dataset import PICTURES, ClassName, Dataset, Preprocessing, Split
from fclab.values.errors import DataError
from fclab.values.pictures import SIDE, TEST_SHARE, Folder, Pictures, Size
from fclab.values.progress import Progress
from fclab.values.text import one_line

FEW = 100
"""Pictures of a class that the homework asks for: with fewer, it is said."""
LEAST_TRAIN, LEAST_TEST = 4, 1
"""Of every class: from 4, 1 can be held out for validation."""


class Class(NamedTuple):
    """What became of the files of a class.

    Attributes:
        name: of the class.
        found: files.
        train, test: pictures that are used.
        left: files that cannot be used.
        repeated: names of pictures that the class has already.
        sizes: width and height of the pictures with the fewest and most pixels; empty without any.
    """

    name: str
    found: int
    train: int
    test: int
    left: tuple[Left, ...]
    repeated: tuple[str, ...]
    sizes: tuple[Size, ...]

    @property
    def used(self) -> int:
        """Pictures in the dataset."""
        return self.train + self.test


Classes = tuple[tuple[Picture, ...], ...]
"""Pictures that are used, of each class."""


@dataclass(frozen=True, eq=False)
class Own:
    """What a folder holds, and the dataset that it makes.

    Attributes:
        folder: where it is, and how it is read.
        classes: of each what was found.
        layout: which folders they lie in.
        chosen: the pictures of train and of test.
    """

    folder: Folder
    classes: tuple[Class, ...]
    layout: Layout
    chosen: Mapping[Part, Classes]

    @property
    def few(self) -> tuple[Class, ...]:
        """The classes with fewer pictures than the homework asks for."""
        return tuple(one for one in self.classes if one.used < FEW)

    @cached_property
    def in_both(self) -> tuple[str, ...]:
        """Names of pictures that lie in both train and test."""
        return _shared((part, one) for part, _, one in self._used())

    @cached_property
    def in_two_classes(self) -> tuple[str, ...]:
        """Names of pictures that lie in two classes."""
        return _shared((str(label), one) for _, label, one in self._used())

    @cached_property
    def dataset(self) -> Dataset:
        """The pictures that are used.

        Raises:
            DataError: a class has too few of them.
        """
        _check(self.folder, self.classes)
        sizes = [size for one in self.classes for size in one.sizes]
        pictures = Pictures(
            folder=self.folder,
            divided=self.layout.divided,
            found=sum(one.found for one in self.classes),
            unread=sum(len(one.left) for one in self.classes),
            repeated=sum(len(one.repeated) for one in self.classes),
            in_both=len(self.in_both),
            in_two_classes=len(self.in_two_classes),
            smallest=min(sizes, key=_pixels),
            largest=max(sizes, key=_pixels),
        )
        train, test = (_split(self.chosen[part]) for part in ("train", "test"))
        mean, std = mean_and_std(train.x)
        names = self.layout.classes
        return Dataset(
            name=data_name(self.folder),
            task="multiclass",
            source=PICTURES,
            train=train,
            test=test,
            class_names=tuple(ClassName(i, name, name) for i, name in enumerate(names)),
            preprocessing=Preprocessing(scale=255.0, mean=mean, std=std, layout="HWC"),
            labels=names,
            pictures=pictures,
        )

    def _used(self) -> Iterator[tuple[str, int, Picture]]:
        for part, classes in self.chosen.items():
            for label, of in enumerate(classes):
                yield from ((part, label, one) for one in of)


def read_own(folder: Folder, progress: Progress | None = None) -> Own:
    """The pictures of a folder.

    Every picture is turned as its EXIF says, laid over white, cut to its centred square and made as
    small as ``folder.side``. A picture that a class has already, pixel by pixel, is left out. Where
    train and test have no folders of their own, a fifth of each class becomes test: those whose
    order, the SHA-256 of the seed and of the file's content, is least, so that neither names nor
    the system decide, and a picture that is added moves hardly any other one.

    Args:
        folder: where they are, and how they are read.
        progress: told the files read and in all.

    Raises:
        DataError: no such folder, no classes in it, too many files.
    """
    place = Path(folder.place)
    with listing(place) as there:
        found = layout(place, there)
        entries = [entry for part in found.files.values() for of in part for entry in of]
        told = read(place, entries, folder.side, progress)
    single = {
        part: tuple(_single(told, [entry.name for entry in of], folder.seed) for of in classes)
        for part, classes in found.files.items()
    }
    chosen = single if found.divided else _divided(single["all"])
    classes = tuple(_class(told, found, label, chosen) for label in range(len(found.classes)))
    return Own(folder, classes, found, chosen)


def own_images(place: str | Path, size: int = SIDE, seed: int = 0) -> Dataset:
    """Pictures of one's own: a folder for each class, or ``train`` and ``test`` with such folders.

    Args:
        place: the folder, or a zip of it.
        size: pixels of a side of every image, 4 to 256.
        seed: of the division into train and test, where the folder has none.

    Raises:
        DataError: see `read_own`.
    """
    return read_own(folder_at(place, size, seed)).dataset


def folder_at(place: str | Path, side: int = SIDE, seed: int = 0) -> Folder:
    """A folder by its path, wherever a later command is started from.

    Raises:
        DataError: its path is no text.
    """
    path = os.path.abspath(Path(place).expanduser())  # noqa: PTH100 (links stay as they are named)
    try:
        path.encode()
    except UnicodeEncodeError as error:
        raise DataError(
            "{path}: a path with letters of another encoding cannot be kept: rename the folder",
            path=repr(path),
        ) from error
    return Folder(place=path, side=side, seed=seed)


def data_name(folder: Folder) -> str:
    """The name of the dataset, for people and files: pictures-PHOTOS, pictures-PHOTOS-64."""
    path = Path(folder.place)
    stem = path.stem if path.suffix.lower() == ".zip" else path.name
    try:
        plain = re.sub(r"[^\w-]+", "-", one_line(stem)).strip("-_")[:40]
    except ValueError:
        plain = ""
    side = "" if folder.side == SIDE else f"-{folder.side}"
    return f"{PICTURES}-{plain or 'own'}{side}"


def _pixels(size: Size) -> tuple[int, int, int]:
    return size[0] * size[1], *size


def _single(told: Read, names: Sequence[str], seed: int) -> tuple[Picture, ...]:
    """The pictures of a class, each once, in the order of the seed and their content."""
    there = [one for name in names if isinstance(one := told[name], Picture)]
    there.sort(key=lambda one: (_draw(seed, one.content), one.entry.name))
    once = {one.pixels.tobytes(): one for one in reversed(there)}
    return tuple(one for one in there if once[one.pixels.tobytes()] is one)


def _draw(seed: int, content: bytes) -> bytes:
    return hashlib.sha256(f"{seed}:".encode() + content).digest()


def _divided(classes: Classes) -> dict[Part, Classes]:
    shares = [round(TEST_SHARE * len(of)) for of in classes]
    pairs = list(zip(classes, shares, strict=True))
    return {
        "train": tuple(of[n:] for of, n in pairs),
        "test": tuple(of[:n] for of, n in pairs),
    }


def _class(told: Read, found: Layout, label: int, chosen: Mapping[Part, Classes]) -> Class:
    entries = [entry for part in found.files.values() for entry in part[label]]
    used = [one for part in chosen.values() for one in part[label]]
    taken = {one.entry.name for one in used}
    became = [told[entry.name] for entry in entries]
    sizes = sorted((one.size for one in used), key=_pixels)
    return Class(
        name=found.classes[label],
        found=len(entries),
        train=len(chosen["train"][label]),
        test=len(chosen["test"][label]),
        left=tuple(one for one in became if isinstance(one, Left)),
        repeated=tuple(
            one.entry.name for one in became
            if isinstance(one, Picture) and one.entry.name not in taken
        ),
        sizes=tuple(dict.fromkeys((*sizes[:1], *sizes[-1:]))),
    )  # fmt: skip


def _check(folder: Folder, classes: Sequence[Class]) -> None:
    """Refuse what cannot be divided.

    Raises:
        DataError: a class has too few pictures.
    """
    for one in classes:
        if one.train < LEAST_TRAIN or one.test < LEAST_TEST:
            raise DataError(
                "{path}: too few pictures of the class {name}: {train} for train and {test} for "
                "test; at least {least} and {least_test} are needed, {few} in all are asked for",
                path=folder.place, name=one.name, train=one.train, test=one.test,
                least=LEAST_TRAIN, least_test=LEAST_TEST, few=FEW,
            )  # fmt: skip


def _shared(pairs: Iterable[tuple[str, Picture]]) -> tuple[str, ...]:
    """Names of the pictures that lie in two places."""
    places: dict[bytes, tuple[str, set[str]]] = {}
    for place, one in pairs:
        places.setdefault(one.pixels.tobytes(), (one.entry.name, set()))[1].add(place)
    return tuple(name for name, there in places.values() if len(there) > 1)


def _split(classes: Sequence[Sequence[Picture]]) -> Split:
    x = np.stack([one.pixels for of in classes for one in of])
    y = np.repeat(np.arange(len(classes)), [len(of) for of in classes])
    return Split(x, y.astype(np.int64))
