from dataclasses import replace

import numpy as np
import pytest

from fclab.figures import regression_data, regression_fits, training_loss
from fclab.figures.regression import fall_begins


def test_the_data_are_drawn_with_the_true_curve(regression):
    ax = regression_data(regression.dataset, "en").axes[0]
    np.testing.assert_array_equal(ax.collections[0].get_offsets()[:, 1], regression.dataset.train.y)
    curve = ax.lines[0]
    np.testing.assert_array_equal(curve.get_ydata(), regression.dataset.test.y)
    assert curve.is_dashed()


def test_one_fit_per_snapshot_the_last_one_boldest(regression):
    run = regression.run
    _, *fits = regression_fits(run, regression.dataset, "ru").axes[0].lines
    assert [line.get_label() for line in fits] == [
        f"после шага {n}" for n in ("500", "1\xa0000", "1\xa0500")
    ]
    for line, outputs in zip(fits, run.snapshots.values(), strict=True):
        each = outputs[::3, 0]  # each x stands thrice
        np.testing.assert_allclose(line.get_ydata(), each, atol=1e-6)
    widths = [line.get_linewidth() for line in fits]
    assert widths[-1] > max(widths[:-1])


def test_fits_are_named_by_steps_not_epochs(regression):
    recipe = regression.run.recipe.replace(batch_size=20)  # three steps an epoch
    run = replace(regression.run, recipe=recipe)
    _, first, *_ = regression_fits(run, regression.dataset, "en").axes[0].lines
    assert first.get_label() == "fit after step 1,500"


def test_without_snapshots_the_final_fit_is_drawn(regression):
    run = replace(regression.run, snapshots={})
    _, *fits = regression_fits(run, regression.dataset, "en").axes[0].lines
    assert [line.get_label() for line in fits] == ["fit after step 1,500"]


def test_a_fit_far_off_does_not_squeeze_the_picture(regression):
    run = regression.run
    usual = regression_fits(run, regression.dataset, "en").axes[0].get_ylim()
    far = replace(run, snapshots={10: run.snapshots[500] + 1e6})
    fig = regression_fits(far, regression.dataset, "en")
    assert fig.axes[0].get_ylim() == usual
    assert fig.axes[0].lines[1].get_label().endswith("off the picture")


def test_the_loss_is_drawn_against_steps_with_the_noise_floor(regression):
    run, data = regression.run, regression.dataset
    ax = training_loss([run], "en", dataset=data).axes[0]
    assert ax.get_xscale() == ax.get_yscale() == "log"
    x, y = ax.lines[0].get_data()
    np.testing.assert_array_equal(x, np.arange(1, 1501))
    np.testing.assert_array_equal(y, run.history["running_loss"])
    floor = ax.lines[-1].get_ydata()[0]
    noise = data.train.y - data.test.y.repeat(3)
    assert floor == pytest.approx((noise.astype(float) ** 2).mean())


def test_steps_are_not_epochs_where_there_are_batches(images):
    line = training_loss([images.run], "en").axes[0].lines[0]
    np.testing.assert_array_equal(line.get_xdata(), 3 * np.arange(1, 21))


def test_many_runs_are_told_apart(regression, binary, kit):
    other = replace(regression.run, seed=7)
    ends = [text.get_text() for text in training_loss([regression.run, other], "ru").axes[0].texts]
    assert [end.split("\n")[0] for end in ends[-2:]] == ["зерно 0", "зерно 7"]
    both = training_loss([regression.run, other], "en", labels=["this", "that"])
    ends = [text.get_text() for text in both.axes[0].texts]
    assert [end.split("\n")[0] for end in ends[-2:]] == ["this", "that"]
    said = kit.words(training_loss([regression.run, binary.run], "ru"))
    assert "сигмоида" in said
    assert "полумесяцы" in said
    assert "функция потерь" in said  # of two kinds


@pytest.mark.parametrize(
    ("loss", "step"),
    [
        ([1.0] * 50 + [0.96, 0.94, 0.1], 52),
        ([1.0] * 50, None),
        ([1.0, 0.5, 0.4], None),
        ([1.0] * 20 + [np.nan], None),
        ([np.inf], None),
    ],
)
def test_the_end_of_the_first_plateau(loss, step):
    assert fall_begins(np.array(loss)) == step


def test_the_end_of_the_plateau_is_marked(regression, kit):
    loss = np.r_[np.full(1000, 0.7), np.full(500, 0.1)]
    run = replace(regression.run, history={"running_loss": loss})
    assert "step 1,001" in kit.words(training_loss([run], "en"))
