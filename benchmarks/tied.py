"""Weights that are tied at first against weights that are free from the start, on validation parts.

    python benchmarks/tied.py --data ~/cifar-100-python      24 sets of classes: ten minutes

A fifth of train is held out of sets of three classes drawn at random, none of them one that recipes
were tried on before (`choices`); the test sets are never looked at. One network of either recipe on
each set, from the same seed. The rule, set down before the first run, is `RULE`.
"""

import json
import os
from pathlib import Path
from typing import Any, Final

os.environ.setdefault("OMP_NUM_THREADS", "1")

import cyclopts
import numpy as np
from scipy import stats

from choices import CLASSES
from fclab.data import cifar100
from fclab.engines import train
from fclab.study.rows import HOLD_OUT
from fclab.values.files import write_atomic
from fclab.values.metrics import accuracy, losses
from fclab.values.recipe import BEST, FREE
from fclab.values.rng import stream
from measure import circumstances, load_average

RESULT = Path(__file__).parent / "results" / "tied.json"
SEED: Final = 0
RULE: Final = (
    "BEST takes the place of FREE if the 95 % interval over the sets (Student's t) of the "
    "difference of their accuracies on the held-out parts, ten views together, lies above 0. There "
    "is one candidate, so nothing is corrected."
)


def draw_sets(count: int) -> list[tuple[int, ...]]:
    """Three classes each, drawn at random; no two sets are equal, and none is one of `choices`."""
    draw, found = stream(SEED, "sets"), set(CLASSES)
    sets: list[tuple[int, ...]] = []
    while len(sets) < count:
        classes = tuple(sorted(draw.choice(100, 3, replace=False).tolist()))
        if classes not in found:
            found.add(classes)
            sets.append(classes)
    return sets


def measured(classes: tuple[int, ...], data: Path | None) -> dict[str, Any]:
    """Both recipes on one set of classes."""
    dataset, row = cifar100(classes, data).hold_out(HOLD_OUT), dict[str, Any](classes=classes)
    for run in train(dataset, [BEST, FREE], [SEED], course=False):
        answers, labels = run.outputs["valid"], run.targets["valid"]
        row["tied" if run.recipe.tied else "free"] = {
            "accuracy": accuracy("multiclass", answers, labels),
            "loss": float(losses(run.recipe.loss, answers, labels).mean()),
            "seconds": run.seconds,
        }
    return row


def summary(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """The mean difference in accuracy and loss, with 95 % intervals over the sets."""
    found: dict[str, Any] = {}
    for what in ("accuracy", "loss"):
        tied, free = (np.array([row[name][what] for row in rows]) for name in ("tied", "free"))
        test = stats.ttest_rel(tied, free)
        low, high = test.confidence_interval(0.95)
        found[what] = {
            "tied": float(tied.mean()), "free": float(free.mean()),
            "difference": float((tied - free).mean()), "low": float(low), "high": float(high),
            "p": float(test.pvalue), "higher_on": int((tied > free).sum()),
        }  # fmt: skip
    return found


def main(*, data: Path | None = None, sets: int = 24, out: Path = RESULT) -> None:
    """Measure, and write the result after every set.

    Args:
        data: the folder of CIFAR-100; default: as for fclab run.
        sets: of classes.
        out: where the JSON goes.
    """
    rows, record = list[dict[str, Any]](), dict[str, Any]()
    for classes in draw_sets(sets):
        rows.append(measured(classes, data))
        print(json.dumps(rows[-1]), flush=True)
        record = {
            "what": "fclab.values.recipe.BEST against FREE on held-out fifths of train",
            **circumstances("tied", **({"data": data} if data else {})),
            "rule": RULE,
            "recipe_keys": {"tied": BEST.key, "free": FREE.key},
            "seed": SEED,
            "sets": len(rows),
            "rows": rows,
            **(summary(rows) if len(rows) > 1 else {}),
            "load_average": load_average(),
        }
        write_atomic(out, json.dumps(record, indent=1) + "\n")
    print({what: record[what] for what in ("accuracy", "loss")})


if __name__ == "__main__":
    cyclopts.run(main)
