"""Runs made by hand: quick to have, and every number of them follows from the seed."""

import numpy as np

from fclab.engines.job import initial_weights
from fclab.values.dataset import CIFAR_PREPROCESSING, ClassName, Dataset, Split
from fclab.values.recipe import Recipe
from fclab.values.run import EngineChoice, Machine, Run

RECIPE = Recipe(layers=(4, 3), epochs=6)
ENGINE = EngineChoice(name="reference", reason="asked for")
SIDE = 6  # pixels


def pictures(n: int = 30, *, valid: bool = False, side: int = SIDE) -> Dataset:
    """Three classes of noise, as images are kept."""
    rng = np.random.default_rng(5)

    def split(n: int) -> Split:
        return Split(rng.integers(0, 256, (n, side, side, 3), np.uint8), np.arange(n) % 3)

    return Dataset(
        name="pictures",
        task="multiclass",
        source="synthetic",
        train=split(n),
        test=split(n // 2),
        valid=split(6) if valid else None,
        class_names=tuple(ClassName(k, f"class {k}", f"класс {k}") for k in (7, 8, 9)),
        preprocessing=CIFAR_PREPROCESSING,
    )


DATA = pictures()


def made(seed: int = 0, recipe: Recipe = RECIPE, dataset: Dataset = DATA, **fields) -> Run:
    """A run whose every number follows from its seed; nothing is trained."""
    rng = np.random.default_rng(seed)
    splits = dataset.splits
    curves = [f"{split}_{what}" for split in splits for what in ("loss", "accuracy")]
    values = {
        "dataset": dataset.info,
        "recipe": recipe,
        "seed": seed,
        "engine": ENGINE,
        "weights": initial_weights(recipe, dataset.info.n_inputs, seed),
        "history": {name: rng.random(recipe.epochs) for name in ("running_loss", *curves)},
        "outputs": {
            name: rng.normal(size=(len(split), dataset.n_outputs)).astype(np.float32)
            for name, split in splits.items()
        },
        "targets": {name: split.y for name, split in splits.items()},
        "metrics": {name: float(rng.random()) for name in curves},
        "snapshots": {
            epoch: rng.normal(size=(len(dataset.train), 3)).astype(np.float32)
            for epoch in (2, 10, 100)
        },
        "seconds": float(rng.random()),
        "machine": Machine(
            system="Linux", processor="π", cores=2, python="3.11", packages={"numpy": "2"}
        ),
    }
    return Run(**(values | fields))


def assert_same(one: Run, other: Run) -> None:
    """Equal to the bit in everything that was kept, in the same order."""
    plain = (
        "dataset",
        "recipe",
        "seed",
        "engine",
        "diverged_at",
        "stopped_at",
        "seconds",
        "machine",
    )
    for name in plain:
        assert getattr(one, name) == getattr(other, name), name
    np.testing.assert_equal(one.metrics, other.metrics)
    assert list(one.metrics) == list(other.metrics)
    for name in ("weights", "history", "outputs", "targets", "snapshots"):
        mine, others = getattr(one, name), getattr(other, name)
        assert mine.keys() == others.keys(), name
        for key, array in mine.items():
            assert array.dtype == others[key].dtype, (name, key)
            np.testing.assert_array_equal(array, others[key], err_msg=f"{name} {key}")
    for name in ("history", "outputs", "targets", "snapshots"):
        assert list(getattr(one, name)) == list(getattr(other, name)), name
