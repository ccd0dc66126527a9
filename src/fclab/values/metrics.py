"""Metrics of outputs against targets. Means are per example, never per batch."""

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from scipy.special import log_softmax

from fclab.values.dataset import Task
from fclab.values.recipe import Loss


def losses(loss: Loss, outputs: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The loss of every example, float64 ``(n,)``, safe at any saturation.

    - ``squared_error``: (ŷ − y)²
    - ``log_loss``: log(1 + e^z) − y·z, which is −y·log σ(z) − (1−y)·log(1−σ(z))
    - ``cross_entropy``: −log softmax(z)[y]

    Args:
        outputs: raw outputs (logits), ``(n, outputs)``.
        y: targets ``(n,)``.
    """
    z = outputs.astype(np.float64)
    with np.errstate(all="ignore"):  # a diverged network's outputs give NaN, not a warning
        return _losses(loss, z, y)


def _losses(loss: Loss, z: np.ndarray, y: np.ndarray) -> np.ndarray:
    match loss:
        case "squared_error":
            target = y[:, None] if z.shape[1] == 1 else np.eye(z.shape[1])[y]
            return ((z - target) ** 2).sum(axis=1)
        case "log_loss":
            return np.logaddexp(0, z[:, 0]) - y * z[:, 0]
        case "cross_entropy":
            return -log_softmax(z, axis=1)[np.arange(len(y)), y]


def predicted(task: Task, outputs: np.ndarray) -> np.ndarray:
    """The class that the outputs stand for, int64 ``(n,)``: argmax, or logit > 0 if binary."""
    if task == "binary":
        return (outputs[:, 0] > 0).astype(np.int64)
    return outputs.argmax(axis=1)


def accuracy(task: Task, outputs: np.ndarray, y: np.ndarray) -> float:
    """Share of right answers, 0 to 1."""
    return float((predicted(task, outputs) == y).mean())


@dataclass(frozen=True)
class ClassRow:
    """Precision, recall, F1 (0 to 1) and support (examples) of one class."""

    precision: float
    recall: float
    f1: float
    support: int


@dataclass(frozen=True)
class ClassReport:
    """Per-class metrics in the order of the labels, with their plain and weighted means."""

    classes: tuple[ClassRow, ...]
    macro: ClassRow
    weighted: ClassRow
    accuracy: float


def class_report(y: np.ndarray, answers: np.ndarray, n_classes: int) -> ClassReport:
    """What scikit-learn's ``classification_report`` says, as values; a class never answered has
    precision 0."""
    matrix = confusion(y, answers, n_classes)
    right, answered, support = np.diag(matrix), matrix.sum(axis=0), matrix.sum(axis=1)

    def shares(of: np.ndarray, all_: np.ndarray) -> np.ndarray:
        return np.divide(of, all_, out=np.zeros(n_classes), where=all_ > 0)

    scores = np.stack(
        [shares(right, answered), shares(right, support), shares(2 * right, answered + support)]
    )

    def row(scores: np.ndarray, support: np.integer) -> ClassRow:
        precision, recall, f1 = scores.tolist()
        return ClassRow(precision, recall, f1, int(support))

    return ClassReport(
        classes=tuple(row(scores[:, k], support[k]) for k in range(n_classes)),
        macro=row(scores.mean(axis=1), support.sum()),
        weighted=row(np.average(scores, axis=1, weights=support), support.sum()),
        accuracy=float((y == answers).mean()),
    )


def confusion(y: np.ndarray, answers: np.ndarray, n_classes: int) -> np.ndarray:
    """How often class i (row) was answered as class j (column), int64 ``(k, k)``; what is no class
    is not counted."""
    pairs = np.stack([y, answers]).astype(np.int64)
    rows, columns = pairs[:, ((pairs >= 0) & (pairs < n_classes)).all(axis=0)]
    counts = np.bincount(rows * n_classes + columns, minlength=n_classes**2)
    return counts.reshape(n_classes, n_classes)


def recall(confusion: np.ndarray) -> np.ndarray:
    """The share of each class's examples that is answered right, ``(k,)``; NaN for a class without
    examples. The matrix may be a sum or a mean over several runs."""
    support = confusion.sum(axis=1)
    return np.divide(
        np.diag(confusion), support, out=np.full(len(confusion), np.nan), where=support > 0
    )


@dataclass(frozen=True)
class Extremes:
    """Which classes (labels) are recognised worst and best, several where they are equal.

    Attributes:
        hardest, easiest: of the least and of the largest share of right answers (recall).
        least, largest: those shares.
    """

    hardest: tuple[int, ...]
    easiest: tuple[int, ...]
    least: float
    largest: float

    @property
    def alike(self) -> bool:
        """All classes are recognised equally often."""
        return self.hardest == self.easiest


def extremes(confusion: np.ndarray) -> Extremes:
    """The hardest and the easiest classes: the one rule for them, of one run or of many.

    Args:
        confusion: of one run, or summed over runs; at least one class has examples.
    """
    shares = recall(confusion)
    least, largest = float(np.nanmin(shares)), float(np.nanmax(shares))

    def labels(share: float) -> tuple[int, ...]:
        return tuple(int(k) for k in np.flatnonzero(np.isclose(shares, share, rtol=0, atol=1e-9)))

    return Extremes(labels(least), labels(largest), least, largest)


@dataclass(frozen=True)
class Mistake:
    """How often a class was taken for another one."""

    true: int
    answer: int
    count: int


def mistakes(confusion: np.ndarray, true: int | None = None) -> tuple[Mistake, ...]:
    """The mistakes (of one class, or of all) that happened, the most frequent first."""
    k = len(confusion)
    rows = range(k) if true is None else [true]
    found = [Mistake(i, j, int(confusion[i, j])) for i in rows for j in range(k) if i != j]
    return tuple(sorted((m for m in found if m.count), key=lambda m: -m.count))


def worst_mistakes(confusion: np.ndarray, true: int | None = None) -> tuple[Mistake, ...]:
    """The most frequent mistake, or several that are as frequent; empty where there is none."""
    found = mistakes(confusion, true)
    return tuple(m for m in found if m.count == found[0].count)


@dataclass(frozen=True)
class Pair:
    """Two classes (labels, the lower first) and the number that belongs to them."""

    first: int
    second: int
    value: float


def confused_pairs(confusion: np.ndarray) -> tuple[Pair, ...]:
    """Every two classes and how often one was taken for the other, the most frequent first."""
    both = confusion + confusion.T
    pairs = [Pair(i, j, int(both[i, j])) for i, j in combinations(range(len(confusion)), 2)]
    return tuple(sorted(pairs, key=lambda pair: -pair.value))


def best_epoch(loss: np.ndarray) -> int:
    """The epoch (from 1) of least loss; the first one where several are equal.

    The lab calls it the moment of over-fitting when the loss is that of the test set.

    Raises:
        ValueError: no epoch has a finite loss.
    """
    if not np.isfinite(loss).any():
        raise ValueError("no epoch has a finite loss")
    return int(np.nanargmin(np.where(np.isfinite(loss), loss, np.nan))) + 1
