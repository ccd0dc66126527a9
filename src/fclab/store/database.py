"""The store: runs kept in SQLite (WAL), or in PostgreSQL.

Every run is written in a transaction of its own and flushed to the disk, so a process that dies at
any moment loses at most the run in hand, and what a reader finds is whole.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite
from sqlalchemy.exc import DBAPIError

from fclab.recipe import Recipe
from fclab.run import EngineChoice, Run
from fclab.store import schema
from fclab.store.connect import BUSY_SECONDS, damaged, explain, for_writing, open_engine
from fclab.store.migrate import check, prepare
from fclab.store.pack import (
    Entry,
    Row,
    as_kept,
    pack_dataset,
    pack_run,
    run_key,
    unpack_entry,
)
from fclab.store.reading import Reader, named


class Store:
    """Runs and studies by their keys. Safe for many processes on one file; use it as a context.

    Args:
        where: a file (SQLite), or the address of a database: ``postgresql://user@host/base``.
        create: make the store if there is none, and see that it can be written. Without it the
            store must exist and may be read-only.
        busy_seconds: how long to wait while another program holds the store.

    Raises:
        UsageError: not an address, or its driver is not installed.
        DataError: not a store, damaged, absent, or written by a newer fclab.
        FclabError: it cannot be opened, created or written, or is locked.
    """

    def __init__(
        self, where: str | Path, *, create: bool = True, busy_seconds: float = BUSY_SECONDS
    ):
        self._busy_seconds = busy_seconds
        self.name, self._engine = open_engine(where, "write" if create else "read", busy_seconds)
        self._writer = for_writing(self._engine)
        self._reader = Reader(self.name, self._engine)
        try:
            with self._saying():
                (prepare if create else check)(self._engine, self.name, busy_seconds)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> "Store":
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    def put(self, run: Run, *, anew: bool = False) -> Run:
        """Keep a run, and return it as it is kept: without heavy weights (see `pack.HEAVY`), and
        the one that was there already if another process was quicker.

        Args:
            run: what is kept.
            anew: in place of the run of that key that is there, as when it has snapshots that
                the other lacks.

        Raises:
            FclabError: disk full, store locked or read-only.
        """
        row = pack_run(run)
        if anew:
            with self._saying(), self._writer.begin() as connection:
                _add(connection, schema.datasets, pack_dataset(run))
                insert = _insert(connection, schema.runs).values(dict(row))
                changed = {name: insert.excluded[name] for name in row if name != "key"}
                connection.execute(
                    insert.on_conflict_do_update(index_elements=["key"], set_=changed)
                )
            return as_kept(run)
        if self.put_rows(pack_dataset(run), row):
            return as_kept(run)
        for earlier in self.runs([row["key"]]):
            return earlier
        raise damaged(self.name, f"run {row['key'][:12]}")

    def put_rows(self, dataset: Row, run: Row) -> bool:
        """Keep a packed run; False if there is one of its key already, which stays as it is."""
        with self._saying(), self._writer.begin() as connection:
            _add(connection, schema.datasets, dataset)
            return _add(connection, schema.runs, run)

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
        table = schema.runs
        chosen = select(table.c.key).where(*conditions).order_by(table.c.created, table.c.key)
        with self._saying(), self._engine.connect() as connection:
            keys = connection.execute(chosen).scalars().all()
        return self.runs(keys)

    def runs(self, keys: Sequence[str]) -> Iterator[Run]:
        """The runs of the keys that are there, in that order.

        Raises:
            DataError: a kept run is damaged.
        """
        with self._saying():
            yield from self._reader.runs(keys)

    def listing(self, *conditions: Any) -> list[Entry]:
        """What `select` would yield, without the arrays: quick, however many runs there are.

        Raises:
            DataError: the store is damaged.
        """
        table = schema.runs
        columns = [column for column in table.c if column.name not in ("arrays", "weights")]
        chosen = (
            select(
                *columns, schema.datasets.c.info, table.c.weights.is_not(None).label("has_weights")
            )
            .join_from(table, schema.datasets)
            .where(*conditions)
            .order_by(table.c.created, table.c.key)
        )
        with self._saying(), named(self.name, "a run"), self._engine.connect() as connection:
            return [unpack_entry(row) for row in connection.execute(chosen).mappings()]

    def keep(self, kind: schema.Kind, name: str, definition: Mapping[str, Any]) -> None:
        """Keep a definition under its kind and name, in place of an older one."""
        values = {
            "kind": kind,
            "name": name,
            "definition": dict(definition),
            "updated": datetime.now(UTC),
        }
        with self._saying(), self._writer.begin() as connection:
            insert = _insert(connection, schema.definitions).values(values)
            changed = {k: insert.excluded[k] for k in ("definition", "updated")}
            connection.execute(
                insert.on_conflict_do_update(index_elements=["kind", "name"], set_=changed)
            )

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
        table = schema.definitions
        mine = (table.c.kind == kind, table.c.name == name)
        values = {"definition": dict(definition), "updated": datetime.now(UTC)}
        with self._saying(), self._writer.begin() as connection:
            if before is None:
                return _add(connection, table, {"kind": kind, "name": name, **values})
            chosen = select(table.c.definition).where(*mine).with_for_update()
            if connection.execute(chosen).scalar_one_or_none() != before:
                return False
            connection.execute(table.update().where(*mine).values(values))
            return True

    def definition(self, kind: schema.Kind, name: str) -> dict[str, Any] | None:
        """The definition that is kept under a kind and a name, or None.

        Raises:
            DataError: it is damaged.
        """
        table = schema.definitions
        chosen = select(table.c.definition).where(table.c.kind == kind, table.c.name == name)
        with (
            self._saying(),
            named(self.name, f"{kind} {name}"),
            self._engine.connect() as connection,
        ):
            return connection.execute(chosen).scalar_one_or_none()

    def names(self, kind: schema.Kind) -> list[str]:
        """The names of all that is kept of a kind, the one that was changed last in front."""
        table = schema.definitions
        chosen = select(table.c.name).where(table.c.kind == kind).order_by(table.c.updated.desc())
        with self._saying(), self._engine.connect() as connection:
            return list(connection.execute(chosen).scalars())

    @contextmanager
    def _saying(self) -> Iterator[None]:
        """Turn the errors of the database into one line that says what to do."""
        try:
            yield
        except DBAPIError as error:
            raise explain(self.name, error, self._busy_seconds) from error


def _insert(connection: Connection, table: Any) -> Any:
    postgresql = connection.dialect.name == "postgresql"
    return (insert_postgresql if postgresql else insert_sqlite)(table)


def _add(connection: Connection, table: Any, values: Row) -> bool:
    insert = _insert(connection, table).values(dict(values)).on_conflict_do_nothing()
    return connection.execute(insert).rowcount == 1
