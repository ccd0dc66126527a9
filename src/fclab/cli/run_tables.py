"""Kept runs as tables on the terminal."""

from collections.abc import Iterator, Mapping, Sequence

from rich import box
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table

from fclab.store.pack import Entry
from fclab.values.recipe import BINARY, CIFAR, REGRESSION, Recipe, format_layers
from fclab.values.run import Run
from fclab.words.reasons import reasons_text
from fclab.words.wording import Wording

_LIST = (
    "key", "data", "layers", "lr", "batch", "epochs", "otherwise", "seed", "train", "test",
    "engine", "seconds", "created",
)  # fmt: skip
_START = {"regression": REGRESSION, "binary": BINARY, "multiclass": CIFAR}
_EXPENDABLE = ("created", "seconds", "engine", "otherwise")
_WRAPPED = {"data": 24, "layers": 24, "otherwise": 36}  # the most characters of a line
_NUMBERS = {"lr", "batch", "epochs", "seed", "train", "test", "seconds"}


def list_table(entries: Sequence[Entry], words: Wording, console: Console) -> Table:
    """One line per run; the columns that matter least are left out until the rest fits."""
    rows = [_cells(entry, words) for entry in entries]
    shown: dict[str, str] = dict(zip(_LIST, words.each("cli.runs", *_LIST), strict=True))
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


def _cells(entry: Entry, words: Wording) -> dict[str, str]:
    recipe = entry.recipe
    return {
        "key": entry.key[:8],
        "data": _data(entry, words),
        "layers": format_layers(recipe.layers),
        "lr": words.num(recipe.lr, 3),
        "batch": words.plain("cli.runs.batch_size", size=recipe.batch_size),
        "epochs": words.whole(entry.epochs),
        "otherwise": ", ".join(filter(None, (*_otherwise(entry), _outcome(entry, words)))),
        "seed": str(entry.seed),
        "train": _result(entry, "train", words),
        "test": _result(entry, "test", words),
        "engine": entry.engine.name,
        "seconds": words.fixed(entry.seconds, 2),
        "created": f"{entry.created.astimezone():%Y-%m-%d %H:%M}",
    }


def _data(entry: Entry, words: Wording) -> str:
    name = entry.dataset.name
    return words.plain("cli.runs.with_valid", name=name) if "valid" in entry.dataset.sizes else name


def _otherwise(entry: Entry) -> Iterator[str]:
    """How the recipe differs from the lab's, apart from what has a column."""
    for name, (_, value) in entry.recipe.changes_from(_START[entry.dataset.task]).items():
        if name not in ("layers", "lr", "batch_size", "epochs"):
            yield f"{name} {value}"


def _result(entry: Entry, split: str, words: Wording) -> str:
    if entry.diverged_at is not None:
        return "—"
    if entry.dataset.task == "regression":
        return words.fixed(entry.metrics[f"{split}_loss"], 5)
    return words.pct(entry.metrics[f"{split}_accuracy"])


def run_tables(entry: Entry, run: Run, words: Wording) -> Iterator[Table]:
    """Everything about one run but its curves: identity, recipe, metrics, metrics per class."""
    yield _identity(entry, run, words)
    yield _recipe(entry, words)
    yield _measures(entry, words)
    if run.dataset.task != "regression" and run.diverged_at is None:
        yield _per_class(run, words)


def _identity(entry: Entry, run: Run, words: Wording) -> Table:
    machine = entry.machine
    looked = "test_loss" in run.history
    facts = {
        "key": entry.key,
        "data": _data(entry, words),
        "classes": ", ".join(f"{c.number} {words.called(c)}" for c in entry.dataset.class_names),
        "fingerprint": entry.dataset.fingerprint,
        "seed": str(entry.seed),
        "engine": f"{entry.engine.name} ({entry.engine.device}): "
        f"{reasons_text(words, entry.engine.reasons)}",
        "machine": f"{machine.processor}, {machine.system}, Python {machine.python}"
        if machine
        else "",
        "created": f"{entry.created.astimezone():%Y-%m-%d %H:%M:%S}",
        "seconds": words.fixed(entry.seconds, 3),
        "trained": words.whole(run.epochs),
        "iterations": words.whole(run.iterations),
        "outcome": _outcome(entry, words),
        "least": words.whole(run.overfitting_epoch) if looked and run.diverged_at is None else "",
        "weights": words.plain(f"cli.runs.{'kept' if entry.has_weights else 'dropped'}"),
    }
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_header=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in facts.items():
        if value:
            table.add_row(words.plain(f"cli.runs.{name}"), value)
    return table


def _outcome(entry: Entry, words: Wording) -> str:
    if entry.diverged_at is not None:
        return words.plain("cli.runs.diverged", epoch=entry.diverged_at)
    if entry.stopped_at is not None:
        return words.plain("cli.runs.stopped", epoch=entry.stopped_at)
    return ""


def _recipe(entry: Entry, words: Wording) -> Table:
    """Every field; what differs from the lab's recipe for this task is bold."""
    headings = words.each("cli.runs", "field", "value", "usual")
    table = Table(*headings, box=box.SIMPLE_HEAD, pad_edge=False)
    start: Recipe = _START[entry.dataset.task]
    usual, changed = start.model_dump(), entry.recipe.changes_from(start)
    for name, value in entry.recipe.model_dump().items():
        table.add_row(
            name, str(value), str(usual[name]), style="bold" if name in changed else "dim"
        )
    return table


def _measures(entry: Entry, words: Wording) -> Table:
    splits = ("train", "valid", "test")
    table = _numbers(("", *words.each("part", *splits)))
    for what, written, digits in (("loss", words.fixed, 5), ("accuracy", words.pct, 2)):
        values = [entry.metrics.get(f"{split}_{what}") for split in splits]
        if any(value is not None for value in values):
            cells = ("" if value is None else written(value, digits) for value in values)
            table.add_row(words.plain(f"cli.runs.{what}"), *cells)
    return table


def _per_class(run: Run, words: Wording) -> Table:
    table = _numbers(words.each("cli.runs", "class", "precision", "recall", "f1", "support"))
    for name, row in zip(run.dataset.class_names, run.class_report("test").classes, strict=True):
        rates = map(words.pct, (row.precision, row.recall, row.f1))
        table.add_row(f"{name.number} {words.called(name)}", *rates, words.whole(row.support))
    return table


def _numbers(headings: Sequence[str]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for place, heading in enumerate(headings):
        table.add_column(heading, justify="right" if place else "left")
    return table
