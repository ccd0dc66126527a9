"""What is read of submissions is what was written in them, in every style and format."""

import itertools
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from submissions import (
    STYLES,
    Row,
    Style,
    Told,
    base_rows,
    columns,
    lab,
    pdf_narrow,
    powers,
    russian,
    slashes,
)

from fclab.course.reading import read_submissions
from fclab.course.reading.files import read_file
from fclab.course.reading.understood import understand
from fclab.course.values import Claims

PER_CLASS = ((0.72, 0.69, 0.7), (0.61, 0.66, 0.63), (0.65, 0.64, 0.645))


def read(told: Told, style: Style) -> Claims:
    document = read_file("report" + style.ending, style(told))
    return understand("report", [document], [], [])


def compare(claims: Claims, told: Told, style: Style) -> None:
    found = [
        (r.layers, r.lr and pytest.approx(r.lr), r.batch_size, r.epochs, r.other, r.best_epoch)
        for r in claims.rows
    ]
    assert found == [(r.layers, r.lr, r.batch_size, r.epochs, (), False) for r in told.rows]
    for part in ("test", "train"):
        figures = [getattr(row, part) for row in claims.rows]
        written = [round(getattr(row, part), style.digits) for row in told.rows]
        assert [figure and round(figure.value, 6) for figure in figures] == written
        assert all(figure.decimals == style.digits for figure in figures if figure)
    if style.whole:
        assert claims.classes == told.classes
        assert (claims.name, claims.group, claims.variant) == (told.name, told.group, told.variant)
        assert claims.part_1_error
        assert claims.part_1_error.value == pytest.approx(told.part_1_error)
    if style.reports:
        read_figures = [
            tuple(c.figures[n].value / 100 for n in ("precision", "recall", "f1"))
            for c in claims.per_class
        ]
        assert [c.number for c in claims.per_class] == list(told.classes)
        assert read_figures == [pytest.approx(figures) for figures in told.per_class]


@pytest.mark.parametrize("name", STYLES)
def test_every_style_is_read(name):
    told = Told(rows=base_rows(), per_class=PER_CLASS)
    style = STYLES[name]
    compare(read(told, style), told, style)


@pytest.mark.parametrize("table", [lab, russian, columns, powers, slashes])
def test_rows_of_a_pdf_are_told_apart_without_lines(table):
    told = Told(rows=base_rows(), per_class=PER_CLASS)
    style = replace(STYLES[f"{table.__name__}-pdf"], format=pdf_narrow)
    claims = read(told, style)
    compare(claims, told, style)
    assert "without_lines" in {code for code, _ in claims.unread}


def rows() -> st.SearchStrategy[tuple[Row, ...]]:
    """Rows as students may have them, one at least with two hidden layers or not."""
    layers = st.lists(st.sampled_from([5, 10, 16, 32, 64, 100, 128, 256]), min_size=1, max_size=3)
    row = st.builds(
        lambda hidden, lr, batch, epochs, test, train: Row(
            (*hidden, 3), lr, batch, epochs, test, max(test, train), "Комментарий"
        ),
        layers,
        st.sampled_from([0.1, 0.05, 0.01, 0.005, 0.0025, 0.002, 0.001, 0.0005, 0.0001]),
        st.sampled_from([8, 16, 32, 50, 64, 100, 128, 256, 300, 512]),
        st.integers(1, 3000),
        st.integers(3400, 9000).map(lambda n: n / 100),
        st.integers(3400, 9999).map(lambda n: n / 100),
    )
    return st.lists(row, min_size=2, max_size=9).map(tuple)


# Of formats that cost little; those of a table of words say how many layers are alike, not which.
QUICK = [n for n in STYLES if "pdf" not in n and "workbook" not in n and "words" not in n]


@settings(max_examples=80)
@given(rows=rows(), name=st.sampled_from(QUICK))
def test_any_rows_are_read(rows, name):
    told, style = Told(rows=rows, per_class=PER_CLASS), STYLES[name]
    compare(read(told, style), told, style)


def test_a_folder_of_submissions_is_read(tmp_path: Path):
    told = Told(rows=base_rows(), per_class=PER_CLASS)
    names = ["lab-docx", "merged-markdown", "shares-workbook", "hidden-page"]
    for place, name in enumerate(names):
        style = STYLES[name]
        (tmp_path / f"{place} {name}{style.ending}").write_bytes(style(told))
    found = list(read_submissions(tmp_path, workers=2))
    assert [claims.files[0] for claims in found] == sorted(
        f"{place} {name}{STYLES[name].ending}" for place, name in enumerate(names)
    )
    for claims, name in zip(found, names, strict=True):
        compare(claims, told, STYLES[name])


def test_styles_are_many():
    tables, formats = zip(*(name.split("-") for name in STYLES), strict=True)
    assert len(set(tables)) >= 12
    assert len(set(formats)) >= 9
    assert len(list(itertools.chain(STYLES))) > 100
