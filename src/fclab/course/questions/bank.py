"""The question bank of a course: a category for everyone, questions with a number for an answer."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from fclab.course.values import Assignment, ClaimedRow, Course, CourseCheck, Student
from fclab.labs.lab1.defence.checks import checks
from fclab.labs.lab1.defence.networks import Network, lab_networks
from fclab.report.writer import Writer
from fclab.values.errors import FclabError
from fclab.values.names import CLASS_NAMES
from fclab.values.recipe import CIFAR
from fclab.words.wording import Wording, wording

MOST_ROWS: Final = 4
"""Networks of a student's own table that questions are made of."""


@dataclass(frozen=True)
class Question:
    """A question with a number for an answer.

    Attributes:
        name: unique in its category, for lists of questions.
        text: what is asked.
        answer: the right number.
        tolerance: by how much an answer may differ; 0: it is a whole number.
        why: the calculation, for whoever has answered.
    """

    name: str
    text: str
    answer: float
    tolerance: float
    why: str


@dataclass(frozen=True)
class Category:
    """The questions of one student.

    Attributes:
        path: of the category, from the outermost to the innermost.
        questions: in the order of the defence.
    """

    path: tuple[str, ...]
    questions: tuple[Question, ...]


def question_bank(
    course: Course,
    checked: CourseCheck | None = None,
    *,
    each: int = 2,
    anonymous: bool = False,
) -> tuple[Category, ...]:
    """A category for every student who has classes: about the lab's network of part 3 or, where a
    submission was checked, about the networks of the student's own table.

    Args:
        course: who, and which classes.
        checked: what was understood of the submissions.
        each: at most so many questions for each of the first seven of the defence.
        anonymous: keys in place of names.
    """
    words = wording(course.lang)
    students = {student.key: student for student in course.students}
    rows: dict[str, tuple[ClaimedRow, ...]] = {}
    for one in checked.submissions if checked else ():
        if one.claims.student is not None:
            rows.setdefault(one.claims.student, one.claims.rows)
    return tuple(
        Category(
            _path(words, students[one.student], one, anonymous),
            tuple(questions(words, one.classes, rows.get(one.student, ()), place, each)),
        )
        for place, one in enumerate(course.assignments)
    )


def _path(
    words: Wording, student: Student, assignment: Assignment, anonymous: bool
) -> tuple[str, ...]:
    classes = ", ".join(f"{n} {words.called(CLASS_NAMES[n])}" for n in assignment.classes)
    named = student.key if anonymous else f"{student.name} ({student.key})"
    outer = (words.plain("title"), student.group) if student.group else (words.plain("title"),)
    return (*outer, f"{named}: {classes}")


def questions(
    words: Wording, classes: Sequence[int], rows: Sequence[ClaimedRow], seed: int, each: int
) -> Iterable[Question]:
    """Questions about the networks of a table or, where it has none that are understood whole,
    about the lab's of part 3.

    Args:
        words: of the language.
        classes: numbers in CIFAR-100, in the order of the network's outputs.
        rows: of the table.
        seed: the same seed and networks give the same questions.
        each: at most so many for each of the first seven of the defence.
    """
    own = _networks(classes, rows)
    for group, made in checks(Writer(words), own, seed, each).items():
        for place, check in enumerate(made, start=1):
            yield Question(
                f"{group}.{place} {check.name}",
                words.plain(check.question.key, **check.question.values),
                check.answer, check.tolerance,
                words.plain(check.why.key, **check.why.values),
            )  # fmt: skip


def _networks(classes: Sequence[int], rows: Iterable[ClaimedRow]) -> tuple[Network, ...]:
    """Those of part 3, which are each student's own: of the table, where they are understood
    whole, else the lab's."""
    *_, images = lab_networks(tuple(CLASS_NAMES[number] for number in classes))
    own: dict[str, Network] = {}
    for row in rows:
        settings = {
            "layers": row.layers, "lr": row.lr, "batch_size": row.batch_size, "epochs": row.epochs,
        }  # fmt: skip
        if None in settings.values() or row.other or (row.layers or ())[-1:] != (len(classes),):
            continue
        try:
            recipe = CIFAR.replace(**settings)
        except FclabError:
            continue
        own.setdefault(recipe.key, Network(images.dataset, recipe))
    return tuple([*own.values()][:MOST_ROWS]) or (images,)
