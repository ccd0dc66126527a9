"""Trainings that start from given weights, and those whose course nobody takes."""

from contextlib import closing

import numpy as np
import pytest

from fclab.data.synthetic import synthetic
from fclab.engines import train
from fclab.engines.elsewhere import trained_by
from fclab.engines.job import initial_weights
from fclab.engines.locality import far_weights
from fclab.values.dataset import Dataset
from fclab.values.errors import UsageError
from fclab.values.recipe import CIFAR, FREE, Recipe


@pytest.fixture(scope="module")
def images() -> Dataset:
    whole = synthetic((0, 55, 58))
    few = np.arange(0, len(whole.train), 25)
    return Dataset(
        name="few",
        task="multiclass",
        source=whole.source,
        train=whole.train[few],
        test=whole.test[np.arange(0, len(whole.test), 10)],
        class_names=whole.class_names,
        preprocessing=whole.preprocessing,
    )


STILL = FREE.replace(layers=(12, 8, 3), epochs=1, lr=1e-30)
"""Steps too small to move a weight."""


def given() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(5)
    drawn = initial_weights(STILL, 3072, 9)
    return {
        name: rng.uniform(0.5, 1, array.shape).astype(np.float32)
        for name, array in drawn.items()
        if not name.startswith("fc3.")
    }


def test_training_starts_from_exactly_the_given_weights_and_draws_the_others(images):
    wanted = given()
    for run in train(images, [STILL], [0, 1], initial=wanted, course=False):
        for name in ("fc1.weight", "fc1.bias", "norm1.weight", "fc2.weight", "norm2.bias"):
            np.testing.assert_array_equal(run.weights[name], wanted[name])
        far = far_weights(STILL, images.info.input_shape)
        drawn = initial_weights(STILL, 3072, run.seed, far)
        for name in ("fc3.weight", "fc3.bias"):
            np.testing.assert_array_equal(run.weights[name], drawn[name])
        assert run.engine.name == "torch"


def test_a_run_goes_on_from_what_another_run_ended_with(images):
    recipe = STILL.replace(lr=0.05, epochs=3)
    (first,) = train(images, [recipe], [0])
    hidden = {name: w for name, w in first.weights.items() if not name.startswith("fc3.")}
    (still,) = train(images, [STILL], [4], initial=hidden)
    np.testing.assert_array_equal(still.weights["fc2.weight"], first.weights["fc2.weight"])
    (on,) = train(images, [recipe], [4], initial=hidden)
    (anew,) = train(images, [recipe], [4])
    assert on.history["running_loss"][0] != anew.history["running_loss"][0]


def test_nothing_given_is_what_it_was(images):
    (a,), (b,) = (train(images, [STILL], [3], initial=initial) for initial in (None, {}))
    np.testing.assert_array_equal(a.outputs["test"], b.outputs["test"])


@pytest.mark.parametrize(
    ("recipe", "engine"),
    [
        (STILL.replace(lr=0.1, epochs=2), "torch"),
        (CIFAR.replace(epochs=3), "gram"),
        (CIFAR.replace(epochs=3), "reference"),
    ],
)
def test_without_its_course_a_run_is_the_same(images, recipe, engine):
    (whole,) = train(images, [recipe], [0], engine=engine)
    (bare,) = train(images, [recipe], [0], engine=engine, course=False)
    assert list(bare.history) == ["running_loss"]
    np.testing.assert_array_equal(bare.history["running_loss"], whole.history["running_loss"])
    np.testing.assert_array_equal(bare.outputs["test"], whole.outputs["test"])
    assert bare.metrics == whole.metrics


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"fc9.weight": np.zeros((2, 2), np.float32)}, "no weights fc9.weight of shape 2x2"),
        ({"fc2.bias": np.zeros(7, np.float32)}, "no weights fc2.bias of shape 7"),
    ],
)
def test_weights_of_another_network_are_refused_at_once(images, wrong, told):
    with pytest.raises(UsageError, match=told):
        train(images, [STILL], [0], initial=wrong)


def test_an_engine_that_cannot_start_from_them_says_so(images):
    plain = Recipe(epochs=1)
    weights = initial_weights(plain, 3072, 7)
    with pytest.raises(UsageError, match="gram cannot start from given weights: take torch"):
        train(images, [plain], [0], engine="gram", initial=weights)


class Elsewhere:
    width = 1

    def told(self, done: float, whole: float) -> None: ...

    def train(self, jobs, tick):
        raise AssertionError("sent away")
        yield

    def has_kept(self, run, store) -> bool:
        return False


def test_given_weights_are_not_sent_away(images):
    with trained_by(Elsewhere()):
        (run,) = train(images, [STILL], [0], initial=given())
        assert run.recipe == STILL
        with (
            pytest.raises(AssertionError, match="sent away"),
            closing(train(images, [STILL], [0])) as runs,
        ):
            list(runs)
