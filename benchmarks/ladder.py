"""The best recipe on classes 0, 55, 58 and on variants drawn at random, and the whole ladder.

    python benchmarks/ladder.py --data ~/cifar-100-python                  both parts of the recipe
    python benchmarks/ladder.py --data ~/cifar-100-python --minutes 20     stop after 20 minutes
    python benchmarks/ladder.py --data ~/cifar-100-python --climbing       the whole ladder as well

The recipe's runs are kept, so asked again it goes on where it was stopped. The variants are trained
in turns: first every variant from as many seeds as there are cores, then from as many more; only
seeds that all variants have count. The ladder is climbed from an empty store, so its time is that
of all its runs.
"""

import json
import os
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import cyclopts
import numpy as np

from fclab.data import cifar100
from fclab.engines.job import this_machine
from fclab.labs.lab1.variant import Variant, classes_of
from fclab.statistics import accuracy_over_images, accuracy_over_seeds
from fclab.store.database import Store
from fclab.study.trainer import get_or_train
from fclab.tuning.ensemble import ensemble_correct
from fclab.tuning.ladder import climb
from fclab.tuning.rungs import figures, ladder_table
from fclab.values.dataset import Dataset
from fclab.values.errors import UsageError
from fclab.values.files import write_atomic
from fclab.values.recipe import BEST, CIFAR, Recipe
from fclab.values.rng import stream
from fclab.values.run import Run
from measure import circumstances, load_average

RESULT = Path(__file__).parent / "results" / "ladder.json"
EXAMPLE = (0, 55, 58)


def draw_variants(count: int, seed: int = 0) -> list[Variant]:
    """Variants drawn by the rule: group 21 to 25, variant 1 to 30, IU5; each at most once, and
    without those whose three classes are not different (the rule gives none for them)."""
    draw, found = stream(seed, "variants"), dict[tuple[int, int], Variant]()
    while len(found) < count:
        group, number = int(draw.integers(21, 26)), int(draw.integers(1, 31))
        try:
            found.setdefault((group, number), classes_of(str(group), number, "iu5"))
        except UsageError:
            continue
    return list(found.values())


def fitted(recipe: Recipe, dataset: Dataset) -> Recipe:
    return recipe.replace(layers=(*recipe.layers[:-1], dataset.n_outputs))


def summary(runs: Sequence[Run]) -> dict[str, Any]:
    """Single networks and their ensemble."""
    train, single = (
        accuracy_over_seeds(
            [run.metrics[f"{on}_accuracy"] for run in runs], len(runs[0].targets[on])
        )
        for on in ("train", "test")
    )
    together = ensemble_correct(runs, "test")
    images = accuracy_over_images(together[None])
    return {
        "seeds": len(runs),
        "test": [run.metrics["test_accuracy"] for run in runs],
        "test_mean": single.mean,
        "test_low": single.low,
        "test_high": single.high,
        "test_sd": single.sd if len(runs) > 1 else None,
        "train_mean": train.mean,
        "ensemble": float(together.mean()),
        "ensemble_low": images.low,
        "ensemble_high": images.high,
        "seconds_per_network": float(np.mean([run.seconds for run in runs])),
    }


def on_example(store: Store, data: Path, seeds: int) -> dict[str, Any]:
    dataset = cifar100(EXAMPLE, data)
    found = {}
    for name, recipe in (("base", CIFAR), ("best", BEST)):
        recipe = fitted(recipe, dataset)
        found[name] = summary(get_or_train(store, dataset, [recipe], range(seeds))[recipe])
        print(name, json.dumps(found[name]), flush=True)
    return {"classes": EXAMPLE, "test_images": len(dataset.test), **found}


def on_variants(
    store: Store, data: Path, count: int, seeds: int, until: float, base_seeds: int = 5
) -> dict[str, Any]:
    variants = draw_variants(count)
    datasets = [cifar100(variant.classes, data) for variant in variants]
    complete, cores = 0, this_machine().cores
    for first in range(0, seeds, cores):
        together = range(first, min(first + cores, seeds))  # a network on each core
        for dataset in datasets:
            if time.monotonic() > until:
                break
            get_or_train(store, dataset, [fitted(BEST, dataset)], together)
            print(*together, dataset.name, f"{time.monotonic() - until:.0f} s", flush=True)
        else:
            complete = together.stop
            print(f"seeds up to {complete - 1}: all {count} variants", flush=True)
            continue
        break
    rows = []
    for variant, dataset in zip(variants, datasets, strict=True):
        if not complete:
            break
        base, best = fitted(CIFAR, dataset), fitted(BEST, dataset)
        of_base = summary(get_or_train(store, dataset, [base], range(base_seeds))[base])
        of_best = summary(get_or_train(store, dataset, [best], range(complete))[best])
        rows.append(
            {
                "group": variant.group,
                "variant": variant.number,
                "classes": variant.classes,
                "base": of_base,
                "best": of_best,
                "gain": of_best["test_mean"] - of_base["test_mean"],
            }
        )
    gains = [row["gain"] for row in rows]
    return {
        "rule": "group 21..25, variant 1..30, IU5, drawn from stream(0, 'variants')",
        "variants": len(rows),
        "seeds": complete,
        "base_seeds": base_seeds,
        "mean_base": float(np.mean([row["base"]["test_mean"] for row in rows])) if rows else None,
        "mean_best": float(np.mean([row["best"]["test_mean"] for row in rows])) if rows else None,
        "mean_ensemble": float(np.mean([r["best"]["ensemble"] for r in rows])) if rows else None,
        "mean_gain": float(np.mean(gains)) if rows else None,
        "least_gain": min(gains) if rows else None,
        "rows": rows,
    }


