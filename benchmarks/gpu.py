"""Networks side by side on a device: runs a second against two cores, and the share of its peak.

    python benchmarks/gpu.py --device cuda --data ~/cifar-100-python --json gpu.json     on a GPU
    python benchmarks/gpu.py --device cpu --models 1 4 --hidden 10 --epochs 2 8          a look

No result of a GPU is stored: none was at hand when this was written. What is asked is how many
networks of the lab are worth training side by side, at 10, 64 and 512 hidden neurons; what the
best recipe takes; and the atlas. The two cores are those of the machine that the device is in.

An epoch is timed as the difference between a long and a short training, so what a run costs once
(first weights, recording of the graph, last metrics) is kept apart from it.
"""

import argparse
import json
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import torch

from fclab.course.atlas.training import Settings, train_atlas
from fclab.data import cifar100, synthetic
from fclab.engines import choose, train
from fclab.engines.job import Job
from fclab.engines.registry import load_engine
from fclab.engines.torch.room import BUSY, bytes_of_model, models_at_once
from fclab.store.database import Store
from fclab.values.dataset import Dataset
from fclab.values.errors import UsageError
from fclab.values.files import write_atomic
from fclab.values.recipe import BEST, CIFAR, Recipe
from measure import circumstances, load_average, matmul_peak, seconds_of, timing

MODELS = (1, 4, 16, 64, 256, 1024, 4096)
HIDDEN = (10, 64, 512)
TRIPLES = ((0, 55, 58), (1, 2, 3), (10, 20, 30), (40, 50, 60))


def name_of(device: str) -> str:
    """The device as its maker calls it."""
    if device == "cuda":
        return torch.cuda.get_device_name()
    return circumstances("gpu")["machine"]["processor"]


def peak_of(device: str, repeats: int) -> float:
    """The rate of float32 matrix products, FLOP/s."""
    if device == "cpu":
        return matmul_peak(2, repeats)
    rates = []
    for n in (4096, 8192):
        a, b, c = (torch.randn(n, n, device=device) for _ in range(3))

        def product(a: torch.Tensor = a, b: torch.Tensor = b, c: torch.Tensor = c) -> None:
            torch.mm(a, b, out=c)
            torch.cuda.synchronize()

        product()
        rates.append(2 * n**3 / timing([seconds_of(product) for _ in range(repeats)]).median)
    return max(rates)


def work_of_epoch(dataset: Dataset, recipe: Recipe) -> float:
    """FLOP of an epoch of one run: products forward and by the weights, from the second layer on
    by the inputs too, and the evaluation of all images."""
    first, *rest = (a * b for a, b in recipe.shapes(dataset.info.n_inputs))
    n, every = len(dataset.train), sum(len(split) for split in dataset.splits.values())
    return 2.0 * (n * (2 * first + 3 * sum(rest)) + every * (first + sum(rest)))


@dataclass(frozen=True)
class Way:
    """How everything is timed.

    Attributes:
        device: "cpu" or "cuda".
        epochs: of a short and of a long training.
        repeats: of each; their medians count.
        peak: of the device, FLOP/s.
    """

    device: str
    epochs: tuple[int, int]
    repeats: int
    peak: float


def epoch_and_rest(work: Callable[[int], object], way: Way) -> tuple[float, float]:
    """Seconds of an epoch, and those that do not depend on how many there are.

    Args:
        work: trains for so many epochs.
        way: how it is timed.
    """
    short, long = way.epochs
    work(short)  # warm
    times = [
        (seconds_of(lambda: work(short)), seconds_of(lambda: work(long)))
        for _ in range(way.repeats)
    ]
    few, many = np.median(times, axis=0)
    epoch = max(float(many - few), 1e-9) / (long - short)
    return epoch, max(float(few) - short * epoch, 0.0)


def side_by_side(dataset: Dataset, recipe: Recipe, device: str, models: int) -> None:
    """Train so many networks in one stack with the torch engine."""
    choice = choose(dataset, recipe, "torch", device)
    jobs = [Job(dataset, recipe, seed, choice) for seed in range(models)]
    engine: Any = load_engine("torch")
    for _ in engine.train(jobs, lambda epochs: None, 1, models=models):
        pass


