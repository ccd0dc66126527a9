"""Contrast normalisation and test-time views, against loops over single images."""

import numpy as np
import pytest
from scipy.special import log_softmax

from fclab.engines import choose, train
from fclab.engines import job as jobs
from fclab.values.dataset import CIFAR_PREPROCESSING, ClassName, Dataset, Split
from fclab.values.errors import UsageError
from fclab.values.model import VIEW_SHIFT, answers, forward, network_inputs, views
from fclab.values.recipe import FREE, Recipe

SIDE = 6
QUICK = Recipe(layers=(9, 3), optimizer="adamw", lr=0.01, batch_size=16, epochs=3)


def images(n: int = 40) -> Dataset:
    rng = np.random.default_rng(1)
    kinds = rng.uniform(80, 170, (3, SIDE, SIDE, 3))

    def split(size: int) -> Split:
        y = rng.integers(0, 3, size)
        x = kinds[y] + rng.normal(0, 50, (size, SIDE, SIDE, 3))
        return Split(x.clip(0, 255).astype(np.uint8), y)

    names = tuple(ClassName(i, f"kind {i}", f"вид {i}") for i in range(3))
    return Dataset("k", "multiclass", "synthetic", split(n), split(20), names, CIFAR_PREPROCESSING)


IMAGES = images()


def test_contrast_brings_every_image_to_mean_0_and_deviation_1():
    x = IMAGES.inputs["test"]
    made = network_inputs(QUICK.replace(contrast=True), x)
    for image, result in zip(x, made, strict=True):
        numbers = [float(v) for v in image]
        mean = sum(numbers) / len(numbers)
        variance = sum((v - mean) ** 2 for v in numbers) / len(numbers)
        wanted = [(v - mean) / (variance + 0.01) ** 0.5 for v in numbers]
        np.testing.assert_allclose(result, wanted, rtol=1e-4, atol=1e-5)
    assert network_inputs(QUICK, x) is x


def test_contrast_does_not_see_brightness_and_leaves_a_flat_image_flat():
    recipe, x = QUICK.replace(contrast=True), IMAGES.inputs["test"]
    np.testing.assert_allclose(
        network_inputs(recipe, x), network_inputs(recipe, x + 3), rtol=1e-3, atol=1e-4
    )
    assert not network_inputs(recipe, np.full((1, 12), 0.7, np.float32)).any()


def plain_views(tta: str, image: np.ndarray) -> list[np.ndarray]:
    """One image ``(side, side, 3)`` as written in the docstring, pixel by pixel."""
    moves = {"none": [(0, 0)], "flip": [(0, 0)]}.get(
        tta, [(0, 0), (-VIEW_SHIFT, 0), (VIEW_SHIFT, 0), (0, -VIEW_SHIFT), (0, VIEW_SHIFT)]
    )
    made = []
    for down, right in moves:
        moved = np.empty_like(image)
        for r in range(SIDE):
            for c in range(SIDE):
                place = [abs(r + down), abs(c + right)]
                place = [p if p < SIDE else 2 * (SIDE - 1) - p for p in place]
                moved[r, c] = image[place[0], place[1]]
        made.append(moved.ravel())
        if tta != "none":
            made.append(moved[:, ::-1].ravel())
    return made


@pytest.mark.parametrize("pool", [1, 2])
@pytest.mark.parametrize(("tta", "count"), [("none", 1), ("flip", 2), ("shift", 10)])
def test_views_and_their_mean_log_probabilities(tta, count, pool):
    x, shape = IMAGES.inputs["test"], IMAGES.info.input_shape
    recipe, small = QUICK.replace(tta=tta, pool=pool), SIDE // pool
    seen = list(views(recipe, x, shape))
    assert len(seen) == count
    weights = jobs.initial_weights(recipe, IMAGES.info.n_inputs, 3)
    found = answers(recipe, weights, x, shape)
    assert found.dtype == np.float32
    for i, image in enumerate(x.reshape(-1, *shape)):
        wanted = [
            view.reshape(small, pool, small, pool, 3).mean(axis=(1, 3)).ravel()
            for view in plain_views(tta, image)
        ]
        for view in seen:
            assert any(np.allclose(view[i], w, rtol=1e-5, atol=1e-6) for w in wanted)
        assert len({view[i].tobytes() for view in seen}) == count
        out = forward(recipe, weights, np.stack(wanted))
        mean = out[0] if tta == "none" else log_softmax(out, axis=1).mean(axis=0)
        np.testing.assert_allclose(found[i], mean, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    "changes", [{"contrast": True}, {"contrast": True, "flip": True, "shift": 2}, {"pool": 2}]
)
def test_a_model_answers_for_raw_images_as_the_run_did(changes):
    recipe = QUICK.replace(**changes, tta="shift")
    (run,) = train(IMAGES, [recipe], [4])
    for name, split in IMAGES.splits.items():
        np.testing.assert_allclose(run.model.outputs(split.x), run.outputs[name], 1e-5, 1e-6)
        assert run.metrics[f"{name}_accuracy"] == (run.answers(name) == split.y).mean()
    plain = next(iter(train(IMAGES, [recipe.replace(contrast=False, pool=1)], [4])))
    assert not np.array_equal(plain.outputs["test"], run.outputs["test"])


