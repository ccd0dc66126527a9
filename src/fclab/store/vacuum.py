"""A store made smaller: older runs in today's form, and free room given back."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import select

from fclab.store import schema
from fclab.store.connect import for_reading, for_writing, without_transactions
from fclab.store.database import Store, seal_run
from fclab.store.pack import HEAVY, Keep, Record, check_digest, digest_of
from fclab.store.reading import named
from fclab.store.squeeze import is_squeezed, squeeze, unsqueeze
from fclab.values.errors import Clause
from fclab.values.progress import Progress, no_progress

_AT_ONCE = 16  # runs: a few megabytes, also of an old store


def repack(store: Store, keep: Callable[[Record], Keep], progress: Progress = no_progress) -> int:
    """Bring runs that an older version kept to today's form, some at a time, each lot in a
    transaction of its own: whatever ends the process, every run is whole. What other processes
    write meanwhile waits for a lot at most.

    Args:
        store: may be written.
        keep: what of a run is kept, told its row.
        progress: told the runs that were seen, and how many there are.

    Returns:
        How many runs are smaller now.

    Raises:
        DataError: a run is damaged; those before it are in the new form.
        FclabError: the store cannot be written.
    """
    runs, changed = schema.runs, 0
    with store.saying(), for_reading(store.engine).connect() as connection:
        old = select(runs.c.key).where(schema.OLD_FORM[connection.dialect.name])
        keys = list(connection.execute(old).scalars())
    for start in range(0, len(keys), _AT_ONCE):
        some = keys[start : start + _AT_ONCE]
        with store.saying(), for_writing(store.engine).begin() as connection:
            chosen = select(runs).where(runs.c.key.in_(some)).with_for_update()
            for found in connection.execute(chosen).mappings().all():
                row = dict(found)
                if is_squeezed(row["arrays"]):
                    continue  # another process was quicker
                with named(store.name, Clause("run {key}", key=row["key"][:12])):
                    check_digest(row)
                    new = _squeezed(row, keep(row))
                rewrite(connection, row, new)
                changed += 1
        progress(min(start + _AT_ONCE, len(keys)), len(keys))
    return changed


def rewrite(connection: Any, row: Record, new: Record) -> None:
    """Put other large columns in place of those of a row of ``runs``, and seal it anew."""
    content = {name: value for name, value in {**row, **new}.items()
               if name not in ("digest", "created")}  # fmt: skip
    new = {**new, "digest": digest_of(content)}
    connection.execute(schema.runs.update().where(schema.runs.c.key == row["key"]).values(new))
    seal_run(connection, {**row, **new})


def _squeezed(row: Record, keep: Keep) -> Record:
    arrays = unsqueeze(row["arrays"])
    weights = unsqueeze(row["weights"]) if row["weights"] is not None else {}
    if row["seed"] and keep != "whole" and sum(a.nbytes for a in weights.values()) > HEAVY:
        weights = {}
    if row["seed"] and keep == "light":
        arrays = {name: array for name, array in arrays.items()
                  if not is_train_output(name) or array.nbytes <= HEAVY}  # fmt: skip
    ordered = dict(sorted(arrays.items(), key=lambda pair: _place(pair[0])))
    return {"arrays": squeeze(ordered), "weights": squeeze(weights) if weights else None}


def is_train_output(name: str) -> bool:
    """Whether an array of a packed run is what the network answers on the training part."""
    group, _place, part = name.split("/", 2)
    return (group, part) == ("outputs", "train")


def _place(name: str) -> tuple[str, int]:
    group, place, _ = name.split("/", 2)
    return group, int(place)


def reclaim(store: Store, *, full: bool = False) -> None:
    """Make free room of use again, and tell the database how much it holds of what.

    SQLite gives it back to the disk; processes that write meanwhile wait. PostgreSQL keeps it for
    new runs, and nobody waits.

    Args:
        store: may be written.
        full: PostgreSQL gives it back to the disk, too: every table is written anew, which needs
            as much room as it takes, and whoever reads or writes waits.

    Raises:
        FclabError: another program holds the store, no room for the copy that is made of it.
    """
    with store.saying(), without_transactions(store.engine).connect() as connection:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("VACUUM")
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            return
    alone = store.engine.execution_options(isolation_level="AUTOCOMMIT")
    how = "FULL, ANALYZE" if full else "ANALYZE"
    with store.saying(), alone.connect() as connection:
        for table in schema.metadata.sorted_tables:
            connection.exec_driver_sql(f'VACUUM ({how}) "{table.name}"')
