"""`fclab course questions`: a question bank for a learning platform."""

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from fclab.cli.language import Spoken


def questions(
    *,
    to: Literal["gift", "moodle-xml"] = "gift",
    course: Path = Path(),
    each: int = 2,
    out: Path | None = None,
    anonymous: Annotated[bool, Parameter(negative="")] = False,
    lang: Spoken = None,
) -> None:
    """Write questions with numbers for answers about every student's own networks.

    A category for everyone who has classes, for the question bank of Moodle: how many weights the
    network has, how many iterations an epoch, what the loss of a guess is. Where submissions were
    checked, the networks are those of the student's own table.

    Examples:

        fclab course questions --to gift

        fclab course questions --to moodle-xml --course lab1-2026 --each 3

    Parameters
    ----------
    to
        The form: gift (a text file) or moodle-xml.
    course
        Folder of the course; default: this one.
    each
        At most so many questions for each of the first seven of the defence.
    out
        The file; default: teacher/questions.txt or .xml in the folder of the course.
    anonymous
        Keys in place of names.
    """
    from fclab.cli.progress import say
    from fclab.course.folder import CHECKED, read_checked, read_course, teacher_folder
    from fclab.course.questions.bank import question_bank
    from fclab.course.questions.gift import gift
    from fclab.course.questions.moodle_xml import moodle_xml
    from fclab.values.errors import UsageError
    from fclab.values.files import write_atomic
    from fclab.words.languages import spoken_lang
    from fclab.words.wording import wording

    if each < 1:
        raise UsageError("--each is a number of questions, 1 or more, not {each}", each=each)
    kept = read_course(course)
    if lang is not None:
        kept = kept.model_copy(update={"lang": lang})
    checked = read_checked(course) if (course / CHECKED).is_file() else None
    bank = question_bank(kept, checked, each=each, anonymous=anonymous)
    if not bank:
        raise UsageError("nobody in {folder} has classes yet: fclab course init", folder=course)
    write, suffix = (gift, "txt") if to == "gift" else (moodle_xml, "xml")
    path = write_atomic(out or teacher_folder(course) / f"questions.{suffix}", write(bank))
    words, count = wording(spoken_lang(lang)), sum(len(one.questions) for one in bank)
    say(words.plain("questions.written", n=count, categories=len(bank), path=path.resolve()))
