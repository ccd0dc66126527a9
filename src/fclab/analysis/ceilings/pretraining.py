"""The best recipe of free weights after pre-training on other classes: fully connected, but with
knowledge from **outside of the task**, so that it cannot be handed in.

A network is trained on the train images of all other classes of CIFAR-100. Then its hidden layers
go on, with a last layer of their own, on the images of the task. How long and at which learning
rates was chosen on held-out parts of train of other sets of classes (docs/accuracy.md).
"""

from collections.abc import Callable, Iterator, Sequence
from threading import Lock
from time import perf_counter
from typing import Final

import numpy as np

from fclab.analysis.ceilings.values import METHODS, Ceiling, Ceilings
from fclab.engines.training import train
from fclab.values.dataset import Dataset, DatasetInfo
from fclab.values.errors import FclabError, UsageError
from fclab.values.model import Weights
from fclab.values.progress import Progress, no_progress
from fclab.values.recipe import FREE, Recipe
from fclab.values.run import Run

FIRST: Final = FREE.replace(pool=1, shift=FREE.shift // FREE.pool, epochs=20, tta="none")
"""On the other classes: the best recipe of free weights (given ones cannot be tied), for images
that are means over squares already."""
THEN: Final = FREE
"""On the images of the task: that recipe as it is, so that only the first weights differ."""
SEED: Final = 0
"""Of the pre-training, which is made once."""

Told = Callable[[int], None]
"""Told how many more epochs are done, from any thread."""


def check_pretraining(info: DatasetInfo) -> None:
    """Whether there are other classes to learn from.

    Raises:
        UsageError: the dataset is not of CIFAR-100.
    """
    if info.source != "cifar100":
        raise UsageError(
            "pre-training needs the other classes of CIFAR-100, and {data} is not of it: leave out "
            "--pretrain",
            data=info.name,
        )


def with_pretraining(
    found: Ceilings,
    dataset: Dataset,
    others: Dataset,
    seeds: int = 3,
    *,
    first: Recipe = FIRST,
    then: Recipe = THEN,
    progress: Progress = no_progress,
) -> Ceilings:
    """The same with what the best recipe reaches after pre-training, in place of an older figure.

    Args:
        found: what the methods reach on the dataset.
        dataset: of the task, three classes of CIFAR-100.
        others: the other classes, see `fclab.data.cifar100.other_classes`.
        seeds: networks that go on from the one pre-training, at least 1.
        first, then: how it is trained on the other classes and on those of the task; the widths of
            last layers do not matter.
        progress: told how many steps are done and expected.

    Raises:
        UsageError: the dataset is not of CIFAR-100.
    """
    check_pretraining(dataset.info)
    started, lock, done = perf_counter(), Lock(), 0
    expected = first.iterations(len(others.train)) + seeds * then.iterations(len(dataset.train))

    def counted(recipe: Recipe, n: int) -> Told:
        def told(epochs: int) -> None:
            nonlocal done
            with lock:
                done += epochs * recipe.iterations_per_epoch(n)
                progress(done, expected)

        return told

    progress(0, expected)
    hidden = pretrained(others, first, counted(first, len(others.train)))
    told = counted(then, len(dataset.train))
    runs = continued(dataset, hidden, range(seeds), then, told)
    line = Ceiling(
        method="pretrained",
        settings={
            "classes": float(others.n_outputs), "images": float(len(others.train)),
            "first_epochs": float(first.epochs), "first_lr": first.lr,
            "epochs": float(then.epochs), "lr": then.lr,
        },
        answers=tuple(tuple(answers_of(run).tolist()) for run in runs),
        seconds=perf_counter() - started,
    )  # fmt: skip
    lines = [*(one for one in found.lines if one.method != line.method), line]
    return Ceilings(  # no copy, which would keep what was computed of the old lines
        fingerprint=found.fingerprint,
        hidden=found.hidden,
        targets=found.targets,
        lines=tuple(sorted(lines, key=lambda one: METHODS.index(one.method))),
        version=found.version,
    )


def pretrained(
    others: Dataset, recipe: Recipe = FIRST, told: Told = lambda epochs: None
) -> Weights:
    """The hidden layers of a network that was trained on other classes, with their norms.

    Args:
        others: as `fclab.data.cifar100.other_classes` gives them; its test part is not learned
            from.
        recipe: how.
        told: told the epochs.

    Raises:
        FclabError: the training diverged.
    """
    recipe = recipe.for_outputs(others.n_outputs)
    (run,) = _healthy(train(others, [recipe], [SEED], progress=told, course=False))
    last = f"fc{len(recipe.layers)}."
    return {name: array for name, array in run.weights.items() if not name.startswith(last)}


def continued(
    dataset: Dataset,
    hidden: Weights,
    seeds: Sequence[int],
    recipe: Recipe = THEN,
    told: Told = lambda epochs: None,
) -> list[Run]:
    """Networks that start from these hidden layers, in the order of their seeds, from which come
    the last layer, the batches, and what is done to the images.

    Args:
        dataset: of the task.
        hidden: as `pretrained` gives them.
        seeds: one for each network.
        recipe: how.
        told: told the epochs.

    Raises:
        UsageError: the hidden layers are those of another recipe. FclabError: a training diverged.
    """
    recipe = recipe.for_outputs(dataset.n_outputs)
    runs = train(dataset, [recipe], seeds, progress=told, initial=hidden, course=False)
    return sorted(_healthy(runs), key=lambda run: run.seed)


def _healthy(runs: Iterator[Run]) -> list[Run]:
    found = list(runs)
    for run in found:
        if run.diverged_at is not None:
            raise FclabError(
                "pre-training diverged in epoch {epoch}, seed {seed}, on {data}",
                epoch=run.diverged_at,
                seed=run.seed,
                data=run.dataset.name,
            )
    return found


def answers_of(run: Run) -> np.ndarray:
    """The classes that a network gives the test images, ``(images,)``."""
    return run.outputs["test"].argmax(axis=1)
