"""What a store holds and how much room it takes, and whether it is whole."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Connection, Table, and_, func, select, text
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
from fclab.store.squeeze import is_squeezed
from fclab.values.progress import Progress, no_progress


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
        sizes = {
            "weights": _bytes(connection, runs.c.weights),
            "arrays": _bytes(connection, runs.c.arrays),
            "targets": _bytes(connection, schema.datasets.c.targets),
        }
        weighty = select(func.count()).where(runs.c.weights.is_not(None))
        with_weights = connection.execute(weighty).scalar_one()
        old = sum(not is_squeezed(bytes(head)) for (head,) in connection.execute(first_bytes()))
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
        yield from _sealed_faults(connection, "measures", schema.measures)
        yield from _sealed_faults(connection, "definition", schema.definitions)


def _run_faults(
    connection: Connection, datasets: Mapping[str, Any], progress: Progress
) -> Iterator[Fault]:
    seals = _seals(connection, "run")
    total = connection.execute(select(func.count()).select_from(schema.runs)).scalar_one()
    for done, (key, row) in enumerate(_each(connection, schema.runs), start=1):
        seal = seals.pop(key, None)
        row = row or {}
        dataset, recipe = row.get("dataset", ""), row.get("recipe_key", "")
        try:
            if seal != run_seal(row, has_weights=row["weights"] is not None):
                raise Corrupt
            unpack_run(row, *datasets[dataset])
        except _BROKEN:
            yield Fault("run", key, "", str(dataset), str(recipe))
        progress(done, total)
    yield from (Fault("run", key) for key in seals)


def _sealed_faults(connection: Connection, what: Sealed, table: Table) -> Iterator[Fault]:
    seals, seal_of = _seals(connection, what), _SEALS[what]
    for key, row in _each(connection, table):
        try:
            if seals.pop(key, None) == seal_of(row or {}):
                continue
        except _BROKEN:
            pass
        yield Fault(what, key)
    yield from (Fault(what, key) for key in seals)


_SEALS = {"measures": measures_seal, "definition": definition_seal}


def _seals(connection: Connection, what: Sealed) -> dict[str, str]:
    try:
        return dict(read_seals(connection, what))
    except DBAPIError as error:
        if not is_damage(error):
            raise
        return {}  # what is sealed there is told of one by one


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


def first_bytes(*columns: Any) -> Any:
    """The question for the first bytes of the arrays of all runs, which tell their form."""
    return select(*columns, func.substr(schema.runs.c.arrays, 1, 8))


def _bytes(connection: Connection, column: Any) -> int:
    found = connection.execute(select(func.coalesce(func.sum(func.length(column)), 0)))
    return int(found.scalar_one())


def _pragma(connection: Connection, statement: str) -> int:
    return int(connection.exec_driver_sql(statement).scalar_one())
