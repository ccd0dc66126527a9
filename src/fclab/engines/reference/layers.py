"""Layers as plain pairs of tensors (W, b), and what the pages begin and end with."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from fclab.engines.job import Job, initial_weights

Layer = tuple[Tensor, Tensor]


def examples(job: Job) -> tuple[Tensor, Tensor]:
    """The training inputs ``(n, D)`` and their targets ``(n, 1)``."""
    data = job.dataset
    return torch.tensor(data.inputs["train"]), torch.tensor(data.train.y).reshape(-1, 1)


def first_layers(job: Job) -> list[Layer]:
    """A fresh network, W ``(outputs, inputs)`` and b ``(outputs,)`` of every layer."""
    weights = initial_weights(job.recipe, job.dataset.info.n_inputs, job.seed)
    return [
        (torch.tensor(weights[f"fc{i}.weight"]), torch.tensor(weights[f"fc{i}.bias"]))
        for i in range(1, len(job.recipe.layers) + 1)
    ]


def named(layers: Sequence[Layer]) -> dict[str, np.ndarray]:
    """Copies of the weights by their names: ``fc1.weight``, ``fc1.bias``, ..."""
    arrays = {}
    for i, (weight, bias) in enumerate(layers, start=1):
        arrays[f"fc{i}.weight"] = weight.detach().numpy().copy()
        arrays[f"fc{i}.bias"] = bias.detach().numpy().copy()
    return arrays
