"""Stacked networks: every parameter has a leading model dimension.

Autograd differentiates what lies between the layers' products. The gradients by the weights are
products too and are left out of it: they are computed with the update, block by block
(`ParameterGroup`), so that a block of a large gradient is used while it is in the
cache, and by any idle thread.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from fclab.engines.torch.team import Share
from fclab.values.model import NORM_EPSILON, Weights
from fclab.values.recipe import Recipe

BLOCK: Final = 128
"""Neurons of a block; with fewer, a product is no longer at the machine's peak."""
WORTH_CUTTING: Final = 2**17
"""Weights of a layer from which on handing over a block costs less than it saves."""
ROWS: Final = 256
"""Examples that are evaluated at a time."""
NORM_MOMENTUM: Final = 0.1  # of the running statistics, as torch.nn.BatchNorm1d


def blocks(weight: Tensor, dim: int) -> list[slice]:
    """How the products with stacked weights ``(models, outputs, inputs)`` are cut along a
    dimension: on a CPU, where a layer is large, into blocks of neurons. Never depends on how many
    threads there are."""
    width = weight.shape[dim]
    cut = weight.device.type == "cpu" and weight[0].numel() >= WORTH_CUTTING
    step = BLOCK if cut else width
    return [slice(lo, min(lo + step, width)) for lo in range(0, width, step)]


class Gradients(NamedTuple):
    """What the gradients of a step follow from.

    Attributes:
        seen: the summed loss of each model's batch ``(models,)``.
        deltas: of every layer, the gradient by its pre-activations ``(models, batch, outputs)``.
        inputs: of every layer ``(models, batch, inputs)``.
        by_norms: the gradients by the parameters of the normalisation layers.
    """

    seen: Tensor
    deltas: list[Tensor]
    inputs: list[Tensor]
    by_norms: list[Tensor]


@dataclass(frozen=True)
class ParameterGroup:
    """Some parameters that are updated in one go.

    Attributes:
        pieces: layers (from 1) and blocks of their neurons, whose weights and biases are meant.
        norms: whether all parameters of the normalisation layers belong to it.
    """

    pieces: tuple[tuple[int, slice], ...]
    norms: bool = False

    def tensors(self, named: Mapping[str, Tensor]) -> list[Tensor]:
        """Views of what is learned."""
        return [
            named[f"fc{i}.{name}"][:, block]
            for i, block in self.pieces
            for name in ("weight", "bias")
        ] + (norms(named) if self.norms else [])

    def statistics(self, named: Mapping[str, Tensor]) -> list[Tensor]:
        """The running means and variances that go with it."""
        return [t for name, t in named.items() if self.norms and name.endswith((".mean", ".var"))]

    def gradients(self, found: Gradients) -> list[Tensor]:
        """The gradients in the order of `tensors`."""
        gradients = []
        for i, block in self.pieces:
            delta = found.deltas[i - 1][:, :, block]
            gradients += [torch.bmm(delta.transpose(1, 2), found.inputs[i - 1]), delta.sum(1)]
        return gradients + (found.by_norms if self.norms else [])


def norms(named: Mapping[str, Tensor]) -> list[Tensor]:
    """Weights and biases of the normalisation layers."""
    kinds = (".weight", ".bias")
    return [t for name, t in named.items() if name.startswith("norm") and name.endswith(kinds)]


