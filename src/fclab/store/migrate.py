"""The schema has a version; older stores are led to today's, newer ones are refused."""

from pathlib import Path
from time import monotonic, sleep

from sqlalchemy import Connection, Engine, column, inspect, select, table, text
from sqlalchemy.exc import OperationalError

from fclab.store import schema
from fclab.store.connect import damaged, for_writing, is_busy, without_transactions
from fclab.store.reading import named
from fclab.values.errors import Clause, DataError

_MIGRATIONS = Path(__file__).parent / "migrations"
_ADVISORY = 0x66636C6162  # "fclab": the number of PostgreSQL's lock for migrations
_VERSION = table(schema.VERSION_TABLE, column("version_num"))


def prepare(engine: Engine, name: str, seconds: float) -> None:
    """Create the tables, or lead an older schema to the newest one, and see that the store can be
    written. Any number of processes may do so at once: one transaction decides.

    Raises:
        DataError: the database belongs to something else, or to a newer fclab; an older store
            is damaged.
    """
    with engine.connect() as connection:
        _version(connection, name)  # what is not ours is refused before anything is changed
    if engine.dialect.name == "sqlite":
        _use_wal(engine, seconds)
    with for_writing(engine).begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": _ADVISORY})
        if _version(connection, name) != schema.VERSION:
            _migrate(connection, name)
        connection.execute(_VERSION.delete().where(text("1 = 0")))  # fails on a read-only file


def check(engine: Engine, name: str, seconds: float) -> None:
    """See that the database is a store; lead an older schema to the newest one.

    Raises:
        DataError: it is empty, belongs to something else, or to a newer fclab.
    """
    with engine.connect() as connection:
        version = _version(connection, name)
    if version is None:
        raise DataError("the store {name} is empty: nothing has been kept there yet", name=name)
    if version != schema.VERSION:
        prepare(engine, name, seconds)


def _version(connection: Connection, name: str) -> str | None:
    """The schema's version, or None of an empty database."""
    tables = inspect(connection).get_table_names()
    foreign = _foreign(connection)
    if schema.VERSION_TABLE not in tables:
        tables += foreign
        if tables:
            raise DataError(
                "{name} is a database of something else than fclab: choose another one", name=name
            )
        return None
    if foreign:
        raise damaged(name, Clause("{what} in it is not of fclab", what=foreign[0]))
    versions = connection.execute(select(_VERSION.c.version_num)).scalars().all()
    match versions:
        case [str(version)] if len(version) == len(schema.VERSION) and version.isdecimal():
            pass
        case _:
            raise damaged(name, Clause("its version is {version}", version=versions))
    if version > schema.VERSION:
        raise DataError(
            "the store {name} was written by a newer fclab (schema {version}, this one "
            "knows {known}): upgrade fclab",
            name=name,
            version=version,
            known=schema.VERSION,
        )
    return version


def _foreign(connection: Connection) -> list[str]:
    """What can run for ever when it is read, and is in no store: views, triggers, tables that
    are computed. A server is believed."""
    if connection.dialect.name != "sqlite":
        return []
    found = connection.exec_driver_sql(
        "SELECT type || ' ' || name FROM sqlite_master "
        "WHERE type NOT IN ('table', 'index') OR rootpage IS NULL OR rootpage < 1"
    )
    return [str(name) for name in found.scalars()]


def _migrate(connection: Connection, name: str) -> None:
    # Only here: a store of today's schema is opened without Alembic, which takes long to import.
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    try:
        with named(name, Clause("a run")):
            command.upgrade(config, "head")
    except CommandError as error:
        raise damaged(
            name, Clause("its version is {version}", version=_version(connection, name))
        ) from error


def _use_wal(engine: Engine, seconds: float) -> None:
    """Readers do not wait for the writer. The file remembers it.

    SQLite does not wait its turn to change this, so it is asked again until the time is over.
    """
    deadline = monotonic() + seconds
    with without_transactions(engine).connect() as connection:
        while connection.exec_driver_sql("PRAGMA journal_mode").scalar_one() != "wal":
            try:
                connection.exec_driver_sql("PRAGMA journal_mode=WAL")
            except OperationalError as error:
                if not is_busy(error) or monotonic() > deadline:
                    raise
                sleep(0.02)
            else:
                return  # or the file system does not know it, and the store is slower
