"""Findings: what the runs show, as values without words. Every "because" of the report is here."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from fclab.statistics import ALPHA, binomial_interval
from fclab.statistics.distributions import binomial_above, chi2_quantile, fisher_exact
from fclab.values.dataset import Dataset, Split
from fclab.values.metrics import Pair, best_epoch, losses
from fclab.values.model import activate, network_inputs, pooled
from fclab.values.run import Run

FALL = 0.05
"""A loss has begun to fall when it has lost more than this share of its first value."""
PLATEAU = 10
"""A loss that begins to fall before this epoch has no plateau: it falls from the start."""
GREW = 0.01
"""The test loss has grown again when it is this share above its least value."""
LARGE_GAP, SMALL_GAP = 0.10, 0.03
"""Between the accuracies on train and on test: from where it is large, up to where it is small."""

NEAR = 1.2
"""Mean images up to this many times as far apart as the nearest pair's are called near."""


def gap_size(gap: float) -> str:
    """How large the accuracy on train less that on test is: "large", "moderate", "small", or
    "negative" where test is above train by more than a small gap."""
    if gap >= LARGE_GAP:
        return "large"
    if abs(gap) <= SMALL_GAP:
        return "small"
    return "moderate" if gap > 0 else "negative"


@dataclass(frozen=True)
class Noise:
    """The noise of regression targets, estimated from inputs that occur more than once.

    Attributes:
        variance: pooled variance within the groups of equal inputs, unbiased: σ².
        low, high: its 95 % confidence interval (χ², normal noise).
    """

    variance: float
    low: float
    high: float


def noise(train: Split) -> Noise | None:
    """The noise of the targets, or None where no input is repeated."""
    _, group, sizes = np.unique(train.x, axis=0, return_inverse=True, return_counts=True)
    y, group = train.y.astype(np.float64), group.reshape(-1)
    means = np.bincount(group, y) / sizes
    freedom, within = len(y) - len(sizes), float(((y - means[group]) ** 2).sum())
    if freedom == 0:
        return None
    return Noise(
        variance=within / freedom,
        low=within / float(chi2_quantile(0.975, freedom)),
        high=within / float(chi2_quantile(0.025, freedom)),
    )


@dataclass(frozen=True)
class Repeats:
    """How the inputs of a regression lie: distinct ones, and how often each occurs (None where
    that differs), between the least and the largest."""

    distinct: int
    each: int | None
    low: float
    high: float


def repeats(train: Split) -> Repeats:
    """The inputs of a one-dimensional regression."""
    values, counts = np.unique(train.x, return_counts=True)
    each = int(counts[0]) if (counts == counts[0]).all() else None
    return Repeats(len(values), each, float(values[0]), float(values[-1]))


@dataclass(frozen=True)
class Fit:
    """The error of a fit after some epoch: against the noisy targets and, where every input
    has its point on the noiseless curve, against the curve."""

    epoch: int
    error: float
    curve_error: float | None


def fits(run: Run, dataset: Dataset) -> tuple[Fit, ...]:
    """The errors of the snapshots of a regression, in order."""
    curve = curve_at(dataset)
    return tuple(
        Fit(
            epoch,
            float(losses("squared_error", outputs, dataset.train.y).mean()),
            None if curve is None else float(losses("squared_error", outputs, curve).mean()),
        )
        for epoch, outputs in sorted(run.snapshots.items())
        if np.isfinite(outputs).all()
    )


def curve_at(dataset: Dataset) -> np.ndarray | None:
    """The noiseless curve at every training input ``(n,)``, or None where the test part, which
    holds the curve, lacks one of them."""
    x, y = dataset.test.x.ravel(), dataset.test.y
    order = np.argsort(x)
    place = np.searchsorted(x[order], dataset.train.x.ravel()).clip(max=len(x) - 1)
    matched = np.array_equal(x[order][place], dataset.train.x.ravel())
    return y[order][place] if matched else None


def error_of_curve(dataset: Dataset) -> float | None:
    """The mean squared error of the noiseless curve itself on the training points: the noise that
    is in them. None where the curve is not known at all of them."""
    curve = curve_at(dataset)
    if curve is None:
        return None
    return float(((dataset.train.y.astype(np.float64) - curve) ** 2).mean())


@dataclass(frozen=True)
class Fall:
    """The course of a loss: where it started, where it ended, and the first epoch (from 1) at
    which it has lost more than `FALL`; None if there is none."""

    first: float
    last: float
    begins: int | None


