"""The report that is handed in is short: a body of 15 pages at most, one place for each fact."""

from dataclasses import replace

import pytest
from made import all_text, build_full, cells, curve_part, points_part, studied

from fclab.labs.lab1.content import build
from fclab.labs.lab1.variant import classes_of
from fclab.report.pdf.document import laid_out
from fclab.report.title import TitleSettings

BASE = ((90, 6, 4), (11, 60, 29), (15, 16, 69))
BETTER = ((96, 2, 2), (4, 90, 6), (6, 4, 90))
ROWS = (
    ("base", None, "base"), ("stop", "base", "stop"),
    *((f"batch-{size}", "stop", "batch") for size in (32, 64, 256, 512)),
    ("past-512", "base", "past"),
    *((f"lr-{lr}", "stop", "lr") for lr in (0.0025, 0.001)),
    *((f"fc-{width}", "stop", "layers") for width in ("5", "32", "64", "10-10")),
)  # fmt: skip


@pytest.fixture(scope="module")
def results():
    """All parts and the rows of a default study."""
    made = studied(*((*row, BETTER if row[0] == "fc-64" else BASE) for row in ROWS))
    clouds = (points_part("xor"), points_part("circles", wrong=90), points_part("moons", wrong=21))
    parts = (curve_part(), *clouds, *made.parts)
    return replace(made, parts=parts, variant=classes_of(25, 1, "iu5"))


@pytest.mark.parametrize("lang", ["ru", "en"])
def test_the_body_has_15_pages_at_most_behind_its_title(results, lang):
    report = build(results, lang, TitleSettings(student="Иванов И. И."))
    pages = laid_out(report).pages
    assert pages["task"] == 2  # below the contents
    assert pages["sources"] <= 16
    assert not any(section.part == "appendix" for section in report.sections)


def test_every_part_has_its_code_its_picture_and_its_engine(results):
    report = build(results, "en")
    for name, code, figure in (
        ("part1", "code-regression", "regression_fits"),
        ("part2", "code-binary", "surfaces"),
        ("part3", "code-multiclass", "confusion_test"),
    ):
        section = next(section for section in report.sections if section.name == name)
        kinds = [block.kind for block in section.blocks]
        assert kinds.count("code") == 1
        assert {code, figure} <= set(report.numbers)
        assert "This very loop trained it." in all_text(report, name)


def test_the_table_has_the_columns_of_the_assignment_and_a_line_a_row(results):
    report = build(results, "ru")
    header, *lines = cells(next(table for table in report.tables if table.name == "results"))
    assert header == [
        "Конфигурация нейросети", "Гиперпараметры", "Точность (доля верных ответов)",
        "Комментарий",
    ]  # fmt: skip
    assert len(lines) == len(ROWS)
    assert all(line[2].startswith("test = ") and ", train = " in line[2] for line in lines)
    text = all_text(report)
    for line in lines[2:]:
        assert text.count(line[3]) <= 2  # no row is told again; twins have the same words


def test_the_body_and_its_appendices_share_no_paragraph(results):
    body, full = build(results, "en"), build_full(results, "en")
    own = {section.name for section in body.walk()}
    shown = [
        block.text
        for section in full.walk()
        for block in section.blocks
        if block.kind == "paragraph" and section.name in own
    ]
    behind = [
        block.text
        for section in full.walk()
        for block in section.blocks
        if block.kind == "paragraph" and section.name not in own
    ]
    assert shown
    assert behind
    assert not set(shown) & set(behind)
