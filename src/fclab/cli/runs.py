"""`fclab runs`: what is kept, shown."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from fclab.cli.classes import ClassNumbers
from fclab.cli.place import Kept, find_store

if TYPE_CHECKING:
    from fclab.store.database import Store
    from fclab.store.pack import Entry
    from fclab.words.wording import Wording

Many = Parameter(consume_multiple=True, negative="", show_default=False)


@Parameter(name="*")
@dataclass(frozen=True)
class RunFilter(Kept):
    """Which of the kept runs; all conditions given must hold."""

    dataset: str | None = None
    """Part of the name of the data: sigmoid, xor, cifar100."""
    classes: ClassNumbers = ()
    """Classes, by number or name, that are among those of the data."""
    layers: str | None = None
    """The network: "FC(10), FC(3)"."""
    lr: float | None = None
    """Learning rate, to three digits."""
    engine: str | None = None
    """Who trained."""
    seeds: Annotated[tuple[int, ...], Many] = ()
    """Seeds."""
    diverged: bool | None = None
    """Only runs that diverged, or only those that did not."""

    def named_conditions(self) -> list[str]:
        """The options that were given, but ``--seeds`` and those of the store."""
        names = ("dataset", "classes", "layers", "lr", "engine", "diverged")
        return [f"--{name}" for name in names if getattr(self, name) not in (None, ())]

    def entries(self, store: "Store", *conditions: Any) -> "list[Entry]":
        """The runs of the store that are wanted, oldest first."""
        from fclab.values.errors import UsageError
        from fclab.values.recipe import parse_layers

        try:
            layers = parse_layers(self.layers)
        except ValueError as error:
            raise UsageError("--layers: {reason}", reason=error) from error
        return [entry for entry in store.listing(*conditions) if self._holds(entry, layers)]

    def _holds(self, entry: "Entry", layers: object) -> bool:
        own = entry.dataset.pictures is not None  # their numbers are not those of CIFAR-100
        numbers = set() if own else {name.number for name in entry.dataset.class_names}
        return (
            (self.dataset is None or self.dataset.casefold() in entry.dataset.name.casefold())
            and numbers.issuperset(self.classes)
            and (layers is None or entry.recipe.layers == layers)
            and (self.lr is None or f"{entry.recipe.lr:.3g}" == f"{self.lr:.3g}")
            and (self.engine is None or entry.engine.name == self.engine)
            and (not self.seeds or entry.seed in self.seeds)
            and (self.diverged is None or self.diverged == (entry.diverged_at is not None))
        )


EVERY_RUN = RunFilter()
Flattened = Annotated[RunFilter, Parameter(name="*")]


def runs(
    key: str | None = None,
    /,
    *,
    wanted: Flattened = EVERY_RUN,
    last: int | None = None,
    out: Path | None = None,
    rescue: Path | None = None,
) -> None:
    """List the runs that are kept, or show one of them.

    Examples:

        fclab runs

        fclab runs --classes 0 55 58 --layers "FC(10), FC(3)" --lr 0.005 --last 10

        fclab runs 3fa94c

        fclab runs --store postgresql://student@db.example.org/lab --diverged

        fclab runs --store results/store.db --rescue results/rescued.db

    Parameters
    ----------
    key
        The first characters of a run's key: show this run in full.
    wanted
        Which runs.
    last
        Only so many of the newest.
    out
        A folder of results: its store is meant.
    rescue
        Copy what can still be read of a damaged store into this new one, and stop.
    """

    from fclab.cli.progress import output, say
    from fclab.cli.run_tables import list_table, run_tables
    from fclab.values.errors import UsageError

    words = wanted.words
    if last is not None and last < 1:
        raise UsageError("--last is a number of runs from 1, not {last}", last=last)
    if rescue is not None:
        _rescue(find_store(wanted.store, out, wanted.language), rescue, words)
        return
    from fclab.store import schema

    page = output()
    if not page.is_terminal:
        page.width = 240  # a file or a pipe has no edge to wrap at
    with wanted.open(out) as store:
        if key is None:
            entries = wanted.entries(store)[-(last or 0) :]
            if not entries:
                say(words.plain("cli.runs.none"))
                return
            page.print(list_table(entries, words, page))
            page.print(words.plain("cli.runs.total", count=len(entries)))
            return
        column = schema.runs.c.key
        entry = _only(wanted.entries(store, column.startswith(key.lower(), autoescape=True)), key)
        run = next(store.runs([entry.key]))
    for table in run_tables(entry, run, words):
        page.print(table)


def _only(entries: "list[Entry]", key: str) -> "Entry":
    from fclab.values.errors import UsageError

    match entries:
        case [entry]:
            return entry
        case []:
            raise UsageError("no run that is wanted has a key that starts with {key!r}", key=key)
    raise UsageError(
        "{n} runs have keys that start with {key!r}: give more of it", n=len(entries), key=key
    )


def _rescue(damaged: str | Path, into: Path, words: "Wording") -> None:
    from fclab.cli.progress import say
    from fclab.store.connect import is_address
    from fclab.store.rescue import rescue
    from fclab.values.errors import UsageError

    if is_address(damaged):
        raise UsageError("--rescue reads a file; a database is restored by its own tools")
    found = rescue(Path(damaged), into)
    say(words.plain("cli.runs.rescued", kept=found.kept, lost=found.lost, path=into))
    for key in sorted(found.lost_definitions):
        say(words.plain("cli.runs.lost", key=key))
