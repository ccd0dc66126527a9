"""One report of all three parts, built once."""

import pytest
from made import build_full, curve_part, images_part, points_part

from fclab.labs.lab1.lab import Lab1Results


@pytest.fixture(scope="session")
def whole() -> Lab1Results:
    """All three parts, classes chosen directly."""
    points = tuple(points_part(shape) for shape in ("xor", "circles", "moons"))
    return Lab1Results(parts=(curve_part(), *points, images_part()))


@pytest.fixture(scope="session")
def russian(whole):
    """The report of all three parts in Russian, with all appendices."""
    return build_full(whole, "ru")


@pytest.fixture(scope="session")
def english(whole):
    """The report of all three parts in English."""
    return build_full(whole, "en")
