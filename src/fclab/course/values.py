"""What a course consists of, as frozen values: JSON in and out, kept in the course's folder."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

from fclab.labs.lab1.variant import Department, Scheme
from fclab.words.languages import Lang


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Student(_Frozen):
    """A line of the roster.

    Attributes:
        key: unique in the course and in every file name of the student: the id of the roster as far
            as it can be in a file name, else made of the place in it (``s001``).
        name, group, email, id: as the roster has them; empty where it has none.
        variant: number of the variant; None: the roster has none.
        department: whose rule the third class follows.
    """

    key: str
    name: str
    group: str = ""
    variant: int | None = None
    department: Department = "iu5"
    email: str = ""
    id: str = ""


class Assignment(_Frozen):
    """The classes that a student has.

    Attributes:
        student: the `Student.key`.
        group, variant: the numbers that the rule was given; None where the classes do not follow
            from a rule.
        classes: class numbers in the order of the rule.
    """

    student: str
    group: int | None
    variant: int | None
    classes: tuple[int, ...]


class Course(_Frozen):
    """A roster and the classes that follow from it: ``course.json`` of the course's folder.

    Attributes:
        scheme: the rule of the year.
        lang: of what is written for the students.
        students: in the order of the roster.
        assignments: at most one for each; a student without one has no classes yet.
    """

    scheme: Scheme
    lang: Lang
    students: tuple[Student, ...]
    assignments: tuple[Assignment, ...]


class Figure(_Frozen):
    """A number that a student wrote.

    Attributes:
        value: of an accuracy in percent, 0 to 100; else in its own unit.
        decimals: how many digits stood after the point (of the percent): 0 of "70 %", 2 of 0.7033.
        text: as it was written.
    """

    value: float
    decimals: int
    text: str


class ClaimedRow(_Frozen):
    """A row of a student's final table, as it was understood; None: not found in it.

    Attributes:
        cells: as they were written.
        layers: neurons of every layer, that of the outputs too: (10, 3) of ``FC(10), FC(3)`` and,
            with three classes, of ``FC(10)``.
        lr, batch_size, epochs: hyper-parameters.
        test, train: accuracies.
        best_epoch: the row says that its figures are those of the best epoch, not of the last.
        other: settings beyond plain SGD that the row names, as written ("momentum = 0.9"): such a
            row is not trained again.
        comment: the student's own words.
    """

    cells: tuple[str, ...]
    layers: tuple[int, ...] | None = None
    lr: float | None = None
    batch_size: int | None = None
    epochs: int | None = None
    test: Figure | None = None
    train: Figure | None = None
    best_epoch: bool = False
    other: tuple[str, ...] = ()
    comment: str = ""


class ClassFigures(_Frozen):
    """What a classification report says of a class.

    Attributes:
        label: as written: "39", "clock", "часы".
        number: the class of CIFAR-100 that it means; None: it names none.
        figures: precision, recall, f1, support, as far as they are there; shares in percent.
    """

    label: str
    number: int | None
    figures: dict[str, Figure]


class Claims(_Frozen):
    """What was understood of a submission.

    Attributes:
        files: names within the folder of submissions.
        student: the `Student.key` that it was matched to; None: nobody.
        name, group: as the title page has them.
        variant: number of the variant that it states.
        classes: class numbers in the order in which they were typed; None: not found.
        rows: of the final table.
        part_1_error: the error of part 1 that it states.
        per_class: its classification report on test images.
        unread: what could not be read or understood, as sentences' English templates and values are
            worded when shown; a code and what it is about.
    """

    files: tuple[str, ...]
    student: str | None = None
    name: str = ""
    group: str = ""
    variant: int | None = None
    classes: tuple[int, ...] | None = None
    rows: tuple[ClaimedRow, ...] = ()
    part_1_error: Figure | None = None
    per_class: tuple[ClassFigures, ...] = ()
    unread: tuple[tuple[str, str], ...] = ()


Finding = Literal["plausible", "unusual", "not_reproducible", "not_checked"]
"""Of a row: within what single runs give; outside 95 % of them; outside what 1000 such rows would
give, after correction for the rows of the course; not trained again, with the reason."""


class CheckedFigure(_Frozen):
    """A claimed accuracy beside what was trained.

    Attributes:
        part: of which images.
        claimed: in percent.
        mean, sd: over the seeds, in percent.
        low, high: 95 % of single honest runs lie here, in percent.
        p_value: how seldom an honest row is as far off; adjusted: after Holm's correction.
    """

    part: Literal["test", "train"]
    claimed: float
    mean: float
    sd: float
    low: float
    high: float
    p_value: float
    adjusted: float


class CheckedRow(_Frozen):
    """A row and what training it again says.

    Attributes:
        row: its place in the table, from 0.
        finding: see `Finding`.
        reason: a code, of a row that was not checked: "diverges", "incomplete", "other_settings",
            "no_classes", "too_long".
        seeds: how many runs it was compared with.
        figures: those that could be compared.
    """

    row: int
    finding: Finding
    reason: str = ""
    seeds: int = 0
    figures: tuple[CheckedFigure, ...] = ()


class Slip(_Frozen):
    """Something about a submission that a teacher wants to look at: evidence, not a judgement.

    Attributes:
        kind: "other_classes", "names_exchanged", "iterations_changed", "best_epoch",
            "rows_alike", "equal_to_another", "other_data".
        rows: places in the table that it is about.
        values: what its sentence names, by name.
    """

    kind: str
    rows: tuple[int, ...] = ()
    values: dict[str, str | int | float | tuple[int, ...]] = {}


class Checked(_Frozen):
    """A submission and all that was found about it.

    Attributes:
        claims: what was understood.
        classes: that the rows were trained on: those it states, else those of the assignment.
        rows: in the order of the claimed ones.
        slips: in the order of the kinds.
    """

    claims: Claims
    classes: tuple[int, ...] | None
    rows: tuple[CheckedRow, ...]
    slips: tuple[Slip, ...]


class CourseCheck(_Frozen):
    """All submissions of a course: ``checked.json`` of the course's folder.

    Attributes:
        version: of fclab.
        seeds: runs that every row was compared with.
        submissions: in the order of the students, those without one at the end.
    """

    version: str
    seeds: int
    submissions: tuple[Checked, ...]

    @property
    def by_student(self) -> dict[str, Checked]:
        """The submissions by the keys of their students; of several the last one."""
        known = ((one.claims.student, one) for one in self.submissions)
        return {student: one for student, one in known if student is not None}
