"""The gram engine against the reference, against weight space in float64, and against itself."""

import os
import subprocess
import sys
import threading
from collections.abc import Mapping

import llvmlite.binding as llvm
import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fclab.data.binary import binary_points
from fclab.data.cifar100 import load
from fclab.engines import train
from fclab.engines.gram import engine as gram
from fclab.engines.gram import matrix as gram_matrix
from fclab.engines.gram import training
from fclab.engines.gram.shared import threads_for
from fclab.engines.job import initial_weights
from fclab.engines.registry import load_engine
from fclab.values.dataset import CIFAR_PREPROCESSING, ClassName, Dataset, Split
from fclab.values.errors import UsageError
from fclab.values.model import forward
from fclab.values.recipe import BINARY, CIFAR, Recipe
from fclab.values.rng import batch_orders, flips
from fclab.values.run import Run
from fclab.words.reasons import reason_text
from fclab.words.wording import wording

GRAM = load_engine("gram")
BOTH = ("gram", "gram_numpy")
TOY = CIFAR.replace(layers="FC(7), FC(3)", epochs=12, batch_size=16, lr=0.02)


def toy_images(n=50, m=21, seed=0, side=4) -> Dataset:
    """Noise whose brightness tells the class; wider than high, so that a turned image shows."""
    rng = np.random.default_rng(seed)
    y = rng.integers(3, size=n + m)
    x = rng.integers(0, 200, (n + m, side, side + 1, 3)) + 25 * y[:, None, None, None]
    x = x.astype(np.uint8)
    names = tuple(ClassName(i, str(i), str(i)) for i in range(3))
    return Dataset("toy", "multiclass", "synthetic", Split(x[:n], y[:n]), Split(x[n:], y[n:]),
                   names, CIFAR_PREPROCESSING)  # fmt: skip


@pytest.fixture(scope="module")
def toy() -> Dataset:
    return toy_images()


def run(dataset, recipe, seed=0, engine="gram", **options) -> Run:
    return next(train(dataset, [recipe], [seed], engine=engine, **options))


def refusal(engine: str, dataset: Dataset, recipe: Recipe) -> str | None:
    reason = load_engine(engine).refuses(dataset, recipe, "cpu")
    return reason and reason_text(wording("en"), reason)


def weight_space(dataset: Dataset, recipe: Recipe, seed: int) -> tuple[dict, dict]:
    """History and final weights of the same training in weight space and float64."""
    inputs = {name: torch.tensor(x).double() for name, x in dataset.inputs.items()}
    targets = {name: torch.tensor(split.y) for name, split in dataset.splits.items()}
    x, y, n = inputs["train"], targets["train"], len(dataset.train)
    shape = dataset.train.x.shape[1:]
    mirrored = x.reshape(-1, *shape).flip(2).reshape(n, -1)
    weights = {
        name: torch.tensor(w).double().requires_grad_()
        for name, w in initial_weights(recipe, x.shape[1], seed).items()
    }
    optimizer = torch.optim.SGD(
        list(weights.values()), lr=recipe.lr, momentum=recipe.momentum,
        nesterov=recipe.nesterov, weight_decay=recipe.weight_decay,
    )  # fmt: skip
    function = {"relu": torch.relu, "sigmoid": torch.sigmoid, "tanh": torch.tanh}

    def answer(z):
        for i in range(1, len(recipe.layers) + 1):
            z = function[recipe.activation](z) if i > 1 else z
            z = z @ weights[f"fc{i}.weight"].T + weights[f"fc{i}.bias"]
        return z

    rates = iter(recipe.learning_rates(n))
    orders, coins = batch_orders(seed, n, recipe.epochs), flips(seed, n, recipe.epochs)
    history: dict[str, list[float]] = {}
    for _ in range(recipe.epochs):
        order = next(orders) if recipe.batch_size else np.arange(n)
        turned = next(coins) if recipe.flip else np.zeros(n, bool)
        seen = torch.where(torch.tensor(turned)[:, None], mirrored, x)
        total = 0.0
        for batch in torch.tensor(order).split(recipe.batch(n)):
            loss = torch.nn.functional.cross_entropy(
                answer(seen[batch]), y[batch], reduction=recipe.reduction
            )
            total += loss.item() * (len(batch) if recipe.reduction == "mean" else 1)
            optimizer.param_groups[0]["lr"] = next(rates)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        history.setdefault("running_loss", []).append(total / n)
        with torch.no_grad():
            for name in inputs:
                out = answer(inputs[name])
                loss = torch.nn.functional.cross_entropy(out, targets[name]).item()
                history.setdefault(f"{name}_loss", []).append(loss)
                right = (out.argmax(1) == targets[name]).double().mean().item()
                history.setdefault(f"{name}_accuracy", []).append(right)
    return history, {name: w.detach().numpy() for name, w in weights.items()}


