"""`fclab runs`: what is kept, shown."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from fclab.cli.classes import ClassNumbers
from fclab.cli.place import Kept, find_store

if TYPE_CHECKING:
    from fclab.store.database import Store
    from fclab.store.pack import Entry
    from fclab.store.wanted import Wanted
    from fclab.values.dataset import DatasetInfo
    from fclab.values.recipe import Recipe
    from fclab.words.wording import Wording

_MOST = 10_000  # runs of a page
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

    @property
    def chosen(self) -> "Wanted":
        """The same, as it is asked of a store.

        Raises:
            UsageError: what was said of the layers is none.
        """
        from fclab.store.wanted import Wanted
        from fclab.values.errors import UsageError
        from fclab.values.recipe import parse_layers

        try:
            layers = parse_layers(self.layers)
        except ValueError as error:
            raise UsageError("--layers: {reason}", reason=error) from error

        def recipe(one: "Recipe") -> bool:
            return (layers is None or one.layers == layers) and (
                self.lr is None or f"{one.lr:.3g}" == f"{self.lr:.3g}"
            )

        return Wanted(
            data=self._data if self.dataset is not None or self.classes else None,
            recipe=recipe if layers is not None or self.lr is not None else None,
            engine=self.engine,
            seeds=self.seeds,
            diverged=self.diverged,
        )

    def _data(self, info: "DatasetInfo") -> bool:
        own = info.pictures is not None  # their numbers are not those of CIFAR-100
        numbers = set() if own else {name.number for name in info.class_names}
        named = self.dataset is None or self.dataset.casefold() in info.name.casefold()
        return named and numbers.issuperset(self.classes)


EVERY_RUN = RunFilter()
Flattened = Annotated[RunFilter, Parameter(name="*")]


def runs(
    key: str | None = None,
    /,
    *,
    wanted: Flattened = EVERY_RUN,
    limit: Annotated[int, Parameter(name=("--limit", "--last"))] = 50,
    page: int = 1,
    out: Path | None = None,
    rescue: Path | None = None,
) -> None:
    """List the runs that are kept, the newest last, or show one of them.

    A page is as quick among a million runs as among a thousand.

    Examples:

        fclab runs

        fclab runs --page 2

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
    limit
        Runs of a page, at most 10000.
    page
        Which page: 1 shows the newest runs, 2 those before them.
    out
        A folder of results: its store is meant.
    rescue
        Copy what can still be read of a damaged store into this new one, and stop.
    """

    from fclab.cli.progress import output, say
    from fclab.cli.run_tables import list_table, run_tables
    from fclab.values.errors import UsageError

    words = wanted.words
    if not 1 <= limit <= _MOST:
        raise UsageError(
            "--limit is a number of runs from 1 to {most}, not {limit}; "
            "fclab export writes all of them to a table",
            most=_MOST, limit=limit,
        )  # fmt: skip
    if page < 1:
        raise UsageError("--page is a number from 1, not {page}", page=page)
    if rescue is not None:
        _rescue(find_store(wanted.store, out, wanted.language), rescue, words)
        return
    screen = output()
    if not screen.is_terminal:
        screen.width = 240  # a file or a pipe has no edge to wrap at
    with wanted.open(out) as store:
        if key is None:
            found = store.page(wanted.chosen, number=page, length=limit)
            if not found.total:
                say(words.plain("cli.runs.none"))
                return
            if not found.entries:
                raise UsageError(
                    "there is no page {page}, the last one is {last}",
                    page=page, last=-(-found.total // limit),
                )  # fmt: skip
            screen.print(list_table(found.entries, words, screen))
            screen.print(words.plain(
                "cli.runs.total", count=found.total, first=found.start + 1,
                last=found.start + len(found.entries), older=page + 1 if found.start else 0,
            ))  # fmt: skip
            return
        entry = _only(store, replace(wanted.chosen, key=key))
        run = next(store.runs([entry.key]))
    for table in run_tables(entry, run, words):
        screen.print(table)


def _only(store: "Store", wanted: "Wanted") -> "Entry":
    from fclab.values.errors import UsageError

    found = store.page(wanted, length=1)
    match found.total:
        case 1:
            return found.entries[0]
        case 0:
            raise UsageError(
                "no run that is wanted has a key that starts with {key!r}", key=wanted.key
            )
        case n:
            raise UsageError(
                "{n} runs have keys that start with {key!r}: give more of it", n=n, key=wanted.key
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
