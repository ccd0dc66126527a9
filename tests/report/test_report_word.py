"""The document as Word has it: its form, its fields, its formulas, and safe from what is typed."""

import io
import re
import zipfile
from dataclasses import replace
from pathlib import Path

import docx
import pytest
from docx.oxml.ns import qn
from docx.oxml.xmlchemy import serialize_for_reading
from docx.shared import Pt

from fclab.labs.lab1.content import formulas
from fclab.report.headings import headings
from fclab.report.title import TitleSettings, title_page
from fclab.report.word import render_docx, write_docx
from fclab.report.word.omml import omml
from fclab.values.recipe import BINARY, CIFAR, REGRESSION
from hostile import EVIL, LONG, hostile_report

TEXT = qn("w:t")


@pytest.fixture(scope="module")
def document(russian, tmp_path_factory):
    path = tmp_path_factory.mktemp("word") / "report.docx"
    page = title_page(TitleSettings(student="Иванов И. И."), "ru")
    write_docx(replace(russian, title_page=page), path)
    return docx.Document(str(path))


@pytest.fixture(scope="module")
def xml(document) -> str:
    return document.element.xml


def said(document) -> str:
    """All words of the document, those of links and fields too, a paragraph per line."""
    lines = ["".join(t.text or "" for t in p.iter(TEXT)) for p in document.element.iter(qn("w:p"))]
    return "\n".join(lines)


def test_the_page_is_as_departments_ask(document):
    page = document.sections[0]
    assert (round(page.page_width.mm), round(page.page_height.mm)) == (210, 297)
    margins = (page.left_margin, page.right_margin, page.top_margin, page.bottom_margin)
    assert [round(margin.mm) for margin in margins] == [30, 15, 20, 20]
    normal = document.styles["Normal"]
    assert (normal.font.name, normal.font.size) == ("Times New Roman", Pt(14))
    form = normal.paragraph_format
    assert form.line_spacing == 1.5
    assert round(form.first_line_indent.cm, 2) == 1.25
    assert form.alignment == docx.enum.text.WD_ALIGN_PARAGRAPH.JUSTIFY


def test_pages_are_numbered_from_the_second_one(document):
    page = document.sections[0]
    assert page.different_first_page_header_footer
    assert " PAGE " in page.footer._element.xml
    assert "PAGE" not in page.first_page_footer._element.xml


def test_the_language_is_set(document):
    language = document.styles.element.find(f".//{qn('w:rPrDefault')}//{qn('w:lang')}")
    assert language.get(qn("w:val")) == "ru-RU"


def test_the_contents_are_a_field_that_is_filled_already(document, xml, russian):
    assert 'TOC \\o "1-' in xml
    assert "updateFields" not in document.settings.element.xml  # Word would ask what it is about
    entries = [p for p in document.paragraphs if p.style.name.startswith("TOC ")]
    titles = ["".join(t.text or "" for t in p._p.iter(TEXT)) for p in entries]
    assert all(re.search(r"\d+$", title) for title in titles)
    for section in russian.sections:
        assert any(section.title in title for title in titles)


def test_captions_are_numbered_by_fields_and_stand_where_they_should(document, russian):
    text = said(document)
    for figure, number in ((f, russian.numbers[f.name]) for f in russian.figures):
        assert f"Рисунок\N{NO-BREAK SPACE}{number} – " in text, figure.name
    number = r"\s([А-Я]\.)?\d+ – "

    def words(element):
        return "".join(text.text or "" for text in element.iter(TEXT))

    for place in document.element.iter(qn("w:body"), qn("w:tc")):  # figures may stand in a row
        for element in place:
            if element.tag == qn("w:tbl") and element.find(f".//{qn('w:tblHeader')}") is not None:
                assert re.match("Таблица" + number, words(element.getprevious()))
            if element.tag == qn("w:p") and element.find(f".//{qn('w:drawing')}") is not None:
                assert re.match("Рисунок" + number, words(element.getnext()))


