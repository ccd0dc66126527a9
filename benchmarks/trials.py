"""Trials to raise the accuracy of a recipe, all of them kept, on validation parts alone.

    python benchmarks/trials.py --data ~/cifar-100-python                 the first stage, an hour
    python benchmarks/trials.py --only shared --seeds 3                   a candidate's second stage
    python benchmarks/trials.py --only none                               the table anew

A fifth of train is held out of the six sets of classes of `choices`; a trial trains on the rest
and is judged on the held-out part, paired by set and seed with `FREE`, which was the best recipe
when the trials began; what came of them is tried once more on new sets (`tied`). The test sets are
never looked at. The rule, set down before the first run, is `RULE`. One core trains; seconds are
those of the processor, so what else runs counts little. Every run is kept at once in the result:
asked again it goes on where it was stopped.
"""

import json
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

os.environ.setdefault("OMP_NUM_THREADS", "1")

import cyclopts
import numpy as np
import torch
from scipy import stats

import trials_ways as ways
from choices import CLASSES, difference
from fclab.data import cifar100
from fclab.statistics.verdict import holm
from fclab.study.rows import HOLD_OUT
from fclab.values.files import write_atomic
from fclab.values.metrics import accuracy, losses
from fclab.values.model import Weights
from fclab.values.recipe import FREE, Recipe
from measure import circumstances, load_average
from trials_training import Case

RESULT = Path(__file__).parent / "results" / "trials.json"
FEW: Final = 3
"""Sets after which a trial that is behind is left."""
BEHIND: Final = 0.005
RULE: Final = (
    "First stage: seed 0 on six sets of classes, left after three of them where a trial is half a "
    "point or more behind by then. What gains half a point or more on six, at most "
    "three trials, comes to the second stage: new seeds on the same sets. A candidate is taken "
    "only if the 95 % interval over sets (Student's t) of the new seeds alone, corrected by Holm "
    "for the number of candidates of the second stage, lies above 0; of equals the cheaper."
)


@dataclass(frozen=True)
class Trial:
    """What is tried.

    Attributes:
        what: in a few words.
        changes: in the best recipe.
        way: how the weights come about.
        answer: what answers for the held-out part; None: the recipe's views.
    """

    what: str
    changes: Mapping[str, Any] = field(default_factory=dict)
    way: ways.Way = ways.plain
    answer: Callable[[Case, Recipe, Weights], np.ndarray] | None = None


TIED: Final = {"layers": (1024, 512, 3), "epochs": 140, "tied": 5 / 7}
TRIALS: Final[Mapping[str, Trial]] = {
    "best": Trial("the best recipe of free weights"),
    "distilled": Trial("taught by four networks of the best recipe", way=ways.distilled),
    "shared": Trial("16 filters at 32 places each, pulled together", way=ways.shared),
    "three hidden": Trial("FC(512), FC(256), FC(128)", {"layers": (512, 256, 128, 3)}),
    "batch 250": Trial("batches of 250, lr 0.05", {"batch_size": 250, "lr": 0.05}),
    "locality 3": Trial("locality 3 instead of 1", {"locality": 3.0}),
    "locality 10": Trial("locality 10 instead of 1", {"locality": 10.0}),
    "tied": Trial("filters tied in 100 of 140 epochs", TIED, way=ways.by_engine),
    "tied longer": Trial(
        "filters tied in 150 of 200 epochs", {**TIED, "epochs": 200, "tied": 0.75}, ways.by_engine
    ),
    "mixup 0.2": Trial("mixup 0.2 beside label smoothing", {"mixup": 0.2}),
    "mirrored": Trial("first layer of mirrored pairs", way=ways.mirrored),
    "pruned beside": Trial("near by the prior or by pruning", way=ways.pruned_beside),
    "patches": Trial("first layer starts as white patches", way=ways.from_patches),
    "further": Trial("near reaches a third further", way=ways.seeing_further),
    "L2 0.002": Trial("L2 0.002 instead of 0.001", {"weight_decay": 0.002}),
    "coloured": Trial("grey images, channels scaled", way=ways.coloured),
    "GELU, EMA": Trial("GELU and EMA 0.99", {"activation": "gelu", "ema": 0.99}),
    "long": Trial(
        "480 epochs, batches of 250, lr 0.05", {"epochs": 480, "batch_size": 250, "lr": 0.05}
    ),
    "wide": Trial("FC(1024), FC(256)", {"layers": (1024, 256, 3)}),
    "pruned": Trial("near by pruning alone", way=ways.pruned),
    "fifty views": Trial("fifty views instead of ten", answer=ways.fifty_views),
}
Runs = dict[str, dict[str, dict[str, Any]]]
"""By trial, then by set and seed as `named` has them."""


