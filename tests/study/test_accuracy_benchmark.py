"""What benchmarks/results/ladder.json says must follow from its own figures, and be of today's
recipe. Aims that are not reached, or not measured yet, must be said to be so."""

import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from fclab.values.recipe import BEST, FREE

ROOT = Path(__file__).resolve().parents[2]
RECORD = json.loads((ROOT / "benchmarks" / "results" / "ladder.json").read_text("utf-8"))
TIED = json.loads((ROOT / "benchmarks" / "results" / "tied.json").read_text("utf-8"))
CHOICES = json.loads((ROOT / "benchmarks" / "results" / "choices.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def bench():
    spec = importlib.util.spec_from_file_location("bench", ROOT / "benchmarks" / "ladder.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_figures_are_of_todays_recipe():
    assert RECORD["recipe_key"] == BEST.key
    assert RECORD["machine"]["cores"] >= 1
    assert RECORD["command"].startswith("python benchmarks/ladder.py")


def test_classes_0_55_58():
    for row in (RECORD["example"]["base"], RECORD["example"]["best"]):
        assert row["seeds"] == len(row["test"]) >= 5
        assert np.mean(row["test"]) == pytest.approx(row["test_mean"])
        assert row["test_low"] <= row["test_mean"] <= row["test_high"]
    gain = RECORD["example"]["best"]["test_mean"] - RECORD["example"]["base"]["test_mean"]
    assert gain >= 0.12


def test_every_aim_is_said_to_be_met_or_not(bench):
    assert RECORD["promises"] == bench.promises(RECORD)
    assert len(RECORD["promises"]) == 6
    for promise in RECORD["promises"]:
        reached = promise["reached"]
        assert (promise["met"] is None) == (reached is None)


def test_the_variants_are_those_of_the_rule(bench):
    drawn = bench.draw_variants(20)
    assert len({(v.group, v.number) for v in drawn}) == 20
    assert all(21 <= v.group <= 25 and 1 <= v.number <= 30 for v in drawn)
    assert all(len(set(v.classes)) == 3 for v in drawn)
    if found := RECORD.get("variants"):
        gains = [row["best"]["test_mean"] - row["base"]["test_mean"] for row in found["rows"]]
        assert found["mean_gain"] == pytest.approx(np.mean(gains))
        assert found["least_gain"] == pytest.approx(min(gains))
        assert [(v.group, v.number) for v in drawn] == [
            (row["group"], row["variant"]) for row in found["rows"]
        ]


def test_tied_weights_took_the_place_of_free_ones_by_the_rule():
    assert TIED["recipe_keys"] == {"tied": BEST.key, "free": FREE.key}
    tried = {tuple(classes) for classes in CHOICES["classes"]}
    drawn = [tuple(row["classes"]) for row in TIED["rows"]]
    assert len({*drawn}) == len(drawn) == TIED["sets"]
    assert not tried.intersection(drawn)
    for what in ("accuracy", "loss"):
        apart = np.array([row["tied"][what] - row["free"][what] for row in TIED["rows"]])
        reach = stats.t.ppf(0.975, len(apart) - 1) * apart.std(ddof=1) / np.sqrt(len(apart))
        found = TIED[what]
        assert found["difference"] == pytest.approx(apart.mean())
        assert (found["low"], found["high"]) == pytest.approx(
            (apart.mean() - reach, apart.mean() + reach)
        )
    assert TIED["accuracy"]["low"] > 0


def test_neighbours_of_the_recipe_of_free_weights():
    assert CHOICES["recipe_key"] == FREE.key
    of_best = np.array(CHOICES["rows"]["best"]["per_set"])
    for name, row in CHOICES["rows"].items():
        assert np.mean(row["per_set"]) == pytest.approx(row["views"])
        if name != "best":
            assert row["difference"] == pytest.approx(np.mean(row["per_set"] - of_best))
            assert row["low"] <= row["difference"] <= row["high"]
            sets = np.reshape(row["per_set"] - of_best, (len(CHOICES["classes"]), -1)).mean(axis=1)
            reach = stats.t.ppf(0.975, len(sets) - 1) * sets.std(ddof=1) / np.sqrt(len(sets))
            assert row["high"] - row["low"] == pytest.approx(2 * reach)  # sets, not runs
