"""`fclab course feedback`: a page for every student whose submission was checked."""

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from fclab.cli.language import Spoken
from fclab.cli.options import Many


def feedback(
    *,
    course: Path = Path(),
    formats: Annotated[tuple[Literal["html", "docx"], ...], Many] = ("html", "docx"),
    students: Annotated[tuple[str, ...], Many] = (),
    anonymous: Annotated[bool, Parameter(negative="")] = False,
    lang: Spoken = None,
) -> None:
    """Write a page for every student: the claimed rows beside what training again gave.

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
    from fclab.course.feedback.page import page
    from fclab.course.folder import read_checked, read_course, student_folder
    from fclab.report.formats import RENDERERS
    from fclab.values.errors import UsageError
    from fclab.words.languages import spoken_lang
    from fclab.words.wording import wording

    kept, checked, words = read_course(course), read_checked(course), wording(spoken_lang(lang))
    of = {one.claims.student: one for one in checked.submissions}
    for key in students:
        if key not in of:
            raise UsageError("no checked submission of the student {key}", key=key)
    wanted = [s for s in kept.students if s.key in of and (not students or s.key in students)]
    with progress_bar(words.plain("feedback.bar"), things=True) as progress:
        for done, student in enumerate(wanted, start=1):
            report = page(student, of[student.key], lang or kept.lang, anonymous=anonymous)
            for name in formats:
                module, _, function = RENDERERS[name].partition(":")
                write = getattr(import_module(module), function)
                write(report, student_folder(course, student.key) / f"feedback.{name}")
            progress(done, len(wanted))
    say(words.plain("feedback.written", n=len(wanted), folder=course.resolve()))
