from dataclasses import replace

import numpy as np
import pytest

from fclab.figures import learning_curves
from fclab.figures.style import TEST, TRAIN
from fclab.values.errors import UsageError


def curves(ax) -> dict[str, np.ndarray]:
    """The lines that are no upright marks, by colour."""
    return {line.get_color(): line.get_ydata() for line in ax.lines if len(line.get_xdata()) != 2}


def marks(ax) -> list[float]:
    return [line.get_xdata()[0] for line in ax.lines if len(line.get_xdata()) == 2]


def test_train_and_test_in_two_panels(images):
    loss, accuracy = learning_curves(images.run, "en").axes
    history = images.run.history
    np.testing.assert_array_equal(curves(loss)[TRAIN], history["train_loss"])
    np.testing.assert_array_equal(curves(loss)[TEST], history["test_loss"])
    np.testing.assert_array_equal(curves(accuracy)[TRAIN], history["train_accuracy"])
    np.testing.assert_array_equal(curves(accuracy)[TEST], history["test_accuracy"])


def test_the_overfitting_epoch_and_the_final_values(images, kit):
    fall = np.abs(np.arange(20) - 12) / 10 + 0.3
    history = {
        "train_loss": np.linspace(1, 0.0123, 20), "train_accuracy": np.linspace(0.5, 0.995, 20),
        "test_loss": fall, "test_accuracy": np.linspace(0.5, 0.7654, 20),
    }  # fmt: skip
    fig = learning_curves(replace(images.run, history=history), "ru")
    assert [marks(ax) for ax in fig.axes] == [[13], [13]]
    said = kit.words(fig).replace("\xa0", " ")
    for expected in ("эпоха 13", "0,0123", "1,00", "99,5 %", "76,5 %"):
        assert expected in said


def test_a_validation_part_has_its_own_line(images, kit):
    history = dict(images.run.history)
    history |= {f"valid_{k}": history[f"test_{k}"] + 0.01 for k in ("loss", "accuracy")}
    fig = learning_curves(replace(images.run, history=history), "en")
    assert all(len(curves(ax)) == 3 for ax in fig.axes)
    assert "validation" in kit.words(fig)


def test_nothing_after_a_divergence_is_drawn(images, kit):
    run = kit.diverged(images.run, 7)
    loss, accuracy = learning_curves(run, "en").axes
    for ax in (loss, accuracy):
        assert {len(line) for line in curves(ax).values()} == {6}
        assert marks(ax) == [1, 7]
    assert loss.get_yscale() == "log"


def test_a_run_that_diverged_at_once(images, kit):
    said = kit.words(learning_curves(kit.diverged(images.run, 1), "ru"))
    assert "разошлось на эпохе 1" in said
    assert "наименьшие" not in said


def test_one_epoch(images, kit):
    history = {name: column[:1] for name, column in images.run.history.items()}
    fig = learning_curves(replace(images.run, history=history), "en")
    assert "least test loss: epoch 1" in kit.words(fig)
    ticks = [tick for tick in fig.axes[0].get_xticks() if 0.5 <= tick <= 1.5]
    assert ticks == [1]


def test_a_perfect_fit_keeps_its_axis(images):
    history = {name: np.zeros(20) for name in images.run.history}
    history |= {"test_loss": np.ones(20)}
    assert learning_curves(replace(images.run, history=history), "en").axes[0].get_yscale() == (
        "linear"
    )


def test_a_history_without_test_loss(regression):
    with pytest.raises(UsageError, match="not evaluated"):
        learning_curves(regression.run, "en")
