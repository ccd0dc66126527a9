from dataclasses import replace

import numpy as np
import pytest

from fclab.figures import decision_surface
from fclab.figures.binary import surface_grid
from fclab.values.errors import UsageError


def test_the_grid_is_that_of_the_lab(binary):
    X = binary.dataset.train.x  # what follows is the lab's own text
    X_diff = X.max() - X.min()
    X_left = X.min() - 0.1 * X_diff
    X_right = X.max() + 0.1 * X_diff
    grid = np.arange(X_left, X_right, 0.01)
    np.testing.assert_allclose(surface_grid(X), grid, atol=1e-6)
    ax = decision_surface(binary.run, binary.dataset, "en").axes[0]
    assert ax.get_xlim() == ax.get_ylim() == pytest.approx((grid[0], grid[-1]))


def test_points_far_apart_get_a_coarser_grid():
    grid = surface_grid(np.array([[0.0, 0.0], [1e4, 5.0]]))
    assert 900 < len(grid) <= 1001
    assert (grid[0], grid[-1]) == pytest.approx((-1e3, 1.1e4), rel=0.02)


def test_the_surface_stands_the_right_way_up(binary, kit):
    # One sigmoid neuron that answers for class 1 where x₂ is high, whatever x₁ is.
    weights = {
        "fc1.weight": np.array([[0, 50]], np.float32), "fc1.bias": np.array([-25], np.float32),
        "fc2.weight": np.array([[20]], np.float32), "fc2.bias": np.array([-10], np.float32),
    }  # fmt: skip
    run = replace(binary.run, recipe=binary.run.recipe.replace(layers=(1, 1)), weights=weights)
    fig = decision_surface(run, binary.dataset, "en")
    picture = kit.pixels(fig)
    height, width = picture.shape[:2]
    to_pixels = fig.axes[0].transData + fig.transFigure.inverted()

    def greener(x1: float, x2: float) -> bool:
        across, up = to_pixels.transform((x1, x2))
        red, green, _ = picture[int((1 - up) * height), int(across * width)]
        return green > red

    assert greener(-1.2, 2.0)
    assert greener(2.0, 2.0)
    assert not greener(-1.2, -1.0)
    assert not greener(2.0, -1.0)


def test_wrong_answers_are_ringed_and_counted(binary, kit):
    run, data = binary.run, binary.dataset
    wrong = int((run.answers("train") != data.train.y).sum())
    assert wrong > 0
    fig = decision_surface(run, data, "ru")
    rings = fig.axes[0].collections[-1]
    assert len(rings.get_offsets()) == wrong
    assert f"неверные ответы: {wrong}" in kit.words(fig)


def test_no_rings_where_all_is_right(binary, kit):
    right = {"train": binary.dataset.train.y[:, None] * 2 - 1}
    run = replace(binary.run, outputs=right, metrics={"train_accuracy": 1.0})
    said = kit.words(decision_surface(run, binary.dataset, "en"))
    assert "wrong" not in said
    assert "100.0%" in said


def test_only_points_in_the_plane_have_a_surface(regression, images):
    for part in (regression, images):
        with pytest.raises(UsageError, match="points in the plane"):
            decision_surface(part.run, part.dataset, "en")
