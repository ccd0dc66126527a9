"""The first epochs of a network whose weights are tied: its filters, trained as convolutions by
stock PyTorch, and the matrices that they are laid out as."""

from collections.abc import Sequence
from typing import Any, Final

import torch
import torch.nn.functional as F
from torch import Tensor, optim

from fclab.engines.torch.network import NORM_MOMENTUM, activate, losses
from fclab.engines.tying import filters_of, laid_out, taps
from fclab.values.model import NORM_EPSILON, Weights
from fclab.values.recipe import Recipe

_OPTIMIZERS: Final = {"sgd": optim.SGD, "adam": optim.Adam, "adamw": optim.AdamW}


class TiedNetwork:
    """One network while its weights are tied.

    Args:
        recipe: whose weights are tied.
        input_shape: of an image: height, width, channels.
        weights: the first ones; of all copies of a filter one counts.
        device: where it is trained.
    """

    def __init__(
        self,
        recipe: Recipe,
        input_shape: tuple[int, ...],
        weights: Weights,
        device: torch.device,
    ):
        height, width, channels = input_shape
        self._recipe, self._taps = recipe, taps(recipe, input_shape)
        self._shape = height // recipe.pool, width // recipe.pool, channels
        filters = filters_of(self._taps, weights)
        self._tensors: Final = {
            name: torch.tensor(array, device=device) for name, array in filters.items()
        }
        learned = [t for name, t in self._tensors.items() if not name.endswith((".mean", ".var"))]
        for tensor in learned:
            tensor.requires_grad_()
        more: dict[str, Any] = {}
        if recipe.optimizer == "sgd":
            more = {"momentum": recipe.momentum, "nesterov": recipe.nesterov}
        self._optimizer = _OPTIMIZERS[recipe.optimizer](
            learned, lr=recipe.lr, weight_decay=recipe.weight_decay, **more
        )

    @torch.enable_grad()
    def step(self, x: Tensor, targets: Tensor, masks: Sequence[Tensor], lr: float) -> Tensor:
        """Make a step; the summed loss of the batch before it.

        Args:
            x: inputs ``(batch, D)``.
            targets: ``(batch, outputs)``.
            masks: for every hidden layer ``(batch, neurons)``, what dropout multiplies it with; or
                none at all.
            lr: the learning rate.
        """
        each = losses(self._recipe.loss, self._forward(x, masks, train=True), targets)
        loss = each.mean() if self._recipe.reduction == "mean" else each.sum()
        self._optimizer.zero_grad()
        loss.backward()
        self._optimizer.param_groups[0]["lr"] = lr
        self._optimizer.step()
        return each.detach().sum()

    @torch.no_grad()
    def outputs(self, x: Tensor) -> Tensor:
        """Outputs in evaluation mode ``(n, outputs)`` for inputs ``(n, D)``."""
        return self._forward(x, (), train=False)

    def weights(self) -> Weights:
        """The network as fully connected layers, see `fclab.values.model.Weights`."""
        filters = {name: t.detach().cpu().numpy().copy() for name, t in self._tensors.items()}
        return laid_out(self._taps, filters)

    def _forward(self, x: Tensor, masks: Sequence[Tensor], *, train: bool) -> Tensor:
        tensors, last = self._tensors, len(self._taps) + 1
        a = x.view(-1, *self._shape).permute(0, 3, 1, 2)
        for i, layer in enumerate(self._taps, start=1):
            weight, bias = tensors[f"fc{i}.weight"], tensors[f"fc{i}.bias"]
            z = F.conv2d(a, weight, bias, stride=2, padding=layer.side // 2)
            if self._recipe.norm == "batch":
                z = F.batch_norm(
                    z, tensors[f"norm{i}.mean"], tensors[f"norm{i}.var"],
                    tensors[f"norm{i}.weight"], tensors[f"norm{i}.bias"],
                    # One number alone has no variance: see `NetworkStack`.
                    training=train and z.numel() > z.shape[1],
                    momentum=NORM_MOMENTUM, eps=NORM_EPSILON,
                )  # fmt: skip
            a = activate(self._recipe.activation, z)
            if masks:
                a = a * masks[i - 1].view(len(a), *a.shape[2:], -1).permute(0, 3, 1, 2)
        flat = a.permute(0, 2, 3, 1).flatten(1)
        return F.linear(flat, tensors[f"fc{last}.weight"], tensors[f"fc{last}.bias"])
