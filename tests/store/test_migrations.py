"""Older schemas are led to today's, and nothing that was kept is lost on the way."""

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import text

from fclab.labs.kept import kept_lab
from fclab.labs.lab1.lab import LAB
from fclab.store import schema
from fclab.store.connect import for_writing, open_engine
from fclab.store.database import Store
from fclab.store.rescue import rescue
from fclab.study.kept import load_study, newest_study
from fclab.tuning.kept_ladder import load_ladder

OLD = Path(__file__).parents[1] / "golden" / "schema-0001" / "store.db"
STUDY = "pictures-0-55-58-lab"
ROWS = ["base", "stop", "batch-32", "past-32", "fc-3", "mine"]


@pytest.fixture
def old(tmp_path) -> Path:
    return Path(shutil.copy(OLD, tmp_path / "old.db"))


def what_it_holds(store: Store) -> None:
    """Everything of the old store, by today's kinds, newest first."""
    assert store.names("study") == ["lab/of-mine", STUDY]
    assert store.names("ladder") == ["pictures-0-55-58"]
    assert store.names("lab") == ["mine"]
    assert len(list(store.select())) == 16
    assert newest_study(store) == "lab/of-mine"
    for name in store.names("study"):
        assert [row.name for row in load_study(store, name).rows] == ROWS
    assert load_ladder(store, "pictures-0-55-58") is not None
    name, _, lab = kept_lab(store)
    assert (name, lab.title) == ("mine", {"student": "Иванова А. Б."})
    results = LAB.results(store, lab)
    assert [part.run.dataset.name for part in results.parts] == ["moons", "pictures-0-55-58"]
    assert results.study is not None  # with the row that was added to the study afterwards
    assert [line.row.name for line in results.study.lines] == ROWS
    assert results.ladder is not None
    assert not results.lost
    assert not results.lost_runs


@pytest.mark.parametrize("create", [True, False])
def test_studies_labs_and_ladders_get_kinds(old, create):
    for _ in range(2):  # led to today's schema, then read as it is
        with Store(old, create=create) as store:
            what_it_holds(store)
    with closing(sqlite3.connect(old)) as raw:
        tables = {name for (name,) in raw.execute("SELECT name FROM sqlite_master")}
        (version,) = raw.execute(f"SELECT version_num FROM {schema.VERSION_TABLE}").fetchone()
    assert "studies" not in tables
    assert version == schema.VERSION


def test_the_rescue_reads_an_old_schema_too(old, tmp_path):
    before = old.read_bytes()
    found = rescue(old, tmp_path / "new.db")
    assert (found.kept, found.lost) == (16, 0)
    assert old.read_bytes() == before
    with Store(tmp_path / "new.db") as store:
        what_it_holds(store)


def test_definitions_are_copied_as_they_are(address):
    """In either database: large numbers, other alphabets, quotes."""
    definition = {"settings": {"lr": 1e-7, "seed": 2**53}, "имя": "π \"parts\" 'x' \\"}
    _, engine = open_engine(address, "write", 5)
    config = Config()
    folder = Path(schema.__file__).parent / "migrations"
    config.set_main_option("script_location", str(folder))
    with for_writing(engine).begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        for number, old in enumerate(["mine", "lab/mine", "lab/x", "ladder/y", "ladder/z"]):
            kept = definition | {"lab/x": {"parts": []}, "ladder/z": {"rungs": []}}.get(old, {})
            connection.execute(
                text("INSERT INTO studies VALUES (:name, :definition, :updated)"),
                {"name": old, "definition": json.dumps(kept), "updated": f"2026-01-0{number + 1}"},
            )
    engine.dispose()
    with Store(address) as store:
        assert store.names("study") == ["ladder/y", "lab/mine", "mine"]
        assert store.names("lab") == ["x"]
        assert store.names("ladder") == ["z"]
        for study in store.names("study"):
            assert store.definition("study", study) == definition
        assert store.definition("lab", "x") == definition | {"parts": []}
