"""Whatever a damaged store still gives away, copied into a new one."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, Table, column, select, text
from sqlalchemy.exc import DBAPIError, NoResultFound

from fclab.errors import DataError, UsageError
from fclab.store import schema
from fclab.store.connect import BUSY_SECONDS, open_engine
from fclab.store.database import Store
from fclab.store.old import STUDIES, kind_and_name
from fclab.store.pack import UNREADABLE, Corrupt, Row, check_digest


@dataclass(frozen=True)
class Rescued:
    """What came of a rescue: runs that were copied, and runs that are known to be lost."""

    kept: int
    lost: int


def rescue(damaged: Path, into: Path) -> Rescued:
    """Copy every run whose digest is right, and every study, lab and ladder, into a new store.

    Args:
        damaged: a store in a file; it is only read.
        into: the new store.

    Raises:
        UsageError: ``into`` exists.
        DataError: nothing can be read, or there is no such file.
        FclabError: the new store cannot be written.
    """
    if into.exists():
        raise UsageError(f"{into} exists: name a new file for what can be rescued")
    _name, engine = open_engine(damaged, "rescue", BUSY_SECONDS)
    try:
        datasets = {row["fingerprint"]: row for row in _rows(engine, schema.datasets) if row}
        if not datasets:
            raise DataError(f"nothing can be read from {damaged}: is it a store of fclab?")
        with Store(into) as target:
            for kind, name, definition in _definitions(engine):
                target.keep(kind, name, definition)
            kept = lost = 0
            for row in _rows(engine, schema.runs):
                if row and row["dataset"] in datasets:
                    target.put_rows(datasets[row["dataset"]], row)
                    kept += 1
                else:
                    lost += 1
    finally:
        engine.dispose()
    return Rescued(kept, lost)


def _definitions(engine: Engine) -> list[tuple[schema.Kind, str, dict[str, Any]]]:
    """What is kept beside the runs, in today's schema or that of version 1; newest last."""
    found = [
        (row["updated"], row["kind"], row["name"], row["definition"])
        for row in _rows(engine, schema.definitions)
        if row
    ]
    for row in filter(None, _rows(engine, STUDIES)):
        kind, name = kind_and_name(row["name"], json.dumps(row["definition"]))
        found.append((row["updated"], kind, name, row["definition"]))
    found.sort(key=lambda one: one[0].replace(tzinfo=UTC))
    return [(kind, name, definition) for _, kind, name, definition in found]


def _rows(engine: Engine, table: Table) -> Iterator[Row | None]:
    """All rows that are known to be in a table; None in place of a damaged one."""
    for rowid in _rowids(engine, table):
        chosen = select(table).where(column("rowid") == rowid)
        try:
            with engine.connect() as connection:
                row = dict(connection.execute(chosen).mappings().one())
            if "digest" in row:
                check_digest(row)
        except (DBAPIError, NoResultFound, Corrupt, *UNREADABLE):
            yield None
        else:
            yield row


def _rowids(engine: Engine, table: Table) -> list[int]:
    """The numbers of the rows, from the table up to the first damaged page, then from its index."""
    found: dict[int, None] = {}
    for way in ("NOT INDEXED", f"INDEXED BY sqlite_autoindex_{table.name}_1"):
        try:
            with engine.connect() as connection:
                for number in connection.execute(text(f"SELECT rowid FROM {table.name} {way}")):
                    found[number[0]] = None
        except DBAPIError:
            continue
    return list(found)