def named(classes: tuple[int, ...], seed: int) -> str:
    """A set of classes and a seed, as keys of the result."""
    return f"{' '.join(map(str, classes))} seed {seed}"


def judged(trial: Trial, case: Case) -> dict[str, Any]:
    """Train and ask the held-out part; or why that failed."""
    recipe, valid = FREE.replace(**trial.changes), case.dataset.valid
    assert valid is not None
    try:
        weights = trial.way(case, recipe)
        views = (trial.answer or Case.answers)(case, recipe, weights)
    except (ArithmeticError, RuntimeError, ValueError) as error:
        return {"failed": f"{type(error).__name__}: {error}"}
    if not np.isfinite(views).all():
        return {"failed": "it diverged"}
    plain = case.answers(recipe.replace(tta="none"), weights)
    known = case.answers(recipe, weights, "train")
    return {
        "plain": accuracy("multiclass", plain, valid.y),
        "views": accuracy("multiclass", views, valid.y),
        "loss": float(losses(recipe.loss, views, valid.y).mean()),
        "train": accuracy("multiclass", known, case.dataset.train.y),
        "seconds": case.spent[-1],
        "seconds_in_all": sum(case.spent),
    }


def compared(runs: Runs, name: str, seeds: list[int]) -> dict[str, Any]:
    """A trial less the best recipe over some seeds that both have of every set."""
    pairs = [named(classes, seed) for classes in CLASSES for seed in seeds]
    views, best = ([runs[row][pair]["views"] for pair in pairs] for row in (name, "best"))
    of_sets = (np.array(views) - best).reshape(len(CLASSES), -1).mean(axis=1)
    statistic = of_sets.mean() / stats.sem(of_sets)
    return {
        "seeds": seeds,
        **difference(views, best),
        "of_sets": of_sets.tolist(),
        "p": float(2 * stats.t.sf(abs(statistic), len(of_sets) - 1)),
    }


def left(runs: Runs, name: str) -> bool:
    """Whether a trial is so far behind after three sets that it is not gone on with."""
    pairs = [named(classes, 0) for classes in CLASSES[:FEW]]
    if not all("views" in runs[name].get(p, {}) and "views" in runs["best"][p] for p in pairs):
        return False
    return behind(runs, name, pairs) <= -BEHIND


def behind(runs: Runs, name: str, pairs: list[str]) -> float:
    """The mean difference from the best recipe over some pairs."""
    return float(np.mean([runs[name][p]["views"] - runs["best"][p]["views"] for p in pairs]))


def rows_of(runs: Runs) -> dict[str, Any]:
    """What is said of every trial; Holm's correction over those of the second stage."""
    rows = {}
    for name, found in runs.items():
        trial, failed = TRIALS[name], [run for run in found.values() if "failed" in run]
        done = [run for run in found.values() if "failed" not in run]
        row: dict[str, Any] = {
            "what": trial.what, "changes": trial.changes, "way": trial.way.__name__,
            "networks": len(done), "failed": [run["failed"] for run in failed],
        }  # fmt: skip
        row |= {key: float(np.mean([run[key] for run in done])) for key in (done or [{}])[0]}
        whole = [s for s in range(100) if all(
            "views" in runs[row].get(named(c, s), {}) for c in CLASSES for row in (name, "best")
        )]  # fmt: skip
        if name != "best" and 0 in whole:
            pairs = [named(classes, 0) for classes in CLASSES]
            cost = [sum(runs[row][p]["seconds_in_all"] for p in pairs) for row in (name, "best")]
            row |= {"first": compared(runs, name, [0]), "cost": cost[0] / cost[1]}
        elif name != "best" and done:
            pairs = [p for p in found if "views" in found[p] and p in runs["best"]]
            row["of_few"] = {"sets": len(pairs), "difference": behind(runs, name, pairs)}
        if name != "best" and whole[1:]:
            row |= {"second": compared(runs, name, whole[1:]), "all": compared(runs, name, whole)}
        elif name != "best" and (
            later := [p for p in found if not p.endswith("seed 0") and p in runs["best"]]
        ):
            row["begun"] = {"networks": len(later), "difference": behind(runs, name, later)}
        rows[name] = row
    finalists = [row["second"] for row in rows.values() if "second" in row]
    for second, p in zip(finalists, holm([s["p"] for s in finalists]), strict=True):
        second |= {"p_holm": float(p), "taken": bool(p < 0.05 and second["difference"] > 0)}
    return rows


