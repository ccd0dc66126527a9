"""What it costs to train by a cluster, and what a thousand workers would ask for.

    python benchmarks/cluster.py parts       seconds and bytes of a run, from images to the store
    python benchmarks/cluster.py pairs       the engine alone and workers on the same cores, in turn
    python benchmarks/cluster.py simulate    a scheduler with 1 000 workers that train nothing
    python benchmarks/cluster.py walls       what the parts come to for many runs

Each writes its part of benchmarks/results/cluster.json. The work is that of an atlas: the base row
of triples of classes, 32 seeds each, kept in a new store. The machine should be free; its load is
noted. In the simulation scheduler, workers and asker share the cores, so that there are fewer
chunks a second than on machines of their own: the seconds of processor time say how many.
"""

import json
import pickle
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import asdict, replace
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import cyclopts
import psutil
from distributed import Client

from fclab.cluster import backend as backends
from fclab.cluster.chunk import SECONDS as CHUNK
from fclab.cluster.connect import trained_on
from fclab.data.cifar100 import chooser, find
from fclab.engines import train
from fclab.engines.elsewhere import side_by_side, trained_by
from fclab.store.database import Store
from fclab.store.pack import as_kept, pack_dataset, pack_run, unpack_run
from fclab.study.trainer import Trainer
from fclab.values.dataset import Dataset
from fclab.values.files import write_atomic
from fclab.values.recipe import CIFAR
from measure import circumstances, load_average, seconds_of, timing

HERE = Path(__file__).parent
RESULT = HERE / "results" / "cluster.json"
SEEDS = range(1, 33)
NATIONAL = 161_700
"""Triples of the hundred classes."""

app = cyclopts.App(help=__doc__)
Choose = Callable[[tuple[int, ...]], Dataset]


def images() -> Choose:
    """Gives datasets of real images, and reads them once.

    Raises:
        SystemExit: there are none: name them by FCLAB_DATA.
    """
    if (source := find()) is None:
        sys.exit("CIFAR-100 is needed: name its folder in FCLAB_DATA")
    return chooser(source)


def kept(part: str, figures: dict[str, Any]) -> None:
    """Write a part of the result, and show it."""
    told = {**circumstances("cluster"), "load": load_average()[:1], **figures}
    whole = json.loads(RESULT.read_text("utf-8")) if RESULT.exists() else {}
    whole[part] = told
    write_atomic(RESULT, json.dumps(dict(sorted(whole.items())), indent=1) + "\n")
    print(json.dumps(figures, indent=1))


def alone(numbers: Sequence[int]) -> float:
    """Train the base row of some triples by the engine, with one thread; the seconds of it."""
    choose = images()
    list(train(choose((7, 8, 9)), [CIFAR.replace(epochs=20)], range(1, 9), workers=1))
    started = time.perf_counter()
    for n in numbers:
        list(train(choose(triple(n)), [CIFAR], SEEDS, workers=1, light=True))
    return time.perf_counter() - started


def triple(n: int) -> tuple[int, int, int]:
    """Classes of a dataset of this benchmark."""
    return n, n + 40, n + 50


def silent(code: str, values: Mapping[str, Any]) -> None:
    """Tell nobody."""


@app.command
def parts(runs: int = 16) -> None:
    """Seconds and bytes of a run.

    Parameters
    ----------
    runs
        How many are trained for the means.
    """
    choose = images()
    choose((0, 1, 2))
    making = [seconds_of(lambda n=n: choose((n, 55, 58)).fingerprint) for n in range(10, 20)]
    dataset = choose((0, 55, 58))
    list(train(dataset, [CIFAR.replace(epochs=2)], [1], workers=1))  # compiled
    wall, processor = time.perf_counter(), time.process_time()
    found = list(train(dataset, [CIFAR], range(1, runs + 1), workers=1))
    wall, processor = time.perf_counter() - wall, time.process_time() - processor
    light = [as_kept(run) for run in found]
    packing = [seconds_of(partial(pack_run, run)) for run in light]
    packed, rows = pack_dataset(found[0]), [pack_run(run) for run in light]
    unpacking = [seconds_of(partial(unpack_run, row, dataset.info, {})) for row in rows]
    with tempfile.TemporaryDirectory() as folder:
        with Store(Path(folder) / "alone.db") as store:
            writing = [seconds_of(partial(store.put_rows, packed, row)) for row in rows]
        with Store(Path(folder) / "together.db") as store:
            many = [[pack_run(replace(light[0], seed=32 * n + m + 1)) for m in range(32)]
                    for n in range(8)]  # fmt: skip
            together = [seconds_of(partial(store.put_many, packed, some)) for some in many]
        size = (Path(folder) / "together.db").stat().st_size
    kept("parts", {
        "runs": runs,
        "seconds_of_a_run": wall / runs,
        "processor_seconds_of_a_run": processor / runs,
        "milliseconds_of_a_dataset": 1000 * timing(making).median,
        "milliseconds_to_pack_a_run": 1000 * timing(packing).median,
        "milliseconds_to_unpack_a_run": 1000 * timing(unpacking).median,
        "milliseconds_to_write_a_run_alone": 1000 * timing(writing).median,
        "milliseconds_to_write_a_run_of_32": 1000 * timing(together).median / 32,
        "kilobytes_of_a_run_on_the_way": len(pickle.dumps(rows, 5)) / runs / 1000,
        "kilobytes_of_a_run_in_the_store": size / 32 / 1000 / 8,
    })  # fmt: skip


