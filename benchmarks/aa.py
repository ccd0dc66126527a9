"""Equal rows on real images: how often is a difference called, and what does luck alone bring?

    python benchmarks/aa.py                  about 12 minutes on two free cores
    python benchmarks/aa.py --minutes 4      stops after 4, keeps what it has; ask again to go on
    python benchmarks/aa.py --variants 4     a glance

An A/A study gives one recipe two names. Every call of a difference is an error, and 5 % of them
are allowed. The recipe is the lab's, stopped where over-fitting sets in (epoch 60); the classes
are those of twenty variants of the lab, so that images differ; no seed is used twice, so that no
two repetitions share a run. The same runs tell how far two single runs are apart and how much the
best of ten seems to gain; the whole 250 epochs, with and without a held-out part, tell what is
gained by choosing the epoch on the test set.
"""

import io
import json
import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from importlib.metadata import version
from pathlib import Path

import cyclopts
import numpy as np
from scipy import stats

from fclab.data import cifar100
from fclab.data.location import cache_dir
from fclab.engines import train
from fclab.engines.job import this_machine
from fclab.labs.lab1.variant import classes_of
from fclab.statistics import compare, holm, mean_over_seeds
from fclab.statistics.twoway import RESAMPLES
from fclab.study.study import correct_answers
from fclab.values.dataset import Dataset
from fclab.values.files import write_atomic
from fclab.values.metrics import best_epoch
from fclab.values.recipe import CIFAR, Recipe
from fclab.values.run import Run

RESULT = Path(__file__).parent / "results" / "aa.json"
STOPPED = CIFAR.replace(epochs=60)
HELD = 1000  # seeds of the runs whose epoch is chosen begin here in the variant's block


@dataclass(frozen=True, eq=False)
class Variant:
    """What one variant's runs came to.

    Attributes:
        correct: right answers of the equal runs, bool ``(runs, images)``.
        accuracy: test accuracy after each epoch of whole trainings, ``(seeds, epochs)``.
        test_loss: the same of their loss.
        valid_loss: of trainings from the same seeds without a fifth of train, on that fifth.
        seconds: wall time of it all.
    """

    correct: np.ndarray
    accuracy: np.ndarray
    test_loss: np.ndarray
    valid_loss: np.ndarray
    seconds: np.ndarray


def dataset_of(number: int, data: Path | None) -> Dataset:
    """The classes of variant ``number`` in group ``number`` of IU5."""
    return cifar100(classes_of(number, number, "iu5").classes, data)


def trained(
    number: int, data: Path | None, runs: int, choosing: int, recipe: Recipe, whole: int
) -> Variant:
    """Train everything for one variant; seeds are shared with no other variant."""
    started = time.perf_counter()
    dataset, first = dataset_of(number, data), 10_000 * number
    equal = seed_by_seed(dataset, recipe, range(first, first + runs))
    seeds = range(first + HELD, first + HELD + choosing)
    long = recipe.replace(epochs=whole)
    watched = seed_by_seed(dataset, long, seeds)
    held = seed_by_seed(dataset.hold_out(), long, seeds)
    return Variant(
        correct=correct_answers(equal),
        accuracy=np.array([run.history["test_accuracy"] for run in watched]),
        test_loss=np.array([run.history["test_loss"] for run in watched]),
        valid_loss=np.array([run.history["valid_loss"] for run in held]),
        seconds=np.array(time.perf_counter() - started),
    )


def seed_by_seed(dataset: Dataset, recipe: Recipe, seeds: Sequence[int]) -> list[Run]:
    return sorted(train(dataset, [recipe], seeds, engine="gram"), key=lambda run: run.seed)


def collected(
    kept: Path, variants: int, minutes: float, make: Callable[[int], Variant]
) -> list[Variant] | None:
    """The variants' runs, read where an earlier call has kept them; None if time ran out."""
    until, found = time.monotonic() + 60 * minutes, []
    for number in range(1, variants + 1):
        path = kept / f"{number}.npz"
        if path.exists():
            with np.load(path) as arrays:
                found.append(Variant(**arrays))
            continue
        if time.monotonic() > until:
            print(f"{len(found)} of {variants} variants are trained; ask again to go on")
            return None
        found.append(make(number))
        held = io.BytesIO()
        np.savez_compressed(held, **{f.name: getattr(found[-1], f.name) for f in fields(Variant)})
        write_atomic(path, held.getvalue())
        print(f"variant {number} of {variants}: {found[-1].seconds:.1f} s", flush=True)
    return found


def share(count: int, n: int) -> dict[str, float | int]:
    """A count of n as a percentage with its exact 95 % binomial interval."""
    interval = stats.binomtest(count, n).proportion_ci(0.95, method="exact")
    return {
        "count": count,
        "n": n,
        "percent": round(100 * count / n, 2),
        "low_percent": round(100 * float(interval.low), 2),
        "high_percent": round(100 * float(interval.high), 2),
    }


def points(value: float, digits: int = 2) -> float:
    return round(100 * float(value), digits)


