"""Names of classes exchanged by the trap of the lab's notebook: it sorts the classes and names the
lines of its classification report in the order in which they were typed."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from fclab.course.judging.traces import Traces
from fclab.course.values import Claims, ClassFigures, Slip
from fclab.labs.lab1.variant import exchanged

SPREAD: Final = 4.0
"""Percent: how far a class's figures of one run and of one row are from those of another."""
EVIDENCE: Final = 2 * float(np.log(100))
"""Twice the log of how many times likelier the exchanged names must be."""


def names_exchanged(claims: Claims, traces: Sequence[Traces | None]) -> tuple[Slip, ...]:
    """Whether the lines of the classification report fit the classes far better in sorted order
    than under the names that they bear.

    Args:
        claims: with the classes as they were typed, and the report.
        traces: of the rows; the report may be that of any of them.
    """
    typed = claims.classes
    if typed is None or not (pairs := exchanged(typed)):
        return ()
    lines = {
        line.number: line
        for line in claims.per_class
        if line.number is not None and line.number in typed
    }
    if len(lines) != len(typed):
        return ()
    meant = dict(zip(typed, sorted(typed), strict=True))
    straight, crossed = [], []
    for one in traces:
        if one is None or one.confusion is None or len(one.confusion) != len(typed):
            continue
        known = _figures(one.confusion, sorted(typed))
        straight.append(_distance(lines, known, {number: number for number in typed}))
        crossed.append(_distance(lines, known, meant))
    if not straight or min(straight) - min(crossed) < EVIDENCE:
        return ()
    return (Slip(kind="names_exchanged", values={
        "classes": typed, "said": tuple(a for a, _ in pairs), "meant": tuple(b for _, b in pairs),
    }),)  # fmt: skip


def _figures(confusion: np.ndarray, classes: Sequence[int]) -> dict[int, dict[str, float]]:
    """Precision, recall and F1 of every class, percent."""
    right = np.diag(confusion)
    with np.errstate(invalid="ignore", divide="ignore"):
        recall = np.nan_to_num(100 * right / confusion.sum(axis=1))
        precision = np.nan_to_num(100 * right / confusion.sum(axis=0))
        f1 = np.nan_to_num(2 * precision * recall / (precision + recall))
    return {
        number: {"precision": float(precision[k]), "recall": float(recall[k]), "f1": float(f1[k])}
        for k, number in enumerate(classes)
    }


def _distance(
    lines: dict[int, ClassFigures], known: dict[int, dict[str, float]], of: dict[int, int]
) -> float:
    """Sum of squared standardised distances, of the figure that says most about a line: recall,
    else F1, else precision."""
    total = 0.0
    for number, line in lines.items():
        for name in ("recall", "f1", "precision"):
            if name in line.figures:
                total += ((line.figures[name].value - known[of[number]][name]) / SPREAD) ** 2
                break
    return total
