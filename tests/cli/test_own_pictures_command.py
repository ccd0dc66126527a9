"""`--images`: the whole lab on pictures of one's own, through the commands, in both languages."""

import csv
import json
import os
import re
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path

import nbformat
import numpy as np
import pytest
from PIL import Image

from fclab.cli import main
from fclab.data import cifar100
from fclab.labs.lab1.settings import Settings
from fclab.tuning.causes import CAUSES

NAMES = ("Яблоки 🍏", "$x^2$ <b>otters {{7*7}}", "שלום pick-up")
SIZES = ((320, 240), (32, 32), (100, 160), (64, 64))


def fclab(*arguments: object) -> int:
    with pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in arguments])
    return int(ended.value.code or 0)


@pytest.fixture(scope="module")
def photos(cifar_dir, tmp_path_factory) -> Path:
    """Real images of three classes as files of some formats and sizes, and what is no picture."""
    place = tmp_path_factory.mktemp("own") / "фото лета"
    images = cifar100((0, 55, 58), cifar_dir)
    for label, name in enumerate(NAMES):
        (place / name).mkdir(parents=True)
        for i, x in enumerate(images.train.x[images.train.y == label][: 60 - label]):
            picture = Image.fromarray(x).resize(SIZES[i % 4], Image.Resampling.BICUBIC)
            picture.save(place / name / f"{i}.{('jpg', 'png', 'webp', 'gif')[i % 4]}")
    apples = place / NAMES[0]
    (apples / "notes.jpg").write_text("not a picture", "utf-8")
    (apples / "Thumbs.db").write_bytes(b"quiet")
    shutil.copy(apples / "1.png", apples / "copy.png")
    return place


@pytest.fixture(scope="module")
def out(photos, tmp_path_factory) -> Path:
    """The whole lab with two seeds and few rows."""
    folder = tmp_path_factory.mktemp("lab") / "r"
    small = partial(Settings, batch_factors=(0.5,), lr_factors=(2,), hidden=())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("fclab.cli.lab.Settings", small)
        patch.chdir(folder.parent)
        asked = ["run", "--images", photos, "--seeds", "2", "--out", folder, "--full"]
        assert fclab(*asked, "--parts", "cifar", "study", "--group", "ИУ5-25М") == 0
    return folder


def text_of(page: Path) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page.read_text("utf-8")).split())


@pytest.mark.slow
def test_the_report_speaks_of_own_pictures(out, photos):
    told = text_of(out / "report.html").replace("\N{NO-BREAK SPACE}", " ")
    assert "из 179 файлов папки «фото лета» взято 177" in told
    assert "1 файл прочитать не удалось" in told
    assert "от 32 × 32 до 320 × 240" in told
    assert "обрезано до квадрата посередине и уменьшено до 32 × 32" in told
    assert "Пятая часть каждого класса отложена для теста случайно (зерно 0)" in told
    assert "Эпох 1 500, а не 250" in told  # 142 images are two batches
    assert "3 000" in told
    assert "Krizhevsky" not in told
    assert "взяты изображения этих классов" not in told
    assert not re.search(r"Группа 25, вариант", told)
    assert NAMES[1].replace("<", "&lt;").replace(">", "&gt;") in told
    assert "<b>otters" not in (out / "report.html").read_text("utf-8")


@pytest.mark.slow
def test_the_same_in_english_and_without_the_pictures(out, photos, tmp_path, capsys):
    elsewhere = photos.with_name("moved")
    photos.rename(elsewhere)
    try:
        english = tmp_path / "en"
        asked = ["report", "--lang", "en", "--store", out / "store.db", "--format", "html", "docx"]
        assert fclab(*asked, "--out", english) == 0
        assert "are gone: the report is made from the kept runs" in capsys.readouterr().err
        told = text_of(english / "report.html")
        assert "The pictures were collected by the student" in told
        assert "1500 epochs in place of 250" in told.replace(",", "")
        assert "CIFAR-100" not in told.split("Appendix")[0]
        assert fclab(*asked, "--out", english, "--data", elsewhere) == 0
        assert "are gone" not in capsys.readouterr().err
        assert "Samples of the training images" in text_of(english / "report.html")
    finally:
        elsewhere.rename(photos)