def bounds(datasets: list[Any], runs: Runs, networks: Path) -> dict[str, Any]:
    """How far the networks of the best recipe are from their ensemble and from each other."""
    seeds = [s for s in range(ways.TEACHERS) if all(named(c, s) in runs["best"] for c in CLASSES)]
    together, alone = [], []
    for dataset in datasets:
        outputs = []
        for seed in seeds:
            case = Case(dataset, seed, networks)
            outputs.append(case.answers(FREE, case.network(FREE)))
        shares = [accuracy("multiclass", out, dataset.valid.y) for out in outputs]
        alone.append(shares)
        mean = np.exp(outputs).mean(axis=0)
        together.append(accuracy("multiclass", mean, dataset.valid.y))
    spread = np.sqrt(np.var(alone, axis=1, ddof=1).mean()) if len(seeds) > 1 else np.nan
    return {
        "networks": len(seeds),
        "single": float(np.mean(alone)),
        "ensemble": float(np.mean(together)),
        "ensemble_gain": difference(together, np.mean(alone, axis=1)),
        "sd_of_seeds": float(spread),
        "images": sum(len(dataset.valid) for dataset in datasets),
    }


def written(out: Path, runs: Runs, more: Mapping[str, Any]) -> None:
    """The result as it stands."""
    record = {
        "what": "trials to raise the accuracy of FREE, on held-out fifths of train",
        "calls": "several, the last one that trained is the command",
        **more,
        "rule": RULE,
        "recipe_key": FREE.key,
        "classes": CLASSES,
        "rows": rows_of(runs),
        "runs": runs,
        "load_average": load_average(),
    }
    write_atomic(out, json.dumps(record, indent=1) + "\n")


def main(
    *,
    data: Path | None = None,
    networks: Path = Path("results/trials-networks"),
    only: tuple[str, ...] = (),
    seeds: int = 1,
    minutes: float = 1e6,
    out: Path = RESULT,
) -> None:
    """Make the trials that the result does not have yet, and write their table.

    Args:
        data: the folder of CIFAR-100; default: as for fclab run.
        networks: where networks of recipes are kept.
        only: some trials, or ``none`` of them; default: all.
        seeds: networks of every trial and set of classes.
        minutes: after which nothing new is begun.
        out: where the JSON is and goes.
    """
    torch.set_num_threads(1)
    until = time.monotonic() + 60 * minutes
    kept = json.loads(out.read_text("utf-8")) if out.exists() else {}
    if kept.get("recipe_key", FREE.key) != FREE.key:
        kept = {}
    runs: Runs = kept.get("runs", {})
    more = circumstances("trials", **({"data": data} if data else {}), networks=networks)
    of_earlier = ("bounds", *(("command", "date") if only == ("none",) else ()))
    more |= {key: kept[key] for key in of_earlier if key in kept}
    datasets = [cifar100(classes, data).hold_out(HOLD_OUT) for classes in CLASSES]
    for name in only or TRIALS:
        for seed in range(seeds if name in TRIALS else 0):
            for classes, dataset in zip(CLASSES, datasets, strict=True):
                found = runs.setdefault(name, {})
                if named(classes, seed) in found or time.monotonic() > until:
                    continue
                if left(runs, name):
                    break
                found[named(classes, seed)] = judged(TRIALS[name], Case(dataset, seed, networks))
                written(out, runs, more)
            row = rows_of(runs)[name]
            print(name, row.get("second") or row.get("first") or row.get("of_few"), flush=True)
    more["bounds"] = bounds(datasets, runs, networks)
    written(out, runs, more)
    for name, row in rows_of(runs).items():
        apart = row.get("second") or row.get("first")
        said = "{difference:+.1%} ({low:+.1%} to {high:+.1%})".format(**apart) if apart else ""
        print(f"{name:16s} {row.get('views', 0):.1%} {row.get('seconds', 0):5.1f} s {said}")


if __name__ == "__main__":
    cyclopts.run(main)
