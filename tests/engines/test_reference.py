"""The reference engine: the lab's numbers, and the three pages against each other."""

import numpy as np
import pytest
import torch

from fclab.data.binary import binary_points
from fclab.data.cifar100 import load
from fclab.data.regression import regression_curve
from fclab.engines import train
from fclab.engines.job import Job
from fclab.engines.reference import autograd, by_hand, module
from fclab.engines.reference.gradients import check_gradients
from fclab.values.dataset import CIFAR_PREPROCESSING, ClassName, Dataset, Split
from fclab.values.errors import UsageError
from fclab.values.recipe import BINARY, CIFAR, REGRESSION
from fclab.values.run import EngineChoice


def run(dataset, recipe, seed=0, **options):
    return next(train(dataset, [recipe], [seed], engine="reference", **options))


CHOICE = EngineChoice(name="reference")


def quiet(_epochs):
    pass


def toy_images(n=50, seed=0) -> Dataset:
    rng = np.random.default_rng(seed)
    y = rng.integers(3, size=n + 20)
    x = (rng.integers(0, 200, (n + 20, 4, 4, 3)) + 25 * y[:, None, None, None]).astype(np.uint8)
    names = tuple(ClassName(i, str(i), str(i)) for i in range(3))
    return Dataset("toy", "multiclass", "synthetic", Split(x[:n], y[:n]), Split(x[n:], y[n:]),
                   names, CIFAR_PREPROCESSING)  # fmt: skip


def lab_regression(x, y, weights, steps):
    """Part 1 as the notebook has it, on given starting weights."""
    tensor_x, tensor_y = torch.tensor(x), torch.tensor(y).reshape(-1, 1)
    weights_1, bias_1, weights_2, bias_2 = weights
    losses = []
    for _ in range(steps):
        ax = weights_1 * tensor_x + bias_1
        a = torch.maximum(ax, torch.Tensor([0]))
        output = (weights_2.t() * a).sum(axis=-1, keepdims=True) + bias_2
        losses.append(((output - tensor_y) ** 2).sum(axis=-1).mean().item())
        d = 2 * (output - tensor_y)
        dw2, db2 = torch.mm(a.t(), d), d.sum(axis=0)
        da = torch.mm(d, weights_2.t())
        da[ax <= 0] = 0
        weights_1 = weights_1 - 1e-4 * torch.mm(tensor_x.t(), da)
        bias_1 = bias_1 - 1e-4 * da.sum(axis=0)
        weights_2, bias_2 = weights_2 - 1e-4 * dw2, bias_2 - 1e-4 * db2
    return np.array(losses)


def test_part_1_is_the_notebooks_loop():
    from fclab.engines.job import initial_weights

    data = regression_curve()
    w = {k: torch.tensor(v) for k, v in initial_weights(REGRESSION, 1, 0).items()}
    start = (w["fc1.weight"].t(), w["fc1.bias"], w["fc2.weight"].t(), w["fc2.bias"])
    expected = lab_regression(data.train.x, data.train.y, start, 500)
    ours = run(data, REGRESSION.replace(epochs=500)).history["running_loss"]
    np.testing.assert_allclose(ours, expected, rtol=1e-4)


@pytest.mark.parametrize("layers", ["FC(8), FC(1)", "FC(8), FC(6), FC(1)", "FC(1)"])
@pytest.mark.parametrize("activation", ["relu", "tanh", "sigmoid", "gelu"])
def test_the_three_pages_agree(layers, activation):
    """Hand gradients, autograd and nn.Module are the same training, written three ways."""
    for data, base in ((regression_curve(), REGRESSION), (binary_points(points=200), BINARY)):
        recipe = base.replace(
            layers=layers, activation=activation, epochs=15, init_scale=0.8, lr=1e-3
        )
        recipe = recipe.replace(lr=1e-4) if base is REGRESSION else recipe
        job = Job(data, recipe, 3, CHOICE, snapshots=(15,))
        hand, auto, mod = (page.train(job, quiet) for page in (by_hand, autograd, module))
        for other in (auto, mod):
            np.testing.assert_allclose(
                hand.history["running_loss"], other.history["running_loss"], rtol=1e-4
            )
            np.testing.assert_allclose(hand.snapshots[15], other.snapshots[15], atol=1e-3)
            for name, array in hand.weights.items():
                np.testing.assert_allclose(array, other.weights[name], atol=1e-4)


@pytest.mark.parametrize("activation", ["relu", "sigmoid", "tanh", "gelu"])
@pytest.mark.parametrize("layers", ["FC(5), {}", "FC(7), FC(4), FC(3), {}", "{}"])
def test_hand_gradients_are_right(layers, activation):
    for data, base, last in (
        (regression_curve(), REGRESSION, "FC(1)"),
        (binary_points(), BINARY, "FC(1)"),
        (toy_images(), CIFAR, "FC(3)"),
    ):
        recipe = base.replace(layers=layers.format(last), activation=activation)
        for row in check_gradients(data, recipe):
            assert row.finite_differences <= 1e-6, row
            assert row.autograd <= 1e-12, row


def test_a_wrong_gradient_is_noticed(monkeypatch):
    monkeypatch.setattr(by_hand, "derivative", lambda name, z: torch.ones_like(z))
    rows = check_gradients(regression_curve(), REGRESSION)
    assert max(row.finite_differences for row in rows) > 1e-3


