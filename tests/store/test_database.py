"""What is kept comes back: from a file and from a server, to the bit, by its key."""

import math
import pickle
import sqlite3
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from kept import DATA, ENGINE, RECIPE, assert_same, made, pictures

from fclab.data.binary import binary_points
from fclab.engines import train
from fclab.store import pack, schema
from fclab.store.database import Store
from fclab.store.folder import write_run
from fclab.store.pack import HEAVY, pack_dataset, pack_run, run_key, unpack_run
from fclab.values.errors import DataError, FclabError, UsageError
from fclab.values.recipe import BINARY
from fclab.values.run import EngineChoice

HEAVY_SIDE = 40  # pixels
HEAVY_RECIPE = RECIPE.replace(layers=(60, 3))


def test_runs_come_back_to_the_bit(address):
    held = pictures(valid=True)
    trained = next(
        train(binary_points(points=40), [BINARY.replace(epochs=3)], [3], engine="reference")
    )
    runs = [made(0), made(5, dataset=held), made(1, RECIPE.replace(lr=0.5)), trained]
    with Store(address) as store:
        for run in runs:
            assert_same(store.put(run), run)
    with Store(address) as store:
        for run in runs:
            again = store.get(run.dataset.fingerprint, run.recipe, [run.seed], run.engine)
            assert_same(again[run.seed], run)
        assert [run.seed for run in store.select()] == [0, 5, 1, 3]  # oldest first


def test_only_what_is_asked_for_is_found(address):
    with Store(address) as store:
        for seed in (2, 0):
            store.put(made(seed))
        assert sorted(store.get(DATA.fingerprint, RECIPE, range(1000), ENGINE)) == [0, 2]
        assert not store.get(DATA.fingerprint, RECIPE.replace(lr=1), [0], ENGINE)
        assert not store.get("another", RECIPE, [0], ENGINE)
        assert not store.get(DATA.fingerprint, RECIPE, [0], EngineChoice(name="gram"))
        cuda = EngineChoice(name="reference", device="cuda")
        assert not store.get(DATA.fingerprint, RECIPE, [0], cuda)
        why = EngineChoice(name="reference", reason="for another reason")
        assert store.get(DATA.fingerprint, RECIPE, [0], why)
        assert [run.seed for run in store.select(schema.runs.c.seed > 0)] == [2]
        key = run_key(DATA.fingerprint, RECIPE, 2, ENGINE)
        assert [run.seed for run in store.runs(["no such key", key])] == [2]


def test_many_seeds_at_once(tmp_path):
    run = made(0, snapshots={})
    with Store(tmp_path / "store.db") as store:
        for seed in range(0, 1000, 10):
            store.put(replace(run, seed=seed))
        found = store.get(DATA.fingerprint, RECIPE, range(1000), ENGINE)
    assert list(found) == list(range(0, 1000, 10))


def test_the_first_one_stays(address):
    """Two processes that train the same run go on with the same one."""
    first, second = made(3), made(3, metrics={"train_loss": 0.25})
    with Store(address) as store:
        store.put(first)
        assert_same(store.put(second), first)
        assert len(list(store.select())) == 1


def test_a_diverged_run_comes_back(address):
    run = made(
        0,
        metrics={"train_loss": math.nan, "train_accuracy": math.nan},
        history={"running_loss": np.array([1.0, np.inf, np.nan])},
        diverged_at=2,
    )
    with Store(address) as store:
        store.put(run)
        assert_same(next(store.select()), run)
        (entry,) = store.listing()
    assert entry.diverged_at == 2
    assert math.isnan(entry.metrics["train_loss"])


def test_heavy_weights_are_kept_for_seed_0_only(address, tmp_path):
    data = pictures(side=HEAVY_SIDE)
    zero, one = (made(seed, HEAVY_RECIPE, data) for seed in (0, 1))
    assert sum(array.nbytes for array in one.weights.values()) > HEAVY
    with Store(address) as store:
        assert_same(store.put(zero), zero)
        # What is put and what is read are alike, so a study that goes on sees what it saw before.
        assert_same(store.put(one), replace(one, weights={}))
        found = store.get(data.fingerprint, HEAVY_RECIPE, [0, 1], ENGINE)
        assert [entry.has_weights for entry in store.listing()] == [True, False]
    assert_same(found[0], zero)
    assert_same(found[1], replace(one, weights={}))
    with pytest.raises(FclabError, match="trains it again from its seed"):
        write_run(found[1], tmp_path / "folder")
    assert not (tmp_path / "folder").exists()


def test_the_listing_says_what_is_there_without_reading_it(address, monkeypatch):
    runs = [made(0), made(1, RECIPE.replace(lr=0.25, epochs=3))]
    moments = [datetime(2026, 2, 28, 23, 59, 59, k, tzinfo=UTC) for k in (125, 126)]
    clock = iter(moments)
    monkeypatch.setattr(pack, "datetime", SimpleNamespace(now=lambda zone: next(clock)))
    with Store(address) as store:
        for run in runs:
            store.put(run)
        entries = store.listing()
        assert [entry.seed for entry in store.listing(schema.runs.c.seed == 1)] == [1]
    for entry, run, moment in zip(entries, runs, moments, strict=True):
        for name in (
            "dataset",
            "recipe",
            "seed",
            "engine",
            "metrics",
            "epochs",
            "seconds",
            "machine",
        ):
            assert getattr(entry, name) == getattr(run, name), name
        assert entry.key == run_key(run.dataset.fingerprint, run.recipe, run.seed, run.engine)
        assert entry.created.utcoffset() == timedelta(0)
        assert entry.created == moment


