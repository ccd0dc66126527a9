"""The gradients of a training against central differences, at the weights that it has come to."""

from dataclasses import dataclass

import numpy as np

from fclab.engines.gradients import full_gradient
from fclab.values.dataset import Dataset
from fclab.values.metrics import losses
from fclab.values.model import Weights, forward
from fclab.values.recipe import Recipe
from fclab.values.rng import stream

STEP = 1e-7
"""h of (L(w + h) − L(w − h)) / 2h, in float64."""


@dataclass(frozen=True, eq=False)
class Checked:
    """One parameter array's gradient, at the entries that were looked at.

    Attributes:
        name: of the array, as in a model.
        size: entries of the array.
        where: places in the flat array, ``(k,)``.
        by_formula: as the engine computes it, float32 ``(k,)``.
        by_differences: float64 ``(k,)``.
        smooth: whether there is a derivative, ``(k,)``: of ReLU there is none where the step
            carries the bend of a neuron over an example.
    """

    name: str
    size: int
    where: np.ndarray
    by_formula: np.ndarray
    by_differences: np.ndarray
    smooth: np.ndarray

    @property
    def difference(self) -> float:
        """‖a − b‖ / (‖a‖ + ‖b‖) over the entries where there is a derivative."""
        a, b = self.by_formula[self.smooth].astype(float), self.by_differences[self.smooth]
        scale = float(np.linalg.norm(a) + np.linalg.norm(b))
        return float(np.linalg.norm(a - b)) / scale if scale else 0.0


def check_at(
    dataset: Dataset, recipe: Recipe, weights: Weights, *, entries: int = 64, seed: int = 0
) -> list[Checked]:
    """Compare the gradients of a network of dense layers, array by array.

    Args:
        dataset: a regression or a binary task; its training part counts.
        recipe: trained on all examples at once.
        weights: where; finite.
        entries: of larger arrays, so many entries are looked at.
        seed: which of them (stream "gradient check").

    Raises:
        UsageError: the recipe does not fit the dataset.
    """
    by_formula = full_gradient(dataset, recipe, weights)
    x, group = np.unique(dataset.inputs["train"], axis=0, return_inverse=True)
    x, group = x.astype(np.float64), group.reshape(-1)
    y = dataset.train.y.astype(np.float64)
    held = {name: array.astype(np.float64) for name, array in weights.items()}
    total = np.sum if recipe.reduction == "sum" else np.mean
    rng = stream(seed, "gradient check")

    def loss() -> tuple[float, np.ndarray]:
        """And which neurons are on, of every example."""
        outputs = forward(recipe, held, x)[group]
        return float(total(losses(recipe.loss, outputs, y))), _on(recipe, held, x)

    found = []
    for name, array in held.items():
        flat = array.reshape(-1)
        where = np.sort(rng.permutation(len(flat))[:entries])
        numbers, smooth = np.empty(len(where)), np.empty(len(where), bool)
        for k, i in enumerate(where):
            kept = flat[i]
            flat[i] = kept + STEP
            above, on = loss()
            flat[i] = kept - STEP
            below, still_on = loss()
            flat[i] = kept
            numbers[k] = (above - below) / (2 * STEP)
            smooth[k] = np.array_equal(on, still_on)
        found.append(
            Checked(name, len(flat), where, by_formula[name].ravel()[where], numbers, smooth)
        )
    return found


def _on(recipe: Recipe, weights: Weights, x: np.ndarray) -> np.ndarray:
    """Which hidden neurons are on, of every example; nothing is asked of a smooth activation."""
    on = [np.empty(0, bool)]
    if recipe.activation == "relu":
        for i in range(1, len(recipe.layers)):
            z = x @ weights[f"fc{i}.weight"].T + weights[f"fc{i}.bias"]
            on.append((z > 0).ravel())
            x = np.maximum(z, 0)
    return np.concatenate(on)
