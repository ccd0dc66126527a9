"""Model: what is needed to use a trained network, and its forward pass in NumPy.

Preprocessing, layout, class names and recipe travel with the weights, so a model answers for raw
inputs (images as they come from a file) and does not need the engine that trained it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import erf, expit, log_softmax, softmax

from fclab.values import arrays
from fclab.values.dataset import DatasetInfo
from fclab.values.errors import ArgumentError, FclabError, UsageError
from fclab.values.metrics import predicted
from fclab.values.recipe import Activation, Recipe, format_layers

if TYPE_CHECKING:
    from torch import nn

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

    def predict(self, X: Any) -> np.ndarray:
        """The class of every input, as the dataset calls it (see `DatasetInfo.classes`), or the
        number of a regression, float32; ``(n,)``.

        Args:
            X: raw inputs as in the dataset, ``(n, *input_shape)``; images are uint8.

        Raises:
            ArgumentError: they are of another shape or kind, or hold NaN.
            FclabError: the weights were not kept, or training diverged.
        """
        outputs = self._checked_outputs(X)
        if self.dataset.task == "regression":
            return outputs[:, 0]
        return self.dataset.classes[predicted(self.dataset.task, outputs)]

    def predict_proba(self, X: Any) -> np.ndarray:
        """The probability of every class, ``(n, classes)``, in the order of
        `DatasetInfo.classes`; of a binary network too there are two columns.

        Raises:
            UsageError: a regression has no probabilities. Else as `predict`.
        """
        if self.dataset.task == "regression":
            raise UsageError("a regression has no probabilities")
        outputs = self._checked_outputs(X)
        if self.dataset.task == "binary":
            return np.hstack([expit(-outputs), expit(outputs)])
        return softmax(outputs, axis=1)

    def score(self, X: Any, y: Any) -> float:
        """Accuracy, 0 to 1; of a regression the coefficient of determination, R².

        Args:
            X: as for `predict`.
            y: what `predict` should have answered, as `Dataset.targets` gives it; where classes
                are called by text also their indices 0, 1, ...

        Raises:
            ArgumentError: a label is none of the dataset's, or as `predict`.
        """
        outputs = self._checked_outputs(X)
        given = arrays.targets_of(y, "y", len(outputs))
        if self.dataset.task == "regression":
            from sklearn.metrics import r2_score

            return float(r2_score(arrays.numbers_of(given, "y"), outputs[:, 0]))
        classes = self.dataset.classes
        if given.dtype.kind not in "UT" and classes.dtype.kind == "U":
            classes = np.arange(len(classes))
        wanted = arrays.indices_of(given, classes.tolist(), "y")
        return float((predicted(self.dataset.task, outputs) == wanted).mean())

    def to_torch(self) -> "nn.Sequential":
        """The network as a plain ``torch.nn.Sequential`` in evaluation mode, with copies of the
        weights; it needs nothing of fclab, and can be saved, trained on or exported.

        Its first module normalises: it takes raw inputs as float32 ``(n, *input_shape)`` (images
        with 0..255, channels last). It answers as `outputs`, with logits.

        Raises:
            UsageError: the recipe averages over several views of an image (``tta``).
            FclabError: the weights were not kept.
        """
        from fclab.values.torch_model import to_torch

        self.check_weights()
        return to_torch(self.dataset, self.recipe, self.weights)

    def check_weights(self) -> None:
        """Whether the weights are there: of most runs a store keeps them for seed 0 only.

        Raises:
            FclabError: they are not.
        """
        if not self.weights:
            raise FclabError(
                "the weights of {layers} are kept for seed 0 only: "
                "fclab.train_again([run], dataset) trains it again from its seed, or take seed 0",
                layers=format_layers(self.recipe.layers),
            )

    def _checked_outputs(self, X: Any) -> np.ndarray:
        self.check_weights()
        x, shape = arrays.inputs_of(X, "X"), self.dataset.input_shape
        if x.shape[1:] != shape:
            raise ArgumentError(
                "this model takes inputs of {shape}, and X has {given}",
                shape=shape,
                given=x.shape[1:],
            )
        with np.errstate(over="ignore", invalid="ignore"):  # what is not finite is an error below
            outputs = self.outputs(x)
        if not np.isfinite(outputs).all():
            raise FclabError("this network diverged in training: train it with a lower lr")
        return outputs

    @property
    def first_layer_images(self) -> np.ndarray:
        """Weights of the first layer in the shape of the input, ``(neurons, *input_shape)``, height
        and width divided by the recipe's ``pool``."""
        height, width, channels = self.dataset.input_shape
        side = self.recipe.pool
        return self.weights["fc1.weight"].reshape(-1, height // side, width // side, channels)


def percentile_scaled(weights: np.ndarray) -> np.ndarray:
    """Weights as pixels 0..1 (lab, part 3, "Визуализация весов"): each image and channel less
    its 1st percentile, then divided by its 99th, then clipped.

    A channel that this leaves without a scale (all equal, or not finite) becomes grey.

    Args:
        weights: ``(neurons, height, width, channels)``.
    """
    with np.errstate(all="ignore"):
        shifted = weights - np.percentile(weights, 1, axis=(1, 2), keepdims=True)
        scaled = shifted / np.percentile(shifted, 99, axis=(1, 2), keepdims=True)
    return np.clip(np.where(np.isfinite(scaled), scaled, 0.5), 0, 1)


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
