"""Where a search is kept: a journal in a file, or PostgreSQL; and which of its processes live.

Several processes may work on one search. A process that was killed leaves candidates behind that
look as if they were being trained still, so each process holds a lock that the system takes from
it however it ends: a locked file beside the journal, an advisory lock of the database.
"""

import secrets
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from glob import escape
from pathlib import Path
from typing import Protocol

import optuna
from filelock import FileLock, Timeout
from optuna.exceptions import StorageInternalError
from optuna.storages import BaseStorage, JournalStorage, RDBStorage
from optuna.storages.journal import JournalFileBackend
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError, NoSuchModuleError, SQLAlchemyError

from fclab.store.connect import BUSY_SECONDS, explain, is_address, parsed, postgresql
from fclab.values.errors import Clause, DataError, FclabError, UsageError
from fclab.values.extras import installing
from fclab.values.files import writing
from fclab.values.held import discard

_BYTES = 8
"""Of the identity of a process; written as twice as many digits."""
_ALONE = 0
"""Key of the lock of `SearchStorage.alone`; no worker has it."""


class SearchStorage(Protocol):
    """Where a search is kept.

    Attributes:
        name: for people, without passwords.
        storage: as Optuna wants it.
        worker: the identity of this process there, as long as it is open.
    """

    name: str
    storage: BaseStorage
    worker: str

    def alone(self) -> AbstractContextManager[object]:
        """Within the block no other process begins a search, asks for candidates or takes any
        over."""
        ...

    def has_ended(self, worker: str) -> bool:
        """Whether the process of that identity has ended."""
        ...

    def close(self) -> None:
        """Let go of it."""
        ...


@contextmanager
def opened(where: str | Path) -> Iterator[SearchStorage]:
    """The place of a search, made if there is none.

    Args:
        where: a file (Optuna's journal), or ``postgresql://user@host/base``.

    Raises:
        UsageError: another kind of address: SQLite is not for searches, several processes would
            lock each other out. DataError: not a journal, or a damaged one.
        FclabError: it cannot be opened, read or written.
    """
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    place = _open(where)
    try:
        with _saying(place.name):
            yield place
    finally:
        place.close()


def _open(where: str | Path) -> SearchStorage:
    if not is_address(where):
        return _Journal(Path(where))
    name, url = postgresql(
        parsed(str(where), Clause("a search")), Clause("a search is kept in a journal file")
    )
    with _saying(name):
        return _Database(name, url.render_as_string(hide_password=False))


@contextmanager
def _saying(name: str) -> Iterator[None]:
    """Turn what Optuna and the database complain about into one line."""
    try:
        yield
    except (NoSuchModuleError, ImportError) as error:
        raise UsageError(
            "{name} needs a driver: {install}", name=name, install=installing("postgresql")
        ) from error
    except (StorageInternalError, SQLAlchemyError) as error:
        reason = error.__cause__ if isinstance(error, StorageInternalError) else error
        if isinstance(reason, DBAPIError):
            raise explain(name, reason, BUSY_SECONDS) from error
        raise FclabError("{name}: {reason}", name=name, reason=reason) from error


class _Journal:
    def __init__(self, path: Path):
        self._path, self.name = path, str(path)
        if path.is_dir():
            raise DataError("the journal {path} is a folder: name a file in it", path=path)
        if path.exists() and not path.is_file():
            raise DataError("the journal {path} is a pipe or a device: name a file", path=path)
        # Optuna's own locks are files that a killed process leaves behind.
        self._lock = FileLock(path.with_name(f"{path.name}.lock"))
        with writing(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
            with self.alone():
                _drop_torn_line(path)
                self._sweep()
                self.worker = secrets.token_hex(_BYTES)
                self._alive = FileLock(self._sign(self.worker))
                self._alive.acquire()
        backend = JournalFileBackend(
            str(path),
            lock_obj=self._lock,  # pyright: ignore[reportArgumentType] (two methods are all it needs)
        )
        try:
            self.storage: BaseStorage = JournalStorage(backend)
            self.storage.get_all_studies()
        except (ValueError, KeyError, TypeError, AssertionError) as error:
            self.close()
            raise DataError(
                "{path} is not the journal of a search, or is damaged; it is left as it is: "
                "name another file",
                path=path,
            ) from error

    def _sign(self, worker: str) -> Path:
        return self._path.with_name(f"{self._path.name}.{worker}.lock")

    def _sweep(self) -> None:
        """Remove what killed processes have left beside the journal."""
        signs = f"{escape(self._path.name)}.{'[0-9a-f]' * (2 * _BYTES)}.lock"
        for sign in self._path.parent.glob(signs):
            self.has_ended(sign.name.split(".")[-2])

    def alone(self) -> AbstractContextManager[object]:
        return self._lock.acquire()  # what is appended within the block acquires it once more

    def has_ended(self, worker: str) -> bool:
        sign = self._sign(worker)
        try:
            with FileLock(sign, timeout=0):
                pass
        except Timeout:
            return False
        discard(sign)
        return True

    def close(self) -> None:
        self._alive.release()
        discard(self._sign(self.worker))


def _drop_torn_line(path: Path) -> None:
    """A power cut may leave half of the last line; the next line must not be joined to it."""
    with path.open("r+b") as file:
        whole = file.read()
        if not whole.endswith(b"\n"):
            file.truncate(whole.rfind(b"\n") + 1)


class _Database:
    def __init__(self, name: str, url: str):
        self.name = name
        arguments = {"connect_args": {"connect_timeout": 10}, "pool_pre_ping": True}
        self._engine = create_engine(url, isolation_level="AUTOCOMMIT", **arguments)
        try:
            with self.alone():  # the tables are made once
                self._database = RDBStorage(url, engine_kwargs=arguments)
        except RuntimeError as error:  # tables of another version of Optuna
            raise FclabError("{name}: {reason}", name=name, reason=error) from error
        self.storage: BaseStorage = self._database
        self._alive = self._engine.connect()
        key = 1 + secrets.randbits(62)
        self._alive.execute(text("SELECT pg_advisory_lock(:key)"), {"key": key})
        self.worker = str(key)

    @contextmanager
    def alone(self) -> Iterator[None]:
        with self._engine.connect() as connection:
            key = {"key": _ALONE}
            connection.execute(text("SELECT pg_advisory_lock(:key)"), key)
            try:
                yield
            finally:
                connection.execute(text("SELECT pg_advisory_unlock(:key)"), key)

    def has_ended(self, worker: str) -> bool:
        key = {"key": int(worker)}
        with self._engine.connect() as connection:
            ended = connection.execute(text("SELECT pg_try_advisory_lock(:key)"), key).scalar()
            if ended:
                connection.execute(text("SELECT pg_advisory_unlock(:key)"), key)
        return bool(ended)

    def close(self) -> None:
        self._alive.invalidate()  # the connection ends, and with it the lock
        self._alive.close()
        self._database.remove_session()
        self._database.engine.dispose()
        self._engine.dispose()
