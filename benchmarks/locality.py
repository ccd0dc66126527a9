"""How fully connected the first layer of the best recipes is: its far weights, how much copies of a
filter differ, and what both do.

    python benchmarks/locality.py --data ~/cifar-100-python       half a minute per set on two cores

Both recipes have a prior of locality (docs/decisions/0003-locality.md), and weights that are free
from the start or tied at first (docs/decisions/0019-tied-weights-at-first.md). Of the first layer
it is told which share of the weights is far, which share of the squared norm these hold, which
share of the others' what copies of a filter differ by, and how many points of test accuracy it
costs to set the far weights to 0, or all copies of a filter to their mean, in the trained network.
"""

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

os.environ.setdefault("OMP_NUM_THREADS", "1")

import cyclopts
import numpy as np

from fclab.data import cifar100
from fclab.engines import train
from fclab.engines.locality import far_weights
from fclab.engines.tying import Taps, taps
from fclab.values.files import write_atomic
from fclab.values.recipe import BEST, FREE, Recipe
from measure import circumstances

RESULT = Path(__file__).parent / "results" / "locality.json"
CLASSES: Final = ((0, 55, 58), (4, 30, 69))


def with_copies_alike(layer: Taps, matrix: np.ndarray) -> np.ndarray:
    """The weights of a layer with all copies of a filter at their mean; the others as they are."""
    shape = len(layer.seen), layer.filters, layer.below, layer.channels
    alike = matrix.astype(np.float64).reshape(shape)
    for seen in layer.seen.T:
        places = np.flatnonzero(seen >= 0)
        alike[places, :, seen[places]] = alike[places, :, seen[places]].mean(axis=0)
    return alike.reshape(matrix.shape)


def measured(recipe: Recipe, classes: tuple[int, ...], data: Path, seed: int) -> dict[str, Any]:
    """One network."""
    images = cifar100(classes, data)
    far = far_weights(recipe, images.info.input_shape)[1]
    (run,) = train(images, [recipe], [seed], course=False)
    model, weight = run.model, run.weights["fc1.weight"]

    def accuracy(matrix: np.ndarray) -> float:
        changed = replace(model, weights={**model.weights, "fc1.weight": matrix})
        return float((changed.outputs(images.test.x).argmax(axis=1) == images.test.y).mean())

    squares, whole = weight.astype(np.float64) ** 2, accuracy(weight)
    found = {
        "classes": classes,
        "seed": seed,
        "far_percent": 100 * float(far.mean()),
        "of_squared_norm_percent": 100 * float(squares[far].sum() / squares.sum()),
        "test_percent": 100 * whole,
        "cost_points": 100 * (whole - accuracy(np.where(far, np.float32(0), weight))),
    }
    if recipe.tied:
        alike = with_copies_alike(taps(recipe, images.info.input_shape)[0], weight)
        apart = (weight - alike)[~far] ** 2
        found |= {
            "copies_apart_percent": 100 * float(apart.sum() / squares[~far].sum()),
            "cost_of_alike_points": 100 * (whole - accuracy(alike.astype(np.float32))),
        }
    print(found, flush=True)
    return found


def main(*, data: Path, seeds: int = 1, out: Path = RESULT) -> None:
    """Train, take weights away or make them alike, and write what came of it.

    Args:
        data: the folder of CIFAR-100.
        seeds: networks of each recipe and set of classes.
        out: where the JSON goes.
    """
    record = {
        "what": "the first layer of networks of fclab.values.recipe.FREE and BEST",
        **circumstances("locality", data=data),
        "seeds": seeds,
    }
    for name, recipe in {"free": FREE, "tied": BEST}.items():
        rows = [measured(recipe, classes, data, seed) for classes in CLASSES
                for seed in range(seeds)]  # fmt: skip
        columns = rows[0].keys() - {"classes", "seed"}
        record[name] = {
            "recipe_key": recipe.key,
            **{
                column: {
                    "least": min(row[column] for row in rows),
                    "greatest": max(row[column] for row in rows),
                }
                for column in sorted(columns)
            },
            "rows": rows,
        }
    write_atomic(out, json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    cyclopts.run(main)
