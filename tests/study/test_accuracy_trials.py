"""The log of trials: what it says follows from its runs, and a trial is what it is said to be."""

import json
from pathlib import Path

import numpy as np
import pytest
from scipy.stats.qmc import Halton

from choices import CLASSES
from fclab.engines import train
from fclab.engines.locality import far_weights
from fclab.values.dataset import CIFAR_PREPROCESSING, ClassName, Dataset, Split
from fclab.values.recipe import FREE
from trials import TRIALS, left, named, rows_of
from trials_training import Case, trained
from trials_ways import coloured, far_from, from_patches, greatest, mirrored, shared

ROOT = Path(__file__).resolve().parents[2]
RECORD = json.loads((ROOT / "benchmarks" / "results" / "trials.json").read_text("utf-8"))
QUICK = FREE.replace(layers=(64, 16, 3), batch_size=16, epochs=2)


def images() -> Dataset:
    rng = np.random.default_rng(1)

    def split(n: int) -> Split:
        return Split(rng.integers(0, 256, (n, 16, 16, 3), np.uint8), np.arange(n) % 3)

    names = tuple(ClassName(i, f"kind {i}", f"вид {i}") for i in range(3))
    return Dataset("k", "multiclass", "synthetic", split(40), split(6), names, CIFAR_PREPROCESSING)


IMAGES = images()


def test_the_log_is_of_the_recipe_of_free_weights_and_says_what_its_runs_say():
    assert RECORD["recipe_key"] == FREE.key
    assert set(RECORD["rows"]) == set(RECORD["runs"]) <= set(TRIALS)
    for name, row in rows_of(RECORD["runs"]).items():
        for stage in ("first", "second"):
            for key in ("difference", "low", "high", "p"):
                if stage in row:
                    assert RECORD["rows"][name][stage][key] == pytest.approx(row[stage][key])
        if "second" in row:
            taken = row["second"]["p_holm"] < 0.05 and row["second"]["difference"] > 0
            assert RECORD["rows"][name]["second"]["taken"] == taken


def test_no_trial_reached_the_second_stage_that_the_rule_does_not_admit():
    for row in RECORD["rows"].values():
        if "second" in row:
            assert row["first"]["difference"] >= 0.005 - 1e-9
            assert 0 not in row["second"]["seeds"]


def test_with_nothing_beside_the_recipe_weights_are_the_engines():
    (run,) = train(IMAGES, [QUICK], [3])
    ours = trained(IMAGES, QUICK, 3)
    assert {name: w.tolist() for name, w in ours.items()} == {
        name: w.tolist() for name, w in run.weights.items()
    }


def test_mirrored_pairs_stay_mirror_images(tmp_path):
    weights = mirrored(Case(IMAGES, 0, tmp_path), QUICK)
    first = weights["fc1.weight"].reshape(64, 8, 8, 3)
    assert (first[32:] == first[:32, :, ::-1]).all()
    assert np.unique(weights["norm1.bias"]).size <= 32


@pytest.mark.parametrize("way", [shared, coloured, from_patches])
def test_other_ways_train_a_network_of_the_same_shape(way, tmp_path):
    weights, other = way(Case(IMAGES, 0, tmp_path), QUICK), trained(IMAGES, QUICK, 0)
    assert {n: w.shape for n, w in weights.items()} == {n: w.shape for n, w in other.items()}
    assert any((weights[n] != other[n]).any() for n in weights)


def test_places_of_the_recipe_give_its_masks():
    ours = far_from(Halton(2, scramble=False).random(512), FREE, (32, 32, 3))
    for i, mask in far_weights(FREE, (32, 32, 3)).items():
        assert (ours[i] == mask).all()


def test_the_greatest_weights_of_each_neuron():
    weights = np.array([[1.0, -5, 2, 0], [0, 1, 2, -3]])
    assert greatest(weights, 0.5).tolist() == [
        [False, True, True, False],
        [False, False, True, True],
    ]


def test_a_trial_far_behind_after_three_sets_is_left():
    runs = {"best": {}, "long": {}}
    for i, classes in enumerate(CLASSES[:3]):
        assert not left(runs, "long")
        runs["best"][named(classes, 0)] = {"views": 0.9}
        runs["long"][named(classes, 0)] = {"views": 0.89 + 0.001 * i}
    assert left(runs, "long")