def groups(correct: np.ndarray, size: int) -> Iterator[np.ndarray]:
    """Disjoint blocks of ``size`` runs."""
    for start in range(0, len(correct) - size + 1, size):
        yield correct[start : start + size]


@dataclass(frozen=True)
class Found:
    """What is counted of a comparison, by itself at 5 %."""

    difference: float
    p_value: float
    half_width: float
    detectable: float


@dataclass(frozen=True)
class Compared:
    """Comparisons of one variant's equal rows.

    Attributes:
        pairs: of two rows, by the seeds per row.
        studies: of the other rows of a study with its first one.
    """

    pairs: dict[int, list[Found]]
    studies: list[list[Found]]


def compared(
    variant: Variant, seeds: Sequence[int], study_seeds: int, rows: int, resamples: int
) -> Compared:
    """Compare equal rows; within one kind of study no run is used twice."""

    def studies(rows: int, n: int) -> list[list[Found]]:
        blocks = groups(variant.correct, rows * n)
        return [study_of(block, rows, resamples) for block in blocks]

    pairs = {n: [one for study in studies(2, n) for one in study] for n in seeds}
    return Compared(pairs, studies(rows, study_seeds))


def study_of(block: np.ndarray, rows: int, resamples: int) -> list[Found]:
    """Comparisons of the 2nd, 3rd, ... row with the first, all of the same recipe."""
    parent, *others = np.split(block, rows)
    n = len(parent)
    comparisons = [
        compare(
            row, parent, seeds=range(n * k, n * k + n), parent_seeds=range(n), resamples=resamples
        )
        for k, row in enumerate(others, start=1)
    ]
    return [
        Found(c.difference, c.p_value, (c.high - c.low) / 2, c.detectable()) for c in comparisons
    ]


def kept_comparisons(path: Path, make: Callable[[], Compared]) -> Compared:
    """The comparisons that an earlier call has kept, or new ones, which are kept."""
    if not path.exists():
        write_atomic(path, json.dumps(asdict(make())))
    read = json.loads(path.read_text("utf-8"))
    return Compared(
        {int(n): [Found(**c) for c in pairs] for n, pairs in read["pairs"].items()},
        [[Found(**c) for c in study] for study in read["studies"]],
    )


def pairs_of_rows(found: Sequence[Found], seeds: int) -> dict:
    """A/A studies of two rows."""
    called = [c for c in found if c.p_value < 0.05]
    return {
        "seeds_per_row": seeds,
        "repetitions": len(found),
        "called": share(len(called), len(found)),
        "called_better": sum(c.difference > 0 for c in called),
        "sd_of_difference_points": points(np.std([c.difference for c in found], ddof=1)),
        "median_half_width_points": points(np.median([c.half_width for c in found])),
        "median_detectable_points": points(np.median([c.detectable for c in found])),
    }


def whole_studies(studies: Sequence[Sequence[Found]], seeds: int, rows: int) -> dict:
    """A/A studies of many rows: is any word wrong, with Holm's correction and without?"""
    wrong = [bool((holm([c.p_value for c in study]) < 0.05).any()) for study in studies]
    naive = [any(c.p_value < 0.05 for c in study) for study in studies]
    return {
        "seeds_per_row": seeds,
        "rows": rows,
        "studies": len(studies),
        "any_wrong_word": share(sum(wrong), len(studies)),
        "any_wrong_word_without_holm": share(sum(naive), len(studies)),
    }


def single_runs(variants: Sequence[Variant]) -> dict:
    """How far two runs of one recipe are apart."""
    apart = np.concatenate(
        [np.abs(v.correct[::2].mean(1) - v.correct[1::2].mean(1)) for v in variants]
    )
    sds = [v.correct.mean(1).std(ddof=1) for v in variants]
    two = int((apart >= 0.02 - 1e-9).sum())
    discordant = [(v.correct[::2] != v.correct[1::2]).mean() for v in variants]
    return {
        "pairs": len(apart),
        "sd_over_seeds_points": {
            "mean": points(np.mean(sds)), "least": points(min(sds)), "greatest": points(max(sds)),
        },
        "median_apart_points": points(np.median(apart)),
        "apart_in_1_of_20_points": points(np.quantile(apart, 0.95)),
        "two_points_or_more": share(two, len(apart)),
        "discordant_percent": points(np.mean(discordant)),
    }  # fmt: skip


def best_of(variants: Sequence[Variant], runs: int) -> dict:
    """What the best of some equal runs seems to gain, and what is left of it on other images.

    The winner is picked on every second image of each variant's test set; the others are new to
    it. On all images together it is picked as a student would.
    """
    seeming, here, elsewhere = [], [], []
    for variant in variants:
        for block in groups(variant.correct, runs):
            accuracy = block.mean(axis=1)
            seeming.append(accuracy.max() - accuracy.mean())
            picked, other = block[:, ::2].mean(axis=1), block[:, 1::2].mean(axis=1)
            winner = int(picked.argmax())
            here.append(picked[winner] - picked.mean())
            elsewhere.append(other[winner] - other.mean())
    return {
        "runs": runs,
        "groups": len(seeming),
        "gain_points": spread(seeming),
        "gain_on_half_the_images_points": spread(here),
        "left_on_the_other_half_points": spread(elsewhere),
    }


