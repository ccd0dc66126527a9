"""The teacher's sheet of the defence, through the command: who, what was found, what to ask."""

import docx
import pytest

from fclab.cli import main
from fclab.course.folder import write_checked, write_course
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

NAMES = ("Орлова Анна <b>Ильинична</b>", "Белов Пётр", "Громов Иван", "Без Классов")
CLASSES = ((39, 52, 61), (55, 0, 58), (1, 2, 3))


def row(batch, epochs, test, train):
    percent = {name: Figure(value=value, decimals=0, text=f"{value} %")
               for name, value in (("test", test), ("train", train))}  # fmt: skip
    return ClaimedRow(cells=("a",), layers=(10, 3), lr=0.005, batch_size=batch, epochs=epochs,
                      **percent)  # fmt: skip


def checked(student, rows, classes, slips):
    compared = [
        CheckedRow(row=k, finding="unusual" if k == 0 else "plausible", seeds=16, figures=(
            CheckedFigure(part="test", claimed=one.test.value, mean=76.1, sd=1.2, low=74,
                          high=78.2, p_value=0.01 + k, adjusted=1),))
        for k, one in enumerate(rows)
    ]  # fmt: skip
    claims = Claims(files=("a",), student=student, rows=rows, classes=classes)
    return Checked(claims=claims, classes=classes, rows=tuple(compared), slips=slips)


@pytest.fixture
def folder(tmp_path):
    students = tuple(Student(key=f"s00{n}", name=name, group="ИУ5-23")
                     for n, name in enumerate(NAMES, start=1))  # fmt: skip
    own = tuple(Assignment(student=f"s00{n}", group=3, variant=n, classes=classes)
                for n, classes in enumerate(CLASSES, start=1))  # fmt: skip
    kept = (row(128, 100, 70, 98), row(128, 100, 76, 99), row(64, 100, 75, 81))
    slips = (
        Slip(kind="iterations_changed", rows=(0, 2),
             values={"epochs": 100, "expected": 50, "said": 0}),
        Slip(kind="rows_alike", rows=(0, 1),
             values={"part": "test", "first": "70 %", "second": "76 %"}),
        Slip(kind="equal_to_another", rows=(0, 1),
             values={"what": "table", "student": "Чужой.docx"}),
    )  # fmt: skip
    exchanged = Slip(kind="names_exchanged", values={
        "classes": CLASSES[1], "said": (55, 0), "meant": (0, 55)})  # fmt: skip
    submissions = (checked("s001", kept, CLASSES[0], slips),
                   checked("s002", kept[:1], CLASSES[1], (exchanged,)))  # fmt: skip
    write_course(tmp_path, Course(scheme=find_scheme("2026"), lang="ru", students=students,
                                  assignments=own))  # fmt: skip
    write_checked(tmp_path, CourseCheck(version="0", seeds=16, submissions=submissions))
    return tmp_path


def plain(text):
    return text.replace("\N{NO-BREAK SPACE}", " ")


def sheet(folder, *options):
    with pytest.raises(SystemExit) as ended:
        main(["course", "feedback", "--course", str(folder), "--formats", "docx", "html",
              "--students", "s002", *options])  # fmt: skip
    assert ended.value.code == 0
    document = docx.Document(str(folder / "teacher/defence.docx"))
    asked = [{plain(line.cells[1].text): line.cells[2].text for line in table.rows[1:]}
             for table in document.tables]  # fmt: skip
    return asked, (folder / "teacher/defence.html").read_text("utf-8")


def test_questions_follow_from_the_submission_and_have_the_right_answers(folder):
    asked, page = sheet(folder, "--lang", "en")
    assert len(asked) == 3
    assert all(5 <= len(questions) <= 8 for questions in asked)
    of = {question: answer for questions in asked for question, answer in questions.items()}

    def answer(*words):
        (found,) = [a for q, a in of.items() if all(word in q for word in words)]
        return found

    # 1500 images: 12 batches of 128 and 24 of 64, each for 100 epochs
    made = answer("How many iterations were made in rows 1 and 3?")
    assert "Row 1: 12·100 = 1,200. Row 3: 24·100 = 2,400." in made
    assert "50 epochs, not 100" in made
    assert "± 1.2 points" in answer("Rows 1 and 2 have the same settings", "70 % and 76 %")
    assert "0 (apple)" in answer("Which class is the line 55 (otter)")
    assert "Row 1: 98% on training images, 70% on test images, a gap of 28.0" in answer("overfits")
    assert "Чужой.docx" in answer("figures of rows 1 and 2 made")
    assert "&lt;b&gt;Ильинична" in page
    assert "Row 1: unusual." in plain(page)
    assert "Rows 2 and 3: as single runs come out." in plain(page)
    assert "Без Классов" not in page


def test_numbers_are_those_of_the_students_own_network(folder):
    asked, _ = sheet(folder, "--lang", "en")
    own = [a for q, a in asked[2].items() if "FC(10), FC(3)" in q]
    weights = {"13", "30,750", "30,763", "1,500"}  # neurons, connections, weights; of 3072 inputs
    assert any(answer.split(".")[0] in weights for answer in own)


def test_an_anonymous_sheet_has_keys_and_nobodys_name(folder):
    _, page = sheet(folder, "--anonymous")
    for name in (*NAMES, "Ильинична", "Чужой", "ИУ5-23"):
        assert name not in page
    assert "s001" in page
    assert "с другой работой: другая работа" in plain(page)
