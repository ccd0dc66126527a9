"""The gradient check: hand gradients against finite differences and against autograd."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from fclab.engines.job import check
from fclab.engines.reference.by_hand import backward, forward, loss_and_delta
from fclab.engines.reference.layers import Layer
from fclab.values.dataset import Dataset
from fclab.values.recipe import Recipe
from fclab.values.rng import stream


@dataclass(frozen=True)
class GradientCheck:
    """Relative differences ‖a − b‖ / (‖a‖ + ‖b‖) of one parameter array's gradients."""

    name: str
    finite_differences: float
    autograd: float


def check_gradients(
    dataset: Dataset, recipe: Recipe, seed: int = 0, *, examples: int = 50, entries: int = 200
) -> list[GradientCheck]:
    """Compare the hand gradients of every layer in float64.

    The weights are drawn anew from U(−1, 1)/√inputs, biases too: at the lab's start (biases 0)
    an input of exactly 0 sits on the kink of ReLU, where there is no derivative to compare.

    Args:
        dataset: its first ``examples`` training examples are used.
        recipe: layers, activation and loss.
        seed: fixes the weights (stream "gradient check") and which entries are looked at.
        entries: of larger arrays, so many entries are compared by finite differences.

    Raises:
        UsageError: the recipe does not fit the dataset.
    """
    check(dataset, recipe)
    rng = stream(seed, "gradient check")
    pick = rng.permutation(len(dataset.train))[:examples]
    x = torch.tensor(dataset.inputs["train"][pick], dtype=torch.float64)
    y = torch.tensor(dataset.train.y[pick], dtype=torch.float64).reshape(-1, 1)
    layers: list[Layer] = []
    for n_out, n_in in recipe.shapes(x.shape[1]):
        bound = n_in**-0.5
        weight = torch.tensor(rng.uniform(-bound, bound, (n_out, n_in)))
        layers.append((weight, torch.tensor(rng.uniform(-bound, bound, n_out))))

    def loss() -> Tensor:
        zs, _ = forward(layers, recipe.activation, x)
        return loss_and_delta(recipe.loss, zs[-1], y)[0]

    zs, inputs = forward(layers, recipe.activation, x)
    _, delta = loss_and_delta(recipe.loss, zs[-1], y)
    by_hand = backward(layers, recipe.activation, zs, inputs, delta)
    params = [(f"fc{i}.{kind}", layer[k], by_hand[i - 1][k])
              for i, layer in enumerate(layers, start=1)
              for k, kind in enumerate(("weight", "bias"))]  # fmt: skip
    numeric = [_numeric(loss, p, rng, entries) for _, p, _ in params]
    for _, p, _ in params:
        p.requires_grad_(True)
    automatic = torch.autograd.grad(loss(), [p for _, p, _ in params])
    return [
        GradientCheck(
            name,
            finite_differences=_distance(hand.flatten()[where], values),
            autograd=_distance(hand, auto),
        )
        for (name, _, hand), (where, values), auto in zip(params, numeric, automatic, strict=True)
    ]


def _numeric(loss, parameter: Tensor, rng: np.random.Generator, entries: int, step: float = 1e-6):
    """Central differences (L(w + h) − L(w − h)) / 2h at some entries: (entries, values)."""
    flat = parameter.view(-1)
    where = torch.tensor(rng.permutation(len(flat))[:entries])
    values = []
    for i in where:
        kept = flat[i].item()
        flat[i] = kept + step
        above = loss().item()
        flat[i] = kept - step
        values.append((above - loss().item()) / (2 * step))
        flat[i] = kept
    return where, torch.tensor(values, dtype=torch.float64)


def _distance(a: Tensor, b: Tensor) -> float:
    scale = (a.norm() + b.norm()).item()
    return (a - b).norm().item() / scale if scale else 0.0
