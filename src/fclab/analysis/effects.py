"""What a move did to the training of a row: losses, the gap, the epoch of least loss, and how far
the networks of the row ended from those of its parent. Descriptions; verdicts are the study's.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from fclab.engines.job import initial_weights
from fclab.statistics import SeedDifference, SeedMean, compare_over_seeds, mean_over_seeds
from fclab.study.table import Line
from fclab.values.metrics import best_epoch
from fclab.values.recipe import Recipe
from fclab.values.run import Run

QUANTITIES: Mapping[str, Callable[[Run], float]] = {
    "train_loss": lambda run: run.metrics["train_loss"],
    "test_loss": lambda run: run.metrics["test_loss"],
    "gap": lambda run: run.metrics["train_accuracy"] - run.metrics["test_accuracy"],
    "epoch": lambda run: best_epoch(run.history["test_loss"]),
}
"""What is measured of a run: losses at its end, accuracy on train less that on test, and the epoch
(from 1) of least test loss."""


def measured(line: Line, quantity: str) -> SeedMean | None:
    """One of `QUANTITIES` over the seeds of a row; None without a healthy run."""
    if not line.runs:
        return None
    return mean_over_seeds([QUANTITIES[quantity](run) for run in line.runs])


def mean(line: Line, quantity: str) -> float:
    """One of `QUANTITIES`, the mean over the healthy runs of a row that has some."""
    return float(np.mean([QUANTITIES[quantity](run) for run in line.runs]))


def change(line: Line, quantity: str) -> SeedDifference | None:
    """One of `QUANTITIES` against the parent, paired by seed; None where there is nothing to
    compare."""
    if not line.runs or line.parent is None or not line.parent.runs:
        return None
    of = QUANTITIES[quantity]
    return compare_over_seeds(
        [of(run) for run in line.runs],
        [of(run) for run in line.parent.runs],
        seeds=[run.seed for run in line.runs],
        parent_seeds=[run.seed for run in line.parent.runs],
    )


@dataclass(frozen=True)
class Apart:
    """Where the networks of a row ended, seed by seed, beside those of its parent.

    Attributes:
        distance: between the two in the space of weights, as a share of the way that the parent's
            went from the common initial weights.
        same_answers: share of the test images that both answer alike.
    """

    distance: float
    same_answers: float


def apart(line: Line) -> Apart | None:
    """The means over the common seeds; None for other layers, other initial weights, no seed, or
    runs whose weights were neither kept nor measured (`fclab.analysis.measures`)."""
    parent = line.parent
    if parent is None or not same_start(line.recipe, parent.recipe):
        return None
    before = {run.seed: run for run in parent.runs}
    pairs = [(run, before[run.seed]) for run in line.runs if run.seed in before]
    found: list[tuple[float, float]] = []
    for run, other in pairs:
        distance = _distance(run, other)
        if distance is None:
            return None
        same = float((run.answers("test") == other.answers("test")).mean())
        found.append((distance, same))
    if not found:
        return None
    distance, same = np.mean(found, axis=0)
    return Apart(float(distance), float(same))


def same_start(recipe: Recipe, other: Recipe) -> bool:
    """Whether both recipes start from the same initial weights and mean the same by them."""
    fields = ("layers", "activation", "init", "init_scale", "norm", "pool", "locality", "tied")
    return all(getattr(recipe, name) == getattr(other, name) for name in fields)


def distance_name(other: Run) -> str:
    """The name among `Run.measures` of how far a run ended from another one of its seed."""
    return f"distance/{other.recipe.key}"


def distance_to(run: Run, other: Run) -> float:
    """How far a run ended from another one of its seed: see `Apart.distance`."""
    start = initial_weights(run.recipe, run.dataset.n_inputs, run.seed)
    names = [name for name in start if name in run.weights]
    way = _length([other.weights[name] - start[name] for name in names])
    between = _length([run.weights[name] - other.weights[name] for name in names])
    return between / way if way else 0.0


def _distance(run: Run, other: Run) -> float | None:
    """As it was measured, else from the weights; None without either."""
    known = run.measures.get(distance_name(other))
    if known is None and run.weights and other.weights:
        return distance_to(run, other)
    return known


def _length(arrays: Sequence[np.ndarray]) -> float:
    return float(np.sqrt(sum(float((array.astype(np.float64) ** 2).sum()) for array in arrays)))
