"""Kept runs as tables on the terminal."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich import box
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table

from fclab.store.pack import Entry
from fclab.values.recipe import BINARY, CIFAR, REGRESSION, Recipe, format_layers
from fclab.values.run import Run

TEXTS: Mapping[str, Mapping[str, Any]] = {
    "en": {
        "list": {
            "key": "Run", "data": "Data", "layers": "Layers", "lr": "lr", "batch": "Batch",
            "epochs": "Epochs", "otherwise": "Otherwise", "seed": "Seed", "train": "Train",
            "test": "Test", "engine": "Engine", "seconds": "Time, s", "created": "Kept",
        },
        "facts": {
            "key": "Run", "data": "Data", "classes": "Classes", "fingerprint": "Fingerprint",
            "seed": "Seed", "engine": "Engine", "machine": "Machine", "created": "Kept",
            "seconds": "Time, s", "trained": "Epochs trained", "iterations": "Iterations",
            "outcome": "Outcome", "least": "Epoch of least test loss", "weights": "Weights",
        },
        "recipe": ("Recipe", "Value", "The lab's"),
        "measures": ("", "train", "valid", "test"),
        "per_class": ("Class (test)", "Precision", "Recall", "F1", "Examples"),
        "all": "all", "diverged": "diverged at epoch {epoch}",
        "stopped": "stopped early at epoch {epoch}",
        "kept": "kept", "dropped": "too large to keep; the same seed gives them again",
        "total": "Runs: {count}", "none": "no run matches", "histories": "histories, runs",
        "written": "{path}: {count} runs",
        "rescued": "Rescued runs: {kept}; known to be lost: {lost}. New store: {path}",
        "lost": "lost: {key}",
    },
    "ru": {
        "list": {
            "key": "Запуск", "data": "Данные", "layers": "Слои", "lr": "lr", "batch": "Батч",
            "epochs": "Эпох", "otherwise": "Кроме того", "seed": "Зерно", "train": "Обуч.",
            "test": "Тест", "engine": "Движок", "seconds": "Время, с", "created": "Сохранён",
        },
        "facts": {
            "key": "Запуск", "data": "Данные", "classes": "Классы", "fingerprint": "Отпечаток",
            "seed": "Зерно", "engine": "Движок", "machine": "Машина", "created": "Сохранён",
            "seconds": "Время, с", "trained": "Пройдено эпох", "iterations": "Итераций",
            "outcome": "Исход", "least": "Эпоха наименьшей ошибки на тесте", "weights": "Веса",
        },
        "recipe": ("Рецепт", "Значение", "В лабораторной"),
        "measures": ("", "обучение", "проверка", "тест"),
        "per_class": ("Класс (тест)", "Precision", "Recall", "F1", "Примеров"),
        "all": "все", "diverged": "разошёлся на эпохе {epoch}",
        "stopped": "остановлен досрочно на эпохе {epoch}",
        "kept": "сохранены", "dropped": "слишком велики для хранения; их снова даст то же зерно",
        "total": "Запусков: {count}", "none": "подходящих запусков нет",
        "histories": "истории, запуски", "written": "{path}: запусков {count}",
        "rescued": "Спасено запусков: {kept}; заведомо потеряно: {lost}. Новое хранилище: {path}",
        "lost": "потеряно: {key}",
    },
}  # fmt: skip

_START = {"regression": REGRESSION, "binary": BINARY, "multiclass": CIFAR}
_EXPENDABLE = ("created", "seconds", "engine", "otherwise")
_WRAPPED = {"data": 24, "layers": 24, "otherwise": 36}  # the most characters of a line
_NUMBERS = {"lr", "batch", "epochs", "seed", "train", "test", "seconds"}


def list_table(entries: Sequence[Entry], texts: Mapping[str, Any], console: Console) -> Table:
    """One line per run; the columns that matter least are left out until the rest fits."""
    rows = [_cells(entry, texts) for entry in entries]
    shown = dict(texts["list"])
    table = _list(rows, shown)
    unlimited = console.options.update(max_width=1000)
    for name in _EXPENDABLE:
        if Measurement.get(console, unlimited, table).maximum <= console.width:
            break
        del shown[name]
        table = _list(rows, shown)
    return table


def _list(rows: Sequence[Mapping[str, str]], headings: Mapping[str, str]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, padding=0)
    for name, text in headings.items():
        side = "right" if name in _NUMBERS else "left"
        table.add_column(
            text,
            justify=side,
            no_wrap=name not in _WRAPPED,
            max_width=_WRAPPED.get(name),
            overflow="fold",
        )
    for row in rows:
        table.add_row(*(row[name] for name in headings))
    return table


def _cells(entry: Entry, texts: Mapping[str, Any]) -> dict[str, str]:
    recipe = entry.recipe
    return {
        "key": entry.key[:8],
        "data": _data(entry),
        "layers": format_layers(recipe.layers),
        "lr": f"{recipe.lr:.3g}",
        "batch": str(recipe.batch_size or texts["all"]),
        "epochs": str(entry.epochs),
        "otherwise": ", ".join(filter(None, (*_otherwise(entry), _outcome(entry, texts)))),
        "seed": str(entry.seed),
        "train": _result(entry, "train"),
        "test": _result(entry, "test"),
        "engine": entry.engine.name,
        "seconds": f"{entry.seconds:.2f}",
        "created": f"{entry.created.astimezone():%Y-%m-%d %H:%M}",
    }


def _data(entry: Entry) -> str:
    return f"{entry.dataset.name} + valid" if "valid" in entry.dataset.sizes else entry.dataset.name


def _otherwise(entry: Entry) -> Iterator[str]:
    """How the recipe differs from the lab's, apart from what has a column."""
    for name, (_, value) in entry.recipe.changes_from(_START[entry.dataset.task]).items():
        if name not in ("layers", "lr", "batch_size", "epochs"):
            yield f"{name} {value}"


