"""How fully connected the first layer of the best recipe is: its far weights, and what they do.

    python benchmarks/locality.py --data ~/cifar-100-python       half a minute per set on two cores

The best recipe is trained with its prior of locality (docs/decisions/0003-locality.md). Of its
first layer it is told which share of the weights is far, which share of the squared norm these
hold, and how many points of test accuracy it costs to set them to 0 in the trained network.
"""

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Final

os.environ.setdefault("OMP_NUM_THREADS", "1")

import cyclopts
import numpy as np

from fclab.data import cifar100
from fclab.engines import train
from fclab.engines.locality import far_weights
from fclab.values.files import write_atomic
from fclab.values.recipe import BEST
from measure import circumstances

RESULT = Path(__file__).parent / "results" / "locality.json"
CLASSES: Final = ((0, 55, 58), (4, 30, 69))


def main(*, data: Path, seeds: int = 1, out: Path = RESULT) -> None:
    """Train, take the far weights away, and write what came of it.

    Args:
        data: the folder of CIFAR-100.
        seeds: networks of each set of classes.
        out: where the JSON goes.
    """
    rows = []
    for classes in CLASSES:
        images = cifar100(classes, data)
        far = far_weights(BEST, images.info.input_shape)[1]
        for run in train(images, [BEST], range(seeds)):
            model = run.model
            weight = model.weights["fc1.weight"]
            near = {**model.weights, "fc1.weight": np.where(far, np.float32(0), weight)}
            whole, without = (
                float((m.outputs(images.test.x).argmax(axis=1) == images.test.y).mean())
                for m in (model, replace(model, weights=near))
            )
            squares = weight.astype(np.float64) ** 2
            rows.append(
                {
                    "classes": classes,
                    "seed": run.seed,
                    "far_percent": 100 * float(far.mean()),
                    "of_squared_norm_percent": 100 * float(squares[far].sum() / squares.sum()),
                    "test_percent": 100 * whole,
                    "without_far_percent": 100 * without,
                    "cost_points": 100 * (whole - without),
                }
            )
            print(rows[-1], flush=True)
    columns = ("far_percent", "of_squared_norm_percent", "cost_points")
    record = {
        "what": "the far weights of the first layer of fclab.values.recipe.BEST",
        **circumstances("locality", data=data),
        "recipe_key": BEST.key,
        "seeds": seeds,
        **{
            name: {
                "least": min(row[name] for row in rows),
                "greatest": max(row[name] for row in rows),
            }
            for name in columns
        },
        "rows": rows,
    }
    write_atomic(out, json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    cyclopts.run(main)
