"""Real trainings that stand for students: accuracies after every epoch, kept between calls.

    python benchmarks/claims_pool.py --data FOLDER          about half an hour on two busy cores

Of twenty variants' classes and four settings, each from 232 seeds: 0 to 31 are those that a check
trains, the others are students. One recipe more is trained from 2000 seeds, for the tails; and some
by the lab's own loop in PyTorch, with its own initial weights and shuffles.
"""

import io
import time
from dataclasses import dataclass
from pathlib import Path

import cyclopts
import numpy as np
import torch

import lab_loops
from fclab.data import cifar100
from fclab.data.location import cache_dir
from fclab.engines import train
from fclab.labs.lab1.variant import classes_of
from fclab.values.dataset import Dataset
from fclab.values.files import write_atomic
from fclab.values.recipe import CIFAR, Recipe

CHECK, SEEDS, TAIL = 32, 232, 2000
SETTINGS: dict[str, Recipe] = {
    "base": CIFAR.replace(epochs=100),
    "small_batch": CIFAR.replace(lr=0.01, batch_size=64, epochs=30),
    "two_hidden": CIFAR.replace(layers=(10, 10, 3), lr=0.01, batch_size=256, epochs=60),
    "wide": CIFAR.replace(layers=(32, 3), epochs=40),
}
LOOP_EPOCHS, LOOP_RUNS, LOOP_VARIANTS = 40, 24, 4


@dataclass(frozen=True, eq=False)
class Kept:
    """Accuracies in percent after every epoch, float64 ``(seeds, epochs)``, and what they took."""

    test: np.ndarray
    train: np.ndarray
    seconds: float


def dataset_of(number: int, data: Path | None) -> Dataset:
    """The classes of variant ``number`` in group ``number`` of IU5."""
    return cifar100(classes_of(number, number, "iu5").classes, data)


def pool(number: int, setting: str, data: Path | None, folder: Path) -> Kept:
    """The runs of a variant and a setting, trained where they are not kept yet."""
    recipe = SETTINGS[setting]

    def make() -> tuple[np.ndarray, np.ndarray]:
        return _by_the_engine(dataset_of(number, data), recipe, range(SEEDS))

    return _kept(folder / f"{number}-{setting}.npz", make)


def tail(data: Path | None, folder: Path) -> Kept:
    """Runs of one recipe from many seeds, none of them of the pool: variant 1, 60 epochs."""
    seeds = range(SEEDS, SEEDS + TAIL)
    recipe = CIFAR.replace(epochs=60)
    return _kept(folder / "tail.npz", lambda: _by_the_engine(dataset_of(1, data), recipe, seeds))


def loops(number: int, data: Path | None, folder: Path) -> Kept:
    """Runs of the lab's own loop, the base row: PyTorch's initial weights and shuffles."""

    def make() -> tuple[np.ndarray, np.ndarray]:
        dataset = dataset_of(number, data)
        torch.set_num_threads(1)
        runs = []
        for seed in range(LOOP_RUNS):
            torch.manual_seed(1000 * number + seed)
            runs.append(_by_the_loop(dataset))
        return np.array([r[0] for r in runs]), np.array([r[1] for r in runs])

    return _kept(folder / f"{number}-loop.npz", make)


def _by_the_loop(dataset: Dataset) -> tuple[list[float], list[float]]:
    found: tuple[list[float], list[float]] = ([], [])

    def after_epoch(model: torch.nn.Module) -> None:
        with torch.no_grad():
            for part, column in zip(("test", "train"), found, strict=True):
                split = dataset.splits[part]
                answers = model(torch.tensor(split.x, dtype=torch.float32)).argmax(1).numpy()
                column.append(100 * float((answers == split.y).mean()))

    lab_loops.cifar(dataset, LOOP_EPOCHS, after_epoch=after_epoch)
    return found


def _by_the_engine(dataset: Dataset, recipe: Recipe, seeds: range) -> tuple[np.ndarray, np.ndarray]:
    runs = sorted(train(dataset, [recipe], seeds, engine="gram"), key=lambda run: run.seed)
    test, trained = (
        100 * np.array([run.history[f"{part}_accuracy"] for run in runs])
        for part in ("test", "train")
    )
    return test, trained


def _kept(path: Path, make) -> Kept:
    if not path.exists():
        started = time.perf_counter()
        test, trained = make()
        held = io.BytesIO()
        seconds = time.perf_counter() - started
        np.savez_compressed(held, test=test, train=trained, seconds=seconds)
        write_atomic(path, held.getvalue())
        print(f"{path.stem}: {seconds:.0f} s", flush=True)
    with np.load(path) as arrays:
        return Kept(arrays["test"], arrays["train"], float(arrays["seconds"]))


def main(*, data: Path | None = None, variants: int = 20, kept: Path | None = None) -> None:
    """Train what is missing.

    Args:
        data: folder or archive of CIFAR-100, as for fclab run.
        variants: how many variants' classes.
        kept: where the accuracies are kept; default: fclab's cache.
    """
    folder = kept or cache_dir() / "claims"
    for number in range(1, variants + 1):
        for setting in SETTINGS:
            pool(number, setting, data, folder)
        if number == 4:
            tail(data, folder)
            for one in range(1, LOOP_VARIANTS + 1):
                loops(one, data, folder)


if __name__ == "__main__":
    cyclopts.run(main)
