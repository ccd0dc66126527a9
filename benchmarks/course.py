"""How long a course takes: a hundred submissions of nine rows, the first time and again.

    python benchmarks/course.py --data FOLDER                  about 20 minutes on two free cores
    python benchmarks/course.py --data FOLDER --students 5     a glance

Every student has a variant of the rule of 2026 and a table as the lab asks for: a base row, one
stopped early, other batch sizes and learning rates at constant iterations, other networks. The
figures are those of one run each from a seed that the check does not use, in whole percents.
"""

import json
import tempfile
from pathlib import Path
from time import perf_counter, process_time

import cyclopts

import measure
from fclab.course.judging import check_course
from fclab.course.values import ClaimedRow, Claims, Figure
from fclab.data.cifar100 import Source, chooser, find
from fclab.data.cifar100.places import absent
from fclab.engines import train
from fclab.labs.lab1.variant import DEPARTMENTS, Variant, classes_of
from fclab.store.database import Store
from fclab.study.trainer import Trainer
from fclab.values.dataset import Dataset
from fclab.values.errors import UsageError
from fclab.values.files import write_atomic
from fclab.values.recipe import CIFAR

RESULT = Path(__file__).parent / "results" / "course.json"
TABLE = (
    ((10, 3), 0.005, 128, 250),
    ((10, 3), 0.005, 128, 60),
    ((10, 3), 0.005, 256, 120),
    ((10, 3), 0.005, 64, 30),
    ((10, 3), 0.0025, 128, 120),
    ((10, 3), 0.001, 128, 300),
    ((32, 3), 0.005, 128, 60),
    ((10, 10, 3), 0.005, 128, 80),
    ((32, 3), 0.0025, 256, 100),
)
"""Layers, learning rate, batch size, epochs."""
STUDENTS_SEED = 1000


def submissions(students: int, source: Source) -> list[Claims]:
    """Honest tables of so many students, each with classes of its own."""
    every: dict[tuple[int, ...], Variant] = {}
    for department in DEPARTMENTS:
        for group in range(1, 6):
            for number in range(1, 31):
                try:
                    one = classes_of(group, number, department, scheme="2026")
                except UsageError:
                    continue
                every.setdefault(tuple(sorted(one.classes)), one)
    chosen, images = list(every)[:students], chooser(source)
    return [
        Claims(files=(f"{k}",), classes=classes, rows=_rows(images(classes)))
        for k, classes in enumerate(chosen)
    ]


def _rows(images: Dataset) -> tuple[ClaimedRow, ...]:
    recipes = [
        CIFAR.replace(layers=layers, lr=lr, batch_size=batch, epochs=epochs)
        for layers, lr, batch, epochs in TABLE
    ]
    runs = {run.recipe: run.metrics for run in train(images, recipes, [STUDENTS_SEED])}
    return tuple(
        ClaimedRow(cells=(), layers=recipe.layers, lr=recipe.lr, batch_size=recipe.batch_size,
                   epochs=recipe.epochs, test=_percent(runs[recipe]["test_accuracy"]),
                   train=_percent(runs[recipe]["train_accuracy"]))
        for recipe in recipes
    )  # fmt: skip


def _percent(share: float) -> Figure:
    return Figure(value=round(100 * share), decimals=0, text=f"{100 * share:.0f}")


def main(
    *, data: Path | None = None, students: int = 100, seeds: int = 16, out: Path = RESULT
) -> None:
    """Check a course twice, and write the result with its circumstances.

    Args:
        data: folder or archive of CIFAR-100, as for fclab run.
        students: how many submissions.
        seeds: runs that every row is compared with.
        out: where the JSON goes.
    """
    source = find(data)
    if source is None:
        raise absent()
    every, before = submissions(students, source), measure.load_average()
    seconds, busy, trained = [], [], []
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(2):
            started, worked = perf_counter(), process_time()
            with Store(Path(folder) / "runs.db") as store:
                trainer = Trainer(store)
                check_course(every, trainer, chooser(source), seeds=seeds)
            seconds.append(round(perf_counter() - started, 2))
            busy.append(round(process_time() - worked, 2))
            trained.append(trainer.trained)
            print(f"{seconds[-1]} s, {trained[-1]} trained, {trainer.read} read", flush=True)
    record = {
        "what": "a course is judged the first time and again; reading of files is not in it",
        "students": len(every), "rows": len(TABLE), "seeds": seeds,
        "first_seconds": seconds[0], "again_seconds": seconds[1],
        "first_processor_seconds": busy[0], "again_processor_seconds": busy[1],
        "trained": trained[0], "trained_again": trained[1],
        "load_before": before, "load_after": measure.load_average(),
        **measure.circumstances("course", data=data or Path()),
    }  # fmt: skip
    write_atomic(out, json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    cyclopts.run(main)
