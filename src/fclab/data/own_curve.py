"""A curve of one's own for part 1: points that were drawn, measured or computed elsewhere."""

import math
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from fclab.data.regression import noisy
from fclab.values.dataset import Dataset
from fclab.values.errors import DataError, UsageError
from fclab.values.files import reading
from fclab.values.quantities import MOST_POINTS, check_whole

Point = tuple[float, float]
NAME: Final = "own-curve"
"""Of the dataset."""

MOST: Final = 10_000
"""Points of a curve: they stand in stores and programs."""

_MOST_BYTES: Final = 1 << 20


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
    """Points from a text file: x and y in a line, between them a comma, semicolon, tab or spaces.

    The first line may hold the names of the columns; empty lines do not count. Between anything but
    a comma numbers may have a decimal comma.

    Raises:
        DataError: there is no such file, it is too large, or a line is no pair of numbers.
    """
    with reading(path), path.open("rb") as file:
        content = file.read(_MOST_BYTES + 1)
    if len(content) > _MOST_BYTES:
        raise DataError("{path} is too large for the points of a curve", path=path)
    points: list[Point] = []
    for number, line in enumerate(content.decode("utf-8-sig", "replace").splitlines(), start=1):
        if not line.strip():
            continue
        point = _point(line.strip())
        if point is not None:
            points.append(point)
        elif number > 1:
            raise DataError("{path}, line {number}: not two numbers x, y", path=path, number=number)
    return tuple(points)


def _point(line: str) -> Point | None:
    for separator in (r"\s*[;\t]\s*", r"\s+", r"\s*,\s*"):
        found = re.split(separator, line)
        if len(found) != 2:
            continue
        if separator != r"\s*,\s*":
            found = [text.replace(",", ".") for text in found]
        try:
            x, y = map(float, found)
        except ValueError:
            continue
        return (x, y) if math.isfinite(x) and math.isfinite(y) else None
    return None
