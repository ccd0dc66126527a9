"""What a classifier of points in the plane came to: the shape of its boundary, and how far from a
straight line it, its hidden layer and its data are. Numbers out of a run; no words.
"""

from dataclasses import dataclass
from typing import Literal

import contourpy
import numpy as np
from scipy.optimize import minimize
from scipy.spatial import KDTree
from scipy.special import expit

from fclab.engines.job import initial_weights
from fclab.values.dataset import Dataset, Split
from fclab.values.model import Model, Weights, activate
from fclab.values.recipe import Recipe
from fclab.values.run import Run

Kind = Literal["constant", "line", "open", "closed"]

SEPARATED = 0.99
"""A cloud is separated where at least this share of the fresh points is answered right."""
STRAIGHT = 0.02
"""A boundary is a line where no point of it is further from one than this share of the side."""
_GRID = 201  # points on a side of the square


def separated(run: Run) -> bool:
    """Whether a run answers at least `SEPARATED` of the fresh points right; a diverged one does
    not."""
    return run.diverged_at is None and run.metrics["test_accuracy"] >= SEPARATED


@dataclass(frozen=True)
class Surface:
    """The answers of a network over the square of its training points, widened by a tenth.

    Attributes:
        kind: of the boundary between the two answers: "constant" (there is none), "line" (one
            curve, straight within `STRAIGHT`), "closed" (at least one closed curve), "open" (else).
        curves: how many curves it has.
        ones: share of the square that is answered 1.
        low, high: least and greatest probability of class 1 over the training points.
    """

    kind: Kind
    curves: int
    ones: float
    low: float
    high: float


def surface(model: Model, x: np.ndarray) -> Surface:
    """The surface of a binary network.

    Args:
        model: of points in the plane, with finite answers.
        x: the training points ``(n, 2)``.
    """
    least, width = float(x.min()), float(np.ptp(x)) or 1.0
    side = np.linspace(least - 0.1 * width, least + 1.1 * width, _GRID)
    x1, x2 = np.meshgrid(side, side)
    z = model.outputs(np.stack([x1.ravel(), x2.ravel()], axis=1)).reshape(x1.shape)
    lines = contourpy.contour_generator(side, side, z, line_type="Separate").lines(0.0)
    curves = [np.asarray(line) for line in lines if len(line) > 1]
    probabilities = model.probabilities(x)
    return Surface(
        kind=_kind(curves, 1.2 * width),
        curves=len(curves),
        ones=float((z > 0).mean()),
        low=float(probabilities.min()),
        high=float(probabilities.max()),
    )


def _kind(curves: list[np.ndarray], side: float) -> Kind:
    """Of the boundary, from its curves ``(points, 2)``."""
    if not curves:
        return "constant"
    if any(np.array_equal(curve[0], curve[-1]) for curve in curves):
        return "closed"
    if len(curves) == 1 and _bend(curves[0]) <= STRAIGHT * side:
        return "line"
    return "open"


def _bend(curve: np.ndarray) -> float:
    """The greatest distance of a curve's points from their line of total least squares."""
    centred = curve - curve.mean(axis=0)
    normal = np.linalg.svd(centred, full_matrices=False)[2][-1]
    return float(np.abs(centred @ normal).max())


@dataclass(frozen=True)
class StraightLine:
    """The best straight line: logistic regression on the training points.

    Attributes:
        loss: its mean log loss there, nats.
        accuracy: its share of right answers on the fresh sample.
    """

    loss: float
    accuracy: float


def best_line(dataset: Dataset) -> StraightLine:
    """What a network without a hidden layer could come to at best on these points."""
    x, y = _with_ones(dataset.train), dataset.train.y

    def loss(w: np.ndarray) -> tuple[float, np.ndarray]:
        z = x @ w
        return float((np.logaddexp(0, z) - y * z).mean()), x.T @ (expit(z) - y) / len(y)

    found = minimize(loss, np.zeros(x.shape[1]), jac=True, method="BFGS")
    right = (_with_ones(dataset.test) @ found.x > 0) == (dataset.test.y == 1)
    return StraightLine(float(found.fun), float(right.mean()))


def _with_ones(split: Split) -> np.ndarray:
    return np.column_stack([split.x.astype(np.float64), np.ones(len(split))])


@dataclass(frozen=True)
class Hidden:
    """The first hidden layer over the training points.

    Attributes:
        reach: the greatest absolute value at which an activation was computed.
        linear: which share of the variance of all activations a linear function of the
            coordinates explains (R²), 0 to 1; 1 where nothing varies.
    """

    reach: float
    linear: float


def hidden(recipe: Recipe, weights: Weights, x: np.ndarray) -> Hidden:
    """The first hidden layer of a network without normalisation.

    Args:
        recipe: with at least one hidden layer.
        weights: before, in or after training.
        x: network inputs ``(n, 2)``.
    """
    z = x.astype(np.float64) @ weights["fc1.weight"].T + weights["fc1.bias"]
    return Hidden(float(np.abs(z).max()), linearity(activate(recipe.activation, z), x))


def linearity(values: np.ndarray, x: np.ndarray) -> float:
    """R² of values ``(n, k)`` on a linear function of the coordinates ``(n, 2)``, all columns
    together."""
    values = values.astype(np.float64)
    inputs = np.column_stack([x.astype(np.float64), np.ones(len(x))])
    rest = values - inputs @ np.linalg.lstsq(inputs, values, rcond=None)[0]
    varies = float(((values - values.mean(axis=0)) ** 2).sum())
    return 1 - float((rest**2).sum()) / varies if varies else 1.0


@dataclass(frozen=True)
class Symmetry:
    """How a network and its cloud behave when a point x is mirrored to −x.

    Attributes:
        opposite: share of the training points that the network answers otherwise than −x.
        same: share of the training points whose class is that of the point next to −x.
    """

    opposite: float
    same: float


def symmetry(run: Run, dataset: Dataset) -> Symmetry:
    """The symmetry about the origin. A network whose biases are zero and whose activation is odd
    about zero but for a constant (sigmoid, tanh) is odd itself, as before training."""
    x, y = dataset.train.x, dataset.train.y
    opposite = (run.model.outputs(x) > 0) != (run.model.outputs(-x) > 0)
    _, nearest = KDTree(x).query(-x)
    return Symmetry(float(opposite.mean()), float((y[nearest] == y).mean()))


@dataclass(frozen=True, eq=False)
class Diagnosis:
    """All that explains how a network of part 2 ended; see the functions above.

    Attributes:
        surface: the boundary at the end.
        line: the best straight line on the same points.
        start, end: the first hidden layer before and after training; None without one.
        linear: R² of the output on a linear function of the coordinates, at the end.
        symmetry: of network and cloud about the origin, at the end.
    """

    surface: Surface
    line: StraightLine
    start: Hidden | None
    end: Hidden | None
    linear: float
    symmetry: Symmetry


def diagnosis(run: Run, dataset: Dataset) -> Diagnosis:
    """Why a healthy run ended as it did, as far as its own weights and points tell."""
    x = dataset.train.x
    start = initial_weights(run.recipe, dataset.info.n_inputs, run.seed)
    layered = len(run.recipe.layers) > 1 and run.recipe.norm == "none"
    return Diagnosis(
        surface=surface(run.model, x),
        line=best_line(dataset),
        start=hidden(run.recipe, start, x) if layered else None,
        end=hidden(run.recipe, run.weights, x) if layered else None,
        linear=linearity(run.outputs["train"], x),
        symmetry=symmetry(run, dataset),
    )
