"""Connections to the database of a store, and its complaints in one line."""

import re
import sqlite3
from pathlib import Path, PurePath
from typing import Literal

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, OperationalError

from fclab.values.errors import Clause, DataError, FclabError, UsageError, system_reason
from fclab.values.extras import installing

BUSY_SECONDS = 60.0
"""How long a connection waits for another one before it gives up."""

Access = Literal["write", "read", "rescue"]
"""``write``: made where there is none; ``read``: must exist, whether or not it can be written;
``rescue``: read whatever a damaged file still gives away (SQLite only)."""

_PRAGMAS = (
    "PRAGMA synchronous=FULL",  # a commit is on the disk when it returns
    "PRAGMA fullfsync=ON",  # on macOS too, where fsync alone does not mean that
    "PRAGMA trusted_schema=OFF",  # a store may come from elsewhere: it runs no functions
    "PRAGMA cell_size_check=ON",  # damaged pages are noticed when they are read
)


def open_engine(where: str | Path, access: Access, seconds: float) -> tuple[str, Engine]:
    """The name of a store for people, without passwords, and its engine.

    Raises:
        UsageError: not an address, an unsupported database, or its driver is not installed.
        DataError: no such store.
        FclabError: the folder cannot be made.
    """
    if not is_address(where):
        return _open_file(Path(where), access, seconds)
    url = parsed(str(where))
    match url.get_backend_name():
        case "sqlite" if url.database and not url.query:
            return _open_file(Path(url.database), access, seconds)
        case _:
            return _open_postgresql(url, seconds)


def is_address(where: str | Path) -> bool:
    """Whether a store is named by the address of a database, not by a file."""
    return not isinstance(where, Path) and "://" in where and not _DRIVE.match(where)


_DRIVE = re.compile(r"[A-Za-z]://")
"""Of Windows, as in ``C://results``: no address has a scheme of one letter."""


def without_password(address: str) -> str:
    """An address that may be written down and used again: no password, and of its options those
    alone that say where the database is.

    Raises:
        UsageError: not an address.
    """
    url = parsed(address)
    query = {name: value for name, value in url.query.items() if name in _OF_PLACE}
    bare = url.set(query=query)._replace(password=None)  # to set it to None would change nothing
    return bare.render_as_string(hide_password=False)


_OF_PLACE = ("host", "hostaddr", "port", "sslmode", "service", "options")


def parsed(address: str, what: FclabError | None = None) -> URL:
    """The address of what is kept in a database.

    Raises:
        UsageError: not an address.
    """
    try:
        return make_url(address)
    except (ArgumentError, ValueError) as error:
        raise UsageError(
            "{what} is kept in a file or at an address such as "
            "postgresql://user@host/base; what was given is neither",
            what=what or Clause("the store"),
        ) from error


def postgresql(url: URL, otherwise: FclabError) -> tuple[str, URL]:
    """The name of a PostgreSQL database for people, and its address with the driver.

    Raises:
        UsageError: it is another database; ``otherwise`` begins the line.
    """
    name = url.set(query={}).render_as_string()
    if url.get_backend_name() != "postgresql":
        raise UsageError(
            "{otherwise} or in PostgreSQL, not in {name}", otherwise=otherwise, name=name
        )
    return name, url.set(drivername="postgresql+psycopg") if url.drivername == "postgresql" else url


_LONGEST_PATH = 500
"""Bytes of a path; SQLite opens 512, with its own endings."""


def _open_file(path: Path, access: Access, seconds: float) -> tuple[str, Engine]:
    if path.is_dir():
        raise DataError("the store {path} is a folder: name a file in it", path=path)
    if path.exists() and not path.is_file():
        raise DataError("the store {path} is a pipe or a device: name a file", path=path)
    if len(str(path.absolute()).encode("utf-8", "replace")) > _LONGEST_PATH:
        raise UsageError(
            "the path of the store {path} is too long for SQLite: choose a folder with a shorter "
            "one, or name the store by --store",
            path=path,
        )
    if access != "rescue" and _is_text(path):
        raise DataError("{path} is not a store of fclab: name another file", path=path)
    if access == "write":
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            reason = system_reason(error)
            raise FclabError(
                "cannot make the folder of the store {path}: {reason}", path=path, reason=reason
            ) from error
        return str(path), _sqlite(path, "mode=rwc", seconds)
    if not path.exists():
        raise DataError(
            "there is no store {path}: nothing has been kept there yet, begin with fclab run",
            path=path,
        )
    if access == "rescue":
        return str(path), _sqlite(path, "mode=ro", seconds, "PRAGMA writable_schema=ON")
    engine = _sqlite(path, "mode=rw", seconds)
    if _on_read_only_folder(path, engine):
        engine.dispose()
        engine = _sqlite(path, "immutable=1", seconds)
    return str(path), engine


