"""What every student is given, written into the course's folder; a file that somebody has edited
stays as it is."""

import hashlib
import json
import zipfile
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Literal, NamedTuple

from fclab.course.folder import STUDENTS, student_folder, teacher_folder
from fclab.course.roster.link import BENCH, link
from fclab.course.roster.sheet import sheet, variant_for
from fclab.course.values import Assignment, Course, Student
from fclab.report.formats import RENDERERS
from fclab.values.files import write_atomic, write_with
from fclab.values.progress import Progress, no_progress
from fclab.version import __version__

SheetFormat = Literal["docx", "pdf"]
"""Of task sheets."""
_NOTES = "written.json"


class Handed(NamedTuple):
    """What `hand_out` did.

    Attributes:
        written: how many files are new or were made anew.
        same: how many were as they are to be.
        edited: files that somebody has changed, which were left alone, within the folder.
    """

    written: int
    same: int
    edited: tuple[str, ...]


def hand_out(
    folder: Path,
    course: Course,
    *,
    bench: str = BENCH,
    formats: Sequence[SheetFormat] = ("docx", "pdf"),
    anonymous: bool = False,
    progress: Progress = no_progress,
) -> Handed:
    """Write task sheet, notebook and link of everyone who has classes, and a zip of all.

    Args:
        folder: of the course.
        course: who, and which classes.
        bench: address of the page.
        formats: of the task sheets.
        anonymous: keys stand in place of names.
        progress: told students done, and all of them.

    Raises:
        FclabError: a file cannot be written.
    """
    notes = teacher_folder(folder) / _NOTES
    known, made = _known(notes), dict[str, list[str]]()
    students = {student.key: student for student in course.students}
    written, same, edited = 0, 0, []
    try:
        for done, assignment in enumerate(course.assignments):
            student = students[assignment.student]
            about = _about(student, assignment, course, bench, anonymous)
            writers = _writers(student, assignment, course, bench, formats, anonymous)
            for name, write in writers.items():
                path = student_folder(folder, student.key) / name
                place = path.relative_to(folder).as_posix()
                there = _digest(path)
                before = known.get(place, ["", ""])
                if there and before[1] != there:
                    edited.append(place)
                elif there and before[0] == about:
                    same += 1
                else:
                    write(path)
                    before = [about, _digest(path)]
                    written += 1
                made[place] = before
            progress(done + 1, len(course.assignments))
    finally:
        write_atomic(notes, json.dumps(known | made, indent=0, ensure_ascii=False) + "\n")
    zip_students(folder, course)
    return Handed(written, same, tuple(edited))


def _writers(
    student: Student,
    assignment: Assignment,
    course: Course,
    bench: str,
    formats: Sequence[SheetFormat],
    anonymous: bool,
) -> Mapping[str, Callable[[Path], object]]:
    """By the names of files, what writes them."""
    name = student.key if anonymous else student.name

    def task(path: Path) -> None:
        module, _, function = RENDERERS[path.suffix[1:]].partition(":")
        made = sheet(student, assignment, course.scheme, course.lang, bench=bench, name=name)
        getattr(import_module(module), function)(made, path)

    def notebook(path: Path) -> None:
        import nbformat

        from fclab.labs.lab1.notebook.personal import personal

        made = personal(
            assignment.classes, course.lang, group=student.group, student=name,
            variant=variant_for(student, assignment, course.scheme),
        )  # fmt: skip
        write_atomic(path, nbformat.writes(made) + "\n")

    def address(path: Path) -> None:
        write_atomic(path, link(assignment.classes, course.lang, bench) + "\n")

    sheets = {f"task.{form}": task for form in dict.fromkeys(formats)}
    return {**sheets, "lab1.ipynb": notebook, "link.txt": address}


def _about(
    student: Student, assignment: Assignment, course: Course, bench: str, anonymous: bool
) -> str:
    """All that the files of a student follow from, in short."""
    whole: list[Any] = [__version__, bench, anonymous, course.lang]
    whole += [one.model_dump(mode="json") for one in (student, assignment, course.scheme)]
    return hashlib.sha256(json.dumps(whole, sort_keys=True).encode()).hexdigest()[:16]


def _digest(path: Path) -> str:
    """Of a file's content; empty: it is not there."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16] if path.is_file() else ""


def _known(notes: Path) -> dict[str, list[str]]:
    """What was written before; damaged notes are as good as none: every file counts as edited."""
    try:
        found = json.loads(notes.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    pairs = found.items() if isinstance(found, dict) else ()
    return {k: v for k, v in pairs if isinstance(v, list) and len(v) == 2}


def zip_students(folder: Path, course: Course) -> Path:
    """``students.zip``: a folder for everyone who has classes; the same files make the same zip.

    Returns:
        The file.

    Raises:
        FclabError: it cannot be written.
    """

    def write(path: Path) -> None:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for assignment in sorted(course.assignments, key=lambda one: one.student):
                room = student_folder(folder, assignment.student)
                for file in sorted(room.iterdir()) if room.is_dir() else ():
                    if file.is_file() and not file.name.startswith("."):
                        name = file.relative_to(folder / STUDENTS).as_posix()
                        info = zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0))
                        info.compress_type = zipfile.ZIP_DEFLATED
                        archive.writestr(info, file.read_bytes())

    return write_with(folder / f"{STUDENTS}.zip", write)
