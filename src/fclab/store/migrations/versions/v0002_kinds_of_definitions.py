"""Kept studies, labs and ladders have a kind of their own in place of a prefix of their names."""

import sqlalchemy as sa
from alembic import op

from fclab.store.old import kind_and_name

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """What was in the table ``studies``, by kind and name; definitions are copied as they are."""
    op.create_table(
        "definitions",
        sa.Column("kind", sa.String(16), primary_key=True),
        sa.Column("name", sa.String(200), primary_key=True),
        sa.Column("definition", sa.JSON, nullable=False),
        sa.Column("updated", sa.DateTime(timezone=True), nullable=False),
    )
    connection = op.get_bind()
    copy = sa.text(
        "INSERT INTO definitions (kind, name, definition, updated) "
        "SELECT CAST(:kind AS VARCHAR(16)), CAST(:name AS VARCHAR(200)), definition, updated "
        "FROM studies WHERE name = :old"
    )
    found = sa.text("SELECT name, CAST(definition AS TEXT) FROM studies")
    for old, definition in connection.execute(found).all():
        kind, name = kind_and_name(old, definition)
        connection.execute(copy, {"kind": kind, "name": name, "old": old})
    op.drop_table("studies")
