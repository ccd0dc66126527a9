"""Runs made by hand: what they answer is chosen, so the right text is known."""

from collections.abc import Iterable

import numpy as np

from fclab.data import binary_points, regression_curve
from fclab.engines.job import initial_weights
from fclab.labs.lab1.content import build
from fclab.labs.lab1.lab import APPENDICES, Lab1Results
from fclab.labs.lab1.settings import Settings
from fclab.labs.lab1.study import final_table
from fclab.labs.values import MadeResult, PartResult
from fclab.report.model import Report, Table
from fclab.study.rows import Choice, Definition, Kind, Row
from fclab.study.study import Study
from fclab.values.dataset import CIFAR_PREPROCESSING, ClassName, Dataset, Source, Split
from fclab.values.metrics import accuracy, losses
from fclab.values.names import CLASS_NAMES
from fclab.values.recipe import BINARY, CIFAR, REGRESSION, Recipe
from fclab.values.run import EngineChoice, Machine, Run
from fclab.words.spans import Text

NAMES = tuple(CLASS_NAMES[number] for number in (0, 55, 58))
MATRIX = ((95, 3, 2), (11, 60, 29), (15, 16, 69))
TRAIN = ((498, 2, 0), (5, 491, 4), (0, 2, 498))
SIDE = 6  # pixels: the texts do not depend on it, the time does


def finished(dataset: Dataset, recipe: Recipe, outputs, history, **fields) -> Run:
    """A run with these outputs and this history, its metrics computed from them."""
    metrics = {}
    for name, split in dataset.splits.items():
        bad = fields.get("diverged_at") is not None
        out = outputs[name]
        metrics[f"{name}_loss"] = (
            float("nan") if bad else float(losses(recipe.loss, out, split.y).mean())
        )
        if dataset.task != "regression":
            metrics[f"{name}_accuracy"] = (
                float("nan") if bad else accuracy(dataset.task, out, split.y)
            )
    made = {
        "seed": 4,
        "engine": EngineChoice(name="reference", reason="asked for"),
        "weights": initial_weights(recipe, dataset.info.n_inputs, 0),
        "targets": {name: split.y for name, split in dataset.splits.items()},
        "seconds": 1.5,
        "machine": Machine(
            system="Linux 6", processor="CPU", cores=2, python="3.11", packages={"torch": "2.9"}
        ),
    }
    return Run(dataset=dataset.info, recipe=recipe, outputs=outputs, history=history,
               metrics=metrics, **{**made, **fields})  # fmt: skip


def answering(matrix) -> tuple[np.ndarray, np.ndarray]:
    """Labels and one-hot outputs with this confusion matrix."""
    matrix = np.asarray(matrix)
    truth, answers = [
        np.repeat(index.ravel(), matrix.ravel()) for index in np.indices(matrix.shape)
    ]
    return truth.astype(np.int64), 4 * np.eye(len(matrix), dtype=np.float32)[answers]


def images_part(
    matrix=MATRIX,
    train=TRAIN,
    *,
    test_loss: Iterable[float] = (1.0, 0.6, 0.5, 0.7, 0.75),
    names: tuple[ClassName, ...] = NAMES,
    source: Source = "cifar100",
    recipe: Recipe | None = None,
    bright: Iterable[int] = (0, 40, 50, 60),
    **fields,
) -> PartResult:
    """Part 3 with these confusion matrices and this course of the test loss."""
    rng, shades = np.random.default_rng(0), np.array(tuple(bright))
    recipe = recipe or CIFAR.replace(layers=(4, len(names)))
    splits, outputs = {}, {}
    for name, wanted in (("train", train), ("test", matrix)):
        y, outputs[name] = answering(wanted)
        noise = rng.integers(100, size=(len(y), SIDE, SIDE, 3))
        splits[name] = Split((noise + shades[y][:, None, None, None]).astype(np.uint8), y)
    dataset = Dataset(
        "images", "multiclass", source, splits["train"], splits["test"], names, CIFAR_PREPROCESSING
    )
    loss = np.array(tuple(test_loss), float)
    share = np.linspace(0.5, np.trace(np.asarray(matrix)) / np.sum(matrix), len(loss))
    history = {
        "running_loss": np.linspace(1, 0.1, len(loss)),
        "train_loss": np.linspace(1, 0.1, len(loss)),
        "train_accuracy": np.linspace(0.4, 1, len(loss)),
        "test_loss": loss,
        "test_accuracy": share,
    }
    return PartResult(dataset, finished(dataset, recipe, outputs, history, **fields))


