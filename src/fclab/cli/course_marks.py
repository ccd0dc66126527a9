"""`fclab course marks`: points by a rubric, as a workbook and for learning platforms."""

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from fclab.cli.language import Spoken

_NAMES = {
    "xlsx": "marks.xlsx", "moodle": "moodle.csv", "gradescope": "gradescope",
    "nbgrader": "nbgrader",
}  # fmt: skip
"""Of the files and folders in ``teacher/``."""


def marks(
    *,
    to: Literal["xlsx", "moodle", "gradescope", "nbgrader"] = "xlsx",
    course: Path = Path(),
    rubric: Path | None = None,
    by: Literal["email", "id"] = "email",
    out: Path | None = None,
    anonymous: Annotated[bool, Parameter(negative="")] = False,
    lang: Spoken = None,
) -> None:
    """Give points for what a machine can see of the submissions, and leave the rest to the teacher.

    What is looked at stands in rubric.toml of the course's folder, which is written there the first
    time and is yours to change. A row that is unusual costs nothing; one that cannot be repeated
    as it is stated is left to the teacher.

    Examples:

        fclab course marks

        fclab course marks --to moodle --by id

        fclab course marks --to gradescope --out results

    Parameters
    ----------
    to
        The form: a workbook with blanks for the teacher, or what a platform imports.
    course
        Folder of the course; default: this one.
    rubric
        Another file of that form.
    by
        What Moodle is to know students by.
    out
        The file, of gradescope and nbgrader the folder; default: in teacher/ of the course's
        folder.
    anonymous
        Keys in place of names.
    """
    from fclab.cli.progress import say
    from fclab.course.extra import require_course
    from fclab.course.feedback.page import page
    from fclab.course.folder import read_checked, read_course, teacher_folder
    from fclab.course.marks.book import write_book
    from fclab.course.marks.gradescope import results_json
    from fclab.course.marks.moodle import moodle_csv
    from fclab.course.marks.nbgrader import ASSIGNMENT, nbgrader_csv
    from fclab.course.marks.rubric import Mark, course_rubric, mark, read_rubric
    from fclab.report.html import write_html
    from fclab.values.errors import UsageError
    from fclab.values.files import write_atomic, write_with
    from fclab.values.text import file_name
    from fclab.words.languages import spoken_lang
    from fclab.words.wording import wording

    require_course()
    if anonymous and to == "moodle":
        raise UsageError("Moodle knows students by e-mail or id: leave out --anonymous")
    kept, checked = read_course(course), read_checked(course)
    chosen, place = (read_rubric(rubric), rubric) if rubric else course_rubric(course)
    of = checked.by_student
    given = tuple(mark(chosen, student, of.get(student.key)) for student in kept.students)
    spoken, words = wording(spoken_lang(lang)), wording(lang or kept.lang)
    target, left = out or teacher_folder(course) / _NAMES[to], tuple[Mark, ...]()
    handed_in = [one for one in given if one.submitted]
    match to:
        case "xlsx":
            write_with(
                target, lambda path: write_book(path, chosen, given, words, anonymous=anonymous)
            )
        case "moodle":
            text, left = moodle_csv(chosen, given, words, by)
            write_atomic(target, text)
        case "gradescope":
            left = tuple(one for one in given if not one.submitted)
            for one in handed_in:
                folder = target / file_name(one.student.key)
                write_atomic(folder / "results.json", results_json(chosen, one, words))
        case "nbgrader":
            write_atomic(target / "grades.csv", nbgrader_csv(chosen, given, anonymous=anonymous))
            for one in handed_in:  # made anew: a page that is kept may have a name
                folder = target / "feedback" / file_name(one.student.key) / ASSIGNMENT
                made = page(one.student, of[one.student.key], words.language, anonymous=anonymous)
                write_html(made, folder / f"{ASSIGNMENT}.html")
    say(spoken.plain("marks.rubric", path=place.resolve()))
    say(spoken.plain("marks.written", n=len(given) - len(left), path=target.resolve()))
    if left:
        say(spoken.plain("marks.left", keys=[one.student.key for one in left]))
