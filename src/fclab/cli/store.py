"""`fclab store info`, `store check`, `store vacuum`: what a store holds, whether it is whole, and
how it gets smaller."""

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from fclab.cli.place import WHERE, FlattenedWhere

if TYPE_CHECKING:
    from rich.table import Table

    from fclab.store.retention import Unused
    from fclab.store.upkeep import Facts
    from fclab.words.wording import Wording

store = App(name="store")

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
    *,
    unused: Flag = False,
    light: Flag = False,
    dataset: str | None = None,
    days: int = 1,
    dry_run: Flag = False,
    yes: Flag = False,
    full: Flag = False,
    where: FlattenedWhere = WHERE,
) -> None:
    """Make a store smaller: runs of older versions get today's form, free room is used again.

    No run goes, and no report changes. Of older runs weights are left out which the same seed gives
    again. Other commands may write meanwhile; they wait for moments.

    Examples:

        fclab store vacuum

        fclab store vacuum --unused --dry-run

        fclab store vacuum --unused --yes --days 7 --dataset cifar100

        fclab store vacuum --light --store postgresql://student@db.example.org/lab

    Parameters
    ----------
    unused
        Also remove runs that no kept study, lab or ladder names; they are listed first, and it is
        asked. What is asked for again is trained again.
    light
        Of such runs leave out only the weights and the answers on train; their results stay.
    dataset
        Of unused runs only those on data with this in its name.
    days
        Of unused runs only those that are older: a study is named when it is finished.
    dry_run
        Only say what would go.
    yes
        Do not ask.
    full
        PostgreSQL: give free room back to the disk, too; whoever reads or writes waits. A file gets
        smaller without it.
    where
        Which store, and the language.
    """
    from fclab.cli.progress import progress_bar, say
    from fclab.labs.upkeep import Keeping, needed_by
    from fclab.store.retention import Retention, find_unused, remove_unused
    from fclab.store.upkeep import facts
    from fclab.store.vacuum import reclaim, repack
    from fclab.store.wanted import Wanted
    from fclab.values.errors import UsageError

    if days < 0:
        raise UsageError("--days is a number of days from 0, not {days}", days=days)
    if unused and light:
        raise UsageError("--unused removes runs, --light leaves them: give one of them")
    if (dataset is not None or dry_run) and not (unused or light):
        raise UsageError("--dataset and --dry-run go with --unused or --light")
    words = where.words
    retention = Retention(
        timedelta(days=days),
        Wanted(data=lambda info: (dataset or "").casefold() in info.name.casefold())
        if dataset is not None else Wanted(),
        "heavy" if light else "runs",
    )  # fmt: skip
    with where.open(where.out) as kept:
        before = facts(kept)
        if unused or light:
            found = find_unused(kept, needed_by, retention)
            if _agreed(found, words, light=light, dry_run=dry_run, yes=yes):
                with progress_bar(words.plain("cli.upkeep.removing")) as progress:
                    n = remove_unused(kept, needed_by, retention, progress)
                say(words.plain(f"cli.upkeep.{'lightened' if light else 'removed'}", n=n))
        if dry_run:
            return
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
            reclaim(kept, full=full)
            progress(1, 1)
        after = facts(kept)
        say(words.plain("cli.upkeep.done", before=_mb(before.size), after=_mb(after.size)))
        if after.kind.startswith("PostgreSQL") and not full:
            say(words.plain("cli.upkeep.stays"))


def _agreed(found: "Unused", words: "Wording", *, light: bool, dry_run: bool, yes: bool) -> bool:
    """Whether runs may go: they are listed, and it is asked unless it was said before.

    Raises:
        UsageError: nobody can be asked.
    """
    import sys

    from fclab.cli.ask import YES
    from fclab.cli.progress import output, say
    from fclab.cli.silence import asking
    from fclab.values.errors import UsageError

    if not found.n:
        say(words.plain("cli.upkeep.none_unused"))
        return False
    page = output()
    for run in found.examples:
        page.print(words.plain(
            "cli.upkeep.unused_run", key=run["key"][:12], layers=run["recipe"]["layers"],
            seed=run["seed"], created=f"{run['created'].astimezone():%Y-%m-%d %H:%M}",
        ))  # fmt: skip
    say(words.plain(
        f"cli.upkeep.{'heavy' if light else 'unused'}", n=found.n,
        more=found.n - len(found.examples), size=_mb(found.size),
    ))  # fmt: skip
    if yes or dry_run:
        return not dry_run
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
        **{kind: words.whole(counts.get(kind, 0))
           for kind in ("study", "lab", "ladder", "ceilings")},
    }  # fmt: skip
    for name, value in rows.items():
        table.add_row(say(f"cli.upkeep.row.{name}"), value)
    return table


def _mb(size: int) -> float:
    return size / 1e6