def fall(loss: np.ndarray) -> Fall | None:
    """When the loss starts to fall; None where fewer than two values are finite."""
    finite = loss[np.isfinite(loss)]
    if len(finite) < 2:
        return None
    fallen = np.flatnonzero(loss < (1 - FALL) * loss[0])
    return Fall(float(finite[0]), float(finite[-1]), int(fallen[0]) + 1 if len(fallen) else None)


@dataclass(frozen=True)
class Growth:
    """How a loss grew before it was no longer finite: its least value and the last finite one."""

    least: float
    last: float


def growth(loss: np.ndarray) -> Growth | None:
    """The growth of a loss that diverged; None where it was not seen to at least double."""
    finite = loss[np.isfinite(loss)]
    if len(finite) < 2 or finite[-1] < 2 * finite.min():
        return None
    return Growth(float(finite.min()), float(finite[-1]))


@dataclass(frozen=True)
class Overfit:
    """How a fit left the true curve: its least squared distance, after which epoch, and the last
    one."""

    epoch: int
    least: float
    last: float


def overfit(fits: Sequence[Fit]) -> Overfit | None:
    """Whether the fits came away from the true curve again, by more than a tenth of the least
    squared distance, while their error on the noisy points fell."""
    known = [(fit.curve_error, fit) for fit in fits if fit.curve_error is not None]
    if len(known) < 2:
        return None
    (least, nearest), (last, end) = min(known, key=lambda pair: pair[0]), known[-1]
    if last <= 1.1 * least or end.error >= nearest.error:
        return None
    return Overfit(nearest.epoch, least, last)


@dataclass(frozen=True)
class Share:
    """Right answers among n with the exact 95 % interval (Clopper, Pearson) of their share."""

    right: int
    n: int
    low: float
    high: float

    @property
    def value(self) -> float:
        """The accuracy, 0 to 1."""
        return self.right / self.n

    @property
    def margin(self) -> float:
        """Half of the interval's width."""
        return (self.high - self.low) / 2


def share(run: Run, split: str = "test") -> Share:
    """The accuracy of a split with its interval."""
    right, n = int((run.answers(split) == run.targets[split]).sum()), len(run.targets[split])
    return Share(right, n, *binomial_interval(right, n))


def chance_of_gap(run: Run) -> float:
    """How probable a difference at least as large between the accuracies on train and test is by
    chance alone (two-sided p of Fisher's exact test)."""
    counts = [[s.right, s.n - s.right] for s in (share(run, "train"), share(run))]
    return fisher_exact(counts)


def mean_distances(dataset: Dataset) -> tuple[Pair, ...]:
    """Every two classes and how far apart their mean training inputs lie, the nearest first.

    The distance is the root mean square difference of the preprocessed inputs: what a network
    that looks at single pixels could tell them apart by.
    """
    x, y = dataset.inputs["train"], dataset.train.y
    means = [x[y == label].mean(axis=0, dtype=np.float64) for label in range(dataset.n_outputs)]
    pairs = [
        Pair(i, j, float(np.sqrt(((means[i] - means[j]) ** 2).mean())))
        for i, j in combinations(range(len(means)), 2)
    ]
    return tuple(sorted(pairs, key=lambda pair: pair.value))


@dataclass(frozen=True)
class PairMeans:
    """How far apart the mean images of two classes lie, beside those of the other classes.

    Attributes:
        kind: "agree": no two are nearer; "near": some are, by a factor of `NEAR` at most; "differ".
        distance: of the two, see `mean_distances`.
        nearest: the two that are nearest.
        next: the second least distance.
    """

    kind: str
    distance: float
    nearest: Pair
    next: float


def means_of_pair(dataset: Dataset, first: int, second: int) -> PairMeans:
    """Whether pixels explain that two classes are confused.

    Args:
        dataset: with three classes or more.
        first, second: labels.
    """
    found = mean_distances(dataset)
    nearest, pair = found[0], {first, second}
    distance = next(it.value for it in found if {it.first, it.second} == pair)
    kind = "near" if distance <= NEAR * nearest.value else "differ"
    if {nearest.first, nearest.second} == pair:
        kind = "agree"
    return PairMeans(kind, distance, nearest, found[1].value)


def leads(first: int, second: int) -> bool:
    """Whether a count is larger than another one by more than luck explains: two-sided exact
    binomial test of equal shares, at 5 %."""
    n, least = first + second, min(first, second)
    return n > 0 and 2 * float(binomial_above(n - least - 1, n, 0.5)) < ALPHA


