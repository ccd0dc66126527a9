"""The chosen classes of CIFAR-100 as a dataset, the way the lab's notebook picks them."""

from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np

from fclab.data.cifar100.copies import Arrays, keep_copy, read_copy
from fclab.data.cifar100.places import Source, absent, find
from fclab.data.cifar100.reading import Images
from fclab.data.cifar100.release import OFFICIAL, PARTS, Release
from fclab.values.dataset import CIFAR_PREPROCESSING, OTHER, Dataset, Split
from fclab.values.errors import DataError
from fclab.values.names import CLASS_NAMES, distinct_classes
from fclab.values.progress import Progress

_MOST_IN_NAME = 10


def load(
    classes: Iterable[int],
    data: str | Path | None = None,
    cache: bool = True,
    *,
    accept_other: bool = False,
    release: Release = OFFICIAL,
) -> Dataset:
    """The images of the chosen classes (lab, part 3, "Чтение тренировочной и тестовой выборки").

    Images are uint8, height × width × channel, in the order of the files; labels are int64: the
    least class number becomes 0, the next 1, and so on, whatever the order they are named in.
    Whatever they were packed in, the images of CIFAR-100 are the same dataset.

    Args:
        classes: two or more distinct class numbers, 0..99.
        data: a folder or archive in any form (docs/images.md); default: see `find`.
        cache: keep the chosen images, so that the next call need not read 186 MB; the copy is
            not used once the source changes. A cache that cannot be written is no error.
        accept_other: take what ``data`` names also if its images are not those of CIFAR-100; the
            dataset has another name and source then, and every result says so.
        release: what is looked for.

    Raises:
        UsageError: a class out of range or named twice, fewer than two; ``data`` does not exist.
        DataError: there is no CIFAR-100, or something else is there; the message says what.
    """
    numbers = distinct_classes(classes)
    source = find(data, accept_other=accept_other, cache=cache, release=release)
    if source is None:
        raise absent()
    return chosen(source, numbers, cache=cache)


def chosen(
    source: Source,
    numbers: tuple[int, ...],
    *,
    cache: bool = True,
    progress: Progress | None = None,
) -> Dataset:
    """The images of some classes of a source that was found.

    Args:
        source: as `find` returns it.
        numbers: ascending class numbers.
        cache: see `load`.
        progress: called with bytes read and in all, if they are read now.

    Raises:
        DataError: the source has changed, or has no images of a class in one of its parts.
    """
    arrays = read_copy(source.content, numbers) if cache else None
    if arrays is None:
        arrays = _choose(source.images(progress), numbers)
        if cache:
            keep_copy(source.content, numbers, arrays)
    return _dataset(source, numbers, arrays)


def chooser(source: Source, progress: Progress | None = None) -> Callable[[Iterable[int]], Dataset]:
    """Gives the datasets of many sets of classes out of one reading of all images, which stay in
    memory (186 MB); nothing is kept on the disk.

    Args:
        source: as `find` returns it.
        progress: called with bytes read and in all, if they are read now.

    Raises:
        DataError: see `chosen`, whose datasets it gives; so does the function.
    """
    images = source.images(progress)

    def choose(classes: Iterable[int]) -> Dataset:
        numbers = distinct_classes(classes)
        return _dataset(source, numbers, _choose(images, numbers))

    return choose


def _dataset(source: Source, numbers: tuple[int, ...], arrays: Arrays) -> Dataset:
    few = len(numbers) <= _MOST_IN_NAME
    other = source.other is not None
    what = "other-cifar100" if other else "cifar100"
    return Dataset(
        name="-".join(map(str, (what, *numbers))) if few else f"{what}-{len(numbers)}",
        task="multiclass",
        source=OTHER if other else "cifar100",
        train=Split(arrays["train_x"], arrays["train_y"]),
        test=Split(arrays["test_x"], arrays["test_y"]),
        class_names=tuple(CLASS_NAMES[number] for number in numbers),
        preprocessing=CIFAR_PREPROCESSING,
    )


def _choose(images: Images, numbers: tuple[int, ...]) -> Arrays:
    arrays: dict[str, np.ndarray] = {}
    for name in PARTS:
        piece = images.parts[name]
        for number in numbers:
            if not np.any(piece.labels == number):
                raise DataError("{path}: {part} has no image of class {number}", path=images.path,
                                part=name, number=number)  # fmt: skip
        which = np.isin(piece.labels, numbers)
        arrays[f"{name}_x"] = np.ascontiguousarray(piece.pixels[which].transpose(0, 2, 3, 1))
        arrays[f"{name}_y"] = np.searchsorted(numbers, piece.labels[which]).astype(np.int64)
    return arrays
