"""Runs, their datasets, and studies."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The first schema."""
    op.create_table(
        "datasets",
        sa.Column("fingerprint", sa.String(64), primary_key=True),
        sa.Column("info", sa.JSON, nullable=False),
        sa.Column("targets", sa.LargeBinary, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
    )
    op.create_table(
        "runs",
        sa.Column("key", sa.String(64), primary_key=True),
        sa.Column("dataset", sa.String(64), sa.ForeignKey("datasets.fingerprint"), nullable=False),
        sa.Column("recipe_key", sa.String(64), nullable=False),
        sa.Column("seed", sa.BigInteger, nullable=False),
        sa.Column("family", sa.String(32), nullable=False),
        sa.Column("recipe", sa.JSON, nullable=False),
        sa.Column("engine", sa.JSON, nullable=False),
        sa.Column("metrics", sa.JSON, nullable=False),
        sa.Column("epochs", sa.Integer, nullable=False),
        sa.Column("diverged_at", sa.Integer),
        sa.Column("stopped_at", sa.Integer),
        sa.Column("seconds", sa.Float, nullable=False),
        sa.Column("machine", sa.JSON),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("arrays", sa.LargeBinary, nullable=False),
        sa.Column("weights", sa.LargeBinary),
    )
    op.create_index("runs_by_recipe", "runs", ["dataset", "recipe_key", "family", "seed"])
    op.create_table(
        "studies",
        sa.Column("name", sa.String(200), primary_key=True),
        sa.Column("definition", sa.JSON, nullable=False),
        sa.Column("updated", sa.DateTime(timezone=True), nullable=False),
    )