def assert_same_history(ours: Mapping, theirs: Mapping, tolerance: float, images: float = 0):
    assert list(ours) == list(theirs)
    for name, column in ours.items():
        limit = images + 1e-12 if name.endswith("accuracy") else tolerance
        np.testing.assert_allclose(column, theirs[name], rtol=0, atol=limit, err_msg=name)


def assert_same_bits(one: Run, other: Run):
    for name in one.weights:
        np.testing.assert_array_equal(one.weights[name], other.weights[name], err_msg=name)
    for name in one.history:
        np.testing.assert_array_equal(one.history[name], other.history[name], err_msg=name)


def test_the_labs_recipe_is_that_of_the_reference(cifar_dir):
    """Loss within 1e-5 over 50 epochs, and at most one image of the test set told apart."""
    data = load((0, 55, 58), cifar_dir)
    recipe = CIFAR.replace(epochs=50)
    ours, theirs = run(data, recipe), run(data, recipe, engine="reference")
    assert_same_history(ours.history, theirs.history, 1e-5, images=1 / 300)
    for name in ours.weights:
        np.testing.assert_allclose(ours.weights[name], theirs.weights[name], atol=1e-5)
    for split in ("train", "test"):
        np.testing.assert_allclose(ours.outputs[split], theirs.outputs[split], atol=1e-4)


@pytest.mark.parametrize(
    "changes",
    [
        {"momentum": 0.9},
        {"momentum": 0.9, "nesterov": True},
        {"weight_decay": 0.1},
        {"momentum": 0.8, "weight_decay": 0.1},
        {"momentum": 0.8, "nesterov": True, "weight_decay": 0.1, "schedule": "one_cycle"},
        {"reduction": "sum", "lr": 0.002},
        {"schedule": "cosine", "init": "uniform"},
        {"batch_size": 7},
        {"batch_size": 500, "momentum": 0.5},
        {"batch_size": None, "weight_decay": 0.05},
        {"layers": "FC(3)", "momentum": 0.9},
        {"layers": "FC(1), FC(3)"},
        {"layers": "FC(47), FC(3)", "momentum": 0.9},
        {"layers": "FC(9), FC(6), FC(5), FC(3)", "activation": "tanh", "lr": 0.1},
        {"layers": "FC(12), FC(4), FC(3)", "activation": "sigmoid", "lr": 0.5},
    ],
    ids=str,
)
def test_every_option_is_that_of_the_reference(toy, changes):
    recipe = TOY.replace(**changes)
    theirs = run(toy, recipe, seed=5, engine="reference", snapshots=(3, 12))
    assert abs(theirs.history["train_loss"][0] - theirs.history["train_loss"][-1]) > 1e-3
    for engine in BOTH:
        ours = run(toy, recipe, seed=5, engine=engine, snapshots=(3, 12))
        assert_same_history(ours.history, theirs.history, 2e-5)
        for name in ours.weights:
            np.testing.assert_allclose(ours.weights[name], theirs.weights[name], atol=2e-5)
        assert set(ours.snapshots) == {3, 12}
        for epoch in ours.snapshots:
            np.testing.assert_allclose(ours.snapshots[epoch], theirs.snapshots[epoch], atol=1e-4)


