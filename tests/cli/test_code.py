"""`fclab code` as a person uses it."""

import re
from pathlib import Path

import pytest

from fclab.cli import main
from fclab.data import cifar100
from fclab.data.kept import Cloud, Curve, Images
from fclab.engines import train
from fclab.scripts import script
from fclab.store import DEFAULT
from fclab.store.database import Store
from fclab.study.rows import Definition, Row, StudySettings
from fclab.tuning.kept_ladder import keep_ladder
from fclab.tuning.ladder import Ladder, Rung
from fclab.values.recipe import BINARY, CIFAR, REGRESSION

STUDY = "cifar100-0-55-58-lab"
IMAGES = Images(classes=(0, 55, 58), source="cifar100")
STOP = CIFAR.replace(epochs=56)


def fclab(*arguments: object) -> int:
    with pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in arguments])
    return int(ended.value.code or 0)


@pytest.fixture
def study() -> Path:
    """A study of two rows in the store of this folder."""
    rows = (
        Row(name="base", recipe=CIFAR, parent=None, kind="base"),
        Row(name="stop", recipe=STOP, parent="base", kind="stop"),
    )
    definition = Definition(
        classes=IMAGES.classes, source="cifar100", fingerprint="a", held_out="b",
        settings=StudySettings(seeds=2), rows=rows, engines={"base": "gram", "stop": "gram"},
    )  # fmt: skip
    with Store(DEFAULT, create=True) as store:
        store.keep("study", STUDY, definition.model_dump(mode="json"))
    return DEFAULT


@pytest.mark.parametrize(
    ("name", "data", "recipe"),
    [
        ("regression", Curve(), REGRESSION),
        ("sigmoid", Curve(), REGRESSION),
        ("binary", Cloud(shape="xor"), BINARY),
        ("moons", Cloud(shape="moons"), BINARY),
    ],
)
def test_parts_1_and_2_need_no_store(name, data, recipe, capsys):
    assert fclab("code", name, "--lang", "en") == 0
    assert capsys.readouterr().out == script(data, recipe, 0, "en").whole


def test_a_part_is_that_of_the_lab_that_was_done_last(capsys):
    options = ["--engine", "reference", "--epochs", "3"]
    assert fclab("regression", "--target", "sine", "--seed", "4", *options) == 0
    capsys.readouterr()
    expected = script(Curve(target="sine", seed=4), REGRESSION.replace(epochs=3), 4).whole
    for name in (["regression"], ["sine"], []):
        assert fclab("code", *name) == 0
        assert capsys.readouterr().out == expected


def test_a_row_of_a_study(study, capsys):
    asked = {
        (): (CIFAR, 0),
        ("stop",): (STOP, 0),
        (f"{STUDY}:stop", "--seed", "3"): (STOP, 3),
        ("stop", "--study", STUDY): (STOP, 0),
    }
    for arguments, (recipe, seed) in asked.items():
        assert fclab("code", *arguments, "--lang", "en", "--store", study) == 0
        assert capsys.readouterr().out == script(IMAGES, recipe, seed, "en").whole


def test_a_rung_of_the_ladder(cifar_dir, capsys):
    images = cifar100(IMAGES.classes, cifar_dir, cache=False)
    recipe = CIFAR.replace(epochs=1, flip=True)
    (run,) = train(images, [recipe], [0], engine="torch")
    rung = Rung(Row(name="flip", recipe=recipe, parent=None, kind="rung"))
    with Store(DEFAULT, create=True) as store:
        store.put(run)
        keep_ladder(store, Ladder(images.info, (rung,), (), {"flip": [run]}))
    assert fclab("code", "flip") == 0
    assert capsys.readouterr().out == script(IMAGES, recipe).whole


def test_a_file_is_written_and_a_folder_is_asked(study, capsys):
    assert fclab("code", "stop", "--out", "stop.py") == 0
    assert Path("stop.py").read_text("utf-8") == script(IMAGES, STOP).whole
    assert capsys.readouterr().out == ""
    assert fclab("code", "stop", "--out", study.parent) == 0
    assert capsys.readouterr().out == script(IMAGES, STOP).whole


def test_it_says_where_the_images_are(study, cifar_dir, capsys, monkeypatch):
    monkeypatch.setenv("FCLAB_DATA", str(cifar_dir))
    assert fclab("code", "stop") == 0
    assert f"FCLAB_DATA={cifar_dir.resolve()}" in capsys.readouterr().err
    assert fclab("code", "xor") == 0
    assert "FCLAB_DATA" not in capsys.readouterr().err


def test_a_terminal_shows_the_same_in_colours(study, capsys, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "40")
    assert fclab("code", "stop", "--lang", "en") == 0
    shown = capsys.readouterr().out
    plain = re.sub(r"\x1b\[[0-9;]*m", "", shown)
    assert shown != plain
    assert plain == script(IMAGES, STOP, 0, "en").whole


def test_what_is_not_there_is_told_in_a_line(study, capsys):
    assert fclab("code", "batch-256") == 2
    told = capsys.readouterr().err
    assert "there is no row 'batch-256': there are base, stop, " in told
    assert all(name in told for name in ("regression", "xor", "moons"))
    assert fclab("code", "stop", "--study", "another") == 1
    assert "no study 'another'" in capsys.readouterr().err
    assert fclab("code", "stop", "--seed", "-1") == 2


def test_without_anything_kept_it_asks_which(capsys):
    assert fclab("code") == 2
    assert "which row? There are" in capsys.readouterr().err
    assert fclab("code", "stop") == 2
    assert fclab("code", "xor", "--store", "nowhere.db") == 1
    assert "nowhere.db" in capsys.readouterr().err
