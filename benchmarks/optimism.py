"""What choosing a model's setting on the test set seems to gain, and how stable the choice is.

    python benchmarks/optimism.py --data ~/cifar-100-python       about 5 minutes on two free cores
    python benchmarks/optimism.py --data FOLDER --sets 4 --whole 0                       a glance

Task 5 of the lab as fclab 0.1.0 did it: nine settings of learning rate and batch size, each at its
own over-fitting epoch, chosen by four networks. On the classes of twenty variants of the lab the
networks are trained without a held-out fifth of train. The same networks choose once by the test
set and once by the held-out part; networks of other seeds, trained on the same images, say what
either choice is worth on the same test images. On the first few sets of classes every setting is
trained from 32 seeds: what would they choose, and how often do four of them choose the same?

Runs are kept, so asked again it goes on where it was stopped.
"""

import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import cyclopts
import numpy as np
from scipy import stats

from fclab.data import cifar100
from fclab.labs.lab1.grid import grids
from fclab.labs.lab1.settings import Settings
from fclab.labs.lab1.variant import classes_of
from fclab.store.database import Store
from fclab.study.choices import Candidate, best_candidate, overfitting_epoch
from fclab.study.rows import FEW, HOLD_OUT
from fclab.study.trainer import get_or_train
from fclab.values.files import write_atomic
from fclab.values.recipe import Recipe
from fclab.values.rng import stream
from fclab.values.run import Run
from measure import circumstances, load_average

RESULT = Path(__file__).parent / "results" / "optimism.json"
FIRST: Final = 100
"""The seeds that choose begin here; those from 0 on judge."""
_DRAWS: Final = 2000

Trained = Mapping[Recipe, list[Run]]


def points(values: Sequence[float]) -> dict[str, float | int]:
    """Mean of one value per set of classes, in points, with its 95 % interval (Student's t)."""
    x = 100 * np.asarray(values)
    low, high = stats.ttest_1samp(x, 0.0).confidence_interval(0.95)
    return {"mean": float(x.mean()), "low": float(low), "high": float(high),
            "sd": float(x.std(ddof=1)), "n": len(x)}  # fmt: skip


def at(runs: Sequence[Run], epoch: int) -> np.ndarray:
    """The test accuracy of every run after an epoch, ``(seeds,)``."""
    return np.array([run.history["test_accuracy"][epoch - 1] for run in runs])


def told(choice: Candidate) -> dict[str, float | int | None]:
    recipe = choice.recipe
    return {"lr": recipe.lr, "batch": recipe.batch_size, "epochs": recipe.epochs}


def judged(trained: Trained, judges: Any) -> dict[str, Any]:
    """Both choices of one model on one set of classes, and what they are worth.

    Args:
        trained: networks of all settings that choose.
        judges: trains networks of other seeds.
    """
    by_test, by_valid = best_candidate(trained, "test"), best_candidate(trained, "valid")
    assert by_test is not None
    assert by_valid is not None
    fresh = judges([by_test.trained, by_valid.trained])
    own_valid = at(trained[by_valid.trained], by_valid.recipe.epochs)
    own_test = at(trained[by_test.trained], by_test.recipe.epochs)
    # Who trains every setting once and takes the best test accuracy that was ever seen.
    best = np.max(
        [[r.history["test_accuracy"].max() for r in runs] for runs in trained.values()], 0
    )
    return {
        "by_test": told(by_test),
        "by_valid": told(by_valid),
        "seen_by_accuracy": float((best - own_valid).mean()),
        "seen_by_loss": float((own_test - own_valid).mean()),
        "left_by_loss": float(
            (at(fresh[by_test.trained], by_test.recipe.epochs)
             - at(fresh[by_valid.trained], by_valid.recipe.epochs)).mean()
        ),
        "accuracy_by_valid": float(at(fresh[by_valid.trained], by_valid.recipe.epochs).mean()),
    }  # fmt: skip


def stability(trained: Trained, few: int) -> dict[str, Any]:
    """What all seeds choose by the mean test loss, and how often a few of them do the same.

    Args:
        trained: networks of all settings, from the same seeds.
    """
    curves = [np.array([run.history["test_loss"] for run in runs]) for runs in trained.values()]
    seeds = len(curves[0])
    losses = np.array([curve.mean(axis=0).min() for curve in curves])
    rank = losses.argsort().argsort()
    order = stream(0, "optimism").permuted(np.tile(np.arange(seeds), (_DRAWS, 1)), axis=1)
    weights = (order < few) / few
    chosen = np.array([(weights @ curve).min(axis=1) for curve in curves]).argmin(axis=0)
    return {
        "settings": len(curves),
        "seeds": seeds,
        "few": few,
        "same_percent": float(100 * (rank[chosen] == 0).mean()),
        "among_best_three_percent": float(100 * (rank[chosen] < 3).mean()),
        "mean_place": float(rank[chosen].mean() + 1),
        "loss_given_away": float((losses[chosen] - losses.min()).mean()),
        "losses": [float(losses.min()), float(losses.max())],
        "accuracies_at_the_least_loss": sorted(
            float(at(runs, int(curve.mean(axis=0).argmin()) + 1).mean())
            for curve, runs in zip(curves, trained.values(), strict=True)
        ),
    }