@pytest.mark.parametrize("options", [{}, {"momentum": 0.9, "nesterov": True, "weight_decay": 0.1}])
@pytest.mark.parametrize("n", [40, 64])
def test_flips_are_those_of_weight_space(options, n):
    data = toy_images(n)
    recipe = TOY.replace(flip=True, **options)
    history, weights = weight_space(data, recipe, 3)
    for engine in BOTH:
        ours = run(data, recipe, seed=3, engine=engine)
        assert_same_history(ours.history, history, 2e-5)
        for name in weights:
            np.testing.assert_allclose(ours.weights[name], weights[name], atol=1e-5)
    assert not np.allclose(ours.weights["fc1.weight"], run(data, TOY, 3).weights["fc1.weight"])


recipes = st.builds(
    lambda momentum, nesterov, **fields: TOY.replace(
        momentum=momentum, nesterov=nesterov and momentum > 0, epochs=4, **fields
    ),
    momentum=st.sampled_from([0.0, 0.6, 0.9]),
    nesterov=st.booleans(),
    layers=st.lists(st.integers(1, 33), max_size=3).map(lambda hidden: (*hidden, 3)),
    activation=st.sampled_from(["sigmoid", "tanh"]),  # ReLU's kink makes 1e-7 into 1e-3 at times
    lr=st.floats(1e-4, 0.02),
    weight_decay=st.sampled_from([0.0, 0.01, 0.3]),
    batch_size=st.none() | st.integers(1, 70),
    schedule=st.sampled_from(["constant", "linear", "step"]),
    flip=st.booleans(),
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(recipe=recipes, n=st.integers(2, 70), m=st.integers(1, 40), seed=st.integers(0, 99))
def test_any_recipe_is_that_of_weight_space(recipe, n, m, seed):
    data = toy_images(n, m, seed, side=2)
    history, weights = weight_space(data, recipe, seed)
    for engine in BOTH:
        ours = run(data, recipe, seed, engine)
        assert_same_history(ours.history, history, 1e-4, images=1)
        for name in weights:
            np.testing.assert_allclose(ours.weights[name], weights[name], atol=1e-4)


@pytest.mark.parametrize("flip", [False, True])
def test_the_weights_found_at_the_end_give_what_training_saw(toy, flip):
    recipe = TOY.replace(epochs=60, momentum=0.9, weight_decay=0.02, flip=flip)
    found = run(toy, recipe, snapshots=(60,))
    seen = forward(recipe, found.weights, toy.inputs["train"])
    np.testing.assert_allclose(seen, found.snapshots[60], atol=1e-4)
    assert found.metrics["test_loss"] == pytest.approx(found.history["test_loss"][-1], abs=1e-5)


@pytest.mark.parametrize("engine", BOTH)
def test_a_run_does_not_depend_on_threads_neighbours_or_order(toy, engine):
    recipes = [TOY.replace(flip=True), TOY.replace(momentum=0.9)]
    alone = {(r.key, s): run(toy, r, s, engine) for r in recipes for s in range(4)}
    for workers, some in ((1, recipes), (2, recipes[::-1]), (4, recipes)):
        runs = list(train(toy, some, range(3, -1, -1), engine=engine, workers=workers))
        assert len(runs) == 8
        for r in runs:
            assert_same_bits(r, alone[r.recipe.key, r.seed])


@pytest.mark.parametrize("engine", BOTH)
def test_a_diverging_run_is_reported_and_leaves_its_neighbours_alone(toy, engine):
    wild = TOY.replace(lr=1e9)
    healthy = [run(toy, TOY, seed, engine) for seed in range(3)]
    runs = list(train(toy, [wild, TOY], range(3), engine=engine, workers=2))
    for r in runs:
        if r.recipe == TOY:
            assert r.diverged_at is None
            assert_same_bits(r, healthy[r.seed])
        else:
            assert r.diverged_at == r.epochs < TOY.epochs
            assert np.isnan(r.metrics["test_loss"])
            assert not np.isfinite([column[-1] for column in r.history.values()]).all()
            reference = run(toy, wild, r.seed, engine="reference")
            assert r.diverged_at == reference.diverged_at


@pytest.mark.parametrize("engine", BOTH)
def test_patience_stops_where_the_reference_stops(engine):
    data = toy_images(80).hold_out(0.3)
    recipe = TOY.replace(epochs=60, lr=0.3, patience=3, activation="tanh")
    ours, theirs = run(data, recipe, engine=engine), run(data, recipe, engine="reference")
    assert ours.stopped_at == theirs.stopped_at
    assert ours.stopped_at is not None
    assert_same_history(ours.history, theirs.history, 1e-4)
    for name in ours.weights:
        np.testing.assert_allclose(ours.weights[name], theirs.weights[name], atol=1e-4)
    best = int(np.argmin(ours.history["valid_loss"]))
    assert best + 1 == ours.stopped_at - 3
    assert ours.metrics["valid_loss"] == pytest.approx(ours.history["valid_loss"][best], abs=1e-5)


def test_patience_that_does_not_run_out_still_goes_back_to_the_best():
    data = toy_images(80).hold_out(0.3)
    ours = run(data, TOY.replace(epochs=10, lr=0.08, patience=9))
    assert ours.stopped_at is None
    assert ours.metrics["valid_loss"] == pytest.approx(ours.history["valid_loss"].min(), abs=1e-5)


def test_every_epoch_is_told_and_telling_may_stop_the_work(toy):
    told = []
    run(toy, TOY.replace(epochs=19), progress=told.append, snapshots=(5,))
    assert sum(told) == 19

    def stop(_epochs):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(toy, TOY, progress=stop)


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"optimizer": "adam"}, "adam"),
        ({"activation": "gelu"}, "gelu"),
        ({"shift": 2}, "shift"),
        ({"dropout": 0.2}, "dropout"),
        ({"mixup": 0.2}, "mixup"),
        ({"ema": 0.9}, "ema"),
        ({"label_smoothing": 0.1}, "label_smoothing"),
        ({"norm": "batch"}, "norm"),
        ({"rotate": 5.0, "jitter": 0.1}, "rotate, jitter"),
    ],
)
def test_what_is_not_exact_is_refused_in_one_line(toy, changes, word):
    for name in BOTH:
        reason = refusal(name, toy, CIFAR.replace(**changes))
        assert reason is not None
        assert word in reason
        assert "\n" not in reason
        with pytest.raises(UsageError, match=word):
            train(toy, [CIFAR.replace(**changes)], [0], engine=name)


