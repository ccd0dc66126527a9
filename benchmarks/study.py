"""How long the default study takes, and what comes of it: all rows, 32 seeds, the searches of
task 5, into a new store; and parts 1 and 2 with the lab's settings, from seed 0.

    python benchmarks/study.py                   the real images: FCLAB_DATA, or --data FOLDER
    python benchmarks/study.py --seeds 4         a glance; nothing is stored

Wall time from the images to the answers, the store included (every run is flushed to the disk).
The compiled code comes out of numba's cache, as it does for everybody after the first minute; what
compiling costs once is not counted. ``loaded`` says how busy the machine was beside it: only a
figure taken on an idle one tells how long the study takes.
"""

import json
import math
import sqlite3
import tempfile
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

import cyclopts
import numpy as np

from fclab.analysis.findings import error_of_curve
from fclab.data import binary_points, cifar100, regression_curve
from fclab.engines import train
from fclab.engines.job import usable_cores
from fclab.labs.lab1.settings import Settings
from fclab.labs.lab1.study import final_table, run_study
from fclab.labs.lab1.tasks import answered
from fclab.store.database import Store
from fclab.study.kept import keep_study, load_study
from fclab.study.table import Line
from fclab.values.files import write_atomic
from fclab.values.recipe import BINARY, REGRESSION
from measure import circumstances, load_average

RESULT = Path(__file__).parent / "results" / "study.json"


def main(data: str | None = None, seeds: int = 32, out: Path | None = None) -> None:
    settings = Settings(seeds=seeds)
    images = cifar100((0, 55, 58), data)
    for layers in ((10, 3), (10, 10, 3)):  # compiled, or read from numba's cache
        next(iter(train(images, [settings.base.replace(layers=layers, epochs=1)], [0])))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "store.db"
        with Store(path) as store:
            before = (load_average() or (0.0,))[0]
            cpu, started = time.process_time(), time.perf_counter()
            study = run_study(images, store, settings)
            trained = time.perf_counter() - started
            keep_study(store, "study", study)
            tuple(answered(final_table(study), images))
            seconds, cpu_seconds = time.perf_counter() - started, time.process_time() - cpu
            started = time.perf_counter()
            table = final_table(load_study(store, "study"))
            overfitting = table.study.overfitting
            again = time.perf_counter() - started
        with sqlite3.connect(path) as kept:
            runs, epochs, training = kept.execute(
                "SELECT count(*), sum(epochs), sum(seconds) FROM runs"
            ).fetchone()
        size = path.stat().st_size
    record = {
        "what": "the default study of classes 0, 55, 58 into a new store, wall time",
        **circumstances("study"),
        "seconds": round(seconds, 1),
        "seconds_of_training": round(trained, 1),
        "cpu_seconds": round(cpu_seconds, 1),
        "seconds_of_table_from_store": round(again, 2),
        "cores": usable_cores(),
        "loaded": {"before": round(before, 2), "cores_got": round(cpu_seconds / seconds, 2)},
        "rows": len(table.lines),
        "seeds": seeds,
        "runs": runs,
        "epochs": epochs,
        "sum_of_seconds_of_runs": round(training, 1),
        "store_megabytes": round(size / 1e6, 1),
        "settings": settings.model_dump(mode="json"),
        "fclab": version("fclab"),
        "table": [_figures(line) for line in table.lines],
        "mean_epoch_of_least_test_loss": float(np.mean(overfitting.per_seed))
        if overfitting
        else None,
        "parts": _parts(),
    }
    if out or seeds == Settings().seeds:
        write_atomic(out or RESULT, json.dumps(record, indent=1, ensure_ascii=False) + "\n")
    print(
        f"{record['rows']} rows × {seeds} seeds, {runs} runs, {epochs} epochs: {seconds:.1f} s on "
        f"{record['cores']} cores ({cpu_seconds:.1f} s of computing, load before {before:.1f}); "
        f"table from the store {again:.1f} s"
    )


def _figures(line: Line) -> dict[str, Any]:
    """A row of the table; accuracies in per cent, differences in points."""
    found: dict[str, Any] = {"row": line.row.name, "epochs": line.recipe.epochs}
    if line.test and line.train:
        found |= {
            "train_percent": 100 * line.train.mean,
            "test_percent": 100 * line.test.mean,
            "test_sd_points": 100 * line.test.sd,
        }
    if line.verdict:
        found |= {
            "difference_points": 100 * line.verdict.difference,
            "low_points": 100 * line.verdict.low,
            "high_points": 100 * line.verdict.high,
            "detectable_points": 100 * line.verdict.detectable,
            "p_adjusted": line.verdict.p_adjusted,
            "verdict": line.verdict.decision,
        }
    return found


def _parts() -> dict[str, float]:
    """Parts 1 and 2 (XOR) with the lab's settings, from seed 0."""
    curve, cloud = regression_curve(seed=0), binary_points("xor", seed=0)
    fit = next(iter(train(curve, [REGRESSION], [0])))
    xor = next(iter(train(cloud, [BINARY], [0])))
    return {
        "regression_error": fit.metrics["train_loss"],
        "regression_variance_of_noise": error_of_curve(curve) or math.nan,
        "xor_test_percent": 100 * xor.metrics["test_accuracy"],
    }


if __name__ == "__main__":
    cyclopts.run(main)
