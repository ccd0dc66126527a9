"""What trained networks say about the difficulty of their classes."""

import math
from collections.abc import Mapping, Sequence

import numpy as np

from fclab.analysis.ceilings.values import Ceilings
from fclab.course.atlas.values import Classes, Difficulty, Estimate, Hardest
from fclab.statistics import accuracy_over_images, accuracy_over_seeds
from fclab.statistics.binomial import ALPHA
from fclab.statistics.distributions import t_quantile
from fclab.statistics.seeds import SeedMean, mean_over_seeds
from fclab.values.errors import FclabError
from fclab.values.run import Run

_FINGERPRINT = 12
"""Digits of a dataset's fingerprint that are kept: enough to tell 161 700 of them apart."""


def difficulty_of(base: Sequence[Run]) -> Difficulty:
    """The difficulty of three classes, out of runs of one dataset by the lab's recipe.

    Raises:
        FclabError: a run diverged.
    """
    for run in base:
        if run.diverged_at is not None:
            raise FclabError(
                "the network of seed {seed} on {name} diverged in epoch {epoch}: lower the "
                "learning rate",
                seed=run.seed, name=run.dataset.name, epoch=run.diverged_at,
            )  # fmt: skip
    data, epochs = base[0].dataset, [run.overfitting_epoch for run in base]
    first, second, third = (name.number for name in data.class_names)
    return Difficulty(
        classes=(first, second, third),
        source="trained",
        seeds=len(base),
        test=_accuracy(base, "test"),
        train=_accuracy(base, "train"),
        epoch=_estimate(mean_over_seeds(epochs, within=(1, base[0].recipe.epochs), step=1)),
        hardest=_hardest(base),
        fingerprint=data.fingerprint[:_FINGERPRINT],
    )


def with_reach(
    difficulties: Sequence[Difficulty], reached: Mapping[Classes, Sequence[float]]
) -> tuple[Difficulty, ...]:
    """The same with the accuracy of the best recipe, where it is known.

    Two networks alone tell little about how far networks spread, all of them together a lot: the
    spread from seed to seed is pooled over all classes (the lab's rows differ little in it), and
    the interval is Student's with the degrees of freedom of them all.

    Args:
        difficulties: of any classes.
        reached: accuracies on test images, 0 to 1, one for each seed.
    """
    samples = {classes: 100 * np.asarray(found) for classes, found in reached.items() if len(found)}
    df = sum(len(found) - 1 for found in samples.values())
    spread = sum(float(((found - found.mean()) ** 2).sum()) for found in samples.values())
    sd = math.sqrt(spread / df) if df else math.inf
    quantile = float(t_quantile(1 - ALPHA / 2, df)) if df else math.inf
    return tuple(
        one if one.classes not in samples else _reaching(one, samples[one.classes], sd * quantile)
        for one in difficulties
    )


def with_ceilings(
    difficulties: Sequence[Difficulty], measured: Mapping[Classes, Ceilings]
) -> tuple[Difficulty, ...]:
    """The same with what other methods reach, where it was measured.

    Args:
        difficulties: of any classes.
        measured: the methods' answers.
    """

    def of(found: Ceilings) -> dict[str, Estimate]:
        tables = {name: accuracy_over_images(table) for name, table in found.correct.items()}
        return {
            name: Estimate(mean=100 * one.mean, low=100 * one.low, high=100 * one.high)
            for name, one in tables.items()
        }

    return tuple(
        one.model_copy(update={"ceilings": of(measured[one.classes])})
        if one.classes in measured
        else one
        for one in difficulties
    )


def _reaching(difficulty: Difficulty, found: np.ndarray, reach: float) -> Difficulty:
    mean, margin = float(found.mean()), reach / math.sqrt(len(found))
    estimate = Estimate(mean=mean, low=max(0.0, mean - margin), high=min(100.0, mean + margin))
    return difficulty.model_copy(update={"reach": estimate, "reach_seeds": len(found)})


def _accuracy(runs: Sequence[Run], part: str) -> Estimate:
    accuracies = [run.metrics[f"{part}_accuracy"] for run in runs]
    return _percent(accuracy_over_seeds(accuracies, runs[0].dataset.sizes[part]))


def _hardest(runs: Sequence[Run]) -> Hardest:
    """The class of the least recall on average over the seeds."""
    matrices = np.array([run.confusion("test") for run in runs])
    images = matrices.sum(axis=2)
    recalls = matrices.diagonal(axis1=1, axis2=2) / images
    least = int(recalls.mean(axis=0).argmin())
    found = accuracy_over_seeds(recalls[:, least], int(images[0, least]))
    number = runs[0].dataset.class_names[least].number
    return Hardest(number=number, recall=_percent(found))


def _percent(found: SeedMean) -> Estimate:
    return _estimate(found, 100)


def _estimate(found: SeedMean, scale: float = 1) -> Estimate:
    return Estimate(mean=scale * found.mean, low=scale * found.low, high=scale * found.high)