def _is_text(path: Path) -> bool:
    """Whether a file was never a store, in contrast to a store that is damaged."""
    try:
        with path.open("rb") as file:
            head = file.read(4096)
    except OSError:  # absent, or it is said below why not
        return False
    return bool(head) and b"\0" not in head


def sqlite_address(path: PurePath, how: str) -> str:
    """A file as SQLite wants it named, whatever letters are in its path.

    Args:
        path: absolute. A share of Windows (``\\\\server\\share``) has no host in an address of
            SQLite: it begins with four slashes.
        how: parameters of the address.
    """
    address = path.as_uri()
    if path.drive.startswith("\\\\"):
        address = address.replace("file:", "file://", 1)
    return f"{address}?{how}"


def _sqlite(path: Path, how: str, seconds: float, *pragmas: str) -> Engine:
    absolute = path.absolute()  # the process may change its folder
    address = sqlite_address(absolute, how)

    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(
            address,
            uri=True,
            timeout=seconds,
            isolation_level=None,  # transactions begin where _begin says, for tables too
            check_same_thread=False,
        )
        try:
            for pragma in (*_PRAGMAS, *pragmas):
                connection.execute(pragma)
        except sqlite3.Error:
            connection.close()
            raise
        return connection

    engine = create_engine(URL.create("sqlite", database=str(absolute)), creator=connect)
    event.listen(engine, "begin", _begin)
    return engine


def _begin(connection: Connection) -> None:
    """SQLite's own kinds of transactions: DEFERRED reads, IMMEDIATE takes the turn to write at
    once (a reader that turns into a writer could not wait for it), None is no transaction."""
    kind = connection.get_execution_options().get("begin", "DEFERRED")
    if kind:
        connection.exec_driver_sql(f"BEGIN {kind}")


def for_writing(engine: Engine) -> Engine:
    """The engine for transactions that write."""
    return engine.execution_options(begin="IMMEDIATE")


def for_reading(engine: Engine) -> Engine:
    """The engine for transactions of several statements that see one state of the store."""
    if engine.dialect.name == "postgresql":  # SQLite knows no other ones
        return engine.execution_options(isolation_level="REPEATABLE READ")
    return engine


def without_transactions(engine: Engine) -> Engine:
    """The engine for what SQLite refuses to do in a transaction."""
    return engine.execution_options(begin=None)


def _on_read_only_folder(path: Path, engine: Engine) -> bool:
    """Whether SQLite cannot make the index of its log there. No log means no writer: the file
    can be read as it stands."""
    if path.with_name(f"{path.name}-wal").exists():
        return False
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql("SELECT count(*) FROM sqlite_master")
    except DBAPIError as error:
        name = getattr(error.orig, "sqlite_errorname", "")
        return name.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN"))
    return False


_PATIENCE = {
    "connect_timeout": 10,
    "keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
}  # fmt: skip
"""A server that does not answer at all, as behind a cut network, is given up within a minute."""


def _open_postgresql(url: URL, seconds: float) -> tuple[str, Engine]:
    name, url = postgresql(url, Clause("a store is kept in a file"))
    try:
        engine = create_engine(url, connect_args=_PATIENCE)
    except (NoSuchModuleError, ImportError) as error:
        raise UsageError(
            "the store {name} needs a driver: {install}",
            name=name,
            install=installing("postgresql"),
        ) from error

    @event.listens_for(engine, "connect")
    def _configure(connection, _record: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"SET lock_timeout = {round(1000 * seconds)}")
        connection.commit()

    return name, engine


