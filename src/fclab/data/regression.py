"""Part 1 of the lab: a curve to fit, seen through noise."""

from collections.abc import Callable, Mapping
from typing import Literal, get_args

import numpy as np

from fclab.values.dataset import Dataset, Split
from fclab.values.errors import UsageError
from fclab.values.quantities import MOST_POINTS, check_seed, check_whole
from fclab.values.rng import stream

Target = Literal["sigmoid", "sine", "bump", "parabola", "abs", "step"]

# Each maps [-0.5, 0.5) into about [0, 1], so that the lab's noise and lr suit all of them.
_FORMULAS: Mapping[Target, Callable[[np.ndarray], np.ndarray]] = {
    "sigmoid": lambda x: 1 / (1 + np.exp(-10 * x)),
    "sine": lambda x: (1 + np.sin(2 * np.pi * x)) / 2,
    "bump": lambda x: np.exp(-((x / 0.15) ** 2)),
    "parabola": lambda x: 4 * x**2,
    "abs": lambda x: 2 * np.abs(x),
    "step": lambda x: (x >= 0).astype(float),
}
TARGETS: tuple[Target, ...] = get_args(Target)


def regression_curve(
    target: Target = "sigmoid",
    *,
    points: int = 100,
    repeats: int = 5,
    noise: float = 0.05,
    seed: int = 0,
) -> Dataset:
    """Noisy samples of a curve (lab, part 1).

    x = arange(points)/points − 0.5, each ``repeats`` times; y = target(x) + N(0, noise²).
    The test part is the curve itself: every x once, without noise.

    Args:
        target: which curve.
        points: distinct inputs.
        repeats: noisy targets of each input.
        noise: standard deviation of the noise.
        seed: fixes the noise (stream "data").

    Raises:
        UsageError: unknown target, no points or repeats, more than 10 million in all, negative
            noise, a seed that is none.
    """
    if target not in _FORMULAS:
        raise UsageError(
            "unknown target {target!r}: choose one of {targets}",
            target=target,
            targets=", ".join(TARGETS),
        )
    check_whole("points", points, 1, MOST_POINTS)
    check_whole("repeats", repeats, 1, MOST_POINTS // points)
    grid = np.arange(points) / points - 0.5
    return noisy(target, grid, _FORMULAS[target](grid), repeats, noise, seed)


def noisy(
    name: str, grid: np.ndarray, curve: np.ndarray, repeats: int, noise: float, seed: int
) -> Dataset:
    """Noisy samples of a curve whose values at the ``grid`` are known, both ``(points,)`` float64;
    see `regression_curve`.

    Raises:
        UsageError: negative noise, a seed that is none.
    """
    if not 0 <= noise < np.inf:
        raise UsageError("noise is a standard deviation, 0 or more, not {noise}", noise=noise)
    check_seed(seed)
    x = grid.repeat(repeats)
    y = curve.repeat(repeats) + stream(seed, "data").normal(scale=noise, size=x.size)
    return Dataset(
        name=name,
        task="regression",
        source="formula",
        train=Split(x[:, None].astype(np.float32), y.astype(np.float32)),
        test=Split(grid[:, None].astype(np.float32), curve.astype(np.float32)),
    )
