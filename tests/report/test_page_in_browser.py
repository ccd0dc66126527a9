"""The page in a real browser: a phone, sorting, figures that grow, paper. See .ci/chromium."""

import os
import re
import shutil
from dataclasses import replace

import pytest
from matplotlib.figure import Figure

from fclab.report.html import write_html
from fclab.report.model import Beside, FigureBlock, Formula, Paragraph, Report, Section, Table
from fclab.report.pdf.document import laid_out
from fclab.report.title import TitleSettings, title_page
from fclab.words.spans import Span

NAMED = os.environ.get("FCLAB_TEST_CHROMIUM")
CHROMIUM = NAMED or next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
if not CHROMIUM:
    pytest.skip("no Chromium here (FCLAB_TEST_CHROMIUM names one)", allow_module_level=True)
if not NAMED:
    pytest.importorskip("playwright")
from playwright.sync_api import Page, sync_playwright  # noqa: E402

PHONE = {"width": 390, "height": 844}
SWITCHES = ["--no-sandbox", "--disable-quic", "--disable-background-networking",
            "--disable-component-update", "--disable-sync"]  # fmt: skip
OUTSIDE = """() => [...document.body.querySelectorAll('*')].filter(element => {
  if (element.getBoundingClientRect().right <= innerWidth + 1) return false;
  for (let box = element.parentElement; box; box = box.parentElement)
    if (['auto', 'scroll'].includes(getComputedStyle(box).overflowX)
        && box.getBoundingClientRect().right <= innerWidth + 1) return false;
  return true;
}).map(element => element.outerHTML.slice(0, 100))"""


def words(text: str):
    return (Span(text),)


def figure(name: str) -> FigureBlock:
    return FigureBlock(name, words("как видно"), f"вид {name}", lambda: Figure(figsize=(3, 2)))


ROWS = (
    ("б", "1 500", "66,8 % (65 % – 68 %)", "FC(10)"),
    ("а", "90", "9,5 % (8 % – 11 %)", "FC(5)"),
    ("г", "—", "70,1 % ± 2 %", "FC(64)"),
    ("в", "1 200 000", "−0,4 %", "FC(32)"),
    ("итого", "0", "100 %", "все"),
)


def little(**fields) -> Report:
    table = Table(
        "t", words("числа"), tuple(map(words, ("Имя", "Шаг", "Доля", "Сеть"))),
        tuple(tuple(words(cell) for cell in row) for row in ROWS),
        ("left", "right", "right", "left"), footer_rows=1,
    )  # fmt: skip
    wide = Table(
        "w", words("широкая"), tuple(words(f"Столбец {n}") for n in range(14)),
        (tuple(words("значение") for _ in range(14)),) * 3, ("left",) * 14,
    )  # fmt: skip
    long = " + ".join(rf"\frac{{x_{{{n}}}}}{{y_{{{n}}}}}" for n in range(40))
    blocks = (
        Paragraph((Span("Сумма "), Span(long, "math"), Span(" велика."))),
        Formula((f"z = {long}",)), table, wide, figure("f"), Beside((figure("l"), figure("r"))),
    )  # fmt: skip
    appendix = Section("more", "Вопросы", (Paragraph(words("Ответ.")),), part="appendix")
    return Report(**{
        "title": "Отчёт", "subtitle": words("кто"), "language": "ru",
        "sections": (Section("one", "Часть", blocks), appendix), **fields,
    })  # fmt: skip


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=CHROMIUM, args=SWITCHES)
        yield made
        made.close()


@pytest.fixture
def show(browser, tmp_path):
    """Shows a report; whatever the browser complains about is an error."""
    complaints: list[str] = []

    def open_page(report: Report, **size: int) -> Page:
        page = browser.new_page(viewport=size or {"width": 1200, "height": 900})
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda message: complaints.append(message.text))
        page.goto(write_html(report, tmp_path / "report.html").as_uri())
        return page

    yield open_page
    assert not complaints


