"""The folder of a course: what is where in it.

`course.json` is the roster with everyone's classes, `checked.json` what was found in submissions;
`students/<key>/` is handed out, `teacher/` stays with the teacher.
"""

from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from fclab.course.values import Course, CourseCheck
from fclab.values.errors import DataError, UsageError
from fclab.values.files import reading, write_atomic
from fclab.values.text import file_name

COURSE, CHECKED = "course.json", "checked.json"
STUDENTS, TEACHER = "students", "teacher"
_MOST_BYTES = 1 << 28
_M = TypeVar("_M", bound=BaseModel)


def is_course(folder: Path) -> bool:
    """Whether a course is kept there."""
    return (folder / COURSE).is_file()


def read_course(folder: Path) -> Course:
    """The course that is kept in a folder.

    Raises:
        UsageError: it is no course's folder.
        DataError: its ``course.json`` is damaged.
    """
    if not is_course(folder):
        raise UsageError(
            "{folder} is no course's folder: name one with --course, or make one with "
            "fclab course init",
            folder=folder,
        )
    return _read(folder / COURSE, Course)


def write_course(folder: Path, course: Course) -> Path:
    """Keep a course, whole or not at all; returns the file.

    Raises:
        FclabError: it cannot be written.
    """
    return write_atomic(folder / COURSE, course.model_dump_json(indent=1) + "\n")


def read_checked(folder: Path) -> CourseCheck:
    """What was found in the submissions of a course.

    Raises:
        UsageError: it is no course's folder, or nothing was checked yet.
        DataError: its ``checked.json`` is damaged.
    """
    if not (folder / CHECKED).is_file():
        read_course(folder)
        raise UsageError(
            "nothing was checked in {folder} yet: fclab course check SUBMISSIONS", folder=folder
        )
    return _read(folder / CHECKED, CourseCheck)


def write_checked(folder: Path, checked: CourseCheck) -> Path:
    """Keep what was found in the submissions, whole or not at all; returns the file.

    Raises:
        FclabError: it cannot be written.
    """
    return write_atomic(folder / CHECKED, checked.model_dump_json(indent=1) + "\n")


def student_folder(folder: Path, key: str) -> Path:
    """Where that stands which a student gets; it need not be there."""
    return folder / STUDENTS / file_name(key)


def teacher_folder(folder: Path) -> Path:
    """Where that stands which only the teacher sees; it need not be there."""
    return folder / TEACHER


def _read(path: Path, kind: type[_M]) -> _M:
    with reading(path), path.open("rb") as file:
        data = file.read(_MOST_BYTES + 1)
    try:
        if len(data) > _MOST_BYTES:
            raise ValueError
        return kind.model_validate_json(data)
    except (ValidationError, ValueError) as error:
        raise DataError("{path} is damaged: put a copy back, or make it anew", path=path) from error
