"""Marks, read back by readers made from what the platforms document (docs/marks.md)."""

import csv
import html
import io
import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from fclab.cli import main
from fclab.course.folder import write_checked, write_course
from fclab.course.marks.checks import CHECKS
from fclab.course.marks.moodle import moodle_csv
from fclab.course.marks.rubric import Item, Rubric, course_rubric, mark
from fclab.course.values import (
    Checked,
    CheckedRow,
    ClaimedRow,
    Claims,
    Course,
    CourseCheck,
    Figure,
    Slip,
    Student,
)
from fclab.labs.lab1.variant import SCHEMES
from fclab.words.wording import wording

STUDENTS = (
    Student(key="s001", name="Иванова Анна", group="ИУ5-21М", email="anna@example.org", id="17"),
    Student(key="s002", name='=HYPERLINK("http://x")', group="+1", email="b@example.org"),
    Student(key="s003", name="Nobody Came", email="c@example.org"),
)
COURSE = Course(scheme=SCHEMES["2026"], lang="en", students=STUDENTS, assignments=())
SEVENTY = Figure(value=70, decimals=0, text="70")


def row(**more):
    given = {"layers": (10, 3), "lr": 0.003, "batch_size": 128, "epochs": 100, "test": SEVENTY}
    return ClaimedRow(cells=("",), **{**given, **more})


BASE = row(comment="base")
BATCH = row(batch_size=256, epochs=200, comment="b")
RATE = row(lr=0.001, epochs=300, comment="r")


def checked(student="s001", rows=(BASE, BATCH, RATE), findings="plausible", **more):
    done = tuple(CheckedRow(row=i, finding=findings) for i, _ in enumerate(rows))
    claims = Claims(files=("a",), student=student, rows=rows, classes=(8, 39, 59))
    return Checked(claims=claims, classes=(8, 39, 59), rows=done, **{"slips": (), **more})


OTHER = Slip(kind="other_classes", values={"classes": (8, 39, 59), "expected": (8, 40, 60)})
CHECK = CourseCheck(
    version="0", seeds=16,
    submissions=(checked(), checked("s002", (), slips=(OTHER,))),
)  # fmt: skip


@pytest.mark.parametrize(
    ("name", "one", "seen"),
    [
        ("base", checked(), True),
        ("base", checked(rows=(RATE.model_copy(update={"layers": (9, 3)}),)), False),
        ("batch", checked(), True),
        ("batch", checked(rows=(BASE, row(batch_size=256))), False),
        ("batch", checked(rows=(BASE, RATE)), False),
        ("rate", checked(), True),
        ("rate", checked(rows=(BASE, row(lr=0.001))), False),
        ("rate", checked(rows=(RATE, BASE)), False),
        ("layers", checked(), False),
        ("layers", checked(rows=(BASE, row(layers=(64, 3)))), True),
        ("comments", checked(), True),
        ("comments", checked(rows=(BASE, row())), False),
        ("classes", checked(), True),
        ("classes", checked(slips=(Slip(kind="other_classes"),)), False),
        ("table", checked(rows=()), False),
        ("reproducible", checked(), True),
        ("reproducible", checked(findings="unusual"), True),
        ("reproducible", checked(findings="not_reproducible"), None),
        ("reproducible", checked(findings="not_checked"), None),
        ("per_class", checked(), False),
        ("part_1", checked(), False),
    ],
)
def test_what_a_machine_sees(name, one, seen):
    assert CHECKS[name](one) is seen


@pytest.fixture
def folder(tmp_path):
    write_course(tmp_path, COURSE)
    write_checked(tmp_path, CHECK)
    return tmp_path


def run(folder, *words):
    with pytest.raises(SystemExit) as ended:
        main(["course", "marks", "--course", str(folder), "--lang", "en", *words])
    return ended.value.code


def test_the_workbook_leaves_blanks_and_has_no_formula_of_a_student(folder):
    assert run(folder) == 0
    page = load_workbook(folder / "teacher/marks.xlsx").active
    lines = [[cell.value for cell in line] for line in page.iter_rows()]
    points = {line[0]: line[3:-1] for line in lines[2:]}
    assert points["s001"] == [1, 1, 1, 1, 1, 0, 1, 1, None, None]
    assert points["s002"][:2] == [0, 0]
    assert points["s003"] == [None] * 10
    formulas = {c.coordinate for line in page.iter_rows() for c in line if c.data_type == "f"}
    assert formulas == {"N3", "N4", "N5"}
    shown = load_workbook(folder / "teacher/marks.xlsx", data_only=True).active
    assert [shown[cell].value for cell in ("N3", "N5")] == [7, 0]  # as a preview shows it
    assert lines[2][1] == "Иванова Анна"
    assert run(folder, "--anonymous", "--out", str(folder / "a.xlsx")) == 0
    hidden = load_workbook(folder / "a.xlsx").active
    assert "Иванова" not in str([[c.value for c in line] for line in hidden.iter_rows()])