def test_module_page_is_plain_pytorch():
    """Momentum, Nesterov, L2 and the partial batch, against a loop without any of our classes."""
    from fclab.engines.job import initial_weights
    from fclab.values.rng import batch_orders

    data = toy_images()
    recipe = CIFAR.replace(layers="FC(6), FC(3)", batch_size=16, epochs=5, lr=0.05,
                       momentum=0.9, nesterov=True, weight_decay=0.01)  # fmt: skip
    w = initial_weights(recipe, 48, 1)
    net = torch.nn.Sequential(torch.nn.Linear(48, 6), torch.nn.ReLU(), torch.nn.Linear(6, 3))
    with torch.no_grad():
        for parameter, array in zip(net.parameters(), w.values(), strict=True):
            parameter.copy_(torch.tensor(array))
    sgd = torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9, nesterov=True, weight_decay=0.01)
    x, y = torch.tensor(data.inputs["train"]), torch.tensor(data.train.y)
    running = []
    for order in batch_orders(1, 50, 5):
        total = 0.0
        for i in range(0, 50, 16):
            pick = torch.tensor(order[i : i + 16])
            loss = torch.nn.functional.cross_entropy(net(x[pick]), y[pick])
            sgd.zero_grad()
            loss.backward()
            sgd.step()
            total += loss.item() * len(pick)
        running.append(total / 50)
    ours = run(data, recipe, seed=1)
    np.testing.assert_allclose(ours.history["running_loss"], running, rtol=1e-5)
    out = net(torch.tensor(data.inputs["test"])).detach().numpy()
    np.testing.assert_allclose(ours.outputs["test"], out, atol=1e-4)
    assert ours.metrics["test_loss"] == pytest.approx(ours.history["test_loss"][-1], rel=1e-5)
    assert ours.metrics["test_accuracy"] == ours.history["test_accuracy"][-1]


def test_the_labs_network_learns_the_real_classes(cifar_dir):
    """60 epochs of part 3 on classes 0, 55, 58: the lab's curve at its best point."""
    result = run(load((0, 55, 58), cifar_dir), CIFAR.replace(epochs=60))
    assert list(result.history) == [
        "running_loss", "train_loss", "train_accuracy", "test_loss", "test_accuracy",
    ]  # fmt: skip
    assert 0.87 < result.metrics["train_accuracy"] < 0.96
    assert 0.72 < result.metrics["test_accuracy"] < 0.82
    assert result.class_report("test").classes[0].support == 100
    assert result.confusion("test").sum() == 300
    assert result.model.first_layer_images.shape == (10, 32, 32, 3)


def test_divergence_is_reported_with_its_epoch():
    for data, recipe in (
        (regression_curve(), REGRESSION.replace(lr=10.0)),
        (toy_images(), CIFAR.replace(lr=1e30, epochs=9)),
    ):
        result = run(data, recipe)
        assert result.diverged_at is not None
        assert result.epochs == result.diverged_at < recipe.epochs
        assert not np.isfinite([column[-1] for column in result.history.values()]).all()
        assert np.isnan(result.metrics["train_loss"])


def test_saturated_log_loss_stays_finite():
    data = binary_points("moons")
    result = run(data, BINARY.replace(lr=0.5, init_scale=50.0, epochs=50))
    assert np.isfinite(result.history["running_loss"]).all()


def test_early_stopping_goes_back_to_the_best_epoch():
    data = toy_images(n=60).hold_out(0.3)
    result = run(data, CIFAR.replace(lr=0.2, batch_size=8, epochs=200, patience=5))
    valid = result.history["valid_loss"]
    assert result.stopped_at == len(valid) < 200
    assert valid.argmin() == len(valid) - 1 - 5
    assert result.metrics["valid_loss"] == pytest.approx(valid.min(), rel=1e-5)


def test_snapshots_and_progress():
    told = []
    result = run(regression_curve(), REGRESSION.replace(epochs=30), snapshots=(10, 30),
                 progress=told.append)  # fmt: skip
    assert sorted(result.snapshots) == [10, 30]
    np.testing.assert_allclose(result.snapshots[30], result.outputs["train"], atol=1e-6)
    assert sum(told) == 30


def test_a_run_depends_on_its_seed_alone():
    data = toy_images()
    recipe = CIFAR.replace(epochs=3, batch_size=16)
    together = {r.seed: r for r in train(data, [recipe], [0, 1, 2], engine="reference")}
    alone = run(data, recipe, seed=1)
    for name, array in alone.weights.items():
        np.testing.assert_array_equal(array, together[1].weights[name])
    assert not np.array_equal(alone.weights["fc1.weight"], together[0].weights["fc1.weight"])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"layers": "FC(10), FC(4)"}, "must be FC\\(3\\)"),
        ({"optimizer": "adam"}, "SGD only, not adam"),
        ({"dropout": 0.5, "norm": "batch"}, "no dropout, norm"),
        ({"loss": "squared_error"}, "does not suit"),
        ({"patience": 3}, "validation part"),
    ],
)
def test_what_cannot_be_trained_is_refused_in_words(change, message):
    with pytest.raises(UsageError, match=message):
        run(toy_images(), CIFAR.replace(**change))
