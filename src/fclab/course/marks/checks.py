"""What a machine can see of a submission: each check says yes, no, or that it is the teacher's."""

from collections.abc import Callable, Mapping
from typing import Final

from fclab.course.judging.slips.iterations import ROUNDED
from fclab.course.values import Checked, ClaimedRow
from fclab.values.recipe import CIFAR

Seen = bool | None
"""Whether the item is there; None: a person has to look."""


def _table(one: Checked) -> Seen:
    return bool(one.claims.rows)


def _base(one: Checked) -> Seen:
    """The lab's layers and batch size; its learning rate and epochs are the student's to find."""
    outputs = len(one.classes or ()) or CIFAR.layers[-1]
    layers = (*CIFAR.layers[:-1], outputs)
    return any(
        row.layers == layers and row.batch_size == CIFAR.batch_size for row in one.claims.rows
    )


def _batch(one: Checked) -> Seen:
    return _moved(one.claims.rows, lambda a, b: b.batch_size != a.batch_size and a.lr == b.lr)


def _rate(one: Checked) -> Seen:
    return _moved(
        one.claims.rows,
        lambda a, b: (b.lr or 0) < (a.lr or 0) and a.batch_size == b.batch_size,
    )


def _moved(rows: tuple[ClaimedRow, ...], is_move: Callable[[ClaimedRow, ClaimedRow], bool]) -> bool:
    """Whether one of the rows changes an earlier one of the same network in such a way, and its
    epochs by the same factor, so that iterations times learning rate stay."""
    for place, row in enumerate(rows):
        for parent in rows[:place]:
            settings = (parent.lr, row.lr, parent.batch_size, row.batch_size, parent.epochs,
                        row.epochs)  # fmt: skip
            if not all(settings) or parent.layers != row.layers or not is_move(parent, row):
                continue
            lr, lr_now, batch, batch_now, epochs, now = map(float, settings)  # pyright: ignore
            wanted = epochs * (lr / lr_now) * (batch_now / batch)
            if abs(now - wanted) <= max(1.0, ROUNDED * wanted):
                return True
    return False


def _layers(one: Checked) -> Seen:
    return len({row.layers for row in one.claims.rows if row.layers}) > 1


def _comments(one: Checked) -> Seen:
    return bool(one.claims.rows) and all(row.comment.strip() for row in one.claims.rows)


def _classes(one: Checked) -> Seen:
    if one.claims.classes is None:
        return None
    return not any(slip.kind == "other_classes" for slip in one.slips)


def _per_class(one: Checked) -> Seen:
    return bool(one.claims.per_class)


def _part_1(one: Checked) -> Seen:
    return one.claims.part_1_error is not None


def _reproducible(one: Checked) -> Seen:
    findings = {row.finding for row in one.rows}
    if "not_reproducible" in findings or not findings - {"not_checked"}:
        return None
    return True


CHECKS: Final[Mapping[str, Callable[[Checked], Seen]]] = {
    "table": _table, "base": _base, "batch": _batch, "rate": _rate, "layers": _layers,
    "comments": _comments, "classes": _classes, "per_class": _per_class, "part_1": _part_1,
    "reproducible": _reproducible,
}  # fmt: skip
"""By the names that a rubric calls them."""
