"""The store: runs kept in SQLite (WAL), or in PostgreSQL.

Every run is written in a transaction of its own and flushed to the disk, so a process that dies at
any moment loses at most the run in hand, and what a reader finds is whole.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Table, select
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite
from sqlalchemy.exc import DBAPIError

from fclab.store import schema
from fclab.store.again import LOST_SECONDS, again
from fclab.store.connect import (
    BUSY_SECONDS,
    damaged,
    explain,
    for_writing,
    is_address,
    open_engine,
    without_password,
)
from fclab.store.migrate import check, prepare
from fclab.store.pack import Entry, Keep, Record, as_kept, pack_dataset, pack_run, run_key
from fclab.store.reading import Page, Reader
from fclab.store.seals import Sealed, definition_key, definition_seal, measures_seal, run_seal
from fclab.store.wanted import EVERYTHING, Wanted
from fclab.values.errors import Clause
from fclab.values.recipe import Recipe
from fclab.values.run import EngineChoice, Run

Answer = TypeVar("Answer")


class Store:
    """Runs and studies by their keys. Safe for many processes on one file; use it as a context.

    Args:
        where: a file (SQLite), or the address of a database: ``postgresql://user@host/base``.
        create: make the store if there is none, and see that it can be written. Without it the
            store must exist and may be read-only.
        busy_seconds: how long to wait while another program holds the store.
        lost_seconds: how long to wait for a server that is lost while the store is open; what was
            asked is then asked again.

    Attributes:
        name: for people; ``address``: where it is, without a password.
        engine: SQLAlchemy's, for `fclab.store.upkeep`.

    Raises:
        UsageError: not an address, or its driver is not installed.
        DataError: not a store, damaged, absent, or written by a newer fclab.
        FclabError: it cannot be opened, created or written, or is locked.
    """

    def __init__(
        self,
        where: str | Path,
        *,
        create: bool = True,
        busy_seconds: float = BUSY_SECONDS,
        lost_seconds: float = LOST_SECONDS,
    ):
        self._busy_seconds, self._lost_seconds = busy_seconds, lost_seconds
        self.address = without_password(str(where)) if is_address(where) else str(where)
        self.name, self.engine = open_engine(where, "write" if create else "read", busy_seconds)
        self._writer = for_writing(self.engine)
        self._reader = Reader(self.name, self.engine, lost_seconds)
        try:
            with self.saying():
                (prepare if create else check)(self.engine, self.name, busy_seconds)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> "Store":
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the database."""
        self.engine.dispose()

    def put(self, run: Run, *, anew: bool = False, keep: Keep = "light") -> Run:
        """Keep a run, and return it as it is kept: without what is heavy (see `pack.HEAVY`), and
        the one that was there already if another process was quicker.

        Args:
            run: what is kept.
            anew: in place of the run of that key that is there, as when it has snapshots that
                the other lacks.
            keep: how much of it.

        Raises:
            FclabError: disk full, store locked or read-only.
        """
        run = as_kept(run, keep)
        row = pack_run(run)
        if anew:

            def replaced(connection: Connection) -> None:
                _add(connection, schema.datasets, pack_dataset(run))
                _replace(connection, schema.runs, row)
                seal_run(connection, row)

            self._write(replaced)
            return run
        if self.put_rows(pack_dataset(run), row):
            return run
        for earlier in self.runs([row["key"]]):
            return earlier
        raise damaged(self.name, Clause("run {key}", key=row["key"][:12]))

    def put_rows(self, dataset: Record, run: Record) -> bool:
        """Keep a packed run; False if there is one of its key already, which stays as it is."""
        return bool(self.put_many(dataset, [run]))

    def put_many(self, dataset: Record, runs: Sequence[Record]) -> set[str]:
        """Keep packed runs of one dataset in one transaction, which takes hardly longer than one
        of them: all of them, or none if it fails.

        Returns:
            The keys of those that were added; where there was one already, that stays as it is.

        Raises:
            FclabError: disk full, store locked or read-only.
        """

        def added(connection: Connection) -> set[str]:
            _add(connection, schema.datasets, dataset)
            keys = _add_all(connection, schema.runs, runs)
            if new := [run for run in runs if run["key"] in keys]:
                _replace(connection, schema.seals, *map(_seal_of_run, new))
            return keys

        return self._write(added)

    def put_measures(self, measures: Mapping[str, Mapping[str, float]]) -> None:
        """Keep what was measured of runs, beside what is known of them already.

        Args:
            measures: figures by their names, by the keys of the runs, which are there.

        Raises:
            FclabError: disk full, store locked or read-only.
        """
        table = schema.measures

        def added(connection: Connection) -> None:
            for key, more in measures.items():
                chosen = select(table.c.content).where(table.c.run == key)
                before = connection.execute(chosen).scalar_one_or_none() or {}
                row = {"run": key, "content": {**before, **more}}
                _replace(connection, table, row)
                _seal(connection, "measures", key, measures_seal(row))

        self._write(added)

    def get(
        self, fingerprint: str, recipe: Recipe, seeds: Sequence[int], engine: EngineChoice
    ) -> dict[int, Run]:
        """The kept runs of a recipe by seed; seeds that were not trained yet are left out.

        Raises:
            DataError: a kept run is damaged.
        """
        keys = [run_key(fingerprint, recipe, seed, engine) for seed in seeds]
        return {run.seed: run for run in self.runs(keys)}

    def select(self, *conditions: Any) -> Iterator[Run]:
        """Kept runs that meet conditions on the columns of ``schema.runs``, oldest first.

        Raises:
            DataError: a kept run is damaged.
        """
        with self.saying():
            for rows in self._reader.lots(lambda _: conditions):
                yield from self._reader.runs([row["key"] for row in rows])

    def runs(self, keys: Sequence[str]) -> Iterator[Run]:
        """The runs of the keys that are there, in that order.

        Raises:
            DataError: a kept run is damaged.
        """
        with self.saying():
            yield from self._reader.runs(keys)

    def listing(self, *conditions: Any) -> list[Entry]:
        """What `select` would yield, without the arrays: quick, but all are held in memory.

        Raises:
            DataError: the store is damaged.
        """
        with self.saying():
            lots = self._reader.lots(lambda _: conditions)
            return [entry for rows in lots for entry in self._reader.entries(rows)]

    def entries(self, wanted: Wanted = EVERYTHING) -> Iterator[Entry]:
        """The runs that are wanted without their arrays, oldest first, however many there are.

        Raises:
            DataError: the store is damaged.
        """
        with self.saying():
            for rows in self._reader.lots(wanted.conditions):
                yield from self._reader.entries(rows)

    def page(self, wanted: Wanted = EVERYTHING, *, number: int = 1, length: int = 50) -> Page:
        """A page of the runs that are wanted; as quick for a million of runs as for a thousand.

        Args:
            wanted: which runs.
            number: from 1, the newest runs.
            length: runs of a page.

        Raises:
            DataError: the store is damaged.
        """
        with self.saying():
            return self._reader.page(wanted.conditions, number, length)

    def count(self, wanted: Wanted = EVERYTHING) -> int:
        """How many runs are wanted.

        Raises:
            DataError: the store is damaged.
        """
        with self.saying():
            return self._reader.count(wanted.conditions)

    def keep(self, kind: schema.Kind, name: str, definition: Mapping[str, Any]) -> None:
        """Keep a definition under its kind and name, in place of an older one."""
        row = _definition(kind, name, definition)

        def kept(connection: Connection) -> None:
            _replace(connection, schema.definitions, row)
            _seal_definition(connection, row)

        self._write(kept)

    def replace(
        self,
        kind: schema.Kind,
        name: str,
        definition: Mapping[str, Any],
        before: Mapping[str, Any] | None,
    ) -> bool:
        """Keep a definition in place of the one that was read ``before`` (None: there was none).

        Returns:
            False if another process has changed it meanwhile; nothing is kept then.
        """
        table, row = schema.definitions, _definition(kind, name, definition)
        mine = (table.c.kind == kind, table.c.name == name)
        tried = False

        def replaced(connection: Connection) -> bool:
            nonlocal tried
            chosen = select(table.c.definition).where(*mine).with_for_update()
            found = connection.execute(chosen).scalar_one_or_none()
            if tried and found == row["definition"]:
                return True  # the answer to the commit was lost, not the commit
            tried = True
            if found != before:
                return False
            if found is None:
                if not _add(connection, table, row):
                    return False
            else:
                _replace(connection, table, row)
            _seal_definition(connection, row)
            return True

        return self._write(replaced)

    def definition(self, kind: schema.Kind, name: str) -> dict[str, Any] | None:
        """The definition that is kept under a kind and a name, or None.

        Raises:
            DataError: it is damaged.
        """
        with self.saying():
            return self._reader.definitions(kind).get(name)

    def names(self, kind: schema.Kind) -> list[str]:
        """The names of all that is kept of a kind, the one that was changed last in front.

        Raises:
            DataError: one of them is damaged or lost.
        """
        with self.saying():
            return list(self._reader.definitions(kind))

    def _write(self, work: Callable[[Connection], Answer]) -> Answer:
        """Do what writes in one transaction, again if the server was lost on the way."""

        def whole() -> Answer:
            with self._writer.begin() as connection:
                return work(connection)

        with self.saying():
            return again(whole, self._lost_seconds)

    @contextmanager
    def saying(self) -> Iterator[None]:
        """Turn the errors of the database into one line that says what to do."""
        try:
            yield
        except DBAPIError as error:
            raise explain(self.name, error, self._busy_seconds) from error


