"""One's own data through everything that the lab's data go through."""

from itertools import pairwise

import numpy as np
import pytest

import fclab
from fclab.figures import (
    class_samples,
    confusion_matrix,
    curves_over_seeds,
    decision_surface,
    first_layer,
    learning_curves,
    network_diagram,
    png_bytes,
    regression_data,
    regression_fits,
    training_loss,
)
from fclab.notebook.display import html, plain
from fclab.store.folder import read_model, write_model
from fclab.values.dataset import Dataset

AUGMENTED = {"flip": True, "shift": 2, "rotate": 5.0, "zoom": 0.1, "jitter": 0.2, "locality": 1.0,
             "contrast": True, "norm": "batch", "tta": "shift"}  # fmt: skip


def images(shape, labels=("a", "b", "c"), each=20) -> Dataset:
    """Classes of noise that differ in brightness."""
    rng = np.random.default_rng(0)
    y = np.tile(np.arange(len(labels)), each)
    x = rng.integers(0, 40, (len(y), *shape)) + (y * (200 // len(labels)))[:, None, None, None]
    x, y = x.astype(np.uint8), np.array(labels)[y]
    return Dataset.from_arrays(x[30:], y[30:], x[:30], y[:30], name="mine")


def points(columns, target) -> Dataset:
    x = np.random.default_rng(0).normal(size=(90, columns)) * 100 + 7
    y = target(x[:, 0])
    return Dataset.from_arrays(x[30:], y[30:], x[:30], y[:30], name="table")


SHAPES = [(8, 8, 1), (12, 9, 3), (28, 28, 1), (1, 7, 1), (4, 6, 3)]


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("changes", [{}, AUGMENTED, {**AUGMENTED, "pool": 2}], ids=["", "+", "2"])
def test_images_of_any_size_and_channel_count(shape, changes, tmp_path):
    dataset, recipe = images(shape), fclab.CIFAR.replace(epochs=2, **changes)
    if shape[0] % recipe.pool or shape[1] % recipe.pool:
        with pytest.raises(fclab.UsageError, match="squares of 2 pixels do not fill"):
            fclab.train(dataset, [recipe], [0])
        return
    (run,) = fclab.train(dataset, [recipe], [0])
    assert run.diverged_at is None
    write_model(run.model, tmp_path)
    read = read_model(tmp_path)
    assert read.dataset == dataset.info
    np.testing.assert_array_equal(read.outputs(dataset.test.x), run.outputs["test"])
    for figure in (
        class_samples(dataset, "en"), first_layer(run, "ru"), learning_curves(run, "en"),
        confusion_matrix(run, "test", "en"), curves_over_seeds([run], "en"),
        network_diagram(run.dataset, recipe, "ru"),
    ):  # fmt: skip
        assert png_bytes(figure)
    assert "mine" in html(dataset)
    assert "mine" in html(run)


def test_names_of_any_length_and_kind_are_drawn():
    names = ("$x$ \\frac{1}{2} 100%", "Щ" * 100, "one two " * 12)
    dataset = images((8, 8, 3), labels=tuple(name.strip() for name in names))
    (run,) = fclab.train(dataset, [fclab.CIFAR.replace(epochs=2)], [0])
    for figure in (class_samples(dataset, "ru"), confusion_matrix(run, "test", "en")):
        assert png_bytes(figure)
    labels = [label.get_text() for label in class_samples(dataset, "en").axes[0].get_yticklabels()]
    assert labels[0].startswith("$x$")
    assert sum(label.endswith("…") for label in labels) == 2


def test_grey_images_are_drawn_grey():
    (drawn,) = class_samples(images((6, 6, 1)), "en").axes[0].get_images()
    red, green, blue = np.moveaxis(np.asarray(drawn.get_array()), -1, 0)
    assert (red == green).all()
    assert (red == blue).all()


@pytest.mark.parametrize("engine", ["fused", "torch", "reference"])
def test_points_of_any_kind(engine):
    kinds = [
        (points(5, lambda x: x * 0.01), fclab.REGRESSION),
        (points(5, lambda x: np.where(x > 7, "yes", "no")), fclab.BINARY),
        (points(5, lambda x: np.digitize(x, [-50, 60])), fclab.CIFAR),
    ]
    for dataset, recipe in kinds:
        recipe = recipe.replace(epochs=200, init="fan_in", reduction="mean", lr=0.3)
        (run,) = fclab.train(dataset, [recipe], [0], engine=engine)
        history = run.history["running_loss"]
        assert history[-1] < 0.7 * history[0]
        assert html(dataset)
        assert html(run)
        assert plain(run).startswith("Run(table")


def test_a_curve_of_ones_own_is_drawn_with_its_test_points():
    line, plane = points(1, np.sin), points(2, np.sin)
    (run,) = fclab.train(line, [fclab.REGRESSION.replace(epochs=20)], [0], snapshots=[5])
    labels = regression_fits(run, line, "en").axes[0].get_legend_handles_labels()[1]
    assert "test" in labels
    assert "true curve" not in labels
    assert png_bytes(training_loss([run], "en", dataset=line))
    with pytest.raises(fclab.UsageError, match="a curve has one input, and table has 2"):
        regression_data(plane, "en")
    assert "<img" not in html(plane)


def test_points_of_ones_own_in_the_plane_have_a_surface():
    dataset = points(2, lambda x: np.where(x > 7, "да", "нет"))
    (run,) = fclab.train(dataset, [fclab.BINARY.replace(epochs=200)], [0])
    assert png_bytes(decision_surface(run, dataset, "ru"))


def test_kept_and_found_again(tmp_path):
    dataset = images((6, 6, 1))
    (run,) = fclab.train(dataset, [fclab.CIFAR.replace(epochs=2)], [3])
    with fclab.Store(tmp_path / "runs.db") as store:
        store.put(run)
    with fclab.Store(tmp_path / "runs.db", create=False) as store:
        kept = store.get(dataset.fingerprint, run.recipe, [3], run.engine)[3]
    assert kept.dataset == dataset.info
    assert kept.dataset.labels == ("a", "b", "c")
    for name, array in run.weights.items():
        np.testing.assert_array_equal(kept.weights[name], array)


def test_a_study_of_ones_own_images(tmp_path):
    dataset = images((6, 6, 1), labels=("x", "y"), each=60)
    settings = fclab.Settings(
        seeds=2, base=fclab.CIFAR.for_outputs(2).replace(epochs=6, batch_size=16),
        batch_factors=(0.5,), lr_factors=(1.5,), hidden=((4,),), search_seeds=1,
        search_lr=(0.01,), search_batch=(16,),
    )  # fmt: skip
    with fclab.Store(tmp_path / "runs.db") as store:
        name, study = fclab.do_study(store, dataset, settings)
        again = fclab.load_study(store, name)
    assert name == "mine-lab"
    assert again.definition.model_dump(mode="json") == study.definition.model_dump(mode="json")
    assert study.definition.source == "own"
    table = fclab.final_table(study)
    assert [row.name for row in table.study.rows] == [
        "base",
        "stop",
        "batch-8",
        "lr-0.003333",
        "fc-4",
    ]
    assert "SYNTHETIC" not in html(table)
    assert all(a < b for a, b in pairwise(study.definition.classes))
