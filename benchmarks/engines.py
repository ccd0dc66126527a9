"""The engines side by side with the lab's own loops, in one process; figures with n and spread.

python benchmarks/engines.py --data cifar-100-python --json benchmarks/results/bench.json

About six minutes. What is not reached is printed as it is, with what bounds it.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

import lab_loops
from fclab.data import binary_points, cifar100, regression_curve
from fclab.engines import train
from fclab.engines.gram.matrix import forget
from fclab.engines.job import usable_cores
from fclab.values.dataset import Dataset
from fclab.values.files import write_atomic
from fclab.values.recipe import BINARY, CIFAR, REGRESSION, Recipe
from fclab.values.run import Run
from measure import Timing, circumstances, in_process, in_turn, matmul_peak, seconds_of, timing


@dataclass(frozen=True)
class Figure:
    """One measured figure.

    Attributes:
        name: what was done.
        value: the figure, in ``unit``.
        unit: "×" (ratio to the lab's loop), "%", "s", "MiB", "images/s".
        asked: the figure to reach; None where nothing is asked.
        at_most: whether ``asked`` is an upper bound.
        details: timings and whatever else the figure was made of.
        bound: what keeps it from being better, in a sentence.
    """

    name: str
    value: float
    unit: str
    asked: float | None = None
    at_most: bool = False
    details: dict[str, Any] = field(default_factory=dict)
    bound: str = ""

    @property
    def reached(self) -> bool | None:
        """Whether the figure asked for was reached."""
        if self.asked is None:
            return None
        return self.value <= self.asked if self.at_most else self.value >= self.asked

    @property
    def line(self) -> str:
        """What is printed of it."""
        sign = "≤" if self.at_most else "≥"
        asked = "" if self.asked is None else f" ({sign} {self.asked:g})"
        missed = f" NOT REACHED: {self.bound}" if self.reached is False else ""
        return f"{self.name}: {self.value:,.2f} {self.unit}{asked}{missed}"


WIDE = CIFAR.replace(
    layers="FC(512), FC(256), FC(3)", norm="batch", dropout=0.5, label_smoothing=0.1,
    flip=True, shift=3, optimizer="adamw", lr=1e-3, epochs=10,
)  # fmt: skip
"""The wide augmented network, which `lab_loops.augmented` trains with DataLoader."""


def measure_all(images: Dataset, data: str, repeats: int = 3) -> Iterator[Figure]:
    """Measure everything.

    Args:
        images: classes 0, 55, 58 of CIFAR-100.
        data: where they come from, for processes of their own.
        repeats: how often the lab's loops are timed; the engines five times as often.
    """
    curve, points = regression_curve(), binary_points("xor")
    yield from _one_run(curve, points, images, repeats)
    yield from _many_runs(images)
    yield _first_calls()
    yield from _growth(images)
    yield _memory(data)
    yield from _augmented(images)
    yield _help()


def _trained(dataset: Dataset, recipe: Recipe, seeds: int = 1, engine: str = "auto") -> list[Run]:
    return list(train(dataset, [recipe], range(seeds), engine=engine))


def _ratio(name: str, slow: Timing, fast: Timing, asked: float, **details: Any) -> Figure:
    shown = {"lab": asdict(slow), "fclab": asdict(fast), **details}
    return Figure(name, slow.median / fast.median, "×", asked, details=shown)


def _one_run(curve: Dataset, points: Dataset, images: Dataset, repeats: int) -> Iterator[Figure]:
    def built_in_the_call() -> None:
        forget()
        _trained(images, CIFAR)

    work: tuple[tuple[str, Callable, Callable, float], ...] = (
        ("part 1, one run", lambda: lab_loops.regression(curve, REGRESSION.epochs),
         lambda: _trained(curve, REGRESSION), 120),
        ("part 2, one run", lambda: lab_loops.binary(points, BINARY.epochs),
         lambda: _trained(points, BINARY), 30),
        ("part 3, one run, Gram matrix cached", lambda: lab_loops.cifar(images, CIFAR.epochs),
         lambda: _trained(images, CIFAR), 45),
    )  # fmt: skip
    sums = [0.0, 0.0]
    for name, slow, fast, asked in work:
        lab, ours = in_turn(slow, fast, repeats, 5)
        yield _ratio(name, lab, ours, asked)
        sums[0] += lab.median
        if "Gram" in name:
            built = timing([seconds_of(built_in_the_call) for _ in range(5 * repeats)])
            yield _ratio("part 3, one run, Gram matrix built in the call", lab, built, 28)
            ours = built
            _LAB_SECONDS["part 3"] = lab
        sums[1] += ours.median
    yield Figure("the three parts, one after the other", sums[0] / sums[1], "×", 40,
                 details={"lab_seconds": sums[0], "fclab_seconds": sums[1]})  # fmt: skip


_LAB_SECONDS: dict[str, Timing] = {}


def _many_runs(images: Dataset, seeds: int = 64) -> Iterator[Figure]:
    cores = usable_cores()
    _trained(images, CIFAR.replace(epochs=1), cores)
    times, peaks = [], []
    for _ in range(3):
        peaks.append(matmul_peak(cores))
        times.append(seconds_of(lambda: _trained(images, CIFAR, seeds)))
        peaks.append(matmul_peak(cores))
    all_seeds, peak = timing(times), float(np.median(peaks))
    lab = _LAB_SECONDS["part 3"]
    yield Figure(f"part 3, {seeds} seeds, per run", lab.median / (all_seeds.median / seeds), "×",
                 70, details={"lab": asdict(lab), "fclab_all": asdict(all_seeds)})  # fmt: skip
    n, m = len(images.train), len(images.test)
    work = 2 * n * (n + m) * CIFAR.layers[0] * CIFAR.epochs * seeds
    yield Figure(f"part 3, {seeds} seeds, share of the matrix-product peak",
                 100 * work / all_seeds.median / peak, "%", 65,
                 details={"peak_gflops": peak / 1e9, "peaks_gflops": [p / 1e9 for p in peaks],
                          "gram_gflop": work / 1e9, "fclab_all": asdict(all_seeds)},
                 bound="every epoch reads all of K once, 4 bytes for 2·H operations, from a cache "
                 "that the cores share; benchmarks/gram_bound.py measures it")  # fmt: skip


def _first_calls() -> Figure:
    cold, warm = [], []
    for _ in range(3):
        with tempfile.TemporaryDirectory() as cache:
            environment = {**os.environ, "NUMBA_CACHE_DIR": cache}
            for times in (cold, warm):
                said = in_process("alone.py", "first_calls", environment=environment)
                times.append(float(said))
    first = timing(cold)
    return Figure("first calls of a fresh install, compilation included", first.median, "s", 15,
                  True, {"fclab": asdict(first), "again": asdict(timing(warm))},
                  "about half of it is LLVM's time, the other half Numba's own")  # fmt: skip


def _growth(images: Dataset) -> Iterator[Figure]:
    base = CIFAR.replace(epochs=100)
    doubled = (
        ("seeds 8 → 16 → 32", [(base, 8), (base, 16), (base, 32)]),
        ("hidden width 10 → 20 → 40",
         [(base.replace(layers=(width, 3)), 8) for width in (10, 20, 40)]),
        ("epochs 100 → 200 → 400", [(base.replace(epochs=e), 8) for e in (100, 200, 400)]),
    )  # fmt: skip
    for name, steps in doubled:
        for recipe, _ in steps:
            _trained(images, recipe.replace(epochs=1))
        times = [
            timing([seconds_of(lambda r=r, s=s: _trained(images, r, s)) for _ in range(3)])
            for r, s in steps
        ]
        growth = (times[-1].median / times[0].median) ** 0.5
        yield Figure(f"growth of time per doubling: {name}", growth, "×",
                     details={"seconds": [asdict(t) for t in times]})  # fmt: skip


def _memory(data: str) -> Figure:
    used = int(in_process("alone.py", "memory", data, "64")) / 2**20
    return Figure("peak memory of 64 seeds above the loaded data", used, "MiB", 1024, True,
                  {"n": 1})  # fmt: skip


def _augmented(images: Dataset) -> Iterator[Figure]:
    seen = WIDE.epochs * len(images.train)
    slow, fast = in_turn(
        lambda: lab_loops.augmented(images, WIDE.epochs),
        lambda: _trained(images, WIDE, engine="torch"),
        2, 2,
    )  # fmt: skip
    yield Figure("torch engine, wide augmented network", seen / fast.median, "images/s",
                 details={"fclab": asdict(fast)})  # fmt: skip
    yield Figure("the same network with DataLoader", seen / slow.median, "images/s",
                 details={"lab": asdict(slow)})  # fmt: skip


def _help() -> Figure:
    command = [sys.executable, "-m", "fclab", "--help"]

    def show() -> None:
        subprocess.run(command, check=True, capture_output=True)

    show()
    times = timing([seconds_of(show) for _ in range(7)])
    return Figure("fclab --help", times.median, "s", 0.3, True, asdict(times))


def main() -> None:
    """Measure, print, and write the record."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", help="CIFAR-100: a folder or archive; default: FCLAB_DATA")
    parser.add_argument("--repeats", type=int, default=3, help="how often a loop is timed")
    parser.add_argument("--json", type=Path, help="where the record is written")
    given = parser.parse_args()
    images = cifar100((0, 55, 58), given.data)
    figures = []
    for figure in measure_all(images, given.data or "", given.repeats):
        figures.append(figure)
        print(figure.line, flush=True)
    if given.json is not None:
        places = {"data": Path(given.data)} if given.data else {}
        measured = [{**asdict(figure), "reached": figure.reached} for figure in figures]
        record = {**circumstances("engines", **places), "figures": measured}
        write_atomic(given.json, json.dumps(record, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
