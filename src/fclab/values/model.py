"""Model: what is needed to use a trained network, and its forward pass in NumPy.

Preprocessing, layout, class names and recipe travel with the weights, so a model answers for raw
inputs (images as they come from a file) and does not need the engine that trained it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from scipy.special import erf, expit, log_softmax, softmax

from fclab.values.dataset import DatasetInfo
from fclab.values.recipe import Activation, Recipe

Weights = Mapping[str, np.ndarray]
"""``fc1.weight`` (outputs, inputs), ``fc1.bias`` (outputs,), ``fc2.weight``, ...; with
normalisation layers also ``norm1.weight``, ``norm1.bias`` and, of batch norm, ``norm1.mean``,
``norm1.var``. All float32."""

NORM_EPSILON = 1e-5  # that of torch.nn.BatchNorm1d and LayerNorm
CONTRAST_EPSILON = 1e-2  # added to the variance: a flat image is not blown up into noise
VIEW_SHIFT = 1
"""Pixels by which the views of test-time shifts are moved."""


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
        """Outputs of the last layer (logits or fitted values), or the mean log-probabilities of
        several views where the recipe asks for them; float32 ``(n, outputs)``.

        Args:
            x: raw inputs as in the dataset: ``(n, *input_shape)``.
        """
        inputs = network_inputs(self.recipe, self.dataset.preprocessing(x))
        return answers(self.recipe, self.weights, inputs, self.dataset.input_shape)

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
        """Weights of the first layer in the shape of the input, ``(neurons, *input_shape)``, height
        and width divided by the recipe's ``pool``."""
        height, width, channels = self.dataset.input_shape
        side = self.recipe.pool
        return self.weights["fc1.weight"].reshape(-1, height // side, width // side, channels)


def network_inputs(recipe: Recipe, inputs: np.ndarray) -> np.ndarray:
    """What the network sees, but for `pooled`: preprocessed inputs, with ``contrast`` each brought
    to mean 0 and standard deviation 1 over all its numbers; float32 ``(n, D)``.

    Global contrast normalisation (Coates, Lee, Ng 2011): brightness and contrast of a picture say
    little about what is on it. No number is estimated from other images, so nothing leaks.
    """
    if not recipe.contrast:
        return inputs
    centred = inputs - inputs.mean(axis=1, keepdims=True)
    variance = (centred**2).mean(axis=1, keepdims=True)
    return centred / np.sqrt(variance + np.float32(CONTRAST_EPSILON))


def pooled(recipe: Recipe, inputs: np.ndarray, input_shape: tuple[int, ...]) -> np.ndarray:
    """What the first layer sees: network inputs, with ``pool`` the means over squares of pixels.

    An image of half the resolution has a quarter of the weights to learn, and what tells the
    classes apart is larger than a pixel.

    Args:
        inputs: network inputs ``(n, height · width · channels)``.
        input_shape: height, width, channels.
    """
    if recipe.pool == 1:
        return inputs
    means = square_means(inputs.reshape(-1, *input_shape), recipe.pool, recipe.pool)
    return means.reshape(len(inputs), -1)


def square_means(images: np.ndarray, side: int, step: int) -> np.ndarray:
    """Means over squares of pixels that lie whole in the images.

    Args:
        images: ``(n, height, width, channels)``.
        side: of the squares, in pixels.
        step: how far apart they begin, down and to the right.
    """
    rows, columns = (length - side + 1 for length in images.shape[1:3])
    corners = [(i, j) for i in range(side) for j in range(side)]
    parts = [images[:, i : i + rows : step, j : j + columns : step] for i, j in corners]
    return sum(parts[1:], parts[0]) / np.float32(side**2)


def views(recipe: Recipe, inputs: np.ndarray, input_shape: tuple[int, ...]) -> Iterator[np.ndarray]:
    """What the first layer sees of the images, and of those versions of them that are answered
    too, each ``(n, D)``; ``recipe.tta`` says which:

    - ``none``: nothing else;
    - ``flip``: their mirror images;
    - ``shift``: both, and both moved by `VIEW_SHIFT` pixels up, down, left and right, edges
      reflected: ten views.

    Args:
        recipe: with ``tta`` and ``pool``.
        inputs: network inputs ``(n, height · width · channels)``.
        input_shape: height, width, channels.
    """
    if recipe.tta == "none":
        yield pooled(recipe, inputs, input_shape)
        return
    (height, width, _), pool = input_shape, recipe.pool
    s = VIEW_SHIFT if recipe.tta == "shift" else 0
    border = ((0, 0), (s, s), (s, s), (0, 0))
    means = square_means(np.pad(inputs.reshape(-1, *input_shape), border, mode="reflect"), pool, 1)
    for down, right in [(s, s), (0, s), (2 * s, s), (s, 0), (s, 2 * s)][: 5 if s else 1]:
        view = means[:, down : down + height : pool, right : right + width : pool]
        yield view.reshape(len(inputs), -1)
        yield view[:, :, ::-1].reshape(len(inputs), -1)


def answers(
    recipe: Recipe, weights: Weights, inputs: np.ndarray, input_shape: tuple[int, ...]
) -> np.ndarray:
    """Final outputs for network inputs ``(n, D)``: those of the last layer, or with test-time
    views their mean log-probabilities; float32 ``(n, outputs)``."""
    seen = [forward(recipe, weights, view) for view in views(recipe, inputs, input_shape)]
    if recipe.tta == "none":
        return seen[0].astype(np.float32)
    log_p = [log_softmax(outputs, axis=1) for outputs in seen]
    return np.stack(log_p).mean(axis=0, dtype=np.float64).astype(np.float32)


def forward(recipe: Recipe, weights: Weights, inputs: np.ndarray) -> np.ndarray:
    """Outputs of the last layer for what the first layer sees ``(n, D)``, as in evaluation mode."""
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