@pytest.mark.slow
def test_changed_pictures_are_told_and_the_runs_stay(out, photos, tmp_path, capsys):
    extra = photos / NAMES[0] / "new.png"
    Image.new("RGB", (40, 40), "red").save(extra)
    try:
        asked = ["report", "--store", out / "store.db", "--format", "html", "--lang", "ru"]
        assert fclab(*asked, "--out", tmp_path) == 0
        assert "с тех пор изменились" in capsys.readouterr().err
        assert fclab("study", "add", "--lr", "0.01", "--out", out, "--lang", "en") == 2
        assert "these are other images" in capsys.readouterr().err
    finally:
        extra.unlink()


@pytest.mark.slow
def test_a_row_is_added_without_naming_the_folder(out, capsys):
    assert fclab("study", "add", "--momentum", "0.5", "--name", "mine", "--out", out) == 0
    assert fclab("table", "--format", "csv", "--store", out / "store.db") == 0
    rows = list(csv.DictReader(capsys.readouterr().out.splitlines()[-6:]))
    assert rows
    assert fclab("compare", "mine", "stop", "--out", out) == 0
    assert fclab("defend", "--show", "--out", out, "--lang", "ru") == 0
    told = capsys.readouterr().out
    assert "CIFAR-100 на класс" not in told


@pytest.mark.slow
def test_runs_are_exported_and_not_taken_for_classes_of_cifar100(out, tmp_path, capsys):
    table = tmp_path / "runs.csv"
    assert fclab("export", "--out", table, "--store", out / "store.db") == 0
    assert "pictures-фото-лета" in table.read_text("utf-8")
    asked = ["runs", "--classes", "0", "1", "--store", out / "store.db", "--lang", "ru"]
    assert fclab(*asked) == 0
    assert "подходящих запусков нет" in capsys.readouterr().err


