"""Stochastic gradient descent, Adam and AdamW of stacked models, and the average of weights.

Stock optimisers cannot give stacked models an lr of their own; their formulas are short. Where a
stack is a single model on a CPU, PyTorch's fused kernels compute the same formulas in one pass
over the memory, which is fifteen times faster for a wide layer.
"""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np
import torch
from torch import Tensor

from fclab.engines.torch.network import Gradients, ParameterGroup
from fclab.engines.torch.resident import moved
from fclab.values.recipe import Recipe

BETAS: Final = (0.9, 0.999)
EPSILON: Final = 1e-8

PerModel = float | Tensor
"""A number of a single model, or one per model ``(models,)``."""


def per_model(values: Sequence[float] | np.ndarray, device: torch.device) -> PerModel:
    """One number per model, as plain a one as possible."""
    if len(values) == 1:
        return float(values[0])
    return torch.tensor(np.asarray(values, np.float32), device=device)


class Numbers(NamedTuple):
    """What changes in an update from step to step.

    Attributes:
        lr: learning rates.
        first, second: 1 − β₁ᵗ and 1 − β₂ᵗ of Adam, t counted from where weights are free.
        average: the weight of the newest tensors in their averages, see `Average`.
    """

    lr: PerModel
    first: PerModel
    second: PerModel
    average: PerModel


class Schedule:
    """The numbers of every step.

    Args:
        recipes: one per model.
        n: training examples.
        device: of the models.
    """

    def __init__(self, recipes: Sequence[Recipe], n: int, device: torch.device):
        self._rates = np.stack([recipe.learning_rates(n) for recipe in recipes], axis=1)
        self._decays = np.array([recipe.ema for recipe in recipes])
        self._tied = recipes[0].tied_epochs * recipes[0].iterations_per_epoch(n)
        self._device = device

    def rates(self, t: int) -> np.ndarray:
        """The learning rates of step ``t`` (from 1), float64 ``(models,)``."""
        return self._rates[t - 1]

    def _rows(self, t: int) -> list[np.ndarray]:
        """float64 ``(models,)`` for every field of `Numbers`."""
        ones = np.ones_like(self._decays)
        adam = [(1 - beta ** (t - self._tied)) * ones for beta in BETAS]
        return [self.rates(t), *adam, (1 - self._decays) / (1 - self._decays**t)]

    def numbers(self, t: int) -> Numbers:
        """Those of step ``t`` (from 1), of which weights are free."""
        return Numbers(*(per_model(row, self._device) for row in self._rows(t)))

    def table(self, steps: range) -> Tensor:
        """Those of some steps, float32 ``(steps, 4, models)``: each step's are `Numbers` when they
        are taken apart."""
        rows = np.array([self._rows(t) for t in steps], np.float32)
        return moved(rows, self._device)


