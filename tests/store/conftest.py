"""Stores of both kinds to keep runs in."""

import shutil
from pathlib import Path

import pytest
from kept import made

from fclab.store.database import Store


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request, tmp_path: Path) -> str:
    """A new store: a file, and a schema in PostgreSQL."""
    if request.param == "sqlite":
        return str(tmp_path / "store.db")
    return request.getfixturevalue("database")


@pytest.fixture(scope="session")
def _filled(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("filled") / "store.db"
    with Store(path) as store:
        for seed in range(12):
            store.put(made(seed))
        store.keep("study", "mine", {"rows": ["base"]})
    return path


@pytest.fixture
def filled(_filled: Path, tmp_path: Path) -> Path:
    """A file of its own with the runs of seeds 0 to 11 and a study."""
    return Path(shutil.copy(_filled, tmp_path / "filled.db"))
