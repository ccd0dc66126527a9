"""The forms: what is numbered, what stands in capitals, where pages begin, what the frame says."""

import re
from dataclasses import replace
from typing import get_args

import docx
import pytest
from docx.oxml.ns import qn
from matplotlib.figure import Figure

from fclab.report.form import FORMS, FormName
from fclab.report.headings import contents, contents_title, headings
from fclab.report.html import render_html
from fclab.report.model import Code, FigureBlock, Paragraph, Report, Section, Table
from fclab.report.pdf.document import laid_out
from fclab.report.title import TitleSettings, title_page
from fclab.report.word import write_docx
from fclab.words.spans import Span

SETTINGS = TitleSettings(student="Иванов И. И.", teacher="Петров П. П.", designation="ЛР.01.ПЗ",
                         group="ИУ5-25М")  # fmt: skip


def words(text: str):
    return (Span(text),)


def figure(name: str) -> FigureBlock:
    return FigureBlock(name, words("как видно"), "вид", lambda: Figure(figsize=(3, 2)))


def made(form: FormName = "lab", language: str = "ru", **fields) -> Report:
    table = Table("t", words("числа"), (words("a"),), ((words("1"),),), ("left",))
    pointing = Paragraph((Span("см. "), Span("c", "ref"), Span(", "), Span("a", "ref")))
    sections = (
        Section("intro", "Введение", (pointing,), part="frame"),
        Section("one", "Часть", (figure("a"),), (Section("one-in", "Данные", (figure("b"),)),)),
        Section("two", "Итог", (), (Section("two-in", "Данные"), Section("two-out", "Выход"))),
        Section("end", "Заключение", part="frame"),
        Section("more", "Вопросы", (figure("c"), table, Code("l", words("код"), "x = 1")),
                (Section("more-in", "Ответы"),), part="appendix"),
        Section("how", "Как это получено", (figure("d"),), part="appendix"),
    )  # fmt: skip
    page = title_page(SETTINGS, "ru")
    return Report(
        **{"title": "Отчёт", "subtitle": words("кто"), "language": language, "sections": sections,
           "form": form, "title_page": page, **fields}
    )  # fmt: skip


def lines(form: FormName, language: str = "ru") -> list[str]:
    return [heading.line for heading in headings(made(form, language)).values()]


def test_headings_of_a_laboratory_work_have_no_numbers():
    assert lines("lab") == [
        "Введение", "Часть", "Данные", "Итог", "Данные", "Выход", "Заключение",
        "Приложение А. Вопросы", "Ответы", "Приложение Б. Как это получено",
    ]  # fmt: skip


def test_headings_of_a_report_on_research_are_numbered_and_what_frames_it_is_in_capitals():
    assert lines("7.32") == [
        "ВВЕДЕНИЕ", "1 Часть", "1.1 Данные", "2 Итог", "2.1 Данные", "2.2 Выход", "ЗАКЛЮЧЕНИЕ",
        "ПРИЛОЖЕНИЕ А Вопросы", "А.1 Ответы", "ПРИЛОЖЕНИЕ Б Как это получено",
    ]  # fmt: skip
    assert contents_title(made("7.32")) == "СОДЕРЖАНИЕ"
    assert contents_title(made("2.105")) == "Содержание"
    assert "1.1 Данные" in lines("2.105")
    assert "Введение" in lines("2.105")
    assert "APPENDIX A Вопросы" in lines("7.32", "en")


def test_a_number_of_a_title_does_not_stand_beside_that_of_the_form():
    sections = (
        Section("one", "Введение"),
        Section("two", "Часть 1. Регрессия", (), (Section("in", "Задание 2. Ход"),)),
        Section("more", "Вопросы", (), (Section("q", "1. Что такое сеть"),), part="appendix"),
    )
    of = {form: [heading.line for heading in headings(made(form, sections=sections)).values()]
          for form in get_args(FormName)}  # fmt: skip
    assert of["lab"] == ["Введение", "Часть 1. Регрессия", "Задание 2. Ход",
                         "Приложение А. Вопросы", "1. Что такое сеть"]  # fmt: skip
    assert of["2.105"][1:3] == ["2 Регрессия (часть 1)", "2.1 Ход (задание 2)"]
    assert of["7.32"][1:3] == of["2.105"][1:3]
    assert of["7.32"][-1] == "А.1 Что такое сеть"


def test_figures_tables_and_listings_of_an_appendix_have_its_letter():
    numbers = made().numbers
    assert [numbers[name] for name in "abcdtl"] == ["1", "2", "А.1", "Б.1", "А.1", "А.1"]


def test_letters_that_look_like_others_are_left_out():
    many = tuple(Section(f"s{n}", "x", part="appendix") for n in range(27))
    ru = made(sections=many)
    assert list(ru.letters.values())[24:] == ["Я", "АА", "АБ"]
    assert set("ЁЗЙОЧЪЫЬ").isdisjoint("".join(ru.letters.values()))
    en = made(sections=many, language="en")
    assert {"I", "O"}.isdisjoint(en.letters.values())


