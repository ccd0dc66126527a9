"""`fclab start`: the whole dialogue, nonsense and all, as a person sees it in a terminal."""

import json
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from terminal import in_terminal

from fclab.cli.ask import dragged
from fclab.values.errors import DataError, UsageError
from fclab.values.settings_file import with_values

START = ("start", "--seeds", "1", "--no-open")


def settings(folder: Path) -> dict:
    return tomllib.loads((folder / "fclab.toml").read_text("utf-8"))


@pytest.mark.needs("pty")
def test_the_whole_dialogue(tmp_path):
    answers = [
        "ru", "Иванов И. И.", "чепуха", "ИУ5-25М", "9", "2", "ноль", "200", "", "", "",
        "№7", "1999",
        "2026", "5", "2024", "да", "synthetic", "нет",
    ]  # fmt: skip
    seen = in_terminal(START, tmp_path, answers, FCLAB_LANG="ru")
    assert seen.code == 130, seen.text
    for line in (
        "нет номера группы", "кафедры «9» нет", "не целое число",
        "Год, три класса или «нет» [нет]", "Вариант [200]", "год правила – один из",
        "каким числом считать группу", "группа 5 (порядковый номер",
        "40 – «лампа», 63 – «дикобраз», 80 – «белка» (по правилу 2024",
        "CIFAR-100 на этом компьютере нет", "нарисованные изображения, не CIFAR-100",
        "Это займёт от", "достаточно Enter",
    ):  # fmt: skip
        assert line in " ".join(seen.text.split()), line
    folder = tmp_path / "results" / "guimc-group-25-variant-7"
    told = " ".join(seen.text.split())
    assert f"отчёт в {folder}: report.html" in told
    assert "--scheme" not in told
    assert settings(tmp_path) == {
        "report": {"student": "Иванов И. И.", "group": "ИУ5-25М", "lang": "ru"},
        "start": {"variant": 7, "department": "guimc", "scheme": "2024", "data": "synthetic"},
    }


@pytest.mark.slow
@pytest.mark.needs("pty")
def test_the_lab_behind_the_dialogue(tmp_path):
    (tmp_path / "fclab.toml").write_text(
        "[report]\nstudent = 'Иванов И. И.'\ngroup = 'ИУ5-25М'\nlang = 'ru'\n\n"
        "[start]\nvariant = 7\ndepartment = 'guimc'\ndata = 'synthetic'\n", "utf-8",
    )  # fmt: skip
    seen = in_terminal(START, tmp_path, ["", "", ""], FCLAB_LANG="ru")
    assert seen.code == 0, seen.text
    path = tmp_path / "results" / "guimc-group-25-variant-7" / "report.html"
    page = path.read_text("utf-8")
    assert "Иванов И. И." in page
    assert "ИУ5-25М" in page
    assert str(path) in seen.text


@pytest.mark.needs("pty")
def test_the_second_time_enter_is_enough(tmp_path):
    (tmp_path / "fclab.toml").write_text(
        "# mine\n[report]\nstudent = 'Ivanova A.'  # me\nteacher = 'Petrov'\n\n"
        "[start]\nvariant = 1\ndepartment = 'iu5'\ndata = 'synthetic'\n", "utf-8",
    )  # fmt: skip
    answers = ["en", "", "25", "", "", "", "no"]
    seen = in_terminal(START, tmp_path, answers)
    assert seen.code == 130
    assert "Name [Ivanova A.]" in seen.text
    assert "40 “lamp”, 57 “pear”, 22 “clock”" in seen.text
    assert "Start? [yes]" in seen.text
    kept = (tmp_path / "fclab.toml").read_text("utf-8")
    assert kept.startswith("# mine\n[report]\nstudent = \"Ivanova A.\"\nteacher = 'Petrov'\n")
    again = in_terminal(START, tmp_path, ["", "", "no"])
    assert again.code == 130
    assert "Last time: Ivanova A., group 25, variant 1" in again.text
    assert settings(tmp_path)["report"]["group"] == "25"


@pytest.mark.needs("pty")
@pytest.mark.parametrize("key", [b"\x03", b"\x04"], ids=["Ctrl-C", "Ctrl-D"])
@pytest.mark.parametrize("before", [0, 3])
def test_ending_at_a_question_loses_nothing(tmp_path, key, before):
    typed = ["en", "Ivanova A.", "25"][:before]
    seen = in_terminal(START, tmp_path, [*typed, key])
    assert seen.code == 130
    assert "Traceback" not in seen.text
    assert "fclab start" in seen.text
    if before:
        report = settings(tmp_path)["report"]
        assert [report["lang"], report["student"], report.get("group")] == [
            *typed, *[None] * (3 - before)]  # fmt: skip


