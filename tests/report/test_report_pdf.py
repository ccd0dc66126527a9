"""The PDF by typst: made of whatever is typed, filled contents, every formula known."""

import json
import re
import zlib
from dataclasses import replace

import pytest
import typst

from fclab.labs.lab1.content import formulas
from fclab.report.pdf import document, render_pdf, write_pdf
from fclab.report.pdf.formula import typst as formula
from fclab.report.title import TitleSettings, title_page
from fclab.values.recipe import BINARY, CIFAR, REGRESSION
from hostile import hostile_report


def pages(pdf: bytes) -> int:
    """How many pages a PDF has."""
    found = [len(re.findall(rb"/Type\s*/Page\b", part)) for part in (pdf, *_streams(pdf))]
    return sum(found)


def _streams(pdf: bytes):
    for stream in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL):
        try:
            yield zlib.decompress(stream)
        except zlib.error:
            continue


@pytest.fixture(scope="module")
def asked(russian, tmp_path_factory):
    """The report's folder as typst sees it, to ask typst about the document."""
    folder = tmp_path_factory.mktemp("pdf")
    page = title_page(TitleSettings(student="Иванов И. И."), "ru")
    report = replace(russian, title_page=page)
    document.prepare(report, folder)

    def ask(selector: str):
        answer = typst.query(
            str(folder / "report.typ"), selector, root=str(folder),
            font_paths=[str(document.font_folder())],
        )  # fmt: skip
        return json.loads(answer)

    return report, ask


def test_headings_captions_and_labels_are_those_of_the_report(asked):
    report, ask = asked
    assert len(ask("heading")) == len(list(report.walk()))
    figures = ask("figure")
    assert [f["kind"] for f in figures].count("image") == len(report.figures)
    assert [f["kind"] for f in figures].count("table") == len(report.tables)
    labels = {f["label"].strip("<>") for f in figures}
    numbered = (*report.figures, *report.tables, *report.listings)
    assert labels == {block.name for block in numbered}


def test_every_picture_has_words_for_those_who_do_not_see_it(asked):
    report, ask = asked
    assert {image["alt"] for image in ask("image")} == {figure.alt for figure in report.figures}


def test_the_contents_are_filled(asked):
    _, ask = asked
    assert len(ask("outline")) == 1
    assert sum(h["outlined"] for h in ask("heading")) > 8


def test_references_point_to_figures_and_tables(asked):
    report, ask = asked
    spans = [span.text for block in report.blocks if block.kind == "paragraph"
             for span in block.text if span.style == "ref"]  # fmt: skip
    targets = [ref["target"].strip("<>") for ref in ask("ref")]
    assert set(spans) <= set(targets)


def test_what_a_user_typed_makes_a_pdf(tmp_path):
    path = write_pdf(hostile_report(), tmp_path / "report.pdf")
    made = path.read_bytes()
    assert made.startswith(b"%PDF-")
    assert pages(made) >= 3


def test_the_same_report_gives_the_same_bytes():
    report = hostile_report()
    assert render_pdf(report) == render_pdf(report)


def test_a_face_of_the_list_has_cyrillic():
    families = typst.Fonts(font_paths=[str(document.font_folder())]).families()
    assert {"STIXGeneral", "DejaVu Sans Mono"} <= set(families)
    bare = typst.Fonts(include_system_fonts=False, font_paths=[str(document.font_folder())])
    assert "STIXGeneral" in bare.families()


def test_every_formula_of_every_recipe_is_set(tmp_path):
    recipes = [
        REGRESSION.replace(layers=layers, activation=activation, reduction=reduction)
        for layers in ((1,), (8, 1), (4, 4, 4, 4, 1))
        for activation in ("relu", "sigmoid", "tanh", "gelu")
        for reduction in ("sum", "mean")
    ] + [BINARY, CIFAR]
    lines = {line for r in recipes for make in (formulas.forward, formulas.loss,
             formulas.gradients) for line in make(r)}  # fmt: skip
    lines |= {line for r in recipes for line in formulas.activation(r.activation)}
    lines |= {formulas.target(n, "ru") or "" for n in ("sine", "bump", "abs", "step")}
    (tmp_path / "f.json").write_text(
        json.dumps([formula(line, "block") for line in lines]), "utf-8"
    )
    (tmp_path / "f.typ").write_text('#for f in json("f.json") { eval(f, mode: "math") }', "utf-8")
    assert typst.compile(str(tmp_path / "f.typ"), root=str(tmp_path)).startswith(b"%PDF-")


def test_numbers_with_a_comma_are_one_number():
    assert '"0,15"' in formula(formulas.target("bump", "ru") or "")


def test_a_formula_that_is_not_understood_is_an_error():
    with pytest.raises(ValueError, match="formula"):
        formula(r"\begin{matrix} a & b \end{matrix}")
