"""A large store is read by pages and indexes, and says what a small one says."""

import hashlib
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from kept import DATA, ENGINE, RECIPE, made
from sqlalchemy import delete, event

from fclab.cli import main
from fclab.labs.upkeep import needed_by
from fclab.store import reading, schema
from fclab.store.database import Store
from fclab.store.pack import pack_dataset, pack_run, run_key
from fclab.store.retention import Retention, find_unused, remove_unused
from fclab.store.seals import run_seal
from fclab.store.upkeep import facts
from fclab.store.vacuum import reclaim, repack
from fclab.store.wanted import Wanted
from fclab.values.dataset import ClassName
from fclab.values.errors import DataError

RUNS, FEW, START = 6000, 480, datetime(2026, 1, 1, tzinfo=UTC)
DATASETS = [
    replace(DATA, name=f"pictures-{n}", class_names=tuple(
        ClassName(k, f"class {k}", f"класс {k}") for k in (n, 50 + n, 99)))
    for n in range(20)
]  # fmt: skip
RECIPES = [RECIPE, RECIPE.replace(lr=0.5), RECIPE.replace(layers=(3, 3))]
GRAM = ENGINE.model_copy(update={"name": "gram"})


def fill(store: Store, runs: int) -> None:
    """Runs written as rows; nothing large is in them."""
    light = {"weights": {}, "outputs": {}, "snapshots": {}}
    packed = [
        (pack_dataset(run), pack_run(run))
        for n, dataset in enumerate(DATASETS)
        for recipe in RECIPES
        for run in [made(1, recipe, dataset, engine=GRAM if n % 4 else ENGINE, **light)]
    ]
    rows, seals = [], []
    for number in range(runs):
        row = {**packed[number % len(packed)][1]}
        row |= {
            "key": hashlib.sha256(str(number).encode()).hexdigest(),
            "seed": number // len(packed),
            "diverged_at": 3 if number % 50 == 0 else None,
            "created": START + timedelta(minutes=number * 7 % runs, seconds=number % 3),
        }
        rows.append(row)
        seal = run_seal(row, has_weights=False)
        seals.append({"sealed": "run", "key": row["key"], "seal": seal})
    with store.engine.begin() as connection:
        datasets = {row["fingerprint"]: row for row, _ in packed}
        connection.execute(schema.datasets.insert(), list(datasets.values()))
        connection.execute(schema.runs.insert(), rows)
        connection.execute(schema.seals.insert(), seals)
    reclaim(store)  # and the planner knows it


@pytest.fixture
def many(address, monkeypatch) -> Iterator[Store]:
    """A store that is larger than a small one: so large that indexes are worth while."""
    monkeypatch.setattr(reading, "SMALL", 100)
    with Store(address) as store:
        fill(store, RUNS)
        yield store


@pytest.fixture
def some(address, monkeypatch) -> Iterator[Store]:
    """The same with fewer runs, of which a listing has several lots."""
    monkeypatch.setattr(reading, "SMALL", 100)
    monkeypatch.setattr(reading, "_OF_A_LISTING", 100)
    with Store(address) as store:
        fill(store, FEW)
        yield store


WANTED = {
    "everything": Wanted(),
    "data": Wanted(data=lambda info: "-1" in info.name),
    "no data": Wanted(data=lambda info: False),
    "recipe": Wanted(recipe=lambda recipe: recipe.lr == 0.5),
    "engine": Wanted(engine="gram"),
    "seeds": Wanted(seeds=(3, 7)),
    "diverged": Wanted(diverged=True),
    "healthy": Wanted(diverged=False),
    "key": Wanted(key="3F"),
    "no key": Wanted(key="3fx_%"),
    "several": Wanted(data=lambda info: "7" in info.name, seeds=(1, 2, 3), engine="gram"),
}


def read(store: Store) -> dict[str, Any]:
    """What a store says of its runs."""
    found: dict[str, Any] = {}
    for name, wanted in WANTED.items():
        pages = [store.page(wanted, number=n, length=30) for n in (1, 14, 20)]
        found[name] = (store.count(wanted), pages)
    found["entries"] = list(store.entries(WANTED["seeds"]))
    found["all"] = [entry.key for entry in store.entries()]
    found["conditions"] = [one.seed for one in store.listing(schema.runs.c.seed > 5)]
    return found


def test_a_large_store_says_what_a_small_one_says(some, monkeypatch):
    large = read(some)
    monkeypatch.setattr(reading, "SMALL", 10**6)
    small = read(some)
    for name, said in small.items():
        assert large[name] == said, name
    count, pages = small["everything"]
    assert count == FEW == len(small["all"])
    assert [len(page.entries) for page in pages] == [30, 30, 0]
    assert [page.start for page in pages] == [FEW - 30, FEW - 14 * 30, 0]
    assert small["no data"][0] == small["no key"][0] == 0
    assert 0 < small["several"][0] < small["engine"][0] < FEW


def test_damage_of_a_large_store_is_said(some):
    newest = some.page(length=1).entries[0].key
    runs, seals = schema.runs, schema.seals

    def change(statement, complaint: str, ask: Callable[[], object]) -> None:
        with some.engine.begin() as connection:
            connection.execute(statement)
        with pytest.raises(DataError, match=complaint):
            ask()

    changed = runs.update().where(runs.c.key == newest)
    change(changed.values(seconds=77.0), f"run {newest[:12]}", some.page)
    change(delete(runs).where(runs.c.key == newest), f"1 of {FEW} runs are lacking", some.page)
    change(delete(seals).where(seals.c.key.in_(["0" * 64])), "1 of", lambda: list(some.entries()))


