"""What a person still waits for, all in one run on one machine, beside what is asked.

    python benchmarks/goals.py --data ~/cifar-100-python          about a quarter of an hour

Commands run in processes and folders of their own, of classes 0, 55, 58, 32 seeds. What products of
matrices alone would take follows from their operations and the machine's peak, measured here too:
no engine that computes the same numbers can be faster than that. POSIX only.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import lab_loops
from engines import WIDE, Figure
from fclab.data import binary_points, cifar100
from fclab.engines import train
from fclab.engines.job import usable_cores
from fclab.engines.tying import taps
from fclab.store.database import Store
from fclab.values.dataset import Dataset
from fclab.values.files import write_atomic
from fclab.values.recipe import BEST, BINARY, Recipe
from measure import (
    circumstances,
    in_process,
    in_turn,
    load_average,
    matmul_peak,
    seconds_of,
    timing,
)

RESULT = Path(__file__).parent / "results" / "goals.json"
CLASSES: Final = ("--classes", "0", "55", "58")
FIRST_FIT: Final = """
import time
started = time.perf_counter()
from fclab.data import regression_curve
from fclab.engines import train
from fclab.values.recipe import REGRESSION
list(train(regression_curve(), [REGRESSION], [0]))
print(time.perf_counter() - started)
"""


def command(folder: Path, environment: Mapping[str, str], *words: str) -> tuple[float, float]:
    """Seconds and greatest memory (MiB) of a command of fclab in a folder."""
    usage: list[Any] = []

    def run() -> None:
        process = subprocess.Popen(
            [sys.executable, "-m", "fclab", *words], cwd=folder, env=dict(environment),
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        usage.append(used)
        if process.returncode:
            sys.exit(f"fclab {' '.join(words)} ended with {process.returncode}")

    return seconds_of(run), usage[0].ru_maxrss / 1024


def products_of(recipe: Recipe, dataset: Dataset, pixels: int) -> float:
    """Floating-point operations of the matrix products of a training by weights: forward, by the
    weights, by the inputs of all layers but the first, and an evaluation of all images an epoch.
    While weights are tied the products are those of filters with what they see."""
    sizes = [a * b for a, b in pairwise((pixels, *recipe.layers))]
    of_epochs = [(recipe.epochs - recipe.tied_epochs, sizes)]
    if recipe.tied_epochs:
        seen = [int((layer.seen >= 0).sum()) * layer.channels * layer.filters
                for layer in taps(recipe, dataset.info.input_shape)]  # fmt: skip
        of_epochs.append((recipe.tied_epochs, [*seen, sizes[-1]]))
    images = sum(dataset.info.sizes.values())
    return sum(
        epochs * (len(dataset.train) * (4 * sum(s) + 2 * sum(s[1:])) + images * 2 * sum(s))
        for epochs, s in of_epochs
    )


def gram_products(store: Store) -> float:
    """Operations of the large products of all runs of a store of the Gram engine."""
    return sum(
        2.0
        * run.dataset.sizes["train"]
        * sum(run.dataset.sizes.values())
        * run.recipe.layers[0]
        * run.epochs
        for run in store.entries()
        if run.engine.name == "gram"
    )


def whole_lab(environment: Mapping[str, str]) -> Iterator[Figure]:
    """`fclab run` on a fresh install, and again."""
    words = ("run", *CLASSES)
    with tempfile.TemporaryDirectory() as cache, tempfile.TemporaryDirectory() as place:
        folder, fresh = Path(place), {**environment, "NUMBA_CACHE_DIR": cache}
        seconds, memory = command(folder, fresh, *words)
        yield Figure("fclab run on a fresh install", seconds, "s", 60, True, {"n": 1},
                     "nearly all of it is the study, see there")  # fmt: skip
        yield Figure("its peak memory", memory, "MiB", 700, True, {"n": 1},
                     "PyTorch, Numba's compiler and Matplotlib in one process")  # fmt: skip
        again = timing([command(folder, fresh, *words)[0] for _ in range(3)])
        yield Figure("fclab run again, nothing changed", again.median, "s", 6, True,
                     asdict(again),
                     "imports, reading and checking the runs, comparing the rows")  # fmt: skip
        anew, most = [], []
        for _ in range(3):
            (folder / "results" / "classes-0-55-58" / "made.json").unlink()
            seconds, memory = command(folder, fresh, *words)
            anew.append(seconds)
            most.append(memory)
        yield Figure("fclab run again, figures and report made anew", timing(anew).median, "s",
                     details=asdict(timing(anew)))  # fmt: skip
        yield Figure("its peak memory, everything kept", max(most), "MiB", 700, True, {"n": 3})


def fresh_installs() -> Iterator[Figure]:
    """What is compiled on a fresh install."""
    fits, kernels = [], []
    for _ in range(3):
        with tempfile.TemporaryDirectory() as cache:
            environment = {**os.environ, "NUMBA_CACHE_DIR": cache}
            done = subprocess.run([sys.executable, "-c", FIRST_FIT], env=environment, check=True,
                                  capture_output=True, encoding="utf-8")  # fmt: skip
            fits.append(float(done.stdout))
        with tempfile.TemporaryDirectory() as cache:
            environment = {**os.environ, "NUMBA_CACHE_DIR": cache}
            kernels.append(float(in_process("alone.py", "first_calls", environment=environment)))
    why = "half of it is LLVM's time, the other half Numba's own; docs/decisions/0017"
    yield Figure("first fit of part 1 on a fresh install", timing(fits).median, "s", 3, True,
                 asdict(timing(fits)), why)  # fmt: skip
    yield Figure("all kernels compiled on a fresh install", timing(kernels).median, "s", 6, True,
                 asdict(timing(kernels)), why)  # fmt: skip


def study(environment: Mapping[str, str]) -> Iterator[Figure]:
    """The default study into an empty store, and how long its products take at the peak."""
    cores = usable_cores()
    with tempfile.TemporaryDirectory() as place:
        before = matmul_peak(cores)
        seconds, _ = command(Path(place), environment, "study", *CLASSES)
        peak = (before + matmul_peak(cores)) / 2
        with Store(Path(place) / "results" / "store.db") as kept:
            work, runs = gram_products(kept), kept.count()
    yield Figure("default study", seconds, "s", 60, True,
                 {"n": 1, "runs": runs, "gflop": work / 1e9, "peak_gflops": peak / 1e9,
                  "seconds_at_peak": work / peak},
                 "the products of its runs at the machine's peak")  # fmt: skip


def networks(images: Dataset) -> Iterator[Figure]:
    """Single networks beside the lab's own loops."""
    points, cores = binary_points("xor"), usable_cores()
    lab, ours = in_turn(
        lambda: lab_loops.binary(points, BINARY.epochs),
        lambda: list(train(points, [BINARY], [0])), 3, 5,
    )  # fmt: skip
    yield Figure("part 2, one run", lab.median / ours.median, "×", 80,
                 details={"lab": asdict(lab), "fclab": asdict(ours)},
                 bound="its 160 million exponentials: sigmoids take two fifths of a step",
                 )  # fmt: skip
    pixels = images.info.n_inputs // BEST.pool**2
    peaks, times = [matmul_peak(cores)], []
    list(train(images, [BEST.replace(epochs=2)], [0]))
    for _ in range(3):
        times.append(seconds_of(lambda: list(train(images, [BEST], [0]))))
        peaks.append(matmul_peak(cores))
    work, peak = products_of(BEST, images, pixels), timing(peaks).median
    yield Figure("best recipe, one network, all cores", timing(times).median, "s", 5, True,
                 {**asdict(timing(times)), "gflop": work / 1e9, "peak_gflops": peak / 1e9,
                  "seconds_at_peak": work / peak},
                 "its products, which take that long at the machine's peak")  # fmt: skip
    slow, fast = in_turn(
        lambda: lab_loops.augmented(images, WIDE.epochs),
        lambda: list(train(images, [WIDE], [0], engine="torch")), 3, 2,
    )  # fmt: skip
    work = products_of(WIDE, images, images.info.n_inputs)
    yield Figure("wide augmented network, beside DataLoader", slow.median / fast.median, "×", 4,
                 details={"lab": asdict(slow), "fclab": asdict(fast), "gflop": work / 1e9,
                          "peak_gflops": peak / 1e9, "seconds_at_peak": work / peak,
                          "at_most": slow.median / (work / peak)},
                 bound="its products at the machine's peak")  # fmt: skip


def main() -> None:
    """Measure, print, and write the record after every part."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--data", required=True)
    parser.add_argument("--parts", nargs="+", help="only these; the others are kept as they were")
    given = parser.parse_args()
    images = cifar100((0, 55, 58), given.data)
    environment = {**os.environ, "FCLAB_DATA": str(Path(given.data).resolve())}
    parts = {
        "lab": lambda: whole_lab(environment),
        "networks": lambda: networks(images),
        "study": lambda: study(environment),
        "installs": fresh_installs,
    }
    kept = json.loads(RESULT.read_text("utf-8"))["figures"] if given.parts else []
    before, figures = load_average(), [f for f in kept if f["part"] not in given.parts]
    for name in given.parts or parts:
        for figure in parts[name]():
            figures.append({"part": name, **asdict(figure), "reached": figure.reached})
            print(figure.line, flush=True)
        record = {
            **circumstances("goals", data=Path(given.data)),
            "load": {"before": before, "after": load_average()},
            "figures": figures,
        }
        write_atomic(RESULT, json.dumps(record, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
