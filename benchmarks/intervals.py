"""Do the intervals cover, do verdicts keep to 5 %, do they find what they say they could have seen?
Simulated rows with a known truth.

    python benchmarks/intervals.py                      about 12 minutes on one core
    python benchmarks/intervals.py --parts power        only a part of it: cells, power, accuracy
    python benchmarks/intervals.py --repetitions 200    a glance

A right answer is a latent sum above a threshold (probit): how easy the image is, how the recipe
takes to this image, how good the seed is, and the noise of the single answer. The figures of the
base are those measured on classes 0, 55, 58: accuracy 76.5 %, standard deviation over seeds 1.6
points on 300 images, 12 % of the answers discordant between two seeds. The truth is the expected
difference for new seeds and new images, known in closed form. See docs/decisions/0001.
"""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import json
import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from functools import cache, lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Literal, get_args

import cyclopts
import numpy as np
from scipy import optimize, stats

from fclab.statistics import accuracy_over_images, accuracy_over_seeds, compare
from fclab.values.files import write_atomic

RESULT = Path(__file__).parent / "results" / "intervals.json"
IMAGES = 300
POWER_RESAMPLES = 2399
"""Enough to tell 0.05 / 12: the 9 most extreme of them."""


@dataclass(frozen=True)
class World:
    """Two recipes, the row and its parent, and how their answers come about.

    Attributes:
        name: for the table.
        accuracy: of the parent.
        gain: true difference, row less parent.
        discordant: share of answers that differ between two seeds of the parent.
        seed_sd: standard deviation over seeds of the accuracy on endlessly many images.
        own_way: share of an image's ease that is different for the two recipes.
        alike: correlation of the same seed's luck between the two recipes (same start and order).
        disjoint: whether row and parent have no seed in common, as in an A/A study.
    """

    name: str
    accuracy: float = 0.765
    gain: float = 0.0
    discordant: float = 0.12
    seed_sd: float = 0.0075
    own_way: float = 0.05
    alike: float = 0.0
    disjoint: bool = False


WORLDS = (
    World("A/A, same seeds", own_way=0),
    World("A/A, disjoint seeds", own_way=0, disjoint=True),
    World("equal, but each its own way"),
    World("+1 point, same seeds alike", gain=0.01, own_way=0.002, alike=0.8),
    World("+2 points", gain=0.02),
    World("+4 points", gain=0.04),
    World("-4 points, disjoint seeds", gain=-0.04, disjoint=True),
)
ROWS = 12
"""Verdicts of the study whose level the power is measured at: 0.05 / ROWS, Holm's first."""
POWER_WORLDS = (
    World("76.5 %"),
    World("98.5 %", 0.985, 0, 0.01, 0.001),
    World("99.2 %", 0.992, 0, 0.006, 0.001),
    World("76.5 %, same seeds alike", own_way=0.002, alike=0.8),
)
ACCURACIES = (
    World("76 %", 0.76),
    World("90 %", 0.9, 0, 0.05, 0.003),
    World("99 %", 0.99, 0, 0.008, 0.0005),
    World("99 %, seeds alike", 0.99, 0, 0.002, 0.0003),
    World("99.7 %", 0.997, 0, 0.003, 0.0002),
    World("99.7 %, seeds alike", 0.997, 0, 0.0005, 0.0001),
)
NEAR_PERFECT = (
    World("98.5 %, equal", 0.985, 0, 0.01, 0.001),
    World("98.5 %, +0.7 points", 0.985, 0.007, 0.01, 0.001),
)


@cache
def ease_share(accuracy: float, discordant: float) -> float:
    """Share of the latent variance that belongs to the image, for a wanted discordance."""
    threshold = stats.norm.ppf(accuracy)

    def excess(share: float) -> float:
        correlation = np.array([[1, share], [share, 1]])
        pair = stats.multivariate_normal(cov=correlation)  # pyright: ignore[reportArgumentType]
        both = pair.cdf([threshold, threshold])
        return 2 * (accuracy - both) - discordant

    return optimize.brentq(excess, 0.01, 0.999)  # pyright: ignore[reportReturnType]


