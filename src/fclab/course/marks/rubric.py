"""A rubric: what is looked at in a submission, and how many points it gives."""

from importlib.resources import files
from pathlib import Path
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from fclab.course.marks.checks import CHECKS
from fclab.course.values import Checked, Student
from fclab.values.errors import UsageError
from fclab.values.fields import wrong_field
from fclab.values.files import read_toml, write_atomic
from fclab.words.languages import Lang

RUBRIC: Final = "rubric.toml"
"""Its name in the folder of a course."""


class Item(BaseModel):
    """A line of a rubric.

    Attributes:
        points: that it gives.
        check: a name of `CHECKS`; None: the teacher gives them.
        name: what it is called, by language.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    points: Annotated[float, Field(ge=0, le=1000, allow_inf_nan=False)]
    check: str | None = None
    name: Annotated[dict[str, Annotated[str, Field(max_length=200)]], Field(min_length=1)]

    def called(self, lang: Lang) -> str:
        """Its name in a language, else in the first that it has one in; on one line."""
        return " ".join((self.name.get(lang) or next(iter(self.name.values()))).split())


class Rubric(BaseModel):
    """All lines, in their order."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    items: Annotated[tuple[Item, ...], Field(min_length=1, max_length=100)]

    @property
    def most(self) -> float:
        """All points that can be given."""
        return sum(item.points for item in self.items)


class Mark(BaseModel):
    """What a student has of a rubric.

    Attributes:
        student: who.
        points: for each item; None: the teacher gives them.
        submitted: whether there is a submission.
    """

    model_config = ConfigDict(frozen=True)

    student: Student
    points: tuple[float | None, ...]
    submitted: bool

    @property
    def seen(self) -> float:
        """The points that a machine could give."""
        return sum(one for one in self.points if one is not None)


def mark(rubric: Rubric, student: Student, checked: Checked | None) -> Mark:
    """What a machine can give. Without a submission all is the teacher's: it may have come in
    another way."""
    points: list[float | None] = []
    for item in rubric.items:
        seen = CHECKS[item.check](checked) if item.check and checked is not None else None
        points.append(None if seen is None else item.points if seen else 0.0)
    return Mark(student=student, points=tuple(points), submitted=checked is not None)


def course_rubric(folder: Path) -> tuple[Rubric, Path]:
    """The rubric of a course and its file; the default one is written there if there is none.

    Raises:
        UsageError: it is wrong. FclabError: it cannot be written.
    """
    path = folder / RUBRIC
    if not path.exists():
        default = files("fclab.course.marks") / "rubric.toml"
        write_atomic(path, default.read_text("utf-8"))
    return read_rubric(path), path


def read_rubric(path: Path) -> Rubric:
    """The rubric of a file.

    Raises:
        UsageError: it cannot be read, is not TOML, has a wrong field or names an unknown check.
    """
    try:
        rubric = Rubric.model_validate(read_toml(path))
    except ValidationError as error:
        raise wrong_field(path, error) from error
    for place, item in enumerate(rubric.items):
        if item.check is not None and item.check not in CHECKS:
            raise UsageError(
                "{path}, items.{place}.check: there is no check {check!r}, there are {known}",
                path=path,
                place=place,
                check=item.check,
                known=", ".join(CHECKS),
            )
    return rubric
