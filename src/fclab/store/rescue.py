"""Whatever a damaged store still gives away, copied into a new one."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

from sqlalchemy import Engine, Table, column, select, text
from sqlalchemy.exc import DBAPIError, NoResultFound

from fclab.store import schema
from fclab.store.connect import BUSY_SECONDS, open_engine
from fclab.store.database import Store
from fclab.store.old import STUDIES, kind_and_name
from fclab.store.pack import UNREADABLE, Corrupt, Record, check_digest
from fclab.store.seals import definition_key, definition_seal, measures_seal
from fclab.values.errors import DataError, UsageError


@dataclass(frozen=True)
class Rescued:
    """What came of a rescue: how many runs were copied, how many are known to be lost, and which
    studies, labs and ladders are, as kind/name."""

    kept: int
    lost: int
    lost_definitions: tuple[str, ...] = ()


def rescue(damaged: Path, into: Path) -> Rescued:
    """Copy every run whose digest is right, with what was measured of it, and every study, lab and
    ladder, into a new store.

    Args:
        damaged: a store in a file; it is only read.
        into: the new store.

    Raises:
        UsageError: ``into`` exists.
        DataError: nothing can be read, or there is no such file.
        FclabError: the new store cannot be written.
    """
    if into.exists():
        raise UsageError("{into} exists: name a new file for what can be rescued", into=into)
    _name, engine = open_engine(damaged, "rescue", BUSY_SECONDS)
    try:
        datasets = {row["fingerprint"]: row for row in _rows(engine, schema.datasets) if row}
        if not datasets:
            raise DataError(
                "nothing can be read from {damaged}: is it a store of fclab?", damaged=damaged
            )
        seals = _seals(engine)
        definitions = _definitions(engine, seals)
        kept, lost = set[str](), 0
        with Store(into) as target:
            for kind, name, definition in definitions:
                target.keep(kind, name, definition)
            for row in _rows(engine, schema.runs):
                if row and row["dataset"] in datasets:
                    target.put_rows(datasets[row["dataset"]], row)
                    kept.add(row["key"])
                else:
                    lost += 1
            target.put_measures(
                {row["run"]: row["content"] for row in _rows(engine, schema.measures)
                 if row and row["run"] in kept and _is_sealed(row, seals)}
            )  # fmt: skip
    finally:
        engine.dispose()
    return Rescued(
        len(kept),
        max(lost, len(seals["run"].keys() - kept)),
        tuple(seals["definition"].keys() - {definition_key(*one[:2]) for one in definitions}),
    )


def _is_sealed(row: Record, seals: Mapping[str, Mapping[str, str]]) -> bool:
    return seals.get("measures", {}).get(row["run"]) == measures_seal(row)


def _seals(engine: Engine) -> dict[str, dict[str, str]]:
    """What is known to have been kept, by what it is and its key; nothing of old stores."""
    seals: dict[str, dict[str, str]] = {"run": {}, "definition": {}}
    for row in filter(None, _rows(engine, schema.seals)):
        seals.setdefault(row["sealed"], {})[row["key"]] = row["seal"]
    return seals


def _definitions(
    engine: Engine, seals: Mapping[str, Mapping[str, str]]
) -> list[tuple[schema.Kind, str, dict[str, Any]]]:
    """What is kept beside the runs, in the schema of any version; newest last."""
    found: list[tuple[datetime, schema.Kind, str, dict[str, Any]]] = []
    for row in filter(None, _rows(engine, schema.definitions)):
        key = definition_key(row["kind"], row["name"])
        if not any(seals.values()) or seals["definition"].get(key) == definition_seal(row):
            found.append((row["updated"], row["kind"], row["name"], row["definition"]))
    for row in filter(None, _rows(engine, STUDIES)):
        kind, name = kind_and_name(str(row["name"]), json.dumps(row["definition"]))
        found.append((row["updated"], kind, name, row["definition"]))
    found = [one for one in found if _has_form(*one)]
    found.sort(key=lambda one: one[0].replace(tzinfo=UTC))
    return [(kind, name, definition) for _, kind, name, definition in found]


def _has_form(updated: object, kind: object, name: object, definition: object) -> bool:
    return (
        isinstance(updated, datetime)
        and kind in get_args(schema.Kind)
        and isinstance(name, str)
        and isinstance(definition, dict)
    )


def _rows(engine: Engine, table: Table) -> Iterator[Record | None]:
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
    if not _is_table(engine, table.name):
        return []
    for way in ("NOT INDEXED", f"INDEXED BY sqlite_autoindex_{table.name}_1"):
        try:
            with engine.connect() as connection:
                for number in connection.execute(text(f"SELECT rowid FROM {table.name} {way}")):
                    found[number[0]] = None
        except DBAPIError:
            continue
    return list(found)


def _is_table(engine: Engine, name: str) -> bool:
    """Not a view, or what is computed in another way: it could run for ever."""
    stored = text(
        "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = :name AND rootpage > 0"
    )
    try:
        with engine.connect() as connection:
            return connection.execute(stored, {"name": name}).scalar_one() == 1
    except DBAPIError:
        return False
