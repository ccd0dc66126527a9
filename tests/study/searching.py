"""Small pictures and a search on them, also as a process of its own that can be killed."""

import itertools
import sys
from pathlib import Path

import numpy as np
import psutil

from fclab.store.database import Store
from fclab.tuning.rules import SearchSettings
from fclab.tuning.search import run_search
from fclab.tuning.space import Space, make_space
from fclab.tuning.trials import Search
from fclab.values.dataset import CIFAR_PREPROCESSING, ClassName, Dataset, Split

SPACE = {
    "layers": {"choices": ["FC(4), FC(3)", "FC(8), FC(3)"]},
    "lr": {"low": 0.001, "high": 1.0, "log": True},
    "batch_size": {"choices": [16, 64]},
    "shift": {"low": 0, "high": 1},  # trained by the torch engine, which needs no compilation
    "flip": True,
    "mixup": 0.1,
    "epochs": 2,
}
SETTINGS = SearchSettings(trials=12, seeds=3, first=1, batch=4)


def pictures() -> Dataset:
    """Three classes of noise on grounds of slightly different colours."""
    rng = np.random.default_rng(0)

    def split(per_class: int) -> Split:
        y = np.repeat(np.arange(3), per_class)
        x = rng.normal(128, 60, (len(y), 6, 6, 3)) + 12 * np.eye(3)[y][:, None, None]
        return Split(x.clip(0, 255).astype(np.uint8), y)

    names = tuple(ClassName(k, f"class {k}", f"класс {k}") for k in (7, 8, 9))
    return Dataset(
        "pictures", "multiclass", "cifar100", split(60), split(20), names, CIFAR_PREPROCESSING
    )


def small_space(**changes) -> Space:
    return make_space(SPACE | changes, "space.toml")


def searched(
    folder: Path,
    settings: SearchSettings = SETTINGS,
    *,
    dataset: Dataset | None = None,
    space: Space | None = None,
    where: str | Path | None = None,
    **options,
) -> Search:
    """A search that is kept in the folder."""
    with Store(folder / "store.db") as store:
        return run_search(
            dataset or pictures(), store, space or small_space(), where or folder / "search.log",
            "test", settings, **options,
        )  # fmt: skip


def kill_after(runs: int) -> None:
    """Kill this process when so many runs have been kept: in the midst of their candidates."""
    put, kept = Store.put, itertools.count(1)

    def counted(store, run, **options):
        found = put(store, run, **options)
        if next(kept) == runs:
            psutil.Process().kill()
        return found

    Store.put = counted


if __name__ == "__main__":
    if sys.argv[3:]:
        kill_after(int(sys.argv[3]))
    searched(Path(sys.argv[1]), where=sys.argv[2])
