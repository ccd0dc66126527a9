"""How stores of version 1 of the schema told kept things apart."""

import sqlalchemy as sa

from fclab.store.schema import Kind

_PREFIXES: tuple[tuple[Kind, str, str], ...] = (
    ("lab", "lab/", '"parts"'),
    ("ladder", "ladder/", '"rungs"'),
)

STUDIES = sa.Table(
    "studies",
    sa.MetaData(),
    sa.Column("name", sa.String(200), primary_key=True),
    sa.Column("definition", sa.JSON, nullable=False),
    sa.Column("updated", sa.DateTime(timezone=True), nullable=False),
)
"""The table that held studies, labs and ladders."""


def kind_and_name(name: str, definition: str) -> tuple[Kind, str]:
    """What a row of `STUDIES` is today.

    Args:
        name: of the row; a prefix said what it was, but a study could be given such a name too.
        definition: as JSON, from which it is seen.
    """
    for kind, prefix, field in _PREFIXES:
        if name.startswith(prefix) and field in definition:
            return kind, name.removeprefix(prefix)
    return "study", name
