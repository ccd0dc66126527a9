"""The trials of `trials` that are more than fields of a recipe: each gives weights of a network.

All of them end as what a recipe gives, layers that are fully connected at inference; what they add
is done in training alone. Why they may be called so: docs/decisions/0018.
"""

from collections.abc import Callable, Mapping
from time import process_time
from typing import Final

import numpy as np
import torch
from scipy.spatial.distance import cdist
from scipy.special import log_softmax
from scipy.stats.qmc import Halton
from torch import Tensor

from fclab.engines import train
from fclab.engines.locality import RADIUS, far_weights
from fclab.engines.torch.batches import Batch
from fclab.engines.torch.network import NetworkStack
from fclab.values.model import Weights, forward, network_inputs, pooled, square_means
from fclab.values.recipe import FREE, Recipe
from fclab.values.rng import stream
from trials_training import CPU, Beside, Case, in_turn

Way = Callable[[Case, Recipe], Weights]
TEACHERS: Final = 4
MORE: Final = 0.02
"""Share of a neuron's inputs that pruning adds to those that are near."""
COPIES: Final = 32
"""Places at which a shared filter stands."""
SHARING: Final = 1.0
"""How strongly copies are pulled to their mean, as ``locality`` pulls: times the learning rate."""

WHITE: Final = 0.02
"""What whitening adds to the covariance, as a share of its mean variance."""


def plain(case: Case, recipe: Recipe) -> Weights:
    """Nothing but the recipe."""
    return case.network(recipe)


def by_engine(case: Case, recipe: Recipe) -> Weights:
    """Nothing but the recipe, as the engine trains it: `trials_training` ties no weights."""
    started = process_time()
    (run,) = train(case.dataset, [recipe], [case.seed], workers=1, course=False)
    case.spent.append(process_time() - started)
    return run.weights


def distilled(case: Case, recipe: Recipe) -> Weights:
    """Targets are the mean probabilities of four networks of the best recipe, for the very same
    changed images (Hinton et al. 2015; Beyer et al. 2022)."""
    stack = NetworkStack(FREE, [case.network(FREE, s) for s in range(TEACHERS)], CPU, in_turn)

    def taught(batch: Batch) -> Batch:
        with torch.no_grad():
            z = stack.outputs(stack.tensors, {"batch": batch.x[0]})["batch"]
        return batch._replace(targets=torch.softmax(z, -1).mean(0, keepdim=True))

    return case.train(recipe, Beside(batch=taught))


def greatest(weights: np.ndarray, share: float) -> np.ndarray:
    """The greatest of every neuron's weights by their size, as a mask."""
    size = np.abs(weights)
    count = max(1, round(share * size.shape[1]))
    return size >= np.partition(size, -count, axis=1)[:, -count, None]


def pruned(case: Case, recipe: Recipe) -> Weights:
    """What is near is learned: of a network without locality the greatest weights, as many as the
    prior calls near; then back to the start (Frankle and Carbin 2019)."""
    prior = far_weights(recipe, case.dataset.info.input_shape)
    dense = case.network(recipe.replace(locality=0.0))
    far = {
        i: ~greatest(dense[f"fc{i}.weight"], 1 - float(mask.mean())) for i, mask in prior.items()
    }
    return case.train(recipe, Beside(far=far))


def pruned_beside(case: Case, recipe: Recipe) -> Weights:
    """What is near by the prior stays near, and in the first layer so become the greatest of the
    far weights of a trained network."""
    far = far_weights(recipe, case.dataset.info.input_shape)
    grown = case.network(FREE)["fc1.weight"]
    far[1] &= ~greatest(np.where(far[1], grown, 0), MORE)
    return case.train(recipe, Beside(far=far))


