"""The pages that students get back, through the command."""

import docx
import pytest

from fclab.cli import main
from fclab.course.folder import write_checked, write_course
from fclab.course.values import (
    Checked,
    CheckedFigure,
    CheckedRow,
    ClaimedRow,
    Claims,
    Course,
    CourseCheck,
    Slip,
    Student,
)
from fclab.labs.lab1.variant import find_scheme

HOSTILE = "<script>alert(1)</script> $x$ {~=}"


@pytest.fixture
def folder(tmp_path):
    students = tuple(Student(key=f"s00{n}", name=f"{HOSTILE} {n}", group="ИУ5") for n in (1, 2))
    figure = CheckedFigure(part="test", claimed=70, mean=76.1, sd=1, low=74, high=78.2,
                           p_value=0.001, adjusted=0.01)  # fmt: skip
    row = ClaimedRow(cells=(HOSTILE,), layers=(10, 3), lr=0.005, batch_size=128, epochs=100)
    rows = (CheckedRow(row=0, finding="unusual", seeds=16, figures=(figure,)),
            CheckedRow(row=1, finding="not_checked", reason="incomplete"))  # fmt: skip
    kinds = ("other_classes", "names_exchanged", "iterations_changed", "best_epoch",
             "rows_alike", "equal_to_another", "other_data")  # fmt: skip
    slips = tuple(Slip(kind=kind, rows=(0, 1), values={"student": "s002"}) for kind in kinds)
    claims = Claims(files=("a",), student="s001", rows=(row, ClaimedRow(cells=())))
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
    assert "74,0–78,2" in page or "74.0–78.2" in page
    assert "s002" not in page
    cells = [cell.text for row in docx.Document(str(folder / "students/s001/feedback.docx"))
             .tables[0].rows for cell in row.cells]  # fmt: skip
    assert "70" in cells
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