@dataclass(frozen=True)
class Course:
    """Over-fitting as the lab sees it: the epoch of least test loss, and what came after.

    Attributes:
        epoch: of least test loss, from 1.
        last: the last epoch with a finite test loss.
        least, end: test loss at both.
        train_then, train_end: training loss at both.
        accuracy_then, accuracy_end: test accuracy at both.
        train_accuracy_then: training accuracy at the epoch of least test loss.
    """

    epoch: int
    last: int
    least: float
    end: float
    train_then: float
    train_end: float
    accuracy_then: float
    accuracy_end: float
    train_accuracy_then: float

    @property
    def growth(self) -> float:
        """By which share of its least value the test loss grew until the end."""
        return self.end / self.least - 1 if self.least else 0.0

    @property
    def overfits(self) -> bool:
        """The test loss has grown again, by more than `GREW` of its least value."""
        return self.epoch < self.last and self.growth >= GREW


def course(run: Run) -> Course | None:
    """The course of the test loss; None where no epoch has a finite one."""
    loss = run.history["test_loss"]
    if not np.isfinite(loss).any():
        return None
    then, last = best_epoch(loss) - 1, int(np.flatnonzero(np.isfinite(loss))[-1])
    test, train = run.history["test_loss"], run.history["train_loss"]
    right = run.history["test_accuracy"]
    return Course(
        epoch=then + 1,
        last=last + 1,
        least=float(test[then]),
        end=float(test[last]),
        train_then=float(train[then]),
        train_end=float(train[last]),
        accuracy_then=float(right[then]),
        accuracy_end=float(right[last]),
        train_accuracy_then=float(run.history["train_accuracy"][then]),
    )


@dataclass(frozen=True)
class FirstLayer:
    """What the first layer looks like from outside.

    Attributes:
        likeness: of the weights of each neuron, see `likeness`. Independent weights, as before
            training, have about 0.
        of_images: of the training images as the first layer sees them; None without them. Every
            gradient of these weights is a sum of training images, so that alone makes the
            weights alike: 0.37 for the lab's network on classes 0, 55, 58, and 0.38 when its
            labels were shuffled.
        idle: hidden neurons (from 1) whose activation is the same number for every training
            image, so that they take no part in telling images apart.
        voices: for every class the hidden neuron (from 1) with the largest positive weight
            towards it and that weight, None where no weight is positive; empty unless the
            network has exactly one hidden layer.
    """

    likeness: float
    of_images: float | None
    idle: tuple[int, ...]
    voices: tuple[tuple[int, float] | None, ...]


def likeness(images: np.ndarray) -> float:
    """Mean correlation of neighbouring pixels, of every image and colour channel by itself, -1 to
    1; channels of one shade are left out, 0 where all are.

    Args:
        images: ``(n, height, width, channels)``.
    """
    x = images.astype(np.float64)
    found = []
    for a, b in ((x[:, :, :-1], x[:, :, 1:]), (x[:, :-1], x[:, 1:])):
        a, b = (side - side.mean(axis=(1, 2), keepdims=True) for side in (a, b))
        both = np.sqrt((a**2).sum(axis=(1, 2)) * (b**2).sum(axis=(1, 2)))
        found.append(((a * b).sum(axis=(1, 2)) / np.where(both > 0, both, np.nan)).ravel())
    correlations = np.concatenate(found)
    seen = np.isfinite(correlations)
    return float(correlations[seen].mean()) if seen.any() else 0.0


def first_layer(run: Run, dataset: Dataset | None) -> FirstLayer:
    """Findings on the first layer of a network for images; idle neurons only with the images."""
    hidden: tuple[int, ...] = ()
    voices: list[tuple[int, float] | None] = []
    images, of_images = run.model.first_layer_images, None
    inputs = None
    if dataset is not None:
        inputs = network_inputs(run.recipe, dataset.inputs["train"])
        inputs = pooled(run.recipe, inputs, run.dataset.input_shape)
        of_images = likeness(inputs.reshape(-1, *images.shape[1:]))
    if inputs is not None and len(run.recipe.layers) > 1 and run.recipe.norm == "none":
        z = inputs @ run.weights["fc1.weight"].T + run.weights["fc1.bias"]
        a = activate(run.recipe.activation, z)
        hidden = tuple(int(i) + 1 for i in np.flatnonzero(np.ptp(a, axis=0) == 0))
    if len(run.recipe.layers) == 2:
        for weights in run.weights["fc2.weight"]:
            best = int(weights.argmax())
            voices.append((best + 1, float(weights[best])) if weights[best] > 0 else None)
    return FirstLayer(likeness(images), of_images, hidden, tuple(voices))
