"""The Gram engine: images and SGD, the first layer trained in sample space (docs/engine.md).

The inner products of the images are computed once per dataset and shared by all runs; a run is
then one compiled loop (`loop`), and a run that has the machine for itself shares its large
products out among the cores (`shared`).
"""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Final

import numpy as np

from fclab.engines.compiled.ahead import on_disk, products_fail
from fclab.engines.engine import Engine, Example, beyond_sgd
from fclab.engines.job import Job, Tick
from fclab.engines.threads import in_threads
from fclab.values.dataset import CIFAR_PREPROCESSING, ClassName, Dataset, Split
from fclab.values.recipe import CIFAR, Recipe
from fclab.values.run import Reason, Run

MEMORY_LIMIT: Final = 1 << 30
"""Bytes that the inner products of the images may take at most."""


class GramEngine(Engine):
    """Classifiers of images; runs side by side, or one that has all threads for itself."""

    name = "gram"
    strength = Reason(code="sample_space")

    def refuses(self, dataset: Dataset, recipe: Recipe, device: str) -> Reason | None:
        """Whatever a first layer in sample space cannot do, and where its products cannot be
        compiled."""
        return beyond_sample_space(dataset, recipe, device) or products_fail()

    def train(self, jobs: Sequence[Job], tick: Tick, workers: int) -> Iterator[Run]:
        """Side by side, one thread each; a run that is alone shares its steps out among all."""
        from fclab.engines.gram.training import gram_matrix, train_one

        for job in jobs:  # built once with all cores, before one thread each
            gram_matrix(job.dataset, job.recipe.flip)
        threads = workers if len(jobs) == 1 else 1
        yield from in_threads(partial(train_one, threads=threads), jobs, tick, workers)

    def examples(self) -> tuple[Example, ...]:
        """A few small images of noise."""
        x = np.random.default_rng(0).integers(0, 256, (90, 8, 8, 3), np.uint8)
        y = np.arange(90) % 3
        names = tuple(ClassName(i, str(i), str(i)) for i in range(3))
        train, test = Split(x[:60], y[:60]), Split(x[60:], y[60:])
        data = Dataset("noise", "multiclass", "synthetic", train, test, names, CIFAR_PREPROCESSING)
        return ((data, CIFAR.replace(epochs=2)),)

    def is_compiled(self) -> bool:
        """Whether the loop is on disk."""
        from fclab.engines.gram.loop import train_epochs

        return on_disk(train_epochs)


def beyond_sample_space(dataset: Dataset, recipe: Recipe, device: str) -> Reason | None:
    """What a first layer in sample space cannot do: whatever is not linear in the gradient or
    changes the images at random, but for mirroring them; and the memory that it would need."""
    if dataset.task != "multiclass" or dataset.train.x.ndim != 4:
        return Reason(code="images_only")
    if reason := beyond_sgd(recipe, device, ("relu", "sigmoid", "tanh"), extras=("flip",)):
        return reason
    images = sum(len(split) for split in dataset.splits.values())
    size = 4 * len(dataset.train) * (1 + recipe.flip) * images
    if size > MEMORY_LIMIT:
        return Reason(code="too_many_images", values={"gib": size / 2**30})
    return None