@app.command
def pairs(triples: int = 8, repeats: int = 3) -> None:
    """The engine alone, one and two workers, and two processes that know nothing of a cluster: what
    they lose against the engine's two threads no cluster can win back.

    Parameters
    ----------
    triples
        Of classes; with 32 seeds each they are the work. One worker does half of them.
    repeats
        How often, in turn.
    """
    choose = images()
    ways = ("alone", "local:1", "local:2", "apart")
    found: dict[str, list[dict[str, float]]] = {name: [] for name in ways}

    def one(name: str) -> dict[str, float]:
        count = triples // 2 if name == "local:1" else triples
        if name == "apart":
            with ProcessPoolExecutor(2, get_context("spawn")) as pool:
                halves = [range(first, triples, 2) for first in (0, 1)]
                return {"seconds": max(pool.map(alone, halves)) / (triples * len(SEEDS))}
        # Anew each time: a dataset keeps what was computed of it.
        datasets = [choose(triple(n)) for n in range(triples + 1)]
        starting = time.perf_counter()
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            store = stack.enter_context(Store(folder / "store.db"))
            if name != "alone":
                stack.enter_context(trained_on(name, silent, store=store))
            trainer = Trainer(store)
            trainer.get_or_train(datasets.pop(), [CIFAR.replace(epochs=20)], range(1, 9))
            started, processor = time.perf_counter(), time.process_time()
            work = partial(trainer.get_or_train, recipes=[CIFAR], seeds=SEEDS)
            for _ in side_by_side(work, datasets[:count]):
                pass
            runs = count * len(SEEDS)
            assert trainer.trained == runs + 8
            return {
                "seconds": (time.perf_counter() - started) / runs,
                "processor_milliseconds": 1000 * (time.process_time() - processor) / runs,
                "seconds_to_start_and_warm_up": started - starting,
            }

    for n in range(repeats):
        turned = ways[n % len(ways) :] + ways[: n % len(ways)]
        for name in turned if n % 2 else turned[::-1]:
            found[name].append(one(name))
            print(name, found[name][-1], flush=True)

    def of(name: str, what: str = "seconds") -> list[float]:
        return [told[what] for told in found[name]]

    def efficiency(name: str, against: str) -> dict[str, float]:
        return asdict(timing([a / b for a, b in zip(of(against), of(name), strict=True)]))

    kept("pairs", {
        "runs": triples * len(SEEDS),
        "seconds_a_run": {name: asdict(timing(of(name))) for name in ways},
        "asker": {
            name: {what: timing(of(name, what)).median for what in found[name][0]}
            for name in ways[:3]
        },
        "efficiency": efficiency("local:2", "alone"),
        "efficiency_of_two_processes": efficiency("apart", "alone"),
        "efficiency_against_two_processes": efficiency("local:2", "apart"),
        "growth_from_one_worker_to_two": (
            timing(of("local:1")).median / timing(of("local:2")).median
        ),
    })  # fmt: skip


