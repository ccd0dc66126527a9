"""The documents quote what the stored results say."""

import importlib.util
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BENCHMARKS = ROOT / "benchmarks"
PAGES = sorted(
    str(path.relative_to(ROOT)) for path in [*ROOT.glob("README*.md"), *ROOT.glob("docs/**/*.md")]
)


@pytest.fixture(scope="module")
def quoted():
    spec = importlib.util.spec_from_file_location("quoted_benchmark", BENCHMARKS / "quoted.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_quoted_figure_is_that_of_the_results(quoted):
    quoted.main(check=True)  # exits where one is not


@pytest.mark.parametrize("page", PAGES)
def test_a_measured_figure_says_where_it_is_stored(page, quoted):
    """A place in the results, which the test above compares, or why there is none."""
    found = quoted.unfounded((ROOT / page).read_text("utf-8"))
    assert not found, f"{page}: write <!-- name / path --> or <!-- not stored: why --> at {found}"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("A run takes 3 s and reaches 76.5 %.", ["3 s", "76.5 %"]),
        ("Она берёт 3 с и даёт на 1,5 пункта больше.", ["3 с", "1,5 пункта"]),
        ("It is <!-- toy / gain -->40 × faster (at least 30 ×).", ["30 ×"]),
        ("<!-- not stored: an example --> One in 7 %.\n\n- another in 8 %", ["8 %"]),
        ("<!-- not stored: the whole page -->\n# Title\n\n8 %", []),
        ("Its 95 % interval, asked ≥ 91 %, 32 × 32 pixels, `lr 3 s`, batch 128, lr 0.005.", []),
    ],
)
def test_figures_without_a_source_are_found(text, found, quoted):
    assert quoted.unfounded(text) == found


def test_both_languages_quote_the_same_figures(quoted):
    english, russian = (
        re.findall("<!-- .*? -->", path.read_text("utf-8"))
        for path in quoted.DOCUMENTS
        if path.name.startswith("statistics")
    )
    assert len(english) > 30
    assert english == russian


@pytest.fixture
def results(quoted, monkeypatch):
    cells = [{"seeds": 5, "world": "a"}, {"seeds": 8, "world": "a"}]
    record = {"gain": -2.46, "cells": cells, "share": 3.0}
    monkeypatch.setattr(quoted, "result", lambda name: {"toy": record}[name])


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("<!-- toy / gain -->0.0 points", "<!-- toy / gain -->−2.5 points"),
        ("<!-- toy / gain -->−1", "<!-- toy / gain -->−2"),
        ("<!-- toy / share -->7.25%", "<!-- toy / share -->3.00%"),
        ("<!-- toy / cells / world=a & seeds=8 / seeds -->1.", "<!-- toy / cells / world=a & "
         "seeds=8 / seeds -->8."),
        ("<!-- a comment -->0.0", "<!-- a comment -->0.0"),
    ],
)  # fmt: skip
def test_a_figure_is_brought_up_to_date(old, new, quoted, results):
    assert quoted.current(old, comma=False) == new
    assert quoted.current(old.replace("0.0 ", "0,0 "), comma=True) == re.sub(
        r"(?<=\d)\.(?=\d)", "," if "toy" in new else ".", new
    )


@pytest.mark.parametrize("path", ["toy / cells / world=a / seeds", "toy / cells / seeds=9 / seeds"])
def test_a_path_leads_to_one_place(path, quoted, results):
    with pytest.raises(LookupError, match="items have"):
        quoted.current(f"<!-- {path} -->0", comma=False)
