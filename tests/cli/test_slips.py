"""What docs/slips.md says of a slip is what happens: the tests read its tables."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from fclab.cli import commands, main, options_of
from fclab.cli.slips import FILES, TEXTS, understood
from fclab.values.recipe import parse_layers
from fclab.values.text import quoted
from fclab.words.said import said

PAGE = (Path(__file__).parents[2] / "docs" / "slips.md").read_text("utf-8")
SHOWN = {"⍽": "\N{NO-BREAK SPACE}", "∅": "\ufeff", "␍": "\r"}


def rows(heading: str) -> list[list[str]]:
    part = PAGE.split(f"## {heading}")[1].split("\n## ")[0]
    lines = [line for line in part.splitlines() if line.startswith("| `")]
    return [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in lines]


def words(code: str) -> list[str]:
    """The words that a program gets: quotes of a shell are the straight ones."""
    for sign, character in SHOWN.items():
        code = code.replace(sign, character)
    lexer = shlex.shlex(code, posix=True)
    lexer.whitespace, lexer.whitespace_split, lexer.escape, lexer.commenters = " ", True, "", ""
    return list(lexer)


def read(typed: list[str]):
    return understood(typed, commands(), options_of)


READ = [(typed, cells[1].strip("`"), cells[2])
        for cells in rows("Read") for typed in re.findall("`([^`]+)`", cells[0])
        if typed != "fclab"]  # fmt: skip
ANSWERED = [(cells[0].strip("`"), *cells[1].split(" / ", 1)) for cells in rows("Answered")]


def test_the_page_is_read():
    assert len(READ) > 40
    assert len(ANSWERED) > 25


@pytest.mark.parametrize(("typed", "meant", "told"), READ)
def test_a_slip_is_read_as_it_is_meant(typed, meant, told):
    found = read(words(typed))
    assert found.words == words(meant)
    assert (found.remark is not None) == (told == "yes")
    if found.remark is not None:
        assert str(found.remark).startswith("read ")
        assert said(found.remark, "ru").startswith("понято так: ")


@pytest.mark.parametrize("meant", sorted({meant for _, meant, _ in READ}))
def test_what_is_meant_is_left_as_it_is(meant):
    assert read(words(meant)).words == words(meant)
    assert read(words(meant)).remark is None


@pytest.mark.parametrize(("typed", "english", "russian"), ANSWERED)
def test_the_answer_is_one_line_with_the_remedy(typed, english, russian, capsys, monkeypatch):
    for lang, answer in (("en", english), ("ru", russian)):
        monkeypatch.setenv("LC_MESSAGES", lang)
        with pytest.raises(SystemExit) as ended:
            main(words(typed))
        line, *more = capsys.readouterr().err.splitlines()
        assert ended.value.code in (1, 2)
        assert answer in line
        assert len(more) <= 1


@pytest.mark.parametrize(
    "typed",
    [
        "отчёт",
        "--group 25",
        "variant --grup 25",
        "variant --group M --variant 1",
        "variant yes",
        "variant --group",
        "variant --seed 1",
        "variant --variant 1,5",
        "data --data nowhere",
    ],
)
@pytest.mark.parametrize("lang", ["en", "ru"])
def test_the_process_answers_in_the_language_of_its_system(typed, lang, tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "fclab", *words(typed)], check=False, capture_output=True,
        text=True, encoding="utf-8", cwd=tmp_path,
        env={**os.environ, "LC_MESSAGES": f"{lang}_XX", "PYTHONIOENCODING": "utf-8"},
    )  # fmt: skip
    assert done.returncode == 2
    line, hint = done.stderr.splitlines()
    assert hint.startswith("fclab: справка: `" if lang == "ru" else "fclab: see `")
    assert bool(re.search("[а-яё]{3}", re.sub(r"ИУ5-25М|'\w+'", "", line))) == (lang == "ru")


def test_own_text_and_files_are_not_altered(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = "5·10⁻³ «да» 70% — \N{NO-BREAK SPACE}\u200b!"
    for option in sorted(TEXTS | FILES):
        assert read(["run", option, text]).words == ["run", option, text]
    for name in ("70%", "“a”", "a\u200bb.png", "b\N{NO-BREAK SPACE}-c.png"):
        (tmp_path / name).touch()
        assert read(["predict", "model", name]).words == ["predict", "model", name]


@pytest.mark.parametrize(
    "typed",
    [
        ["run", "--student", "N", "--full"],
        ["run", "--designation", "№", "--year", "2026"],
        ["run", "--student", "Ли\N{NO-BREAK SPACE}-Петров"],
        ["run", "--title", "«Весна» 2026", "--teacher", "кафедра «Сети»"],
        ["run", "--title", "«Весна", "--teacher", "Сети»"],
        ["study", "add", "--comment", "“ещё", "раз одно”"],
        ["study", "add", "--comment", "^"],
        ["study", "remove", "50%"],
        ["compare", "10^3", "5·10⁻³"],
        ["run", "N", "--full"],
    ],
)
def test_what_no_shell_has_torn_is_put_together_with_nothing(typed):
    assert read(typed) == (typed, None)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        (["study", "add", "--comment", "-0,5 п. п."], ["study", "add", "--comment=-0,5 п. п."]),
        (["report", "--student", "-Иванов"], ["report", "--student=-Иванов"]),
        (["report", "--out=-x"], ["report", "--out=-x"]),
        (["report", "--out", "-h"], ["report", "--out", "-h"]),
        (["report", "--student", "--full"], ["report", "--student", "--full"]),
    ],
)
def test_a_text_that_begins_with_a_dash_is_no_option(typed, meant):
    assert read(typed) == (meant, None)


def test_what_begins_with_a_dash_comes_to_the_command(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for typed in (["data", "--data", "-нет"], ["data", "--data=-нет"]):
        with pytest.raises(SystemExit) as ended:
            main([*typed, "--lang", "en"])
        assert ended.value.code == 2
        assert "-нет does not exist" in capsys.readouterr().err


def test_the_options_that_hold_text_and_files_exist():
    every = {option for command in commands() for option in options_of(command)}
    assert every >= TEXTS
    assert every >= FILES
    assert not [option for option in every if re.search(r"\d", option)]  # --variant7 can be told


@pytest.mark.parametrize(
    "text",
    ["FC(10), FC(3)", "fc(10) fc(3)", "FC(10);FC(3)", "FC (10) -> FC (3)", "FC(10)\nFC(3)",
     "FC(10)FC(3)", "FС(10), ФС(3)", "fc [10] → fc 3", "10, 3", "FC10 => FC3", "10 3"],
)  # fmt: skip
def test_layers_in_every_notation(text):
    assert parse_layers(text) == (10, 3)


def test_a_command_to_copy_is_read_as_it_is():
    for typed in ("run --group ИУ5-25М --variant 1 --department iu5",
                  'study add --layers "FC(8), FC(8), FC(3)" --lr 0.001'):  # fmt: skip
        again = shlex.split(quoted(*shlex.split(typed)))
        assert read(again) == (again, None)


def test_a_file_that_is_here_is_what_data_is_about(tmp_path):
    (tmp_path / "cifar.tar.gz").write_bytes(b"")
    here, gone = (str(tmp_path / name) for name in ("cifar.tar.gz", "gone.tar.gz"))
    found = read(["data", here, "--no-fetch"])
    assert found.words == ["data", "--data", here, "--no-fetch"]
    assert here in str(found.remark)
    assert read(["data", gone]).words == ["data", gone]
