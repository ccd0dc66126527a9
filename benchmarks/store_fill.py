"""A store filled with copies of the runs of a study, for `store_scale.py` and tests.

The copies are what a national course would keep: triples of CIFAR-100's classes, each with the
base row from 32 seeds; every tenth triple has another row of the study. Keys, digests and seals are
those of the copies, so `fclab store check` accepts them. Rows go in by COPY, or by executemany.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from itertools import combinations, islice
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import Engine, Table, select

from fclab.store import schema
from fclab.store.database import Store
from fclab.store.pack import digest_of
from fclab.store.seals import run_seal
from fclab.study.kept import load_study, newest_study
from fclab.values.names import CLASS_NAMES

SEEDS = 32
_LOT = 3200  # runs, 100 datasets: some 50 megabytes
_FIRST = datetime(2025, 1, 1, tzinfo=UTC)
_TYPES = {"String": "varchar", "BigInteger": "int8", "Integer": "int4", "Float": "float8",
          "JSON": "json", "Moment": "timestamptz", "LargeBinary": "bytea"}  # fmt: skip


def copy_store(source: Path, target: Store) -> None:
    """Everything that a store holds, row by row."""
    with Store(source, create=False) as store, store.engine.connect() as read:
        for table in schema.metadata.sorted_tables:
            for some in read.execute(select(table)).mappings().partitions(100):
                with target.engine.begin() as write:
                    write.execute(table.insert(), [dict(row) for row in some])


def fill(target: Store, study: Path, start: int, stop: int) -> None:
    """Add the copies from one number to another, both multiples of `SEEDS`."""
    made = _copies(study, start, stop)
    write = _copy if target.engine.dialect.name == "postgresql" else _executemany
    with _in_haste(target.engine):
        while lot := list(islice(made, _LOT // SEEDS)):
            runs = [run for _, runs in lot for run in runs]
            seals = [{"sealed": "run", "key": run["key"],
                      "seal": run_seal(run, has_weights=run["weights"] is not None)}
                     for run in runs]  # fmt: skip
            write(target.engine, schema.datasets, [dataset for dataset, _ in lot])
            write(target.engine, schema.runs, runs)
            write(target.engine, schema.seals, seals)


def triples() -> list[tuple[int, ...]]:
    """All triples of classes but the one of the study, in an order of chance."""
    every = [one for one in combinations(range(100), 3) if one != (0, 55, 58)]
    Random(0).shuffle(every)
    return every


def fingerprint_of(classes: Sequence[int], copy: int) -> str:
    """Of the images of some classes: made up, but of the same form."""
    return hashlib.sha256(f"copy {copy} of {classes}".encode()).hexdigest()


def _copies(study: Path, start: int, stop: int) -> Iterator[tuple[dict, list[dict[str, Any]]]]:
    """Rows of datasets, each with its runs."""
    with Store(study, create=False) as store:
        kept = load_study(store, newest_study(store))
        with store.engine.connect() as read:
            mine = schema.datasets.c.fingerprint == kept.dataset.fingerprint
            found = read.execute(select(schema.datasets).where(mine))
            base = dict(found.mappings().one())
            rows: dict[str, dict[int, dict[str, Any]]] = {}
            chosen = select(schema.runs).where(schema.runs.c.dataset == base["fingerprint"])
            for row in read.execute(chosen).mappings():
                rows.setdefault(row["recipe_key"], {})[row["seed"]] = dict(row)
    names = [row.recipe.key for row in kept.rows]
    every = triples()
    for number in range(start // SEEDS, stop // SEEDS):
        copy, place = divmod(number, len(every))
        dataset = _dataset(base, every[place], fingerprint_of(every[place], copy))
        recipe = names[number // 10 % len(names)] if number % 10 == 0 else names[0]
        first = _FIRST + timedelta(seconds=15 * SEEDS * number)
        yield (
            dataset,
            [
                _run(
                    rows[recipe][seed], dataset["fingerprint"], first + timedelta(seconds=15 * seed)
                )
                for seed in range(SEEDS)
            ],
        )


def _dataset(base: dict[str, Any], classes: Sequence[int], fingerprint: str) -> dict[str, Any]:
    info = {
        **base["info"],
        "name": "cifar100-" + "-".join(map(str, classes)),
        "fingerprint": fingerprint,
        "class_names": [list(CLASS_NAMES[number]) for number in classes],
    }
    row = {"fingerprint": fingerprint, "info": info, "targets": base["targets"]}
    return {**row, "digest": digest_of(row)}


def _run(row: dict[str, Any], fingerprint: str, created: datetime) -> dict[str, Any]:
    text = f"{fingerprint}|{row['recipe_key']}|{row['seed']}|{row['family']}"
    key = hashlib.sha256(text.encode()).hexdigest()  # as `fclab.store.pack.run_key`, much quicker
    content = {name: value for name, value in {**row, "dataset": fingerprint, "key": key}.items()
               if name not in ("digest", "created")}  # fmt: skip
    return {**content, "digest": digest_of(content), "created": created}


@contextmanager
def _in_haste(engine: Engine) -> Iterator[None]:
    """The server does not wait for its disk while a store is filled; afterwards it does again."""
    if engine.dialect.name != "postgresql":
        yield
        return
    settings = {"fsync": "off", "full_page_writes": "off", "max_wal_size": "'2GB'"}
    server = engine.execution_options(isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        for name, value in settings.items():
            connection.exec_driver_sql(f"ALTER SYSTEM SET {name} = {value}")
        connection.exec_driver_sql("SELECT pg_reload_conf()")
    try:
        yield
    finally:
        with server.connect() as connection:
            for name in settings:
                connection.exec_driver_sql(f"ALTER SYSTEM RESET {name}")
            connection.exec_driver_sql("SELECT pg_reload_conf()")
            connection.exec_driver_sql("CHECKPOINT")


def _copy(engine: Engine, table: Table, rows: list[dict[str, Any]]) -> None:
    from psycopg.types.json import Json

    names = table.columns.keys()
    types = [_TYPES[type(column.type).__name__] for column in table.columns]
    places = [name for name, kind in zip(names, types, strict=True) if kind == "json"]
    with closing(engine.raw_connection()) as raw:
        cursor = raw.cursor()
        statement = f"COPY {table.name} ({', '.join(names)}) FROM STDIN (FORMAT BINARY)"
        with cursor.copy(statement) as copy:
            copy.set_types(types)
            for row in rows:
                wrapped = {name: Json(row[name]) for name in places if row[name] is not None}
                copy.write_row([wrapped.get(name, row[name]) for name in names])
        raw.commit()


def _executemany(engine: Engine, table: Table, rows: list[dict[str, Any]]) -> None:
    names = table.columns.keys()
    marks = ", ".join("?" * len(names))
    statement = f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({marks})"
    written = [[_written(row[name]) for name in names] for row in rows]
    with engine.begin() as connection:
        connection.exec_driver_sql(statement, [tuple(row) for row in written])


def _written(value: Any) -> Any:
    """A value as SQLAlchemy writes it to SQLite."""
    if isinstance(value, dict | list):
        return json.dumps(value)
    if isinstance(value, datetime):
        return value.replace(tzinfo=None).isoformat(" ", "microseconds")
    return value