@pytest.mark.parametrize("form", get_args(FormName))
def test_pages_begin_where_the_form_says(form):
    report = made(form)
    pages = laid_out(report).pages
    breaks = FORMS[form].breaks
    assert pages["intro"] == (3 if breaks else 2)  # behind the contents, or below them
    assert pages["end"] - pages["two"] == int(breaks)
    assert pages["how"] - pages["more"] == 1
    assert list(pages) == [section.name for section in report.walk()]


def test_the_contents_are_one_page():
    few, many = (
        made(sections=tuple(
            Section(f"s{n}", "x", sections=(Section(f"i{n}", "y"), Section(f"j{n}", "z")))
            for n in range(count)
        ))
        for count in (3, 20)
    )  # fmt: skip
    assert {heading.level for _, heading in contents(few)} == {1, 2}
    assert {heading.level for _, heading in contents(many)} == {1}


@pytest.mark.parametrize("form", get_args(FormName))
def test_the_document_for_word_has_the_pages_of_the_pdf_in_its_contents(form, tmp_path):
    report = made(form)
    document = docx.Document(str(write_docx(report, tmp_path / "a.docx")))
    pages = laid_out(report).pages
    entries = [p for p in document.paragraphs if p.style.name.startswith("TOC ")]
    found = ["".join(t.text or "" for t in p._p.iter(qn("w:t"))) for p in entries]
    assert found == [f"{h.line}{pages[s.name]}" for s, h in contents(report)]
    headed = [p for p in document.paragraphs if p.style.name.startswith("Heading")]
    broken = [p.text.split("\n")[-1] for p in headed if p.paragraph_format.page_break_before]
    expected = [h for h in headings(report).values() if h.new_page]
    assert broken == [h.title if h.apart else h.line for h in expected]


def test_the_frame_says_whose_document_it_is(tmp_path):
    document = docx.Document(str(write_docx(made("2.105"), tmp_path / "a.docx")))
    title, body = document.sections
    assert all(s._sectPr.find(qn("w:pgBorders")) is not None for s in (title, body))
    assert not title.footer.tables
    assert not title.different_first_page_header_footer
    first, others = body.first_page_footer.tables[0], body.footer.tables[0]
    said = {cell.text for row in first.rows for cell in row.cells}
    assert {"ЛР.01.ПЗ", "Иванов И. И.", "Петров П. П.", "Разраб.", "Листов", "ИУ5-25М"} <= said
    assert any("Полносвязные нейронные сети" in text for text in said)
    assert "ЛР.01.ПЗ" in {cell.text for row in others.rows for cell in row.cells}
    for table, height, width in ((first, 40, 185), (others, 15, 185)):
        assert round(sum(row.height.mm for row in table.rows)) == height
        assert round(sum(column.width.mm for column in table.columns)) == width


def test_what_is_not_given_is_empty_in_the_frame():
    page = title_page(TitleSettings(), "ru")
    assert page.inscription.designation == page.inscription.made == page.inscription.checked == ""
    assert "_" not in page.inscription.name
    assert made("2.105", title_page=None).inscription.name == "Отчёт"
    assert laid_out(made("2.105", title_page=None)).pages["intro"] == 3  # title, contents


def test_the_page_has_the_numbers_of_the_form_too():
    page = render_html(made("7.32"))
    assert re.search(r"ПРИЛОЖЕНИЕ А<br>Вопросы", page)
    assert "1.1 Данные" in page
    assert "Рисунок А.1 – " in page
    assert '<a href="#c">А.1</a>' in page


def test_a_report_can_be_set_anew():
    report = made("lab")
    assert replace(report, form="7.32").form == "7.32"
    assert len(laid_out(report).pdf) > 1000


def test_a_long_listing_goes_on_over_the_page_and_a_short_one_stays_whole(tmp_path):
    blocks = (Code("short", words("код"), "x = 1"), Code("long", words("код"), "x = 1\n" * 200))
    report = made(sections=(Section("one", "Часть", blocks), Section("two", "Итог")))
    assert laid_out(report).pages["two"] >= 4
    document = docx.Document(str(write_docx(report, tmp_path / "a.docx")))
    kept = [p.paragraph_format.keep_together for p in document.paragraphs
            if p.style.name == "Listing"]  # fmt: skip
    assert kept == [True, False]


def test_a_sheet_has_no_contents_and_smaller_letters_in_every_format(tmp_path):
    report = made("sheet", title_page=None)
    page = render_html(report)
    assert "<nav" not in page
    assert "font-size: 11pt" in page
    document = docx.Document(str(write_docx(report, tmp_path / "sheet.docx")))
    assert contents_title(report) not in [line.text for line in document.paragraphs]
    assert document.styles["Normal"].font.size.pt == 11
    assert len(laid_out(report).pages) == len(list(report.walk()))


def test_each_of_many_sheets_begins_a_page():
    pages = laid_out(made("sheets", title_page=None, sections=tuple(
        Section(f"s{n}", f"Лист {n}", (Paragraph(words("слова")),)) for n in range(3)
    ))).pages  # fmt: skip
    assert list(pages.values()) == [2, 3, 4]
