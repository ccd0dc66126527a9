"""What knowledge of other classes is worth: the best recipe of free weights alone and after
pre-training on the train images of the other 97 classes, on variants drawn at random.

    python benchmarks/pretrain.py --data ~/cifar-100-python                20 variants: an hour
    python benchmarks/pretrain.py --data ~/cifar-100-python --minutes 20   no new variant after 20
    python benchmarks/pretrain.py --data ~/cifar-100-python --again        the mean anew

The recipe is `FREE`: given weights cannot be tied. The variants are those of benchmarks/ladder.py.
Each is written as soon as it is done, so asked again it goes on where it was stopped. On every
variant there is one pre-training, from which some networks go on; the interval is over the
variants, each of which counts once, by the means of its networks.
"""

import json
import os
import time
from pathlib import Path
from typing import Annotated, Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import cyclopts
import numpy as np
from scipy import stats

from fclab.analysis.ceilings.pretraining import FIRST, THEN, continued, pretrained
from fclab.data.cifar100 import chosen, find, other_classes
from fclab.data.cifar100.places import Source, absent
from fclab.engines import train
from fclab.labs.lab1.variant import Variant
from fclab.values.files import write_atomic
from fclab.values.recipe import FREE
from ladder import draw_variants
from measure import circumstances, load_average

RESULT = Path(__file__).parent / "results" / "pretrain.json"


def measured(source: Source, variant: Variant, seeds: int) -> dict[str, Any]:
    """One variant: test accuracies with and without pre-training, and how long it took."""
    numbers = tuple(sorted(variant.classes))
    dataset, others = chosen(source, numbers), other_classes(source, numbers)
    best = [run.metrics["test_accuracy"] for run in train(dataset, [FREE], range(seeds))]
    started = time.perf_counter()
    hidden = pretrained(others)
    before = time.perf_counter()
    runs = continued(dataset, hidden, range(seeds))
    after = time.perf_counter()
    taught = [run.metrics["test_accuracy"] for run in runs]
    return {
        "group": variant.group,
        "variant": variant.number,
        "classes": variant.classes,
        "best": best,
        "pretrained": taught,
        "gain": float(np.mean(taught) - np.mean(best)),
        "seconds": {
            "first": round(before - started, 1),
            "then": round(after - before, 1),
        },
    }


def summary(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Over the variants: the mean gain with its 95 % interval (Student's t)."""
    gains = np.array([row["gain"] for row in rows])
    found: dict[str, Any] = {
        "best_seeds": min(len(row["best"]) for row in rows),
        "mean_best": float(np.mean([np.mean(row["best"]) for row in rows])),
        "mean_pretrained": float(np.mean([np.mean(row["pretrained"]) for row in rows])),
        "mean_gain": float(gains.mean()),
        "least_gain": float(gains.min()),
        "greatest_gain": float(gains.max()),
        "higher_on": int((gains > 0).sum()),
        "median_seconds": {
            part: float(np.median([row["seconds"][part] for row in rows]))
            for part in rows[0]["seconds"]
        },
    }
    if len(rows) > 1:
        low, high = stats.ttest_1samp(gains, 0.0).confidence_interval(0.95)
        found |= {"low": float(low), "high": float(high)}
    return found


def write(out: Path, record: dict[str, Any]) -> None:
    record["variants"] = len(record["rows"])
    if record["rows"]:
        record |= summary(record["rows"])
    record["load_average"] = load_average()  # with more than the cores, seconds are too long
    write_atomic(out, json.dumps(record, indent=1) + "\n")


def main(
    *,
    data: Path | None = None,
    variants: int = 20,
    seeds: int = 2,
    minutes: float = 120,
    again: Annotated[bool, cyclopts.Parameter(negative="")] = False,
    out: Path = RESULT,
) -> None:
    """Measure the variants that are not in the result yet.

    Args:
        data: the folder of CIFAR-100; default: as for fclab run.
        variants: how many, in the order of benchmarks/ladder.py.
        seeds: networks that go on from the pre-training of a variant.
        minutes: no new variant is begun after so many.
        again: measure nothing, compute the means of the stored rows anew.
        out: where the JSON goes.
    """
    until = time.monotonic() + 60 * minutes
    recipes = {"first": FIRST, "then": THEN, "best": FREE}
    keys = {name: recipe.key for name, recipe in recipes.items()}
    record: dict[str, Any] = json.loads(out.read_text("utf-8")) if out.exists() else {}
    if not again:
        if (record.get("recipe_keys"), record.get("seeds")) != (keys, seeds):
            record = {"rows": []}
        source = find(data)
        if source is None:
            raise absent()
        record |= {
            "what": "test accuracy of fclab.values.recipe.FREE alone, and after pre-training on "
            "the train images of all other classes of CIFAR-100 (outside knowledge)",
            **circumstances("pretrain", **({"data": data} if data else {})),
            "recipes": {
                name: recipe.model_dump(mode="json", exclude_defaults=True)
                for name, recipe in recipes.items()
            },
            "recipe_keys": keys,
            "seeds": seeds,
            "rule": "the variants of benchmarks/ladder.py",
            "interval": "95 %, Student's t over the variants; each counts once",
        }
        done = {(row["group"], row["variant"]) for row in record["rows"]}
        for variant in draw_variants(variants):
            if (variant.group, variant.number) in done:
                continue
            if time.monotonic() > until:
                break
            row = measured(source, variant, seeds)
            record["rows"].append(row)
            write(out, record)
            print(json.dumps(row), flush=True)
    write(out, record)
    shown = ("variants", "mean_best", "mean_pretrained", "mean_gain", "low", "high")
    print({name: record.get(name) for name in shown})


if __name__ == "__main__":
    cyclopts.run(main)
