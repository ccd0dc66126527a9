"""`fclab course init`: through the command line, into real files."""

import csv
import io
import json
import zipfile
from urllib.parse import parse_qs

import docx
import nbformat
import pytest
from openpyxl import load_workbook

from fclab.cli import main
from fclab.course.folder import read_course
from fclab.web.tasks.cifar import CifarWish

HEAD = "ФИО;Группа;Вариант;Почта"
GROUPS = ["--group", "ИУ5-23М=3", "ИУ5-24М=4"]
ROSTER = [
    "Иванова Анна Борисовна;ИУ5-23М;1;a@x.ru",
    "Петров Пётр;ИУ5-23М;1;b@x.ru",
    "=cmd|' /C calc'!A;ИУ5-24М;2;c@x.ru",
    "Сидорова Ольга;ИУ5-24М;60;d@x.ru",
]


def call(*words) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["course", "init", *map(str, words)])
    return ended.value.code or 0


@pytest.fixture
def roster(tmp_path):
    def write(lines):
        path = tmp_path / "roster.csv"
        path.write_text("\n".join([HEAD, *lines]) + "\n", "cp1251")
        return path

    return write


def init(path, *more, formats=("docx",)):
    words = [path, "--scheme", "2026", "--course", path.parent / "course", *GROUPS, *more]
    return call(*words, "--formats", *formats)


def test_a_course_with_all_its_papers(roster, tmp_path, capsys):
    assert init(roster(ROSTER), "--replace", "--lang", "en", formats=("docx", "pdf")) == 0
    said, folder = capsys.readouterr().out, tmp_path / "course"
    assert "variant 1 is that of s001 in the same group" in said
    assert "variant 60 has no three different classes" in said
    course = read_course(folder)
    sets = [frozenset(one.classes) for one in course.assignments]
    assert len(sets) == len({*sets}) == 4
    assert all(len(one) == 3 and max(one) < 100 for one in sets)
    first = course.assignments[0]
    assert first.classes == (3 + 7, 1 + 30, 1 + 50)
    papers = folder / "students" / "s001"
    text = "\n".join(
        cell.text for table in docx.Document(str(papers / "task.docx")).tables
        for row in table.rows for cell in row.cells
    )  # fmt: skip
    assert "3 + 7 = 10" in text
    assert "lr = 0.003" in text
    assert (papers / "task.pdf").read_bytes().startswith(b"%PDF")
    notebook = nbformat.read(papers / "lab1.ipynb", 4)
    assert any("CLASSES = (10, 31, 51)" in cell.source for cell in notebook.cells)
    with zipfile.ZipFile(folder / "students.zip") as archive:
        assert len(archive.namelist()) == 16
        assert archive.testzip() is None


def test_the_link_is_a_wish_of_the_page(roster, tmp_path):
    assert init(roster(ROSTER[::2]), "--bench", "https://lab.example.org/bench/?token=1") == 0
    address = (tmp_path / "course/students/s001/link.txt").read_text("utf-8").strip()
    start, _, state = address.partition("#")
    assert start == "https://lab.example.org/bench/?token=1"
    given = {name: values[0] for name, values in parse_qs(state).items()}
    assert (given.pop("v"), given.pop("part"), given.pop("lang")) == ("1", "cifar", "ru")
    wish = CifarWish.model_validate({name: json.loads(text) for name, text in given.items()})
    assert wish.classes == (10, 31, 51)


def test_cells_are_no_formulas(roster, tmp_path):
    assert init(roster(ROSTER), "--replace") == 0
    teacher = tmp_path / "course/teacher"
    rows = list(csv.reader(io.StringIO((teacher / "course.csv").read_text("utf-8-sig"))))
    assert rows[3][1].startswith("'=cmd")
    cells = [cell for row in load_workbook(teacher / "course.xlsx").active for cell in row]
    assert not [cell for cell in cells if cell.data_type == "f"]


