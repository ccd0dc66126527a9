"""The question bank, read by readers made from Moodle's documentation alone (docs/questions.md)."""

import re
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fclab.cli import main
from fclab.course.folder import write_checked, write_course
from fclab.course.questions.bank import Category, Question, question_bank
from fclab.course.questions.gift import gift
from fclab.course.questions.moodle_xml import moodle_xml
from fclab.course.values import (
    Assignment,
    Checked,
    ClaimedRow,
    Claims,
    Course,
    CourseCheck,
    Student,
)
from fclab.labs.lab1.variant import SCHEMES

COURSE = Course(
    scheme=SCHEMES["2026"],
    lang="ru",
    students=(
        Student(key="s001", name="Иванова Анна", group="ИУ5-21М", variant=9),
        Student(key="s002", name="O'Neil {=1} ~ #$//", group="a/b"),
        Student(key="s003", name="Nobody"),
    ),
    assignments=(
        Assignment(student="s001", group=1, variant=9, classes=(8, 39, 59)),
        Assignment(student="s002", group=1, variant=10, classes=(8, 40, 60)),
    ),
)
ROW = ClaimedRow(cells=("",), layers=(17, 3), lr=0.003, batch_size=50, epochs=100)
CHECKED = CourseCheck(
    version="0",
    seeds=16,
    submissions=(
        Checked(
            claims=Claims(files=("a",), student="s001", rows=(ROW, ClaimedRow(cells=("?",)))),
            classes=(8, 39, 59), rows=(), slips=(),
        ),
    ),
)  # fmt: skip


def split_path(path):
    """Moodle's rule for the path of a category: / parts, // is a / within a name."""
    assert path.startswith("$course$/top/")
    parts = re.split(r"(?<!/)/(?!/)", path.removeprefix("$course$/top/"))
    return tuple(part.replace("//", "/") for part in parts)


def read_gift(text):
    """Questions by blank lines; // begins a comment; a backslash takes a character as it is."""
    lines = [line for line in text.split("\n") if not line.lstrip().startswith("//")]
    found, category = [], ()
    for block in "\n".join(lines).split("\n\n"):
        block = block.strip()
        if not block:
            continue
        if named := re.fullmatch(r"\$CATEGORY: (.*)", block):
            category = split_path(named[1])
            continue
        hidden = re.sub(r"\\([\\~=#{}:])", lambda m: chr(0xE000 + ord(m[1])), block)
        title, stem, numeric = re.fullmatch(r"::(.*?)::\[plain\](.*) \{#(.*)\}", hidden).groups()
        value, why = numeric.split("####")
        answer, tolerance = value.split(":")
        assert not any(mark in title + stem + why for mark in "~={}")
        shown = [
            re.sub("[\ue000-\ue07f]", lambda m: chr(ord(m[0]) - 0xE000), one)
            for one in (title, stem, why)
        ]
        found.append((category, *shown, float(answer), float(tolerance)))
    return found


def read_xml(text):
    found, category = [], ()
    for question in ET.fromstring(text):
        if question.get("type") == "category":
            category = split_path(question.findtext("category/text"))
            continue
        assert question.get("type") == "numerical"
        assert question.find("questiontext").get("format") == "plain_text"
        (answer,) = question.findall("answer")
        assert answer.get("fraction") == "100"
        found.append(
            (category, question.findtext("name/text"), question.findtext("questiontext/text"),
             question.findtext("generalfeedback/text") or "", float(answer.findtext("text")),
             float(answer.findtext("tolerance")))
        )  # fmt: skip
    return found


def flat(categories):
    return [
        (c.path, q.name, q.text, q.why, pytest.approx(q.answer, abs=1e-9), q.tolerance)
        for c in categories
        for q in c.questions
    ]


@pytest.mark.parametrize(("write", "read"), [(gift, read_gift), (moodle_xml, read_xml)])
def test_what_is_written_is_read(write, read):
    bank = question_bank(COURSE, CHECKED, each=3)
    assert len(bank) == 2
    assert read(write(bank)) == flat(bank)


words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\ufffe\uffff"))
shown = words.map(
    lambda t: " ".join("".join(c if c.isprintable() or c == " " else " " for c in t).split())
)
plain = shown.filter(lambda t: not re.search("[\ue000-\ue07f]", t))


@settings(max_examples=80, deadline=None)
@given(
    plain.filter(bool),
    plain.filter(bool),
    plain,
    st.floats(-1e6, 1e6),
    st.sampled_from([0.0, 0.002]),
)
def test_no_character_steers(path, text, why, answer, tolerance):
    name = path.strip("/").replace("//", "") or "x"
    bank = (
        Category(
            ("a", f"n{name}n"), (Question(f"q{text}", f"q{text}", answer, tolerance, f"w{why}"),)
        ),
    )
    assert read_gift(gift(bank)) == flat(bank)
    assert read_xml(moodle_xml(bank)) == flat(bank)


def test_the_networks_are_those_of_ones_own_table():
    own, other = question_bank(COURSE, CHECKED, each=5)
    told = " ".join(one.text for one in own.questions)
    assert "FC(17), FC(3)" in told
    assert "FC(10), FC(3)" not in told
    assert "FC(17)" not in " ".join(one.text for one in other.questions)


@pytest.fixture
def folder(tmp_path):
    write_course(tmp_path, COURSE)
    return tmp_path


def run(*words):
    with pytest.raises(SystemExit) as ended:
        main(["course", "questions", *words])
    return ended.value.code


def test_the_command(folder, capsys):
    assert run("--course", str(folder), "--lang", "en") == 0
    assert "2\xa0categories" in capsys.readouterr().err
    named = (folder / "teacher/questions.txt").read_text("utf-8")
    assert "Иванова Анна" in named
    assert len(read_gift(named)) == 28
    write_checked(folder, CHECKED)
    out = folder / "bank.xml"
    given = ("--course", str(folder), "--to", "moodle-xml", "--anonymous", "--out", str(out))
    assert run(*given) == 0
    assert "Иванова" not in out.read_text("utf-8")
    assert "FC(17)" in out.read_text("utf-8")


def test_what_cannot_be_done_is_said(folder, tmp_path, capsys):
    assert run("--course", str(tmp_path / "none"), "--lang", "en") == 2
    assert "no course's folder" in capsys.readouterr().err
    assert run("--course", str(folder), "--each", "0", "--lang", "en") == 2
    write_course(folder, COURSE.model_copy(update={"assignments": ()}))
    assert run("--course", str(folder), "--lang", "en") == 2
    assert "nobody" in capsys.readouterr().err
