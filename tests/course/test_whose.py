"""Which files belong together, and whose they are."""

import io
import zipfile
from pathlib import Path

import pytest
from submissions import STYLES, Told, base_rows

from fclab.course.reading import read_submissions
from fclab.course.reading.people import known, match, sound
from fclab.course.values import Claims, Course, Student
from fclab.labs.lab1.variant import SCHEMES

STUDENTS = (
    Student(key="s001", name="Иванов Иван Петрович", email="ivanov.ip@st.example", id="23У101"),
    Student(key="s002", name="Щёголева Юлия Андреевна", email="shchegoleva@student.example"),
    Student(key="s003", name="Петров Пётр Сергеевич"),
    Student(key="s004", name="Петров Алексей Юрьевич"),
    Student(key="s005", name="Чжан Сяомин"),
    Student(key="s006", name="Иванова Анна Игоревна"),
    Student(key="s007", name="Воронцов-Дашков Илья Олегович"),
)  # fmt: skip
COURSE = Course(scheme=SCHEMES["2026"], lang="ru", students=STUDENTS, assignments=())


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Иванов Иван Петрович", "s001"),
        ("Иванов_И.П._отчёт.docx", "s001"),
        ("ИвановИП_лаб1.docx", "s001"),
        ("Иванов И.docx", "s001"),
        ("И.П. Иванов", "s001"),
        ("lab1_ivanov.pdf", "s001"),
        ("Ivanov_Ivan_Lab1.ipynb", "s001"),
        ("23У101.docx", "s001"),
        ("ivanov.ip@st.example.pdf", "s001"),
        ("Щеголева Ю.А.", "s002"),
        ("Shchegoleva", "s002"),
        ("Schegoleva_Yulia.docx", "s002"),
        ("Shegoleva Iuliia", "s002"),
        ("Петров П.С.", "s003"),
        ("petrov_petr", "s003"),
        ("Петров А.", "s004"),
        ("Petrov Alexey", "s004"),
        ("Алексей Петров", "s004"),
        ("Петров", None),
        ("Чжан Сяомин", "s005"),
        ("Иванова", "s006"),
        ("Воронцов-Дашков И.О..docx", "s007"),
        ("vorontsov_dashkov_lab1_final(2).pdf", "s007"),
        ("ЛР1_Иванова_ИУ5-23М.docx", "s006"),
        ("Отчёт по лабораторной работе 1.docx", None),
        ("Сидоров", None),
    ],
)
def test_a_name_of_a_file_says_whose_it_is(name, key):
    assert match(known(STUDENTS), name, "")[0] == key


def test_a_title_page_says_whose_it_is():
    people = known(STUDENTS)
    assert match(people, "1.docx", "Выполнил Петров А.Ю.\nПроверил Канев А.И.")[0] == "s004"
    assert match(people, "1.docx", "Студенты: Петров П.С. и Петров А.Ю.") == (
        None,
        (("several_students", "s003, s004"),),
    )
    assert match(people, "Иванов.docx", "Петров А.Ю.") == (
        "s001",
        (("title_names_another", "s004"),),
    )
    assert match(people, "Петров.docx", "Петров А.Ю.") == ("s004", ())


def test_transliterations_sound_alike():
    assert {sound("Юлия"), sound("Yulia"), sound("Iuliia"), sound("Julija")} == {sound("Юлия")}
    assert sound("Щукин") == sound("Shchukin") == sound("Schukin")
    assert sound("Семёнов") == sound("Semenov") == sound("Semyonov")
    assert sound("Иванов") != sound("Иванова")


def report(name: str = "") -> bytes:
    return STYLES["lab-docx"](Told(name=name or "Никитин Н. Н.", rows=base_rows()))


def table() -> bytes:
    return STYLES["lab-commas"](Told(rows=base_rows()))


def zipped(parts: dict[str, bytes], encoding: str = "utf-8") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        for name, data in parts.items():
            file.writestr(name, data)
    raw = out.getvalue()
    if encoding != "utf-8":  # as Windows packs: names in its code page, without the mark of UTF-8
        for name in parts:
            same = name.encode(encoding).ljust(len(name.encode()), b"_")
            raw = raw.replace(name.encode(), same).replace(b"\x00\x08", b"\x00\x00")
    return raw


def write(folder: Path, files: dict[str, bytes]) -> None:
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def by_student(found: list[Claims]) -> dict[str | None, list[str]]:
    return {claims.student: sorted(claims.files) for claims in found}


