"""A point cloud of one's own for part 2: points of two classes, drawn or measured."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final, Literal, cast

import numpy as np

from fclab.data.binary import CLASSES
from fclab.data.point_files import read_rows
from fclab.values.dataset import Dataset, Split
from fclab.values.errors import DataError, UsageError
from fclab.values.quantities import check_whole

OwnPoint = tuple[float, float, Literal[0, 1]]
"""x, y and the class."""

NAME: Final = "own-cloud"
"""Of the dataset."""

MOST: Final = 10_000
"""Points of a cloud: they stand in stores and programs."""


def own_cloud(points: Sequence[OwnPoint]) -> Dataset:
    """Points of two classes as they are: nothing is scaled, no noise is added.

    There is no second sample of them: the test part is the points themselves.

    Args:
        points: (x, y, class), class 0 or 1; at least one of each.

    Raises:
        UsageError: fewer than 2 points or more than `MOST`, only one class, numbers that are not
            finite in float32.
    """
    check_whole("points of two classes", len(points), 2, MOST)
    given = np.array(points, np.float64)
    largest = np.finfo(np.float32).max
    if given.shape != (len(points), 3) or not (np.abs(given) <= largest).all():
        raise UsageError("the points of a cloud are finite numbers x, y and a class, 0 or 1")
    if set(given[:, 2]) != {0.0, 1.0}:
        raise UsageError("a cloud has points of both classes, 0 and 1")
    split = Split(given[:, :2].astype(np.float32), given[:, 2].astype(np.float32))
    return Dataset(
        name=NAME, task="binary", source="formula", train=split, test=split, class_names=CLASSES
    )


def read_cloud(path: Path) -> tuple[OwnPoint, ...]:
    """Points from a text file: x, y and class in a line, see `fclab.data.point_files.read_rows`.

    Raises:
        DataError: there is no such file, it is too large, or a line is no point of class 0 or 1.
    """
    points: list[OwnPoint] = []
    for number, values in read_rows(path, 3):
        if values is None or values[2] not in (0, 1):
            raise DataError(
                "{path}, line {number}: not two numbers x, y and a class, 0 or 1",
                path=path, number=number,
            )  # fmt: skip
        points.append((values[0], values[1], cast(Literal[0, 1], int(values[2]))))
    return tuple(points)
