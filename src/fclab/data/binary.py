"""Part 2 of the lab: two classes of points in the plane."""

from typing import Literal, get_args

import numpy as np

from fclab.values.dataset import ClassName, Dataset, Split
from fclab.values.errors import UsageError
from fclab.values.quantities import MOST_POINTS, check_seed, check_whole
from fclab.values.rng import stream

BinaryShape = Literal["xor", "circles", "moons", "spiral"]
BINARY_SHAPES: tuple[BinaryShape, ...] = get_args(BinaryShape)

# The lab's noise: 0.1 for XOR, 0.025 for the two shapes of scikit-learn.
DEFAULT_NOISE: dict[BinaryShape, float] = {
    "xor": 0.1, "circles": 0.025, "moons": 0.025, "spiral": 0.025,
}  # fmt: skip

CLASSES = (ClassName(0, "class 0", "класс 0"), ClassName(1, "class 1", "класс 1"))


def binary_points(
    shape: BinaryShape = "xor", *, points: int = 1000, noise: float | None = None, seed: int = 0
) -> Dataset:
    """Points of two classes, with noise: XOR of two random bits, circles, moons (lab, part 2), or
    a spiral of two arms of one and a half turns.

    The test part is a second sample of the same size from the same distribution.

    Args:
        shape: "xor", "circles", "moons" or "spiral".
        points: number of points of each part.
        noise: standard deviation; None: the lab's (0.1 for XOR, else 0.025).
        seed: fixes both samples (streams "data" and "test data").

    Raises:
        UsageError: unknown shape, fewer than 2 points or more than 10 million, negative noise, a
            seed that is none.
    """
    if shape not in BINARY_SHAPES:
        raise UsageError(
            "unknown data {shape!r}: choose one of {shapes}",
            shape=shape,
            shapes=", ".join(BINARY_SHAPES),
        )
    check_whole("points of two classes", points, 2, MOST_POINTS)
    check_seed(seed)
    sd = DEFAULT_NOISE[shape] if noise is None else noise
    if not 0 <= sd < np.inf:
        raise UsageError("noise is a standard deviation, 0 or more, not {sd}", sd=sd)
    return Dataset(
        name=shape,
        task="binary",
        source="formula",
        train=_sample(shape, points, sd, stream(seed, "data")),
        test=_sample(shape, points, sd, stream(seed, "test data")),
        class_names=CLASSES,
    )


def _of_scikit_learn(
    shape: BinaryShape, n: int, noise: float, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """``make_circles`` and ``make_moons`` with ``random_state=seed``, to the bit: its datasets
    take a second to import."""
    rng, first = np.random.RandomState(seed), n // 2
    if shape == "circles":
        outer = np.linspace(0, 2 * np.pi, first, endpoint=False)
        inner = np.linspace(0, 2 * np.pi, n - first, endpoint=False)
        along = np.append(np.cos(outer), np.cos(inner) * 0.8)
        up = np.append(np.sin(outer), np.sin(inner) * 0.8)
    else:
        upper, lower = np.linspace(0, np.pi, first), np.linspace(0, np.pi, n - first)
        along = np.append(np.cos(upper), 1 - np.cos(lower))
        up = np.append(np.sin(upper), 1 - np.sin(lower) - 0.5)
    order = np.arange(n)
    rng.shuffle(order)
    x = np.vstack([along, up]).T[order]
    return x + rng.normal(scale=noise, size=x.shape), (order >= first).astype(np.int64)


def _sample(shape: BinaryShape, n: int, noise: float, rng: np.random.Generator) -> Split:
    if shape == "xor":
        bits = rng.integers(2, size=(n, 2))
        x, y = bits + rng.normal(scale=noise, size=bits.shape), bits.sum(axis=1) % 2
    elif shape == "spiral":
        y = rng.permutation(np.arange(n) % 2)
        r = np.sqrt(rng.uniform(0.02, 1, n))
        angle = 3 * np.pi * r + np.pi * y
        x = np.column_stack([r * np.cos(angle), r * np.sin(angle)]) + rng.normal(
            scale=noise, size=(n, 2)
        )
    else:
        x, y = _of_scikit_learn(shape, n, noise, int(rng.integers(2**31)))
    return Split(np.asarray(x, np.float32), np.asarray(y, np.float32))
