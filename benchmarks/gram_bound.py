"""What bounds the Gram engine's product: arithmetic, or reading K?

    python benchmarks/gram_bound.py --data ~/cifar-100-python

Times one core: reading arrays of growing size from one end to the other, and the products of a
whole run of the lab's part 3 (250 epochs, batches of 128) on classes 0, 55, 58, once as they are
and once with batches drawn from so few images that their rows of K stay in the core's own cache.
"""

import json
import os
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import cyclopts
import numpy as np
from numba import njit

from fclab.data import cifar100
from fclab.engines.compiled.vectormath import KERNEL
from fclab.engines.gram.matrix import gram_matrix
from fclab.engines.gram.shared import shared_state, update
from fclab.engines.gram.training import constants, initial_state
from fclab.engines.job import Job, initial_weights
from fclab.values.files import write_atomic
from fclab.values.recipe import CIFAR
from fclab.values.run import EngineChoice
from measure import circumstances, load_average, matmul_peak, seconds_of, timing

RESULT = Path(__file__).parent / "results" / "gram_bound.json"
SIZES = (0.5, 1, 4, 11, 40)  # MiB
IMAGES = (32, 128, 512, 1500)
EPOCHS = 8
COMPILED: dict[str, Any] = {**KERNEL, "cache": False}


@njit(**COMPILED)
def read(x):
    """The sum of an array: one look at each of its numbers."""
    total = np.float32(0)
    for i in range(len(x)):
        total += x[i]
    return total


@njit(**COMPILED)
def products(state, fixed, shared, order):
    """All large products of some epochs, and nothing else."""
    for i in range(len(order)):
        shared.offsets[i] = order[i] * fixed.columns
    for epoch in range(len(order) // fixed.n):
        for done in range(0, fixed.n, fixed.batch):
            m, at = min(fixed.batch, fixed.n - done), epoch * fixed.n + done
            update(state, fixed, shared, np.int64(0), at, m, np.float32(1e-9))


def reading_rate(mebibytes: float, repeats: int) -> float:
    """Median GB/s of one core that reads an array again and again."""
    x = np.ones(int(mebibytes * 2**18), np.float32)
    rounds = max(1, int(200 / mebibytes))
    read(x)
    seconds = [seconds_of(lambda: [read(x) for _ in range(rounds)]) for _ in range(repeats)]
    return rounds * x.nbytes / timing(seconds).median / 1e9


def main(*, data: Path, repeats: int = 25, out: Path = RESULT) -> None:
    """Measure and write the result.

    Args:
        data: the folder of CIFAR-100.
        repeats: how often everything is timed; medians count.
        out: where the JSON goes.
    """
    images = cifar100((0, 55, 58), data)
    kept = gram_matrix(images, flip=False)
    job, h = Job(images, CIFAR, 0, EngineChoice(name="gram")), CIFAR.layers[0]
    fixed = constants(job, kept)
    state = initial_state(CIFAR, kept, initial_weights(CIFAR, kept.inputs, 0))
    shared = shared_state(h, fixed.batch, EPOCHS * kept.n, 1)
    milliseconds = {}
    for among in IMAGES:
        order = np.concatenate(
            [np.random.default_rng(e).permutation(kept.n) % among for e in range(EPOCHS)]
        )
        products(state, fixed, shared, order)
        seconds = [
            seconds_of(lambda order=order: products(state, fixed, shared, order))
            for _ in range(repeats)
        ]
        milliseconds[among] = 1000 * timing(seconds).median * CIFAR.epochs / EPOCHS
    peak = matmul_peak(1)
    work = 2 * kept.n * kept.columns * h * CIFAR.epochs
    record = {
        "what": "products of a run of part 3 on one core, by the images its batches are drawn from",
        **circumstances("gram_bound", data=data),
        "repeats": repeats,
        "matrix_mib": kept.products.nbytes / 2**20,
        "gigabytes_read_by_a_run": kept.products.nbytes * CIFAR.epochs / 1e9,
        "reading_gb_per_second": {str(s): reading_rate(s, repeats) for s in SIZES},
        "peak_gflops_of_a_core": peak / 1e9,
        "milliseconds_at_peak": 1000 * work / peak,
        "milliseconds_by_images": milliseconds,
        "load_average": load_average(),
    }
    write_atomic(out, json.dumps(record, indent=1) + "\n")
    print(json.dumps({k: v for k, v in record.items() if k != "machine"}, indent=1))


if __name__ == "__main__":
    cyclopts.run(main)
