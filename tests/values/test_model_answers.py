"""Models: answers as the dataset calls them, and the same network as plain PyTorch."""

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, r2_score
from torch import nn

import fclab
from fclab.engines.job import initial_weights
from fclab.values.dataset import Dataset
from fclab.values.model import Model

RNG = np.random.default_rng(0)


def points(y, columns=3) -> Dataset:
    x = RNG.normal(50, 9, (len(y), columns))
    return Dataset.from_arrays(x, y, x, y)


def images(shape, classes=3) -> Dataset:
    x, y = RNG.integers(0, 256, (12, *shape), np.uint8), np.arange(12) % classes
    return Dataset.from_arrays(x, y, x, y)


def untrained(dataset: Dataset, recipe: fclab.Recipe, seed=0) -> Model:
    """Random weights, the normalisation layers' too."""
    rng = np.random.default_rng(seed)
    weights = initial_weights(recipe, dataset.info.n_inputs, seed)
    for name in weights:
        if name.startswith("norm"):
            weights[name] = rng.uniform(0.5, 2, weights[name].shape).astype(np.float32)
    return Model(dataset.info, recipe, weights)


LABELS = {
    "text": np.array(["cat", "dog", "owl"] * 10),
    "numbers": np.array([58, 0, 55] * 10),
    "two": np.array(["no", "yes"] * 15),
    "truth": np.arange(30) % 2 == 0,
}


@pytest.mark.parametrize("kind", LABELS)
def test_classes_are_answered_as_they_were_given(kind):
    y = LABELS[kind]
    dataset = points(y)
    recipe = fclab.BINARY if dataset.task == "binary" else fclab.CIFAR
    (run,) = fclab.train(dataset, [recipe.replace(epochs=20)], [0])
    model, x = run.model, dataset.train.x
    answers = model.predict(x)
    assert answers.dtype.kind == y.dtype.kind
    assert set(answers) <= set(y)
    assert model.score(x, y) == accuracy_score(y, answers) == run.metrics["train_accuracy"]
    shares = model.predict_proba(x)
    assert shares.shape == (30, len(set(y)))
    np.testing.assert_allclose(shares.sum(axis=1), 1, rtol=1e-6)
    np.testing.assert_array_equal(model.dataset.classes[shares.argmax(axis=1)], answers)
    np.testing.assert_allclose(shares[:, -1:], model.probabilities(x)[:, -1:], rtol=1e-6)


def test_datasets_of_the_lab_answer_with_names_and_take_indices_too():
    dataset = fclab.binary_points("moons", points=60)
    (run,) = fclab.train(dataset, [fclab.BINARY.replace(epochs=300, lr=0.01)], [0])
    x, share = dataset.test.x, run.metrics["test_accuracy"]
    assert set(run.model.predict(x)) <= {"class 0", "class 1"}
    assert run.model.score(x, dataset.targets("test")) == share
    assert run.model.score(x, dataset.test.y) == share
    with pytest.raises(fclab.ArgumentError, match="not among the classes: 7"):
        run.model.score(x, np.full(60, 7))


def test_labels_that_are_numbers_are_not_taken_for_indices():
    model, dataset = untrained(points(LABELS["numbers"]), fclab.CIFAR), points(LABELS["numbers"])
    with pytest.raises(fclab.ArgumentError, match="not among the classes: 1, 2"):
        model.score(dataset.train.x, dataset.train.y)


def test_a_regression_answers_numbers():
    dataset = points(RNG.normal(size=30))
    model = untrained(dataset, fclab.REGRESSION.replace(init="fan_in"))
    answers = model.predict(dataset.train.x)
    assert answers.shape == (30,)
    assert model.score(dataset.train.x, dataset.train.y) == pytest.approx(
        r2_score(dataset.train.y, answers)
    )
    with pytest.raises(fclab.UsageError, match="no probabilities"):
        model.predict_proba(dataset.train.x)


@pytest.mark.parametrize(
    ("x", "words"),
    [
        (np.zeros((2, 4, 6, 3)), "images are bytes"),
        (np.zeros((2, 4, 4, 3), np.uint8), r"takes inputs of \(4, 6, 3\), and X has \(4, 4, 3\)"),
        (np.zeros((4, 6, 3), np.uint8), "must be points"),
        (np.full((2, 72), np.nan), "NaN"),
        (np.zeros((2, 72)), r"and X has \(72,\)"),
    ],
)
def test_inputs_that_are_not_the_models(x, words):
    model = untrained(images((4, 6, 3)), fclab.CIFAR)
    for ask in (model.predict, model.predict_proba, lambda x: model.score(x, [0, 1])):
        with pytest.raises(fclab.ArgumentError, match=words):
            ask(x)


