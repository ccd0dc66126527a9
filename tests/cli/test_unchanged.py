"""A lab that is done again with nothing new: its files are left alone, and never wrongly."""

import json
import shutil
from pathlib import Path

import pytest

from fclab.cli import main
from fclab.labs import do
from fclab.labs.unchanged import FILE

QUICK = ("regression", "--engine", "reference", "--epochs", "3", "--target", "sine")
REPORT = ("report", "--store", "r/store.db", "--out", "r", "--format", "html")
SAID = "Nothing has changed since"


def fclab(*arguments: str) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*arguments, "--lang", "en"])
    assert not ended.value.code


def stamps(folder: Path) -> dict[str, int]:
    """When each file of figures and report was written."""
    files = [*folder.glob("report.*"), *(folder / "figures").iterdir()]
    return {path.name: path.stat().st_mtime_ns for path in files}


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    """Where a lab was done, with two files of its report."""
    here = tmp_path_factory.mktemp("made")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(here)
        fclab(*QUICK, "--out", "r")
        fclab(*REPORT, "docx")
    return here


@pytest.fixture
def folder(made, tmp_path, monkeypatch, capsys) -> Path:
    """The results, in a copy of that place."""
    shutil.copytree(made, tmp_path / "copy")
    monkeypatch.chdir(tmp_path / "copy")
    return tmp_path / "copy" / "r"


def test_nothing_is_drawn_again_where_nothing_changed(folder, capsys, monkeypatch):
    before = stamps(folder)
    monkeypatch.setattr(do, "built", None)  # it would be called
    fclab(*REPORT, "docx")
    told = capsys.readouterr().err
    assert SAID in told
    assert str(folder / "report.docx") in told
    assert stamps(folder) == before


def edited(folder: Path) -> None:
    with (folder / "report.docx").open("ab") as file:
        file.write(b"a line of my own")


@pytest.mark.parametrize("harm", [
    edited,
    lambda folder: (folder / "report.html").unlink(),
    lambda folder: next((folder / "figures").glob("*.svg")).write_text("", "utf-8"),
    lambda folder: (folder / FILE).write_text("{", "utf-8"),
    lambda folder: (folder / FILE).write_text('{"of": "x", "files": {}}', "utf-8"),
])  # fmt: skip
def test_what_was_harmed_is_made_again(folder, capsys, harm):
    whole = {path: path.read_bytes() for path in folder.rglob("*.svg")}
    harm(folder)
    fclab(*QUICK, "--out", "r")
    assert SAID not in capsys.readouterr().err
    assert (folder / "report.html").is_file()
    assert not (folder / "report.docx").read_bytes().endswith(b"my own")
    assert whole == {path: path.read_bytes() for path in folder.rglob("*.svg")}
    fclab(*QUICK, "--out", "r")
    assert SAID in capsys.readouterr().err


@pytest.mark.parametrize("again", [
    (*REPORT, "--student", "A. Student"), (*QUICK, "--out", "r", "--noise", "0.3"),
    (*QUICK, "--out", "r", "--seed", "1"), (*REPORT, "--form", "7.32"),
])  # fmt: skip
def test_whatever_changes_the_report_makes_it_again(folder, capsys, again):
    page = (folder / "report.html").read_bytes()
    fclab(*again)
    assert SAID not in capsys.readouterr().err
    assert (folder / "report.html").read_bytes() != page


def test_a_format_that_is_missing_is_written(folder, capsys):
    fclab(*REPORT, "pdf")
    assert SAID not in capsys.readouterr().err
    assert (folder / "report.pdf").is_file()


def test_another_language_another_version_or_another_year_is_another_report(
    folder, capsys, monkeypatch
):
    with pytest.raises(SystemExit):
        main([*QUICK, "--out", "r", "--lang", "ru"])
    assert "остались как были" not in capsys.readouterr().err
    fclab(*QUICK, "--out", "r")
    assert SAID not in capsys.readouterr().err
    monkeypatch.setattr("fclab.labs.unchanged._program", lambda: "another version")
    fclab(*QUICK, "--out", "r")
    assert SAID not in capsys.readouterr().err


def test_notes_of_ones_own_are_always_read_again(folder, capsys):
    for words in ("My own words", "Other words"):
        Path("notes.md").write_text(f"# part1\n\n{words}.\n", "utf-8")
        fclab(*QUICK, "--out", "r")
        assert SAID not in capsys.readouterr().err
        assert words in (folder / "report.html").read_text("utf-8")


def test_a_record_leads_nowhere_outside(folder, capsys):
    """Its names are data: a path that leaves the folder is no file of ours."""
    made = json.loads((folder / FILE).read_text("utf-8"))
    made["files"]["../r/report.html"] = made["files"]["report.html"]
    (folder / FILE).write_text(json.dumps(made), "utf-8")
    fclab(*QUICK, "--out", "r")
    assert SAID not in capsys.readouterr().err