def test_studies(address):
    with Store(address) as store:
        assert store.definition("study", "mine") is None
        store.keep("study", "mine", {"rows": ["base"], "имя": "π"})
        store.keep("study", "other", {})
        store.keep("lab", "mine", {"parts": []})
        store.keep("study", "mine", {"rows": ["base", "stop"]})
    with Store(address) as store:
        assert store.definition("study", "mine") == {"rows": ["base", "stop"]}
        assert store.definition("lab", "mine") == {"parts": []}
        assert store.names("study") == ["mine", "other"]
        assert store.names("lab") == ["mine"]
        assert store.names("ladder") == []


def test_a_definition_is_replaced_unless_another_process_has_changed_it(address):
    with Store(address) as store:
        assert store.replace("study", "mine", {"rows": 1}, None)
        assert not store.replace("study", "mine", {"rows": 2}, None)
        assert store.replace("study", "mine", {"rows": 2}, {"rows": 1})
        assert not store.replace("study", "mine", {"rows": 3}, {"rows": 1})
        assert store.definition("study", "mine") == {"rows": 2}
        assert store.names("study") == ["mine"]


def test_a_run_is_kept_anew(address):
    with Store(address) as store:
        store.put(made(3, snapshots={}))
        assert_same(store.put(made(3), anew=True), made(3))
        assert_same(next(store.select()), made(3))
        assert len(store.listing()) == 1


def test_numbers_of_numpy_are_numbers(address):
    """A seed from ``np.arange``, a metric that is a NumPy scalar."""
    metrics = {"test_loss": np.float32(0.5)}
    run = replace(made(4), seed=np.int64(4), metrics=metrics, seconds=np.float64(1))
    with Store(address) as store:
        store.put(run)
        assert store.get(DATA.fingerprint, RECIPE, [4], ENGINE)[4].metrics == {"test_loss": 0.5}


@given(
    seed=st.integers(0, 2**63 - 1),
    epochs=st.integers(1, 300),
    snapshots=st.sets(st.integers(1, 10**6), max_size=12),
    loss=st.floats(),
)
def test_any_run_survives_packing(seed, epochs, snapshots, loss):
    recipe = RECIPE.replace(epochs=epochs)
    shots = {epoch: np.full((2, 3), epoch, np.float32) for epoch in sorted(snapshots)}
    run = made(seed, recipe, snapshots=shots, metrics={"test_loss": loss})
    again = unpack_run(pack_run(run), run.dataset, run.targets)
    kept = loss if math.isfinite(loss) else math.nan
    assert_same(again, replace(run, metrics={"test_loss": kept}))


def test_a_seed_too_large_for_a_database_is_refused(address):
    with Store(address) as store:
        store.put(made(2**63 - 1))
        with pytest.raises(UsageError, match="below 2\\^63"):
            store.put(made(2**63))


def test_files_lie_where_they_were_opened(tmp_path, monkeypatch):
    """Odd names, a relative path, and a process that changes its folder."""
    (tmp_path / "before").mkdir()
    (tmp_path / "after").mkdir()
    monkeypatch.chdir(tmp_path / "before")
    name = "мой 100 % store?#.db"
    with Store(f"new/folder/{name}") as store:
        monkeypatch.chdir(tmp_path / "after")
        store.put(made(0))
    assert [path.name for path in (tmp_path / "before" / "new" / "folder").iterdir()] == [name]
    assert not list((tmp_path / "after").iterdir())
    with Store(f"sqlite:///{tmp_path / 'url.db'}") as store:
        store.put(made(0))
    assert (tmp_path / "url.db").exists()


def test_nothing_is_unpickled(filled, tmp_path):
    """A pickle in the place of arrays is damage, with a digest that fits it something unknown."""
    with sqlite3.connect(filled) as raw:
        raw.execute("UPDATE runs SET arrays = ?", [pickle.dumps(_Bomb())])
    raw.close()
    with Store(filled) as store, pytest.raises(DataError, match="damaged"):
        next(store.select())
    row = pack_run(made(0)) | {"arrays": pickle.dumps(_Bomb())}
    _resign(row)
    with Store(tmp_path / "unknown.db") as store:
        store.put_rows(pack_dataset(made(0)), row)
        with pytest.raises(DataError, match="another version of fclab"):
            next(store.select())
    assert not _Bomb.exploded


class _Bomb:
    exploded = False

    def __reduce__(self):
        return setattr, (_Bomb, "exploded", True)


def _resign(row: dict) -> None:
    from fclab.store import pack

    content = {name: value for name, value in row.items() if name not in ("digest", "created")}
    row["digest"] = pack.digest_of(content)
