"""Rosters as offices export them, read from real files."""

import csv
import io
import zipfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from fclab.course.roster.read import read_roster
from fclab.values.errors import DataError

ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1251", "koi8-r", "cp866")
HEADINGS = {
    "name": ("ФИО", "Ф.И.О. студента", "Фамилия, имя, отчество", "Full name", "Student"),
    "group": ("Группа", "Учебная группа", "Group", "№ группы"),
    "variant": ("Вариант", "№ варианта", "Variant"),
    "email": ("Почта", "E-mail", "Адрес электронной почты", "Email address"),
    "id": ("Номер зачётной книжки", "ID", "Личный номер", "ID number"),
}
WORDS = [
    "Иванова", "Петров", "Анна", "Пётр", "Сидоровна", "Ольга", "Борисович", "Юлия", "Елена",
]  # fmt: skip


def write_csv(path, rows, encoding="utf-8", separator=";"):
    text = io.StringIO()
    csv.writer(text, delimiter=separator, lineterminator="\r\n").writerows(rows)
    written = text.getvalue()
    if encoding == "koi8-r":  # it has no such sign
        written = written.replace("№", "N")
    path.write_bytes(written.encode(encoding))
    return path


@st.composite
def rosters(draw):
    """A roster, and the dialect that it is written in."""
    n = draw(st.integers(2, 12))
    fields = [
        "name",
        "group",
        *draw(st.lists(st.sampled_from(["variant", "email", "id"]), unique=True)),
    ]
    fields = draw(st.permutations(fields))
    people = [
        {
            "name": " ".join(draw(st.lists(st.sampled_from(WORDS), min_size=2, max_size=3))),
            "group": draw(st.sampled_from(["ИУ5-23М", "ИУ5-24М"])),
            "variant": str(draw(st.integers(1, 40))),
            "email": f"user{number}@example.org",
            "id": f"23У{number:03}",
        }
        for number in range(n)
    ]
    heads = [draw(st.sampled_from(HEADINGS[field])) for field in fields]
    titles = draw(st.sampled_from([[], [["Список студентов"], []], [["МГТУ", ""], ["2026 год"]]]))
    body = [[person[field] for field in fields] for person in people]
    totals = draw(st.sampled_from([[], [["Всего: 12"]], [[], ["Декан", "Смирнов"]]]))
    dialect = draw(st.sampled_from(ENCODINGS)), draw(st.sampled_from(";,\t|"))
    return fields, people, [*titles, heads, *body, *totals], dialect


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rosters())
def test_what_is_written_in_any_dialect_is_read(tmp_path, made):
    fields, people, rows, (encoding, separator) = made
    found = read_roster(write_csv(tmp_path / "roster.csv", rows, encoding, separator))
    repeated = [one for one in found.problems if one.kind == "twice"]
    assert found.problems == tuple(repeated)
    sign = "N" if encoding == "koi8-r" else "№"
    assert {*found.read[0].columns} == {
        (field, rows[found.read[0].line - 1][place].replace("№", sign))
        for place, field in enumerate(fields)
    }
    if {"email", "id"} & {*fields}:
        assert not repeated
        assert [(one.name, one.group) for one in found.entries] == [
            (person["name"], person["group"]) for person in people
        ]
        for field in {"email", "id"} & {*fields}:
            assert [getattr(one, field) for one in found.entries] == [p[field] for p in people]
    else:
        assert len(found.entries) + len(repeated) == len(people)
    if "variant" in fields:
        assert {one.variant for one in found.entries} <= {int(p["variant"]) for p in people}


def test_a_workbook_with_merged_headings_and_a_sheet_for_a_group(tmp_path):
    book = Workbook()
    page = book.active
    page.title = "Титул"
    page["A1"] = "Ведомость"
    first = book.create_sheet("ИУ5-23М")
    for row in (
        ["Список группы, осенний семестр"],
        ["№", "Фамилия", "Имя", "Отчество", "Вариант"],
        [1, "Иванова", "Анна", "Борисовна", 7],
        [2, "Петров", "Пётр", None, 9.0],
        [None, "Итого", 2],
    ):
        first.append(row)
    first.merge_cells("A1:E1")
    second = book.create_sheet("Лист3")
    for row in (
        ["ФИО", "Кафедра", "Вариант"],
        ["Группа ИУ5-24М"],
        ["Ким Ли", "иностранцы", "=1+1"],
        ["Юрьева Яна", "ГУИМЦ", 3],
    ):
        second.append(row)
    second.merge_cells("A2:C2")
    book.save(tmp_path / "roster.xlsx")
    found = read_roster(tmp_path / "roster.xlsx")
    assert [(one.name, one.group, one.variant, one.department) for one in found.entries] == [
        ("Иванова Анна Борисовна", "ИУ5-23М", 7, "iu5"),
        ("Петров Пётр", "ИУ5-23М", 9, "iu5"),
        ("Ким Ли", "ИУ5-24М", None, "foreign"),
        ("Юрьева Яна", "ИУ5-24М", 3, "guimc"),
    ]
    assert found.problems == ()


def test_a_file_without_headings(tmp_path):
    rows = [["1", "Иванова Анна", "ИУ5-23М", "a@x.ru"], ["2", "Петров Пётр", "ИУ5-23М", "b@x.ru"]]
    found = read_roster(write_csv(tmp_path / "roster.csv", rows))
    assert [(one.name, one.group, one.email) for one in found.entries] == [
        ("Иванова Анна", "ИУ5-23М", "a@x.ru"), ("Петров Пётр", "ИУ5-23М", "b@x.ru"),
    ]  # fmt: skip
    assert found.read[0].line == 0


def test_every_line_that_gives_no_student_is_named(tmp_path):
    rows = [
        ["ФИО", "Группа", "Вариант", "ID"],
        ["Иванова Анна", "ИУ5-23М", "1", "a1"],
        ["", "ИУ5-23М", "2", "a2"],
        ["Петров Пётр", "ИУ5-23М", "ноль", "a3"],
        ["Сидоров Сидор", "??", "4", "a4"],
        ["Другая Анна", "ИУ5-23М", "5", "A1"],
        ["Шестой 6", "ИУ5-23М", "5", "a6"],
        ["Злой\x1b[2J Пётр", "ИУ5-23М", "5", "a7"],
    ]
    found = read_roster(write_csv(tmp_path / "roster.csv", rows))
    assert [(one.line, one.kind) for one in found.problems] == [
        (3, "no_name"), (4, "bad_variant"), (5, "bad_group"), (6, "twice"), (7, "not_a_name"),
        (8, "bad_text"),
    ]  # fmt: skip
    assert [one.name for one in found.entries] == ["Иванова Анна"]


def entities(path):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(
            "xl/workbook.xml", '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/hosts">]><a/>'
        )


def bomb(path):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/sharedStrings.xml", b"\0" * (30 << 20))


def cut(path):
    path.write_bytes(b"PK\x03\x04" + b"x" * 500)


def old(path):
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))


def huge(path):
    path.write_bytes(b"a;b\n" * (5 << 20))


def pictures(path):
    path.write_bytes(b"\x89PNG\r\n" + bytes(range(256)) * 20)


@pytest.mark.parametrize("made", [entities, bomb, cut, old, huge, pictures])
def test_what_is_no_roster_is_refused_in_one_line(made, tmp_path):
    made(path := tmp_path / "roster.xlsx")
    with pytest.raises(DataError, match=r"roster\.xlsx"):
        read_roster(path)
