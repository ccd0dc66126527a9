"""Why the batch size and the learning rate change so little: the noise of a step, and where it led.

    python benchmarks/whereabouts.py --data ~/cifar-100-python

Of five sets of classes, from 8 seeds each: the length of the gradient at the stopping epoch, how
far the gradient of a batch is from it, how far apart networks from the same seed end (share of the
way that the stopped row went) and how many of their answers on test are alike. Writes
benchmarks/results/whereabouts.json with machine and versions. The first set is the lab's example,
the others were drawn once.
"""

import argparse
import json
import tempfile
from pathlib import Path

import numpy as np

from fclab.analysis.effects import apart
from fclab.analysis.gradient_noise import gradient_noise
from fclab.data import cifar100
from fclab.labs.lab1.settings import Settings
from fclab.labs.lab1.study import final_table, run_study
from fclab.store.database import Store
from measure import circumstances

RESULTS = Path(__file__).parent / "results" / "whereabouts.json"
CLASSES = ((0, 55, 58), (22, 40, 57), (8, 13, 90), (30, 61, 83), (3, 47, 66))
SEEDS = 8


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data")
    given = parser.parse_args()
    rows: dict[str, list[dict[str, float]]] = {}
    noise: dict[str, list[float]] = {"gradient": []}
    for classes in CLASSES:
        images = cifar100(classes, given.data)
        with tempfile.TemporaryDirectory() as name, Store(Path(name) / "store.db") as store:
            table = final_table(run_study(images, store, Settings(seeds=SEEDS, hidden=())))
        found = gradient_noise(table.line("stop").runs, images)
        assert found is not None
        noise["gradient"].append(found.gradient.mean)
        for line in (*table.of_kind("batch"), *table.of_kind("lr")):
            if line.row.kind == "batch":
                batch = line.recipe.batch(found.n)
                noise.setdefault(f"batch {batch}", []).append(found.of_batch(batch))
            where = apart(line)
            assert where is not None
            rows.setdefault(line.row.name, []).append(
                {"distance": where.distance, "same_answers": where.same_answers}
            )
        print(classes, "done", flush=True)
    places = {"data": Path(given.data)} if given.data else {}
    RESULTS.write_text(
        json.dumps(
            {
                "classes": CLASSES,
                "seeds": SEEDS,
                "at_the_stopping_epoch": {name: _spread(values) for name, values in noise.items()},
                "against_the_stopped_row": {
                    name: {key: _spread([one[key] for one in found]) for key in found[0]}
                    for name, found in rows.items()
                },
                **circumstances("whereabouts", **places),
            },
            indent=2,
        )
        + "\n",
        "utf-8",
    )


def _spread(values: list[float]) -> dict[str, float]:
    """Over the sets of classes."""
    return {
        "mean": round(float(np.mean(values)), 3),
        "least": round(min(values), 3),
        "greatest": round(max(values), 3),
    }


if __name__ == "__main__":
    main()
