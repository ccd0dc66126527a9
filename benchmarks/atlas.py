"""The atlas that comes with fclab, made anew; how good its predictions are; how long 150 variants
take.

    python benchmarks/atlas.py --data ~/cifar-100-python --store atlas.db      about an hour
    python benchmarks/atlas.py --data ~/cifar-100-python --timed 10            a few minutes
    python benchmarks/atlas.py --data ~/cifar-100-python --epochs              two minutes

The first trains the years 2024 to 2026, triples drawn at random and every pair of classes, and
writes what fclab ships (src/fclab/course/atlas/shipped). Its networks are kept, so asked again it
goes on where it was stopped. The second times the first variants of 2026 from an empty store, and
keeps what it measured in the same result. The third asks what the best recipe loses with fewer
epochs.
"""

import json
import os
import tempfile
from collections.abc import Callable, Sequence
from itertools import combinations
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import cyclopts
import numpy as np

from choices import CLASSES, difference
from choices import RESULT as CHOICES
from fclab.course.atlas import kept
from fclab.course.atlas.places import places_of, triples_of
from fclab.course.atlas.predictor import PAIRS, fit
from fclab.course.atlas.training import Settings, about, train_atlas
from fclab.course.atlas.values import Classes, Difficulty
from fclab.data.cifar100 import Source, chooser, find
from fclab.engines import train
from fclab.labs.lab1.variant import SCHEMES
from fclab.store.database import Store
from fclab.study.rows import HOLD_OUT
from fclab.study.trainer import Trainer
from fclab.values.files import write_atomic
from fclab.values.recipe import BEST, CIFAR
from measure import circumstances, load_average

RESULT = Path(__file__).parent / "results" / "atlas.json"
SHIPPED = Path(kept.__file__).parent / "shipped"
YEARS = ("2024", "2025", "2026")
EXAMPLE = (0, 55, 58)
SEEDS, DRAWN_SEEDS, PAIR_SEEDS = 8, 4, 2


def found_at(data: Path) -> Source:
    """CIFAR-100 where it was named."""
    source = find(data, cache=False)
    assert source is not None, data
    return source


def drawn(count: int, seed: int) -> list[Classes]:
    """Triples drawn at random from all 161 700, each at most once."""
    draw, found = np.random.default_rng(seed), dict[Classes, None]()
    while len(found) < count:
        first, second, third = sorted(draw.choice(100, 3, replace=False).tolist())
        found[first, second, third] = None
    return list(found)


def shipped(data: Path, store: Path, reach: int) -> dict[str, Any]:
    """Train what is shipped, or read it from the store, and write it.

    Args:
        data: CIFAR-100.
        store: where the networks are kept.
        reach: how many variants of 2026 get two networks of the best recipe.
    """
    source = found_at(data)
    images = chooser(source)
    current = triples_of(places_of(SCHEMES["2026"]))[:reach]
    years = triples_of([place for year in YEARS for place in places_of(SCHEMES[year])])
    sample = list(dict.fromkeys([*drawn(600, 2026), *drawn(600, 2027)]))
    more = tuple(one for one in sample if one not in set(years))
    with Store(store) as opened:

        def rows_of(triples: Sequence[Classes], **settings: Any) -> tuple[Difficulty, ...]:
            return train_atlas(opened, images, triples, Settings(**settings), progress=told)

        rows = {one.classes: one for one in rows_of((EXAMPLE, *years), seeds=SEEDS)}
        rows |= {one.classes: one for one in rows_of(current, seeds=SEEDS, reach_seeds=2)}
        rows |= {one.classes: one for one in rows_of(more, seeds=DRAWN_SEEDS)}
        pairs = trained_pairs(opened, images)
    model = fit(pairs, list(rows.values()), set(sample), PAIR_SEEDS)
    origin = about(images(EXAMPLE), source.content.key, Settings(reach_seeds=2 if reach else 0))
    found = sorted(rows.values(), key=lambda one: one.classes)
    kept.write_atlas(SHIPPED / "atlas.json", kept.Atlas(about=origin, rows=tuple(found)))
    write_atomic(SHIPPED / "predictor.json", model.model_dump_json() + "\n")
    gains = [one.reach.mean - one.test.mean for one in found if one.reach]
    return {
        "triples_of_the_years": len(years),
        "triples_drawn": len(sample),
        "pairs": len(PAIRS),
        "seeds": SEEDS,
        "seeds_of_drawn": DRAWN_SEEDS,
        "seeds_of_pairs": PAIR_SEEDS,
        "spread": spread([rows[one] for one in years]),
        "spread_of_2026": spread([rows[one] for one in triples_of(places_of(SCHEMES["2026"]))]),
        "reach": {"triples": len(gains), "mean_gain": float(np.mean(gains))} if gains else None,
        "prediction": {**model.held_out.model_dump(), "margin": model.margin},
        "bytes": {path.name: path.stat().st_size for path in sorted(SHIPPED.glob("*.json"))},
    }


