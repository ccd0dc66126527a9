"""Runs that nothing needs: what they are, and how they, or their heavy parts, go.

Whether a run is needed follows from its dataset, recipe and engine, so the store is asked for these
groups alone. Runs go some at a time, each lot in a transaction of its own in which no definition
can change and all of them are read: a study that is finished meanwhile loses nothing.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Literal, NamedTuple

from sqlalchemy import Connection, and_, delete, func, literal, select, text

from fclab.store import schema
from fclab.store.again import again
from fclab.store.connect import for_reading, for_writing
from fclab.store.database import Store
from fclab.store.pack import Record, check_digest
from fclab.store.reading import named
from fclab.store.squeeze import squeeze, unsqueeze
from fclab.store.vacuum import is_train_output, rewrite
from fclab.store.wanted import EVERYTHING, Wanted
from fclab.values.errors import Clause
from fclab.values.progress import Progress, no_progress

NeededBy = Callable[[Sequence[Record]], Callable[[Record], bool]]
"""Told all definitions, says of a run whether one of them needs it; of the run it is told
``dataset``, ``recipe_key`` and the name of the ``engine``."""

What = Literal["runs", "heavy"]
"""What goes: whole runs, or of those that have weights these and the answers on train."""

_AT_ONCE = 1000  # runs of a lot
_HEAVY_AT_ONCE = 16
_EXAMPLES = 20

_GROUP = (schema.runs.c.dataset, schema.runs.c.recipe_key, schema.runs.c.family)


@dataclass(frozen=True)
class Retention:
    """Which runs may go if nothing needs them.

    Attributes:
        older: they have been there longer; a study that is being trained is named by no definition
            until it is finished.
        wanted: they meet these conditions.
        what: goes of them.
    """

    older: timedelta = timedelta(days=1)
    wanted: Wanted = EVERYTHING
    what: What = "runs"


class Unused(NamedTuple):
    """What would go.

    Attributes:
        n: how many runs.
        size: bytes of their large columns, or of the weights alone.
        examples: some of the runs, without their arrays.
    """

    n: int
    size: int
    examples: list[Record]


class _Group(NamedTuple):
    """So many runs of one dataset, recipe and engine, and the bytes that they take."""

    dataset: str
    recipe_key: str
    family: str
    n: int
    size: int

    @property
    def run(self) -> Record:
        """What decides of each of them whether it is needed."""
        name = self.family.split("-")[0]
        return {"dataset": self.dataset, "recipe_key": self.recipe_key, "engine": {"name": name}}


def find_unused(store: Store, needed_by: NeededBy, retention: Retention) -> Unused:
    """What would go now. Nothing is changed.

    Raises:
        FclabError, DataError: the store says so.
    """
    runs, n, size, examples = schema.runs.c, 0, 0, list[Record]()
    weights = func.coalesce(func.length(runs.weights), 0)
    room = weights if retention.what == "heavy" else func.length(runs.arrays) + weights
    with store.saying(), for_reading(store.engine).connect() as connection:
        conditions = _conditions(connection, retention)
        is_needed = needed_by(_definitions(connection))
        for group in _groups(connection, conditions, func.sum(room)):
            if is_needed(group.run):
                continue
            n, size = n + group.n, size + group.size
            if len(examples) < _EXAMPLES:
                chosen = select(*schema.SUMMARY).where(_of(group, conditions))
                some = chosen.order_by(runs.created, runs.key).limit(_EXAMPLES - len(examples))
                examples += [dict(row) for row in connection.execute(some).mappings()]
    return Unused(n, size, examples)


def remove_unused(
    store: Store, needed_by: NeededBy, retention: Retention, progress: Progress = no_progress
) -> int:
    """Remove runs that nothing needs, or their heavy parts, and datasets that have no run left.

    Args:
        store: may be written.
        needed_by: see there.
        retention: which of them, and what of them.
        progress: told the groups of runs that were looked at, and how many there are.

    Returns:
        How many runs went, or are lighter.

    Raises:
        DataError: a run is damaged; those before it are done.
        FclabError: the store cannot be written.
    """
    with store.saying(), for_reading(store.engine).connect() as connection:
        conditions = _conditions(connection, retention)
        groups = _groups(connection, conditions)
    lose = _remove if retention.what == "runs" else partial(_lighten, store.name)
    needs, done, seen = _Needs(needed_by), 0, 0
    for lot in _lots(groups, _AT_ONCE if retention.what == "runs" else _HEAVY_AT_ONCE):
        with store.saying(), for_writing(store.engine).begin() as connection:
            if connection.dialect.name == "postgresql":  # SQLite has one writer at a time
                connection.execute(text(f"LOCK TABLE {schema.definitions.name} IN SHARE MODE"))
            is_needed = needs(connection)
            for group in lot:
                if not is_needed(group.run):
                    chosen = select(schema.runs.c.key).where(_of(group, conditions))
                    keys = list(connection.execute(chosen).scalars())
                    lose(connection, keys)
                    done += len(keys)
        seen += len(lot)
        progress(seen, len(groups))
    if retention.what == "runs":
        with store.saying():
            again(lambda: _remove_datasets(store), 0)
    return done


def _remove_datasets(store: Store) -> None:
    """Remove those that have no run left."""
    runs, table = schema.runs.c, schema.datasets
    used = select(runs.key).where(runs.dataset == table.c.fingerprint)
    with for_writing(store.engine).begin() as connection:
        connection.execute(delete(table).where(~used.exists()))


def _conditions(connection: Connection, retention: Retention) -> list[Any]:
    before = schema.runs.c.created < datetime.now(UTC) - retention.older
    heavy = [schema.runs.c.weights.is_not(None)] if retention.what == "heavy" else []
    return [before, *heavy, *retention.wanted.conditions(connection)]


def _definitions(connection: Connection) -> list[Record]:
    return [dict(row) for row in connection.execute(select(schema.definitions)).mappings()]


def _groups(connection: Connection, conditions: Sequence[Any], size: Any = None) -> list[_Group]:
    chosen = select(*_GROUP, func.count(), literal(0) if size is None else size).where(*conditions)
    found = connection.execute(chosen.group_by(*_GROUP).order_by(*_GROUP))
    return [_Group(*row[:4], int(row[4])) for row in found]


def _of(group: _Group, conditions: Sequence[Any]) -> Any:
    same = (column == value for column, value in zip(_GROUP, group[:3], strict=True))
    return and_(*same, *conditions)


def _lots(groups: Sequence[_Group], runs: int) -> Iterator[list[_Group]]:
    """Groups that come to so many runs together."""
    lot, n = list[_Group](), 0
    for group in groups:
        lot.append(group)
        n += group.n
        if n >= runs:
            yield lot
            lot, n = [], 0
    if lot:
        yield lot


class _Needs:
    """What the definitions need that are there now: worked out again when one has changed."""

    def __init__(self, needed_by: NeededBy):
        self._needed_by, self._stamp = needed_by, None
        self._is_needed: Callable[[Record], bool] = lambda run: True

    def __call__(self, connection: Connection) -> Callable[[Record], bool]:
        table = schema.definitions.c
        chosen = select(table.kind, table.name, table.updated).order_by(table.kind, table.name)
        stamp = connection.execute(chosen).all()
        if stamp != self._stamp:
            self._stamp, self._is_needed = stamp, self._needed_by(_definitions(connection))
        return self._is_needed


def _remove(connection: Connection, keys: Sequence[str]) -> None:
    seals, measures = schema.seals, schema.measures
    sealed = seals.c.sealed.in_(["run", "measures"])
    for start in range(0, len(keys), _AT_ONCE):
        some = keys[start : start + _AT_ONCE]
        connection.execute(delete(seals).where(sealed, seals.c.key.in_(some)))
        connection.execute(delete(measures).where(measures.c.run.in_(some)))
        connection.execute(delete(schema.runs).where(schema.runs.c.key.in_(some)))


def _lighten(store: str, connection: Connection, keys: Sequence[str]) -> None:
    for key in keys:
        chosen = select(schema.runs).where(schema.runs.c.key == key).with_for_update()
        row = dict(connection.execute(chosen).mappings().one())
        with named(store, Clause("run {key}", key=key[:12])):
            check_digest(row)
            arrays = unsqueeze(row["arrays"])
        left = {name: array for name, array in arrays.items()
                if not is_train_output(name) and not name.startswith("snapshots/")}  # fmt: skip
        rewrite(connection, row, {"arrays": squeeze(left), "weights": None})
