"""Stores of both kinds to keep runs in."""

import os
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from kept import made
from sqlalchemy import create_engine, text

from fclab.store.database import Store


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request, tmp_path: Path) -> Iterator[str]:
    """A new store: a file, and a schema of its own in the database of FCLAB_TEST_POSTGRESQL."""
    if request.param == "sqlite":
        yield str(tmp_path / "store.db")
        return
    base = os.environ.get("FCLAB_TEST_POSTGRESQL")
    if not base:
        pytest.skip("FCLAB_TEST_POSTGRESQL does not name a database")
    schema = f"fclab_{uuid.uuid4().hex}"
    engine = create_engine(base.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as connection:
        connection.execute(text(f"CREATE SCHEMA {schema}"))
    try:
        yield f"{base}?options=-csearch_path%3D{schema}"
    finally:
        with engine.begin() as connection:
            connection.execute(text(f"DROP SCHEMA {schema} CASCADE"))
        engine.dispose()


@pytest.fixture(scope="session")
def _filled(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("filled") / "store.db"
    with Store(path) as store:
        for seed in range(12):
            store.put(made(seed))
        store.put_study("mine", {"rows": ["base"]})
    return path


@pytest.fixture
def filled(_filled: Path, tmp_path: Path) -> Path:
    """A file of its own with the runs of seeds 0 to 11 and a study."""
    return Path(shutil.copy(_filled, tmp_path / "filled.db"))