def answers(world: World, seeds: int, draw: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Right answers of row and parent, bool ``(seeds, IMAGES)`` each."""
    share = ease_share(world.accuracy, world.discordant)
    threshold = stats.norm.ppf(world.accuracy)
    of_seed = (world.seed_sd / stats.norm.pdf(threshold)) ** 2
    ease = draw.standard_normal(IMAGES, np.float32)
    luck, noise = (
        draw.standard_normal((seeds, 1)),
        draw.standard_normal((seeds, IMAGES), np.float32),
    )

    def mixed(common: np.ndarray, weight: float) -> np.ndarray:
        own = draw.standard_normal(common.shape, np.float32)
        return math.sqrt(weight) * common + math.sqrt(1 - weight) * own

    def right(accuracy: float) -> np.ndarray:
        latent = math.sqrt(share) * mixed(ease, 1 - world.own_way)
        latent = latent + math.sqrt(of_seed) * mixed(luck, world.alike)
        latent = latent + math.sqrt(1 - share - of_seed) * mixed(noise, world.alike)
        return latent < stats.norm.ppf(accuracy)

    return right(world.accuracy + world.gain), right(world.accuracy)


Interval = tuple[float, float]


def t_interval(values: np.ndarray) -> Interval:
    reach = stats.t.ppf(0.975, len(values) - 1) * values.std(ddof=1) / math.sqrt(len(values))
    return values.mean() - reach, values.mean() + reach


def anova_t(d: np.ndarray) -> Interval:
    """Crossed variance components with Hillis's degrees of freedom, no bootstrap."""
    (s, n), mean = d.shape, d.mean()
    seeds = n * ((d.mean(axis=1) - mean) ** 2).sum() / (s - 1)
    images = s * ((d.mean(axis=0) - mean) ** 2).sum() / (n - 1)
    total = ((d - mean) ** 2).sum()
    rest = (total - seeds * (s - 1) - images * (n - 1)) / ((s - 1) * (n - 1))
    variance = seeds + max(images - rest, 0)
    if seeds <= 0:
        return mean, mean
    df = variance**2 / (seeds**2 / (s - 1))
    reach = stats.t.ppf(0.975, df) * math.sqrt(variance / (s * n))
    return mean - reach, mean + reach


@lru_cache(maxsize=4)
def drawn(n: int, resamples: int, block: int) -> np.ndarray:
    """Shares of n things in draws with replacement, ``(resamples, n)``."""
    shares = np.random.default_rng([n, block]).multinomial(n, np.full(n, 1 / n), size=resamples)
    return shares / n


def percentile(d: np.ndarray, resamples: int, block: int) -> Interval:
    """The plain two-way (pigeonhole) bootstrap."""
    by_image = drawn(d.shape[0], resamples, block) @ d
    means = (by_image * drawn(d.shape[1], resamples, block)).sum(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return float(low), float(high)


@dataclass
class Tally:
    """Counts of one method in one cell."""

    covered: int = 0
    called: int = 0
    wrong_way: int = 0
    half_width: list[float] = field(default_factory=list)

    def add(self, interval: Interval, truth: float) -> None:
        """Count one interval."""
        low, high = interval
        self.covered += low <= truth <= high
        self.called += low > 0 or high < 0
        self.wrong_way += (low > 0 and truth < 0) or (high < 0 and truth > 0)
        self.half_width.append((high - low) / 2)

    def summary(self) -> dict[str, float]:
        """Percentages with their binomial standard deviation."""
        n = len(self.half_width)

        def percent(count: int) -> float:
            return round(100 * count / n, 2)

        def spread(count: int) -> float:
            return round(100 * math.sqrt(count * (n - count) / n**3), 2)

        return {
            "covered_percent": percent(self.covered),
            "covered_sd": spread(self.covered),
            "called_percent": percent(self.called),
            "called_sd": spread(self.called),
            "wrong_way_percent": percent(self.wrong_way),
            "median_half_width_points": round(100 * float(np.median(self.half_width)), 3),
        }


def cell(world: World, seeds: int, repetitions: int, resamples: int, rivals: bool) -> dict:
    """Simulate one world with one number of seeds."""
    draw = np.random.default_rng([seeds, *world.name.encode()])
    block = 0
    methods: dict[str, Callable[[np.ndarray], Interval]] = {}
    if rivals and not world.disjoint:
        methods = {
            "t over seeds": lambda d: t_interval(d.mean(axis=1)),
            "t over images": lambda d: t_interval(d.mean(axis=0)),
            "two-way bootstrap, percentiles": lambda d: percentile(d, resamples, block),
            "analysis of variance, t": anova_t,
        }
    tallies = {name: Tally() for name in ("fclab", *methods)}
    disagreeing = 0
    other = range(seeds, 2 * seeds) if world.disjoint else range(seeds)
    for repetition in range(repetitions):
        block = repetition // 20  # so many comparisons share their resamples, to save time
        row, parent = answers(world, seeds, draw)
        found = compare(
            row,
            parent,
            seeds=range(seeds),
            parent_seeds=other,
            resamples=resamples,
            seed=block,
        )
        tallies["fclab"].add((found.low, found.high), world.gain)
        disagreeing += (found.low > 0 or found.high < 0) != (found.p_value < 0.05)
        for name, interval in methods.items():
            tallies[name].add(interval(row.astype(float) - parent), world.gain)
    return {
        "world": world.name,
        "gain_points": round(100 * world.gain, 3),
        "seeds": seeds,
        "images": IMAGES,
        "repetitions": repetitions,
        "interval_and_p_value_disagree": disagreeing,
        "methods": {name: tally.summary() for name, tally in tallies.items()},
    }


def over_images_cell(world: World, seeds: int, repetitions: int) -> dict:
    """The interval of an accuracy for new seeds and new images."""
    draw, tally = np.random.default_rng([seeds, *world.name.encode()]), Tally()
    for _ in range(repetitions):
        _, correct = answers(world, seeds, draw)
        whole = accuracy_over_images(correct)
        tally.add((whole.low, whole.high), world.accuracy)
    return {
        "world": world.name,
        "seeds": seeds,
        "images": IMAGES,
        "repetitions": repetitions,
        **tally.summary(),
    }


def power_cell(world: World, seeds: int, level: float, repetitions: int, resamples: int) -> dict:
    """The promise of `detectable`: of true differences of the size that equal rows are told could
    have been seen (their median) verdicts at this level call 8 of 10. The row loses that much:
    near 100 % there is no room to gain it."""
    draw = np.random.default_rng([seeds, round(1e6 * level), *world.name.encode()])
    equal = [
        compare(*answers(world, seeds, draw), resamples=resamples).detectable(level)
        for _ in range(max(repetitions // 4, 2))
    ]
    size = float(np.median(equal))
    worse = replace(world, gain=-size)
    found = [compare(*answers(worse, seeds, draw), resamples=resamples) for _ in range(repetitions)]
    called = sum(one.p_value < level for one in found)
    return {
        "world": world.name,
        "seeds": seeds,
        "images": IMAGES,
        "rows": round(0.05 / level),
        "level": level,
        "repetitions": repetitions,
        "resamples": resamples,
        "detectable_points": round(100 * size, 3),
        "called_percent": round(100 * called / repetitions, 1),
        "called_sd": round(100 * math.sqrt(called * (repetitions - called) / repetitions**3), 1),
        "called_uncorrected_percent": round(
            100 * sum(one.p_value < 0.05 for one in found) / repetitions, 1
        ),
    }


def over_seeds_cell(seeds: int, repetitions: int) -> dict:
    """The table's interval over seeds, on one fixed test set per repetition.

    The truth is the accuracy of all seeds on these images, in closed form.
    """
    draw, tally, world = np.random.default_rng(seeds), Tally(), World("accuracy over seeds")
    share, threshold = ease_share(world.accuracy, world.discordant), stats.norm.ppf(world.accuracy)
    of_seed = (world.seed_sd / stats.norm.pdf(threshold)) ** 2
    for _ in range(repetitions):
        base = threshold - math.sqrt(share) * draw.standard_normal(IMAGES, np.float32)
        truth = stats.norm.cdf(base / math.sqrt(1 - share)).mean()
        latent = math.sqrt(of_seed) * draw.standard_normal((seeds, 1))
        latent = latent + math.sqrt(1 - share - of_seed) * draw.standard_normal(
            (seeds, IMAGES), np.float32
        )
        mean = accuracy_over_seeds((latent < base).mean(axis=1), IMAGES)
        tally.add((mean.low, mean.high), float(truth))
    return {"seeds": seeds, "repetitions": repetitions, **tally.summary()}


Part = Literal["cells", "power", "accuracy"]


def cells(repetitions: int, resamples: int) -> list[dict]:
    """Coverage of the intervals of differences, and how often a difference is called."""
    plan = [(w, n, n in (5, 32)) for w in WORLDS if not w.disjoint for n in (5, 8, 16, 32)]
    plan += [(w, n, False) for w in WORLDS if w.disjoint for n in (8, 32)]
    plan += [(w, n, n == 32) for w in NEAR_PERFECT for n in (8, 32)]
    plan += [(w, n, False) for w in WORLDS[:3] for n in (2, 3)]
    made = []
    print(f"{'world':30} seeds  method{'':26} covered %      called %   ± points")
    for world, seeds, rivals in plan:
        found = cell(world, seeds, repetitions, resamples, rivals)
        made.append(found)
        for name, s in found["methods"].items():
            print(
                f"{world.name:30} {seeds:5}  {name:32}"
                f"{s['covered_percent']:6.1f} ± {s['covered_sd']:.1f}"
                f"{s['called_percent']:8.1f} ± {s['called_sd']:.1f}"
                f"{s['median_half_width_points']:10.2f}",
                flush=True,
            )
    return made


def power(repetitions: int) -> list[dict]:
    """How often a difference is called that is as large as what could have been seen."""
    plan = [(world, 32, 0.05 / ROWS) for world in POWER_WORLDS]
    plan += [(POWER_WORLDS[0], n, 0.05 / ROWS) for n in (5, 8, 16)]
    plan += [(POWER_WORLDS[0], n, 0.05) for n in (5, 32)]
    made = []
    for world, seeds, level in plan:
        found = power_cell(world, seeds, level, repetitions, POWER_RESAMPLES)
        made.append(found)
        print(
            f"{world.name}, {seeds} seeds, {found['rows']} rows: {found['detectable_points']} "
            f"points are called in {found['called_percent']} ± {found['called_sd']} %",
            flush=True,
        )
    return made


def accuracy(repetitions: int) -> list[dict]:
    """Coverage of the intervals of an accuracy for new seeds and new images."""
    plan = [(world, n) for world in ACCURACIES for n in (2, 5, 32)]
    made = [over_images_cell(world, seeds, repetitions) for world, seeds in plan]
    for found in made:
        print(f"{found['world']}, {found['seeds']} seeds: covered {found['covered_percent']} %")
    return made


def main(
    repetitions: int = 2000,
    resamples: int = 299,
    parts: tuple[Part, ...] = get_args(Part),
    out: Path = RESULT,
) -> None:
    """Simulate every cell, print the table and write it with its circumstances.

    Args:
        repetitions: simulated comparisons per cell; of the power a sixth of that.
        resamples: of the bootstrap; fclab's default of 9999 is checked in one cell.
        parts: what to simulate anew; other parts stay as they are in the file.
        out: where the JSON goes.
    """
    from measure import circumstances

    kept = json.loads(out.read_text("utf-8")) if out.exists() else {}
    made: dict[str, Callable[[], dict]] = {
        "cells": lambda: {
            "resamples": resamples,
            "cells": cells(repetitions, resamples),
            "full_resamples": {
                "resamples": 9999,
                **cell(WORLDS[0], 32, min(repetitions, 200), 9999, False),
            },
        },
        "power": lambda: {"power": power(max(repetitions // 6, 4))},
        "accuracy": lambda: {
            "accuracy_over_images": accuracy(repetitions),
            "accuracy_over_seeds": [over_seeds_cell(n, repetitions) for n in (5, 8, 16, 32)],
        },
    }
    record = kept | {
        "what": "coverage of 95 % intervals, share of comparisons called different, and power",
        "spread": "sd columns: binomial standard deviation, sqrt(p (1 - p) / repetitions)",
        "worlds": [asdict(w) for w in (*WORLDS, *NEAR_PERFECT, *POWER_WORLDS, *ACCURACIES)],
        "made": kept.get("made", {}),
    }
    for part in parts:
        started, cpu = time.perf_counter(), time.process_time()
        record |= made[part]()
        record["made"] |= {
            part: {
                **circumstances("intervals"),
                "scipy": version("scipy"),
                "seconds": round(time.perf_counter() - started, 1),
                "cpu_seconds": round(time.process_time() - cpu, 1),
                "threads": 1,
            }
        }
        # After every part: what was made stays, whatever comes of the next.
        write_atomic(out, json.dumps(record, indent=1) + "\n")
        print(f"{part}: {record['made'][part]['cpu_seconds']} s of one core; written to {out}")


if __name__ == "__main__":
    cyclopts.run(main)
