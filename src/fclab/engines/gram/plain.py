"""The Gram engine in plain NumPy: what docs/engine.md derives, as a loop read in one sitting.

It trains where Numba does not work, and is the second oracle of the compiled engine. Mirror images
of the training images, where the recipe flips, are images like the others.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache, partial
from typing import NamedTuple

import numpy as np
from scipy.special import softmax

from fclab.engines.engine import Engine
from fclab.engines.finish import timed_run
from fclab.engines.gram.engine import beyond_sample_space
from fclab.engines.job import Job, Tick, initial_weights
from fclab.engines.recorder import Recorder
from fclab.engines.threads import in_threads
from fclab.values.dataset import Dataset
from fclab.values.metrics import losses
from fclab.values.model import Weights, activate
from fclab.values.recipe import Recipe
from fclab.values.rng import batch_orders, flips
from fclab.values.run import Reason, Run


class PlainGramEngine(Engine):
    """All that the compiled engine trains, several times slower."""

    name = "gram_numpy"
    strength = Reason(code="sample_space_numpy")

    def refuses(self, dataset: Dataset, recipe: Recipe, device: str) -> Reason | None:
        """What the compiled engine refuses, but for want of Numba."""
        return beyond_sample_space(dataset, recipe, device)

    def train(self, jobs: Sequence[Job], tick: Tick, workers: int) -> Iterator[Run]:
        """Side by side: NumPy lets go of the GIL in its products."""
        for job in jobs:  # once for all of them, and in nobody's time
            images_of(job.dataset, job.recipe.flip)
        return in_threads(partial(timed_run, train), jobs, tick, workers)


@np.errstate(all="ignore")  # a diverging network
def train(job: Job, tick: Tick) -> Recorder:
    """SGD on P = X_all·Wᵀ + b and on the layers above; W itself is never there.

    W = s·W₀ + AᵀX: what a step does to W, to A and to P follows from one δ by the same rule, so
    momentum and L2 need no word of their own.
    """
    recipe, images = job.recipe, images_of(job.dataset, job.recipe.flip)
    n, y, mean = len(job.dataset.train), job.dataset.train.y, recipe.reduction == "mean"
    first = initial_weights(recipe, images.x.shape[1], job.seed)
    p = images.x @ first["fc1.weight"].T + first["fc1.bias"]
    a, s = np.zeros((len(images.products), p.shape[1]), np.float32), np.ones(1, np.float32)
    upper = [first[name] for name in first if not name.startswith("fc1.")]  # W, b, W, b, ...
    moving = [p, a, s, *upper]
    velocities = [np.zeros_like(array) for array in moving]
    rates = iter(recipe.learning_rates(n).astype(np.float32))
    recorder = Recorder(
        job, tick, lambda split: forward(recipe, upper, p[images.places[split]])[-1],
        lambda: dict(zip(("a", "s", *list(first)[2:]), map(np.copy, moving[1:]), strict=True)),
        partial(in_weight_space, images, first),
    )  # fmt: skip
    for order in batch_images(job):
        total = 0.0
        for batch in np.split(order, range(recipe.batch(n), n, recipe.batch(n))):
            seen = forward(recipe, upper, p[batch])
            loss, delta = loss_and_delta(seen[-1], y[batch % n])
            delta, gradients = backward(recipe, upper, seen, delta / (len(batch) if mean else 1))
            to_a = np.zeros_like(a)
            to_a[batch] = delta  # W moves along the images of the batch, ...
            to_p = images.products[batch].T @ delta  # ... and P by their products with all images
            sgd_step(recipe, next(rates), moving, [to_p, to_a, 0 * s, *gradients], velocities)
            total += loss
        recorder.epoch(running_loss=total / n)
        if recorder.over:
            break
    return recorder


class SharedImages(NamedTuple):
    """What all runs on one dataset share.

    Attributes:
        x: all images ``(images, D)``: those of train, their mirror images if there are flips, then
            the other splits.
        places: where each split is among them.
        products: K ``(N or 2N, images)``: inner products of those to train on with all, and 1 for
            the input of the bias, which is 1 for every image.
    """

    x: np.ndarray
    places: dict[str, slice]
    products: np.ndarray


@lru_cache(maxsize=3)
def images_of(dataset: Dataset, flip: bool) -> SharedImages:
    """The images of a dataset and their inner products; the last few are kept."""
    parts = dict(dataset.inputs)
    if flip:
        shape = dataset.train.x.shape
        mirrored = parts["train"].reshape(shape)[:, :, ::-1].reshape(len(dataset.train), -1)
        parts = {"train": parts.pop("train"), "mirrored": mirrored, **parts}
    x, places, end = np.concatenate(list(parts.values())), {}, 0
    for name, part in parts.items():
        places[name] = slice(end, end := end + len(part))
    return SharedImages(x, places, x[: (1 + flip) * len(dataset.train)] @ x.T + 1)


def batch_images(job: Job) -> Iterator[np.ndarray]:
    """The images of every epoch in the order of its batches: i, or i + N for its mirror image."""
    recipe, n = job.recipe, len(job.dataset.train)
    shuffled = batch_orders(job.seed, n, recipe.epochs)
    mirrored = flips(job.seed, n, recipe.epochs)
    for _ in range(recipe.epochs):
        order = np.arange(n) if recipe.batch_size is None else next(shuffled)
        yield order + n * next(mirrored)[order] if recipe.flip else order


def forward(recipe: Recipe, upper: Sequence[np.ndarray], z: np.ndarray) -> list[np.ndarray]:
    """What each layer above the first gets, and the raw outputs, from the first layer's z."""
    seen = [z]
    for weight, bias in zip(upper[::2], upper[1::2], strict=True):
        seen[-1] = activate(recipe.activation, seen[-1])
        seen.append(seen[-1] @ weight.T + bias)
    return seen


