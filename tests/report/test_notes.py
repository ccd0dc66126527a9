"""The student's own text is text: whatever it holds, it stands in the report as it was typed."""

import io
import zipfile

import pytest
from made import all_text
from PIL import Image

from fclab.labs.lab1.content import titles
from fclab.report.html import render_html
from fclab.report.model import FigureBlock, Items, Paragraph
from fclab.report.notes import placed, read_notes, with_notes
from fclab.report.pdf.document import render_pdf
from fclab.report.word.document import render_docx
from fclab.values.errors import UsageError
from fclab.words.languages import LANGUAGES
from fclab.words.spans import Span
from hostile import EVIL, LONG, hostile_report

TITLES = {"one": ["Глава 1. Одна", "Chapter 1. One"], "two": ["Вторая", "The second"]}


@pytest.fixture
def noted(tmp_path):
    """Reads a text as notes.md beside a picture."""
    Image.new("RGB", (40, 30), "red").save(tmp_path / "p.png")

    def read(text: str):
        path = tmp_path / "notes.md"
        path.write_text(text, "utf-8")
        return placed(read_notes(path), TITLES, path)

    return read


@pytest.mark.parametrize(
    "heading",
    ["one", "# ONE", "Глава 1", "глава 1. одна", "CHAPTER 1:", "2.1 Chapter 1. One", "3. one"],
)
def test_a_heading_names_a_section_in_any_language(noted, heading):
    assert noted(f"### {heading.lstrip('# ')}\n\nx\n").keys() == {"one"}


def test_paragraphs_lists_and_pictures_become_blocks(noted):
    blocks = noted(
        "# one\na **b** *c*\n`d` $x_1 * y * \\frac{1}{2}$\n\n- e\n- f\n  - g\n\n5. h\n6. i\n\n"
        "![j](p.png) k\n\n# two\n\nl\n\n# one\n\nm\n"
    )
    plain, bullets, numbers, picture, behind, again = blocks["one"]
    assert plain == Paragraph(
        (Span("a "), Span("b", "strong"), Span(" "), Span("c", "emphasis"), Span(" "),
         Span("d", "code"), Span(" $x_1 * y * \\frac{1}{2}$"))
    )  # fmt: skip
    assert bullets == Items(((Span("e"),), (Span("f"),), (Span("g"),)))
    assert numbers == Items(((Span("5. "), Span("h")), (Span("6. "), Span("i"))))
    assert isinstance(picture, FigureBlock)
    assert picture.caption == (Span("j"),)
    assert (picture.name, picture.alt, picture.raster) == ("note-1", "j", True)
    assert behind == Paragraph((Span("k"),))
    assert again == Paragraph((Span("m"),))
    assert blocks["two"] == (Paragraph((Span("l"),)),)


def test_other_markup_is_text(noted):
    text = "<b>x</b> [y](http://e.org) <!-- z --> &lt;"
    (block,) = noted(f"# one\n\n{text}\n")["one"]
    words = "".join(span.text for span in block.text)
    assert words == "<b>x</b> [y](http://e.org) <!-- z --> <"
    assert {span.style for span in block.text} == {"plain"}


def test_hostile_text_is_shown_in_every_format(noted):
    evil = f"{EVIL} {LONG} \x00\x07\u202e"
    caption = EVIL.replace("[", "(").replace("]", ")").replace("`", "'")
    items = f"- {evil}\n- **{evil}**"
    blocks = noted(f"# one\n\n{evil}\n\n{items}\n\n![{caption}](p.png)\n\n# two\n\n{evil}")
    assert sum(isinstance(block, FigureBlock) for block in blocks["one"]) == 1
    report = with_notes(hostile_report(), blocks)
    page = render_html(report)
    assert "<script>alert(" not in page
    assert page.count("&lt;script&gt;alert(") > render_html(hostile_report()).count(
        "&lt;script&gt;alert("
    )
    assert "49" not in all_text(report)  # {{ 7*7 }}
    assert render_pdf(report).startswith(b"%PDF")
    saved = io.BytesIO()
    render_docx(report).save(saved)
    with zipfile.ZipFile(saved) as file:
        assert file.testzip() is None
        assert "\u202e" not in file.read("word/document.xml").decode()


@pytest.mark.parametrize(
    "text",
    ["*" * 60_000, "**a " * 15_000, "![" * 30_000, "[" * 60_000, "- " * 9, "`" * 60_000,
     "$" * 60_000, "$a" * 30_000, "&" * 60_000, "\\" * 60_000, "*a_" * 20_000, "` `` " * 12_000],
)  # fmt: skip
def test_markup_that_never_ends_is_read_all_the_same(noted, text):
    assert noted(f"# one\n\nx {text}\n")["one"]
    assert noted(f"# one\n\n{text} x\n")["one"]


def test_lists_that_are_too_deep_lose_nothing_silently(noted):
    with pytest.raises(UsageError, match="too deep"):
        noted(f"# one\n\n{'- ' * 10}x\n")


def test_bytes_that_are_no_text_are_one_line(tmp_path):
    path = tmp_path / "notes.md"
    path.write_bytes(b"# part1\n\xff\xfe")
    with pytest.raises(UsageError, match="no text in UTF-8"):
        read_notes(path)


def test_notes_of_another_editor_are_read(tmp_path):
    path = tmp_path / "notes.md"
    path.write_bytes(b"\xef\xbb\xbf# one\r\n\r\na\r\nb\r\n")
    assert placed(read_notes(path), TITLES, path)["one"] == (Paragraph((Span("a b"),)),)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_section_of_the_lab_can_be_named(whole, lang):
    from made import build_full

    report = build_full(whole, lang)
    known = titles(lang)
    for top in report.sections:
        assert known[top.name] == top.title
        if top.part != "appendix":
            assert all(known[inner.name] == inner.title for inner in top.sections)