def _insert(connection: Connection, table: Table) -> Any:
    postgresql = connection.dialect.name == "postgresql"
    return (insert_postgresql if postgresql else insert_sqlite)(table)


def _add(connection: Connection, table: Table, values: Record) -> bool:
    return bool(_add_all(connection, table, [values]))


def _add_all(connection: Connection, table: Table, rows: Sequence[Record]) -> set[Any]:
    """Add rows; the first columns of the primary keys of those that were not there."""
    insert = _insert(connection, table).on_conflict_do_nothing()
    # Not the count of rows, which the driver of PostgreSQL does not give here.
    found = connection.execute(insert.returning(*table.primary_key), [dict(row) for row in rows])
    return {row[0] for row in found}


def _replace(connection: Connection, table: Table, *rows: Record) -> None:
    """Add rows of the same columns, or put each in place of the one of its key."""
    insert, keys = _insert(connection, table), table.primary_key.columns.keys()
    changed = {name: insert.excluded[name] for name in rows[0] if name not in keys}
    insert = insert.on_conflict_do_update(index_elements=keys, set_=changed)
    connection.execute(insert, [dict(row) for row in rows])


def _seal(connection: Connection, sealed: Sealed, key: str, seal: str) -> None:
    _replace(connection, schema.seals, {"sealed": sealed, "key": key, "seal": seal})


def _seal_of_run(row: Record) -> Record:
    seal = run_seal(row, has_weights=row["weights"] is not None)
    return {"sealed": "run", "key": row["key"], "seal": seal}


def seal_run(connection: Connection, row: Record) -> None:
    """Seal a row of ``runs``, in the transaction that writes it."""
    _replace(connection, schema.seals, _seal_of_run(row))


def _definition(kind: schema.Kind, name: str, definition: Mapping[str, Any]) -> Record:
    """A row of the table ``definitions``."""
    now = datetime.now(UTC)
    return {"kind": kind, "name": name, "definition": dict(definition), "updated": now}


def _seal_definition(connection: Connection, row: Record) -> None:
    key = definition_key(row["kind"], row["name"])
    _seal(connection, "definition", key, definition_seal(row))
