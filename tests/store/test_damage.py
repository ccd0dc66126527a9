"""A damaged store: right numbers or an error in one line, at every door; never wrong numbers."""

import io
import json
import shutil
import sqlite3
from contextlib import closing, redirect_stderr, redirect_stdout
from dataclasses import replace
from pathlib import Path

import pytest
from damage import KINDS, harm
from kept import DATA, ENGINE, RECIPE, assert_same, made

from fclab.cli import main
from fclab.store.database import Store
from fclab.store.export import run_row
from fclab.store.pack import run_key
from fclab.store.rescue import rescue
from fclab.study.kept import load_study, newest_study
from fclab.values.dataset import ClassName
from fclab.values.errors import DataError, FclabError

GOLDEN = Path(__file__).parents[1] / "golden" / "0.1.0" / "store.db"
RUNS = 40  # beside those of the study: enough for trees of several levels
KEY = run_key(DATA.fingerprint, RECIPE, 3, ENGINE)
COMMANDS = {
    "runs": ("runs",),
    "run": ("runs", KEY[:16]),
    "export": ("export",),
    "table": ("table", "--format", "json"),
    "compare": ("compare", "stop", "base"),
}


def fclab(*arguments: str) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of a command."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as ended:
        main([*arguments, "--lang", "en"])
    return ended.value.code or 0, out.getvalue(), err.getvalue()


def commands(store: Path) -> dict[str, tuple[int, str]]:
    """Exit code and answer of every command that reads a store; a complaint is one line."""
    table = store.with_suffix(".csv")
    table.unlink(missing_ok=True)
    found = {}
    for name, arguments in COMMANDS.items():
        out = ("--out", str(table)) if name == "export" else ()
        code, answer, said = fclab(*arguments, *out, "--store", str(store))
        if name == "export" and not code:
            answer = table.read_text("utf-8")
        assert code in (0, 1), (name, said)
        assert not code or said.count("fclab: ") == 1, (name, said)
        found[name] = (code, answer)
    return found


def doors(store: Path) -> dict[str, tuple[int, object]]:
    """What the commands read, without their words: 0 and the values, or 1."""

    def listed(kept: Store) -> object:
        return [run_row(entry) for entry in kept.listing()]

    def histories(kept: Store) -> object:
        return [(run.seed, [v.tobytes() for v in run.history.values()]) for run in kept.select()]

    def study(kept: Store) -> object:
        found = load_study(kept, newest_study(kept))
        metrics = {row: [run.metrics for run in runs] for row, runs in found.runs.items()}
        return found.definition, found.dataset, metrics

    found = {}
    for name, read in {"runs": listed, "histories": histories, "study": study}.items():
        try:
            with Store(store, create=False) as kept:
                found[name] = (0, read(kept))
        except FclabError as error:
            found[name] = (1, " ".join(str(error).split("\n")))
    return found


@pytest.fixture(scope="module")
def truth(tmp_path_factory):
    """A store with a study and many runs; what every door says of it, and all that it holds."""
    path = tmp_path_factory.mktemp("whole") / "store.db"
    shutil.copy(GOLDEN, path)
    with Store(path) as store:
        for seed in range(RUNS):
            store.put(made(seed))
        entries = {entry.key: entry for entry in store.listing()}
        runs = dict(zip(entries, store.runs(list(entries)), strict=True))
        studies = {name: store.definition("study", name) for name in store.names("study")}
    return path, runs, studies


def rescued(store: Path, runs: dict, studies: dict) -> None:
    """What a rescue gives is right, and what is lacking is said."""
    new = store.with_name("rescued.db")
    for old in store.parent.glob("rescued.db*"):
        old.unlink()
    try:
        told = rescue(store, new)
    except FclabError:
        return
    with Store(new, create=False) as found:
        entries = found.listing()
        for entry, run in zip(entries, found.select(), strict=True):
            assert_same(run, runs[entry.key])
        assert len(entries) == told.kept
        for name in found.names("study"):
            assert found.definition("study", name) == studies[name]


def tried(seeds: range, truth, tmp_path: Path, ways) -> tuple[int, list[tuple]]:
    """How many stores were refused by a door, and the wrong answers."""
    whole, runs, studies = truth
    answers, refused, wrong = ways(whole), 0, []
    for seed in seeds:
        path = tmp_path / "harmed.db"
        for old in tmp_path.glob("harmed.db*"):
            old.unlink()
        shutil.copy(whole, path)
        kind = harm(path, seed)
        found = ways(path)
        wrong += [
            (seed, kind, name)
            for name, (code, answer) in found.items()
            if code == 0 and answer != answers[name][1]
        ]
        refused += any(code for code, _ in found.values())
        rescued(path, runs, studies)
    return refused, wrong


def test_pages_harmed_at_random(truth, tmp_path):
    refused, wrong = tried(range(2 * len(KINDS)), truth, tmp_path, doors)
    assert not wrong
    assert refused > len(KINDS) / 2


@pytest.mark.campaign
@pytest.mark.parametrize("ways", [doors, commands])
def test_many_pages_harmed_at_random(truth, tmp_path, ways):
    refused, wrong = tried(range(1000, 1300), truth, tmp_path, ways)
    assert not wrong
    assert refused > 100


# --- what a page harmed at random hardly ever is


def change(path: Path, statement: str, *values: object) -> None:
    """A row is changed behind the back of its digests."""
    with closing(sqlite3.connect(path)) as raw, raw:
        assert raw.execute(statement, values).rowcount == 1