def far_from(
    places: np.ndarray, recipe: Recipe, shape: tuple[int, ...], radius: float = RADIUS
) -> dict[int, np.ndarray]:
    """`far_weights` with other places of the first layer's neurons, or another radius."""
    height, width, channels = shape
    middles = [(np.arange(n) + 0.5) / n for n in (height // recipe.pool, width // recipe.pool)]
    grid = np.stack(np.meshgrid(*middles, indexing="ij"), axis=-1).reshape(-1, 2)
    seen, far = np.repeat(grid, channels, axis=0), {}
    for i, neurons in enumerate(recipe.layers[:-1], start=1):
        here = places if i == 1 else Halton(2, scramble=False).random(neurons)
        distances = cdist(here, seen)
        near = np.maximum(2 ** (i - 1) * radius, distances.min(axis=1, keepdims=True))
        far[i], seen = distances > near, here
    return far


def mirrored(case: Case, recipe: Recipe) -> Weights:
    """Neurons of the first layer come in pairs, one the mirror image of the other: their weights
    are averaged so after every step, which ties their gradients."""
    height, width, channels = case.dataset.info.input_shape
    half = recipe.layers[0] // 2
    columns = np.arange(height // recipe.pool * (width // recipe.pool) * channels)
    columns = columns.reshape(height // recipe.pool, -1, channels)[:, ::-1].ravel().copy()
    mirror = torch.from_numpy(columns)
    places = Halton(2, scramble=False).random(half)
    far = far_from(
        np.vstack([places, [0, 1] + [1, -1] * places]), recipe, case.dataset.info.input_shape
    )

    def start(weights: dict[str, np.ndarray]) -> None:
        weights["fc1.weight"][half:] = weights["fc1.weight"][:half][:, columns]
        weights["fc1.bias"][half:] = weights["fc1.bias"][:half]

    def tie(tensors: Mapping[str, Tensor], rate: float) -> None:
        weight = tensors["fc1.weight"][0]
        mean = (weight[:half] + weight[half:, mirror]) / 2
        weight[:half], weight[half:] = mean, mean[:, mirror]
        for name in ("fc1.bias", "norm1.weight", "norm1.bias"):
            pair = tensors[name].view(2, half)
            pair.copy_(pair.mean(0, keepdim=True).expand(2, -1))

    return case.train(recipe, Beside(far=far, start=start, after=tie))


def shared(case: Case, recipe: Recipe) -> Weights:
    """Neurons of the first layer stand for few filters at many places: what is near is pulled to
    the mean of all places, as a prior; every weight stays one of its own."""
    (height, width, channels), pool = case.dataset.info.input_shape, recipe.pool
    rows, columns = height // pool, width // pool
    filters = recipe.layers[0] // COPIES
    pixels = np.floor(Halton(2, scramble=False).random(COPIES) * [rows, columns]).astype(int)
    places = np.tile((pixels + 0.5) / [rows, columns], (filters, 1))
    far = far_from(places, recipe, case.dataset.info.input_shape)
    reach = int(RADIUS * max(rows, columns))
    steps = np.arange(-reach, reach + 1)
    around = np.stack(np.meshgrid(steps, steps, indexing="ij"), axis=-1).reshape(-1, 2)
    seen = pixels[:, None] + around  # (copies, offsets, 2)
    inside = ((seen >= 0) & (seen < [rows, columns])).all(-1)
    seen = np.clip(seen, 0, [rows - 1, columns - 1])
    first = (seen[..., 0] * columns + seen[..., 1]) * channels
    chosen = (first[..., None] + np.arange(channels)).reshape(COPIES, -1)
    near = ~np.take_along_axis(far[1][:COPIES], chosen, axis=1)
    near &= np.repeat(inside, channels, axis=1)
    copy, offset = np.nonzero(near)
    index = (torch.from_numpy(copy), torch.from_numpy(chosen[copy, offset]))
    at = torch.from_numpy(offset)
    count = torch.zeros(near.shape[1]).index_add_(0, at, torch.ones(len(at))).clamp_(min=1)

    def means(weight: Tensor) -> Tensor:
        """Of every filter and near weight, the mean of the copies ``(filters, near weights)``."""
        sums = torch.zeros(filters, near.shape[1]).index_add_(1, at, weight[:, *index])
        return (sums / count)[:, at]

    def start(weights: dict[str, np.ndarray]) -> None:
        weight = torch.from_numpy(weights["fc1.weight"]).view(filters, COPIES, -1)
        weight[:, *index] = means(weight) * count.sqrt()[at]

    def pull(tensors: Mapping[str, Tensor], rate: float) -> None:
        weight = tensors["fc1.weight"][0].view(filters, COPIES, -1)
        own = weight[:, *index]
        weight[:, *index] = own.lerp(means(weight), min(SHARING * rate, 1.0))

    return case.train(recipe, Beside(far=far, start=start, after=pull))


def seeing_further(case: Case, recipe: Recipe) -> Weights:
    """What is near reaches a third further in every layer."""
    places = Halton(2, scramble=False).random(recipe.layers[0])
    far = far_from(places, recipe, case.dataset.info.input_shape, 4 / 3 * RADIUS)
    return case.train(recipe, Beside(far=far))


def from_patches(case: Case, recipe: Recipe) -> Weights:
    """The first layer starts as patches of training images at the places of its neurons, made white
    by the covariance of what is near (Coates, Lee and Ng 2011), as long as they would be."""
    far = far_weights(recipe, case.dataset.info.input_shape)
    inputs = network_inputs(recipe, case.dataset.inputs["train"])
    seen = pooled(recipe, inputs, case.dataset.info.input_shape)
    seen = (seen - seen.mean(axis=0)).astype(np.float64)
    chosen = stream(case.seed, "trial").integers(len(seen), size=recipe.layers[0])

    def start(weights: dict[str, np.ndarray]) -> None:
        for row, mask, image in zip(weights["fc1.weight"], far[1], seen[chosen], strict=True):
            near = seen[:, ~mask]
            covariance = near.T @ near / len(near)
            floor = WHITE * np.trace(covariance) / len(covariance)
            patch = np.linalg.solve(covariance + floor * np.eye(len(covariance)), image[~mask])
            row[~mask] = patch * np.linalg.norm(row) / np.linalg.norm(patch)

    return case.train(recipe, Beside(start=start))


def coloured(case: Case, recipe: Recipe) -> Weights:
    """A fifth of the images are made grey in each epoch, and the channels of all are scaled, each
    by a factor of its own."""
    random = stream(case.seed, "trial")

    def change(batch: Batch) -> Batch:
        x = batch.x[0].view(batch.x.shape[1], -1, case.dataset.info.input_shape[2])
        grey = torch.from_numpy((random.random((len(x), 1, 1)) < 0.2).astype(np.float32))
        gains = np.exp(random.uniform(-0.2, 0.2, (len(x), 1, x.shape[2]))).astype(np.float32)
        x = x.lerp(x.mean(2, keepdim=True), grey) * torch.from_numpy(gains)
        return batch._replace(x=x.reshape(batch.x.shape))

    return case.train(recipe, Beside(batch=change))


def fifty_views(case: Case, recipe: Recipe, weights: Weights) -> np.ndarray:
    """Answers for the held-out images, means over moves of up to 2 pixels and mirror images."""
    inputs = network_inputs(recipe, case.dataset.inputs["valid"])
    (height, width, channels), pool, most = case.dataset.info.input_shape, recipe.pool, 2
    images = inputs.reshape(-1, height, width, channels)
    padded = np.pad(images, ((0, 0), (most, most), (most, most), (0, 0)), mode="reflect")
    means, answers = square_means(padded, pool, 1), []
    for down in range(2 * most + 1):
        for right in range(2 * most + 1):
            view = means[:, down : down + height : pool, right : right + width : pool]
            for seen in (view, view[:, :, ::-1]):
                flat = seen.reshape(len(inputs), -1)
                answers.append(log_softmax(forward(recipe, weights, flat), axis=1))
    return np.mean(answers, axis=0)
