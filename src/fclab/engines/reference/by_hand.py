"""Part 1 of the lab: a network trained with gradients derived by hand.

For one layer  z = a_prev·Wᵀ + b,  a = f(z)  the chain rule gives, from the last layer back:

    δ_last = ∂L/∂z_last            (2(ŷ − y) for the sum of squares)
    ∂L/∂W  = δᵀ·a_prev             ∂L/∂b = Σ δ over the examples
    δ_prev = (δ·W) ⊙ f′(z_prev)    ⊙ is the elementwise product

Shapes: inputs ``(n, D)``, W ``(outputs, inputs)``, b ``(outputs,)``, δ and z ``(n, outputs)``.
"""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from fclab.engines.job import Job, Tick, Trained, initial_weights
from fclab.values.recipe import Activation

Layer = tuple[Tensor, Tensor]


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
    grads: list[Layer] = []
    for i in reversed(range(len(layers))):
        grads.append((delta.t() @ inputs[i], delta.sum(dim=0)))
        if i > 0:
            delta = (delta @ layers[i][0]) * derivative(activation, zs[i - 1])
    return grads[::-1]


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


def train(job: Job, tick: Tick) -> Trained:
    """Full-batch gradient descent, as the lab writes it."""
    recipe, data = job.recipe, job.dataset
    x, y = torch.tensor(data.inputs["train"]), torch.tensor(data.train.y).reshape(-1, 1)
    layers = unpack(initial_weights(recipe, x.shape[1], job.seed))
    scale = 1.0 if recipe.reduction == "sum" else 1 / len(x)
    running, snapshots = [], {}
    for epoch, lr in enumerate(recipe.learning_rates(len(x)), start=1):
        zs, inputs = forward(layers, recipe.activation, x)
        loss, delta = loss_and_delta(recipe.loss, zs[-1], y)
        grads = backward(layers, recipe.activation, zs, inputs, delta * scale)
        for (weight, bias), (d_weight, d_bias) in zip(layers, grads, strict=True):
            weight -= lr * d_weight
            bias -= lr * d_bias
        running.append(loss.item() / len(x))
        if epoch in job.snapshots:
            snapshots[epoch] = forward(layers, recipe.activation, x)[0][-1].numpy().copy()
        tick(1)
        if not np.isfinite(running[-1]):
            break
    diverged = None if np.isfinite(running[-1]) else len(running)
    return Trained(pack(layers), {"running_loss": np.array(running)}, snapshots, diverged)


def unpack(weights: dict[str, np.ndarray]) -> list[Layer]:
    """Named arrays to a list of (W, b), each a tensor of its own."""
    n = sum(name.endswith(".weight") for name in weights)
    return [
        (torch.tensor(weights[f"fc{i}.weight"]), torch.tensor(weights[f"fc{i}.bias"]))
        for i in range(1, n + 1)
    ]


def pack(layers: Sequence[Layer]) -> dict[str, np.ndarray]:
    """A list of (W, b) to named arrays."""
    named = {}
    for i, (weight, bias) in enumerate(layers, start=1):
        named[f"fc{i}.weight"] = weight.detach().numpy().copy()
        named[f"fc{i}.bias"] = bias.detach().numpy().copy()
    return named
