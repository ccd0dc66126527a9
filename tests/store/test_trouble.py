"""Locked, full, read-only, foreign, newer: one line that says what to do, and nothing lost."""

import os
import re
import shutil
import sqlite3
import tempfile
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np
import pytest
from kept import assert_same, made
from sqlalchemy import Engine, event, text

from fclab.store import schema
from fclab.store.connect import without_password
from fclab.store.database import Store
from fclab.values.errors import DataError, FclabError, UsageError


@contextmanager
def one_line(kind: type[FclabError], pattern: str) -> Iterator[pytest.ExceptionInfo[FclabError]]:
    """What a person sees: an error of ours, in one line that matches."""
    with pytest.raises(FclabError) as caught:
        yield caught
    assert type(caught.value) is kind, caught.value
    assert "\n" not in str(caught.value)
    assert re.search(pattern, str(caught.value)), caught.value


def holds(path: Path | str, *seeds: int) -> None:
    """The store can be read, and these runs are in it as they were put."""
    with Store(path, create=False) as store:
        for seed, run in zip(seeds, store.select(), strict=True):
            assert_same(run, made(seed))


# --- locked


@contextmanager
def locked(path: Path) -> Iterator[None]:
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield
        other.execute("ROLLBACK")


def test_a_locked_store_says_so_and_stays_readable(filled):
    with Store(filled, busy_seconds=0.05) as store:
        with locked(filled):
            with one_line(FclabError, r"filled\.db has been locked .* 0\.05 s.*close that program"):
                store.put(made(20))
            holds(filled, *range(12))
            with one_line(FclabError, "has been locked"):
                Store(filled, busy_seconds=0.05)
        store.put(made(20))
    holds(filled, *range(12), 20)


def test_a_file_that_is_locked_before_it_becomes_a_store(tmp_path):
    path = tmp_path / "new.db"
    with locked(path), one_line(FclabError, "has been locked"):
        Store(path, busy_seconds=0.05)
    Store(path).close()


def test_a_writer_waits_for_its_turn(filled):
    """Nobody is turned away while the other one is only slow."""
    freed = threading.Timer(0.2, lambda: other.execute("ROLLBACK"))
    with (
        closing(sqlite3.connect(filled, isolation_level=None, check_same_thread=False)) as other,
        Store(filled) as store,
    ):
        other.execute("BEGIN EXCLUSIVE")
        freed.start()
        store.put(made(20))
        freed.join()
    holds(filled, *range(12), 20)


@pytest.mark.parametrize("address", ["postgresql"], indirect=True)
def test_a_locked_table_of_a_server(address):
    with Store(address) as other, Store(address, busy_seconds=0.05) as store:
        with other.engine.begin() as connection:
            connection.execute(text("LOCK TABLE runs IN ACCESS EXCLUSIVE MODE"))
            with one_line(FclabError, r"has been locked .* 0\.05 s"):
                store.put(made(0))
        assert_same(store.put(made(0)), made(0))


# --- full


@contextmanager
def no_room_beyond(size: int) -> Iterator[None]:
    """No file may grow beyond so many bytes; the system refuses, as a full disk does."""
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def fill(store: Store) -> int:
    """Put runs until there is no room; how many fitted."""
    with one_line(FclabError, "room"):
        for seed in range(1000):
            store.put(made(seed))
    return seed


@pytest.mark.needs("resource")
def test_a_disk_that_refuses_to_grow_a_file(tmp_path):
    path = tmp_path / "store.db"
    with Store(path) as store:
        with no_room_beyond(200_000):
            fitted = fill(store)
            assert fitted > 2
            holds(path, *range(fitted))
            with one_line(FclabError, "room"):
                Store(tmp_path / "new.db").put(
                    made(0, snapshots={1: np.random.default_rng(0).random((10**5, 3))})
                )
        for seed in range(fitted, fitted + 3):
            store.put(made(seed))
    holds(path, *range(fitted + 3))


def test_a_full_database(tmp_path):
    """SQLite's own answer to a full disk."""
    path = tmp_path / "store.db"

    def limit(connection, _record) -> None:
        connection.execute("PRAGMA max_page_count=60")

    Store(path).close()
    event.listen(Engine, "connect", limit)
    try:
        with Store(path) as store:
            fitted = fill(store)
            with one_line(FclabError, r"no room on the disk for the store .*store\.db"):
                store.put(made(fitted))
            holds(path, *range(fitted))
    finally:
        event.remove(Engine, "connect", limit)
    assert fitted > 2
    holds(path, *range(fitted))


# --- read-only


@pytest.fixture
def guarded(_filled) -> Iterator[Path]:
    """A store in a folder that belongs to another user; we are nobody."""
    root = os.geteuid() == 0
    folder = Path(tempfile.mkdtemp())  # tmp_path lies in a folder that nobody may enter
    try:
        path = Path(shutil.copy(_filled, folder / "store.db"))
        path.chmod(0o444)
        folder.chmod(0o555)
        if root:
            os.seteuid(65534)
        yield path
    finally:
        if root:
            os.seteuid(0)
        folder.chmod(0o755)
        shutil.rmtree(folder)


