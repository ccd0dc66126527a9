"""Part 1 of the lab: a network trained with gradients derived by hand.

For one layer  z = a_prev·Wᵀ + b,  a = f(z)  the chain rule gives, from the last layer back:

    δ_last = ∂L/∂z_last            (2(ŷ − y) for the sum of squares)
    ∂L/∂W  = δᵀ·a_prev             ∂L/∂b = Σ δ over the examples
    δ_prev = (δ·W) ⊙ f′(z_prev)    ⊙ is the elementwise product

Shapes: inputs ``(n, D)``, W ``(outputs, inputs)``, b ``(outputs,)``, δ and z ``(n, outputs)``.
Read `train` first: it is the whole of gradient descent, and calls what stands below it.
"""

from collections.abc import Sequence
from functools import partial

import numpy as np
import torch
from torch import Tensor

from fclab.engines.job import Job, Tick
from fclab.engines.recorder import Recorder
from fclab.engines.reference.layers import Layer, examples, first_layers, named
from fclab.values.model import Weights
from fclab.values.recipe import Activation


def train(job: Job, tick: Tick) -> Recorder:
    """Full-batch gradient descent, as the lab writes it."""
    recipe, (x, y), layers = job.recipe, examples(job), first_layers(job)
    scale = 1.0 if recipe.reduction == "sum" else 1 / len(x)
    recorder = Recorder(job, tick, partial(predict, job, layers), partial(named, layers))
    for lr in recipe.learning_rates(len(x)):
        zs, inputs = forward(layers, recipe.activation, x)
        loss, delta = loss_and_delta(recipe.loss, zs[-1], y)
        gradients = backward(layers, recipe.activation, zs, inputs, scale * delta)
        for (weight, bias), (d_weight, d_bias) in zip(layers, gradients, strict=True):
            weight -= lr * d_weight
            bias -= lr * d_bias
        recorder.epoch(running_loss=loss.item() / len(x))
        if recorder.over:
            break
    return recorder


def gradients(job: Job, weights: Weights) -> Weights:
    """The gradient of a full batch by every weight and bias at given weights, named like these."""
    (x, y), recipe = examples(job), job.recipe
    count = len(recipe.layers)
    layers = [
        (torch.tensor(weights[f"fc{i}.weight"]), torch.tensor(weights[f"fc{i}.bias"]))
        for i in range(1, count + 1)
    ]
    scale = 1.0 if recipe.reduction == "sum" else 1 / len(x)
    zs, inputs = forward(layers, recipe.activation, x)
    _, delta = loss_and_delta(recipe.loss, zs[-1], y)
    return named(backward(layers, recipe.activation, zs, inputs, scale * delta))


@torch.no_grad()
def predict(job: Job, layers: Sequence[Layer], split: str) -> np.ndarray:
    """Outputs of the network for all inputs of a split, ``(n, outputs)``."""
    zs, _ = forward(layers, job.recipe.activation, torch.tensor(job.dataset.inputs[split]))
    return zs[-1].numpy()


def forward(
    layers: Sequence[Layer], activation: Activation, x: Tensor
) -> tuple[list[Tensor], list[Tensor]]:
    """Every layer's z, and every layer's input a (the first is x itself)."""
    zs, inputs = [], [x]
    for i, (weight, bias) in enumerate(layers):
        zs.append(inputs[-1] @ weight.t() + bias)
        if i < len(layers) - 1:
            inputs.append(nonlinearity(activation, zs[-1]))
    return zs, inputs


def backward(layers: Sequence[Layer], activation: Activation, zs: Sequence[Tensor],
             inputs: Sequence[Tensor], delta: Tensor) -> list[Layer]:  # fmt: skip
    """The gradient of the loss by every W and b, from δ = ∂L/∂z of the last layer."""
    gradients: list[Layer] = []
    for i in reversed(range(len(layers))):
        gradients.append((delta.t() @ inputs[i], delta.sum(dim=0)))
        if i > 0:
            delta = (delta @ layers[i][0]) * derivative(activation, zs[i - 1])
    return gradients[::-1]


def loss_and_delta(loss: str, z: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    """The summed loss and its derivative by the last layer's z, ``(n, outputs)``.

    - ``squared_error``: Σ(z − y)², derivative 2(z − y)
    - ``log_loss``: Σ log(1 + e^z) − y·z, derivative σ(z) − y
    - ``cross_entropy``: −Σ log softmax(z)[y], derivative softmax(z) − onehot(y)
    """
    match loss:
        case "squared_error":
            return ((z - y) ** 2).sum(), 2 * (z - y)
        case "log_loss":
            return (torch.logaddexp(z, torch.zeros(())) - y * z).sum(), torch.sigmoid(z) - y
        case _:
            log_p = torch.log_softmax(z, dim=1)
            onehot = torch.nn.functional.one_hot(y.flatten().long(), z.shape[1])
            return -(onehot * log_p).sum(), log_p.exp() - onehot


def nonlinearity(name: Activation, z: Tensor) -> Tensor:
    """f(z)."""
    match name:
        case "relu":
            return torch.relu(z)
        case "sigmoid":
            return torch.sigmoid(z)
        case "tanh":
            return torch.tanh(z)
        case "gelu":
            return z * normal_cdf(z)


def derivative(name: Activation, z: Tensor) -> Tensor:
    """f′(z); that of ReLU at 0 is taken as 0."""
    match name:
        case "relu":
            return (z > 0).to(z.dtype)
        case "sigmoid":
            return torch.sigmoid(z) * torch.sigmoid(-z)
        case "tanh":
            return 1 - torch.tanh(z) ** 2
        case "gelu":
            return normal_cdf(z) + z * torch.exp(-(z**2) / 2) / (2 * torch.pi) ** 0.5


def normal_cdf(z: Tensor) -> Tensor:
    """Φ(z), the distribution function of the standard normal."""
    return (1 + torch.erf(z / 2**0.5)) / 2
