"""What benchmarks/results/ladder.json says must hold, and must be of today's recipe."""

import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest

from fclab.recipe import BEST

ROOT = Path(__file__).resolve().parents[2]
RECORD = json.loads((ROOT / "benchmarks" / "results" / "ladder.json").read_text())


def test_the_figures_are_of_todays_recipe():
    assert RECORD["recipe_key"] == BEST.key
    assert RECORD["machine"]["cores"] >= 1
    assert RECORD["command"].startswith("python benchmarks/ladder.py")


def test_classes_0_55_58():
    best = RECORD["example"]["best"]
    assert best["seeds"] == len(best["test"]) >= 5
    assert np.mean(best["test"]) == pytest.approx(best["test_mean"])
    assert best["test_mean"] >= 0.91
    assert best["ensemble"] >= 0.925


def test_twenty_variants():
    found = RECORD["variants"]
    gains = [row["best"]["test_mean"] - row["base"]["test_mean"] for row in found["rows"]]
    assert len(gains) == found["variants"] == 20
    assert len({(row["group"], row["variant"]) for row in found["rows"]}) == 20
    assert found["mean_gain"] == pytest.approx(np.mean(gains))
    assert found["mean_gain"] >= 0.12
    assert min(gains) > 0


def test_cost():
    assert RECORD["alone"]["seconds"] <= 45


def test_the_variants_are_those_of_the_rule():
    spec = importlib.util.spec_from_file_location("bench", ROOT / "benchmarks" / "ladder.py")
    assert spec is not None
    assert spec.loader is not None
    bench = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(bench)
    drawn = bench.draw_variants(20)
    assert [(v.group, v.number) for v in drawn] == [
        (row["group"], row["variant"]) for row in RECORD["variants"]["rows"]
    ]
    assert all(21 <= v.group <= 25 and 1 <= v.number <= 30 for v in drawn)
