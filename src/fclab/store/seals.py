"""Seals: a second account of what is kept, in a table of its own.

Each run, each definition and what was measured of a run has a seal there, a digest of all that a
listing reads of it, written in the same transaction. A row that differs from its seal was changed
by damage, and one that the other table lacks was lost, or added, by it: trees and pages of the two
tables are different ones.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Literal

from sqlalchemy import Connection, and_, select

from fclab.store import schema
from fclab.store.pack import Corrupt, Record, digest_of

Sealed = Literal["run", "definition", "measures"]


def run_seal(row: Record, *, has_weights: bool) -> str:
    """The seal of a row of ``runs``; its large columns are vouched for by its ``digest``."""
    content = {column.name: row[column.name] for column in schema.SUMMARY}
    return digest_of({**content, "created": _text(row["created"]), "has_weights": has_weights})


def definition_seal(row: Record) -> str:
    """The seal of a row of ``definitions``."""
    names = ("kind", "name", "definition")
    return digest_of({**{name: row[name] for name in names}, "updated": _text(row["updated"])})


def measures_seal(row: Record) -> str:
    """The seal of a row of ``measures``; its key is that of the run."""
    return digest_of({name: row[name] for name in ("run", "content")})


def definition_key(kind: str, name: str) -> str:
    """The key of a definition among the seals."""
    return f"{kind}/{name}"


def read_seals(
    connection: Connection, sealed: Sealed, keys: Iterable[str] | None = None
) -> Mapping[str, str]:
    """The seals of all runs or definitions, or of some, by their keys."""
    table = schema.seals
    some = () if keys is None else (table.c.key.in_(keys),)
    chosen = select(table.c.key, table.c.seal).where(and_(table.c.sealed == sealed, *some))
    return {row.key: row.seal for row in connection.execute(chosen)}


def check_seals(found: Iterable[tuple[str, str]], seals: Mapping[str, str], what: Sealed) -> None:
    """See that rows are those that were written.

    Args:
        found: keys of the rows, and the seals that they should have.
        seals: what was sealed.
        what: the rows are.

    Raises:
        Corrupt: a row was changed, is lacking, or is there twice; the message says which.
    """
    seen: dict[str, Any] = {}
    for key, seal in found:
        if key in seen or seals.get(key) != seal:
            if what == "run":
                raise Corrupt("run {key}", key=key[:12])
            if what == "measures":
                raise Corrupt("measures of run {key}", key=key[:12])
            raise Corrupt("definition {key}", key=key)
        seen[key] = seal
    if lacking := len(seals) - len(seen):
        if what == "run":
            raise Corrupt("{lacking} of {n} runs are lacking", lacking=lacking, n=len(seals))
        if what == "measures":
            raise Corrupt("measures of {lacking} runs are lacking", lacking=lacking)
        raise Corrupt("{lacking} of {n} definitions are lacking", lacking=lacking, n=len(seals))


def _text(moment: datetime) -> str:
    """A moment as it is sealed: SQLite gives it back without a zone, PostgreSQL in any."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return aware.astimezone(UTC).isoformat(timespec="microseconds")
