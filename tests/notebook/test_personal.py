"""`fclab notebook`: the classes of a variant filled in; what was typed is data."""

import ast
import json
import re
from html import unescape

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from fclab.cli import main
from fclab.labs.lab1.notebook.personal import as_text, personal
from fclab.labs.lab1.notebook.source import build, tagged
from fclab.labs.lab1.variant import classes_of

NASTY = (
    "Ю \"q\" 'a' \\ \\n <script>alert(1)</script> 🦊 *b* _i_ `c` [l](http://x.y) ![i](j) | # "
    "& &lt; $x$ {{ 7*7 }}"
)


def fclab(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(list(arguments))
    return int(ended.value.code or 0)


def classes_in(notebook) -> tuple[int, ...]:
    (assignment,) = ast.parse(tagged(notebook, "classes").source).body
    return ast.literal_eval(assignment.value)


@pytest.mark.parametrize("lang", ["ru", "en"])
def test_the_command_writes_the_notebook_of_the_variant(lang, tmp_path, capsys):
    path = tmp_path / "deep" / "mine.ipynb"
    assert fclab("notebook", "--group", "ИУ5-25М", "--variant", "1", "--department", "iu5",
                 "--student", "Ivanova A.", "--lang", lang, "--out", str(path)) == 0  # fmt: skip
    notebook = nbformat.read(path, 4)
    nbformat.validate(notebook)
    assert classes_in(notebook) == (40, 57, 22)
    front = tagged(notebook, "front").source
    assert "Ivanova A." in front
    assert "ИУ5-25М" in front
    assert "25 + 15 = 40" in front
    assert ("лампа" if lang == "ru" else "lamp") in front
    assert notebook.metadata["authors"] == [{"name": "Ivanova A."}]
    assert not [c for c in notebook.cells if c.get("outputs")]
    assert str(path) in capsys.readouterr().err


@pytest.mark.parametrize(
    ("lang", "year", "trap"),
    [
        ("ru", "по правилу 2024 года", "строка «40» – о классе 22 (часы)"),
        ("en", "by the rule of 2024", "the line “40” is about class 22 (clock)"),
    ],
)
def test_the_first_page_says_the_year_and_the_trap(lang, year, trap):
    variant = classes_of(25, 1, "iu5")
    mine = personal(variant.classes, lang, variant=variant)
    page = MarkdownIt("gfm-like", {"linkify": False}).render(tagged(mine, "front").source)
    shown = unescape(re.sub(r"<[^>]+>", "", page))
    for words in (year, trap, "--scheme 2022"):
        assert words in shown
    assert mine.metadata["fclab"]["variant"]["scheme"] == {"name": "2024"}


def test_another_year_has_a_file_and_classes_of_its_own(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for year in ((), ("--scheme", "2026")):
        assert fclab("notebook", "--group", "3", "--variant", "9", *year) == 0
    made = {path.name: nbformat.read(path, 4) for path in tmp_path.iterdir()}
    assert {name: classes_in(one) for name, one in made.items()} == {
        "lab1-iu5-3-9.ipynb": (18, 65, 30),
        "lab1-iu5-3-9-2026.ipynb": (10, 39, 59),
    }
    assert "the rule of 2024" in capsys.readouterr().err


def test_all_else_is_the_common_notebook():
    common, mine = build("en"), personal((1, 2, 3), "en")
    differ = [
        a.metadata.get("tags")
        for a, b in zip(common.cells, mine.cells, strict=True)
        if a.source != b.source
    ]
    assert differ == [["front"], ["classes"]]


def test_classes_can_be_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert fclab("notebook", "--classes", "58", "0", "55") == 0
    assert classes_in(nbformat.read(tmp_path / "lab1-0-55-58.ipynb", 4)) == (58, 0, 55)


def test_answers_are_not_written_over(tmp_path, capsys):
    path = tmp_path / "lab.ipynb"
    path.write_text("my answers", "utf-8")
    asked = ("notebook", "--classes", "0", "55", "--out", str(path))
    assert fclab(*asked) == 2
    assert "answers" in capsys.readouterr().err
    assert path.read_text("utf-8") == "my answers"
    assert fclab(*asked, "--force") == 0
    assert json.loads(path.read_text("utf-8"))["nbformat"] == 4


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "which classes"),
        (["--classes", "1"], "two or more"),
        (["--classes", "1", "100"], "100"),
        (["--classes", "1", "2", "--group", "25"], "not both"),
        (["--group", "25", "--variant", "1", "--department", "iu6"], "iu6"),
        (["--group", "25", "--variant", "1", "--lang", "de"], "de"),
    ],
)
def test_bad_requests_end_with_one_line_and_code_2(arguments, words, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert fclab("notebook", *arguments) == 2
    assert words in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_typed_text_is_data():
    variant = classes_of(25, 1, "iu5")
    mine = personal(variant.classes, "ru", variant=variant, group=NASTY, student=NASTY, title=NASTY)
    page = MarkdownIt("gfm-like", {"linkify": False}).render(tagged(mine, "front").source)
    assert "<script" not in page
    assert "<em>" not in page.split("<table>")[0]
    assert 'href="http://x.y' not in page
    plain = MarkdownIt().render(NASTY)
    assert "<em>" in plain  # the sample is nasty indeed
    shown = unescape(re.sub(r"<[^>]+>", "", page))
    assert shown.count(NASTY) == 3
    assert classes_in(mine) == variant.classes
    again = nbformat.reads(nbformat.writes(mine), 4)
    assert again.metadata["authors"][0]["name"] == NASTY
    assert again.metadata["title"] == NASTY


def test_half_characters_of_a_terminal_are_no_error(tmp_path):
    path = tmp_path / "x.ipynb"
    asked = ("--classes", "0", "55", "--student", "Ю\udcd0", "--title", "\udcd0", "--force")
    assert fclab("notebook", *asked, "--out", str(path)) == 0
    assert nbformat.read(path, 4).metadata["authors"] == [{"name": "Ю?"}]


@given(st.text(min_size=1).filter(lambda t: t.split()))
def test_any_text_is_shown_as_it_is(typed):
    shown = MarkdownIt("gfm-like", {"linkify": False}).renderInline(f"x {as_text(typed)}")
    assert "<" not in shown
    said = " ".join(unescape(shown).split())
    whole = " ".join(typed.encode("utf-8", "replace").decode().replace("\0", "\ufffd").split())
    assert said == f"x {whole}"
