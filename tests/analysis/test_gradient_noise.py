"""The noise of a batch's gradient: against PyTorch's gradients of single examples, and drawn
batches."""

import numpy as np
import pytest
import torch

from fclab.analysis.gradient_noise import gradient_noise
from fclab.data import synthetic
from fclab.engines import train
from fclab.engines.reference.by_hand import forward
from fclab.values.recipe import CIFAR

DATASET = synthetic((0, 55, 58))
SEEDS = [0, 1]


def trained(**changes):
    recipe = CIFAR.replace(**{"layers": (6, 3), "epochs": 2, **changes})
    return list(train(DATASET, [recipe], SEEDS, engine="reference"))


def gradients(run) -> np.ndarray:
    """Of the loss of every example by all weights, by autograd, ``(n, weights)``."""
    params = [
        torch.tensor(run.weights[f"fc{i}.{kind}"]).double()
        for i in range(1, len(run.recipe.layers) + 1)
        for kind in ("weight", "bias")
    ]

    def loss(params, x, y):
        layers = list(zip(params[::2], params[1::2], strict=True))
        zs, _ = forward(layers, run.recipe.activation, x[None])
        return torch.nn.functional.cross_entropy(zs[-1], y[None])

    of_one = torch.func.vmap(torch.func.grad(loss), in_dims=(None, 0, 0))
    x = torch.tensor(DATASET.inputs["train"]).double()
    found = of_one(params, x, torch.tensor(DATASET.train.y))
    return torch.cat([part.flatten(start_dim=1) for part in found], dim=1).numpy()


@pytest.mark.parametrize(
    "changes", [{}, {"layers": (5, 4, 3)}, {"layers": (3,)}, {"activation": "tanh"},
                {"activation": "sigmoid"}, {"activation": "gelu"}],
)  # fmt: skip
def test_lengths_are_those_of_the_gradients_of_single_examples(changes):
    runs = trained(**changes)
    found = gradient_noise(runs[:1], DATASET)
    every = gradients(runs[0])
    mean = every.mean(axis=0)
    assert found.gradient.mean == pytest.approx(np.linalg.norm(mean), rel=1e-3)
    spread = np.sqrt((np.linalg.norm(every - mean, axis=1) ** 2).mean())
    assert found.of_one.mean == pytest.approx(spread, rel=1e-3)
    rng = np.random.default_rng(0)
    for batch in (16, 512):
        chosen = rng.permuted(np.tile(np.arange(len(every)) < batch, (200, 1)), axis=1)
        drawn = (chosen / batch) @ every
        seen = np.sqrt((np.linalg.norm(drawn - mean, axis=1) ** 2).mean())
        assert found.of_batch(batch) == pytest.approx(seen, rel=0.15)


def test_a_batch_of_all_examples_has_no_noise_and_a_larger_one_has_less():
    found = gradient_noise(trained(), DATASET)
    noises = [found.of_batch(batch) for batch in (1, 32, 128, 1499, 1500, 5000)]
    assert noises == sorted(noises, reverse=True)
    assert noises[0] == found.of_one.mean
    assert noises[-2:] == [0, 0]
    assert found.gradient.n_seeds == len(SEEDS)


def test_nothing_is_said_without_the_images_or_of_another_loss():
    runs = trained()
    assert gradient_noise(runs, None) is None
    assert gradient_noise([], DATASET) is None
    assert gradient_noise(runs, synthetic((1, 2, 3))) is None
    smooth = CIFAR.replace(layers=(6, 3), epochs=1, label_smoothing=0.1)
    assert gradient_noise(list(train(DATASET, [smooth], [0])), DATASET) is None
