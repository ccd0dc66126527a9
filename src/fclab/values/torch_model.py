"""A trained network as a plain `torch.nn.Sequential`, which needs nothing of fclab."""

import math
from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor, nn

from fclab.values.dataset import DatasetInfo
from fclab.values.errors import UsageError
from fclab.values.model import CONTRAST_EPSILON, NORM_EPSILON, Weights
from fclab.values.recipe import Recipe

_ACTIVATIONS = {"relu": nn.ReLU, "sigmoid": nn.Sigmoid, "tanh": nn.Tanh, "gelu": nn.GELU}


def to_torch(dataset: DatasetInfo, recipe: Recipe, weights: Weights) -> nn.Sequential:
    """See `fclab.values.model.Model.to_torch`."""
    if recipe.tta != "none":
        raise UsageError(
            'answers averaged over views of an image (tta="{tta}") are no nn.Sequential; '
            'with one view it can be had: Model(m.dataset, m.recipe.replace(tta="none"), '
            "m.weights)",
            tta=recipe.tta,
        )
    return nn.Sequential(_inputs(dataset, recipe), *_layers(recipe, weights)).eval()


def _inputs(dataset: DatasetInfo, recipe: Recipe) -> nn.Sequential:
    """Raw inputs to what the first layer sees: normalised, flattened, and as the recipe says each
    brought to one contrast and pooled."""
    made, n = dataset.preprocessing, dataset.n_inputs
    repeats = [math.prod(dataset.input_shape[:-1]), 1]
    mean, std = (np.resize(np.array(column), n // repeats[0]) for column in (made.mean, made.std))
    # Convolutions of one input each: what multiplies and adds elementwise in torch.nn. The mean
    # is subtracted first, or digits of what lies far from 0 would be lost.
    shift = nn.Conv1d(n, n, 1, groups=n)
    scale = nn.Conv1d(n, n, 1, groups=n, bias=False)
    assert shift.bias is not None
    _set(shift.weight, np.ones((n, 1, 1)))
    _set(shift.bias, np.tile(-mean * made.scale, repeats[0]))
    _set(scale.weight, np.tile(1 / (std * made.scale), repeats[0])[:, None, None])
    modules = [nn.Flatten(), nn.Unflatten(1, (n, 1)), shift, scale, nn.Flatten()]
    for module in modules:
        module.requires_grad_(False)
    if recipe.contrast:
        modules.append(nn.LayerNorm(n, eps=CONTRAST_EPSILON, elementwise_affine=False))
    if recipe.pool > 1:
        side = recipe.pool
        modules += [nn.Unflatten(1, (1, *dataset.input_shape)), nn.AvgPool3d((side, side, 1))]
        modules.append(nn.Flatten())
    return nn.Sequential(*modules)


def _layers(recipe: Recipe, weights: Weights) -> Iterator[nn.Module]:
    last = len(recipe.layers)
    for i in range(1, last + 1):
        n_out, n_in = weights[f"fc{i}.weight"].shape
        linear = nn.Linear(n_in, n_out)
        _set(linear.weight, weights[f"fc{i}.weight"])
        _set(linear.bias, weights[f"fc{i}.bias"])
        yield linear
        if i < last:
            if recipe.norm != "none":
                yield _norm(recipe, weights, i, n_out)
            yield _ACTIVATIONS[recipe.activation]()
            if recipe.dropout:
                yield nn.Dropout(recipe.dropout)


def _norm(recipe: Recipe, weights: Weights, i: int, width: int) -> nn.Module:
    if recipe.norm == "layer":
        norm = nn.LayerNorm(width, eps=NORM_EPSILON)
    else:
        norm = nn.BatchNorm1d(width, eps=NORM_EPSILON)
        assert norm.running_mean is not None
        assert norm.running_var is not None
        _set(norm.running_mean, weights[f"norm{i}.mean"])
        _set(norm.running_var, weights[f"norm{i}.var"])
    _set(norm.weight, weights[f"norm{i}.weight"])
    _set(norm.bias, weights[f"norm{i}.bias"])
    return norm


@torch.no_grad()
def _set(tensor: Tensor, values: np.ndarray) -> None:
    tensor.copy_(torch.tensor(values))