def test_the_rubric_is_the_teachers(folder, capsys):
    assert run(folder) == 0
    path = folder / "rubric.toml"
    path.write_text('[[items]]\npoints = 3\ncheck = "layers"\nname.de = "Schichten"\n', "utf-8")
    assert run(folder, "--to", "gradescope") == 0
    assert path.read_text("utf-8").startswith("[[items]]\npoints = 3")
    told = json.loads((folder / "teacher/gradescope/s001/results.json").read_text("utf-8"))
    assert told["tests"] == [
        {"name": "Schichten", "score": 0.0, "max_score": 3.0, "visibility": "visible"}
    ]
    for wrong, said in [
        ('[[items]]\npoints = 1\ncheck = "none"\nname.en = "x"\n', "no check 'none'"),
        ('[[items]]\npoints = -1\nname.en = "x"\n', "items.0.points"),
        ("[[items]]\npoints = 1\n", "items.0.name"),
        ("items = []\n", "items"),
        ("[[items", "rubric.toml"),
    ]:
        path.write_text(wrong, "utf-8")
        capsys.readouterr()
        assert run(folder) == 2
        assert said in capsys.readouterr().err
        assert path.read_text("utf-8") == wrong


def read_moodle(text):
    """What PHP's fgetcsv reads: a backslash would take a quotation mark as it is."""
    assert "\\" not in text
    head, *lines = csv.reader(io.StringIO(text, newline=""))
    assert {len(line) for line in lines} <= {len(head)}
    return head, {line[0]: (float(line[1]), line[2]) for line in lines}


def test_moodle_gets_a_grade_beside_every_feedback(folder, capsys):
    assert run(folder, "--to", "moodle") == 0
    assert "s003" in capsys.readouterr().err
    head, found = read_moodle((folder / "teacher/moodle.csv").read_text("utf-8"))
    assert head == ["email", "Grade", "Feedback"]
    assert [*found] == ["anna@example.org", "b@example.org"]
    grade, feedback = found["anna@example.org"]
    assert grade == 7
    assert feedback.count("<br>") == 10
    assert run(folder, "--to", "moodle", "--by", "id") == 0
    assert [*read_moodle((folder / "teacher/moodle.csv").read_text("utf-8"))[1]] == ["17"]
    assert run(folder, "--to", "moodle", "--anonymous") == 2


texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40)


@settings(max_examples=60, deadline=None)
@given(texts, texts.filter(lambda text: re.sub(r"[\s\x00-\x1f\x7f-\x9f]", "", text)))
def test_what_a_name_holds_stays_text(name, item):
    rubric = Rubric(items=(Item(points=1, name={"en": item}),))
    student = STUDENTS[0].model_copy(update={"name": name})
    text, left = moodle_csv(rubric, [mark(rubric, student, checked())], wording("en"), "email")
    assert not left
    ((_, feedback),) = read_moodle(text)[1].values()
    first, *rest = feedback.split("<br>")
    assert len(rest) == 1
    assert "<" not in first
    squeezed = re.sub(r"[\s\x00-\x1f\x7f-\x9f]", "", item)
    assert squeezed in re.sub(r"[\s\x00-\x1f\x7f-\x9f]", "", html.unescape(first))


def test_gradescope_and_nbgrader_have_their_fields(folder):
    assert run(folder, "--to", "gradescope") == 0
    told = json.loads((folder / "teacher/gradescope/s001/results.json").read_text("utf-8"))
    assert told["score"] == sum(test["score"] for test in told["tests"]) == 7
    assert told["output_format"] == "text"
    assert all(0 <= test["score"] <= test["max_score"] for test in told["tests"])
    assert not (folder / "teacher/gradescope/s003").exists()
    assert run(folder, "--to", "nbgrader") == 0
    made = folder / "teacher/nbgrader"
    lines = list(csv.DictReader(io.StringIO((made / "grades.csv").read_text("utf-8"))))
    assert [line["score"] for line in lines] == ["7", "0", ""]
    assert {line["max_score"] for line in lines} == {"15"}
    assert lines[1]["last_name"].startswith("'=")
    page = made / "feedback/s001/lab1/lab1.html"
    assert "Иванова Анна" in page.read_text("utf-8")
    assert not (made / "feedback/s003").exists()
    assert run(folder, "--to", "nbgrader", "--anonymous") == 0
    told = page.read_text("utf-8") + (made / "grades.csv").read_text("utf-8")
    assert not {"Иванова", "ИУ5-21М", "anna@example.org"} & {*re.findall(r"[\w@.-]+", told)}


def test_a_rubric_is_written_once(tmp_path):
    rubric, path = course_rubric(tmp_path)
    assert rubric.most == 15
    assert {item.check for item in rubric.items if item.check} <= {*CHECKS}
    assert course_rubric(tmp_path) == (rubric, path)