def refuses(path: Path, what: str, *names: str) -> None:
    """The commands say in one line what is damaged, and how to go on."""
    for name in names:
        code, answer, said = fclab(*COMMANDS[name], "--store", str(path))
        assert (code, answer) == (1, ""), name
        assert said.count("fclab: ") == 1
        assert f"is damaged ({what}" in said
        assert f"--store {path} --rescue NEW.db" in said


@pytest.fixture
def copy(truth, tmp_path) -> Path:
    return Path(shutil.copy(truth[0], tmp_path / "copy.db"))


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("metrics", "null"),
        ("metrics", '{"train_loss": "low"}'),
        ("metrics", '{"train_loss": 0.5'),
        ("metrics", "[" * 100_000),
        ("recipe", "{}"),
        ("engine", "7"),
        ("seed", 12345),
        ("seconds", "soon"),
        ("epochs", 0),
        ("created", "once"),
        ("created", "2001-01-01 00:00:00.000000"),
        ("diverged_at", 1),
        ("machine", None),
        ("weights", None),
        ("digest", "0" * 64),
        ("dataset", "0" * 64),
        ("key", "0" * 64),
    ],
)
def test_a_changed_value_is_seen_by_every_listing(copy, column, value):
    change(copy, f"UPDATE runs SET {column} = ? WHERE key = ?", value, KEY)
    refuses(copy, "a run" if column == "created" and value == "once" else "", "runs", "export")


def test_a_changed_dataset_is_seen(copy):
    change(
        copy,
        "UPDATE datasets SET info = replace(info, 'class 8', 'x') WHERE info LIKE '%class 8%'",
    )
    refuses(copy, "a run", "runs", "export")


def test_a_lost_run_is_missed(copy):
    change(copy, "DELETE FROM runs WHERE key = ?", KEY)
    total = RUNS + json.loads((GOLDEN.parent / "expected.json").read_text("utf-8"))["runs"]
    refuses(copy, f"1 of {total} runs are lacking", "runs", "export")
    with Store(copy) as store:
        with pytest.raises(DataError, match=f"damaged .run {KEY[:12]}"):
            store.get(DATA.fingerprint, RECIPE, [2, 3, 4], ENGINE)
        with pytest.raises(DataError, match="lacking"):
            list(store.select())
    found = rescue(copy, copy.with_name("new.db"))
    assert (found.kept, found.lost) == (total - 1, 1)


def test_a_lost_seal_is_missed(copy):
    change(copy, "DELETE FROM seals WHERE key = ?", KEY)
    refuses(copy, f"run {KEY[:12]}", "runs", "export")
    found = rescue(copy, copy.with_name("new.db"))
    assert found.lost == 0  # the run speaks for itself


@pytest.mark.parametrize(
    "change_to", ["definition = '{}'", "name = 'mine'", "definition = ?", "updated = '2001-01-01'"]
)
def test_a_changed_definition_is_seen(copy, change_to):
    deep = ["[" * 100_000 + "]" * 100_000] * change_to.count("?")
    change(copy, f"UPDATE definitions SET {change_to}", *deep)
    refuses(copy, "", "table", "compare")
    told = fclab("runs", "--store", str(copy), "--rescue", str(copy.with_name("new.db")))
    assert told[0] == 0
    assert "lost: study/small" in told[2]


def test_a_lost_study_is_missed(copy):
    change(copy, "DELETE FROM definitions")
    refuses(copy, "1 of 1 definitions are lacking", "table", "compare")


ENDLESS = "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r)"


@pytest.mark.parametrize("table", ["runs", "datasets", "definitions", "seals", "measures"])
def test_a_view_in_place_of_a_table_is_not_asked(copy, truth, table):
    """It may never end."""
    with closing(sqlite3.connect(copy)) as raw:
        columns = [row[1] for row in raw.execute(f"PRAGMA table_info({table})")]
        raw.execute(f"ALTER TABLE {table} RENAME TO away")
        listed = ", ".join(f"n AS {name}" for name in columns)
        raw.execute(f"CREATE VIEW {table} AS {ENDLESS} SELECT {listed}, n AS rowid FROM r")
        raw.commit()
    refuses(copy, f"view {table} in it is not of fclab", "runs", "export", "table", "compare")
    rescued(copy, *truth[1:])


def test_a_view_beside_the_tables_is_refused(copy):
    with closing(sqlite3.connect(copy)) as raw:
        raw.execute(f"CREATE VIEW fclab_view AS {ENDLESS} SELECT n FROM r")
    refuses(copy, "view fclab_view in it is not of fclab", "runs", "table")


def test_names_are_no_markup(tmp_path):
    """Nothing in them is a style, a link or the code of an emoji; no bracket is lost."""
    name = "[red]a[/red] [link=x]b :smile: \\[c]"
    data = replace(DATA, name=name, class_names=(ClassName(7, name, name), *DATA.class_names[1:]))
    with Store(tmp_path / "store.db") as store:
        store.put(made(0, dataset=data))
        (entry,) = store.listing()
    for arguments in ((), (entry.key[:8],)):
        code, answer, _ = fclab("runs", *arguments, "--store", str(tmp_path / "store.db"))
        assert code == 0
        assert "[red]a[/red]" in answer
        assert ":smile:" in answer
        assert "\\[c]" in answer