def measured(dataset: Dataset, recipe: Recipe, models: Sequence[int], way: Way) -> dict[str, Any]:
    """One recipe: two cores, and the device with every number of networks side by side."""

    def on_two_cores(count: int) -> None:
        for _ in train(dataset, [recipe.replace(epochs=count)], range(4), workers=2):
            pass

    def run(epoch: float, rest: float, of: int) -> float:
        return (rest + recipe.epochs * epoch) / of

    cores = run(*epoch_and_rest(on_two_cores, way), 4)
    found: dict[str, Any] = {
        "layers": list(recipe.layers),
        "two_cores": {"engine": choose(dataset, recipe).name, "runs_a_second": 1 / cores},
        "at_once": models_at_once(torch.device(way.device), dataset, recipe),
        "bytes_of_model": bytes_of_model(dataset, recipe),
        "rows": [],
    }
    for count in models:
        try:
            epoch, rest = epoch_and_rest(
                lambda e, m=count: side_by_side(dataset, recipe.replace(epochs=e), way.device, m),
                way,
            )
        except UsageError as error:
            found["rows"].append({"models": count, "failed": str(error)})
            print(f"  {count} at once: {error}", flush=True)
            continue
        seconds = run(epoch, rest, count)
        row = {
            "models": count,
            "seconds_of_epoch": epoch,
            "seconds_of_the_rest": rest,
            "runs_a_second": 1 / seconds,
            "times_two_cores": cores / seconds,
            "share_of_peak": count * work_of_epoch(dataset, recipe) / epoch / way.peak,
        }
        found["rows"].append(row)
        print(
            f"  {count} at once: {row['runs_a_second']:.3g} runs a second, "
            f"{row['times_two_cores']:.3g} × two cores, "
            f"{100 * row['share_of_peak']:.3g} % of the peak",
            flush=True,
        )
    return found


def atlas(images: Callable[..., Dataset], count: int, way: Way) -> dict[str, Any]:
    """Seconds of the atlas for some triples from an empty store, with the best recipe or without;
    each is trained for so many epochs of the long training only."""
    short, long = way.epochs
    base, reach = CIFAR.replace(epochs=long), BEST.replace(epochs=short)
    found: dict[str, Any] = {"triples": count, "epochs": {"base": long, "reach": short}}
    for name, settings in (
        ("base", Settings(seeds=8, base=base)),
        ("with_reach", Settings(seeds=8, reach_seeds=2, base=base, reach=reach)),
    ):
        with tempfile.TemporaryDirectory() as folder, Store(Path(folder) / "store.db") as store:
            started = perf_counter()
            train_atlas(store, images, TRIPLES[:count], settings, device=way.device)
            found[f"seconds_{name}"] = perf_counter() - started
    print(f"atlas of {count} triples: {found}", flush=True)
    return found


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print, and write the record."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cuda")
    parser.add_argument("--data", help="CIFAR-100: a folder or archive; default: a stand-in")
    parser.add_argument("--models", type=int, nargs="+", default=MODELS, help="side by side")
    parser.add_argument("--hidden", type=int, nargs="+", default=HIDDEN, help="hidden neurons")
    parser.add_argument("--epochs", type=int, nargs=2, default=(10, 60), help="short and long")
    parser.add_argument("--best", type=int, nargs="*", default=(1, 4, 16, 64), help="of the best")
    parser.add_argument("--atlas", type=int, default=4, help=f"triples, at most {len(TRIPLES)}")
    parser.add_argument("--repeats", type=int, default=3, help="of every timing")
    parser.add_argument("--json", type=Path, help="where the record is written")
    given = parser.parse_args(arguments)

    @cache
    def images(classes: tuple[int, ...]) -> Dataset:
        return cifar100(classes, given.data) if given.data else synthetic(classes)

    if given.device == "cuda" and not torch.cuda.is_available():
        parser.error("PyTorch finds no CUDA device on this machine: use --device cpu")
    dataset, device = images(TRIPLES[0]), given.device
    way = Way(device, tuple(given.epochs), given.repeats, peak_of(device, 5 * given.repeats))
    record: dict[str, Any] = {
        **circumstances("gpu", **({"data": Path(given.data)} if given.data else {})),
        "device": {"kind": device, "name": name_of(device), "peak_gflops": way.peak / 1e9},
        "data": dataset.name,
        "busy": BUSY,
        "load": load_average(),
    }
    if device == "cuda":
        memory = torch.cuda.get_device_properties(0).total_memory
        record["device"] |= {"bytes": memory, "cuda": torch.version.cuda}
    print(f"{record['device']['name']}: {way.peak / 1e9:.4g} GFLOP/s", flush=True)
    record["hidden"] = {}
    for hidden in given.hidden:
        print(f"{hidden} hidden neurons", flush=True)
        recipe = CIFAR.replace(layers=(hidden, 3))
        record["hidden"][str(hidden)] = measured(dataset, recipe, given.models, way)
    if given.best:
        print("the best recipe", flush=True)
        record["best"] = measured(dataset, BEST, given.best, way)
    if given.atlas:
        record["atlas"] = atlas(images, given.atlas, way)
    if given.json is not None:
        write_atomic(given.json, json.dumps(record, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
