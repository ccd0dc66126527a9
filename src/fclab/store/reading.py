"""Runs and definitions out of the store. Damage is found here, and what it hit is named."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Connection, Engine, and_, func, select, true, tuple_
from sqlalchemy.exc import DBAPIError

from fclab.store import schema
from fclab.store.again import LOST_SECONDS, again
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

Answer = TypeVar("Answer")
Conditions = Callable[[Connection], Sequence[Any]]

_AT_ONCE = 32  # runs: a few megabytes
_OF_A_LISTING = 500  # runs without their arrays: a megabyte
_DATASETS = 1000  # that are remembered: 15 megabytes

SMALL = 10_000
"""Runs up to which every listing reads the whole table, in a second, and so sees all damage."""

_HAS_WEIGHTS = schema.runs.c.weights.is_not(None).label("has_weights")
_SUMMARY = (*schema.SUMMARY, _HAS_WEIGHTS)
_TIME = schema.runs.c.created, schema.runs.c.key


class Page(NamedTuple):
    """Some of the runs that are kept.

    Attributes:
        entries: they, oldest first.
        start: the place of the first one, from 0, the oldest.
        total: how many there are in all.
    """

    entries: list[Entry]
    start: int
    total: int


class Reader:
    """Reads runs and definitions; a dataset is read once and shared by its runs."""

    def __init__(self, name: str, engine: Engine, lost_seconds: float = LOST_SECONDS):
        self._name, self._engine = name, for_reading(engine)
        self._lost_seconds = lost_seconds
        self._datasets: dict[str, DatasetParts] = {}

    def count(self, wanted: Conditions) -> int:
        """How many runs meet the conditions. Raises as `lots`."""
        return self._asked(
            lambda connection: (
                len(self._summaries(connection, wanted(connection)))
                if _is_small(connection)
                else _count(connection, wanted(connection))
            )
        )

    def page(self, wanted: Conditions, number: int, length: int) -> Page:
        """A page of the runs that meet the conditions.

        Args:
            wanted: gives the conditions on the columns of ``schema.runs``.
            number: from 1, of the newest; an older page has a larger one.
            length: runs of a page.

        Raises:
            DataError: a run of the page is damaged, or any run is lost.
        """

        def read(connection: Connection) -> tuple[list[Record], int, int]:
            conditions = wanted(connection)
            small = self._summaries(connection, conditions) if _is_small(connection) else None
            total = len(small) if small is not None else _count(connection, conditions)
            start, stop = max(0, total - number * length), max(0, total - (number - 1) * length)
            if small is not None:
                return small[start:stop], start, total
            keys = _place(connection, conditions, start, stop, total)
            return _sealed_rows(connection, keys), start, total

        rows, start, total = self._asked(read)
        return Page(self.entries(rows), start, total)

    def lots(self, wanted: Conditions) -> Iterator[list[Record]]:
        """The runs that meet conditions, oldest first, without their arrays, some at a time.

        Of a small store all of the table is read first, by no index: what damage has taken out
        of it is missed. Of a larger one the runs that are read are checked, and their number.

        Raises:
            DataError: a run is damaged or lost.
        """
        after: tuple[Any, str] | None = None
        while True:

            def read(
                connection: Connection, after: tuple[Any, str] | None = after
            ) -> tuple[list[Record], bool]:
                if after is None and _is_small(connection):
                    return self._summaries(connection, wanted(connection)), True
                if after is None:
                    _check_number(connection)
                keys = _following(connection, wanted(connection), after)
                return _sealed_rows(connection, keys), len(keys) < _OF_A_LISTING

            rows, last = self._asked(read)
            yield rows
            if last:
                return
            after = rows[-1]["created"], rows[-1]["key"]

    def entries(self, rows: Sequence[Record]) -> list[Entry]:
        """Rows without their arrays as entries.

        Raises:
            DataError: a dataset is damaged, or another version of fclab wrote it.
        """
        with named(self._name, Clause("a run")):
            return [unpack_entry(row, self._dataset(row["dataset"])[0]) for row in rows]

    def _asked(self, read: Callable[[Connection], Answer]) -> Answer:
        """What is read of runs in one transaction."""

        def work() -> Answer:
            with self._engine.connect() as connection:
                return read(connection)

        with named(self._name, Clause("a run")):
            return again(work, self._lost_seconds)

    def _summaries(self, connection: Connection, conditions: Sequence[Any]) -> list[Record]:
        wanted = and_(true(), *conditions).label("wanted")
        rows = [dict(row) for row in connection.execute(select(*_SUMMARY, wanted)).mappings()]
        _check(rows, read_seals(connection, "run"))
        rows = [row for row in rows if row["wanted"]]
        return sorted(rows, key=lambda row: (row["created"], row["key"]))

    def definitions(self, kind: schema.Kind) -> Mapping[str, dict[str, Any]]:
        """The definitions of a kind by their names, the one that was changed last in front.

        Raises:
            DataError: a definition is damaged or lost, of this kind or another.
        """

        def read() -> tuple[list[Record], Mapping[str, str]]:
            with self._engine.connect() as connection:
                chosen = select(schema.definitions)
                rows: list[Record] = [dict(row) for row in connection.execute(chosen).mappings()]
                return rows, read_seals(connection, "definition")

        with named(self._name, Clause("a definition")):
            rows, seals = again(read, self._lost_seconds)
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
            return again(lambda: self._at_once(keys), self._lost_seconds)
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
            row = again(lambda: self.dataset_row(fingerprint), self._lost_seconds)
            if len(self._datasets) == _DATASETS:
                self._datasets.clear()
            self._datasets[fingerprint] = unpack_dataset(row)
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


def _is_small(connection: Connection) -> bool:
    some = select(schema.runs.c.key).limit(SMALL + 1).subquery()
    return connection.execute(select(func.count()).select_from(some)).scalar_one() <= SMALL


def _count(connection: Connection, conditions: Sequence[Any]) -> int:
    total = _check_number(connection)
    if not conditions:
        return total
    chosen = select(func.count()).select_from(schema.runs).where(*conditions)
    return connection.execute(chosen).scalar_one()


def _check_number(connection: Connection) -> int:
    """See that there are as many runs as were sealed; this number."""
    chosen = select(func.count()).select_from(schema.seals).where(schema.seals.c.sealed == "run")
    sealed = connection.execute(chosen).scalar_one()
    total = connection.execute(select(func.count()).select_from(schema.runs)).scalar_one()
    if total < sealed:
        raise Corrupt("{lacking} of {n} runs are lacking", lacking=sealed - total, n=sealed)
    if total > sealed:
        raise Corrupt
    return total


def _place(
    connection: Connection, conditions: Sequence[Any], start: int, stop: int, total: int
) -> list[str]:
    """The keys of the runs from a place to another one, from the nearer end."""
    newer = total - stop < start
    order = [column.desc() if newer else column for column in _TIME]
    chosen = select(schema.runs.c.key).where(*conditions).order_by(*order)
    chosen = chosen.offset(total - stop if newer else start).limit(stop - start)
    keys = list(connection.execute(chosen).scalars())
    return keys[::-1] if newer else keys


def _following(
    connection: Connection, conditions: Sequence[Any], after: tuple[Any, str] | None
) -> list[str]:
    """The keys of the next runs."""
    chosen = select(schema.runs.c.key).where(*conditions)
    if after is not None:
        chosen = chosen.where(tuple_(*_TIME) > tuple_(*after))
    return list(connection.execute(chosen.order_by(*_TIME).limit(_OF_A_LISTING)).scalars())


def _sealed_rows(connection: Connection, keys: Sequence[str]) -> list[Record]:
    """Rows without their arrays, in the order of the keys, all of them as they were sealed."""
    rows: list[Record] = []
    for start in range(0, len(keys), _OF_A_LISTING):
        some = keys[start : start + _OF_A_LISTING]
        chosen = select(*_SUMMARY).where(schema.runs.c.key.in_(some))
        found = {row["key"]: dict(row) for row in connection.execute(chosen).mappings()}
        _check(found.values(), read_seals(connection, "run", some))
        rows += [found[key] for key in some]
    return rows


def _check(rows: Iterable[Record], seals: Mapping[str, str]) -> None:
    found = ((row["key"], run_seal(row, has_weights=row["has_weights"])) for row in rows)
    check_seals(found, seals, "run")


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
