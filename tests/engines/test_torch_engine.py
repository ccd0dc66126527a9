"""The torch engine against the reference, stock PyTorch and slow but obvious NumPy."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from fclab.engines import train as train_any
from fclab.engines.job import Job, initial_weights
from fclab.engines.registry import load_engine
from fclab.engines.torch.augment import Changes, augment, draw, grid_sampled
from fclab.engines.torch.resident import Windows
from fclab.values.dataset import CIFAR_PREPROCESSING, ClassName, Dataset, Split
from fclab.values.errors import UsageError
from fclab.values.model import forward
from fclab.values.recipe import BINARY, REGRESSION, Recipe
from fclab.values.rng import batch_orders, flips, stream
from fclab.values.run import EngineChoice, Reason, Run

ENGINE: Any = load_engine("torch")
TORCH = EngineChoice(name="torch")
QUICK = Recipe(layers=(20, 12, 3), lr=0.05, batch_size=16, epochs=4)


def images(n: int = 70, side: int = 8, noise: float = 60.0) -> Dataset:
    """Three kinds of noisy pictures, 70 of train (so a last batch of 16 is partial), 30 of test."""
    rng = np.random.default_rng(3)
    kinds = rng.uniform(100, 155, (3, side, side, 3))

    def split(size: int) -> Split:
        y = rng.integers(0, 3, size)
        x = kinds[y] + rng.normal(0, noise, (size, side, side, 3))
        return Split(x.clip(0, 255).astype(np.uint8), y)

    names = tuple(ClassName(i, f"kind {i}", f"вид {i}") for i in range(3))
    return Dataset(
        "kinds", "multiclass", "synthetic", split(n), split(30), names, CIFAR_PREPROCESSING
    )


def points(task: str, n: int = 40) -> Dataset:
    rng = np.random.default_rng(5)
    x = rng.normal(size=(n, 2)).astype(np.float32)
    y = x[:, 0] * x[:, 1] if task == "regression" else (x[:, 0] > x[:, 1]) * 1.0
    both = Split(x, y.astype(np.float32))
    names = () if task == "regression" else (ClassName(0, "a", "а"), ClassName(1, "b", "б"))
    return Dataset(task, task, "formula", both, both, names)  # pyright: ignore[reportArgumentType]


IMAGES = images()
HELD_OUT = images(n=100).hold_out(0.3)


def train(
    dataset: Dataset,
    recipes: Recipe | Sequence[Recipe],
    seeds: Sequence[int] = (0,),
    snapshots: tuple[int, ...] = (),
    **how: Any,
) -> list[Run]:
    """Runs in the order of the jobs: recipe by recipe, seed by seed."""
    recipes = [recipes] if isinstance(recipes, Recipe) else recipes
    return train_jobs([(dataset, r, seed, snapshots) for r in recipes for seed in seeds], **how)


def train_jobs(jobs, workers: int = 2, **how: Any) -> list[Run]:
    numbered = [
        Job(
            dataset,
            recipe,
            seed,
            TORCH.model_copy(update={"reasons": (Reason.from_text(str(i)),)}),
            at,
        )
        for i, (dataset, recipe, seed, at) in enumerate(jobs)
    ]
    runs = ENGINE.train(numbered, lambda epochs: None, workers, **how)
    return sorted(runs, key=lambda run: int(run.engine.reasons[0].values["text"]))


def by_reference(dataset: Dataset, recipe: Recipe, seed: int = 0, snapshots=()) -> Run:
    job = Job(dataset, recipe, seed, EngineChoice(name="reference"), snapshots)
    return next(load_engine("reference").train([job], lambda epochs: None, 1))


def assert_same(a: Run, b: Run) -> None:
    """Equal to the bit in all that is computed."""
    for what in ("weights", "history", "outputs", "snapshots"):
        left, right = getattr(a, what), getattr(b, what)
        assert left.keys() == right.keys()
        for name in left:
            np.testing.assert_array_equal(left[name], right[name], err_msg=f"{what} {name}")
    assert a.metrics == pytest.approx(b.metrics, rel=0, abs=0, nan_ok=True)
    assert (a.diverged_at, a.stopped_at) == (b.diverged_at, b.stopped_at)


def assert_close(a: Run, b: Run, rtol: float = 2e-5) -> None:
    """Equal to rounding: histories, weights, outputs, and to the letter what is counted."""
    assert list(a.history) == list(b.history)
    for name in a.history:
        np.testing.assert_allclose(a.history[name], b.history[name], rtol, err_msg=name)
    assert a.weights.keys() == b.weights.keys()
    for name in a.weights:
        np.testing.assert_allclose(a.weights[name], b.weights[name], rtol, 1e-6, err_msg=name)
    for name in a.outputs:
        np.testing.assert_allclose(a.outputs[name], b.outputs[name], 1e-4, 2e-5)
    assert a.snapshots.keys() == b.snapshots.keys()
    for epoch in a.snapshots:
        np.testing.assert_allclose(a.snapshots[epoch], b.snapshots[epoch], 1e-4, 2e-5)
    assert (a.diverged_at, a.stopped_at) == (b.diverged_at, b.stopped_at)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"momentum": 0.9, "weight_decay": 0.01, "schedule": "one_cycle"},
        {"momentum": 0.8, "nesterov": True, "activation": "gelu"},
        {"batch_size": None, "activation": "tanh", "init": "uniform"},
        {"layers": (3,), "reduction": "sum", "lr": 0.002},
        {"layers": (700, 300, 3), "activation": "sigmoid", "batch_size": 1000},
    ],
    ids=lambda c: ",".join(c) or "lab",
)
def test_images_as_the_reference_trains_them(changes):
    recipe = QUICK.replace(**changes)
    (run,) = train(IMAGES, recipe, [4], snapshots=(1, 3))
    assert_close(run, by_reference(IMAGES, recipe, 4, (1, 3)))
    assert list(run.history) == [
        "running_loss", "train_loss", "train_accuracy", "test_loss", "test_accuracy",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("task", "recipe"),
    [
        ("regression", REGRESSION.replace(epochs=30)),
        ("regression", QUICK.replace(layers=(8, 1), loss="squared_error", momentum=0.5)),
        ("binary", BINARY.replace(epochs=30, lr=0.01)),
        ("binary", QUICK.replace(layers=(8, 5, 1), loss="log_loss", activation="tanh")),
        ("binary", QUICK.replace(layers=(8, 1), loss="squared_error", weight_decay=0.1)),
    ],
)
def test_points_as_the_reference_trains_them(task, recipe):
    (run,) = train(points(task), recipe, snapshots=(2,))
    assert_close(run, by_reference(points(task), recipe, snapshots=(2,)))


def test_the_lab_on_the_real_images(cifar_dir):
    from fclab.data import cifar100

    dataset = cifar100((0, 55, 58), cifar_dir, cache=False)
    recipe = Recipe(epochs=3)
    assert_close(train(dataset, recipe)[0], by_reference(dataset, recipe))


@pytest.mark.parametrize("stack", [1, 3])
def test_patience_as_the_reference_has_it(stack):
    dataset = images(n=100, noise=120).hold_out(0.3)
    cases = ((0.3, 2), (0.3, 4), (0.1, 3), (0.3, 50))
    recipes = [QUICK.replace(epochs=25, lr=lr, patience=patience) for lr, patience in cases]
    runs = train(dataset, recipes, models=stack)
    assert len({run.stopped_at for run in runs}) == 4
    for run, recipe in zip(runs, recipes, strict=True):
        assert_close(run, by_reference(dataset, recipe), rtol=1e-3)


class Oracle(nn.Module):
    """The same network in stock PyTorch."""

    def __init__(self, recipe: Recipe, inputs: int, seed: int):
        super().__init__()
        norms = {"batch": nn.BatchNorm1d, "layer": nn.LayerNorm, "none": nn.Identity}
        shapes = recipe.shapes(inputs)
        self.fc = nn.ModuleList([nn.Linear(n_in, n_out) for n_out, n_in in shapes])
        self.norm = nn.ModuleList([norms[recipe.norm](n_out) for n_out, _ in shapes[:-1]])
        self.act = {"relu": nn.ReLU(), "gelu": nn.GELU()}[recipe.activation]
        with torch.no_grad():
            self.far = far_by_hand(recipe, inputs)
            weights = initial_weights(recipe, inputs, seed, self.far)
            for i, fc in enumerate(self.fc, start=1):
                fc.weight.copy_(torch.tensor(weights[f"fc{i}.weight"]))  # pyright: ignore
                fc.bias.copy_(torch.tensor(weights[f"fc{i}.bias"]))  # pyright: ignore

    def forward(self, x, masks=()):
        for i, (fc, norm) in enumerate(zip(self.fc, self.norm, strict=False)):
            x = self.act(norm(fc(x)))
            x = x * masks[i] if masks else x
        return self.fc[-1](x)


def far_by_hand(recipe: Recipe, inputs: int) -> dict[int, np.ndarray]:
    """Which weights connect places that are far apart, pair by pair."""
    if not recipe.locality:
        return {}
    side = round((inputs / 3) ** 0.5) // recipe.pool
    seen = [((r + 0.5) / side, (c + 0.5) / side) for r in range(side) for c in range(side)]
    seen = [place for place in seen for _ in range(3)]
    found, radius = {}, 0.15
    for i, neurons in enumerate(recipe.layers[:-1], start=1):
        places = [(halton(k, 2), halton(k, 3)) for k in range(neurons)]
        apart = [[math.dist(place, other) for other in seen] for place in places]
        found[i] = np.array([[d > max(radius, min(row)) for d in row] for row in apart])
        seen, radius = places, 2 * radius
    return found


def halton(k: int, base: int) -> float:
    """The digits of k behind the point, in reverse (Halton 1960)."""
    value, part = 0.0, 1.0
    while k:
        part /= base
        value += part * (k % base)
        k //= base
    return value


def changed(recipe: Recipe, picture: np.ndarray, warp: np.ndarray, jitter: np.ndarray):
    """One picture turned, scaled and tinted, by stock PyTorch: what the first layer sees."""
    gain, offset = np.exp(recipe.jitter * jitter[0]), recipe.jitter * jitter[1]
    x = torch.tensor(picture * gain + offset + recipe.jitter / 2 * jitter[2:]).float()
    planes, pool = x.permute(2, 0, 1)[None], recipe.pool
    if recipe.rotate or recipe.zoom:
        angle, size = np.radians(recipe.rotate * warp[0]), np.exp(-recipe.zoom * warp[1])
        turn = [[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0]]
        theta = torch.tensor(size * np.array([turn])).float()
        side = planes.shape[-1]
        seen = [1, 3, side // pool, side // pool]
        grid = nn.functional.affine_grid(theta, seen, align_corners=False)
        # The means at every place, of which the outermost are half a square inside the image.
        means = nn.functional.avg_pool2d(planes, pool, stride=1)
        planes = nn.functional.grid_sample(
            means, grid * side / (side - pool), padding_mode="reflection", align_corners=True
        )
    else:
        planes = nn.functional.avg_pool2d(planes, pool)
    return planes[0].permute(1, 2, 0).numpy().ravel()


def shrunk(recipe: Recipe, x: np.ndarray, side: int) -> torch.Tensor:
    """What the first layer sees."""
    planes = torch.tensor(x).float().view(-1, side, side, 3).permute(0, 3, 1, 2)
    return nn.functional.avg_pool2d(planes, recipe.pool).permute(0, 2, 3, 1).flatten(1)


def naive_epochs(dataset: Dataset, recipe: Recipe, seed: int):
    """For every epoch the list of its batches (inputs, target distributions), image by image."""
    n, side, s = len(dataset.train), dataset.train.x.shape[1], recipe.shift
    pictures = dataset.inputs["train"].reshape(n, side, side, 3)
    mirrored, moves = flips(seed, n, recipe.epochs), stream(seed, "shift")
    mixing, warping, tinting = (stream(seed, name) for name in ("mixup", "warp", "jitter"))
    for order in batch_orders(seed, n, recipe.epochs):
        flipped = next(mirrored)
        moved = moves.integers(-s, s + 1, (n, 2))
        warp = (
            warping.uniform(-1, 1, (2, n)).T if recipe.rotate or recipe.zoom else np.zeros((n, 2))
        )
        jitter = tinting.uniform(-1, 1, (5, n)).T if recipe.jitter else np.zeros((n, 5))
        batches = []
        for lo in range(0, n, recipe.batch(n)):
            chosen = order[lo : lo + recipe.batch(n)]
            x = []
            for i in chosen:
                picture = pictures[i][:, ::-1] if recipe.flip and flipped[i] else pictures[i]
                padded = np.pad(picture, ((s, s), (s, s), (0, 0)), mode="reflect")
                down, right = moved[i] + s
                picture = padded[down : down + side, right : right + side]
                x.append(changed(recipe, picture, warp[i], jitter[i]))
            x, t = np.stack(x), np.eye(3)[dataset.train.y[chosen]]
            if recipe.mixup:
                part = mixing.beta(recipe.mixup, recipe.mixup)
                partner = mixing.permutation(len(x))
                x, t = (part * a + (1 - part) * a[partner] for a in (x, t))
            batches.append((torch.tensor(x).float(), torch.tensor(t).float()))
        yield batches


def dropout_masks(recipe: Recipe, coin: np.random.Generator, batch: int) -> list[torch.Tensor]:
    """What the activations of each hidden layer are multiplied with; nothing without dropout."""
    return [
        torch.tensor(coin.random((batch, width), np.float32) >= recipe.dropout)
        / (1 - recipe.dropout)
        for width in recipe.layers[:-1]
        if recipe.dropout
    ]


def by_stock_pytorch(dataset: Dataset, recipe: Recipe, seed: int):
    """Train the oracle with stock layers and a stock optimiser.

    Returns:
        The network as it is kept, and its columns running_loss and test_loss.
    """
    inputs = dataset.info.n_inputs
    net, shown = Oracle(recipe, inputs, seed), Oracle(recipe, inputs, seed).eval()
    kind = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam, "adamw": torch.optim.AdamW}
    optimizer = kind[recipe.optimizer](
        net.parameters(), lr=recipe.lr, weight_decay=recipe.weight_decay
    )
    loss_fn = nn.CrossEntropyLoss(label_smoothing=recipe.label_smoothing)
    rates, coin = iter(recipe.learning_rates(len(dataset.train))), stream(seed, "dropout")
    kept: dict[str, torch.Tensor] = {}
    weight, running, tests = 0.0, [], []
    for batches in naive_epochs(dataset, recipe, seed):
        seen = 0.0
        net.train()
        for x, t in batches:
            masks = dropout_masks(recipe, coin, len(x))
            optimizer.param_groups[0]["lr"] = next(rates)
            optimizer.zero_grad()
            loss = loss_fn(net(x, masks), t)
            loss.backward()
            optimizer.step()
            with torch.no_grad():
                for i, far in net.far.items():
                    kept_back = 1 - recipe.locality * optimizer.param_groups[0]["lr"]
                    net.fc[i - 1].weight[torch.tensor(far)] *= kept_back  # pyright: ignore
            seen += loss.item() * len(x)
            weight = recipe.ema * weight + 1
            now = {k: v.clone() for k, v in net.state_dict().items() if v.is_floating_point()}
            kept = {k: kept[k] + (v - kept[k]) / weight if kept else v for k, v in now.items()}
        running.append(seen / len(dataset.train))
        shown.load_state_dict(kept if recipe.ema else net.state_dict(), strict=False)
        with torch.no_grad():
            side = dataset.test.x.shape[1]
            out = shown(shrunk(recipe, dataset.inputs["test"], side))
        tests.append(nn.CrossEntropyLoss()(out, torch.tensor(dataset.test.y)).item())
    return shown, running, tests


@pytest.mark.parametrize("stack", [1, 3])
@pytest.mark.parametrize(
    "changes",
    [
        {"optimizer": "adam", "weight_decay": 0.1, "schedule": "cosine"},
        {"optimizer": "adamw", "weight_decay": 0.1, "activation": "gelu"},
        {"norm": "batch", "lr": 0.1},
        {"norm": "layer", "optimizer": "adamw", "activation": "gelu"},
        {"label_smoothing": 0.2},
        {"ema": 0.9, "optimizer": "adamw"},
        {"ema": 0.8, "norm": "batch", "lr": 0.1},
        {"flip": True},
        {"shift": 2},
        {"flip": True, "shift": 3, "mixup": 0.4, "label_smoothing": 0.1},
        {"dropout": 0.4, "mixup": 0.2},
        {"rotate": 20.0, "zoom": 0.2},
        {"jitter": 0.3, "flip": True},
        {"pool": 2, "shift": 2},
        {"pool": 4},
        {"locality": 5.0, "layers": "FC(40), FC(20), FC(3)", "norm": "batch"},
        {"locality": 50.0, "pool": 2, "ema": 0.9},
        {"flip": True, "shift": 1, "rotate": 30.0, "jitter": 0.2, "pool": 2, "mixup": 0.3},
    ],
    ids=lambda c: ",".join(c),
)
def test_beyond_the_reference_as_stock_pytorch(changes, stack):
    """Also beside models with another lr, weight decay or schedule in the same stack."""
    recipe = QUICK.replace(lr=0.01).replace(**changes)
    others = [recipe.replace(lr=0.02, weight_decay=0.3), recipe.replace(schedule="step")]
    runs = train(IMAGES, [recipe, *others], [7], models=stack)
    assert len({run.metrics["test_loss"] for run in runs}) == 3
    for run in runs:
        net, running, tests = by_stock_pytorch(IMAGES, run.recipe, 7)
        np.testing.assert_allclose(run.history["running_loss"], running, 2e-4)
        np.testing.assert_allclose(run.history["test_loss"], tests, 2e-4)
        with torch.no_grad():
            outputs = net(shrunk(recipe, IMAGES.inputs["test"], 8)).numpy()
        np.testing.assert_allclose(run.outputs["test"], outputs, 2e-3, 2e-4)


def test_stacked_models_have_values_of_their_own():
    """Momentum, smoothing, dropout, mixup, averages and starts differ inside one stack."""
    base = QUICK.replace(momentum=0.5, nesterov=True, dropout=0.2, mixup=0.3, ema=0.5)
    recipes = [
        base,
        base.replace(momentum=0.9),
        base.replace(label_smoothing=0.3),
        base.replace(dropout=0.6),
        base.replace(mixup=5.0),
        base.replace(ema=0.9),
        base.replace(init="uniform"),
    ]
    together = train(IMAGES, recipes, [1], (3,), models=len(recipes))
    alone = train(IMAGES, recipes, [1], (3,), models=1)
    for a, b in zip(together, alone, strict=True):
        assert_close(a, b)
    assert len({run.metrics["test_loss"] for run in alone}) == len(recipes)


# A first layer of 1400 × 192 weights is cut into blocks; everything that draws numbers is on.
FULL = Recipe(
    layers=(1400, 20, 3),
    epochs=3,
    batch_size=32,
    norm="batch",
    flip=True,
    shift=2,
    rotate=10.0,
    zoom=0.1,
    jitter=0.1,
    mixup=0.4,
    label_smoothing=0.1,
    dropout=0.5,
    ema=0.9,
    optimizer="adamw",
    lr=1e-3,
    weight_decay=0.01,
    schedule="one_cycle",
)


@pytest.mark.parametrize("recipe", [FULL, QUICK.replace(activation="tanh")], ids=["full", "plain"])
def test_a_run_depends_on_dataset_recipe_and_seed_alone(recipe):
    """Bit-equal alone, among others, in another order, with any number of workers."""
    job = (HELD_OUT, recipe, 11, (2,))
    others = [(HELD_OUT, FULL, 12, ()), (IMAGES, QUICK, 11, ()), (HELD_OUT, recipe, 0, ())]
    (alone,) = train_jobs([job], workers=1)
    for workers in (1, 2, 3):
        assert_same(alone, train_jobs([job], workers=workers)[0])
        assert_same(alone, train_jobs([job, *others], workers=workers)[0])
        assert_same(alone, train_jobs([*others, job], workers=workers)[-1])
    assert train_jobs(others[:1])[0].metrics != alone.metrics


def test_the_exported_weights_give_the_outputs_that_were_evaluated():
    for recipe in (FULL, FULL.replace(norm="layer", ema=0.0), FULL.replace(norm="none")):
        (run,) = train(HELD_OUT, recipe, snapshots=(recipe.epochs,))
        fit = run.snapshots[recipe.epochs]
        np.testing.assert_allclose(run.outputs["train"], fit, 1e-4, 2e-5)
        again = forward(recipe, run.weights, HELD_OUT.inputs["train"])
        np.testing.assert_allclose(again, fit, 1e-4, 2e-5)
        for split in HELD_OUT.splits:
            assert run.metrics[f"{split}_loss"] == pytest.approx(
                run.history[f"{split}_loss"][-1], rel=1e-4
            )
            assert run.metrics[f"{split}_accuracy"] == run.history[f"{split}_accuracy"][-1]


def test_a_batch_of_one_example_does_not_break_batch_norm():
    (run,) = train(IMAGES, FULL.replace(layers=(9, 3), batch_size=23))  # 70 = 3 · 23 + 1
    assert run.diverged_at is None
    assert all(np.isfinite(array).all() for array in run.weights.values())


@pytest.mark.parametrize("stack", [1, 4])
def test_a_diverging_run_leaves_its_neighbours_alone(stack):
    healthy = [QUICK, QUICK.replace(lr=0.01), QUICK.replace(weight_decay=0.1)]
    wild = QUICK.replace(lr=1e20, epochs=4)
    runs = train(IMAGES, [*healthy[:2], wild, healthy[2]], models=stack)
    broken = runs.pop(2)
    assert broken.diverged_at == broken.epochs == by_reference(IMAGES, wild).diverged_at
    assert np.isnan(broken.metrics["test_loss"])
    tame = train(IMAGES, [*healthy[:2], QUICK.replace(lr=0.02), healthy[2]], models=stack)
    for run, recipe in zip(runs, healthy, strict=True):
        assert run.diverged_at is None
        assert_close(run, by_reference(IMAGES, recipe))
    for run, undisturbed in zip(runs, tame[:2] + tame[3:], strict=True):
        assert_same(run, undisturbed)


def test_every_epoch_is_told_and_every_job_comes_back():
    told: list[int] = []
    jobs = [
        Job(IMAGES, FULL.replace(lr=lr), seed, TORCH) for lr in (0.01, 0.02) for seed in range(3)
    ]
    runs = list(ENGINE.train(jobs, told.append, 2, models=4))
    assert sum(told) == len(jobs) * FULL.epochs
    assert {(r.recipe.lr, r.seed) for r in runs} == {(j.recipe.lr, j.seed) for j in jobs}
    assert all(run.engine == TORCH and run.seconds > 0 for run in runs)


def test_what_the_progress_raises_ends_the_training_and_is_raised():
    def tick(epochs: int) -> None:
        raise KeyError("enough")

    jobs = [Job(IMAGES, FULL, seed, TORCH) for seed in range(4)]
    threads = torch.get_num_threads()
    with pytest.raises(KeyError, match="enough"):
        list(ENGINE.train(jobs, tick, 2))
    assert torch.get_num_threads() == threads


def test_a_caller_may_stop_listening():
    ticks: list[int] = []
    jobs = [
        Job(IMAGES, QUICK.replace(epochs=10 ** (1 + 4 * seed)), seed, TORCH) for seed in range(2)
    ]
    runs = ENGINE.train(jobs, ticks.append, 2)
    assert next(runs).seed == 0
    runs.close()  # pyright: ignore[reportAttributeAccessIssue] (it is a generator)
    assert len(ticks) < 10**5


def test_only_a_missing_device_is_refused():
    assert ENGINE.refuses(IMAGES, FULL, "cpu") is None
    with pytest.raises(UsageError, match="choose cpu or cuda"):
        train_any(IMAGES, [FULL], [0], device="tpu")
    if torch.cuda.is_available():
        assert ENGINE.refuses(IMAGES, FULL, "cuda") is None
    else:
        with pytest.raises(UsageError, match="use the device cpu"):
            train_any(IMAGES, [FULL], [0], device="cuda")


def test_a_picture_that_is_not_square_is_turned_and_not_sheared():
    """A quarter of a right angle and back leaves the middle of a wide picture as it was."""
    wide, turn = (20, 40, 3), np.radians(22.5)
    lines = np.sin(np.arange(20)[:, None] / 3) + np.cos(np.arange(40) / 4)
    x = torch.tensor(np.repeat(lines[..., None], 3, axis=2), dtype=torch.float32).view(1, -1)
    recipe = QUICK.replace(rotate=22.5)

    class Always(np.random.Generator):
        def uniform(self, low, high, size):  # pyright: ignore
            return np.full(size, value)

    back = x
    for value in (1.0, -1.0):
        stream_ = Always(np.random.PCG64(0))
        warps, _, _ = draw(recipe, 3, stream_, stream_, np.arange(1))
        assert warps is not None
        np.testing.assert_allclose(warps[0] @ warps[0].T, np.eye(2), atol=1e-6)
        assert np.arctan2(warps[0, 1, 0], warps[0, 0, 0]) == pytest.approx(value * turn)
        starts = torch.zeros(1, dtype=torch.int64)
        windows = Windows(back.view(1, *wide).numpy(), 0, False, 1, back.device)
        changes = Changes(torch.tensor(warps), None, None)
        back = augment(windows, starts, changes)
    before, after = (t.view(wide)[6:14, 13:27] for t in (x, back))
    assert (before - after).abs().max() < 0.1 * before.std()


@settings(max_examples=50, deadline=None)
@given(
    side=st.tuples(st.integers(1, 9), st.integers(1, 9)),
    channels=st.integers(1, 4),
    pool=st.sampled_from([1, 2, 4]),
    flip=st.booleans(),
    size=st.floats(0.3, 4),
    seed=st.integers(0, 2**32),
)
def test_compiled_sampling_is_that_of_pytorch(
    side: tuple[int, int], channels: int, pool: int, flip: bool, size: float, seed: int
):
    """Whatever the shape, however far beyond the edges: what a CUDA device would see."""
    rng = np.random.default_rng(seed)
    pictures = rng.normal(size=(5, pool * side[0], pool * side[1], channels))
    windows = Windows(pictures.astype(np.float32), 0, flip, pool, torch.device("cpu"))
    order, mirrored = rng.integers(0, 5, 7), flip & (rng.random(7) < 0.5)
    starts = torch.tensor(windows.starts(order, mirrored, np.zeros((7, 2), np.int64)))
    warps = torch.tensor(size * rng.uniform(-1, 1, (7, 2, 2)), dtype=torch.float32)
    seen, expected = windows.sample(starts, warps), grid_sampled(windows, starts, warps)
    assert seen.shape == (7, side[0] * side[1] * channels)
    np.testing.assert_allclose(seen, expected, atol=2e-4)  # noise, steep at the edges


def test_squares_that_do_not_fill_the_image_are_refused():
    with pytest.raises(UsageError, match="squares of 4 pixels"):
        next(iter(train_any(images(side=6), [QUICK.replace(pool=4)], [0])))
    with pytest.raises(UsageError, match="need images"):
        next(iter(train_any(points("binary"), [BINARY.replace(pool=2)], [0])))