def test_the_history_of_contrast_is_that_of_the_outputs():
    (run,) = train(IMAGES, [QUICK.replace(contrast=True, norm="batch")], [4])
    assert run.history["test_accuracy"][-1] == run.metrics["test_accuracy"]
    assert run.metrics["test_loss"] == pytest.approx(run.history["test_loss"][-1], rel=1e-4)


def test_recipes_that_differ_only_in_their_views_are_trained_once():
    told: list[int] = []
    recipes = [QUICK.replace(tta=tta) for tta in ("flip", "none", "shift")]
    runs = list(train(IMAGES, recipes, [1, 2], progress=told.append))
    assert sum(told) == 2 * QUICK.epochs
    assert {(run.recipe.tta, run.seed) for run in runs} == {
        (tta, seed) for tta in ("none", "flip", "shift") for seed in (1, 2)
    }
    for run in runs:
        (alone,) = train(IMAGES, [run.recipe], [run.seed])
        for split in IMAGES.splits:
            assert np.array_equal(alone.outputs[split], run.outputs[split])
        for name, column in alone.history.items():
            assert np.array_equal(column, run.history[name])
        assert alone.metrics == run.metrics


def test_views_do_not_change_the_training_of_any_engine():
    plain = Recipe(layers=(5, 3), epochs=2, batch_size=16)
    for engine in ("gram", "torch", "reference"):
        one, two = (
            next(iter(train(IMAGES, [recipe], [2], engine=engine)))
            for recipe in (plain, plain.replace(tta="flip"))
        )
        assert all(np.array_equal(one.weights[k], two.weights[k]) for k in one.weights)
        assert not np.array_equal(one.outputs["test"], two.outputs["test"])


def test_a_run_does_not_depend_on_neighbours_with_other_inputs():
    recipe = FREE.replace(layers=(9, 5, 3), epochs=2, batch_size=16, shift=2)
    others = [recipe.replace(contrast=True), recipe.replace(contrast=True, tta="shift"), QUICK]
    (alone,) = train(IMAGES, [recipe], [5], workers=1)
    for workers in (1, 2):
        together = train(IMAGES, [*others, recipe], [4, 5], workers=workers)
        same = next(r for r in together if r.recipe == recipe and r.seed == 5)
        assert all(np.array_equal(alone.weights[k], same.weights[k]) for k in alone.weights)
        assert np.array_equal(alone.outputs["test"], same.outputs["test"])


def test_the_keys_of_older_recipes_stay():
    assert Recipe().key == "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
    assert Recipe(contrast=True).key != Recipe().key != Recipe(tta="flip").key
    assert Recipe(tta="flip", contrast=True).training == Recipe(contrast=True)


@pytest.mark.parametrize("engine", ["gram", "reference"])
def test_engines_without_contrast_refuse_it(engine):
    with pytest.raises(UsageError, match="contrast"):
        choose(IMAGES, Recipe(contrast=True), engine)
    assert choose(IMAGES, Recipe(contrast=True)).name == "torch"


def test_points_have_neither_contrast_nor_views():
    from fclab.data import binary_points

    points = binary_points("xor", points=20)
    from fclab.values.recipe import BINARY

    with pytest.raises(UsageError, match="need images"):
        train(points, [BINARY.replace(contrast=True)], [0])
    with pytest.raises(ValueError, match="cross-entropy"):
        BINARY.replace(tta="flip")