def choosing_the_epoch(variants: Sequence[Variant]) -> dict:
    """What choosing the epoch on the test set seems to gain against choosing it on a held-out
    part: test accuracy of the same training, at either epoch; one value per variant."""
    gains: dict[str, list[float]] = {
        "accuracy_of_each_run": [],
        "loss_of_each_run": [],
        "loss_of_the_mean": [],
    }
    for v in variants:
        clean = np.array([best_epoch(loss) for loss in v.valid_loss]) - 1
        by_loss = np.array([best_epoch(loss) for loss in v.test_loss]) - 1
        rows = np.arange(len(clean))
        base = v.accuracy[rows, clean]
        gains["accuracy_of_each_run"].append((v.accuracy.max(axis=1) - base).mean())
        gains["loss_of_each_run"].append((v.accuracy[rows, by_loss] - base).mean())
        both = [v.accuracy[:, best_epoch(m.mean(axis=0)) - 1] for m in (v.test_loss, v.valid_loss)]
        gains["loss_of_the_mean"].append((both[0] - both[1]).mean())
    return {
        "variants": len(variants),
        "seeds": len(variants[0].accuracy),
        "epochs": variants[0].accuracy.shape[1],
        **{f"{name}_points": spread(values) for name, values in gains.items()},
    }


def spread(values: Sequence[float]) -> dict[str, float]:
    """Mean of some differences with its 95 % interval and their standard deviation, points."""
    found = mean_over_seeds(values)
    return {
        "mean": points(found.mean), "low": points(found.low), "high": points(found.high),
        "sd": points(found.sd),
    }  # fmt: skip


def main(
    *,
    data: Path | None = None,
    minutes: float = math.inf,
    variants: int = 20,
    runs: int = 352,
    choosing: int = 4,
    seeds: tuple[int, ...] = (4, 8, 32),
    study_seeds: int = 8,
    rows: int = 12,
    epochs: int = STOPPED.epochs,
    whole: int = CIFAR.epochs,
    resamples: int = RESAMPLES,
    kept: Path | None = None,
    out: Path = RESULT,
) -> None:
    """Train what is missing, compare, and write the result with its circumstances.

    Args:
        data: folder or archive of CIFAR-100, as for fclab run.
        minutes: after which no further variant is begun; what is trained is kept.
        variants: how many variants' classes.
        runs: equal runs of each variant.
        choosing: whole trainings of each variant, for the choice of the epoch.
        seeds: per row, one kind of A/A study each.
        study_seeds, rows: of whole studies.
        epochs: of the recipe.
        whole: epochs of the trainings whose epoch is chosen.
        resamples: of the bootstrap.
        kept: where answers are kept between calls; default: fclab's cache.
        out: where the JSON goes.
    """
    recipe = STOPPED.replace(epochs=epochs)
    folder = (kept or cache_dir() / "aa") / f"{epochs}-{whole}-{runs}-{choosing}"
    everything = collected(
        folder, variants, minutes, lambda k: trained(k, data, runs, choosing, recipe, whole)
    )
    if everything is None:
        return
    numbers = "-".join(map(str, (*seeds, study_seeds, rows, resamples)))
    found = [
        kept_comparisons(
            folder / f"{k}-compared-{numbers}.json",
            lambda one=one: compared(one, seeds, study_seeds, rows, resamples),
        )
        for k, one in enumerate(everything, start=1)
    ]
    record = {
        "what": "equal rows on CIFAR-100: share of comparisons called different, and what luck "
        "alone seems to gain",
        "command": f"python benchmarks/aa.py --variants {variants}",
        "date": time.strftime("%Y-%m-%d"),
        "recipe": recipe.model_dump(mode="json", exclude_defaults=True),
        "engine": "gram",
        "variants": [list(classes_of(k, k, "iu5").classes) for k in range(1, variants + 1)],
        "runs_per_variant": runs,
        "images": everything[0].correct.shape[1],
        "mean_accuracy_percent": points(np.mean([v.correct.mean() for v in everything])),
        "resamples": resamples,
        "spread": "intervals: 95 %, of shares Clopper and Pearson's, of means Student's t",
        "pairs_of_rows": [
            pairs_of_rows([c for one in found for c in one.pairs[n]], n) for n in seeds
        ],
        "whole_studies": whole_studies(
            [study for one in found for study in one.studies], study_seeds, rows
        ),
        "single_runs": single_runs(everything),
        "best_of_ten": best_of(everything, 10),
        "choosing_the_epoch": choosing_the_epoch(everything),
    }
    record |= {
        "training_seconds": round(sum(float(v.seconds) for v in everything), 1),
        "machine": this_machine().model_dump(),
        "scipy": version("scipy"),
    }
    write_atomic(out, json.dumps(record, indent=1) + "\n")
    for one in record["pairs_of_rows"]:
        print(f"{one['seeds_per_row']} seeds per row: {one['called']}")
    print(f"{rows} rows: {record['whole_studies']}\nwritten to {out}")


if __name__ == "__main__":
    cyclopts.run(main)
