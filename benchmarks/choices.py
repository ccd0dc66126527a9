"""What the best recipe of free weights was chosen from: its neighbours, on validation parts alone.

    python benchmarks/choices.py --data ~/cifar-100-python                  about 18 minutes
    python benchmarks/choices.py --data ~/cifar-100-python --seeds 1        half of it
    python benchmarks/choices.py --again         the intervals anew from what is stored

A fifth of train is held out of six sets of three classes; every recipe is trained on the rest. The
test sets are never looked at. Runs are kept, so asked again it goes on where it was stopped.
Differences from the best recipe are paired by classes and seed. Two seeds on the same images are no
two independent pairs, so the interval is over the sets of classes: each counts once, by its mean.
"""

import json
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final

os.environ.setdefault("OMP_NUM_THREADS", "1")

import cyclopts
import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from fclab.data import cifar100
from fclab.store.database import Store
from fclab.study.rows import HOLD_OUT
from fclab.study.trainer import get_or_train
from fclab.values.files import write_atomic
from fclab.values.recipe import FREE, Recipe
from fclab.values.run import Run
from measure import circumstances, load_average

RESULT = Path(__file__).parent / "results" / "choices.json"
CLASSES: Final = (
    (0, 55, 58), (23, 39, 58), (37, 44, 79), (31, 40, 66), (4, 30, 69), (11, 26, 97),
)  # fmt: skip
ROWS: Final[Mapping[str, Mapping[str, Any]]] = {
    "best": {},
    "no locality": {"locality": 0.0},
    "locality 0.3": {"locality": 0.3},
    "FC(256), FC(128)": {"layers": (256, 128, 3)},
    "FC(512) alone": {"layers": (512, 3)},
    "GELU": {"activation": "gelu"},
    "dropout 0.2": {"dropout": 0.2},
    "mixup 0.4, no smoothing": {"mixup": 0.4, "label_smoothing": 0.0},
    "batches of 128, lr 0.03": {"batch_size": 128, "lr": 0.03},
    "120 epochs": {"epochs": 120},
}  # fmt: skip
"""What is changed in the best recipe."""


def summary(runs: list[Run], of_best: list[Run]) -> dict[str, Any]:
    """Of a row, on the held-out parts; accuracies are shares."""
    views, best = (
        np.array([run.metrics["valid_accuracy"] for run in row]) for row in (runs, of_best)
    )
    found = {
        "plain": float(np.mean([run.history["valid_accuracy"][-1] for run in runs])),
        "views": float(views.mean()),
        "loss": float(np.mean([run.metrics["valid_loss"] for run in runs])),
        "train": float(np.mean([run.metrics["train_accuracy"] for run in runs])),
        "seconds": float(np.mean([run.seconds for run in runs])),
        "per_set": views.tolist(),
    }
    if runs is not of_best:
        found |= difference(views, best)
    return found


def difference(views: ArrayLike, best: ArrayLike) -> dict[str, float]:
    """Of two rows, with the 95 % interval (Student's t) over the sets of classes.

    Args:
        views, best: accuracies, the seeds of one set of classes after those of another.
    """
    of_sets = (np.asarray(views) - np.asarray(best)).reshape(len(CLASSES), -1).mean(axis=1)
    low, high = stats.ttest_1samp(of_sets, 0.0).confidence_interval(0.95)
    return {"difference": float(of_sets.mean()), "low": float(low), "high": float(high)}


def again(path: Path) -> None:
    """Compute the intervals of a stored result anew from the accuracies that stand in it."""
    record = json.loads(path.read_text("utf-8"))
    best = record["rows"]["best"]["per_set"]
    for name, row in record["rows"].items():
        if name != "best":
            row |= difference(row["per_set"], best)
    record["intervals"] = "over the sets of classes; each counts once, by the mean of its seeds"
    write_atomic(path, json.dumps(record, indent=1) + "\n")


def main(
    *,
    data: Path | None = None,
    again_only: Annotated[bool, cyclopts.Parameter("--again")] = False,
    store: Path = Path("results/choices-benchmark.db"),
    seeds: int = 2,
    out: Path = RESULT,
) -> None:
    """Train all rows and write their table.

    Args:
        data: the folder of CIFAR-100; default: as for fclab run.
        again_only: train nothing, compute the intervals of the stored result anew.
        store: where runs are kept.
        seeds: networks of every row and set of classes.
        out: where the JSON goes.
    """
    if again_only:
        again(out)
        return
    started = time.perf_counter()
    recipes = {name: FREE.replace(**changes) for name, changes in ROWS.items()}
    found: dict[Recipe, list[Run]] = {recipe: [] for recipe in recipes.values()}
    with Store(store) as kept:
        for classes in CLASSES:
            held = cifar100(classes, data).hold_out(HOLD_OUT)
            for recipe, runs in get_or_train(kept, held, [*found], range(seeds)).items():
                found[recipe].extend(runs)
            print(*classes, f"{time.perf_counter() - started:.0f} s", flush=True)
    record = {
        "what": "neighbours of fclab.values.recipe.FREE on held-out fifths of train",
        **circumstances("choices", **({"data": data} if data else {}), store=store),
        "recipe_key": FREE.key,
        "classes": CLASSES,
        "seeds": seeds,
        "intervals": "over the sets of classes; each counts once, by the mean of its seeds",
        "images": sum(len(run.targets["valid"]) for run in found[FREE]) // seeds,
        "rows": {name: summary(found[r], found[FREE]) for name, r in recipes.items()},
        "load_average": load_average(),
    }
    write_atomic(out, json.dumps(record, indent=1) + "\n")
    for name, row in record["rows"].items():
        apart = (
            "" if name == "best" else "{difference:+.1%} ({low:+.1%} to {high:+.1%})".format(**row)
        )
        print(f"{name:36s} {row['plain']:.1%} {row['views']:.1%} {row['loss']:.3f} {apart}")
    print(f"{time.perf_counter() - started:.0f} s; written to {out}")


if __name__ == "__main__":
    cyclopts.run(main)
