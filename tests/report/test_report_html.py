"""The page: whole, self-contained, well-formed, and safe from what a user typed."""

import base64
import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest
from made import curve_part, images_part
from matplotlib.figure import Figure

from fclab.labs.lab1.content import build
from fclab.labs.lab1.lab import Lab1Results
from fclab.report.html import render_html, write_figures, write_html
from fclab.report.model import FigureBlock, Formula, Note, Paragraph, Report, Section, Table
from fclab.report.title import TitleSettings, title_page
from fclab.report.word import render_docx
from fclab.values.dataset import ClassName
from fclab.values.errors import FclabError
from fclab.words.spans import Span
from hostile import EVIL as HOSTILE
from hostile import LONG, hostile_report

VOID = {"meta", "img", "br", "hr", "link", "input", "col"}
EVIL = "<script>alert(\"x\")</script> & 'quotes' 🍎"


class Page(HTMLParser):
    """Checks that elements nest and collects what is on the page."""

    def __init__(self, text: str):
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.script = ""
        self.feed(text)
        self.close()
        assert not self.open, f"not closed: {self.open}"

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        assert len(dict(attrs)) == len(attrs), f"an attribute twice in {tag}"
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag, f"</{tag}> is out of place"

    def handle_data(self, data):
        if self.open and self.open[-1] == "script":
            self.script += data
        elif not self.open or self.open[-1] != "style":
            self.words.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]

    def values(self, attribute: str) -> list[str]:
        return [a[attribute] or "" for _, a in self.elements if attribute in a]

    @property
    def text(self) -> str:
        return " ".join("".join(self.words).split())


@pytest.fixture(scope="module")
def html(russian) -> str:
    return render_html(russian)


@pytest.fixture(scope="module")
def page(html) -> Page:
    return Page(html)


def words(text):
    return (Span(text),)


def little(*blocks, **fields) -> Report:
    made = {"title": "T", "subtitle": words("S"), "language": "en", **fields}
    return Report(sections=(Section("one", "One", blocks),), **made)


def empty_figure():
    return Figure(figsize=(1, 1))


def test_the_page_is_well_formed_and_in_its_language(html, page):
    assert html.startswith("<!DOCTYPE html>")
    assert page.all("html") == [{"lang": "ru"}]
    assert {"charset": "utf-8"} in page.all("meta")
    assert any(meta.get("name") == "viewport" for meta in page.all("meta"))


def test_nothing_is_loaded_from_outside(html, page):
    assert all(value.startswith("data:image/") for value in page.values("src"))
    assert all(value.startswith("#") for value in page.values("href"))
    assert page.all("script") == [{}]
    assert not page.all("link")
    assert "@import" not in html
    assert "url(" not in html
    addresses = set(re.findall(r"https?://[^\"' <)]+", html))
    shown = set(re.findall(r"https?://\S+", page.text))  # in the list of sources, as text
    assert addresses - shown == {"http://www.w3.org/1998/Math/MathML"}  # a name, not loaded


def test_ids_are_unique_and_every_link_has_its_target(page):
    ids = page.values("id")
    assert len(ids) == len(set(ids))
    assert {value[1:] for value in page.values("href")} <= set(ids)
    assert set(page.values("aria-labelledby")) <= set(ids)


def test_the_contents_list_every_section(page, russian):
    links = page.values("href")
    assert all(f"#{section.name}" in links for section in russian.walk())


def test_headings_are_in_order(page):
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_every_figure_has_an_image_that_opens_an_alt_and_a_number(page, russian):
    images = page.all("img")
    assert len(images) == len(russian.figures)
    for image, block in zip(images, russian.figures, strict=True):
        assert image["alt"] == block.alt
        kind, data = re.fullmatch(r"data:image/([\w+]+);base64,(.+)", image["src"] or "").groups()
        content = base64.b64decode(data, validate=True)
        assert kind == ("png" if block.raster else "svg+xml")
        assert content.startswith(b"\x89PNG" if block.raster else b"<svg")
    for block in russian.figures:
        assert f"Рисунок {russian.numbers[block.name]} – " in page.text


def test_tables_have_headed_columns_and_rows(page, russian):
    assert len(page.all("table")) == len(russian.tables)
    scopes = [attributes.get("scope") for attributes in page.all("th")]
    assert scopes.count("col") == sum(len(table.header) for table in russian.tables)
    assert scopes.count("row") == sum(len(table.rows) for table in russian.tables)
    assert "Таблица 1 – " in page.text


def test_references_show_numbers(page, russian):
    number = russian.numbers["confusion_test"]
    assert f"Чаще всего (рисунок {number})" in page.text
    assert {"href": "#confusion_test"} in page.all("a")


def test_formulas_are_mathml(page):
    assert len(page.all("math")) > 10
    assert "\\frac" not in page.text


def test_what_a_user_typed_stays_text():
    table = Table("t", words(EVIL), (words(EVIL),), ((words(EVIL),),), ("left",))
    figure = FigureBlock("f", words(EVIL), f'{EVIL}" onerror="alert(1)', empty_figure)
    report = little(
        Paragraph((Span(EVIL), Span(EVIL, "strong"), Span(EVIL, "code"))), Note(words(EVIL)), table,
        figure, title=EVIL, subtitle=words(EVIL * 20),
    )  # fmt: skip
    page = Page(render_html(report))
    assert page.all("script") == [{}]  # ours
    assert "alert" not in page.script
    assert all("onerror" not in attributes for attributes in page.all("img"))
    assert page.all("img")[0]["alt"] == f'{EVIL}" onerror="alert(1)'
    assert page.text.count(" ".join(EVIL.split())) >= 8


