"""Model: what is needed to use a trained network, and its forward pass in NumPy.

Preprocessing, layout, class names and recipe travel with the weights, so a model answers for raw
inputs (images as they come from a file) and does not need the engine that trained it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.special import erf, expit, softmax

from fclab.dataset import DatasetInfo
from fclab.recipe import Activation, Recipe

Weights = Mapping[str, np.ndarray]
"""``fc1.weight`` (outputs, inputs), ``fc1.bias`` (outputs,), ``fc2.weight``, ...; with
normalisation layers also ``norm1.weight``, ``norm1.bias`` and, of batch norm, ``norm1.mean``,
``norm1.var``. All float32."""

NORM_EPSILON = 1e-5  # that of torch.nn.BatchNorm1d and LayerNorm


def activate(name: Activation, z: np.ndarray) -> np.ndarray:
    """The nonlinearity, elementwise; GELU in its exact form, z · Φ(z)."""
    match name:
        case "relu":
            return np.maximum(z, 0)
        case "sigmoid":
            return expit(z)
        case "tanh":
            return np.tanh(z)
        case "gelu":
            return z * (1 + erf(z / np.float32(np.sqrt(2)))) / 2


@dataclass(frozen=True, eq=False)
class Model:
    """A trained network.

    Attributes:
        dataset: what it was trained on, with class names and preprocessing.
        recipe: its layers and how they were trained.
        weights: the named arrays, see `Weights`.
    """

    dataset: DatasetInfo
    recipe: Recipe
    weights: Weights

    def outputs(self, x: np.ndarray) -> np.ndarray:
        """Raw outputs of the last layer (logits or fitted values), float32 ``(n, outputs)``.

        Args:
            x: raw inputs as in the dataset: ``(n, *input_shape)``.
        """
        return forward(self.recipe, self.weights, self.dataset.preprocessing(x))

    def probabilities(self, x: np.ndarray) -> np.ndarray:
        """Softmax of the outputs ``(n, classes)``; of a binary network the one probability
        of class 1, ``(n, 1)``. A regression has none: its outputs are returned."""
        out = self.outputs(x)
        match self.dataset.task:
            case "multiclass":
                return softmax(out, axis=1)
            case "binary":
                return expit(out)
            case "regression":
                return out

    @property
    def first_layer_images(self) -> np.ndarray:
        """Weights of the first layer in the shape of the input, ``(neurons, *input_shape)``."""
        return self.weights["fc1.weight"].reshape(-1, *self.dataset.input_shape)


def forward(recipe: Recipe, weights: Weights, inputs: np.ndarray) -> np.ndarray:
    """Outputs of the last layer for preprocessed inputs ``(n, D)``, as in evaluation mode."""
    x = inputs
    last = len(recipe.layers)
    for i in range(1, last + 1):
        x = x @ weights[f"fc{i}.weight"].T + weights[f"fc{i}.bias"]
        if i < last:
            x = activate(recipe.activation, _normalise(recipe, weights, i, x))
    return x


def _normalise(recipe: Recipe, weights: Weights, i: int, z: np.ndarray) -> np.ndarray:
    if recipe.norm == "none":
        return z
    if recipe.norm == "batch":
        mean, var = weights[f"norm{i}.mean"], weights[f"norm{i}.var"]
    else:
        mean, var = z.mean(axis=1, keepdims=True), z.var(axis=1, keepdims=True)
    scaled = (z - mean) / np.sqrt(var + np.float32(NORM_EPSILON))
    return scaled * weights[f"norm{i}.weight"] + weights[f"norm{i}.bias"]