def test_every_field_that_points_somewhere_finds_its_bookmark(xml):
    marks = set(re.findall(r'<w:bookmarkStart [^>]*w:name="([^"]+)"', xml))
    pointed = set(re.findall(r"(?:PAGEREF|REF) (\S+) ", xml)) | set(
        re.findall(r'w:anchor="([^"]+)"', xml)
    )
    assert len(pointed) > 20
    assert pointed <= marks
    assert all(len(mark) <= 40 for mark in marks)
    ids = re.findall(r'<w:bookmarkStart [^>]*w:id="(\d+)"', xml)
    assert len(ids) == len(set(ids))


def test_fields_are_closed(xml):
    kinds = [xml.count(f'fldCharType="{kind}"') for kind in ("begin", "separate", "end")]
    assert len(set(kinds)) == 1


def test_tables_repeat_their_header_and_pictures_have_words(document, russian):
    headed = [
        t for t in document.tables if t.rows[0]._tr.find(f".//{qn('w:tblHeader')}") is not None
    ]
    assert len(headed) == len(russian.tables)
    pictures = [p.get("descr") for p in document.element.iter(qn("wp:docPr"))]
    assert pictures == [figure.alt for figure in russian.figures]


def test_columns_of_a_table_are_as_wide_as_its_cells(document):
    """LibreOffice goes by the columns, Word by the cells."""
    beside = [t for t in document.tables if t.rows[0]._tr.find(f".//{qn('w:drawing')}") is not None]
    assert beside
    for table in document.tables:
        assert [cell.width for cell in table.rows[0].cells] == [c.width for c in table.columns]


def test_headings_are_headings(document, russian):
    headed = [p.text for p in document.paragraphs if p.style.name.startswith("Heading")]
    assert headed == [heading.line for heading in headings(russian).values()]


def test_formulas_are_mathematics_not_pictures(document, russian):
    lines = sum(len(block.lines) for block in russian.blocks if block.kind == "formula")
    assert len(list(document.element.iter(qn("m:oMathPara")))) == lines
    assert "\\frac" not in said(document)


def test_every_formula_of_every_recipe_can_be_written():
    recipes = [
        REGRESSION.replace(layers=layers, activation=activation, reduction=reduction)
        for layers in ((1,), (8, 1), (4, 4, 4, 4, 1))
        for activation in ("relu", "sigmoid", "tanh", "gelu")
        for reduction in ("sum", "mean")
    ] + [BINARY, CIFAR]
    for recipe in recipes:
        for make in (formulas.forward, formulas.loss, formulas.gradients):
            for line in make(recipe):
                written = serialize_for_reading(omml(line, "block"))
                assert "\\" not in written
                assert "<m:e/>" not in written, f"an empty box in {line}"


def test_a_sum_takes_in_its_terms_and_brackets_their_scripts():
    (line,) = formulas.loss(REGRESSION)
    made = omml(line, "block")
    whole = made.find(qn("m:nary"))
    assert whole.find(f"{qn('m:naryPr')}/{qn('m:chr')}").get(qn("m:val")) == "∑"
    squared = whole.find(f"{qn('m:e')}/{qn('m:sSup')}")
    assert squared.find(f"{qn('m:e')}/{qn('m:d')}") is not None
    assert squared.find(f".//{qn('m:acc')}") is not None


@pytest.mark.parametrize("latex", [r"(a + b", r"\underline{x}"])
def test_a_formula_that_is_not_understood_is_an_error(latex):
    with pytest.raises(ValueError, match="formula"):
        omml(latex)


def test_what_a_user_typed_stays_text(tmp_path):
    path = write_docx(hostile_report(), tmp_path / "report.docx")
    document = docx.Document(str(path))
    text = said(document)
    assert text.count(" ".join(EVIL.split())) >= 6
    assert LONG in text
    with zipfile.ZipFile(path) as parts:
        assert parts.testzip() is None
        assert b"<script>" not in parts.read("word/document.xml")


def test_the_same_words_in_memory_and_in_a_file(tmp_path):
    report = hostile_report()
    buffer = io.BytesIO()
    render_docx(report).save(buffer)
    written = docx.Document(str(write_docx(report, Path(tmp_path) / "a.docx")))
    assert said(docx.Document(buffer)) == said(written)