def _result(entry: Entry, split: str) -> str:
    if entry.diverged_at is not None:
        return "—"
    if entry.dataset.task == "regression":
        return f"{entry.metrics[f'{split}_loss']:.5f}"
    return f"{entry.metrics[f'{split}_accuracy']:.1%}"


def run_tables(entry: Entry, run: Run, lang: str) -> Iterator[Table]:
    """Everything about one run but its curves: identity, recipe, metrics, metrics per class."""
    texts = TEXTS[lang]
    yield _identity(entry, run, lang)
    yield _recipe(entry, texts["recipe"])
    yield _measures(entry, texts["measures"])
    if run.dataset.task != "regression" and run.diverged_at is None:
        yield _per_class(run, texts["per_class"], lang)


def _identity(entry: Entry, run: Run, lang: str) -> Table:
    texts, machine = TEXTS[lang], entry.machine
    looked = "test_loss" in run.history
    facts = {
        "key": entry.key,
        "data": _data(entry),
        "classes": ", ".join(f"{c.number} {c.text(lang)}" for c in entry.dataset.class_names),
        "fingerprint": entry.dataset.fingerprint,
        "seed": str(entry.seed),
        "engine": f"{entry.engine.name} ({entry.engine.device}): {entry.engine.reason}",
        "machine": f"{machine.processor}, {machine.system}, Python {machine.python}"
        if machine
        else "",
        "created": f"{entry.created.astimezone():%Y-%m-%d %H:%M:%S}",
        "seconds": f"{entry.seconds:.3f}",
        "trained": str(run.epochs),
        "iterations": str(run.iterations),
        "outcome": _outcome(entry, texts),
        "least": str(run.overfitting_epoch) if looked and run.diverged_at is None else "",
        "weights": texts["kept" if entry.has_weights else "dropped"],
    }
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_header=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in facts.items():
        if value:
            table.add_row(texts["facts"][name], value)
    return table


def _outcome(entry: Entry, texts: Mapping[str, Any]) -> str:
    if entry.diverged_at is not None:
        return texts["diverged"].format(epoch=entry.diverged_at)
    if entry.stopped_at is not None:
        return texts["stopped"].format(epoch=entry.stopped_at)
    return ""


def _recipe(entry: Entry, headings: Sequence[str]) -> Table:
    """Every field; what differs from the lab's recipe for this task is bold."""
    table = Table(*headings, box=box.SIMPLE_HEAD, pad_edge=False)
    start: Recipe = _START[entry.dataset.task]
    usual, changed = start.model_dump(), entry.recipe.changes_from(start)
    for name, value in entry.recipe.model_dump().items():
        table.add_row(
            name, str(value), str(usual[name]), style="bold" if name in changed else "dim"
        )
    return table


def _measures(entry: Entry, headings: Sequence[str]) -> Table:
    table = _numbers(headings)
    for what, form in (("loss", ".5f"), ("accuracy", ".2%")):
        values = [entry.metrics.get(f"{split}_{what}") for split in ("train", "valid", "test")]
        if any(value is not None for value in values):
            table.add_row(what, *("" if v is None else format(v, form) for v in values))
    return table


def _per_class(run: Run, headings: Sequence[str], lang: str) -> Table:
    table = _numbers(headings)
    for name, row in zip(run.dataset.class_names, run.class_report("test").classes, strict=True):
        rates = (f"{rate:.1%}" for rate in (row.precision, row.recall, row.f1))
        table.add_row(f"{name.number} {name.text(lang)}", *rates, str(row.support))
    return table


def _numbers(headings: Sequence[str]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for place, heading in enumerate(headings):
        table.add_column(heading, justify="right" if place else "left")
    return table
