"""A curve of one's own for part 1: points that were drawn, measured or computed elsewhere."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from fclab.data.point_files import read_rows
from fclab.data.regression import noisy
from fclab.values.dataset import Dataset
from fclab.values.errors import DataError, UsageError
from fclab.values.quantities import MOST_POINTS, check_whole

Point = tuple[float, float]
NAME: Final = "own-curve"
"""Of the dataset."""

MOST: Final = 10_000
"""Points of a curve: they stand in stores and programs."""


def own_curve(
    points: Sequence[Point], *, repeats: int = 5, noise: float = 0.05, seed: int = 0
) -> Dataset:
    """Noisy samples of a curve that is known at some points.

    As with the curves of the lab, every x comes ``repeats`` times with y + N(0, noise²), and the
    test part is the points themselves. Nothing is scaled: the lab's learning rate and first
    weights suit x in [−0.5, 0.5] and y in about [0, 1].

    Args:
        points: (x, y), at least two; they are put in the order of x.
        repeats, noise, seed: as of `fclab.data.regression_curve`.

    Raises:
        UsageError: fewer than 2 points or more than `MOST`, numbers that are not finite in
            float32, and as of `fclab.data.regression_curve`.
    """
    check_whole("points", len(points), 2, MOST)
    check_whole("repeats", repeats, 1, MOST_POINTS // len(points))
    given = np.array(points, np.float64)
    largest = np.finfo(np.float32).max
    if given.shape != (len(points), 2) or not (np.abs(given) <= largest).all():
        raise UsageError("the points of a curve are pairs of finite numbers x, y")
    x, y = given[np.argsort(given[:, 0], kind="stable")].T
    return noisy(NAME, x, y, repeats, noise, seed)


def read_points(path: Path) -> tuple[Point, ...]:
    """Points from a text file: x and y in a line, see `fclab.data.point_files.read_rows`.

    Raises:
        DataError: there is no such file, it is too large, or a line is no pair of numbers.
    """
    points: list[Point] = []
    for number, values in read_rows(path, 2):
        if values is None:
            raise DataError("{path}, line {number}: not two numbers x, y", path=path, number=number)
        points.append((values[0], values[1]))
    return tuple(points)
