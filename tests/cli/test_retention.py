"""What a vacuum takes away is not missed by any study, lab, ladder, report or export."""

import json
import shutil
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from fclab.cli import main
from fclab.data.binary import binary_points
from fclab.labs.upkeep import needed_by
from fclab.store import schema
from fclab.store.database import Store
from fclab.store.retention import Retention, find_unused, remove_unused
from fclab.store.upkeep import faults
from fclab.store.wanted import Wanted
from fclab.study.trainer import get_or_train, train_again
from fclab.values.recipe import BINARY

sys.path.append(str(Path(__file__).parents[1] / "store"))

from kept import DATA, RECIPE, assert_same, made, pictures

OLD = Path(__file__).parents[1] / "golden" / "schema-0001" / "store.db"
GRAM = made(0).engine.model_copy(update={"name": "gram"})
NOW = timedelta(0)


def fclab(*arguments: object) -> int:
    with pytest.raises(SystemExit) as ended:
        main([*map(str, arguments), "--lang", "en"])
    return int(ended.value.code or 0)


def copied(path: Path, address: str) -> None:
    """What a file holds, into any database."""
    with Store(path) as source, Store(address) as target, source.engine.connect() as read:
        for table in schema.metadata.sorted_tables:
            if rows := [dict(row) for row in read.execute(select(table)).mappings()]:
                with target.engine.begin() as write:
                    write.execute(table.insert(), rows)


def shown(address: str, folder: Path, capsys) -> dict[str, object]:
    """All that the commands make of what is kept."""
    with Store(address) as store:
        studies = store.names("study")
    tables = {}
    capsys.readouterr()
    for name in studies:
        assert fclab("table", "--study", name, "--format", "json", "--store", address) == 0
        tables[name] = json.loads(capsys.readouterr().out)
    model = ("export", f"{studies[-1]}:stop", "--to", "torch", "--out", folder / "model")
    assert fclab(*model, "--store", address) == 0
    files = {"model": (folder / "model" / "model.pt").read_bytes()}
    if address.endswith(".db"):  # takes seconds
        assert fclab("report", "--format", "html", "--out", folder, "--store", address) == 0
        files["report"] = (folder / "report.html").read_bytes()
    return {"tables": tables, **files}


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_nothing_that_is_kept_loses_anything(kind, request, tmp_path, capsys):
    address = str(tmp_path / "store.db")
    if kind == "sqlite":
        shutil.copy(OLD, address)
    else:
        address = request.getfixturevalue("database")
        copied(Path(shutil.copy(OLD, tmp_path / "old.db")), address)
    before = shown(address, tmp_path / "before", capsys)
    with Store(address) as store:
        strange = [made(seed, RECIPE.replace(lr=0.7), DATA, engine=GRAM) for seed in range(3)]
        for run in strange:
            store.put(run)
    vacuum = ("store", "vacuum", "--yes", "--days", 0, "--store", address)
    assert fclab(*vacuum, "--light") == 0
    with Store(address) as store:
        for run in store.select(schema.runs.c.dataset == DATA.fingerprint):
            (whole,) = [one for one in strange if one.seed == run.seed]
            assert (run.weights, run.snapshots, list(run.outputs)) == ({}, {}, ["test"])
            assert run.metrics == whole.metrics
            assert run.history.keys() == whole.history.keys()
    assert fclab(*vacuum, "--unused") == 0
    with Store(address) as store:
        assert store.count(Wanted(data=lambda info: info.name == DATA.name)) == 0
        assert find_unused(store, needed_by, Retention(NOW)).n == 0
        assert list(faults(store)) == []
    assert shown(address, tmp_path / "after", capsys) == before


def test_only_what_was_named_goes(tmp_path):
    other = pictures(12)
    with Store(tmp_path / "store.db") as store:
        for dataset in (DATA, other):
            for seed in range(2):
                store.put(made(seed, RECIPE, dataset, engine=GRAM))
        mine = Retention(NOW, Wanted(data=lambda info: info.sizes["train"] == 12))
        assert find_unused(store, needed_by, mine).n == 2
        assert remove_unused(store, needed_by, mine) == 2
        assert {run.dataset.fingerprint for run in store.select()} == {DATA.fingerprint}
        assert remove_unused(store, needed_by, Retention(timedelta(days=1))) == 0


def test_a_study_that_is_finished_meanwhile_loses_nothing(tmp_path):
    """Between the question and the removal somebody has kept a definition."""
    path = tmp_path / "store.db"
    named = {"fingerprint": DATA.fingerprint, "rows": [{"recipe": RECIPE.model_dump(mode="json")}]}
    with Store(path) as store, Store(path) as other:
        for seed in range(3):
            store.put(made(seed, RECIPE, engine=GRAM))
        assert find_unused(store, needed_by, Retention(NOW)).n == 3
        other.keep("study", "mine", named)
        assert remove_unused(store, needed_by, Retention(NOW)) == 0
        assert store.count() == 3


def test_what_was_left_out_is_trained_again_when_a_study_wants_it(tmp_path):
    data, recipe = binary_points(points=40), BINARY.replace(epochs=3)
    with Store(tmp_path / "store.db") as store:

        def trained() -> list:
            return get_or_train(store, data, [recipe], range(2), engine="fused")[recipe]

        before = trained()
        assert remove_unused(store, needed_by, Retention(NOW, what="heavy")) == 2
        assert not any(run.weights for run in store.select())
        first, second = trained()
        assert_same(first, replace(before[0], seconds=first.seconds))
        assert second.metrics == before[1].metrics
        (again,) = train_again([second], data)
        assert again.weights.keys() == before[1].weights.keys()
        assert store.count() == 2
        assert list(faults(store)) == []