def test_class_names_reach_the_page_as_text():
    names = (ClassName(0, EVIL, EVIL), ClassName(1, "b", "б"), ClassName(2, "c", "в"))
    report = build(Lab1Results(parts=(images_part(names=names),)), "en")
    kinds = ("paragraph", "table", "note", "sources")
    blocks = tuple(block for block in report.blocks if block.kind in kinds)
    figures = tuple(
        FigureBlock(block.name, block.caption, block.alt, empty_figure) for block in report.figures
    )
    page = Page(render_html(little(*blocks, *figures)))
    assert page.all("script") == [{}]  # ours
    assert "alert" not in page.script
    assert EVIL in page.text


@pytest.mark.parametrize("substitute", ["", "synthetic", "other"])
def test_what_is_not_cifar100_has_a_banner(substitute):
    page = Page(render_html(little(substitute=substitute)))
    assert ("banner" in page.values("class")) == bool(substitute)
    assert ("Synthetic stand-in" in page.text) == (substitute == "synthetic")
    assert ("This copy differs from CIFAR-100" in page.text) == (substitute == "other")


def test_a_diverged_run_makes_a_page():
    part = curve_part(diverged_at=2, steps=())
    page = Page(render_html(build(Lab1Results(parts=(part,)), "en")))
    assert "note diverged" in page.values("class")
    assert "Training diverged at step 2" in page.text


def test_every_formula_of_every_recipe_is_well_formed():
    from fclab.labs.lab1.content import formulas
    from fclab.values.recipe import BINARY, CIFAR, REGRESSION

    recipes = [
        REGRESSION.replace(layers=layers, activation=activation, reduction=reduction)
        for layers in ((1,), (8, 1), (4, 4, 1), (4, 4, 4, 4, 1))
        for activation in ("relu", "sigmoid", "tanh", "gelu")
        for reduction in ("sum", "mean")
    ] + [BINARY, CIFAR]
    blocks = []
    for recipe in recipes:
        for lines in (formulas.forward, formulas.loss, formulas.gradients):
            blocks.append(Formula(lines(recipe)))
        blocks.append(Formula(formulas.activation(recipe.activation)))
    targets = ("sigmoid", "sine", "bump", "parabola", "abs", "step")
    blocks += [Formula((formulas.target(name, "ru") or "",)) for name in targets]
    html = render_html(little(*blocks))
    page = Page(html)
    assert "\\" not in page.text
    assert "&<" not in html  # an alignment mark that was not understood


def test_the_file_is_written_whole(tmp_path):
    report = little(Paragraph(words("привет")))
    path = tmp_path / "new" / "report.html"
    assert write_html(report, path) == path
    assert path.read_text("utf-8") == render_html(report)
    assert [file.name for file in path.parent.iterdir()] == ["report.html"]


def test_a_place_that_cannot_be_written_is_one_line(tmp_path):
    (tmp_path / "file").write_text("", "utf-8")
    with pytest.raises(FclabError, match="cannot write"):
        write_html(little(), tmp_path / "file" / "report.html")


def test_figures_are_saved_as_they_stand_on_the_page(tmp_path):
    report = little(
        FigureBlock("lines", words("c"), "alt", empty_figure),
        FigureBlock("pixels", words("c"), "alt", empty_figure, raster=True),
    )
    told: list[tuple[float, float]] = []
    paths = write_figures(report, tmp_path / "figures", progress=lambda *both: told.append(both))
    assert [path.name for path in paths] == ["lines.png", "lines.svg", "pixels.png"]
    assert told == [(1, 2), (2, 2)]
    assert paths[0].read_bytes().startswith(b"\x89PNG")
    assert Path(paths[1]).read_text("utf-8").startswith("<svg")
    shown = Page(render_html(report)).all("img")
    assert base64.b64encode(paths[2].read_bytes()).decode() in (shown[1]["src"] or "")


def test_a_figure_of_many_rows_may_be_as_high_as_a_page():
    sizes = {"square": (7, 7), "tall": (7, 12)}
    report = little(
        *(
            FigureBlock(name, words("c"), "alt", lambda size=size: Figure(figsize=size))
            for name, size in sizes.items()
        )
    )
    figures = Page(render_html(report)).all("figure")
    assert [figure["class"] for figure in figures] == ["picture", "picture tall"]
    square, tall = render_docx(report).inline_shapes
    assert square.height.mm < 165
    assert 190 < tall.height.mm < 210
    assert tall.width / tall.height == pytest.approx(7 / 12, rel=0.01)


def test_the_worst_that_can_be_typed_makes_a_page():
    page = Page(render_html(hostile_report()))
    assert page.all("script") == [{}]  # ours
    assert "alert" not in page.script
    assert page.text.count(" ".join(HOSTILE.split())) >= 8
    assert LONG in page.text


def test_the_title_page_and_the_sources_are_shown(russian):
    settings = TitleSettings(student="Иванов И. И.", year="2026")
    page = Page(render_html(replace(russian, title_page=title_page(settings, "ru"))))
    for words_ in ("ОТЧЕТ", "Иванов И. И.", "Москва, 2026", "Krizhevsky A."):
        assert words_ in page.text
    assert {"href": "#source-hornik"} in page.all("a")