def test_only_images_that_fit_are_taken(toy, monkeypatch):
    assert refusal("gram", toy, CIFAR) is None
    assert "images" in (refusal("gram", binary_points(), BINARY) or "")
    monkeypatch.setattr(gram, "MEMORY_LIMIT", 4 * 50 * 71)
    for name in BOTH:
        assert refusal(name, toy, CIFAR) is None
        assert "GiB" in (refusal(name, toy, CIFAR.replace(flip=True)) or "")


@pytest.mark.parametrize("flip", [False, True])
def test_the_gram_matrix_is_that_of_the_images(flip):
    data = toy_images(70, 23).hold_out(0.2)
    one, three = (gram_matrix.build(data, flip, workers) for workers in (1, 3))
    np.testing.assert_array_equal(one.products, three.products)
    x = np.concatenate(list(data.inputs.values())).astype(np.float64)
    n = len(data.train)
    rows = x[:n]
    if flip:
        mirror = rows.reshape(n, *data.train.x.shape[1:])[:, :, ::-1].reshape(n, -1)
        rows = np.concatenate([rows, mirror])
    np.testing.assert_allclose(one.products[:, : len(x)], rows @ x.T + 1, rtol=0, atol=1e-4)
    for block in np.split(one.products[:, :n], 1 + flip):
        np.testing.assert_array_equal(block, block.T)


