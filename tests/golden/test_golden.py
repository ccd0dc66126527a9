"""What released versions left behind can still be read (`make.py` wrote it)."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from fclab.cli import main
from fclab.labs.lab1.study import final_table
from fclab.store.database import Store
from fclab.store.folder import read_model
from fclab.study.kept import load_study, newest_study

VERSIONS = sorted(path.parent for path in Path(__file__).parent.glob("*/expected.json"))


@pytest.fixture(params=VERSIONS, ids=lambda folder: folder.name)
def folder(request, tmp_path) -> Path:
    """A copy: an older store is led to today's schema when it is opened."""
    return Path(shutil.copytree(request.param, tmp_path / "golden"))


def expected(folder: Path) -> dict:
    return json.loads((folder / "expected.json").read_text("utf-8"))


def test_there_are_artefacts_of_the_first_version():
    assert "0.1.0" in [folder.name for folder in VERSIONS]


def test_the_store_and_its_study_are_read(folder):
    was = expected(folder)
    with Store(folder / "store.db") as store:
        assert len(list(store.select())) == was["runs"]  # every run, every digest
        assert newest_study(store) == "small"
        table = final_table(load_study(store, "small"))
    assert [line.row.name for line in table.lines] == [row["row"] for row in was["table"]]
    for line, row in zip(table.lines, was["table"], strict=True):
        assert line.test.mean == pytest.approx(row["test"])
        assert line.train.mean == pytest.approx(row["train"])
        assert line.iterations == row["iterations"]
        assert line.row.parent == row["parent"]
        if line.parent:
            assert line.comparison.difference == pytest.approx(row["difference"])


def test_the_table_command_reads_it(folder, capsys):
    with pytest.raises(SystemExit) as ended:
        main(["table", "--store", str(folder / "store.db"), "--format", "json", "--lang", "en"])
    assert not ended.value.code
    rows = json.loads(capsys.readouterr().out)["rows"]
    assert [row["row"] for row in rows] == [row["row"] for row in expected(folder)["table"]]


def test_the_model_of_the_run_folder_answers_as_it_did(folder):
    was, model = expected(folder), read_model(folder / "run")
    raw = np.array(was["raw"], np.uint8)
    np.testing.assert_allclose(model.outputs(raw), was["outputs"], rtol=1e-4, atol=1e-5)
    kept = json.loads((folder / "run" / "run.json").read_text("utf-8"))
    assert kept["recipe_key"] == model.recipe.key  # a recipe's key outlives new fields