def studied(
    *tests: tuple[str, str | None, Kind, tuple[tuple[int, ...], ...]],
    names: tuple[ClassName, ...] = NAMES,
    train=TRAIN,
    seeds: int = 6,
    test_loss: Iterable[float] = (1.0, 0.6, 0.5, 0.7, 0.75),
    choice: Choice | None = None,
) -> Lab1Results:
    """Part 3 and a study of rows (name, parent, kind, confusion matrix on test), the base row
    first: all seeds of a row have its matrix, each on other images of the classes; rows of tuned
    layers have the choice. The run of part 3 makes no mistake, unlike the base row: the two must
    not be taken for each other."""
    alone = tuple(tuple(row) for row in np.diag(np.sum(tests[0][3], axis=1)).tolist())
    part = images_part(alone, train, names=names, test_loss=test_loss)
    loss, dataset = np.array(tuple(test_loss), float), part.dataset
    assert dataset is not None
    rows, runs = [], {}
    for k, (name, parent, kind, matrix) in enumerate(tests):
        recipe = part.run.recipe.replace(epochs=len(loss), weight_decay=k * 1e-9)
        rows.append(Row(name=name, recipe=recipe, parent=parent, kind=kind, factor=2, candidates=9,
                        choice=choice if kind == "layers" else None))  # fmt: skip
        runs[name] = [
            finished(
                dataset, recipe,
                {"train": answering(train)[1], "test": _shuffled(matrix, seed, k)},
                {
                    "test_loss": loss + 1e-3 * seed,
                    "train_loss": np.linspace(1, 0.1, len(loss)),
                    "test_accuracy": np.linspace(0.5, 0.7, len(loss)),
                    "train_accuracy": np.linspace(0.4, 1, len(loss)),
                },
                seed=seed,
            )
            for seed in range(seeds)
        ]  # fmt: skip
    numbers = tuple(name.number for name in names)
    definition = Definition(
        classes=numbers, source="cifar100", fingerprint=dataset.fingerprint,
        held_out=dataset.fingerprint, rows=tuple(rows), engines={},
        settings=Settings(seeds=seeds, base=rows[0].recipe),
    )  # fmt: skip
    study = Study(definition, dataset.info, runs, runs[rows[0].name], [])
    return Lab1Results(parts=(part,), study=final_table(study))


def _shuffled(matrix, seed: int, row: int) -> np.ndarray:
    """Outputs with this confusion matrix, other images of each class wrong for every seed."""
    y, outputs = answering(matrix)
    rng = np.random.default_rng([seed, row])
    order = np.concatenate([rng.permutation(np.flatnonzero(y == k)) for k in range(len(matrix))])
    return outputs[order]


def curve_part(
    *,
    target="sigmoid",
    repeats: int = 5,
    noise: float = 0.05,
    off: float = 0.0,
    recipe: Recipe = REGRESSION,
    steps=(10_000, 20_000, 30_000, 40_000, 50_000),
    **fields,
) -> MadeResult:
    """Part 1 whose fit is the true curve moved up by ``off``."""
    dataset = regression_curve(target, repeats=repeats, noise=noise, seed=1)
    curve = dataset.test.y.repeat(repeats)[:, None]
    outputs = {"train": curve + np.float32(off), "test": dataset.test.y[:, None] + np.float32(off)}
    snapshots = {step: curve + np.float32(off + 1 / step) for step in steps}
    history = {"running_loss": np.geomspace(1, 0.01, max(steps, default=2))}
    run = finished(dataset, recipe, outputs, history, snapshots=snapshots, **fields)
    return MadeResult(dataset, run)


def points_part(
    shape="xor", *, wrong: int = 0, loss=None, recipe: Recipe = BINARY, **fields
) -> MadeResult:
    """Part 2 with so many wrong answers on the fresh sample."""
    dataset = binary_points(shape, points=200, seed=1)
    outputs = {name: 8 * (2 * split.y[:, None] - 1) for name, split in dataset.splits.items()}
    outputs["test"] = outputs["test"] * np.where(np.arange(200) < wrong, -1, 1)[:, None]
    if loss is None:
        loss = np.r_[np.full(300, 0.6931), np.geomspace(0.65, 0.01, 700)]
    history = {"running_loss": np.asarray(loss, float)}
    return MadeResult(dataset, finished(dataset, recipe, outputs, history, **fields))


def text_of(text: Text, report: Report | None = None) -> str:
    """What is read, no-break characters made plain; references become their numbers."""
    words = [
        str(report.numbers[span.text]) if report and span.style in ("ref", "cite") else span.text
        for span in text
    ]
    return "".join(words).replace("\N{NO-BREAK SPACE}", " ").replace("\N{NON-BREAKING HYPHEN}", "-")


def build_full(results: Lab1Results, lang: str = "ru", title=None) -> Report:
    """The report with all that can stand behind its body."""
    return build(results, lang, title, APPENDICES)


def all_text(report: Report, section: str | None = None) -> str:
    """Every text of the report, or of one section and those inside it, a block per line."""
    lines = [] if section else [report.title, text_of(report.subtitle, report)]
    for part in report.walk():
        if section and not part.name.startswith(section):
            continue
        lines.append(part.title)
        for block in part.blocks:
            match block.kind:
                case "paragraph" | "note":
                    lines.append(text_of(block.text, report))
                case "items":
                    lines += [text_of(item, report) for item in block.items]
                case "formula":
                    lines += block.lines
                case "figure":
                    lines += [text_of(block.caption, report), block.alt]
                case "beside":
                    for one in block.blocks:
                        lines += [text_of(one.caption, report), one.alt]
                case "code":
                    lines.append(text_of(block.caption, report))
                case "table":
                    lines.append(text_of(block.caption, report))
                    lines += [" | ".join(row) for row in cells(block)]
    return "\n".join(lines)


def cells(table: Table) -> list[list[str]]:
    """The rows of a table, the header first."""
    return [[text_of(cell) for cell in row] for row in (table.header, *table.rows)]


def table_of(report: Report, name: str) -> list[list[str]]:
    """The rows of a table of the report by its name."""
    return cells(next(table for table in report.tables if table.name == name))
