"""Do the intervals cover, and do the verdicts keep to 5 %? Simulated rows with a known truth.

    python benchmarks/intervals.py                      about 7 minutes on one core
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
from dataclasses import asdict, dataclass, field
from functools import cache, lru_cache
from importlib.metadata import version
from pathlib import Path

import cyclopts
import numpy as np
from scipy import optimize, stats

from fclab.files import write_atomic
from fclab.statistics import accuracy_over_images, accuracy_over_seeds, compare

RESULT = Path(__file__).parent / "results" / "intervals.json"
IMAGES = 300


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
    on_images, detectable, disagreeing = Tally(), [], 0
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
        detectable.append(found.detectable)
        for name, interval in methods.items():
            tallies[name].add(interval(row.astype(float) - parent), world.gain)
        if rivals and world.gain == 0:
            whole = accuracy_over_images(parent, resamples=resamples, seed=block)
            on_images.add((whole.low, whole.high), world.accuracy)
    result = {
        "world": world.name,
        "gain_points": round(100 * world.gain, 3),
        "seeds": seeds,
        "images": IMAGES,
        "repetitions": repetitions,
        "median_detectable_points": round(100 * float(np.median(detectable)), 3),
        "interval_and_p_value_disagree": disagreeing,
        "methods": {name: tally.summary() for name, tally in tallies.items()},
    }
    if on_images.half_width:
        result["accuracy_over_images"] = on_images.summary()
    return result


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
        mean = accuracy_over_seeds((latent < base).mean(axis=1))
        tally.add((mean.low, mean.high), float(truth))
    return {"seeds": seeds, "repetitions": repetitions, **tally.summary()}


def main(repetitions: int = 2000, resamples: int = 299, out: Path = RESULT) -> None:
    """Simulate every cell, print the table and write it with its circumstances.

    Args:
        repetitions: simulated comparisons per cell.
        resamples: of the bootstrap; fclab's default of 9999 is checked in one cell.
        out: where the JSON goes.
    """
    from fclab.bench.measure import circumstances

    started, cpu = time.perf_counter(), time.process_time()
    plan = [(w, n, n in (5, 32)) for w in WORLDS if not w.disjoint for n in (5, 8, 16, 32)]
    plan += [(w, n, False) for w in WORLDS if w.disjoint for n in (8, 32)]
    plan += [(w, n, n == 32) for w in NEAR_PERFECT for n in (8, 32)]
    plan += [(w, n, False) for w in WORLDS[:3] for n in (2, 3)]
    cells = []
    print(f"{'world':30} seeds  method{'':26} covered %      called %   ± points")
    for world, seeds, rivals in plan:
        found = cell(world, seeds, repetitions, resamples, rivals)
        cells.append(found)
        for name, s in found["methods"].items():
            print(
                f"{world.name:30} {seeds:5}  {name:32}"
                f"{s['covered_percent']:6.1f} ± {s['covered_sd']:.1f}"
                f"{s['called_percent']:8.1f} ± {s['called_sd']:.1f}"
                f"{s['median_half_width_points']:10.2f}",
                flush=True,
            )
    # The promise of `detectable`: at a gain of that size 8 of 10 comparisons see it.
    size = next(c for c in cells if c["world"] == "+2 points" and c["seeds"] == 32)
    at_detectable = World("as large as detectable", gain=size["median_detectable_points"] / 100)
    power = cell(at_detectable, 32, repetitions, resamples, False)
    print(f"seen at {power['gain_points']} points: {power['methods']['fclab']['called_percent']} %")
    full = cell(WORLDS[0], 32, min(repetitions, 200), 9999, False)
    over_seeds = [over_seeds_cell(seeds, repetitions) for seeds in (5, 8, 16, 32)]
    record = {
        "what": "coverage of 95 % intervals and share of comparisons called different, simulated",
        **circumstances("intervals"),
        "seconds": round(time.perf_counter() - started, 1),
        "cpu_seconds": round(time.process_time() - cpu, 1),
        "threads": 1,
        "scipy": version("scipy"),
        "resamples": resamples,
        "spread": "sd columns: binomial standard deviation, sqrt(p (1 - p) / repetitions)",
        "worlds": [asdict(world) for world in (*WORLDS, *NEAR_PERFECT)],
        "cells": cells,
        "seen_at_detectable": power,
        "full_resamples": {"resamples": 9999, **full},
        "accuracy_over_seeds": over_seeds,
    }
    write_atomic(out, json.dumps(record, indent=1) + "\n")
    print(f"{record['seconds']} s, {record['cpu_seconds']} s of one core; written to {out}")


if __name__ == "__main__":
    cyclopts.run(main)
