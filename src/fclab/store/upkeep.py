"""What a store holds and how much room it takes, and whether it is whole."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Column, Connection, Table, and_, func, select, text
from sqlalchemy.exc import DBAPIError, NoResultFound

from fclab.store import schema
from fclab.store.connect import for_reading, is_damage
from fclab.store.database import Store
from fclab.store.pack import UNREADABLE, Corrupt, Record, Unfamiliar, unpack_dataset, unpack_run
from fclab.store.seals import (
    Sealed,
    definition_seal,
    measures_seal,
    read_seals,
    run_seal,
)
from fclab.values.progress import Progress, no_progress

_AT_ONCE = 256  # runs: some megabytes


@dataclass(frozen=True)
class Facts:
    """What a store holds.

    Attributes:
        name: for people.
        kind: of the database, and its version.
        version: of the schema.
        size: bytes in all, logs and free pages included.
        free: bytes of it that are reclaimed by `reclaim`; 0 where a server does not tell.
        counts: rows by the names of the tables, and of the definitions by their kinds.
        sizes: bytes of what takes the most room, by name.
        with_weights: runs that have their weights.
        old: runs in the form of older versions.
    """

    name: str
    kind: str
    version: str
    size: int
    free: int
    counts: Mapping[str, int]
    sizes: Mapping[str, int]
    with_weights: int
    old: int


def facts(store: Store) -> Facts:
    """What a store holds. Nothing large is read.

    Raises:
        FclabError, DataError: the store says so.
    """
    runs, kinds = schema.runs, schema.definitions.c.kind
    with store.saying(), for_reading(store.engine).connect() as connection:
        sqlite = connection.dialect.name == "sqlite"
        version = connection.execute(
            select(text("version_num")).select_from(text(schema.VERSION_TABLE))
        ).scalar_one()
        counts = {
            table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in (schema.runs, schema.datasets, schema.definitions, schema.measures)
        }
        chosen = select(kinds, func.count()).group_by(kinds)
        counts |= {row[0]: row[1] for row in connection.execute(chosen)}
        large = [func.coalesce(func.sum(func.length(column)), 0)
                 for column in (runs.c.weights, runs.c.arrays)]  # fmt: skip
        chosen = select(*large, func.count(runs.c.weights))
        weights, arrays, with_weights = map(int, connection.execute(chosen).one())
        targets = select(func.coalesce(func.sum(func.length(schema.datasets.c.targets)), 0))
        sizes = {
            "weights": weights,
            "arrays": arrays,
            "targets": int(connection.execute(targets).scalar_one()),
        }
        in_old_form = select(func.count()).select_from(runs)
        old = connection.execute(
            in_old_form.where(schema.OLD_FORM[connection.dialect.name])
        ).scalar_one()
        if sqlite:
            pages = [_pragma(connection, f"PRAGMA {name}")
                     for name in ("page_size", "page_count", "freelist_count")]  # fmt: skip
            size, free = pages[0] * pages[1], pages[0] * pages[2]
            kind = f"SQLite {connection.exec_driver_sql('SELECT sqlite_version()').scalar_one()}"
        else:
            server = connection.exec_driver_sql("SHOW server_version").scalar_one()
            free, kind = 0, f"PostgreSQL {server}"
            names = (table.name for table in schema.metadata.sorted_tables)
            size = sum(
                connection.execute(text("SELECT pg_total_relation_size(to_regclass(:n))"),
                                   {"n": name}).scalar_one() or 0
                for name in names
            )  # fmt: skip
    sizes["rest"] = max(size - free - sum(sizes.values()), 0)
    return Facts(store.name, kind, version, size, free, counts, sizes, with_weights, old)


@dataclass(frozen=True)
class Fault:
    """Something that is not as it was written.

    Attributes:
        what: of these it is; "database" is what the database says of itself.
        key: which one.
        detail: what the database says.
        dataset, recipe: of a run, so that it is known whose run it is.
    """

    what: Literal["database", "dataset", "run", "measures", "definition"]
    key: str
    detail: str = ""
    dataset: str = ""
    recipe: str = ""


def faults(store: Store, progress: Progress = no_progress) -> Iterator[Fault]:
    """Read everything and see that it is what was written: SQLite's own check, foreign keys, the
    digests of datasets and runs, that their arrays can be read, and all seals.

    Args:
        store: is only read.
        progress: told the runs that were read, and how many there are.

    Raises:
        FclabError: the database cannot be asked at all.
    """
    with store.saying(), for_reading(store.engine).connect() as connection:
        if connection.dialect.name == "sqlite":
            for (line,) in connection.exec_driver_sql("PRAGMA integrity_check(20)"):
                if line != "ok":
                    yield Fault("database", "", " ".join(str(line).split()))
            for table, row, *_ in connection.exec_driver_sql("PRAGMA foreign_key_check"):
                yield Fault("database", "", f"FOREIGN KEY {table} {row}")
        datasets: dict[str, Any] = {}
        for key, row in _each(connection, schema.datasets):
            try:
                datasets[key] = unpack_dataset(row or {})
            except _BROKEN:
                yield Fault("dataset", key)
        yield from _run_faults(connection, datasets, progress)
        yield from _measures_faults(connection)
        yield from _definition_faults(connection)


def _run_faults(
    connection: Connection, datasets: Mapping[str, Any], progress: Progress
) -> Iterator[Fault]:
    total = connection.execute(select(func.count()).select_from(schema.runs)).scalar_one()
    for done, (key, row, seal) in enumerate(_sealed(connection, schema.runs.c.key, "run"), start=1):
        row = row or {}
        dataset, recipe = row.get("dataset", ""), row.get("recipe_key", "")
        try:
            if seal != run_seal(row, has_weights=row["weights"] is not None):
                raise Corrupt
            unpack_run(row, *datasets[dataset])
        except _BROKEN:
            yield Fault("run", key, "", str(dataset), str(recipe))
        progress(done, max(done, total))


def _measures_faults(connection: Connection) -> Iterator[Fault]:
    for key, row, seal in _sealed(connection, schema.measures.c.run, "measures"):
        if row is None or seal != measures_seal(row):
            yield Fault("measures", key)


def _definition_faults(connection: Connection) -> Iterator[Fault]:
    seals = _or_nothing(lambda: dict(read_seals(connection, "definition")))
    for key, row in _each(connection, schema.definitions):
        try:
            if seals.pop(key, None) == definition_seal(row or {}):
                continue
        except _BROKEN:
            pass
        yield Fault("definition", key)
    yield from (Fault("definition", key) for key in seals)


def _sealed(
    connection: Connection, column: Column[str], what: Sealed
) -> Iterator[tuple[str, Record | None, str | None]]:
    """The keys of a table, and those that were sealed, in their order; the row of each, None if it
    is lost or cannot be read, and its seal. Some of them are held in memory at a time."""
    seals = schema.seals.c
    after = ""
    while True:
        own = select(column).where(column > after).order_by(column).limit(_AT_ONCE)
        theirs = select(seals.key, seals.seal).where(seals.sealed == what, seals.key > after)
        theirs = theirs.order_by(seals.key).limit(_AT_ONCE)
        there = _or_nothing(lambda own=own: {str(key): None for (key,) in connection.execute(own)})
        sealed = _or_nothing(lambda theirs=theirs: {
            str(row.key): row.seal for row in connection.execute(theirs)})  # fmt: skip
        # Beyond the last one of a full lot there may be more.
        ends = [max(lot) for lot in (there, sealed) if len(lot) == _AT_ONCE]
        keys = sorted(key for key in {**there, **sealed} if not ends or key <= min(ends))
        rows = _rows(connection, column, keys)
        yield from ((key, rows.get(key), sealed.get(key)) for key in keys)
        if not ends or not keys or keys[-1] <= after:  # damage may lead back
            return
        after = keys[-1]


def _rows(connection: Connection, column: Column[str], keys: Sequence[str]) -> dict[str, Record]:
    """The rows of keys that can be read; in case of damage they are read one by one."""
    chosen = select(column.table).where(column.in_(keys))
    try:
        found = connection.execute(chosen).mappings().all()
        return {row[column.name]: dict(row) for row in found}
    except (DBAPIError, *UNREADABLE) as error:
        if not is_damage(error):
            raise
    if len(keys) == 1:
        return {}
    middle = len(keys) // 2
    return {**_rows(connection, column, keys[:middle]), **_rows(connection, column, keys[middle:])}


def _or_nothing(read: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What is read, or nothing of it where it is damaged: what is sealed there, or lost, is told
    of one by one."""
    try:
        return read()
    except (DBAPIError, *UNREADABLE) as error:
        if not is_damage(error):
            raise
        return {}


def _each(connection: Connection, table: Table) -> Iterator[tuple[str, Record | None]]:
    """The keys of a table and its rows; None in place of a row that cannot be read."""
    names = [*table.primary_key.columns]
    try:
        keys = [tuple(row) for row in connection.execute(select(*names))]
    except (DBAPIError, *UNREADABLE) as error:
        if not is_damage(error):
            raise
        return  # the database has told of it
    for key in keys:
        same = and_(*(name == value for name, value in zip(names, key, strict=True)))
        try:
            row = dict(connection.execute(select(table).where(same)).mappings().one())
        except (DBAPIError, NoResultFound, *UNREADABLE) as error:
            if not is_damage(error):
                raise
            row = None
        yield "/".join(map(str, key)), row


_BROKEN = (Corrupt, Unfamiliar, *UNREADABLE)


def _pragma(connection: Connection, statement: str) -> int:
    return int(connection.exec_driver_sql(statement).scalar_one())
