"""What a teacher wants to look at beside the figures: each kind of slip is a module of its own, a
pure function of what was understood. `all_slips` asks them all."""

from collections.abc import Sequence

from fclab.course.judging.judge import Trained
from fclab.course.judging.slips.alike import rows_alike
from fclab.course.judging.slips.classes import other_classes
from fclab.course.judging.slips.copies import Copy, copies
from fclab.course.judging.slips.data import other_data
from fclab.course.judging.slips.epoch import best_epoch
from fclab.course.judging.slips.iterations import iterations_changed
from fclab.course.judging.slips.names import names_exchanged
from fclab.course.values import Assignment, Claims, Course, Slip

__all__ = [
    "Copy",
    "all_slips",
    "best_epoch",
    "copies",
    "iterations_changed",
    "names_exchanged",
    "other_classes",
    "other_data",
    "rows_alike",
]


def all_slips(
    claims: Claims,
    table: Sequence[Trained],
    copied: Sequence[Copy],
    course: Course | None,
    assignment: Assignment | None,
    names: Sequence[str],
) -> tuple[Slip, ...]:
    """The slips of a submission, in the order of their kinds.

    Args:
        claims: what was understood.
        table: its rows and their trainings.
        copied: what it has in common with others, of `copies`.
        course: None: there is no roster.
        assignment: the student's classes, as far as they are known.
        names: how the submissions of `copied` are called, by their places.
    """
    return (
        *other_classes(claims, course, assignment),
        *names_exchanged(claims, [one.traces for one in table]),
        *iterations_changed(claims.rows),
        *best_epoch(table),
        *rows_alike(claims.rows),
        *(copy.slip(names[copy.other]) for copy in copied),
        *other_data(claims),
    )