@contextmanager
def idle(workers: int, processes: int, folder: Path) -> Iterator[tuple[str, psutil.Process]]:
    """A scheduler and workers that train nothing: its address and its process."""
    script = str(HERE / "cluster_idle.py")
    with ExitStack() as stack:

        def begun(*words: str) -> subprocess.Popen[str]:
            command = [sys.executable, script, *words]
            process = subprocess.Popen(command, stdout=subprocess.PIPE, encoding="utf-8")
            stack.enter_context(process)
            stack.callback(process.kill)
            return process

        def told(process: subprocess.Popen[str]) -> str:
            assert process.stdout is not None
            return process.stdout.readline().strip()

        scheduler = begun("schedule")
        address = told(scheduler)
        there = [
            begun("work", address, str(workers // processes), str(folder)) for _ in range(processes)
        ]
        for one in there:
            assert told(one) == "there"
        yield address, psutil.Process(scheduler.pid)


@app.command
def simulate(workers: int = 1000, processes: int = 4, seconds: float = 20.0) -> None:
    """A thousand workers that train nothing.

    Parameters
    ----------
    workers, processes
        How many workers, and in how many processes they are.
    seconds
        How long each case is looked at.
    """
    dataset = images()((0, 55, 58))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        do(folder, runs=False, seconds=0)
        with Store(folder / "run.db") as one:
            Trainer(one).get_or_train(dataset, [CIFAR], [1])
        with idle(workers, processes, folder) as (address, scheduler):
            empty = scheduler.memory_info().rss
            connect = partial(Client, address, set_as_default=False)
            cases: dict[str, Any] = {}
            for case, runs, wait, keeps in (
                ("nothing", False, 0, False), ("runs", True, 0, False),
                ("kept", True, 0, True), ("as_long_as_real_ones", True, 0.17, True),
            ):  # fmt: skip
                do(folder, runs=runs, seconds=wait)
                with Store(folder / f"{case}.db") as store:
                    backend = backends.ClusterBackend(connect, silent, store if keeps else None)
                    with closing(backend), trained_by(backend):
                        trainer = Trainer(store) if keeps else None
                        cases[case] = looked_at(dataset, trainer, scheduler, seconds)
                print(case, cases[case], flush=True)
    kept("simulated", {
        "workers": workers, "scheduler_megabytes_before": empty / 1e6, "cases": cases,
    })  # fmt: skip


def do(folder: Path, *, runs: bool, seconds: float) -> None:
    """Say what the workers are to do."""
    write_atomic(folder / "do.json", json.dumps({"runs": runs, "seconds": seconds}))


def looked_at(
    dataset: Dataset, trainer: Trainer | None, scheduler: psutil.Process, seconds: float
) -> dict[str, float]:
    """What comes through in some seconds."""
    asked = 0

    def counted(*arguments: Any, **named: Any) -> Any:
        nonlocal asked
        for one in chunks_of(*arguments, **named):
            asked += 1
            yield one

    def work(first: int) -> int:
        seeds = range(first, first + len(SEEDS))
        if trainer is not None:
            return len(trainer.get_or_train(dataset, [CIFAR], seeds)[CIFAR])
        return len(list(train(dataset, [CIFAR], seeds, light=True)))

    chunks_of, backends.chunks_of = backends.chunks_of, counted
    asker, most, threads = psutil.Process(), 0, 0
    try:
        before = sum(scheduler.cpu_times()[:2]), sum(asker.cpu_times()[:2])
        started, calls, found = time.perf_counter(), 0, 0
        until = started + seconds
        things = iter(lambda: time.perf_counter() < until, False)
        for runs in side_by_side(work, (len(SEEDS) * n + 1 for n, _ in enumerate(things))):
            calls, found = calls + 1, found + runs
            most = max(most, scheduler.memory_info().rss)
            threads = max(threads, asker.num_threads())
        lasted = time.perf_counter() - started
        after = sum(scheduler.cpu_times()[:2]), sum(asker.cpu_times()[:2])
    finally:
        backends.chunks_of = chunks_of
    return {
        "seconds": lasted, "chunks": asked, "runs": found,
        "chunks_a_second": asked / lasted, "runs_a_second": found / lasted,
        "scheduler_milliseconds_a_chunk": 1000 * (after[0] - before[0]) / max(1, asked),
        "asker_milliseconds_a_chunk": 1000 * (after[1] - before[1]) / max(1, asked),
        "scheduler_megabytes": most / 1e6,
        "asker_megabytes": asker.memory_info().rss / 1e6, "asker_threads": threads,
    }  # fmt: skip


@app.command
def walls() -> None:
    """Core-hours of many runs, and how many cores who asks, and the scheduler, keep up with, by the
    other parts.
    """
    whole = json.loads(RESULT.read_text("utf-8"))
    of_a_run = whole["parts"]["processor_seconds_of_a_run"]
    parts = whole["parts"]
    asker = parts["milliseconds_to_write_a_run_of_32"] + parts["milliseconds_to_unpack_a_run"]
    asker /= 1000
    size = whole["parts"]["kilobytes_of_a_run_in_the_store"]
    with_scheduler = whole["pairs"]["asker"]["local:2"]["processor_milliseconds"] / 1000
    of_a_chunk = whole["simulated"]["cases"]["nothing"]["scheduler_milliseconds_a_chunk"] / 1000
    sizes = {"small": 10**5, "middle": 10**6, "national": NATIONAL * len(SEEDS), "large": 10**7}
    kept("walls", {
        name: {
            "runs": runs,
            "core_hours": runs * of_a_run / 3600,
            "gigabytes_in_the_store": runs * size / 1e6,
            "hours_of_the_asker": runs * asker / 3600,
        }
        for name, runs in sizes.items()
    } | {
        "cores_for_one_asker": of_a_run / asker,
        "cores_for_one_asker_with_its_scheduler": of_a_run / with_scheduler,
        "cores_for_one_scheduler": CHUNK / of_a_chunk,
    })  # fmt: skip


if __name__ == "__main__":
    app()
