"""What the lab chooses by looking: the over-fitting epoch, and the best setting of a model."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from fclab.values.metrics import best_epoch
from fclab.values.recipe import Recipe
from fclab.values.rng import stream
from fclab.values.run import Run

_DRAWS = 1000
"""Draws of seeds from which it follows how sure a choice is: shares of them, to a point or two."""


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
    """The epoch of least loss of a split ("test" or "valid"); None if every run diverged, or none
    looked at the split while it was trained."""
    name = f"{split}_loss"
    healthy = [run.history[name] for run in runs if run.diverged_at is None and name in run.history]
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
        trained: the recipe that was trained, beyond that epoch if there is over-fitting.
        loss, accuracy: of the split that is chosen on, mean over the seeds at that epoch.
    """

    recipe: Recipe
    trained: Recipe
    loss: float
    accuracy: float


def ranked(trained: Mapping[Recipe, Sequence[Run]], split: str) -> list[Candidate]:
    """The settings by their mean loss at their over-fitting epochs, the least one first.

    A setting that diverged on any seed is left out. The loss decides and not the accuracy: it
    moves with every image, so with a few seeds it tells settings apart that the accuracy of 300
    images cannot.
    """
    candidates = []
    for recipe, runs in trained.items():
        found = overfitting_epoch(runs, split)
        if found is None or any(run.diverged_at is not None for run in runs):
            continue
        at = found.of_mean - 1
        accuracy = float(np.mean([run.history[f"{split}_accuracy"][at] for run in runs]))
        stopped = recipe.replace(epochs=found.of_mean)
        candidates.append(Candidate(stopped, recipe, found.losses[0], accuracy))
    return sorted(candidates, key=lambda candidate: candidate.loss)


def best_candidate(trained: Mapping[Recipe, Sequence[Run]], split: str) -> Candidate | None:
    """The setting of least mean loss at its over-fitting epoch; None if all diverged."""
    return next(iter(ranked(trained, split)), None)


def certainty(curves: Sequence[np.ndarray]) -> float:
    """How sure it is that the first setting has the least loss of some.

    The seeds are drawn with replacement, the same for all settings, and the choice, over-fitting
    epochs included, is made anew.

    Args:
        curves: losses by epoch of every setting, ``(seeds, epochs)`` each, of the same seeds.

    Returns:
        Share of the draws in which the first setting is chosen.
    """
    seeds = len(curves[0])
    draw = stream(0, "certainty")
    times = draw.multinomial(seeds, np.full(seeds, 1 / seeds), size=_DRAWS)
    return _wins(curves, times / seeds)


def chosen_by_few(curves: Sequence[np.ndarray], few: int) -> float:
    """How often a few of the seeds would choose the first of some settings.

    Args:
        curves: as for `certainty`.
        few: seeds that are drawn, without replacement.

    Returns:
        Share of the draws in which the first setting is chosen.
    """
    seeds = len(curves[0])
    draw = stream(0, "chosen by few")
    order = draw.permuted(np.tile(np.arange(seeds), (_DRAWS, 1)), axis=1)
    return _wins(curves, (order < few) / few)


def _wins(curves: Sequence[np.ndarray], weights: np.ndarray) -> float:
    losses = np.array([(weights @ curve).min(axis=1) for curve in curves])
    return float((losses.argmin(axis=0) == 0).mean())
