"""Weights that are tied at first, against a network that is laid out place by place."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from test_torch_engine import (
    HELD_OUT,
    IMAGES,
    assert_same,
    dropout_masks,
    naive_epochs,
    points,
    shrunk,
    train,
)
from torch import nn

from fclab.engines import train as train_any
from fclab.engines.job import check, initial_weights
from fclab.engines.locality import far_weights
from fclab.engines.tying import filters_of, laid_out, taps
from fclab.values.errors import RecipeError, UsageError
from fclab.values.recipe import BEST, Recipe
from fclab.values.rng import stream

# The images have 8 × 8 pixels: 16 places in the first hidden layer, 4 in the second.
TIED = Recipe(layers=(32, 12, 3), lr=0.02, batch_size=16, epochs=5, tied=0.6)


class Copies(nn.Module):
    """Filters that become matrices in every forward pass, weight by weight as a loop finds it."""

    def __init__(self, recipe: Recipe, weights: dict[str, np.ndarray], side: int):
        super().__init__()
        self.recipe, self.wheres, self.filters, self.biases = recipe, [], [], []
        self.norms = nn.ModuleList()
        below, channels = side // recipe.pool, 3
        for i, neurons in enumerate(recipe.layers[:-1], start=1):
            here, reach = (below + 1) // 2, 1 if i > 1 else 2
            count, wide = neurons // here**2, 2 * reach + 1
            filters, where = np.zeros((count, wide, wide, channels), np.float32), []
            drawn, known = weights[f"fc{i}.weight"], set()
            for r, c, f in np.ndindex(here, here, count):
                for dr, dc, k in np.ndindex(wide, wide, channels):
                    row, column = 2 * r + dr - reach, 2 * c + dc - reach
                    if not (0 <= row < below and 0 <= column < below):
                        continue
                    out = (r * here + c) * count + f
                    seen = (row * below + column) * channels + k
                    where.append((out, seen, f, dr, dc, k))
                    if (f, dr, dc, k) not in known:
                        known.add((f, dr, dc, k))
                        filters[f, dr, dc, k] = drawn[out, seen]
            self.wheres.append((tuple(torch.tensor(np.array(where).T)), drawn.shape))
            self.filters.append(nn.Parameter(torch.tensor(filters)))
            self.biases.append(nn.Parameter(torch.tensor(weights[f"fc{i}.bias"][:count])))
            self.norms.append(nn.BatchNorm1d(count) if recipe.norm == "batch" else nn.Identity())
            below, channels = here, count
        last = len(recipe.layers)
        self.last = nn.Linear(recipe.layers[-2], recipe.layers[-1])
        with torch.no_grad():
            self.last.weight.copy_(torch.tensor(weights[f"fc{last}.weight"]))
            self.last.bias.copy_(torch.tensor(weights[f"fc{last}.bias"]))
        self.held = nn.ParameterList([*self.filters, *self.biases])

    def matrix(self, i: int) -> torch.Tensor:
        (out, seen, *tap), shape = self.wheres[i]
        return torch.zeros(shape).index_put((out, seen), self.filters[i][tuple(tap)])

    def forward(self, x, masks=()):
        for i, (bias, norm) in enumerate(zip(self.biases, self.norms, strict=True)):
            z = x @ self.matrix(i).T + bias.repeat(len(self.matrix(i)) // len(bias))
            z = norm(z.reshape(-1, len(bias))).reshape(z.shape)
            x = torch.relu(z) * (masks[i] if masks else 1)
        return self.last(x)


class Free(nn.Module):
    """The same network with every weight one of its own."""

    def __init__(self, copies: Copies):
        super().__init__()
        self.fc, self.norm = nn.ModuleList(), nn.ModuleList()
        for i, (bias, norm) in enumerate(zip(copies.biases, copies.norms, strict=True)):
            matrix = copies.matrix(i).detach()
            places = len(matrix) // len(bias)
            fc = nn.Linear(matrix.shape[1], matrix.shape[0])
            fc.weight, fc.bias = nn.Parameter(matrix), nn.Parameter(bias.detach().repeat(places))
            self.fc.append(fc)
            if isinstance(norm, nn.BatchNorm1d):
                wide = nn.BatchNorm1d(len(matrix))
                state = {
                    k: v.repeat(places) if v.dim() else v for k, v in norm.state_dict().items()
                }
                wide.load_state_dict(state)
                norm = wide
            self.norm.append(norm)
        self.last = copies.last

    def forward(self, x, masks=()):
        for i, (fc, norm) in enumerate(zip(self.fc, self.norm, strict=True)):
            x = torch.relu(norm(fc(x))) * (masks[i] if masks else 1)
        return self.last(x)


def by_stock_pytorch(recipe: Recipe, seed: int):
    """Outputs on test of the network as it is kept, and the columns running_loss, test_loss."""
    far = far_weights(recipe, (8, 8, 3))
    weights = initial_weights(recipe, IMAGES.info.n_inputs, seed, far)
    net: nn.Module = Copies(recipe, weights, 8)
    kind = {"sgd": torch.optim.SGD, "adamw": torch.optim.AdamW}[recipe.optimizer]
    more = {"momentum": recipe.momentum} if recipe.momentum else {}
    options = {"lr": recipe.lr, "weight_decay": recipe.weight_decay, **more}
    optimizer = kind(net.parameters(), **options)
    rates, coin = iter(recipe.learning_rates(len(IMAGES.train))), stream(seed, "dropout")
    loss_fn = nn.CrossEntropyLoss(label_smoothing=recipe.label_smoothing)
    x_test, y_test = shrunk(recipe, IMAGES.inputs["test"], 8), torch.tensor(IMAGES.test.y)
    average: dict[str, torch.Tensor] = {}
    steps, running, tests, outputs = 0, [], [], torch.empty(0)
    for epoch, batches in enumerate(naive_epochs(IMAGES, recipe, seed)):
        if epoch == recipe.tied_epochs:
            assert isinstance(net, Copies)
            net = Free(net)
            average = {k: v.clone() for k, v in net.state_dict().items()}
            optimizer = kind(net.parameters(), **options)
        seen = 0.0
        net.train()
        for x, t in batches:
            masks = dropout_masks(recipe, coin, len(x))
            optimizer.param_groups[0]["lr"] = rate = next(rates)
            optimizer.zero_grad()
            loss = loss_fn(net(x, masks), t)
            loss.backward()
            optimizer.step()
            seen += loss.item() * len(x)
            steps += 1
            if isinstance(net, Free):
                with torch.no_grad():
                    for i, mask in far.items():
                        net.fc[i - 1].weight[torch.tensor(mask)] *= 1 - recipe.locality * rate  # pyright: ignore
                    for k, v in net.state_dict().items():
                        if v.is_floating_point():
                            newest = (1 - recipe.ema) / (1 - recipe.ema**steps)
                            average[k] += newest * (v - average[k])
        running.append(seen / len(IMAGES.train))
        trained = {k: v.clone() for k, v in net.state_dict().items()}
        if recipe.ema and isinstance(net, Free):
            net.load_state_dict(average)
        net.eval()
        with torch.no_grad():
            outputs = net(x_test)
        tests.append(nn.functional.cross_entropy(outputs, y_test).item())
        net.load_state_dict(trained)
    return outputs.numpy(), running, tests


@pytest.mark.parametrize("stack", [1, 3])
@pytest.mark.parametrize(
    "changes",
    [
        {"norm": "batch", "momentum": 0.9, "weight_decay": 0.1},
        {"optimizer": "adamw", "weight_decay": 0.1, "locality": 20.0},
        {"dropout": 0.3, "mixup": 0.2, "norm": "batch"},
        {"ema": 0.7, "norm": "batch", "label_smoothing": 0.1},
        {"pool": 2, "layers": "FC(12), FC(5), FC(3)", "flip": True, "shift": 1},
        {"layers": "FC(32), FC(3)", "tied": 0.3},
    ],
    ids=lambda c: ",".join(c),
)
def test_tied_then_free_as_a_network_laid_out_by_hand(changes, stack):
    recipe = TIED.replace(**changes)
    others = [recipe.replace(lr=0.01), recipe.replace(schedule="cosine")]
    runs = train(IMAGES, [recipe, *others], [7], models=stack)
    assert len({run.metrics["test_loss"] for run in runs}) == 3
    for run in runs:
        outputs, running, tests = by_stock_pytorch(run.recipe, 7)
        np.testing.assert_allclose(run.history["running_loss"], running, 2e-4)
        np.testing.assert_allclose(run.history["test_loss"], tests, 2e-4)
        np.testing.assert_allclose(run.outputs["test"], outputs, 2e-3, 2e-4)


def test_copies_are_alike_until_they_are_free():
    seen = {}

    def watch(glimpse):
        if glimpse.epochs in (3, 5):
            seen[glimpse.epochs] = glimpse.weights()

    recipe = TIED.replace(norm="batch", flip=True)
    list(train_any(IMAGES, [recipe], [0], engine="torch", snapshots=(3, 5), watch=watch))
    layers = taps(recipe, (8, 8, 3))
    for epochs, weights in seen.items():
        again = laid_out(layers, filters_of(layers, weights))
        same = [np.array_equal(again[name], array) for name, array in weights.items()]
        assert all(same) == (epochs == 3), epochs


def test_no_bit_depends_on_threads_or_neighbours():
    recipes = [TIED.replace(norm="batch", flip=True), TIED.replace(lr=0.1, momentum=0.5)]
    alone = [run for r in recipes for seed in (0, 1) for run in train(IMAGES, r, [seed], workers=1)]
    for workers in (2, 3):
        for a, b in zip(alone, train(IMAGES, recipes, [0, 1], workers=workers), strict=True):
            assert_same(a, b)


@given(st.integers(1, 12), st.integers(1, 12), st.integers(1, 3), st.data())
def test_filters_are_found_again_in_what_is_laid_out(height, width, filters, data):
    rows, columns, widths = height, width, []
    for _ in range(data.draw(st.integers(1, 3))):
        rows, columns = -(-rows // 2), -(-columns // 2)
        widths.append(filters * rows * columns)
    recipe = Recipe(layers=(*widths, 3), tied=0.5)
    layers = taps(recipe, (height, width, 3))
    drawn = initial_weights(recipe, height * width * 3, 0)
    tied = laid_out(layers, filters_of(layers, drawn))
    assert {name: a.shape for name, a in tied.items()} == {n: a.shape for n, a in drawn.items()}
    again = laid_out(layers, filters_of(layers, tied))
    for name in tied:
        np.testing.assert_array_equal(again[name], tied[name])
    assert all((tied[f"fc{i}.weight"][far] == 0).all()
               for i, far in far_weights(recipe, (height, width, 3)).items())  # fmt: skip


def test_what_cannot_be_tied_is_refused():
    with pytest.raises(UsageError, match=r"FC\(20\).*4 x 4 places, take a multiple of 16"):
        check(IMAGES, TIED.replace(layers=(20, 12, 3)))
    with pytest.raises(UsageError, match="need images"):
        check(points("regression"), TIED.replace(layers=(16, 1), loss="squared_error"))
    given_bias = {"fc3.bias": np.zeros(3, np.float32)}
    with pytest.raises(UsageError, match="take tied = 0"):
        train_any(IMAGES, [TIED], [0], initial=given_bias)
    with pytest.raises(RecipeError, match="norm batch or none"):
        TIED.replace(norm="layer")


def test_one_example_at_one_place_is_normalised_as_before():
    """The last of 70 images is a batch of its own, and the second hidden layer stands at one place:
    one number has no variance."""
    recipe = TIED.replace(layers=(4, 2, 3), pool=4, norm="batch", batch_size=23)
    (run,) = train(IMAGES, recipe)
    assert np.isfinite(run.metrics["test_loss"])


def test_the_best_epoch_may_be_one_of_tied_weights():
    recipe = TIED.replace(lr=0.3, epochs=12, tied=0.92, patience=3)
    (run,) = train(HELD_OUT, recipe)
    found = run.history["valid_loss"]
    assert found.argmin() < len(found) - 1 < recipe.tied_epochs
    assert run.metrics["valid_loss"] == pytest.approx(found.min(), rel=1e-5)


def test_a_share_of_the_epochs_is_tied_and_never_all():
    assert [Recipe(epochs=n, tied=0.7).tied_epochs for n in (1, 2, 10, 100)] == [0, 1, 7, 70]
    assert BEST.tied_epochs == 150


def test_the_layers_of_the_best_recipe_stand_at_all_places():
    assert len(taps(BEST, (32, 32, 3))) == len(BEST.layers) - 1
