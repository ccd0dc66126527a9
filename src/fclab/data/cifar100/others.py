"""The train images of the classes that a task does not have: knowledge from outside of it."""

from collections.abc import Iterable

import numpy as np

from fclab.data.cifar100.places import Source
from fclab.data.cifar100.release import SHAPE
from fclab.values.dataset import CIFAR_PREPROCESSING, Dataset, Split
from fclab.values.errors import UsageError
from fclab.values.names import CLASS_NAMES, distinct_classes
from fclab.values.progress import Progress

SIDE = 2
"""Pixels of a side of the squares that become one pixel."""
HELD_OUT = 100
"""One in so many images is held out."""
_BLOCK = 1000  # images at a time


def other_classes(
    source: Source, numbers: Iterable[int], *, progress: Progress | None = None
) -> Dataset:
    """The train images of all classes but these, as means over 2 × 2 pixels (uint8, 16 × 16 × 3,
    rounded): what the first layer of `fclab.values.recipe.BEST` sees of an image that nothing is
    done to, in a quarter of the memory.

    No test image of CIFAR-100 is looked at: ``test`` is one in `HELD_OUT` of the train images of
    each class, in the order of the files.

    Args:
        source: as `fclab.data.cifar100.find` returns it.
        numbers: two or more class numbers of the task, 0..99.
        progress: called with bytes read and in all, if the images are read now.

    Raises:
        UsageError: a class does not exist or is named twice, or fewer than two classes are left.
        DataError: the source has changed.
    """
    task = distinct_classes(numbers)
    piece = source.images(progress).parts["train"]
    left = np.flatnonzero(~np.isin(piece.labels, task))
    others, y = np.unique(piece.labels[left], return_inverse=True)
    if len(others) < 2:
        raise UsageError("pre-training needs two other classes at least")
    height, width, channels = SHAPE
    x = np.empty((len(left), height // SIDE, width // SIDE, channels), np.uint8)
    for start in range(0, len(left), _BLOCK):
        block = slice(start, start + _BLOCK)
        x[block] = _halved(piece.pixels[left[block]])
    held = np.zeros(len(left), bool)
    for label in range(len(others)):
        held[np.flatnonzero(y == label)[::HELD_OUT]] = True
    whole = Split(x, y.astype(np.int64))
    return Dataset(
        name="cifar100-others-of-" + "-".join(map(str, task)),
        task="multiclass",
        source="other" if source.other is not None else "cifar100",
        train=whole[~held],
        test=whole[held],
        class_names=tuple(CLASS_NAMES[number] for number in others),
        preprocessing=CIFAR_PREPROCESSING,
    )


def _halved(pixels: np.ndarray) -> np.ndarray:
    """Means over squares, rounded half up.

    Args:
        pixels: uint8 ``(n, channels, height, width)``.

    Returns:
        uint8 ``(n, height / 2, width / 2, channels)``.
    """
    n, channels, height, width = pixels.shape
    squares = pixels.reshape(n, channels, height // SIDE, SIDE, width // SIDE, SIDE)
    sums = squares.sum(axis=(3, 5), dtype=np.uint16)
    return ((sums + SIDE**2 // 2) // SIDE**2).astype(np.uint8).transpose(0, 2, 3, 1)