@pytest.mark.needs("pty")
def test_three_classes_of_ones_own_and_a_path_that_is_none(tmp_path):
    answers = ["en", "", "25", "1", "1", "apple otter", "apple, otter, 58", "yes",
               "no such folder", "'also not", b"\x04"]  # fmt: skip
    seen = in_terminal(START, tmp_path, answers)
    assert seen.code == 130
    assert "three classes are needed, not 2" in seen.text
    assert "0 “apple”, 55 “otter”, 58 “pickup truck”." in " ".join(seen.text.split())
    assert seen.text.count("check the path") == 2
    assert settings(tmp_path)["start"]["classes"] == [0, 55, 58]


def test_without_a_terminal_it_says_what_to_use(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "fclab", "start", "--lang", "en"], cwd=tmp_path,
        stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8",
    )  # fmt: skip
    assert done.returncode == 2
    assert "fclab run --group ИУ5-25М --variant 1" in done.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "typed",
    ["{}", "'{}'", '"{}"', "& '{}'", "{escaped}", "{uri}", "  {}  "],
    ids=["plain", "quoted", "double", "PowerShell", "escaped", "address", "spaces"],
)
def test_a_file_may_be_dragged_into_the_terminal(tmp_path, typed):
    path = tmp_path / "мои данные"
    path.mkdir()
    text = typed.format(path, escaped=str(path).replace(" ", "\\ "), uri=path.as_uri())
    assert dragged(text) == path
    with pytest.raises(UsageError, match="does not exist"):
        dragged(f"{path}x")


def test_settings_are_set_where_they_stand():
    text = "# a\n[other]\nx = 1\n\n[report] # b\ngroup = '1'\n# c\n\n[last]\ny = 2\n"
    changed = with_values(text, "report", {"group": "25", "student": 'A "B" \\ Я'})
    assert changed == (
        '# a\n[other]\nx = 1\n\n[report] # b\ngroup = "25"\n# c\n'
        'student = "A \\"B\\" \\\\ Я"\n\n[last]\ny = 2\n'
    )
    assert tomllib.loads(with_values("", "start", {"classes": [0, 55]})) == {
        "start": {"classes": [0, 55]}
    }
    for odd in ('[report]\ngroup = """\n1"""\n', "report.group = 1\n", "[report\n"):
        with pytest.raises(DataError, match="cannot be changed"):
            with_values(odd, "report", {"group": "25"})


@pytest.mark.needs("pty")
@pytest.mark.parametrize("words", [("variant", "--group", "25", "--variant", "1"), ("runs",)])
def test_no_command_is_silent(tmp_path, words):
    """A line says that it works; on the screen nothing is left of it."""
    seen = in_terminal((*words, "--lang", "en"), tmp_path)
    assert "working, " in seen.text
    lines = [line.rsplit("\r", 1)[-1] for line in seen.text.split("\n")]
    assert not any("working" in line for line in lines), lines


@pytest.mark.needs("pty")
@pytest.mark.parametrize("lang", ["ru", "en"])
def test_no_word_is_broken_at_the_edge_of_the_terminal(tmp_path, lang):
    answers = [lang, "", "25", "1", "200", b"\x04"]
    seen = in_terminal(START, tmp_path, answers, COLUMNS="50", FCLAB_LANG=lang)
    lines = [line.rsplit("\r", 1)[-1] for line in seen.text.split("\n")]
    assert all(len(line) <= 50 for line in lines), lines
    assert len(lines) > 20
    told = in_terminal(["run", "--group", "25", "--variant", "x", "--lang", lang], tmp_path,
                       COLUMNS="20")  # fmt: skip
    assert "`fclab run --help`" in told.text


def test_pipes_hold_no_such_line(tmp_path):
    words = ["variant", "--group", "25", "--variant", "1", "--lang", "en"]
    done = subprocess.run([sys.executable, "-m", "fclab", *words], cwd=tmp_path, check=True,
                          capture_output=True, encoding="utf-8")  # fmt: skip
    assert "working" not in done.stdout + done.stderr


@pytest.mark.needs("pty")
def test_the_report_opens_in_the_browser(tmp_path):
    """The system's own way, told by BROWSER."""
    seen_by = tmp_path / "opened.json"
    browser = tmp_path / "browser"
    browser.write_text(
        f"#!{sys.executable}\nimport json, sys\n"
        f"json.dump(sys.argv[1:], open({str(seen_by)!r}, 'w'))\n", "utf-8",
    )  # fmt: skip
    browser.chmod(0o755)
    page = tmp_path / "отчёт.html"
    page.write_text("", "utf-8")
    code = "import sys; from pathlib import Path; from fclab.cli.opened import open_file\n"
    code += "print(open_file(Path(sys.argv[1])))"
    if sys.platform != "linux":
        pytest.skip("macOS and Windows have ways of their own")
    for environment, opened in (({"BROWSER": f"{browser} %s"}, True), ({}, False)):
        done = subprocess.run([sys.executable, "-c", code, str(page)], env=environment, check=True,
                              capture_output=True, encoding="utf-8")  # fmt: skip
        assert done.stdout.strip() == str(opened)
    assert json.loads(seen_by.read_text("utf-8")) == [page.as_uri()]