def longer(trained: Trained) -> list[Recipe]:
    """The settings whose loss, on either part, still falls at the end: for twice as long."""
    return [
        recipe.replace(epochs=2 * recipe.epochs)
        for recipe, runs in trained.items()
        for found in [[overfitting_epoch(runs, split) for split in ("test", "valid")]]
        if any(moment and moment.of_mean == recipe.epochs for moment in found)
    ]


def main(
    *,
    data: Path,
    store: Path = Path("results/optimism-benchmark.db"),
    sets: int = 20,
    models: tuple[str, ...] = ("5", "10,10"),
    seeds: int = FEW,
    judges: int = 8,
    whole: int = 2,
    whole_seeds: int = 32,
    out: Path = RESULT,
) -> None:
    """Train what is missing, and write the result with its circumstances.

    Args:
        data: the folder of CIFAR-100.
        store: where runs are kept.
        sets: sets of classes: those of variant k in group k of IU5.
        models: hidden layers of the models that are tuned.
        seeds: networks of every setting that choose.
        judges: networks of other seeds that judge a choice.
        whole: on so many sets every setting is trained from whole_seeds seeds.
        whole_seeds: see whole.
        out: where the JSON goes.
    """
    started, cpu = time.perf_counter(), time.process_time()
    hidden = tuple(tuple(int(n) for n in model.split(",")) for model in models)
    settings = Settings(hidden=hidden)
    found, stable, left_out = [], [], 0
    with Store(store) as kept:
        for number in range(1, sets + 1):
            classes = classes_of(number, number, "iu5").classes
            held = cifar100(classes, data).hold_out(HOLD_OUT)
            base = get_or_train(kept, held, [settings.base], range(FIRST, FIRST + seeds))
            moment = overfitting_epoch(base[settings.base], "test")
            assert moment is not None
            for model, grid in grids(settings, moment.of_mean, len(held.train)).items():
                chosen_from = range(FIRST, FIRST + (whole_seeds if number <= whole else seeds))
                trained = get_or_train(kept, held, grid, chosen_from)
                for _ in range(2):
                    more = longer(trained)
                    if not more:
                        break
                    again = get_or_train(kept, held, more, chosen_from)
                    trained = {
                        long if long in again else recipe: again.get(long, runs)
                        for recipe, runs in trained.items()
                        for long in [recipe.replace(epochs=2 * recipe.epochs)]
                    }
                healthy = {
                    recipe: runs
                    for recipe, runs in trained.items()
                    if all(run.diverged_at is None for run in runs)
                }
                left_out += len(trained) - len(healthy)
                few = {recipe: runs[:seeds] for recipe, runs in healthy.items()}
                of_model = {"classes": classes, "hidden": model}
                found.append(
                    of_model
                    | judged(
                        few, lambda todo, held=held: get_or_train(kept, held, todo, range(judges))
                    )
                )
                if number <= whole:
                    stable.append(of_model | stability(healthy, FEW))
            print(number, *classes, f"{time.perf_counter() - started:.0f} s", flush=True)

    def mean_of(what: str) -> dict[str, float | int]:  # models of one set are no independent pairs
        per_set = np.array([row[what] for row in found]).reshape(-1, len(hidden))
        return points(per_set.mean(axis=1))

    record = {
        "what": "task 5: setting and epoch chosen on test or on a held-out fifth of train",
        **circumstances("optimism", data=data, store=store),
        "sets": sets,
        "models": [list(model) for model in hidden],
        "settings": len(settings.search_lr) * len(settings.search_batch),
        "seeds": seeds,
        "judges": judges,
        "left_out_diverged": left_out,
        "choosing": {
            "accuracy_of_each_network_seen": mean_of("seen_by_accuracy"),
            "loss_of_the_mean_seen": mean_of("seen_by_loss"),
            "loss_of_the_mean_left": mean_of("left_by_loss"),
            "same_setting_percent": 100 * np.mean(
                [row["by_test"]["lr"] == row["by_valid"]["lr"]
                 and row["by_test"]["batch"] == row["by_valid"]["batch"] for row in found]
            ),
            "accuracy_by_valid_percent": 100 * np.mean([row["accuracy_by_valid"] for row in found]),
        },
        "stability": {
            "sets": whole,
            "models": len(stable),
            "seeds": whole_seeds,
            "few": FEW,
            **{
                name: float(np.mean([row[name] for row in stable]))
                for name in ("same_percent", "among_best_three_percent", "mean_place",
                             "loss_given_away")
            },
            "by_chance_percent": 100 / (len(settings.search_lr) * len(settings.search_batch)),
            "rows": stable,
        } if stable else None,
        "rows": found,
        "cpu_seconds_of_this_call": time.process_time() - cpu,
        "load_average": load_average(),
    }  # fmt: skip
    write_atomic(out, json.dumps(record, indent=1) + "\n")
    for name, value in record["choosing"].items():
        print(name, value)
    print({k: v for k, v in (record["stability"] or {}).items() if k != "rows"})
    print(f"{time.perf_counter() - started:.0f} s; written to {out}")


if __name__ == "__main__":
    cyclopts.run(main)