def alone(data: Path) -> dict[str, Any]:
    """The wall time of one network that has the machine for itself, on all cores."""
    from fclab.engines import train

    dataset = cifar100(EXAMPLE, data)
    started = time.perf_counter()
    list(train(dataset, [fitted(BEST, dataset)], [0]))
    return {"seconds": time.perf_counter() - started, "cores": this_machine().cores}


CLIMBED = 5  # seeds of every rung


def whole_ladder(data: Path) -> dict[str, Any]:
    """The ladder climbed from an empty store: its wall time and its figures."""
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder, Store(Path(folder) / "ladder.db") as empty:
        table = ladder_table(climb(cifar100(EXAMPLE, data), empty, seeds=CLIMBED))
    return {"seconds": round(time.perf_counter() - began, 1), **figures(table)}


def promises(record: dict[str, Any]) -> list[dict[str, Any]]:
    """What is aimed at, what was reached, and whether that is enough; None: not measured yet."""
    best, found = record["example"]["best"], record.get("variants", {})
    least = found.get("least_gain")
    aims = (
        ("single network on 0 55 58, mean test accuracy", best["test_mean"], 0.935),
        ("ensemble on 0 55 58, test accuracy", best["ensemble"], 0.947),
        ("mean gain over the base row, variants", found.get("mean_gain"), 0.15),
        ("least gain over the base row, variants", least, 0.09),
        ("seconds of one network alone, at most", record.get("alone", {}).get("seconds"), 12.0),
        (
            "seconds of the whole ladder, 5 seeds, at most",
            record.get("ladder", {}).get("seconds"),
            360.0,
        ),
    )
    return [
        {
            "what": what,
            "aim": aim,
            "reached": reached,
            "met": None
            if reached is None
            else (reached <= aim if "at most" in what else reached >= aim),
        }
        for what, reached, aim in aims
    ]


def write(out: Path, record: dict[str, Any]) -> None:
    record["promises"] = promises(record)
    record["load_average"] = load_average()  # with more than the cores, seconds are too long
    write_atomic(out, json.dumps(record, indent=1) + "\n")


def main(
    *,
    data: Path,
    store: Path = Path("results/ladder-benchmark.db"),
    seeds: int = 8,
    variants: int = 20,
    variant_seeds: int = 5,
    minutes: float = 60,
    only_climb: bool = False,
    climbing: bool = False,
    out: Path = RESULT,
) -> None:
    """Measure, and write the figures with their circumstances; parts measured before stay.

    Args:
        data: the folder of CIFAR-100.
        store: where runs are kept.
        seeds: networks on classes 0, 55, 58.
        variants, variant_seeds: how many variants, and networks of each.
        minutes: no new network of a variant is begun after so many.
        climbing: climb the whole ladder too (5 seeds).
        only_climb: climb the ladder and leave the other parts as they are.
        out: where the JSON goes.
    """
    until = time.monotonic() + 60 * minutes
    started = time.perf_counter()
    record = json.loads(out.read_text("utf-8")) if out.exists() else {}
    if record.get("recipe_key") != BEST.key:
        record = {}
    now = circumstances("ladder", data=data, store=store)
    record |= {
        "what": "test accuracy of fclab.values.recipe.BEST and of the lab's base recipe",
        **({} if only_climb else now),
        "recipe": BEST.model_dump(mode="json", exclude_defaults=True),
        "recipe_key": BEST.key,
    }
    if not only_climb:
        with Store(store) as kept:
            record["example"] = on_example(kept, data, seeds)
            write(out, record)
            record["variants"] = on_variants(kept, data, variants, variant_seeds, until)
            record["alone"] = alone(data)
            record["seconds"] = round(time.perf_counter() - started, 1)
            write(out, record)
    if climbing or only_climb:
        record["ladder"] = {**now, **whole_ladder(data)}
        write(out, record)
    print(f"{time.perf_counter() - started:.0f} s; written to {out}")


if __name__ == "__main__":
    cyclopts.run(main)
