"""What the lab chooses by looking: the over-fitting epoch, and the best setting of a model."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from fclab.metrics import best_epoch
from fclab.recipe import Recipe
from fclab.run import Run


@dataclass(frozen=True)
class OverfittingEpoch:
    """When over-fitting sets in, over the seeds of a recipe.

    Attributes:
        of_mean: the epoch (from 1) at which the mean loss curve is least. This one is chosen:
            it is the same for all seeds, so the rows that follow stay comparable.
        per_seed: the epoch of least loss of every healthy seed, int64 ``(seeds,)``.
        losses: the mean loss at the chosen epoch, and at the end of training.
    """

    of_mean: int
    per_seed: np.ndarray
    losses: tuple[float, float]


def overfitting_epoch(runs: Sequence[Run], split: str) -> OverfittingEpoch | None:
    """The epoch of least loss of a split ("test" or "valid"); None if every run diverged."""
    healthy = [run.history[f"{split}_loss"] for run in runs if run.diverged_at is None]
    if not healthy:
        return None
    mean = np.mean(healthy, axis=0)
    chosen = best_epoch(mean)
    return OverfittingEpoch(
        of_mean=chosen,
        per_seed=np.array([best_epoch(curve) for curve in healthy]),
        losses=(float(mean[chosen - 1]), float(mean[-1])),
    )


@dataclass(frozen=True)
class Candidate:
    """One setting of a search: stopped at its own over-fitting epoch, and how good it is there.

    Attributes:
        recipe: with ``epochs`` set to the over-fitting epoch.
        loss, accuracy: of the split that is chosen on, mean over the seeds at that epoch.
    """

    recipe: Recipe
    loss: float
    accuracy: float


def best_candidate(trained: Mapping[Recipe, Sequence[Run]], split: str) -> Candidate | None:
    """The setting of least mean loss at its over-fitting epoch; None if all diverged.

    The loss decides and not the accuracy: it moves with every image, so with a few seeds it
    tells settings apart that the accuracy of 300 images cannot.
    """
    candidates = []
    for recipe, runs in trained.items():
        found = overfitting_epoch(runs, split)
        if found is None or any(run.diverged_at is not None for run in runs):
            continue
        at = found.of_mean - 1
        accuracy = float(np.mean([run.history[f"{split}_accuracy"][at] for run in runs]))
        candidates.append(Candidate(recipe.but(epochs=found.of_mean), found.losses[0], accuracy))
    return min(candidates, key=lambda candidate: candidate.loss, default=None)
