"""Iterations that a change of batch size or learning rate did not keep."""

import re
from typing import Final

from fclab.course.values import ClaimedRow, Slip

ROUNDED: Final = 0.06
"""By what share epochs may be off: they are whole, and people round them."""
_SAID = re.compile(
    r"итерац|iteration|компенс|compensat|во столько же|same factor|пропорционал|proportion",
    re.IGNORECASE,
)


def iterations_changed(rows: tuple[ClaimedRow, ...]) -> tuple[Slip, ...]:
    """Rows that change the batch size or the learning rate of an earlier one of the same network,
    whose epochs go with none of these: the lab changes all by the same factor. A row is told only
    if its comment speaks of iterations, or if it leaves the epochs of such a row as they were.

    Args:
        rows: of the table.
    """
    found = []
    for place, row in enumerate(rows):
        parents = [(i, f) for i, one in enumerate(rows[:place]) if (f := _factor(one, row))]
        if not parents or row.epochs is None:
            continue
        wanted = [(i, (rows[i].epochs or 0) * factor) for i, factor in parents]
        if any(abs(row.epochs - epochs) <= max(1.0, ROUNDED * epochs) for _, epochs in wanted):
            continue
        kept = [one for one in wanted if rows[one[0]].epochs == row.epochs]
        alone = [one for one in kept or wanted if _is_one_change(rows[one[0]], row)]
        parent, epochs = (alone or kept or wanted)[-1]
        said = bool(_SAID.search(row.comment))
        if said or kept:
            found.append(Slip(kind="iterations_changed", rows=(parent, place), values={
                "epochs": row.epochs, "expected": max(1, round(epochs)), "said": int(said),
                "rate": int(rows[parent].batch_size == row.batch_size),
            }))  # fmt: skip
    return tuple(found)


def _is_one_change(parent: ClaimedRow, row: ClaimedRow) -> bool:
    """Whether only one of learning rate and batch size is changed."""
    return parent.lr == row.lr or parent.batch_size == row.batch_size


def _factor(parent: ClaimedRow, row: ClaimedRow) -> float | None:
    """By what the epochs of a parent are multiplied; None: it is no parent."""
    if parent.layers is None or parent.layers != row.layers or parent.epochs is None:
        return None
    if not (parent.lr and row.lr and parent.batch_size and row.batch_size):
        return None
    lr, batch = parent.lr / row.lr, row.batch_size / parent.batch_size
    if parent.other != row.other or (lr == 1 and batch == 1):
        return None
    return lr * batch
