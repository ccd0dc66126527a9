"""Paths of any letters and any system, and the names of the files that fclab makes itself."""

import re
import shutil
import sqlite3
from pathlib import Path, PurePosixPath, PureWindowsPath
from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fclab.cli import main
from fclab.store.connect import is_address, sqlite_address
from fclab.values.text import file_name

GOLDEN = Path(__file__).resolve().parents[1] / "golden" / "0.1.0"
SEARCHED = ["--trials", "2", "--seeds", "2", "--first", "1", "--batch", "1", "--confirm", "0"]
SPACE = 'layers = "FC(2), FC(3)"\nlr = { low = 0.01, high = 0.02 }\nepochs = 1\n'


def fclab(*words: object) -> int:
    with pytest.raises(SystemExit) as ended:
        main([*map(str, words)])
    return int(ended.value.code or 0)


FORBIDDEN = re.compile(r'[<>:"/\\|?*\x00-\x1f]|[. ]$')
DEVICES = {"con", "prn", "aux", "nul", "conin$", "conout$"}
DEVICES |= {f"{port}{n}" for port in ("com", "lpt") for n in "0123456789¹²³"}


def is_of_windows(name: str) -> bool:
    """Whether Windows allows the name (learn.microsoft.com: Naming Files, Paths, Namespaces)."""
    stem = name.partition(".")[0].rstrip().casefold()
    return bool(name) and not FORBIDDEN.search(name) and stem not in DEVICES


@pytest.mark.parametrize(
    "name",
    ["lab1-iu5-25-1", "Мои фото", "cifar100-0-55-58", "a.b", "ИУ5-25М", "café", "icon", "nulla"],
)
def test_a_name_that_every_system_allows_stays(name):
    assert is_of_windows(name)
    assert file_name(name) == name


@pytest.mark.parametrize(
    ("name", "begins"),
    [
        ("CON", "_CON-"), ("nul.txt", "_nul.txt-"), ("aux", "_aux-"), ("Com1.log", "_Com1.log-"),
        ("lpt¹", "_lpt¹-"), ("a:b", "a b-"), ("a/b\\c", "a b c-"), ("x. . ", "x-"), ("...", "_-"),
        ("", "_-"), ("a\nb\tc", "a b c-"), ("2024/25", "2024 25-"), ("<script>", "script-"),
        ("Щ" * 300, "Щ" * 70 + "-"), ("nul ", "_nul-"), ("nul .txt", "_nul .txt-"),
    ],
)  # fmt: skip
def test_a_name_that_windows_forbids_is_changed_and_stays_another(name, begins):
    made = file_name(name)
    assert made.startswith(begins)
    assert is_of_windows(made)
    assert file_name(f"{name}?") != made


@given(st.text(), st.text())
def test_names_are_of_windows_short_and_stay_two(one, other):
    made = file_name(one)
    assert is_of_windows(made)
    assert is_of_windows(f"{made}.log")
    assert len(made.encode()) <= 150
    assert file_name(made) == made
    same = normalize("NFC", one) == normalize("NFC", other)  # é is one character or two
    assert (made == file_name(other)) == same


FOLDERS = {
    "letters": "Лаба №1 «итог» с пробелами",
    "signs": "100% #1 & 'a' (b) [c]; d=e, f@g +h$i~",
    "long": "/".join(["a rather long name of a folder"] * 9),
}


