"""Metrics of outputs against targets. Means are per example, never per batch."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import log_softmax

from fclab.dataset import Task
from fclab.recipe import Loss


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
    """scikit-learn's ``classification_report`` as values; a class never answered has
    precision 0."""
    from sklearn.metrics import classification_report

    table: dict[str, Any] = classification_report(  # pyright: ignore[reportAssignmentType]
        y,
        answers,
        labels=np.arange(n_classes),
        output_dict=True,
        zero_division=0,  # pyright: ignore[reportArgumentType] (its stub says str)
    )

    def row(name: str) -> ClassRow:
        values = table[name]
        return ClassRow(
            precision=float(values["precision"]),
            recall=float(values["recall"]),
            f1=float(values["f1-score"]),
            support=int(values["support"]),
        )

    return ClassReport(
        classes=tuple(row(str(label)) for label in range(n_classes)),
        macro=row("macro avg"),
        weighted=row("weighted avg"),
        accuracy=float((y == answers).mean()),
    )


def confusion(y: np.ndarray, answers: np.ndarray, n_classes: int) -> np.ndarray:
    """How often class i (row) was answered as class j (column), int64 ``(k, k)``."""
    from sklearn.metrics import confusion_matrix

    return confusion_matrix(y, answers, labels=np.arange(n_classes))


def best_epoch(loss: np.ndarray) -> int:
    """The epoch (from 1) of least loss; the first one where several are equal.

    The lab calls it the moment of over-fitting when the loss is that of the test set.

    Raises:
        ValueError: no epoch has a finite loss.
    """
    if not np.isfinite(loss).any():
        raise ValueError("no epoch has a finite loss")
    return int(np.nanargmin(np.where(np.isfinite(loss), loss, np.nan))) + 1
