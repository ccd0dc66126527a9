"""`fclab course feedback`: a page for every student whose submission was checked."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from fclab.cli.language import Spoken
from fclab.cli.options import Many

if TYPE_CHECKING:
    from fclab.report.model import Report


def feedback(
    *,
    course: Path = Path(),
    formats: Annotated[tuple[Literal["html", "docx"], ...], Many] = ("html", "docx"),
    students: Annotated[tuple[str, ...], Many] = (),
    anonymous: Annotated[bool, Parameter(negative="")] = False,
    lang: Spoken = None,
) -> None:
    """Write a page for every student: the claimed rows beside what training again gave.

    The teacher gets a sheet for the defence, teacher/defence, with questions for everyone and the
    right answers. The zip of what students get is made anew.

    Parameters
    ----------
    course
        Folder of the course; default: this one.
    formats
        Of the pages.
    students
        Keys of those who get a page; default: everyone whose submission was checked.
    anonymous
        Keys in place of names on the pages.
    """
    from importlib import import_module

    from fclab.cli.progress import progress_bar, say
    from fclab.course.feedback.defence import defence_sheet
    from fclab.course.feedback.page import page
    from fclab.course.folder import read_checked, read_course, student_folder, teacher_folder
    from fclab.course.roster.handout import zip_students
    from fclab.report.formats import RENDERERS
    from fclab.values.errors import UsageError
    from fclab.values.text import shown
    from fclab.words.languages import spoken_lang
    from fclab.words.wording import wording

    kept, checked, words = read_course(course), read_checked(course), wording(spoken_lang(lang))
    of = checked.by_student
    for key in students:
        if key not in of:
            raise UsageError("no checked submission of the student {key}", key=key)
    wanted = [s for s in kept.students if s.key in of and (not students or s.key in students)]
    written_in = lang or kept.lang

    def write(report: "Report", stem: Path) -> None:
        for name in formats:
            module, _, function = RENDERERS[name].partition(":")
            getattr(import_module(module), function)(report, stem.with_name(f"{stem.name}.{name}"))

    with progress_bar(words.plain("feedback.bar"), things=True) as progress:
        for done, student in enumerate(wanted, start=1):
            report = page(student, of[student.key], written_in, anonymous=anonymous)
            write(report, student_folder(course, student.key) / "feedback")
            progress(done, len(wanted))
    sheet = teacher_folder(course) / "defence"
    write(defence_sheet(kept, checked, written_in, anonymous=anonymous), sheet)
    zip_students(course, kept)
    say(words.plain("feedback.written", n=len(wanted), folder=course.resolve()))
    say(words.plain("feedback.defence", folder=sheet.resolve().parent))
    known = {student.key for student in kept.students}
    lost = [one.claims for one in checked.submissions if one.claims.student not in known]
    if lost:
        files = [shown(claims.files[0]) if claims.files else "?" for claims in lost]
        named = [] if anonymous else files
        say(words.plain("feedback.unmatched", n=len(lost), files=named))