def backward(
    recipe: Recipe, upper: Sequence[np.ndarray], seen: Sequence[np.ndarray], delta: np.ndarray
) -> tuple[np.ndarray, list[np.ndarray]]:
    """The first layer's δ, and the gradients of the layers above, from the δ of the outputs."""
    gradients: list[np.ndarray] = []
    for weight, a in zip(upper[-2::-2], seen[-2::-1], strict=True):
        gradients[:0] = [delta.T @ a, delta.sum(axis=0)]
        slope = {"relu": a > 0, "sigmoid": a * (1 - a), "tanh": 1 - a * a}[recipe.activation]
        delta = (delta @ weight) * slope
    return delta, gradients


def loss_and_delta(z: np.ndarray, y: np.ndarray) -> tuple[float, np.ndarray]:
    """The summed cross-entropy and its derivative by z: softmax(z) − onehot(y)."""
    onehot = np.eye(z.shape[1], dtype=np.float32)[y]
    return float(losses("cross_entropy", z, y).sum()), softmax(z, axis=1) - onehot


def sgd_step(recipe: Recipe, lr: np.float32, arrays, gradients, velocities) -> None:
    """One step as `torch.optim.SGD` makes it, of every array in place."""
    for array, gradient, velocity in zip(arrays, gradients, velocities, strict=True):
        step = gradient + recipe.weight_decay * array
        if recipe.momentum:
            velocity[:] = recipe.momentum * velocity + step
            step = step + recipe.momentum * velocity if recipe.nesterov else velocity
        array -= lr * step


def in_weight_space(images: SharedImages, first: Weights, kept: Weights) -> Weights:
    """The weights: W = s·W₀ + AᵀX, and the bias by the input that is always 1."""
    a, s = kept["a"], kept["s"]
    return {
        **first,
        **{name: kept[name] for name in kept if name not in ("a", "s")},
        "fc1.weight": s * first["fc1.weight"] + a.T @ images.x[: len(a)],
        "fc1.bias": s * first["fc1.bias"] + a.sum(axis=0),
    }
