"""`fclab store`: what is there, whether it is whole, and a smaller store that says the same."""

import shutil
import sqlite3
import sys
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from fclab.cli import main
from fclab.labs.upkeep import Keeping, named_by, needed_by
from fclab.store import schema
from fclab.store.database import Store
from fclab.store.retention import Retention, find_unused, remove_unused
from fclab.store.upkeep import facts, faults
from fclab.store.vacuum import reclaim, repack
from fclab.study.kept import load_study
from fclab.values.recipe import Recipe

sys.path += [str(Path(__file__).parents[1] / name) for name in ("store", "study")]

from kept import DATA, RECIPE, assert_same, made
from small_study import values

GOLDEN = Path(__file__).parents[1] / "golden" / "0.1.0" / "store.db"


@pytest.fixture
def old(tmp_path) -> Path:
    """A store that version 0.1.0 kept: a study, arrays as safetensors, weights of every run."""
    return Path(shutil.copy(GOLDEN, tmp_path / "old.db"))


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request, tmp_path) -> str:
    if request.param == "sqlite":
        return str(tmp_path / "store.db")
    return request.getfixturevalue("database")


def fclab(capsys, *arguments: object, lang: str = "en") -> tuple[int, str, str]:
    """Exit code, stdout and stderr of `fclab store ...`."""
    with pytest.raises(SystemExit) as ended:
        main(["store", *map(str, arguments), "--lang", lang])
    return (ended.value.code or 0, *capsys.readouterr())


def change(path: Path, statement: str, *values_: object) -> None:
    with closing(sqlite3.connect(path)) as raw, raw:
        raw.execute(statement, values_)


@pytest.mark.parametrize(("lang", "words"), [
    ("en", ("Takes room", "in the form of an older version", "Studies")),
    ("ru", ("Занимают место", "в форме старой версии", "Исследований")),
])  # fmt: skip
def test_info_says_what_is_there(old, capsys, lang, words):
    code, out, err = fclab(capsys, "info", "--store", old, lang=lang)
    assert code == 0
    assert str(old) in err
    assert all(word in " ".join(out.split()) for word in words), out


def test_a_whole_store_is_whole(old, address, capsys):
    assert fclab(capsys, "check", "--store", old)[0] == 0
    with Store(address) as store:
        store.put(made(0))
        store.put(made(3))
        store.put_measures({row.key: {"gradient": 0.1} for row in store.listing()})
        store.keep("study", "mine", {"rows": []})
        assert list(faults(store)) == []
        found = facts(store)
        assert (found.counts["runs"], found.counts["study"], found.old) == (2, 1, 0)
        assert found.size > 0


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE runs SET seed = 77 WHERE seed = 1", "run {key} is damaged; it hits study/small"),
        ("UPDATE runs SET arrays = x'00' WHERE seed = 1", "run {key} is damaged; it hits study/"),
        ("DELETE FROM runs WHERE seed = 1", "run {key} is damaged"),
        ("UPDATE datasets SET targets = x'00'", "; it hits study/small"),
        ("UPDATE definitions SET definition = '{}'", "study/small is damaged"),
        ("DELETE FROM definitions", "study/small is damaged"),
        ("DELETE FROM datasets", "FOREIGN KEY runs"),
    ],
)
def test_check_says_what_is_hit_and_what_to_do(old, capsys, statement, said):
    Store(old).close()  # led to today's schema
    with closing(sqlite3.connect(old)) as raw:
        (key,) = raw.execute("SELECT key FROM runs WHERE seed = 1").fetchone()
    change(old, statement)
    before = old.read_bytes()
    code, out, err = fclab(capsys, "check", "--store", old)
    assert code == 1
    assert said.format(key=key[:12]) in out
    assert "--rescue NEW.db" in err
    assert old.read_bytes() == before


def test_damaged_pages_are_found(old, capsys):
    Store(old).close()
    content = bytearray(old.read_bytes())
    middle = len(content) // 2 // 4096 * 4096
    content[middle : middle + 4096] = bytes(4096)
    old.write_bytes(content)
    code, out, err = fclab(capsys, "check", "--store", old)
    assert code == 1
    assert "damaged" in out + err


def test_an_older_store_gets_smaller_and_says_the_same(old, capsys):
    with Store(old) as store:
        study = load_study(store, "small")
        before, size = values(study), facts(store).size
        runs = {run.seed: run for run in study.runs["base"]}
    code, _, err = fclab(capsys, "vacuum", "--store", old)
    assert code == 0
    assert "MB now" in err
    with Store(old) as store:
        found, again = facts(store), load_study(store, "small")
        assert found.old == 0
        assert found.size < size
        assert values(again) == before
        for run in again.runs["base"]:
            assert_same(run, runs[run.seed])  # of small networks nothing is left out
        assert list(faults(store)) == []
    assert fclab(capsys, "vacuum", "--store", old)[0] == 0  # again, with nothing to do