class _Product(torch.autograd.Function):
    """x·Wᵀ + b of every model, with the gradient by x alone."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor, share: Share) -> Tensor:
        ctx.weight, ctx.share = weight, share

        def product(block: slice) -> Tensor:
            return torch.baddbmm(bias[:, None, block], x, weight[:, block].transpose(1, 2))

        return _in_blocks(product, blocks(weight, 1), share)

    @staticmethod
    def backward(ctx: Any, *deltas: Tensor) -> tuple[Tensor, None, None, None]:
        (delta,), weight = deltas, ctx.weight

        def product(block: slice) -> Tensor:
            return torch.bmm(delta, weight[:, :, block])

        return _in_blocks(product, blocks(weight, 2), ctx.share), None, None, None


def _in_blocks(product: Callable[[slice], Tensor], cut: Sequence[slice], share: Share) -> Tensor:
    """The blocks of a product side by side."""
    if len(cut) == 1:
        return product(cut[0])
    parts: dict[int, Tensor] = {}

    def task(block: slice) -> None:
        parts[block.start] = product(block)

    share([partial(task, block) for block in cut])
    return torch.cat([parts[block.start] for block in cut], dim=2)


class NetworkStack:
    """The parameters of a stack of networks and what they compute.

    Attributes:
        tensors: as named in `fclab.values.model.Weights`, each with a leading model dimension.
        parts: what is updated in one go; together all that is learned.

    Args:
        recipe: layers, activation, normalisation and loss of all models.
        weights: initial weights, one mapping per model.
        device: where the parameters live.
        share: who computes the blocks of large products.
    """

    def __init__(
        self, recipe: Recipe, weights: Sequence[Weights], device: torch.device, share: Share
    ):
        self._recipe, self._share = recipe, share
        self.tensors: Final = {
            name: torch.tensor(np.stack([w[name] for w in weights]), device=device)
            for name in weights[0]
        }
        self._norms = norms(self.tensors)
        for tensor in self._norms:
            tensor.requires_grad_()
        large, small = [], []
        for i in range(1, len(recipe.layers) + 1):
            cut = blocks(self.tensors[f"fc{i}.weight"], 1)
            (large if len(cut) > 1 else small).extend((i, block) for block in cut)
        self.parts: Final = [
            *(ParameterGroup((piece,)) for piece in large),
            ParameterGroup(tuple(small), norms=True),
        ]

    def gradients(self, x: Tensor, targets: Tensor, masks: Sequence[Tensor]) -> Gradients:
        """Forward and back in training mode.

        Args:
            x: inputs ``(models, batch, D)``.
            targets: ``(models, batch, outputs)``.
            masks: for every hidden layer, what dropout multiplies it with; or none at all.
        """
        inputs, zs, last = [x], [], len(self._recipe.layers)
        for i in range(1, last + 1):
            weight, bias = self.tensors[f"fc{i}.weight"], self.tensors[f"fc{i}.bias"]
            z: Tensor = _Product.apply(inputs[-1], weight, bias, self._share)  # pyright: ignore
            zs.append(z if z.requires_grad else z.requires_grad_())
            if i < last:
                a = self._normalise(i, z, self.tensors, train=True)
                a = activate(self._recipe.activation, a)
                inputs.append(a * masks[i - 1] if masks else a)
        each = losses(self._recipe.loss, zs[-1], targets)
        # Summed over the models, or a model's lr would depend on how many there are.
        loss = (each.mean(1) if self._recipe.reduction == "mean" else each.sum(1)).sum()
        found = torch.autograd.grad(loss, [*zs, *self._norms])
        inputs = [a.detach() for a in inputs]
        return Gradients(each.detach().sum(1), [*found[:last]], inputs, [*found[last:]])

    def outputs(
        self, tensors: Mapping[str, Tensor], inputs: Mapping[str, Tensor]
    ) -> dict[str, Tensor]:
        """Outputs in evaluation mode, float32 ``(models, n, outputs)``, of several splits.

        Args:
            tensors: the parameters, or their averages.
            inputs: of every split ``(n, D)``, the same for all models.
        """
        chunks = {name: x.split(ROWS) for name, x in inputs.items()}
        done: dict[tuple[str, int], Tensor] = {}

        def task(name: str, i: int) -> None:
            done[name, i] = self._evaluate(tensors, chunks[name][i])

        self._share([partial(task, name, i) for name in chunks for i in range(len(chunks[name]))])
        return {
            name: torch.cat([done[name, i] for i in range(len(parts))], dim=1)
            for name, parts in chunks.items()
        }

    def _evaluate(self, tensors: Mapping[str, Tensor], x: Tensor) -> Tensor:
        weight, bias = tensors["fc1.weight"], tensors["fc1.bias"]
        # The inputs are shared, so the first layers of all models are one product.
        z = F.linear(x, weight.flatten(0, 1), bias.flatten()).unflatten(1, bias.shape)
        z = z.transpose(0, 1)
        for i in range(1, len(self._recipe.layers)):
            z = activate(self._recipe.activation, self._normalise(i, z, tensors, train=False))
            weight, bias = tensors[f"fc{i + 1}.weight"], tensors[f"fc{i + 1}.bias"]
            z = torch.baddbmm(bias[:, None], z, weight.transpose(1, 2))
        return z

    def _normalise(self, i: int, z: Tensor, tensors: Mapping[str, Tensor], train: bool) -> Tensor:
        if self._recipe.norm == "none":
            return z
        weight, bias = tensors[f"norm{i}.weight"], tensors[f"norm{i}.bias"]
        if self._recipe.norm == "layer":
            return F.layer_norm(z, z.shape[2:], eps=NORM_EPSILON) * weight[:, None] + bias[:, None]
        # A neuron of a model is a channel; statistics are updated in place in training.
        # One example alone has no variance: it is normalised by the running statistics.
        channels = z.transpose(0, 1).flatten(1)
        mean, var = tensors[f"norm{i}.mean"].view(-1), tensors[f"norm{i}.var"].view(-1)
        done = F.batch_norm(
            channels, mean, var, weight.view(-1), bias.view(-1),
            training=train and len(channels) > 1, momentum=NORM_MOMENTUM, eps=NORM_EPSILON,
        )  # fmt: skip
        return done.unflatten(1, (z.shape[0], z.shape[2])).transpose(0, 1)


def activate(name: str, z: Tensor) -> Tensor:
    """The nonlinearity, elementwise; GELU in its exact form."""
    match name:
        case "relu":
            return F.relu(z)
        case "sigmoid":
            return torch.sigmoid(z)
        case "tanh":
            return torch.tanh(z)
        case "gelu":
            return F.gelu(z)
    raise ValueError(name)


def losses(loss: str, z: Tensor, targets: Tensor) -> Tensor:
    """The loss of every example ``(models, batch)``, as `fclab.values.metrics.losses`.

    Args:
        loss: a name of `fclab.values.recipe.Loss`.
        z: outputs ``(models, batch, outputs)``.
        targets: in the same shape; for the cross-entropy a distribution over the classes.
    """
    match loss:
        case "squared_error":
            return (z - targets).square().sum(-1)
        case "log_loss":
            return F.binary_cross_entropy_with_logits(z, targets, reduction="none").sum(-1)
        case "cross_entropy":
            return -(targets * torch.log_softmax(z, -1)).sum(-1)
    raise ValueError(loss)