# --- by which way


@contextmanager
def asked(store: Store) -> Iterator[list[tuple[str, Any]]]:
    """The questions that a store asks its database meanwhile."""
    found: list[tuple[str, Any]] = []

    def note(_connection, _cursor, statement, parameters, *_) -> None:
        if re.match(r"\s*(SELECT|UPDATE|DELETE)", statement):
            found.append((statement, parameters))

    event.listen(store.engine, "before_cursor_execute", note)
    yield found
    event.remove(store.engine, "before_cursor_execute", note)


def plans(store: Store, questions: list[tuple[str, Any]]) -> list[str]:
    """How the database goes about them, as it says itself."""
    how = "EXPLAIN" if store.engine.dialect.name == "postgresql" else "EXPLAIN QUERY PLAN"
    found = []
    with store.engine.connect() as connection:
        for statement, parameters in questions:
            lines = connection.exec_driver_sql(f"{how} {statement}", parameters)
            found.append("\n".join(str(line[-1]) for line in lines))
    return found


SCANNED = re.compile(r"Seq Scan on runs|SCAN runs(?! USING)", re.IGNORECASE)
"""All of the table is read, in the words of either database."""

QUESTIONS: dict[str, Callable[[Store], object]] = {
    "get": lambda store: store.get(DATASETS[1].fingerprint, RECIPE, range(32), GRAM),
    "page": lambda store: store.page(length=50),
    "page in the middle": lambda store: store.page(number=60, length=50),
    "page of a recipe": lambda store: store.page(WANTED["recipe"], length=50),
    "page of data": lambda store: store.page(WANTED["data"], length=50),
    "page of an engine": lambda store: store.page(WANTED["engine"], length=50),
    "diverged": lambda store: store.page(WANTED["diverged"], length=50),
    "key": lambda store: store.page(WANTED["key"], length=50),
    "listing": lambda store: next(store.entries()),
    "of a study": lambda store: store.listing(
        schema.runs.c.dataset.in_({DATASETS[1].fingerprint, DATASETS[2].fingerprint}),
        schema.runs.c.recipe_key.in_({recipe.key for recipe in RECIPES[:2]}),
        schema.runs.c.seed.in_(set(range(32))),
    ),
    "old form": lambda store: repack(store, lambda row: "whole"),
}


def test_no_question_reads_the_whole_table(many):
    """Large stores have rows of kilobytes: what is asked is found in an index."""
    for name, ask in QUESTIONS.items():
        with asked(many) as questions:
            ask(many)
        assert questions, name
        for (statement, _), plan in zip(questions, plans(many, questions), strict=True):
            assert not SCANNED.search(plan), f"{name}\n{statement}\n{plan}"


def test_what_nothing_needs_is_found_in_an_index(many):
    """Groups of runs, and the rows of those alone that would go."""
    few = Retention(timedelta(0), Wanted(data=lambda info: info.name == "pictures-3"))
    with asked(many) as questions:
        assert find_unused(many, needed_by, few).n == RUNS / len(DATASETS)
        assert remove_unused(many, needed_by, few) == RUNS / len(DATASETS)
    assert facts(many).counts["datasets"] == len(DATASETS) - 1
    for (statement, _), plan in zip(questions, plans(many, questions), strict=True):
        assert not SCANNED.search(plan), f"{statement}\n{plan}"


# --- on the terminal


def runs(capsys, address: str, *arguments: str) -> tuple[int, list[str], str]:
    with pytest.raises(SystemExit) as ended:
        main(["runs", *arguments, "--store", address, "--lang", "en"])
    out, err = capsys.readouterr()
    return int(ended.value.code or 0), out.splitlines(), err


def test_runs_come_in_pages(some, address, capsys):
    oldest, newest = some.page(length=FEW).entries[0], some.page(length=1).entries[0]
    code, lines, _ = runs(capsys, address)
    assert code == 0
    assert sum("pictures-" in line for line in lines) == 50
    assert lines[-1] == "Runs: 480; shown 431 to 480, the newest last; earlier ones: --page 2"
    assert newest.key[:8] in lines[-3]
    _, lines, _ = runs(capsys, address, "--page", "69", "--limit", "7")
    assert lines[-1] == "Runs: 480; shown 1 to 4, the newest last"
    assert any(oldest.key[:8] in line for line in lines)
    _, lines, _ = runs(capsys, address, "--last", "2", "--classes", "3", "--lr", "0.5")
    assert lines[-1] == "Runs: 8; shown 7 to 8, the newest last; earlier ones: --page 2"
    some.put(made(0))
    key = run_key(DATA.fingerprint, RECIPE, 0, ENGINE)
    _, lines, _ = runs(capsys, address, key[:12])
    assert any(key in line for line in lines)


@pytest.mark.parametrize(("arguments", "said"), [
    (("--limit", "0"), "from 1 to 10000, not 0"),
    (("--limit", "1000000"), "fclab export writes all"),
    (("--page", "0"), "--page is a number from 1"),
    (("--page", "121"), "there is no page 121, the last one is 10"),
    (("a",), "runs have keys that start with 'a'"),
    (("a%",), "no run that is wanted"),
])  # fmt: skip
@pytest.mark.parametrize("address", ["sqlite"], indirect=True)
def test_pages_that_are_not_there(some, address, capsys, arguments, said):
    code, lines, err = runs(capsys, address, *arguments)
    assert (code, lines) == (2, [])
    assert said in err
