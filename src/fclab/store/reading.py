"""Runs and definitions out of the store. Damage is found here, and what it hit is named."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, Engine, and_, select, true
from sqlalchemy.exc import DBAPIError

from fclab.store import schema
from fclab.store.connect import damaged, for_reading, is_damage
from fclab.store.pack import (
    UNREADABLE,
    Corrupt,
    DatasetParts,
    Entry,
    Record,
    Unfamiliar,
    unpack_dataset,
    unpack_entry,
    unpack_run,
)
from fclab.store.seals import (
    check_seals,
    definition_key,
    definition_seal,
    measures_seal,
    read_seals,
    run_seal,
)
from fclab.values.errors import Clause, DataError, FclabError
from fclab.values.run import Run

_AT_ONCE = 32  # runs: a few megabytes


class Reader:
    """Reads runs and definitions; a dataset is read once and shared by its runs."""

    def __init__(self, name: str, engine: Engine):
        self._name, self._engine = name, for_reading(engine)
        self._datasets: dict[str, DatasetParts] = {}

    def entries(self, *conditions: Any) -> list[Entry]:
        """The runs that meet conditions on the columns of ``schema.runs``, oldest first, without
        their arrays.

        Raises:
            DataError: a run is damaged or lost, whether it meets them or not.
        """
        rows = self._summaries(conditions)
        with named(self._name, Clause("a run")):
            return [unpack_entry(row, self._dataset(row["dataset"])[0]) for row in rows]

    def keys(self, *conditions: Any) -> list[str]:
        """The keys of the runs that meet conditions; as `entries`."""
        return [row["key"] for row in self._summaries(conditions)]

    def _summaries(self, conditions: Sequence[Any]) -> list[Record]:
        """All of the table is read, by no index: what damage has taken out of it is missed."""
        has_weights = schema.runs.c.weights.is_not(None).label("has_weights")
        wanted = and_(true(), *conditions).label("wanted")
        chosen = select(*schema.SUMMARY, has_weights, wanted)
        with named(self._name, Clause("a run")):
            with self._engine.connect() as connection:
                rows = [dict(row) for row in connection.execute(chosen).mappings()]
                seals = read_seals(connection, "run")
            found = ((row["key"], run_seal(row, has_weights=row["has_weights"])) for row in rows)
            check_seals(found, seals, "run")
            rows = [row for row in rows if row["wanted"]]
            return sorted(rows, key=lambda row: (row["created"], row["key"]))

    def definitions(self, kind: schema.Kind) -> Mapping[str, dict[str, Any]]:
        """The definitions of a kind by their names, the one that was changed last in front.

        Raises:
            DataError: a definition is damaged or lost, of this kind or another.
        """
        with named(self._name, Clause("a definition")):
            with self._engine.connect() as connection:
                chosen = select(schema.definitions)
                rows = [dict(row) for row in connection.execute(chosen).mappings()]
                seals = read_seals(connection, "definition")
            found = (
                (definition_key(row["kind"], row["name"]), definition_seal(row)) for row in rows
            )
            check_seals(found, seals, "definition")
            rows.sort(key=lambda row: row["updated"], reverse=True)
            return {row["name"]: row["definition"] for row in rows if row["kind"] == kind}

    def runs(self, keys: Sequence[str]) -> Iterator[Run]:
        """The runs that are there, in the order of the keys.

        Raises:
            DataError: one of them is damaged, lost, or was written by another version of fclab.
        """
        for start in range(0, len(keys), _AT_ONCE):
            some = keys[start : start + _AT_ONCE]
            rows = self._rows(some)
            yield from (self.run(rows[key]) for key in some if key in rows)

    def run(self, row: Record) -> Run:
        """The run of a row of the table ``runs``; raises as `runs`."""
        with named(self._name, Clause("run {key}", key=row["key"][:12])):
            row = dict(row)
            measures = row.pop("measures", {})
            run = unpack_run(row, *self._dataset(row["dataset"]))
            return replace(run, measures=measures) if measures else run

    def _rows(self, keys: Sequence[str]) -> dict[str, Record]:
        """Rows by their keys; in case of damage ever fewer at a time, until it has a name."""
        try:
            return self._at_once(keys)
        except (DBAPIError, Corrupt, *UNREADABLE) as error:
            if not is_damage(error):
                raise
            if len(keys) == 1:
                raise damaged(self._name, Clause("run {key}", key=keys[0][:12])) from error
        middle = len(keys) // 2
        return self._rows(keys[:middle]) | self._rows(keys[middle:])

    def _at_once(self, keys: Sequence[str]) -> dict[str, Record]:
        chosen = select(schema.runs).where(schema.runs.c.key.in_(keys))
        with self._engine.connect() as connection:
            rows: dict[str, Record] = {
                row["key"]: dict(row) for row in connection.execute(chosen).mappings()
            }
            sealed = read_seals(connection, "run", keys)
            measures = self._measures(connection, keys)
        if rows.keys() != sealed.keys() or not measures.keys() <= rows.keys() <= set(keys):
            raise Corrupt
        return {key: {**row, "measures": measures.get(key, {})} for key, row in rows.items()}

    def _measures(self, connection: Connection, keys: Sequence[str]) -> dict[str, dict[str, float]]:
        """What was measured of runs, by their keys."""
        chosen = select(schema.measures).where(schema.measures.c.run.in_(keys))
        rows = [dict(row) for row in connection.execute(chosen).mappings()]
        found = ((row["run"], measures_seal(row)) for row in rows)
        check_seals(found, read_seals(connection, "measures", keys), "measures")
        return {row["run"]: row["content"] for row in rows}

    def _dataset(self, fingerprint: str) -> DatasetParts:
        if fingerprint not in self._datasets:
            self._datasets[fingerprint] = unpack_dataset(self.dataset_row(fingerprint))
        return self._datasets[fingerprint]

    def dataset_row(self, fingerprint: str) -> Record:
        """A row of the table ``datasets``.

        Raises:
            Corrupt: there is none.
        """
        table = schema.datasets
        with self._engine.connect() as connection:
            chosen = select(table).where(table.c.fingerprint == fingerprint)
            row = connection.execute(chosen).mappings().one_or_none()
        if row is None:
            raise Corrupt
        return dict(row)


@contextmanager
def named(store: str, what: FclabError) -> Iterator[None]:
    """Turns what a damaged value raises inside the block into one line that names it.

    Raises:
        DataError: the store, and what in it, is damaged or of another version of fclab.
    """
    try:
        yield
    except Unfamiliar as error:
        raise DataError(
            "{what} in the store {store} was written by another version of fclab: upgrade fclab",
            what=what,
            store=store,
        ) from error
    except Corrupt as error:
        raise damaged(store, error if error.template else what) from error
    except UNREADABLE as error:
        raise damaged(store, what) from error
    except DBAPIError as error:
        if not is_damage(error):
            raise
        raise damaged(store, what) from error