@pytest.mark.needs("os.seteuid")
def test_a_store_that_may_only_be_read(guarded):
    with one_line(FclabError, r"cannot be written.*choose another store"):
        Store(guarded)
    holds(guarded, *range(12))
    with Store(guarded, create=False) as store:
        assert len(store.listing()) == 12
        with one_line(FclabError, "cannot be written"):
            store.put(made(20))
    assert [path.name for path in guarded.parent.iterdir()] == ["store.db"]


@pytest.mark.needs("os.seteuid")
def test_a_read_only_file_in_a_folder_of_ours(guarded):
    euid = os.geteuid()
    os.seteuid(0) if os.getuid() == 0 else None
    guarded.parent.chmod(0o777)
    os.seteuid(euid)
    with one_line(FclabError, "cannot be written"):
        Store(guarded)
    holds(guarded, *range(12))


def test_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").touch()
    with one_line(FclabError, r"cannot make the folder of the store .*file/store\.db"):
        Store(tmp_path / "file" / "store.db")
    with one_line(DataError, "is a folder: name a file in it"):
        Store(tmp_path)


# --- absent, foreign, newer


def test_reading_makes_nothing(tmp_path):
    with one_line(DataError, r"there is no store .*absent\.db"):
        Store(tmp_path / "deep" / "absent.db", create=False)
    assert not list(tmp_path.iterdir())
    (tmp_path / "empty.db").touch()
    with one_line(DataError, "is empty"):
        Store(tmp_path / "empty.db", create=False)
    assert not (tmp_path / "empty.db").stat().st_size


@pytest.mark.parametrize("address", ["postgresql"], indirect=True)
def test_reading_makes_no_tables(address):
    for _ in range(2):
        with one_line(DataError, "is empty"):
            Store(address, create=False)


def test_a_database_of_something_else_is_left_as_it_is(tmp_path):
    path = tmp_path / "bookmarks.db"
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE alembic_version (version_num TEXT)")  # others use Alembic too
        other.execute("INSERT INTO alembic_version VALUES ('0001')")
        other.commit()
    before = path.read_bytes()
    for create in (True, False):
        with one_line(DataError, r"bookmarks\.db is a database of something else than fclab"):
            Store(path, create=create)
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["bookmarks.db"]


def test_a_newer_store_is_left_as_it_is(address):
    with Store(address) as store, store._writer.begin() as connection:
        connection.execute(text(f"UPDATE {schema.VERSION_TABLE} SET version_num = '0999'"))
    for create in (True, False):
        with one_line(DataError, r"written by a newer fclab \(schema 0999.*upgrade fclab"):
            Store(address, create=create)


@pytest.mark.parametrize("version", ["0000", "", "1", b"\x00"])
def test_a_version_that_never_was(filled, version):
    with closing(sqlite3.connect(filled)) as raw:
        raw.execute(f"UPDATE {schema.VERSION_TABLE} SET version_num = ?", [version])
        raw.commit()
    with one_line(DataError, "damaged"):
        Store(filled)
    with closing(sqlite3.connect(filled)) as raw:
        raw.execute(f"DELETE FROM {schema.VERSION_TABLE}")
        raw.commit()
    with one_line(DataError, r"damaged \(its version is \[\]"):
        Store(filled)


@pytest.mark.parametrize(
    ("where", "kind", "pattern"),
    [
        ("mysql://me:secret@host/base", UsageError, "a file or in PostgreSQL"),
        ("sqlite://", UsageError, "a file or in PostgreSQL"),
        ("://secret", UsageError, "a file or at an address"),
        ("postgresql://me:secret@host:port/base", UsageError, "a file or at an address"),
        ("postgresql+nodriver://me:secret@host/base", UsageError, "needs a driver"),
    ],
)
def test_addresses_that_cannot_be_meant(where, kind, pattern):
    with one_line(kind, pattern) as caught:
        Store(where)
    assert "secret" not in str(caught.value)


def test_a_server_that_does_not_answer():
    pytest.importorskip("psycopg")
    with one_line(FclabError, r"postgresql://me:\*\*\*@127\.0\.0\.1:1/base.*refused"):
        Store("postgresql://me:secret@127.0.0.1:1/base")


@pytest.mark.needs("os.mkfifo")
@pytest.mark.parametrize("create", [True, False])
def test_a_pipe_is_no_store(tmp_path, create):
    path = tmp_path / "pipe.db"
    os.mkfifo(path)
    with one_line(DataError, "is a pipe or a device"), Store(path, create=create):
        pass
    assert path.is_fifo()


def test_an_address_is_written_down_without_its_password():
    written = without_password("postgresql://me:secret@host:5433/base?sslmode=require&password=pw")
    assert written == "postgresql://me@host:5433/base?sslmode=require"
