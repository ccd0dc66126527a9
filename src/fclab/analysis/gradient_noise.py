"""How much the gradient of a batch differs from that of all examples: the noise between steps.

For examples i = 1 … n with gradients gᵢ of the loss by all weights, ḡ their mean: a batch of B
drawn without replacement has a gradient that differs from ḡ by √(tr Σ / B · (n − B)/(n − 1)) in
root mean square, where tr Σ = mean |gᵢ|² − |ḡ|² (McCandlish et al. 2018, "An Empirical Model of
Large-Batch Training", section 2, with the correction for a finite set).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np
from scipy.special import expit, log_softmax, ndtr

from fclab.statistics import SeedMean, mean_over_seeds
from fclab.values.dataset import Dataset
from fclab.values.model import activate
from fclab.values.recipe import Recipe
from fclab.values.run import Run


@dataclass(frozen=True)
class GradientNoise:
    """The gradient of the mean loss at the weights of some runs.

    Attributes:
        gradient: length of ḡ, the gradient of all training examples; over the runs.
        of_one: √tr Σ, how far the gradient of one example is from it in root mean square.
        n: training examples.
    """

    gradient: SeedMean
    of_one: SeedMean
    n: int

    def of_batch(self, batch: int) -> float:
        """How far the gradient of a batch is from that of all examples, in root mean square: 0 of
        a batch of all."""
        rest = max(self.n - batch, 0) / max(self.n - 1, 1)
        return self.of_one.mean * (rest / batch) ** 0.5


def gradient_noise(runs: Sequence[Run], dataset: Dataset | None) -> GradientNoise | None:
    """The noise at the final weights of runs of one recipe.

    None without the images, where the loss is not the plain one of the lab's network
    (normalisation, dropout, augmentation, softened targets, ...), and of runs whose weights were
    neither kept nor measured (`fclab.analysis.measures`).

    Args:
        runs: healthy ones, on this dataset.
        dataset: their training examples are used.
    """
    if dataset is None or not runs or runs[0].dataset.fingerprint != dataset.fingerprint:
        return None
    recipe = runs[0].recipe
    if not measurable(recipe) or not all(_known(run) or run.weights for run in runs):
        return None
    x, y = dataset.inputs["train"], dataset.train.y
    for run in runs:
        if not _known(run):
            _KNOWN[run] = lengths(run, x, y)
    found = np.array([_known(run) for run in runs])
    return GradientNoise(mean_over_seeds(found[:, 0]), mean_over_seeds(found[:, 1]), len(y))


LENGTHS = ("gradient", "gradient_of_one")
"""The names among `Run.measures` of what `lengths` gives."""


def measurable(recipe: Recipe) -> bool:
    """Whether its loss is the plain one of the lab's network."""
    return recipe.loss == "cross_entropy" and not recipe.extras


def _known(run: Run) -> tuple[float, ...] | None:
    if LENGTHS[0] in run.measures:
        return tuple(run.measures[name] for name in LENGTHS)
    return _KNOWN.get(run)


_KNOWN: WeakKeyDictionary[Run, tuple[float, float]] = WeakKeyDictionary()
"""Several figures and an answer ask of the same runs; a run tells its dataset."""


def lengths(run: Run, x: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    """|ḡ| and √tr Σ of the cross-entropy, in float64 sums.

    The gradient of one example by a weight matrix is the outer product of its δ and its input a, so
    its squared length is |δ|²|a|², and no example's gradient is ever written down.
    """
    recipe = run.recipe
    layers = [(run.weights[f"fc{i}.weight"], run.weights[f"fc{i}.bias"])
              for i in range(1, len(recipe.layers) + 1)]  # fmt: skip
    inputs, zs = [x], []
    for weight, bias in layers:
        zs.append(inputs[-1] @ weight.T + bias)
        inputs.append(activate(recipe.activation, zs[-1]))
    delta = np.exp(log_softmax(zs[-1], axis=1))
    delta[np.arange(len(y)), y] -= 1
    squares, of_mean = np.zeros(len(y)), 0.0
    for i in reversed(range(len(layers))):
        a = inputs[i]
        squares += np.einsum("ij,ij->i", delta, delta) * (np.einsum("ij,ij->i", a, a) + 1)
        of_mean += float(((delta.T @ a / len(y)) ** 2).sum() + (delta.mean(axis=0) ** 2).sum())
        if i:
            delta = (delta @ layers[i][0]) * _slope(recipe, zs[i - 1], inputs[i])
    return of_mean**0.5, max(float(squares.mean()) - of_mean, 0.0) ** 0.5


def _slope(recipe: Recipe, z: np.ndarray, a: np.ndarray) -> np.ndarray:
    """The derivative of the activation at z, where its value is a."""
    match recipe.activation:
        case "relu":
            return z > 0
        case "sigmoid":
            return expit(z) * expit(-z)
        case "tanh":
            return 1 - a**2
        case "gelu":
            return ndtr(z) + z * np.exp(-(z**2) / 2) / (2 * np.pi) ** 0.5
