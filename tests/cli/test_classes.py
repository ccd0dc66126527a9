"""Which classes a command is about: two or more, by number, name or rule, everywhere in one way."""

import json
from pathlib import Path

import pytest

from fclab.cli import main
from fclab.labs.kept import kept_lab
from fclab.store.database import Store
from fclab.study.kept import load_study


def fclab(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(list(arguments))
    return int(ended.value.code or 0)


@pytest.fixture
def here(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def layers_of(store: Path) -> set[str]:
    with Store(store, create=False) as kept:
        return {run.recipe.model_dump()["layers"] for run in kept.listing()}


@pytest.mark.slow
def test_two_classes_give_a_last_layer_of_two(here, cifar_dir):
    """On the real images, and each image counts for its own class whatever the order typed."""
    common = ("--data", str(cifar_dir), "--epochs", "20", "--lang", "en")
    assert fclab("cifar", "--classes", "22", "11", *common, "--out", "typed") == 0
    assert layers_of(here / "typed" / "store.db") == {"FC(10), FC(2)"}
    assert fclab("cifar", "--classes", "boy", "часы", *common, "--out", "named") == 0
    typed, named = (
        json.loads((here / folder / "runs" / "cifar100-11-22" / "run.json").read_text("utf-8"))
        for folder in ("typed", "named")
    )
    assert typed["metrics"] == named["metrics"]
    assert typed["dataset"]["class_names"] == named["dataset"]["class_names"]
    for folder in ("typed", "named"):
        assert fclab("report", "--full", "--format", "html", "--out", folder) == 0
    report = (here / "typed" / "report.html").read_text("utf-8")
    assert "the line “22” is about class 11 (boy)" in report
    assert "of images of two classes of CIFAR-100" in report
    assert "Typed in ascending order, [11, 22]" in (here / "named" / "report.html").read_text(
        "utf-8"
    )


def test_the_study_of_two_classes(here):
    assert fclab(
        "study", "--classes", "22,11", "--data", "synthetic", "--seeds", "1", "--epochs", "3",
        "--search-seeds", "1", "--hidden", "4", "--batch-factors", "2", "--lr-factors", "2",
    ) == 0  # fmt: skip
    with Store(here / "results" / "store.db") as store:
        study = load_study(store, "synthetic-11-22-lab")
    assert {row.recipe.layers[-1] for row in study.rows} == {2}


def test_the_search_of_two_classes_needs_no_layers_in_its_space(here):
    (here / "space.toml").write_text("lr = { choices = [0.01, 0.02] }\nepochs = 2\n", "utf-8")
    assert fclab(
        "search", "--classes", "22", "11", "--space", "space.toml", "--data", "synthetic",
        "--seeds", "1", "--first", "1", "--trials", "2", "--confirm", "0",
    ) == 0  # fmt: skip
    assert layers_of(here / "results" / "store.db") == {"FC(10), FC(2)"}


def test_two_classes_have_a_notebook_and_a_defence(here, capsys):
    assert fclab("notebook", "--classes", "clock", "11") == 0
    assert "CLASSES = (22, 11)" in (here / "lab1-11-22.ipynb").read_text("utf-8")
    assert fclab("defend", "--classes", "22", "11", "--only", "2", "--lang", "en") == 0
    assert "FC(10), FC(2)" in capsys.readouterr().out


@pytest.mark.parametrize(
    "command", ["run", "cifar", "study", "ladder", "search", "notebook", "defend", "runs"]
)
def test_every_command_suggests_the_nearest_name(command, here, capsys):
    assert fclab(command, "--classes", "oter", "0") == 2
    assert "did you mean 55, otter (выдра)?" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["run", "study", "ladder", "search", "notebook", "defend"])
def test_every_command_asks_which_number_of_the_group_is_meant(command, here, capsys):
    asked = ("--group", "ИУ5-23М", "--variant", "9", "--scheme", "2026")
    assert fclab(command, *asked) == 2
    said = capsys.readouterr().err
    assert "classes 10, 39, 59" in said
    assert "classes 30, 39, 59" in said
    assert list(here.iterdir()) == []


def test_the_year_is_said_and_kept(here, capsys):
    """Two years' rules for one group and variant are two labs in two folders."""
    asked = ("--group", "3", "--variant", "9", "--parts", "cifar", "--data", "synthetic")
    assert fclab("run", *asked, "--scheme", "2026", "--lang", "en") == 0
    told = capsys.readouterr().err
    assert "by the rule of 2026" in told
    assert "fclab 0.1.0 called the rule of 2024 so" in told
    with Store(here / "results" / "store.db") as store:
        name, _, lab = kept_lab(store)
    assert name == "iu5-group-3-variant-9-2026"
    assert lab.variant is not None
    assert lab.variant.scheme.name == "2026"
    assert lab.typed == (10, 39, 59)
    report = (here / "results" / name / "report.html").read_text("utf-8")
    assert "by the rule of 2026" in report
