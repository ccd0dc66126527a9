"""Kept studies: read without images, killed at any moment, shared by two processes."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from small_study import values

from fclab.labs.lab1.study import study_name
from fclab.store.database import Store
from fclab.study.kept import keep_study, load_study, newest_study
from fclab.values.errors import DataError

HERE = Path(__file__).parent


def test_a_study_comes_back_without_images_and_without_training(done, monkeypatch):
    monkeypatch.setattr("fclab.study.trainer.train", None)
    with Store(done.path, create=False) as store:
        assert newest_study(store) == "small"
        again = load_study(store, "small")
    assert again.definition.model_dump(mode="json") == done.study.definition.model_dump(mode="json")
    assert again.dataset == done.data.info
    assert values(again) == values(done.study)


def test_names(done):
    assert study_name(done.data.info, "lab") == "pictures-0-55-58-lab"
    with (
        Store(done.path, create=False) as store,
        pytest.raises(DataError, match=r"no study 'mine'.*there are small"),
    ):
        load_study(store, "mine")


def test_what_is_missing_or_foreign_is_said(done, tmp_path):
    with Store(tmp_path / "new.db") as store:
        with pytest.raises(DataError, match=r"no study is kept.*`fclab study`"):
            newest_study(store)
        keep_study(store, "alone", done.study)  # the definition without its runs
        with pytest.raises(DataError, match="3 of 3 runs of row 'base'"):
            load_study(store, "alone")
        store.keep("study", "newer", {"format": 2})
        with pytest.raises(DataError, match="another version of fclab"):
            load_study(store, "newer")


@pytest.fixture(scope="module")
def killed(tmp_path_factory) -> tuple[Path, dict]:
    """What is left of studies that were killed at 20 random moments or more."""
    folder = tmp_path_factory.mktemp("killed")
    paths = os.pathsep.join([str(HERE), *sys.path])
    told = subprocess.run(
        [sys.executable, str(HERE / "killed.py"), str(folder), "1", "20"],
        env=os.environ | {"PYTHONPATH": paths, "OPENBLAS_NUM_THREADS": "1"},
        capture_output=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert told.returncode == 0, told.stderr
    return folder, json.loads(told.stdout)


@pytest.mark.needs("os.fork")
@pytest.mark.slow
def test_a_study_killed_at_any_moment_ends_with_the_same_table(killed):
    folder, told = killed
    assert told["kills"] >= 20
    assert len({round(moment, 3) for moment in told["moments"]}) >= 15
    tables = {path.name: json.loads(path.read_text("utf-8")) for path in folder.glob("*.json")}
    assert sum(name.startswith("killed") for name in tables) == told["lives"]
    (undisturbed,) = (t for name, t in tables.items() if name.startswith("undisturbed"))
    assert len(undisturbed) == 8
    for name, table in tables.items():
        assert table == undisturbed, name


@pytest.mark.needs("os.fork")
@pytest.mark.slow
def test_nothing_is_kept_twice_lost_or_half_written(killed):
    folder, _ = killed
    keys = {}
    for path in folder.glob("*.db"):
        with Store(path, create=False) as store:
            keys[path.name] = sorted(entry.key for entry in store.listing())
            assert len(list(store.select())) == len(keys[path.name])  # whole: digests are right
            assert len(set(keys[path.name])) == len(keys[path.name])
    assert len(keys) >= 4
    assert len({tuple(found) for found in keys.values()}) == 1
    left = {path.suffix for path in folder.iterdir()}
    assert left <= {".db", ".json", ".db-wal", ".db-shm"}


@pytest.mark.needs("os.fork")
@pytest.mark.slow
def test_two_processes_on_one_store_end_with_the_same_table(killed):
    folder, _ = killed
    one, other = (json.loads(path.read_text("utf-8")) for path in folder.glob("two.*.json"))
    assert one == other