def column(page: Page, number: int) -> list[str]:
    cells = page.locator("#t tbody tr").evaluate_all(f"rows => rows.map(r => r.cells[{number}])"
                                                     ".map(cell => cell.textContent)")  # fmt: skip
    return [str(cell) for cell in cells]


def test_nothing_runs_past_the_edge_of_a_phone(show, russian):
    for report in (little(), russian, replace(russian, form="7.32")):
        page = show(report, **PHONE)
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        assert page.evaluate(OUTSIDE) == []


def test_a_table_sorts_by_its_headings_and_totals_stay(show):
    page = show(little())
    heading = page.locator("#t thead th")
    names = [row[0] for row in ROWS]

    heading.nth(0).locator("button").click()
    assert column(page, 0) == ["а", "б", "в", "г", "итого"]
    assert heading.nth(0).get_attribute("aria-sort") == "ascending"

    heading.nth(1).locator("button").focus()
    page.keyboard.press("Enter")
    assert column(page, 1) == ["90", "1 500", "1 200 000", "—", "0"]
    assert heading.nth(0).get_attribute("aria-sort") is None
    page.keyboard.press("Enter")
    assert column(page, 1) == ["1 200 000", "1 500", "90", "—", "0"]
    assert heading.nth(1).get_attribute("aria-sort") == "descending"
    page.keyboard.press("Enter")
    assert column(page, 0) == names  # as it was

    heading.nth(2).locator("button").click()
    assert column(page, 2) == [ROWS[n][2] for n in (3, 1, 0, 2, 4)]
    heading.nth(3).locator("button").click()
    assert column(page, 3) == ["FC(5)", "FC(10)", "FC(32)", "FC(64)", "все"]


def test_english_numbers_are_numbers_too(show):
    page = show(little(language="en"))
    page.evaluate("""() => [...document.querySelectorAll('#t tbody tr')].forEach((row, n) =>
        row.cells[1].textContent = ['1,500.5', '90', '0.25', '1,200,000', '0'][n])""")
    page.locator("#t thead th button").nth(1).click()
    assert column(page, 1) == ["0.25", "90", "1,500.5", "1,200,000", "0"]


def test_a_figure_grows_on_a_click_and_on_enter(show):
    page = show(little())
    dialog, picture = page.locator("dialog"), page.locator("#f img")
    picture.click()
    assert dialog.get_attribute("open") is not None
    assert dialog.locator("img").get_attribute("alt") == "вид f"
    small, large = picture.bounding_box(), dialog.locator("img").bounding_box()
    assert small is not None
    assert large is not None
    assert large["width"] > small["width"]
    page.keyboard.press("Escape")
    assert dialog.get_attribute("open") is None
    page.locator("#r img").focus()
    page.keyboard.press("Enter")
    assert dialog.get_attribute("aria-label") == "вид r"
    dialog.locator("button").click()
    assert dialog.get_attribute("open") is None


@pytest.mark.parametrize("form", ["lab", "7.32"])
def test_on_paper_pages_begin_where_those_of_the_pdf_do(show, form):
    blocks = (Paragraph(words("Слово за словом. " * 40)), Beside((figure("l"), figure("r"))))
    page = title_page(TitleSettings(student="Иванов И. И."), "ru")
    sections = (Section("one", "Часть", blocks), Section("two", "Итог", (figure("f"),)),
                Section("more", "Вопросы", part="appendix"))  # fmt: skip
    report = little(form=form, sections=sections, title_page=page)
    printed = show(report).pdf(prefer_css_page_size=True)
    pages = laid_out(report).pages
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == pages["more"]


def test_figures_beside_each_other_stay_so_on_paper(show):
    page = show(little(), width=624, height=900)  # as wide as the text of a page
    page.emulate_media(media="print")
    left, right = (page.locator(f"#{name}").bounding_box() for name in "lr")
    assert left is not None
    assert right is not None
    assert left["y"] == right["y"]
    assert left["x"] < right["x"]
