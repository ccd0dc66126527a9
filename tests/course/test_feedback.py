"""The pages that students get back, through the command."""

import zipfile

import docx
import pytest

from fclab.cli import main
from fclab.course.folder import read_checked, read_course, write_checked, write_course
from fclab.course.values import (
    Assignment,
    Checked,
    CheckedFigure,
    CheckedRow,
    ClaimedRow,
    Claims,
    Course,
    CourseCheck,
    Figure,
    Slip,
    Student,
)
from fclab.labs.lab1.variant import find_scheme

HOSTILE = "<script>alert(1)</script> $x$ {~=}"
SLIPS = {
    "other_classes": {
        "classes": (0, 55, 58),
        "expected": (19, 52, 61),
        "scheme": "2025",
        "group": 3,
        "student": "s002",
    },
    "names_exchanged": {"classes": (55, 0, 58), "said": (55, 0), "meant": (0, 55)},
    "iterations_changed": {"epochs": 100, "expected": 50, "said": 0},
    "best_epoch": {"stated": 0, "claimed": 78.0, "last": 74.4, "best": 78.1},
    "rows_alike": {"part": "test", "first": "70 %", "second": "74 %"},
    "equal_to_another": {"what": "table", "student": "s002", "classes": (1, 2, 3)},
    "other_data": {"classes": (7, 8, 9)},
}


@pytest.fixture
def folder(tmp_path):
    students = tuple(Student(key=f"s00{n}", name=f"{HOSTILE} {n}", group="ИУ5") for n in (1, 2))
    figure = CheckedFigure(part="test", claimed=70, mean=76.1, sd=1, low=74, high=78.2,
                           p_value=0.001, adjusted=0.01)  # fmt: skip
    trained = figure.model_copy(update={"part": "train", "claimed": 98.0, "p_value": 0.4})
    row = ClaimedRow(cells=(HOSTILE,), layers=(10, 3), lr=0.005, batch_size=128, epochs=100,
                     test=Figure(value=70, decimals=0, text="70 %"),
                     train=Figure(value=98, decimals=0, text="98 %"))  # fmt: skip
    rows = (CheckedRow(row=0, finding="unusual", seeds=16, figures=(figure, trained)),
            CheckedRow(row=1, finding="not_checked", reason="incomplete"))  # fmt: skip
    slips = tuple(Slip(kind=kind, rows=(0, 1), values=values) for kind, values in SLIPS.items())
    slips += tuple(slip for slip in slips if slip.kind == "iterations_changed")
    claims = Claims(
        files=("a",), student="s001", rows=(row, row.model_copy(update={"batch_size": 64}))
    )
    one = Checked(claims=claims, classes=(0, 55, 58), rows=rows, slips=slips)
    scheme = find_scheme("2026")
    write_course(tmp_path, Course(scheme=scheme, lang="ru", students=students, assignments=()))
    write_checked(tmp_path, CourseCheck(version="0", seeds=16, submissions=(one,)))
    return tmp_path


def told(folder, *options):
    with pytest.raises(SystemExit) as ended:
        main(["course", "feedback", "--course", str(folder), *options])
    return ended.value.code


@pytest.mark.parametrize("lang", ["ru", "en"])
def test_a_page_has_claims_beside_what_training_gave_and_names_no_other_student(folder, lang):
    assert told(folder, "--lang", lang) == 0
    page = (folder / "students/s001/feedback.html").read_text("utf-8")
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "76,1 (74,0–78,2)" in page or "76.1 (74.0–78.2)" in page
    for said in ("19 (", "61 (", "74 %", "70 %", "50"):
        assert said in page.replace("\N{NO-BREAK SPACE}", " ")
    assert "s002" not in page
    plain = " ".join(page.replace("\N{NO-BREAK SPACE}", " ").split())
    assert plain.count("эпох 100; " if lang == "ru" else "100 epochs; ") == 2
    assert plain.count("растёт батч" if lang == "ru" else "the batch grows") == 1
    rows = docx.Document(str(folder / "students/s001/feedback.docx")).tables[0].rows
    assert len(rows) == 3
    assert {"70", "98"} <= {cell.text for cell in rows[1].cells}
    assert not (folder / "students/s002").exists()


def test_anonymous_pages_have_keys(folder):
    assert told(folder, "--anonymous", "--formats", "html") == 0
    page = (folder / "students/s001/feedback.html").read_text("utf-8")
    assert "s001" in page
    assert "alert(1)" not in page
    assert not (folder / "students/s001/feedback.docx").exists()


def test_a_student_without_a_submission_is_refused(folder, capsys):
    assert told(folder, "--students", "s002", "--lang", "en") == 2
    assert "no checked submission of the student s002" in capsys.readouterr().err


def test_the_zip_of_what_students_get_has_the_pages(folder):
    own = Assignment(student="s001", group=3, variant=1, classes=(0, 55, 58))
    write_course(folder, read_course(folder).model_copy(update={"assignments": (own,)}))
    assert told(folder, "--formats", "html") == 0
    with zipfile.ZipFile(folder / "students.zip") as archive:
        assert archive.namelist() == ["s001/feedback.html"]
        page = (folder / "students/s001/feedback.html").read_bytes()
        assert archive.read("s001/feedback.html") == page


@pytest.mark.parametrize("anonymous", [False, True])
def test_submissions_of_nobody_known_are_counted_and_named(folder, capsys, anonymous):
    checked = read_checked(folder)
    lost = Checked(claims=Claims(files=("Пётр.docx",)), classes=None, rows=(), slips=())
    both = (*checked.submissions, lost)
    write_checked(folder, checked.model_copy(update={"submissions": both}))
    assert told(folder, "--formats", "html", "--lang", "en",
                *(["--anonymous"] if anonymous else [])) == 0  # fmt: skip
    said = capsys.readouterr()
    assert "Submissions of nobody known: 1" in said.out + said.err
    assert ("Пётр.docx" in said.out + said.err) is not anonymous