LAYOUTS = {
    "a file each": ["Иванов И.П..docx", "Петров Алексей.docx"],
    "several files beside each other": ["Иванов_отчёт.docx", "Иванов_таблица.csv", "Петров А.docx"],
    "folders": ["Иванов/report.docx", "Иванов/table.csv", "Петров А.Ю/report.docx"],
    "groups": ["ИУ5-23М/Иванов/отчёт.docx", "ИУ5-24М/Петров Алексей/отчёт.docx"],
    "groups of files": ["ИУ5-23М/Иванов.docx", "ИУ5-23М/Петров А.docx"],
    "a learning platform": [
        "Иванов Иван_12345_assignsubmission_file_/отчёт.docx",
        "Иванов Иван_12345_assignsubmission_file_/src/table.csv",
        "Иванов Иван_12345_assignsubmission_onlinetext_/onlinetext.html",
        "Петров Алексей_12346_assignsubmission_file_/1.docx",
    ],
    "a learning platform, flat": [
        "Иванов Иван_12345_assignsubmission_file_отчёт.docx",
        "Иванов Иван_12345_assignsubmission_file_таблица.csv",
        "Петров Алексей_12346_assignsubmission_file_1.docx",
    ],
    "with what systems leave": [
        "Иванов/report.docx", "Иванов/~$report.docx", "Иванов/.DS_Store",
        "__MACOSX/Иванов/._report.docx", "Петров А/report.docx", "Петров А/Thumbs.db",
    ],
}  # fmt: skip


@pytest.mark.parametrize("layout", LAYOUTS)
def test_files_of_a_student_are_one_submission(tmp_path, layout):
    files = {n: table() if n.endswith(".csv") else report() for n in LAYOUTS[layout]}
    write(tmp_path / "all", files)
    found = by_student(list(read_submissions(tmp_path / "all", COURSE)))
    assert found.keys() == {"s001", "s004"}
    useful = [n for n in files if "~$" not in n and "/." not in n and "Thumbs" not in n]
    assert sorted(name for names in found.values() for name in names) == sorted(
        n for n in useful if "MACOSX" not in n
    )


def test_zips_are_folders(tmp_path):
    inner = zipped({"отчёт/report.docx": report(), "table.csv": table()})
    write(
        tmp_path, {"all/Иванов.zip": inner, "all/Петров А/work.zip": zipped({"1.docx": report()})}
    )
    found = by_student(list(read_submissions(tmp_path / "all", COURSE)))
    assert found == {
        "s001": ["Иванов/table.csv", "Иванов/отчёт/report.docx"],
        "s004": ["Петров А/work/1.docx"],
    }
    whole = zipped({"Иванов.zip": inner, "Петров А.docx": report(), "~$x.docx": b"x"})
    write(tmp_path, {"bulk.zip": whole})
    assert by_student(list(read_submissions(tmp_path / "bulk.zip", COURSE))).keys() == {
        "s001",
        "s004",
    }


def test_title_pages_are_matched_where_names_of_files_tell_nothing(tmp_path):
    write(tmp_path / "all", {"1.docx": report("Щёголева Ю. А."), "2.docx": report("Сидоров С. С.")})
    found = {c.files: c for c in read_submissions(tmp_path / "all", COURSE)}
    assert found[("1.docx",)].student == "s002"
    assert found[("2.docx",)].student is None
    assert ("no_student", "") in found[("2.docx",)].unread


def test_files_that_disagree_are_named(tmp_path):
    other = base_rows()[:3]
    write(tmp_path / "all" / "Иванов", {
        "report.docx": report(), "table.csv": STYLES["lab-commas"](Told(rows=other)),
        "old.doc": b"\xd0\xcf\x11\xe0" * 99, "scan.rtf": b"{\\rtf1 x}", "photo.png": b"\x89PNG",
    })  # fmt: skip
    (claims,) = read_submissions(tmp_path / "all", COURSE)
    assert len(claims.rows) == len(base_rows())
    assert ("tables_differ", "Иванов/report.docx; Иванов/table.csv") in claims.unread
    assert ("old_office", "Иванов/old.doc") in claims.unread
    assert ("rtf", "Иванов/scan.rtf") in claims.unread


def test_no_folder_and_an_empty_one_are_refused(tmp_path):
    from fclab.values.errors import DataError

    with pytest.raises(DataError, match="does not exist"):
        list(read_submissions(tmp_path / "none"))
    (tmp_path / "all").mkdir()
    with pytest.raises(DataError, match="no files"):
        list(read_submissions(tmp_path / "all"))