def is_damage(error: Exception) -> bool:
    """Whether a value or a page could not be made out, in contrast to a busy or full disk."""
    return not isinstance(error, DBAPIError) or _kind(error) == "damaged"


def is_busy(error: DBAPIError) -> bool:
    """Whether another program holds the store."""
    return _kind(error) == "busy"


def is_lost(error: DBAPIError) -> bool:
    """Whether the server was lost, which may come back."""
    return _kind(error) == "lost"


def is_raced(error: DBAPIError) -> bool:
    """Whether two transactions hindered each other, as a run that is kept while its dataset, which
    had no run left, is removed: done again it comes through."""
    return _kind(error) == "raced"


def explain(name: str, error: DBAPIError, seconds: float) -> FclabError:
    """The one line that tells a person what is wrong with a store and what to do."""
    reason = _reason(error)
    match _kind(error):
        case "busy":
            return FclabError(
                "the store {name} has been locked by another program for {seconds:g} s; what "
                "it holds is untouched: close that program and run the command again",
                name=name,
                seconds=seconds,
            )
        case "full":
            return FclabError(
                "no room on the disk for the store {name}; the runs kept so far stay readable: "
                "make room and run the command again, it goes on where it stopped",
                name=name,
            )
        case "refused":
            return FclabError(
                "the store {name} cannot be written ({reason}): allow writing to the file and "
                "its folder, or choose another store",
                name=name,
                reason=reason,
            )
        case "disk":
            return FclabError(
                "the disk fails at the store {name} ({reason}); the runs kept so far stay "
                "readable: see that the disk is well and has room, and run the command again",
                name=name,
                reason=reason,
            )
        case "lost":
            return FclabError(
                "the server of the store {name} does not answer ({reason}); what was kept stays: "
                "see that the server runs and run the command again, it goes on where it stopped",
                name=name,
                reason=reason,
            )
        case "damaged":
            return damaged(name, reason)
        case _:
            return FclabError("the store {name}: {reason}", name=name, reason=reason)


def _reason(error: DBAPIError) -> FclabError:
    match " ".join(str(error.orig).split()):
        case "file is not a database":
            return Clause("file is not a database")
        case "database disk image is malformed":
            return Clause("database disk image is malformed")
        case "attempt to write a readonly database":
            return Clause("attempt to write a readonly database")
        case "unable to open database file":
            return Clause("unable to open database file")
        case "disk I/O error":
            return Clause("disk I/O error")
        case words:
            return Clause("{words}", words=words)


def damaged(name: str, what: FclabError) -> DataError:
    """That a store, or a part of it, cannot be read, and what to do."""
    return DataError(
        "the store {name} is damaged ({what}); it is left as it is: `fclab runs "
        "--store {name} --rescue NEW.db` copies what can still be read",
        name=name,
        what=what,
    )


_SQLITE = {
    "BUSY": "busy", "LOCKED": "busy", "FULL": "full", "IOERR": "disk", "NOMEM": "disk",
    "READONLY": "refused", "CANTOPEN": "refused", "PERM": "refused", "AUTH": "refused",
}  # fmt: skip
_POSTGRESQL = {
    "55P03": "busy", "53100": "full", "25006": "refused", "42501": "refused",
    "57P01": "lost", "57P02": "lost", "57P03": "lost",
    "40001": "raced", "40P01": "raced", "23503": "raced",
    "XX001": "damaged", "XX002": "damaged", "42P01": "damaged", "42703": "damaged",
}  # fmt: skip


def _kind(error: DBAPIError) -> str:
    if isinstance(error.orig, sqlite3.Error):
        # SQLITE_IOERR_WRITE is a kind of SQLITE_IOERR. What is left (corrupt, not a database, a
        # missing table, text that is not UTF-8) cannot come from the few statements of the store.
        name = getattr(error.orig, "sqlite_errorname", "SQLITE_CORRUPT")
        return _SQLITE.get(name.split("_")[1], "damaged")
    state = getattr(error.orig, "sqlstate", None) or ""
    # Without a state the server has not answered: it could not be reached, or is gone.
    unheard = isinstance(error, OperationalError) and not state
    if unheard or error.connection_invalidated or state.startswith("08"):
        return "lost"
    return _POSTGRESQL.get(state, "other")
