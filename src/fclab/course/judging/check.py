"""The use case: submissions → all that was found about them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from fclab.course.judging.judge import Trained, judged, least_p
from fclab.course.judging.plan import Planned, planned
from fclab.course.judging.slips import all_slips, copies
from fclab.course.judging.traces import Traces
from fclab.course.judging.training import expected_work, trained_traces
from fclab.course.values import Assignment, Checked, Claims, Course, CourseCheck
from fclab.engines.elsewhere import side_by_side
from fclab.study.trainer import Trainer
from fclab.values.dataset import Dataset
from fclab.values.errors import UsageError
from fclab.values.recipe import Recipe
from fclab.version import __version__

SUSPICIOUS = 0.05
"""A row whose p-value is below is compared with twice as many runs: it costs little, since few
rows are, and a second look can only withdraw a finding or make it surer."""


@dataclass(frozen=True)
class _Submission:
    claims: Claims
    assignment: Assignment | None
    classes: tuple[int, ...] | None
    rows: tuple[Planned, ...]

    @property
    def recipes(self) -> list[Recipe]:
        """Of the rows that are trained."""
        return list(dict.fromkeys(one.recipe for one in self.rows if one.recipe is not None))


def check_course(
    every: Sequence[Claims],
    trainer: Trainer,
    images: Callable[[tuple[int, ...]], Dataset],
    *,
    course: Course | None = None,
    seeds: int = 16,
    names: Sequence[str] | None = None,
    seen: Callable[[int], None] = lambda place: None,
) -> CourseCheck:
    """Train all rows of all submissions again and say what was found.

    What is trained is kept in the trainer's store at once; the store learns no names.

    Args:
        every: what was understood of the submissions.
        trainer: trains, and tells how much of the work is done.
        images: the images of some classes, in ascending order.
        course: who has which classes; None: nobody knows, each submission is taken at its word.
        seeds: runs that every row is compared with, 2 or more; a row with a p-value below
            `SUSPICIOUS` with twice as many.
        names: what submissions are called where one is like another; default: keys of students,
            else names of files.
        seen: told the place of the submission that comes next.

    Raises:
        UsageError: fewer than 2 seeds. FclabError, DataError: the store or the images say so.
    """
    if seeds < 2:
        raise UsageError("a row is compared with 2 runs or more, not {seeds}", seeds=seeds)
    submissions = [_understood(one, images, course) for one in every]
    works = [expected_work(one.recipes, seeds) for one in submissions]

    def trained(place: int) -> list[Trained]:
        seen(place)
        return _trained(submissions[place], trainer, images, seeds, sum(works[place + 1 :]))

    tables = list(side_by_side(trained, range(len(submissions))))
    again = [_suspicious(table) for table in tables]
    more = [expected_work(some, seeds) for some in again]

    def looked_at_again(place: int) -> list[Trained]:
        one, some, table = submissions[place], again[place], tables[place]
        if not some or not one.classes:
            return table
        dataset, later = images(tuple(sorted(one.classes))), sum(more[place + 1 :])
        found = trained_traces(trainer, dataset, some, 2 * seeds, later=later)
        return [
            replace(row, traces=found.get(row.recipe, row.traces)) if row.recipe else row
            for row in table
        ]

    tables = list(side_by_side(looked_at_again, range(len(submissions))))
    trainer.finished()
    copied = copies(every)
    called = names or [one.student or (one.files[0] if one.files else "?") for one in every]
    return CourseCheck(version=__version__, seeds=seeds, submissions=tuple(
        Checked(
            claims=one.claims, classes=one.classes, rows=rows,
            slips=all_slips(
                one.claims, table, copied.get(place, ()), course, one.assignment, called
            ),
        )
        for place, (one, table, rows)
        in enumerate(zip(submissions, tables, judged(tables), strict=True))
    ))  # fmt: skip


def _understood(
    claims: Claims, images: Callable[[tuple[int, ...]], Dataset], course: Course | None
) -> _Submission:
    assignment = next((a for a in course.assignments if a.student == claims.student), None) \
        if course else None  # fmt: skip
    classes = claims.classes or (assignment.classes if assignment else None)
    if classes is None or not _are_classes(classes):
        rows = tuple(Planned(None, "no_classes") for _ in claims.rows)
        return _Submission(claims, assignment, classes, rows)
    rows = planned(claims.rows, images(tuple(sorted(classes))))  # not kept: a hundred are 3 GB
    return _Submission(claims, assignment, classes, rows)


def _are_classes(classes: tuple[int, ...]) -> bool:
    return len(set(classes)) == len(classes) >= 2 and all(0 <= one < 100 for one in classes)


def _trained(
    one: _Submission,
    trainer: Trainer,
    images: Callable[[tuple[int, ...]], Dataset],
    seeds: int,
    later: float,
) -> list[Trained]:
    traces: Mapping[Recipe, Traces] = {}
    if one.recipes and one.classes:
        dataset = images(tuple(sorted(one.classes)))
        traces = trained_traces(trainer, dataset, one.recipes, seeds, later=later)
    return [
        Trained(row, traces[plan.recipe] if plan.recipe else None, plan.reason, plan.recipe)
        for row, plan in zip(one.claims.rows, one.rows, strict=True)
    ]


def _suspicious(table: Sequence[Trained]) -> list[Recipe]:
    return [one.recipe for one in table if one.recipe and least_p(one) < SUSPICIOUS]