def test_the_gram_matrix_is_built_once_and_few_are_kept(toy, monkeypatch):
    built = []
    build = gram_matrix.build
    monkeypatch.setattr(gram_matrix, "_built", type(gram_matrix._built)())
    monkeypatch.setattr(gram_matrix, "build", lambda *a: built.append(1) or build(*a))
    gram_matrix.gram_matrix(toy, False)
    same = toy_images()  # other arrays with the same numbers
    list(train(same, [TOY.replace(epochs=1)], range(4), engine="gram", workers=4))
    assert len(built) == 1
    for seed in range(1, 6):
        gram_matrix.gram_matrix(toy_images(seed=seed), False)
    assert len(gram_matrix._built) <= 3
    gram_matrix.gram_matrix(toy, False)
    assert len(built) == 7


def test_snapshots_of_epochs_that_never_come_are_left_out(toy):
    assert set(run(toy, TOY, snapshots=(2, 99)).snapshots) == {2}
    diverged = run(toy, TOY.replace(lr=1e9), snapshots=range(1, 13))
    assert set(diverged.snapshots) == set(range(1, diverged.epochs + 1))
    assert diverged.epochs < 12


@pytest.mark.parametrize("changes", [
    {}, {"flip": True, "momentum": 0.9, "nesterov": True, "weight_decay": 0.01},
    {"layers": "FC(33), FC(3)", "activation": "tanh"}, {"patience": 2},
])  # fmt: skip
def test_threads_that_share_one_run_change_no_bit_of_it(changes, monkeypatch):
    monkeypatch.setattr(training, "threads_for", lambda h, batch, columns, available: available)
    data = toy_images(300).hold_out(0.2)
    recipe = TOY.replace(epochs=20, **changes)
    alone = run(data, recipe, workers=1)
    for workers in (2, 5):  # more than there are cores: the system puts some of them to sleep
        assert_same_bits(run(data, recipe, workers=workers), alone)


def test_helpers_are_gone_when_the_run_is_over_or_stopped(monkeypatch):
    monkeypatch.setattr(training, "threads_for", lambda h, batch, columns, available: available)
    before = threading.active_count()
    data = toy_images(300)
    run(data, TOY, workers=3)
    assert threading.active_count() == before

    def stop(_epochs):
        assert threading.active_count() == before + 2
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(data, TOY, workers=3, progress=stop)
    assert threading.active_count() == before


def test_half_the_resolution_is_not_for_this_engine(toy):
    assert "pool" in (refusal("gram", toy, CIFAR.replace(pool=2)) or "")


def test_as_many_threads_share_a_run_as_its_size_is_worth():
    assert threads_for(10, 128, 1808, 1) == 1
    assert threads_for(10, 128, 1808, 2) == 2
    assert threads_for(10, 128, 1808, 64) == 4
    assert threads_for(1, 1, 16, 64) == 1


NARROW = """
from fclab.engines import train
from fclab.engines.compiled import tiles
from fclab.engines.registry import load_engine
dataset, recipe = load_engine("gram").examples()[0]
run = next(iter(train(dataset, [recipe], [0], engine="gram")))
print(tiles.TILE, *run.history["train_loss"])
"""


def test_registers_that_numba_may_not_use_are_not_used_and_the_numbers_are_the_same(tmp_path):
    features = llvm.get_host_cpu_features()
    without = {**features, **dict.fromkeys([f for f in features if "avx512" in f], False)}
    allowed = ",".join(f"{'+' if on else '-'}{name}" for name, on in without.items())
    done = subprocess.run(
        [sys.executable, "-c", NARROW], capture_output=True, encoding="utf-8", check=True,
        env={**os.environ, "NUMBA_CPU_FEATURES": allowed, "NUMBA_CACHE_DIR": str(tmp_path)},
    )  # fmt: skip
    tile, *losses = done.stdout.split()
    assert int(tile) == 16
    dataset, recipe = GRAM.examples()[0]
    expected = run(dataset, recipe).history["train_loss"]
    np.testing.assert_allclose(np.array(losses, float), expected, rtol=1e-4)