@pytest.mark.parametrize("kind", FOLDERS)
def test_a_lab_in_a_folder_of_any_name(tmp_path, monkeypatch, capsys, kind):
    out = tmp_path / FOLDERS[kind] / "results"
    out.parent.mkdir(parents=True)
    monkeypatch.chdir(out.parent)
    asked = ["regression", "--engine", "reference", "--epochs", 2, "--lang", "en"]
    assert fclab(*asked, "--out", out) == 0
    assert fclab("runs", "--out", out, "--lang", "en") == 0
    assert "Runs: 1" in capsys.readouterr().out
    (out.parent / "notes.md").write_text("## Part 1\n\nMine.\n", "utf-8")
    assert fclab("report", "--out", Path("results")) == 0
    assert (out / "report.pdf").read_bytes().startswith(b"%PDF")
    assert "Mine." in (out / "report.html").read_text("utf-8")
    assert fclab("export", "--out", "все runs.csv", "--store", out / "store.db") == 0
    address = f"sqlite:///{out / 'store.db'}"
    if "%" not in address:  # in an address it begins a code, as in every address
        assert fclab("runs", "--store", address) == 0
    assert len(str(out)) > (260 if kind == "long" else 0)


def test_a_path_that_is_too_long_for_a_store_is_said(tmp_path, capsys):
    out = tmp_path / "/".join(["очень длинное имя папки"] * 14)
    assert fclab("regression", "--epochs", 2, "--out", out) == 2
    assert "too long for SQLite: choose a folder with a shorter" in capsys.readouterr().err


def test_what_a_search_makes_is_of_windows_whatever_its_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "space.toml").write_text(SPACE, "utf-8")
    asked = ["search", "--data", "synthetic", "--space", "space.toml", *SEARCHED]
    assert fclab(*asked, "--name", 'Поиск: "лучшее?" *') == 0
    made = [path.name for path in (tmp_path / "results").rglob("*")]
    assert any(name.endswith(".log") for name in made)
    assert len(made) > 5
    assert not [name for name in made if not is_of_windows(name)]
    (folder,) = (path for path in (tmp_path / "results").iterdir() if path.is_dir())
    assert folder.name.startswith("search-Поиск лучшее-")


def test_a_notebook_of_a_rule_of_any_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    asked = ["notebook", "--variant", "1", "--department", "iu5"]
    assert fclab(*asked, "--group", "ИУ5-25М") == 0
    assert fclab(*asked, "--group", "5", "--scheme", "2026") == 0
    made = sorted(path.name for path in tmp_path.iterdir())
    assert made == ["lab1-iu5-25-1.ipynb", "lab1-iu5-5-1-2026.ipynb"]


@pytest.mark.parametrize(
    ("path", "address"),
    [
        (PureWindowsPath(r"C:\Users\Иван Иванов\store.db"),
         "file:///C:/Users/%D0%98%D0%B2%D0%B0%D0%BD%20%D0%98%D0%B2%D0%B0%D0%BD%D0%BE%D0%B2/store.db"),
        (PureWindowsPath(r"D:\100% #1\a?.db"), "file:///D:/100%25%20%231/a%3F.db"),
        (PureWindowsPath(r"\\server\share\курс\store.db"),
         "file:////server/share/%D0%BA%D1%83%D1%80%D1%81/store.db"),
        (PurePosixPath("/home/a b/#1%.db"), "file:///home/a%20b/%231%25.db"),
    ],
)  # fmt: skip
def test_the_address_of_a_file_for_sqlite(path, address):
    assert sqlite_address(path, "mode=rw") == f"{address}?mode=rw"


def test_sqlite_takes_such_an_address(tmp_path):
    path = tmp_path / "100% #1 'а' ?&=+;.db"
    shutil.copy(GOLDEN / "store.db", path)
    with sqlite3.connect(sqlite_address(path, "mode=ro"), uri=True) as store:
        assert store.execute("SELECT count(*) FROM runs").fetchone()[0]


@pytest.mark.parametrize(
    ("where", "is_one"),
    [
        ("postgresql://user@host/base", True), ("postgresql+psycopg://h/b", True),
        ("sqlite:///C:\\Users\\store.db", True), ("C:\\Users\\store.db", False),
        ("C://Users/store.db", False), ("//server/share/store.db", False),
        ("\\\\server\\share\\store.db", False), ("results/store.db", False),
    ],
)  # fmt: skip
def test_a_drive_is_no_address(where, is_one):
    assert is_address(where) == is_one
