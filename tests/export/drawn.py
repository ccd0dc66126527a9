"""Networks of every kind, with random weights."""

from collections.abc import Sequence

import numpy as np
from hypothesis import strategies as st

from fclab.engines.job import initial_weights
from fclab.values.dataset import Dataset
from fclab.values.model import Model
from fclab.values.recipe import Recipe

RNG = np.random.default_rng(0)


def untrained(dataset: Dataset, recipe: Recipe, seed: int = 0) -> Model:
    """Random weights, those of normalisation layers too; answers differ from image to image."""
    rng = np.random.default_rng(seed)
    weights = initial_weights(recipe, dataset.info.n_inputs, seed)
    for name in weights:
        if name.startswith("norm"):
            weights[name] = rng.uniform(0.5, 2, weights[name].shape).astype(np.float32)
        elif name.endswith("weight"):
            weights[name] = weights[name] * 3
    return Model(dataset.info, recipe, weights)


def images(shape: tuple[int, ...], classes: int = 3, n: int = 12) -> Dataset:
    x, y = RNG.integers(0, 256, (n, *shape), np.uint8), np.arange(n) % classes
    return Dataset.from_arrays(x, y, x, y)


def points(task: str, columns: int = 3) -> Dataset:
    x = RNG.normal(50, 9, (12, columns))
    y = {"regression": RNG.normal(size=12), "binary": np.arange(12) % 2 == 0,
         "multiclass": np.arange(12) % 3}[task]  # fmt: skip
    return Dataset.from_arrays(x, y, x, y)


hidden = st.lists(st.integers(1, 24), max_size=3)


@st.composite
def recipes(draw: st.DrawFn, outputs: int, *, of_images: bool, task: str = "multiclass") -> Recipe:
    """Any recipe of the fields that answers follow from."""
    losses = {"multiclass": "cross_entropy", "binary": "log_loss", "regression": "squared_error"}
    choice = st.sampled_from
    return Recipe(
        layers=(*draw(hidden), outputs),
        loss=losses[task],
        activation=draw(choice(["relu", "sigmoid", "tanh", "gelu"])),
        norm=draw(choice(["none", "batch", "layer"])),
        dropout=draw(choice([0.0, 0.5])),
        ema=draw(choice([0.0, 0.9])),
        contrast=draw(st.booleans()) if of_images else False,
        pool=draw(choice([1, 2, 4])) if of_images else 1,
        locality=draw(choice([0.0, 1.0])) if of_images else 0.0,
        tta=draw(choice(["none", "flip", "shift"])) if of_images else "none",
    )


@st.composite
def networks(draw: st.DrawFn) -> tuple[Sequence[Model], np.ndarray]:
    """One to three networks for the same inputs, and raw inputs."""
    kind = draw(st.sampled_from(["images", "images", "regression", "binary", "multiclass"]))
    if kind == "images":
        height, width = draw(st.tuples(*[st.sampled_from([4, 8, 12])] * 2))
        dataset = images((height, width, draw(st.sampled_from([1, 3]))), draw(st.integers(2, 5)))
    else:
        dataset = points(kind, draw(st.integers(1, 4)))
    recipe = recipes(dataset.n_outputs, of_images=kind == "images", task=dataset.task)
    count = draw(st.integers(1, 3))
    alike = draw(st.booleans())
    chosen = [draw(recipe)] * count if alike else [draw(recipe) for _ in range(count)]
    models = [untrained(dataset, one, seed) for seed, one in enumerate(chosen)]
    return models, dataset.train.x