def test_clashes_are_left_without_classes_until_they_are_replaced(roster, tmp_path):
    path = roster(ROSTER)
    assert init(path) == 0
    before = {one.student: one for one in read_course(tmp_path / "course").assignments}
    assert before.keys() == {"s001", "s003"}
    assert init(path, "--replace") == 0
    after = {one.student: one for one in read_course(tmp_path / "course").assignments}
    assert len(after) == 4
    assert before.items() <= after.items()


def test_a_changed_roster_changes_nothing_that_was_given(roster, tmp_path, capsys):
    assert init(roster(ROSTER), "--replace", "--lang", "en") == 0
    folder = tmp_path / "course"
    before = {one.student: one.classes for one in read_course(folder).assignments}
    edited = folder / "students/s001/lab1.ipynb"
    edited.write_text(edited.read_text("utf-8") + " ", "utf-8")
    kept = edited.read_bytes()
    same = (folder / "students/s001/task.docx").read_bytes()
    changed = ["Новикова Яна;ИУ5-23М;;n@x.ru", *reversed(ROSTER[:3])]
    capsys.readouterr()
    words = [roster(changed), "--course", folder, "--lang", "en", "--formats", "docx"]
    assert call(*words) == 0  # groups and the rule are known from before
    said = capsys.readouterr().out
    after = {one.student: one.classes for one in read_course(folder).assignments}
    assert {key: after[key] for key in ("s001", "s002", "s003")} == {
        key: before[key] for key in ("s001", "s002", "s003")
    }
    assert len({frozenset(one) for one in after.values()}) == 4
    assert "New: s005" in said
    assert "No longer in the roster; their folders stay: s004" in said
    assert "students/s001/lab1.ipynb" in said
    assert edited.read_bytes() == kept
    assert (folder / "students/s001/task.docx").read_bytes() == same
    assert (folder / "students/s004/task.docx").is_file()


def test_a_group_by_name_is_asked_for_with_a_proposal(roster, tmp_path, capsys):
    path = roster(ROSTER)
    assert call(path, "--scheme", "2026", "--course", tmp_path / "course", "--lang", "en") == 2
    told = " ".join(capsys.readouterr().err.split())
    assert "ИУ5-23М=3" in told
    assert "ИУ5-24М=4" in told
    assert not (tmp_path / "course").exists()


def plain(said: str) -> str:
    return said.replace("\N{NO-BREAK SPACE}", " ")


def test_classes_may_be_shared_where_the_teacher_says_so(roster, tmp_path, capsys):
    assert init(roster(ROSTER[:3]), "--share", "--lang", "en") == 0
    first, second, _ = read_course(tmp_path / "course").assignments
    assert first.classes == second.classes == (10, 31, 51)
    assert "Somebody else has the same classes: 2 students." in plain(capsys.readouterr().out)


def test_a_rule_taken_from_the_name_of_a_group_is_told(roster, tmp_path, capsys):
    lines = ["Ли Вэй;ИУ5И-24М;1;l@x.ru", "Орлов Пётр;РК6-21М;2;o@x.ru", ROSTER[0]]
    given = ["--group", "ИУ5И-24М=4", "РК6-21М=1", "ИУ5-23М=3"]
    words = ["--scheme", "2026", "--course", tmp_path / "course", "--lang", "en"]
    assert call(roster(lines), *words, *given, "--formats", "docx") == 0
    said = plain(capsys.readouterr().out)
    assert "the rule is that of foreign students: ИУ5И-24М;" in said
    assert "names the department, the rule of IU5 was taken (--department): 1 student." in said


def test_anonymous_papers_have_no_names(roster, tmp_path, capsys):
    assert init(roster(ROSTER), "--replace", "--anonymous", formats=("docx",)) == 0
    folder, shown = tmp_path / "course", capsys.readouterr()
    written = [path for path in folder.rglob("*") if path.is_file() and path.name != "course.json"]
    assert len(written) > 12
    for path in written:
        parts = [path.read_bytes()]
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                parts = [archive.read(name) for name in archive.namelist()]
        assert not [part for part in parts if "Иванова".encode() in part or b"a@x.ru" in part], path
    assert "Иванова" not in shown.out + shown.err