def spread(rows: Sequence[Difficulty]) -> dict[str, Any]:
    """From the hardest to the easiest, and how well a row is known."""
    means = sorted(one.test.mean for one in rows)
    return {
        "triples": len(rows),
        "least": means[0],
        "median": median(means),
        "greatest": means[-1],
        "margin": median(one.test.margin for one in rows),
    }


def trained_pairs(store: Store, images: Callable[..., Any]) -> dict[tuple[int, int], float]:
    """Accuracy of the lab's network on every pair of classes, in percent."""
    trainer, recipe = Trainer(store, progress=told), CIFAR.for_outputs(2)
    found = {}
    for pair in combinations(range(100), 2):
        runs = trainer.get_or_train(images(pair), [recipe], range(PAIR_SEEDS))[recipe]
        found[pair] = 100 * float(np.mean([run.metrics["test_accuracy"] for run in runs]))
    return found


def timing(data: Path, count: int) -> dict[str, Any]:
    """How long the first variants of 2026 take from an empty store, and 150 of them would."""
    source = found_at(data)
    images = chooser(source)
    triples = triples_of(places_of(SCHEMES["2026"], departments=["iu5"]))
    assert len(triples) == 150
    chosen = triples[:: len(triples) // count][:count]
    found: dict[str, Any] = {"variants": count, "load_before": load_average()}
    with tempfile.TemporaryDirectory() as folder, Store(Path(folder) / "store.db") as store:
        train_atlas(store, images, [EXAMPLE], Settings(seeds=1, reach_seeds=1))  # compiles
        for name, settings in (
            ("base", Settings(seeds=SEEDS)),
            ("reach", Settings(seeds=SEEDS, reach_seeds=2)),
        ):
            started, busy = perf_counter(), process_time()
            train_atlas(store, images, chosen, settings, progress=told)
            found[f"seconds_{name}"] = perf_counter() - started
            found[f"processor_seconds_{name}"] = process_time() - busy
    together = found["seconds_base"] + found["seconds_reach"]
    found["minutes_of_150_base"] = found["seconds_base"] / count * 150 / 60
    found["minutes_of_150"] = together / count * 150 / 60
    busy = found["processor_seconds_base"] + found["processor_seconds_reach"]
    found["minutes_of_150_alone_on_two_cores"] = busy / 2 / count * 150 / 60
    return {**found, "load_after": load_average()}


def shorter(data: Path) -> dict[str, Any]:
    """What the best recipe loses with fewer epochs, on held-out parts of train, against its own
    figures in results/choices.json; the test sets are not looked at."""
    of_best = json.loads(CHOICES.read_text("utf-8"))["rows"]["best"]
    images = chooser(found_at(data))
    rows: dict[str, Any] = {}
    for epochs in (60, 80):
        recipe, views, seconds = BEST.replace(epochs=epochs), [], 0.0
        for classes in CLASSES:
            runs = train(images(classes).hold_out(HOLD_OUT), [recipe], range(2))
            found = sorted(runs, key=lambda run: run.seed)
            views += [run.metrics["valid_accuracy"] for run in found]
            seconds += sum(run.seconds for run in found)
        lost = difference(views, of_best["per_set"])
        rows[str(epochs)] = {
            "valid": float(np.mean(views)),
            "seconds": seconds / len(views),
            **lost,
        }
        print(epochs, rows[str(epochs)], flush=True)
    return rows


def told(done: float, expected: float) -> None:
    """A line now and then."""
    global _said
    if perf_counter() - _said > 30:
        _said = perf_counter()
        print(f"{done:.0f} of {expected:.0f}", flush=True)


_said = 0.0


def main(
    *, data: Path, store: Path | None = None, timed: int = 0, epochs: bool = False, reach: int = 0
) -> None:
    """Make the atlas anew, or time it.

    Args:
        data: CIFAR-100.
        store: where the networks of what is shipped are kept.
        timed: how many variants are timed.
        epochs: try the best recipe with fewer epochs on held-out parts.
        reach: how many variants of 2026 get networks of the best recipe, too.
    """
    now = circumstances("atlas", data=data, **({"store": store} if store else {}))
    before = json.loads(RESULT.read_text("utf-8")) if RESULT.is_file() else {}
    if timed:
        before["timing"] = {**timing(data, timed), **now}
    if epochs:
        before["fewer_epochs"] = {"rows": shorter(data), **now}
    if store is not None:
        before["shipped"] = {
            **shipped(data, store, reach),
            **now,
        }
    write_atomic(RESULT, json.dumps(before, indent=1) + "\n")
    print(json.dumps(before, indent=1))


if __name__ == "__main__":
    cyclopts.run(main)
