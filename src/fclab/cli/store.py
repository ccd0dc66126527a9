"""`fclab store info`, `store check`, `store vacuum`: what a store holds, whether it is whole, and
how it gets smaller."""

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from fclab.cli.place import WHERE, FlattenedWhere

if TYPE_CHECKING:
    from rich.table import Table

    from fclab.store.pack import Record
    from fclab.store.upkeep import Facts
    from fclab.words.wording import Wording

store = App(name="store")

_LISTED = 20  # runs that are shown before they are removed
Flag = Annotated[bool, Parameter(negative="")]


@store.command
def info(*, where: FlattenedWhere = WHERE) -> None:
    """What a store holds, and what takes its room.

    Examples:

        fclab store info

        fclab store info --store postgresql://student@db.example.org/lab

    Parameters
    ----------
    where
        Which store, and the language.
    """
    from fclab.cli.progress import output
    from fclab.store.upkeep import facts

    with where.open(where.out) as kept:
        output().print(_facts_table(facts(kept), where.words))


@store.command
def check(*, where: FlattenedWhere = WHERE) -> None:
    """Read everything that a store holds, and see that it is what was written.

    Ends with 0 where all is whole; with 1 where something is not, and says which study it hits and
    what to do. Nothing is changed.

    Examples:

        fclab store check

        fclab store check --out results/mine

    Parameters
    ----------
    where
        Which store, and the language.
    """
    from fclab.cli.progress import output, progress_bar, say
    from fclab.labs.upkeep import hit_by
    from fclab.store.upkeep import faults
    from fclab.values.errors import DataError

    words = where.words
    with where.open(where.out) as kept:
        with progress_bar(words.plain("cli.upkeep.reading"), things=True) as progress:
            found = list(faults(kept, progress))
        if not found:
            say(words.plain("cli.upkeep.whole"))
            return
        hit = hit_by(kept, found)
        page = output()
        for fault in found:
            page.print(words.plain(
                f"cli.upkeep.fault.{fault.what}", key=fault.key[:12] if len(fault.key) == 64
                else fault.key, detail=fault.detail, hit=hit.get(fault.key, []),
            ))  # fmt: skip
        if any(fault.what == "run" and hit.get(fault.key) for fault in found):
            say(words.plain("cli.upkeep.again"))
        raise DataError(
            "the store {name} is damaged, faults: {n}; it is left as it is: "
            "`fclab runs --store {name} --rescue NEW.db` copies what can still be read",
            name=kept.name, n=len(found),
        )  # fmt: skip


@store.command
def vacuum(
    *, unused: Flag = False, yes: Flag = False, days: int = 1, where: FlattenedWhere = WHERE
) -> None:
    """Make a store smaller: runs of older versions get today's form, free room goes to the disk.

    No run goes, and no report changes. Of older runs weights are left out which the same seed gives
    again. Other commands may write meanwhile; they wait for moments.

    Examples:

        fclab store vacuum

        fclab store vacuum --unused

        fclab store vacuum --unused --yes --days 7

    Parameters
    ----------
    unused
        Also remove runs that no kept study, lab or ladder names; they are listed first, and it is
        asked. What is asked for again is trained again.
    yes
        Do not ask.
    days
        Of unused runs only those that are older: a study is named when it is finished.
    where
        Which store, and the language.
    """
    from fclab.cli.progress import progress_bar, say
    from fclab.labs.upkeep import Keeping, needed_by
    from fclab.store.upkeep import facts
    from fclab.store.vacuum import reclaim, remove_runs, repack
    from fclab.values.errors import UsageError

    if days < 0:
        raise UsageError("--days is a number of days from 0, not {days}", days=days)
    words, older = where.words, timedelta(days=days)
    with where.open(where.out) as kept:
        before = facts(kept)
        if unused and _agreed(remove_runs(kept, needed_by, older=older, really=False), words, yes):
            gone = remove_runs(kept, needed_by, older=older, really=True)
            say(words.plain("cli.upkeep.removed", n=len(gone)))
        if before.old:
            with progress_bar(words.plain("cli.upkeep.measuring")) as progress:
                progress(0, 1)
                keeping = Keeping(kept)
                progress(1, 1)
            with progress_bar(words.plain("cli.upkeep.packing"), things=True) as progress:
                repack(kept, keeping, progress)
            if keeping.waiting:
                say(words.plain("cli.upkeep.waiting", names=keeping.waiting))
        with progress_bar(words.plain("cli.upkeep.reclaiming")) as progress:
            progress(0, 1)
            reclaim(kept)
            progress(1, 1)
        after = facts(kept)
        say(words.plain("cli.upkeep.done", before=_mb(before.size), after=_mb(after.size)))


def _agreed(gone: "list[Record]", words: "Wording", yes: bool) -> bool:
    """Whether runs may be removed: they are listed, and it is asked unless it was said before.

    Raises:
        UsageError: nobody can be asked.
    """
    import sys

    from fclab.cli.ask import YES
    from fclab.cli.progress import output, say
    from fclab.cli.silence import asking
    from fclab.values.errors import UsageError

    if not gone:
        say(words.plain("cli.upkeep.none_unused"))
        return False
    page = output()
    for run in gone[:_LISTED]:
        page.print(words.plain(
            "cli.upkeep.unused_run", key=run["key"][:12], layers=run["recipe"]["layers"],
            seed=run["seed"], created=f"{run['created'].astimezone():%Y-%m-%d %H:%M}",
        ))  # fmt: skip
    size = _mb(sum(run["size"] for run in gone))
    say(words.plain("cli.upkeep.unused", n=len(gone), more=len(gone) - _LISTED, size=size))
    if yes:
        return True
    if not sys.stdin.isatty():
        raise UsageError("nothing is removed: add --yes, or answer in a terminal")
    say(words.plain("cli.upkeep.ask"))
    with asking():
        return input("> ").strip().casefold() in YES


def _facts_table(found: "Facts", words: "Wording") -> "Table":
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_header=False)
    table.add_column(style="bold", overflow="fold")
    table.add_column(overflow="fold")
    counts, say = found.counts, words.plain
    sizes = sorted(found.sizes.items(), key=lambda pair: -pair[1])
    size = say("cli.upkeep.megabytes", size=_mb(found.size), free=_mb(found.free))
    rows = {
        "store": found.name,
        "database": say("cli.upkeep.version", kind=found.kind, version=found.version),
        "size": size,
        "takes": "\n".join(
            say("cli.upkeep.takes_line", what=say(f"cli.upkeep.of.{name}"), size=_mb(size))
            for name, size in sizes
        ),
        "runs": say("cli.upkeep.runs_line", n=counts["runs"], whole=found.with_weights,
                    old=found.old),
        "datasets": words.whole(counts["datasets"]),
        **{kind: words.whole(counts.get(kind, 0)) for kind in ("study", "lab", "ladder")},
    }  # fmt: skip
    for name, value in rows.items():
        table.add_row(say(f"cli.upkeep.row.{name}"), value)
    return table


def _mb(size: int) -> float:
    return size / 1e6
