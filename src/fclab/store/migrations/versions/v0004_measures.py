"""What is measured of runs has a table of its own. Arrays may be squeezed from here on: those that
are there stay as they are and are read (`fclab store vacuum` makes them small)."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One table more; no row is touched, however large the store is."""
    op.create_table(
        "measures",
        sa.Column("run", sa.String(64), sa.ForeignKey("runs.key"), primary_key=True),
        sa.Column("content", sa.JSON, nullable=False),
    )
