from dataclasses import replace

import numpy as np
import pytest

from fclab.figures import curves_over_seeds
from fclab.figures.style import TEST, TRAIN
from fclab.values.errors import UsageError

EPOCHS = np.arange(1, 101)


@pytest.fixture
def runs(images):
    """Eleven runs whose least test loss is in epoch 40 + seed, and whose levels differ."""

    def of(seed: int):
        loss = 0.5 + (EPOCHS - 40.0 - seed) ** 2 / 1e4
        history = {
            "train_loss": 1.0 / EPOCHS + 0.01 * seed, "test_loss": loss,
            "train_accuracy": 0.9 + EPOCHS / 2000, "test_accuracy": 0.7 + 0.01 * seed + 0 * loss,
        }  # fmt: skip
        return replace(images.run, seed=seed, history=history)

    return [of(seed) for seed in range(11)]


def panels(fig):
    return {ax.get_label(): ax for ax in fig.axes}


def whole(ax, colour):
    """The mean line of a colour, and the edges of its band."""
    lines = [line for line in ax.lines if line.get_color() == colour]
    (mean,) = [line for line in lines if line.get_linewidth() > 1]
    return mean.get_ydata(), [line.get_ydata() for line in lines if line is not mean]


@pytest.mark.parametrize("kind", ["loss", "accuracy"])
@pytest.mark.parametrize(("part", "colour"), [("train", TRAIN), ("test", TEST)])
def test_mean_and_band_are_those_of_the_seeds(kind, part, colour, runs):
    mean, edges = whole(panels(curves_over_seeds(runs, "en"))[kind], colour)
    table = np.array([run.history[f"{part}_{kind}"] for run in runs])
    np.testing.assert_allclose(mean, table.mean(axis=0))
    np.testing.assert_allclose(edges, np.percentile(table, [10, 90], axis=0))


def test_overfitting_of_the_mean_and_of_each_seed(runs, kit):
    fig = curves_over_seeds(runs, "ru")
    ax = panels(fig)["epochs"]
    bars = {(p.get_x(), p.get_x() + p.get_width()): p.get_height() for p in ax.patches}
    assert sum(bars.values()) == 11
    for (left, right), height in bars.items():
        assert height == sum(left < 40 + seed < right for seed in range(11))
    for panel in fig.axes:
        assert [45] in [list(set(line.get_xdata())) for line in panel.lines]
    assert "минимум среднего: эпоха 45" in kit.words(fig)


def test_a_validation_part_marks_its_own_least_loss(runs, kit):
    def held(run):
        curves = {"valid_loss": (EPOCHS - 30.0) ** 2 / 1e4, "valid_accuracy": 0.7 + 0.0 * EPOCHS}
        return replace(run, history={**run.history, **curves})

    said = kit.words(curves_over_seeds([held(run) for run in runs], "en", "valid"))
    assert "least of the mean: epoch 30" in said
    assert "validation" in said


def test_diverged_runs_are_counted_and_left_out(runs, kit):
    bad = [kit.diverged(runs[0], 7), kit.diverged(runs[1], 9)]
    fig = curves_over_seeds([*bad, *runs[2:]], "en")
    mean, _ = whole(panels(fig)["loss"], TEST)
    np.testing.assert_allclose(mean, np.mean([r.history["test_loss"] for r in runs[2:]], axis=0))
    assert "diverged: 2 of 11, at epochs 7–9" in kit.words(fig)
    both = curves_over_seeds([kit.diverged(run, 7) for run in runs[:2]], "ru")
    assert "разошлось: 2 из 2, на эпохе 7" in kit.words(both)
    assert "минимум" not in kit.words(both)


def test_only_epochs_that_all_have_reached(runs):
    short = replace(runs[0], history={k: v[:50] for k, v in runs[0].history.items()})
    mean, _ = whole(panels(curves_over_seeds([short, *runs[1:]], "en"))["loss"], TEST)
    assert len(mean) == 50


def test_one_seed_has_no_band(runs, kit):
    fig = curves_over_seeds(runs[3:4], "en")
    assert whole(panels(fig)["loss"], TEST)[1] == []
    assert "seed 3" in kit.words(fig)


def test_what_has_no_curves(regression):
    with pytest.raises(UsageError, match="no test loss"):
        curves_over_seeds([regression.run], "en")
    with pytest.raises(UsageError, match="at least one run"):
        curves_over_seeds([], "en")
