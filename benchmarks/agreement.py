"""Do the fast engines end where the lab's own loops end, trained from the same seeds?

    python benchmarks/agreement.py --data ~/cifar-100-python        about ten minutes on one core

Histories agree to rounding at first (the tests hold that); rounding is then amplified, so that at
the end only distributions can be compared: here by the paired difference of the final metrics over
the seeds (Student's t), beside the spread from seed to seed.
"""

import json
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal

import cyclopts
import numpy as np

import fclab
from fclab.engines import train
from fclab.engines.job import this_machine
from fclab.statistics import compare_over_seeds, mean_over_seeds
from fclab.values.dataset import Dataset
from fclab.values.files import write_atomic
from fclab.values.recipe import Recipe
from fclab.values.run import Run

RESULT = Path(__file__).parent / "results" / "agreement.json"
Part = Literal["regression", "binary", "cifar"]
METRICS: dict[Part, tuple[str, ...]] = {
    "regression": ("train_loss", "test_loss"),
    "binary": ("train_loss", "test_loss", "test_accuracy"),
    "cifar": ("train_loss", "train_accuracy", "test_loss", "test_accuracy"),
}
EARLY: dict[Part, int] = {"regression": 2000, "binary": 2000, "cifar": 50}
"""Epochs over which the histories are compared number by number."""


def trained(dataset: Dataset, recipe: Recipe, seeds: Sequence[int], engine: str) -> list[Run]:
    runs = train(dataset, [recipe], seeds, engine=engine)
    return sorted(runs, key=lambda run: run.seed)


def compared(part: Part, dataset: Dataset, recipe: Recipe, seeds: Sequence[int]) -> dict[str, Any]:
    """One part of the lab by both engines, every metric with its paired difference."""
    theirs = trained(dataset, recipe, seeds, "reference")
    ours = trained(dataset, recipe, seeds, "auto")
    early = max(
        float(np.abs(a.history[name][: EARLY[part]] / b.history[name][: EARLY[part]] - 1).max())
        for a, b in zip(ours, theirs, strict=True)
        for name in b.history
        if name.endswith("loss")
    )
    return {
        "engine": ours[0].engine.name,
        "epochs": recipe.epochs,
        "seeds": len(seeds),
        "largest_relative_difference_of_a_loss": {"first_epochs": EARLY[part], "value": early},
        "metrics": {
            name: {
                "reference": asdict(mean_over_seeds([run.metrics[name] for run in theirs])),
                "fast": asdict(mean_over_seeds([run.metrics[name] for run in ours])),
                "paired_difference": asdict(
                    compare_over_seeds(
                        [run.metrics[name] for run in ours], [run.metrics[name] for run in theirs]
                    )
                ),
            }
            for name in METRICS[part]
        },
    }


def main(*, data: Path | None = None, seeds: int = 16, part: Part | None = None) -> None:
    """Train and compare; with ``--part`` only that part's entry of the stored result is renewed."""
    work: dict[Part, tuple[Dataset, Recipe]] = {
        "regression": (fclab.regression_curve(), fclab.REGRESSION),
        "binary": (fclab.binary_points("xor"), fclab.BINARY),
        "cifar": (fclab.cifar100((0, 55, 58), data), fclab.CIFAR),
    }
    record = json.loads(RESULT.read_text("utf-8")) if RESULT.exists() else {"parts": {}}
    for name in [part] if part else work:
        started = time.perf_counter()
        found = compared(name, *work[name], range(seeds))
        record["parts"][name] = {**found, "seconds": round(time.perf_counter() - started, 1)}
        print(json.dumps({name: record["parts"][name]}, indent=1), file=sys.stderr)
    record |= {"machine": this_machine().model_dump(), "command": "python benchmarks/agreement.py"}
    write_atomic(RESULT, json.dumps(record, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    cyclopts.run(main)
