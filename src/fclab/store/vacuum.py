"""A store made smaller: older runs in today's form, runs that nothing needs, free room."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, func, select

from fclab.store import schema
from fclab.store.connect import for_reading, for_writing, without_transactions
from fclab.store.database import Store, seal_run
from fclab.store.pack import HEAVY, Keep, Record, check_digest, digest_of
from fclab.store.reading import named
from fclab.store.squeeze import is_squeezed, squeeze, unsqueeze
from fclab.store.upkeep import first_bytes
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
        found = map(tuple, connection.execute(first_bytes(runs.c.key)))
        keys = [key for key, head in found if not is_squeezed(bytes(head))]
    for start in range(0, len(keys), _AT_ONCE):
        some = keys[start : start + _AT_ONCE]
        with store.saying(), for_writing(store.engine).begin() as connection:
            chosen = select(runs).where(runs.c.key.in_(some)).with_for_update()
            for found in connection.execute(chosen).mappings().all():
                row = dict(found)
                with named(store.name, Clause("run {key}", key=row["key"][:12])):
                    check_digest(row)
                    new = _squeezed(row, keep(row))
                if new is not None:
                    connection.execute(runs.update().where(runs.c.key == row["key"]).values(new))
                    seal_run(connection, {**row, **new})
                    changed += 1
        progress(min(start + _AT_ONCE, len(keys)), len(keys))
    return changed


def _squeezed(row: Record, keep: Keep) -> Record | None:
    if is_squeezed(row["arrays"]):
        return None  # another process was quicker
    arrays = unsqueeze(row["arrays"])
    weights = unsqueeze(row["weights"]) if row["weights"] is not None else {}
    if row["seed"] and keep != "whole" and sum(a.nbytes for a in weights.values()) > HEAVY:
        weights = {}
    if row["seed"] and keep == "light":
        arrays = {name: array for name, array in arrays.items()
                  if not _is_train_output(name) or array.nbytes <= HEAVY}  # fmt: skip
    ordered = dict(sorted(arrays.items(), key=lambda pair: _place(pair[0])))
    new = {"arrays": squeeze(ordered), "weights": squeeze(weights) if weights else None}
    content = {name: value for name, value in {**row, **new}.items()
               if name not in ("digest", "created")}  # fmt: skip
    return {**new, "digest": digest_of(content)}


def _is_train_output(name: str) -> bool:
    group, _place, part = name.split("/", 2)
    return (group, part) == ("outputs", "train")


def _place(name: str) -> tuple[str, int]:
    group, place, _ = name.split("/", 2)
    return group, int(place)


def remove_runs(
    store: Store,
    needed_by: Callable[[Sequence[Record]], Callable[[Record], bool]],
    *,
    older: timedelta,
    really: bool,
) -> list[Record]:
    """Remove the runs that are not needed. What is kept is asked in the same transaction, so a
    study that is done meanwhile loses nothing.

    Args:
        store: may be written.
        needed_by: told all definitions, says of a run without its arrays whether it is needed.
        older: only runs that have been there longer; a study that is being trained is named by no
            definition until it is finished.
        really: else it is only said what would go.

    Returns:
        The runs that went, or would go, without their arrays.

    Raises:
        FclabError, DataError: the store says so.
    """
    before = datetime.now(UTC) - older
    engine = for_writing(store.engine) if really else for_reading(store.engine)
    with store.saying(), engine.begin() as connection:
        kept = [dict(row) for row in connection.execute(select(schema.definitions)).mappings()]
        is_needed = needed_by(kept)
        size = func.length(schema.runs.c.arrays) + func.coalesce(
            func.length(schema.runs.c.weights), 0
        )
        rows = connection.execute(select(*schema.SUMMARY, size.label("size"))).mappings().all()
        gone: list[Record] = [row for row in map(dict, rows)
                if row["created"] < before and not is_needed(row)]  # fmt: skip
        if really:
            for start in range(0, len(gone), 500):
                keys = [row["key"] for row in gone[start : start + 500]]
                seals, measures = schema.seals, schema.measures
                sealed = seals.c.sealed.in_(["run", "measures"])
                connection.execute(delete(seals).where(sealed, seals.c.key.in_(keys)))
                connection.execute(delete(measures).where(measures.c.run.in_(keys)))
                connection.execute(delete(schema.runs).where(schema.runs.c.key.in_(keys)))
            named = select(schema.runs.c.dataset)
            unnamed = schema.datasets.c.fingerprint.not_in(named)
            connection.execute(delete(schema.datasets).where(unnamed))
    return gone


def reclaim(store: Store) -> None:
    """Give room that is free back to the disk. Processes that write meanwhile wait.

    Raises:
        FclabError: another program holds the store, no room for the copy that is made of it.
    """
    with store.saying(), without_transactions(store.engine).connect() as connection:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("VACUUM")
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            return
    alone = store.engine.execution_options(isolation_level="AUTOCOMMIT")
    with store.saying(), alone.connect() as connection:
        for table in schema.metadata.sorted_tables:
            connection.exec_driver_sql(f'VACUUM (FULL) "{table.name}"')