@pytest.mark.slow
def test_a_model_names_the_classes_of_the_folders(out, photos, capsys):
    picture = photos / NAMES[0] / "0.jpg"
    model = out / "runs" / "pictures-фото-лета"
    assert fclab("predict", model, picture, "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert {one["ru"] for one in told["classes"].values()} == set(NAMES)
    assert fclab("predict", model, picture, "--lang", "en") == 0
    assert NAMES[1] in capsys.readouterr().out


def test_what_is_left_out_is_shown(photos, capsys):
    assert fclab("data", "--images", photos, "--lang", "en") == 0
    told = capsys.readouterr()
    assert "notes.jpg: not a picture of a known format" in told.out
    assert "copy.png" in told.out or "1.png" in told.out
    assert "Fewer than 100 pictures" in told.err
    assert fclab("data", "--images", photos, "--lang", "ru") == 0
    told = capsys.readouterr()
    assert "Меньше 100 изображений" in told.err


@pytest.mark.slow
def test_the_program_gets_the_numbers_without_fclab(out, photos, tmp_path, capsys):
    """Those of the base row, on epochs that are few enough for a test."""
    store = tmp_path / "s.db"
    asked = ["cifar", "--images", photos, "--epochs", "3", "--size", "24", "--flip", "--pool", "2"]
    assert fclab(*asked, "--store", store, "--out", tmp_path / "r") == 0
    program = tmp_path / "cifar.py"
    assert fclab("code", "cifar", "--store", store, "--out", program) == 0
    capsys.readouterr()
    assert fclab("runs", "--store", store) == 0
    done = subprocess.run(
        [sys.executable, "-W", "error", program], capture_output=True, text=True, check=False,
        encoding="utf-8", env={**os.environ, "PYTHONIOENCODING": "utf-8"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    assert "import fclab" not in program.read_text("utf-8")
    loss, accuracy = re.findall(r"[\d.]+", done.stdout.splitlines()[-1])
    model = json.loads(next((tmp_path / "r" / "runs").rglob("run.json")).read_text("utf-8"))
    assert float(loss) == pytest.approx(model["metrics"]["test_loss"], rel=1e-4)
    assert float(accuracy) == pytest.approx(100 * model["metrics"]["test_accuracy"], abs=0.01)
    moved = photos.rename(photos.with_name("moved"))
    try:
        assert fclab("code", "cifar", "--store", store, "--lang", "en") == 1
    finally:
        moved.rename(photos)
    assert f"the pictures are no longer in {photos}: put them back" in capsys.readouterr().err


@pytest.mark.parametrize("lang", ["ru", "en"])
def test_the_notebook_is_about_the_pictures(photos, tmp_path, lang):
    path = tmp_path / "n.ipynb"
    assert fclab("notebook", "--images", photos, "--lang", lang, "--out", path) == 0
    notebook = nbformat.read(path, 4)
    nbformat.validate(notebook)
    told = "\n".join(cell.source for cell in notebook.cells)
    assert "CIFAR-100" not in told
    assert "trap(" not in told
    assert str(photos) in told
    code = "\n".join(c.source for c in notebook.cells if c.cell_type == "code")
    assert "fclab.notebook.pictures(PICTURES, size=SIZE, seed=SPLIT_SEED)" in code


def test_the_ladder_and_the_search_take_pictures_too(photos, tmp_path, capsys):
    where = ["--store", tmp_path / "s.db"]
    causes = [cause for cause in CAUSES if cause != "flip"]
    asked = ["ladder", "--images", photos, "--size", "16", "--seeds", "1", "--no-ablation"]
    asked += ["--json"]
    assert fclab(*asked, "--without", *causes, *where) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["source"] == "pictures"
    assert [rung["name"] for rung in told["rungs"]] == ["base", "flip"]
    assert fclab("ladder", "--images", photos, "--size", "15", *where) == 2
    assert "squares of 2 pixels do not fill the images" in capsys.readouterr().err
    space = tmp_path / "space.toml"
    space.write_text("lr = {choices = [0.005, 0.01]}\nepochs = 3\n", "utf-8")
    asked = ["search", "--images", photos, "--trials", "2", "--seeds", "1", "--first", "1"]
    asked += ["--space", space, "--confirm", "0", "--out", tmp_path / "found", "--storage",
              tmp_path / "log"]  # fmt: skip
    assert fclab(*asked, *where) == 0
    assert f"--images '{photos}'" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("wrong", "code", "words"),
    [
        (["--classes", "0", "1"], 2, "leave out --classes and --data"),
        (["--data", "synthetic"], 2, "leave out --classes and --data"),
        (["--size", "2"], 2, "at least 4 and at most 256"),
        (["--split-seed", "-1"], 2, "seed must be at least 0"),
    ],
)
def test_what_cannot_be_meant_is_one_line(photos, capsys, wrong, code, words):
    assert fclab("run", "--images", photos, *wrong, "--lang", "en") == code
    assert words in capsys.readouterr().err
    assert fclab("run", *wrong[:1], *wrong[1:], "--images", photos / "none") in (1, 2)


def test_the_other_parts_need_no_pictures(photos, tmp_path, capsys):
    asked = ["run", "--images", photos, "--parts", "regression", "--out", tmp_path / "r"]
    assert fclab(*asked, "--student", "Ivanov") == 0
    assert "pictures" not in capsys.readouterr().out
    assert not list((tmp_path / "r" / "runs").glob("pictures*"))


def test_pictures_of_two_classes_are_enough(photos, tmp_path, capsys):
    place = tmp_path / "two"
    for name in NAMES[:2]:
        shutil.copytree(photos / name, place / name)
    assert fclab("cifar", "--images", place, "--epochs", "2", "--out", tmp_path / "r") == 0
    run = json.loads(next((tmp_path / "r" / "runs").rglob("run.json")).read_text("utf-8"))
    assert run["dataset"]["n_outputs"] == 2
    assert np.prod(run["dataset"]["input_shape"]) == 3072
