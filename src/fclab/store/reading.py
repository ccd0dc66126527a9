"""Runs out of the store. Damage is found here, and the run that it hit is named."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import Engine, select
from sqlalchemy.exc import DBAPIError

from fclab.errors import DataError
from fclab.run import Run
from fclab.store import schema
from fclab.store.connect import damaged, is_damage
from fclab.store.pack import (
    UNREADABLE,
    Corrupt,
    DatasetParts,
    Row,
    Unfamiliar,
    unpack_dataset,
    unpack_run,
)

_AT_ONCE = 32  # runs: a few megabytes


class Reader:
    """Reads runs by their keys; a dataset is read once and shared by its runs."""

    def __init__(self, name: str, engine: Engine):
        self._name, self._engine = name, engine
        self._datasets: dict[str, DatasetParts] = {}

    def runs(self, keys: Sequence[str]) -> Iterator[Run]:
        """The runs that are there, in the order of the keys.

        Raises:
            DataError: one of them is damaged or was written by another version of fclab.
        """
        for start in range(0, len(keys), _AT_ONCE):
            some = keys[start : start + _AT_ONCE]
            rows = self._rows(some)
            yield from (self.run(rows[key]) for key in some if key in rows)

    def run(self, row: Row) -> Run:
        """The run of a row of the table ``runs``; raises as `runs`."""
        with named(self._name, f"run {row['key'][:12]}"):
            return unpack_run(row, *self._dataset(row["dataset"]))

    def _rows(self, keys: Sequence[str]) -> dict[str, Row]:
        """Rows by their keys; in case of damage ever fewer at a time, until it has a name."""
        try:
            return self._at_once(keys)
        except (DBAPIError, Corrupt, *UNREADABLE) as error:
            if not is_damage(error):
                raise
            if len(keys) == 1:
                raise damaged(self._name, f"run {keys[0][:12]}") from error
        middle = len(keys) // 2
        return self._rows(keys[:middle]) | self._rows(keys[middle:])

    def _at_once(self, keys: Sequence[str]) -> dict[str, Row]:
        chosen = select(schema.runs).where(schema.runs.c.key.in_(keys))
        with self._engine.connect() as connection:
            rows: dict[str, Row] = {
                row["key"]: dict(row) for row in connection.execute(chosen).mappings()
            }
        if not rows.keys() <= set(keys):
            raise Corrupt
        return rows

    def _dataset(self, fingerprint: str) -> DatasetParts:
        if fingerprint not in self._datasets:
            self._datasets[fingerprint] = unpack_dataset(self.dataset_row(fingerprint))
        return self._datasets[fingerprint]

    def dataset_row(self, fingerprint: str) -> Row:
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
def named(store: str, what: str) -> Iterator[None]:
    """Turns what a damaged value raises inside the block into one line that names it.

    Raises:
        DataError: the store, and what in it, is damaged or of another version of fclab.
    """
    try:
        yield
    except Unfamiliar as error:
        raise DataError(
            f"{what} in the store {store} was written by another version of fclab: upgrade fclab"
        ) from error
    except (Corrupt, *UNREADABLE) as error:
        raise damaged(store, what) from error
    except DBAPIError as error:
        if not is_damage(error):
            raise
        raise damaged(store, what) from error
