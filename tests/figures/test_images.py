from dataclasses import replace

import numpy as np
import pytest

from fclab.figures import class_samples, first_layer
from fclab.figures.images import mosaic
from fclab.values.errors import UsageError
from fclab.values.model import percentile_scaled
from fclab.values.names import CLASS_NAMES
from fclab.words.wording import wording


def test_the_first_images_of_each_class_in_rows(images):
    canvas = class_samples(images.dataset, "en", per_class=5).axes[0].images[0].get_array()
    x, y = images.dataset.train.x, images.dataset.train.y
    for label in range(3):
        for k in range(5):
            top, left = 34 * label, 34 * k
            tile = canvas[top : top + 32, left : left + 32]
            np.testing.assert_allclose(tile, x[y == label][k] / 255)


@pytest.mark.parametrize("lang", ["ru", "en"])
def test_rows_are_named(lang, images, kit):
    said = kit.words(class_samples(images.dataset, lang)).lower()
    assert all(wording(lang).called(name) in said for name in images.dataset.class_names)


def test_a_class_with_few_images_leaves_gaps(kit):
    canvas = class_samples(kit.image_dataset(per_class=3), "en").axes[0].images[0].get_array()
    assert canvas.shape[1] == 10 * 34 - 2
    assert (canvas[:, 3 * 34 :] == 1).all()


@pytest.mark.parametrize(
    ("classes", "per_class", "columns"), [(3, 2, 1), (20, 10, 1), (21, 10, 2), (100, 2, 2)]
)
def test_names_stay_inside_whatever_the_shape(classes, per_class, columns, kit):
    names = CLASS_NAMES[:classes]
    dataset = kit.image_dataset(names, per_class=per_class)
    fig = class_samples(dataset, "ru", per_class=per_class)
    assert len(fig.axes) == columns
    shown = kit.texts(fig)
    assert [text.get_text() for text in shown] == [name.ru.capitalize() for name in names]
    for text, ax in zip(shown, [fig.axes[i * columns // classes] for i in range(classes)],
                        strict=False):  # fmt: skip
        box = text.get_window_extent()
        assert box.x0 >= 2
        assert box.x1 <= ax.get_window_extent().x0


def test_samples_need_images(binary):
    with pytest.raises(UsageError, match="has none"):
        class_samples(binary.dataset, "en")


def test_a_mosaic_is_white_between_and_after():
    image = np.zeros((4, 3, 3))
    canvas = mosaic([[image, image], [image]], above=5)
    assert canvas.shape == (2 * 4 + 5, 2 * 3 + 2, 3)
    assert canvas.sum() == 3 * (canvas.shape[0] * canvas.shape[1] - 3 * 12)


def lab_scaling(weights: np.ndarray) -> list[np.ndarray]:
    """The lab's own loop."""
    made = []
    for ω in weights.copy():
        ω -= np.percentile(ω, 1, axis=[0, 1])
        ω /= np.percentile(ω, 99, axis=[0, 1])
        ω = np.clip(ω, 0, 1)
        made.append(ω)
    return made


def test_weights_are_scaled_as_in_the_lab(images):
    weights = images.run.model.first_layer_images
    np.testing.assert_allclose(percentile_scaled(weights), lab_scaling(weights), atol=1e-6)


def test_each_neuron_stands_in_its_place(images):
    canvas = first_layer(images.run, "en").axes[0].images[0].get_array()
    expected = lab_scaling(images.run.model.first_layer_images)
    for i, image in enumerate(expected):  # ten neurons: two rows of five
        top, left = 40 * (i // 5), 34 * (i % 5)
        np.testing.assert_allclose(canvas[top : top + 32, left : left + 32], image, atol=1e-6)


def test_weights_without_a_scale_are_grey():
    assert (percentile_scaled(np.full((1, 4, 4, 3), np.nan)) == 0.5).all()
    assert (percentile_scaled(np.ones((1, 4, 4, 3))) == 0.5).all()


@pytest.mark.parametrize("neurons", [1, 7, 33])
def test_narrow_and_wide_layers(neurons, images, kit):
    recipe = images.run.recipe.replace(layers=(neurons, 3))
    rng = np.random.default_rng(0)
    weights = {"fc1.weight": rng.normal(size=(neurons, 3072))}
    said = kit.words(first_layer(replace(images.run, recipe=recipe, weights=weights), "en"))
    drawn = min(neurons, 32)
    assert {line for line in said.split("\n") if line.isdigit()} == set(
        map(str, range(1, drawn + 1))
    )
    assert ("The first 32 of 33 neurons" in said) == (neurons == 33)


def test_only_weights_of_images_are_images(regression):
    with pytest.raises(UsageError, match="does not see images"):
        first_layer(regression.run, "en")