def test_weights_that_are_not_there_or_diverged():
    model = untrained(images((4, 6, 3)), fclab.CIFAR)
    x = np.zeros((1, 4, 6, 3), np.uint8)
    empty = replace(model, weights={})
    for ask in (lambda: empty.predict(x), empty.to_torch):
        with pytest.raises(fclab.FclabError, match="trains it again"):
            ask()
    lost = {**model.weights, "fc1.weight": model.weights["fc1.weight"] * np.nan}
    with pytest.raises(fclab.FclabError, match="diverged"):
        replace(model, weights=lost).predict(x)


SHAPES = [(4, 8, 3), (8, 4, 1), (12, 4, 3)]


@settings(max_examples=150)
@given(
    st.sampled_from(SHAPES),
    st.lists(st.integers(1, 9), max_size=3),
    st.sampled_from(["relu", "sigmoid", "tanh", "gelu"]),
    st.sampled_from(["none", "batch", "layer"]),
    st.sampled_from([1, 2, 4]),
    st.booleans(),
    st.sampled_from([0.0, 0.5]),
    st.integers(0, 99),
)
def test_plain_pytorch_answers_the_same(
    shape, hidden, activation, norm, pool, contrast, dropout, seed
):
    dataset = images(shape)
    recipe = fclab.Recipe(
        layers=(*hidden, 3), activation=activation, norm=norm, contrast=contrast, dropout=dropout,
        pool=pool,
    )  # fmt: skip
    model = untrained(dataset, recipe, seed)
    network = model.to_torch()
    x = dataset.train.x
    with torch.no_grad():
        answers = network(torch.tensor(x, dtype=torch.float32)).numpy()
    np.testing.assert_allclose(answers, model.outputs(x), rtol=1e-4, atol=1e-4)
    learned = sum(p.numel() for p in network.parameters() if p.requires_grad)
    kept = sum(v.size for name, v in model.weights.items() if not name.endswith(("mean", "var")))
    assert learned == kept


@given(st.integers(1, 6), st.floats(-1e6, 1e6), st.sampled_from(["one", "each"]))
def test_points_far_from_zero_keep_their_digits(columns, offset, kind):
    x = np.random.default_rng(0).normal(size=(20, columns)) + offset
    y = np.arange(20) + 0.5
    given = fclab.Preprocessing(scale=2.0, mean=(offset / 2,), std=(0.5,))
    dataset = Dataset.from_arrays(x, y, x, y, preprocessing=given if kind == "one" else None)
    model = untrained(dataset, fclab.REGRESSION.replace(init="fan_in"))
    answers = model.to_torch()(torch.tensor(dataset.train.x)).detach().numpy()
    np.testing.assert_allclose(answers, model.outputs(dataset.train.x), rtol=1e-3, atol=1e-3)


def test_a_trained_network_of_the_lab_answers_the_same_and_can_be_trained_on():
    dataset = fclab.synthetic((0, 55, 58))
    recipe = fclab.CIFAR.replace(epochs=2, norm="batch", pool=2, contrast=True, optimizer="adam")
    (run,) = fclab.train(dataset, [recipe], [0])
    network = run.model.to_torch()
    x = torch.tensor(dataset.test.x[:50], dtype=torch.float32)
    np.testing.assert_allclose(
        network(x).detach().numpy(), run.outputs["test"][:50], rtol=1e-4, atol=1e-4
    )
    before, fixed = network[1].weight.clone(), [p.clone() for p in network[0].parameters()]
    optimizer = torch.optim.SGD(network.parameters(), lr=0.1)
    nn.functional.cross_entropy(network.train()(x), torch.tensor(dataset.test.y[:50])).backward()
    optimizer.step()
    assert not torch.equal(before, network[1].weight)
    assert all(torch.equal(a, b) for a, b in zip(fixed, network[0].parameters(), strict=True))
    assert run.model.weights["fc1.weight"].tobytes() == before.detach().numpy().tobytes()


def test_the_network_stands_without_fclab(tmp_path):
    dataset = images((4, 6, 3))
    model = untrained(dataset, fclab.CIFAR.replace(pool=2, contrast=True, norm="layer"))
    torch.save(model.to_torch(), tmp_path / "network.pt")
    np.save(tmp_path / "x.npy", dataset.train.x.astype(np.float32))
    code = (
        "import sys, torch, numpy as np\n"
        "network = torch.load('network.pt', weights_only=False)\n"
        "out = network(torch.tensor(np.load('x.npy'))).detach().numpy()\n"
        "assert 'fclab' not in sys.modules\n"
        "np.save('out.npy', out)"
    )
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True)
    np.testing.assert_allclose(
        np.load(tmp_path / "out.npy"), model.outputs(dataset.train.x), rtol=1e-4, atol=1e-5
    )


def test_views_of_an_image_are_refused_with_the_way_out():
    model = untrained(images((4, 6, 3)), fclab.CIFAR.replace(tta="shift"))
    with pytest.raises(fclab.UsageError, match=r'tta="shift"\) are no nn.Sequential'):
        model.to_torch()
    one = Model(model.dataset, model.recipe.replace(tta="none"), model.weights)
    assert isinstance(one.to_torch(), nn.Sequential)