class Optimizer:
    """Updates some parameters of all models of a stack in place.

    Args:
        tensors: the parameters, each ``(models, ...)``.
        recipes: one per model; the same optimiser in all, lr and coefficients of their own.
    """

    def __init__(self, tensors: Sequence[Tensor], recipes: Sequence[Recipe]):
        recipe = recipes[0]
        self._tensors = list(tensors)
        self._kind, self._nesterov = recipe.optimizer, recipe.nesterov
        device = self._device = tensors[0].device if tensors else torch.device("cpu")
        self._decays = any(r.weight_decay for r in recipes)
        self._weight_decay = per_model([r.weight_decay for r in recipes], device)
        self._momentum = per_model([r.momentum for r in recipes], device)
        self._moves = recipe.momentum > 0
        self._first = [torch.zeros_like(t) for t in tensors] if self._moves or self._adam else []
        self._second = [torch.zeros_like(t) for t in tensors] if self._adam else []
        self._steps = [torch.zeros(()) for _ in tensors]

    @property
    def _adam(self) -> bool:
        return self._kind != "sgd"

    def step(self, gradients: Sequence[Tensor], numbers: Numbers) -> None:
        """Make a step."""
        if isinstance(numbers.lr, float) and self._device.type == "cpu":
            # The fused kernels take memory as it lies; autograd may hand over transposed views.
            self._step_fused([g.contiguous() for g in gradients], numbers.lr)
            return
        for i, (p, g) in enumerate(zip(self._tensors, gradients, strict=True)):
            rate, decay = _column(numbers.lr, p), _column(self._weight_decay, p)
            if self._kind == "adamw":
                p.mul_(1 - rate * decay)
            elif self._decays:
                g = g + decay * p
            if self._adam:
                p.sub_(rate * self._adam_direction(i, g, numbers))
            else:
                p.sub_(rate * self._sgd_direction(i, g))

    def _sgd_direction(self, i: int, g: Tensor) -> Tensor:
        if not self._moves:
            return g
        momentum = _column(self._momentum, g)
        velocity = self._first[i].mul_(momentum).add_(g)
        return g + momentum * velocity if self._nesterov else velocity

    def _adam_direction(self, i: int, g: Tensor, numbers: Numbers) -> Tensor:
        b1, b2 = BETAS
        first = self._first[i].lerp_(g, 1 - b1) / _column(numbers.first, g)
        second = self._second[i].mul_(b2).addcmul_(g, g, value=1 - b2)
        return first / ((second / _column(numbers.second, g)).sqrt_() + EPSILON)

    def _step_fused(self, gradients: list[Tensor], lr: float) -> None:
        from torch.optim.adam import adam
        from torch.optim.adamw import adamw
        from torch.optim.sgd import sgd

        if not self._tensors:
            return
        decay = float(self._weight_decay)
        if self._adam:
            kernel = adamw if self._kind == "adamw" else adam
            kernel(
                self._tensors, gradients, self._first, self._second, [], self._steps,
                fused=True, amsgrad=False, beta1=BETAS[0], beta2=BETAS[1], lr=lr,
                weight_decay=decay, eps=EPSILON, maximize=False,
            )  # fmt: skip
        else:
            velocity: list[Tensor | None] = [*self._first] or [None] * len(gradients)
            sgd(
                self._tensors, gradients, velocity, fused=True, weight_decay=decay, lr=lr,
                momentum=float(self._momentum), dampening=0.0, nesterov=self._nesterov,
                maximize=False,
            )  # fmt: skip


class Average:
    """Exponential moving average of tensors over the steps.

    After step t it is Σᵢ dᵗ⁻ⁱ wᵢ / Σᵢ dᵗ⁻ⁱ over the steps i = 1 ... t: free of the initial
    weights, as Adam's averages are (Kingma & Ba 2015, section 3).

    Args:
        tensors: what is averaged, each ``(models, ...)``.
        averages: where the averages are kept, in the same shapes.
    """

    def __init__(self, tensors: Sequence[Tensor], averages: Sequence[Tensor]):
        self._pairs = list(zip(averages, tensors, strict=True))

    def update(self, weight: PerModel) -> None:
        """Take in the tensors as they are; their weight after step t is (1 − d) / (1 − dᵗ)."""
        for average, tensor in self._pairs:
            average.lerp_(tensor, _column(weight, tensor))


class Updates:
    """What a step does to a part of a network: the optimiser's update and, where weights are
    averaged, that of their averages.

    Args:
        part: which parameters.
        named: all parameters.
        kept: their averages, if there are any.
        recipes: one per model.
        far: of every layer that has them, 1 for weights between far places, else 0
            ``(outputs, inputs)``; what `fclab.engines.locality` finds.
    """

    def __init__(
        self,
        part: ParameterGroup,
        named: Mapping[str, Tensor],
        kept: Mapping[str, Tensor],
        recipes: Sequence[Recipe],
        far: Mapping[int, Tensor],
    ):
        self._part, self._average = part, None
        self._optimizer = Optimizer(part.tensors(named), recipes)
        self._far = [
            (named[f"fc{i}.weight"][:, block], far[i][block])
            for i, block in part.pieces
            if i in far and recipes[0].locality
        ]
        self._locality = recipes[0].locality
        if recipes[0].ema:
            self._average = Average(
                part.tensors(named) + part.statistics(named),
                part.tensors(kept) + part.statistics(kept),
            )

    def step(self, found: Gradients, numbers: Numbers) -> None:
        """Make a step."""
        self._optimizer.step(self._part.gradients(found), numbers)
        for weight, far in self._far:
            _pull(weight, far, self._locality * numbers.lr)
        if self._average:
            self._average.update(numbers.average)


def _pull(weight: Tensor, far: Tensor, share: PerModel) -> None:
    """Take a share, at most all, off the weights between far places."""
    if isinstance(share, Tensor):
        weight.mul_(1 - _column(share.clamp(max=1), weight) * far)
    else:
        weight.addcmul_(weight, far, value=-min(share, 1.0))


def _column(value: PerModel, like: Tensor) -> PerModel:
    """Shaped so that every model's number meets that model's part of a tensor."""
    return value.view(-1, *[1] * (like.dim() - 1)) if isinstance(value, Tensor) else value
