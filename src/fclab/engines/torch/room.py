"""How many networks are trained side by side, by the kind of device and its memory."""

from typing import Final

import torch

from fclab.engines.torch.network import ROWS
from fclab.values.dataset import Dataset
from fclab.values.recipe import Recipe

BUSY: Final = 2**31
"""Multiplications of a step that keep a CUDA device busy for about as long as launching it takes:
with more of them a stack that is filled up with copies would make a lone run wait. Estimated, not
measured."""
MOST: Final = 4096
SHARE: Final = 0.5
"""Of a device's memory that a stack may take: the images lie there too."""


def models_at_once(device: torch.device, dataset: Dataset, recipe: Recipe) -> int:
    """Models of a stack. On a CPU one; on a CUDA device what `fitting` says for all the memory that
    it has, not for what is free of it: it must not depend on what else is computed there."""
    if device.type != "cuda":
        return 1
    return fitting(torch.cuda.get_device_properties(device).total_memory, dataset, recipe)


def fitting(memory: int, dataset: Dataset, recipe: Recipe) -> int:
    """The greatest power of two, at most `MOST`, of models that fit into a device of so many bytes
    and that keep it busy; at least 1. It follows from the shape of the work alone."""
    connections = recipe.connections(dataset.info.n_inputs)
    step = 2 * connections * recipe.batch(len(dataset.train))  # forward, and the gradients
    most = min(int(SHARE * memory) // bytes_of_model(dataset, recipe), BUSY // step, MOST)
    return 1 << max(most, 1).bit_length() - 1


def bytes_of_model(dataset: Dataset, recipe: Recipe) -> int:
    """The memory that each model of a stack adds, estimated from above: weights, gradients, the
    state of the optimiser and averages; what was drawn for an epoch; a batch with all that becomes
    of it; the answers to all examples."""
    n, inputs = len(dataset.train), dataset.info.n_inputs
    states = {"adam": 2, "adamw": 2}.get(recipe.optimizer, int(recipe.momentum > 0))
    weights = recipe.parameters(inputs) * (4 + states + (recipe.ema > 0))  # two temporary copies
    drawn = 14 * n  # order, windows, turns, gains and offsets
    neurons, batch = sum(recipe.layers), recipe.batch(n)
    images = inputs * (4 if recipe.flip or recipe.shift or recipe.rotate or recipe.zoom else 1)
    steps = batch * (images + recipe.shapes(inputs)[0][1] * (3 if recipe.mixup else 1))
    steps += batch * neurons * 8
    answers = ROWS * neurons * 3
    answers += sum(len(split) for split in dataset.splits.values()) * recipe.layers[-1] * 9
    return 4 * (weights + drawn + steps + answers)
