"""Every run and every definition has a seal; what is sealed was found to be whole."""

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

from fclab.store.pack import Corrupt, check_digest
from fclab.store.seals import definition_key, definition_seal, run_seal

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_AT_ONCE = 32  # runs: a few megabytes

_DATASETS = sa.table(
    "datasets",
    sa.column("fingerprint"),
    sa.column("info", sa.JSON),
    sa.column("targets", sa.LargeBinary),
    sa.column("digest"),
)
_RUNS = sa.table(
    "runs",
    *(sa.column(name) for name in ("key", "dataset", "recipe_key", "seed", "family")),
    *(sa.column(name, sa.JSON) for name in ("recipe", "engine", "metrics", "machine")),
    *(sa.column(name) for name in ("epochs", "diverged_at", "stopped_at", "seconds", "digest")),
    sa.column("created", sa.DateTime(timezone=True)),
    *(sa.column(name, sa.LargeBinary) for name in ("arrays", "weights")),
)
_DEFINITIONS = sa.table(
    "definitions",
    sa.column("kind"),
    sa.column("name"),
    sa.column("definition", sa.JSON),
    sa.column("updated", sa.DateTime(timezone=True)),
)


def upgrade() -> None:
    """Check everything, as far as it can be checked, and seal it.

    Raises:
        Corrupt: it is damaged; nothing is changed.
    """
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        found = connection.exec_driver_sql("PRAGMA integrity_check(1)").scalar_one()
        if found != "ok":  # rows that only a tree of an index knows are lost
            raise Corrupt("{words}", words=" ".join(found.split()))
    seals = op.create_table(
        "seals",
        sa.Column("sealed", sa.String(16), primary_key=True),
        sa.Column("key", sa.String(240), primary_key=True),
        sa.Column("seal", sa.String(64), nullable=False),
    )
    if rows := list(_sealed(connection)):
        connection.execute(seals.insert(), rows)


def _sealed(connection: sa.Connection) -> Iterator[dict[str, Any]]:
    for row in connection.execute(sa.select(_DATASETS)).mappings():
        _check(row, Corrupt("dataset {key}", key=row["fingerprint"][:12]))
    keys = connection.execute(sa.select(_RUNS.c.key)).scalars().all()
    for start in range(0, len(keys), _AT_ONCE):
        some = sa.select(_RUNS).where(_RUNS.c.key.in_(keys[start : start + _AT_ONCE]))
        for row in connection.execute(some).mappings():
            _check(row, Corrupt("run {key}", key=row["key"][:12]))
            seal = run_seal(row, has_weights=row["weights"] is not None)
            yield {"sealed": "run", "key": row["key"], "seal": seal}
    for row in connection.execute(sa.select(_DEFINITIONS)).mappings():
        key = definition_key(row["kind"], row["name"])
        yield {"sealed": "definition", "key": key, "seal": definition_seal(row)}


def _check(row: sa.RowMapping, what: Corrupt) -> None:
    try:
        check_digest(row)
    except Corrupt as error:
        raise what from error
