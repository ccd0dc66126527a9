"""What is to be expected of three classes that nobody has trained.

Two classes are one of 4950 pairs, and the lab's network was trained on every one of them. How often
it mistakes the three pairs of a triple says nearly all about how often it mistakes the triple: a
ridge regression, fitted to triples that were trained, turns the one into the other.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cached_property
from itertools import combinations
from typing import Final

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from fclab.course.atlas.values import Classes, Difficulty, Estimate
from fclab.values.names import CLASS_NAMES

Pair = tuple[int, int]
PAIRS: Final[tuple[Pair, ...]] = tuple(combinations(range(len(CLASS_NAMES)), 2))
"""All pairs of classes, each ascending."""

_FOLDS: Final = 10
_ALPHAS: Final = tuple(10.0**power for power in range(-3, 5))
_COVERED: Final = 0.95


class HeldOut(BaseModel):
    """How far predictions were from triples that had no part in their fit (cross-validation by
    triple, over triples drawn at random from all of them).

    Attributes:
        triples: how many.
        mae, rmse: mean absolute and root mean square error, in points of accuracy.
        coverage: the share of them within an interval whose width the others gave.
        spread: standard deviation of the accuracies themselves, in points: the error of someone
            who always says their mean.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    triples: int
    mae: float
    rmse: float
    coverage: float
    spread: float


class Predictor(BaseModel):
    """Coefficients as numbers; JSON in and out.

    Attributes:
        pairs: accuracy of the lab's network on each of `PAIRS`, in percent of its test images.
        pair_seeds: networks for each of them.
        intercept, coefficients: of the ridge regression, see `features`.
        margin: of the 95 % interval, in points.
        held_out: how good it is.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    pairs: tuple[float, ...] = Field(min_length=len(PAIRS), max_length=len(PAIRS))
    pair_seeds: int
    intercept: float
    coefficients: tuple[float, ...]
    margin: float
    held_out: HeldOut

    @cached_property
    def errors(self) -> np.ndarray:
        """See `errors_of`."""
        return errors_of(self.pairs)

    def predict(self, classes: Classes) -> Difficulty:
        """What three classes, ascending, are to be expected to give."""
        mean = float(features(self.errors, [classes])[0] @ self.coefficients + self.intercept)
        mean = min(max(mean, 0.0), 100.0)
        low, high = max(mean - self.margin, 0.0), min(mean + self.margin, 100.0)
        return Difficulty(
            classes=classes,
            source="predicted",
            seeds=0,
            test=Estimate(mean=mean, low=low, high=high),
        )

    def confused(self, number: int) -> tuple[tuple[int, float], ...]:
        """The other classes, the one that is told apart from a class the worst in front, each with
        the accuracy of the pair in percent."""
        found = [
            (a + b - number, self.pairs[place])
            for place, (a, b) in enumerate(PAIRS)
            if number in (a, b)
        ]
        return tuple(sorted(found, key=lambda one: one[1]))


def errors_of(pairs: Sequence[float]) -> np.ndarray:
    """The errors of `PAIRS` in percent as a table ``(100, 100)``, the lesser class in front.

    Args:
        pairs: accuracies of `PAIRS` in percent.
    """
    errors = np.zeros((len(CLASS_NAMES), len(CLASS_NAMES)))
    errors[tuple(np.array(PAIRS).T)] = 100 - np.asarray(pairs)
    return errors


def features(errors: np.ndarray, triples: Iterable[Classes]) -> np.ndarray:
    """What the regression sees of triples: the errors of their three pairs in ascending order,
    their squares and products, and which classes they are; ``(triples, 109)``.

    Args:
        errors: see `errors_of`.
        triples: ascending classes.
    """
    numbers = np.array(list(triples)).reshape(-1, 3)
    a, b, c = numbers.T
    found = np.sort(np.stack([errors[a, b], errors[a, c], errors[b, c]], axis=1), axis=1)
    products = [found[:, i] * found[:, j] for i in range(3) for j in range(i, 3)]
    members = np.zeros((len(numbers), len(CLASS_NAMES)))
    np.put_along_axis(members, numbers, 1.0, axis=1)
    return np.column_stack([found, *products, members])


def fit(
    pairs: Mapping[Pair, float],
    trained: Sequence[Difficulty],
    drawn: Collection[Classes],
    pair_seeds: int,
) -> Predictor:
    """Fit the regression, and find out how good it is.

    Args:
        pairs: accuracy in percent of every one of `PAIRS`.
        trained: triples that were trained.
        drawn: those of them that were drawn at random, 40 or more: what is said of the error is
            about these.
        pair_seeds: networks for each pair.
    """
    from sklearn.model_selection import KFold

    accuracies = [pairs[pair] for pair in PAIRS]
    x = features(errors_of(accuracies), [one.classes for one in trained])
    y = np.array([one.test.mean for one in trained])
    held_out = np.zeros_like(y)
    folds = list(KFold(_FOLDS, shuffle=True, random_state=0).split(x))
    for rest, held in folds:
        intercept, coefficients = _ridge(x[rest], y[rest])
        held_out[held] = x[held] @ coefficients + intercept
    asked = np.array([one.classes in drawn for one in trained])
    off = np.abs(held_out - y)
    covered = np.concatenate(
        [off[held][asked[held]] <= _quantile(off[rest][asked[rest]]) for rest, held in folds]
    )
    intercept, coefficients = _ridge(x, y)
    return Predictor(
        pairs=tuple(round(one, 2) for one in accuracies),
        pair_seeds=pair_seeds,
        intercept=intercept,
        coefficients=tuple(coefficients.tolist()),
        margin=_quantile(off[asked]),
        held_out=HeldOut(
            triples=int(asked.sum()),
            mae=float(off[asked].mean()),
            rmse=float(np.sqrt((off[asked] ** 2).mean())),
            coverage=float(covered.mean()),
            spread=float(y[asked].std(ddof=1)),
        ),
    )


def _ridge(x: np.ndarray, y: np.ndarray) -> tuple[float, np.ndarray]:
    """Intercept and coefficients for features as they are; the penalty, which cross-validation
    chooses, is of features of one size."""
    from sklearn.linear_model import RidgeCV
    from sklearn.preprocessing import StandardScaler

    scaler = StandardScaler().fit(x)
    ridge = RidgeCV(_ALPHAS).fit(scaler.transform(x), y)
    mean, scale = np.asarray(scaler.mean_), np.asarray(scaler.scale_)
    coefficients = np.asarray(ridge.coef_) / scale
    return float(ridge.intercept_ - mean @ coefficients), coefficients


def _quantile(off: np.ndarray) -> float:
    """What 95 % of such errors, and of one more, stay below (split conformal prediction)."""
    share = min(1.0, np.ceil((len(off) + 1) * _COVERED) / len(off))
    return float(np.quantile(off, share, method="higher"))
