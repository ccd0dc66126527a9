"""Loss and accuracy of all models of a stack, computed on their device: what goes to the CPU is two
numbers for each model, not its outputs."""

import torch
from torch import Tensor

from fclab.engines.torch.network import losses
from fclab.values.dataset import Task
from fclab.values.recipe import Loss


def measured(loss: Loss, task: Task, outputs: Tensor, wanted: Tensor) -> Tensor:
    """Mean loss and share of right answers, float64 ``(models, 2)``, as `fclab.values.metrics` has
    them to rounding; of a regression, whose answers are not right or wrong, the share is NaN.

    Args:
        outputs: ``(models, n, outputs)``.
        wanted: see `fclab.engines.torch.resident.Resident`.
    """
    z, y = outputs.double(), wanted.double().expand(len(outputs), -1, -1)
    if loss == "cross_entropy":  # not a sum over all classes: 0 · ∞ is no number
        right = y.argmax(-1, keepdim=True)
        each = -torch.log_softmax(z, -1).gather(-1, right).squeeze(-1)
    else:
        each = losses(loss, z, y)
    if task == "multiclass":
        hits = (z.argmax(-1) == y.argmax(-1)).double().mean(1)
    elif task == "binary":
        hits = ((z > 0) == (y > 0)).squeeze(-1).double().mean(1)
    else:
        hits = torch.full_like(each[:, 0], torch.nan)
    return torch.stack([each.mean(1), hits], dim=1)
