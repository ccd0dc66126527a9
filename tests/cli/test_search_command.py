"""`fclab search` as a person uses it."""

import csv
import json
import re
import shlex
import tomllib
from pathlib import Path

import pytest

from fclab.cli import main
from fclab.store.database import Store
from fclab.values.recipe import CIFAR

SPACE = """
layers = { choices = ["FC(4), FC(3)", "FC(6), FC(3)"] }
lr = { low = 0.005, high = 0.05, log = true }
mixup = 0.1
epochs = 2
"""
QUICK = ["--data", "synthetic", "--seeds", "2", "--first", "1", "--trials", "7", "--confirm", "2"]


def fclab(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(list(arguments))
    return int(ended.value.code or 0)


@pytest.fixture
def here(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "space.toml").write_text(SPACE, "utf-8")
    return tmp_path


WINNER = Path("results", "search-mine", "winner.toml")


def words(capsys) -> tuple[str, str]:
    told = capsys.readouterr()
    return " ".join(told.out.split()), " ".join(told.err.split())


def test_a_search_leaves_tables_figures_and_a_winner_that_fclab_can_use(here, capsys):
    base = CIFAR.replace(layers=(10, 3))
    assert fclab("search", *QUICK, "--space", "space.toml", "--lang", "en", "--name", "mine") == 0
    out, err = words(capsys)
    assert "7 candidates" in err
    folder = here / "results" / "search-mine"
    names = {path.name for path in folder.iterdir()}
    assert names >= {"candidates.csv", "history.png", "history.svg", "winner.toml"}
    with (folder / "candidates.csv").open(encoding="utf-8") as file:
        candidates = list(csv.DictReader(file))
    assert len(candidates) == 7
    finished = [row for row in candidates if row["state"] == "finished"]
    best = max(finished, key=lambda r: (float(r["valid_accuracy"]), -float(r["valid_loss"])))
    (row,) = tomllib.loads((folder / "winner.toml").read_text("utf-8"))["rows"]
    assert row.pop("name") == "mine"
    assert row.pop("parent") == "base"
    winner = base.replace(**row)
    assert (f"{winner.lr}", winner.epochs, winner.mixup) == (best["lr"], 2, 0.1)
    assert f"{100 * float(best['valid_accuracy']):.2f}%" in out
    with_rows = f"fclab study --classes 0 55 58 --data synthetic --rows {WINNER}"
    assert with_rows in out
    with Store(here / "results" / "store.db", create=False) as store:
        fresh = [run for run in store.select() if "valid" not in run.dataset.sizes]
    assert {(run.recipe, run.seed) for run in fresh} == {
        (recipe, seed) for recipe in (winner, base) for seed in (2, 3)
    }
    before = (folder / "candidates.csv").read_bytes()
    assert fclab("search", *QUICK, "--space", "space.toml", "--name", "mine", "--lang", "ru") == 0
    assert (folder / "candidates.csv").read_bytes() == before
    out, _ = words(capsys)
    assert "Победитель на новых зёрнах" in out


SMALL = "--seeds 1 --epochs 4 --hidden 2 --batch-factors 2 --lr-factors 2"


def test_the_command_that_is_printed_makes_the_winner_a_row(here, capsys):
    """Without a study of these images it does one with the row, else it adds the row."""
    for name in ("mine", "other"):
        assert fclab("search", *QUICK, "--space", "space.toml", "--lang", "en", "--name", name) == 0
        out, _ = words(capsys)
        printed = re.search(r"fclab study (?:add|--classes) .*?(winner\.toml|--mixup 0\.1)", out)
        assert printed is not None
        more = SMALL if "--rows" in printed[0] else "--data synthetic"
        assert fclab(*shlex.split(printed[0])[1:], *more.split()) == 0
        capsys.readouterr()
    assert fclab("table", "--format", "json") == 0
    rows = {row["row"] for row in json.loads(capsys.readouterr().out)["rows"]}
    assert {"mine", "other"} <= rows


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--trials", "0"], "--trials 0"),
        (["--seeds", "2", "--first", "3"], "3 first seeds are more than 2"),
        (["--confirm", "-1"], "--confirm"),
        (["--seed", "-1"], "--seed -1"),
        (["--space", "absent.toml"], "absent.toml"),
        (["--storage", "sqlite:///x.db"], "sqlite"),
        (["--name", "a/b"], "--name 'a/b'"),
        (["--classes", "1", "2", "--group", "25"], "not both by half"),
        (["--group", "25"], "which variant? Add --variant"),
        (["--classes", "5"], "two"),
        (["--engine", "magic"], "magic"),
        (["--device", "cuda"], "cuda"),
    ],
)
def test_bad_requests_end_with_one_line_and_code_2(arguments, said, here, capsys):
    assert fclab("search", "--data", "synthetic", "--lang", "en", *arguments) == 2
    told = capsys.readouterr().err
    assert "Traceback" not in told
    line = next(line for line in told.splitlines() if line.startswith("fclab: "))
    assert said in line
    assert not (here / "results" / "search-synthetic-0-55-58").exists()


def test_where_every_candidate_fails_the_reason_is_said(here, capsys):
    space = 'momentum = 0.9\noptimizer = "adam"\nlr = { low = 0.1, high = 1.0 }\nepochs = 1\n'
    (here / "space.toml").write_text(space, "utf-8")
    assert fclab("search", *QUICK, "--space", "space.toml", "--lang", "en") == 1
    _, err = words(capsys)
    assert "none of 7 candidates could be trained: momentum belongs to sgd" in err
