"""The tables of the store. What they hold today; `migrations/` leads older stores here."""

from datetime import UTC, datetime
from typing import Any, Literal

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    DateTime,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    TypeDecorator,
    text,
)

VERSION = "0005"
"""The revision of `migrations/` that these tables are; revisions are numbers of four digits."""

VERSION_TABLE = "fclab_schema"
"""Where a store says its version. Not Alembic's own name for it, which any program may use."""


Kind = Literal["study", "lab", "ladder", "ceilings"]
"""What is kept beside the runs: a study of many rows, a whole lab, a ladder of accuracy,
what other methods reach on the same images."""


class Moment(TypeDecorator[datetime]):
    """A time in UTC. SQLite keeps no zone, so it is given back here."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        """The value with its zone."""
        return value.replace(tzinfo=UTC) if value and value.tzinfo is None else value


OLD_FORM = {
    "sqlite": text("substr(arrays, 1, 8) <> x'66636c6162007331'"),
    "postgresql": text(r"substr(arrays, 1, 8) <> '\x66636c6162007331'::bytea"),
}
"""That a run is in the form of an older version, see `fclab.store.squeeze`, by the names of the
databases; written as the index has it, which is used for nothing else."""

metadata = MetaData()

datasets = Table(
    "datasets",
    metadata,
    Column("fingerprint", String(64), primary_key=True),
    Column("info", JSON, nullable=False),
    Column("targets", LargeBinary, nullable=False),  # one array per part, see `fclab.store.squeeze`
    Column("digest", String(64), nullable=False),  # SHA-256 of the other columns
)

# The large columns come last: a listing that leaves them out does not read their pages.
runs = Table(
    "runs",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("dataset", String(64), ForeignKey("datasets.fingerprint"), nullable=False),
    Column("recipe_key", String(64), nullable=False),
    Column("seed", BigInteger, nullable=False),
    Column("family", String(32), nullable=False),
    Column("recipe", JSON, nullable=False),
    Column("engine", JSON, nullable=False),
    Column("metrics", JSON, nullable=False),
    Column("epochs", Integer, nullable=False),
    Column("diverged_at", Integer),
    Column("stopped_at", Integer),
    Column("seconds", Float, nullable=False),
    Column("machine", JSON(none_as_null=True)),
    Column("created", Moment, nullable=False),
    Column("digest", String(64), nullable=False),  # SHA-256 of the other columns but `created`
    Column("arrays", LargeBinary, nullable=False),  # history, outputs, snapshots
    Column("weights", LargeBinary),  # or NULL where they were not kept
    Index("runs_by_recipe", "dataset", "recipe_key", "family", "seed"),
    # Listings are chosen, counted and paged in this index alone; rows are read of one page.
    Index(
        "runs_by_time", "created", "key", "dataset", "recipe_key", "family", "seed", "diverged_at"
    ),
    Index(
        "runs_of_old_form",
        "key",
        sqlite_where=OLD_FORM["sqlite"],
        postgresql_where=OLD_FORM["postgresql"],
    ),
)

SUMMARY = tuple(column for column in runs.c if column.name not in ("arrays", "weights"))
"""What a listing reads of a run."""

definitions = Table(
    "definitions",
    metadata,
    Column("kind", String(16), primary_key=True),
    Column("name", String(200), primary_key=True),
    Column("definition", JSON, nullable=False),
    Column("updated", Moment, nullable=False),
)

measures = Table(
    "measures",
    metadata,
    Column("run", String(64), ForeignKey("runs.key"), primary_key=True),
    Column("content", JSON, nullable=False),  # figures by their names, see `fclab.values.run.Run`
)
"""What was measured of the weights of a run before they were left out."""

seals = Table(
    "seals",
    metadata,
    Column("sealed", String(16), primary_key=True),  # "run", "definition" or "measures"
    Column("key", String(240), primary_key=True),
    Column("seal", String(64), nullable=False),  # see `fclab.store.seals`
)