def test_packing_that_is_stopped_leaves_every_run_whole(old):
    class Stopped(Exception):
        pass

    def stop(done: float, expected: float) -> None:
        raise Stopped

    with Store(old) as store:
        many = facts(store).old
        assert many > 16
        with pytest.raises(Stopped):
            repack(store, lambda run: "whole", stop)
        assert 0 < facts(store).old < many
        assert list(faults(store)) == []
        assert repack(store, Keeping(store)) > 0
        assert list(faults(store)) == []


def test_only_what_nobody_names_is_removed(address):
    """And not what another process may be training right now."""
    other = RECIPE.replace(lr=0.7)
    named = {"fingerprint": DATA.fingerprint, "rows": [{"recipe": RECIPE.model_dump(mode="json")}]}
    with Store(address) as store:
        for recipe in (RECIPE, other):
            for seed in (0, 1):
                store.put(made(seed, recipe))
        store.put_measures({row.key: {"x": 1.0} for row in store.listing()})
        store.keep("study", "mine", named)
        # The runs of `made` are of the reference engine, which others are compared with.
        now, later = Retention(timedelta(0)), Retention(timedelta(days=1))
        assert remove_unused(store, needed_by, now) == 0
        trained = made(5, other, engine=made(0).engine.model_copy(update={"name": "gram"}))
        store.put(trained)
        assert remove_unused(store, needed_by, later) == 0
        assert find_unused(store, needed_by, later).n == 0
        found = find_unused(store, needed_by, now)
        assert (found.n, [row["seed"] for row in found.examples]) == (1, [5])
        assert found.size > 100
        assert len(store.listing()) == 5
        assert remove_unused(store, needed_by, now) == 1
        reclaim(store)
        assert [row.seed for row in store.listing()] == [0, 1, 0, 1]
        assert list(faults(store)) == []


def test_unused_runs_are_listed_and_asked_about(tmp_path, capsys, monkeypatch):
    path = tmp_path / "store.db"
    with Store(path) as store:
        for seed in range(25):
            store.put(made(seed))
    command = ("vacuum", "--unused", "--days", 0, "--store", path)
    code, out, err = fclab(capsys, *command)
    assert code == 2
    assert "add --yes" in err
    assert out.count("seed") == 20
    assert "… and 5 more. Unused runs: 25" in err
    code, out, err = fclab(capsys, *command, "--dry-run")
    assert (code, out.count("seed")) == (0, 20)
    assert "Unused runs: 25" in err
    assert "MB now" not in err
    assert "No run is unused" in fclab(capsys, *command, "--dry-run", "--dataset", "xor")[2]
    monkeypatch.setattr("sys.stdin", Answering("n\n"))
    assert fclab(capsys, *command)[0] == 0
    with Store(path) as store:
        assert len(store.listing()) == 25
    monkeypatch.setattr("sys.stdin", Answering("да\n"))
    assert "Удалено запусков: 25" in fclab(capsys, *command, lang="ru")[2]
    with Store(path) as store:
        assert store.listing() == []


class Answering:
    """A terminal that gives an answer."""

    def __init__(self, answer: str):
        self._answer = answer

    def isatty(self) -> bool:
        return True

    def readline(self) -> str:
        return self._answer


def test_what_is_named_is_found_in_definitions_of_any_kind():
    recipe = Recipe(layers=(5, 3))
    run = {"recipe": recipe.model_dump(mode="json"), "fingerprint": "b" * 64, "seed": 3}
    found = named_by({"parts": [{"fingerprint": "a" * 64, "seed": 7, "deep": [{"it": [run]}]}]})
    assert found.datasets == {"a" * 64, "b" * 64}
    assert found.recipes == {recipe.key}
    assert found.parts == {("b" * 64, recipe.key, 3)}


def test_another_process_writes_while_a_store_is_packed(address):
    with Store(address) as store, Store(address) as other:
        store.put(made(0))
        reclaim(store)
        other.put(made(1))
        repack(store, lambda run: "whole")
        assert len(other.listing()) == 2
        with store.engine.connect() as connection:
            chosen = text(f"SELECT count(*) FROM {schema.seals.name}")
            assert connection.execute(chosen).scalar_one() == 2
