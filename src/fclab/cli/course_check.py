"""`fclab course check`: what students claim, trained again."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from fclab.cli.elsewhere import CLUSTER_TRAINER, FlattenedClusterTrainer
from fclab.cli.place import KEPT, FlattenedKept

if TYPE_CHECKING:
    from fclab.course.values import Claims, Course
    from fclab.words.wording import Wording

Flag = Annotated[bool, Parameter(negative="")]


def check(
    submissions: Path,
    /,
    *,
    course: Path = Path(),
    seeds: int = 16,
    anonymous: Flag = False,
    data: str | None = None,
    trainer: FlattenedClusterTrainer = CLUSTER_TRAINER,
    where: FlattenedKept = KEPT,
) -> None:
    """Read the submissions of a course, train every claimed row again, and say what was found.

    It says which rows are as single runs come out, which are unusual (outside 95 % of runs) and
    which cannot be repeated as they are stated, so that among 300 honest rows not one is called so
    in 99 of 100 courses; and what else deserves a look. It is evidence for a talk with the student
    and no judgement. Every network is kept: a stopped check goes on where it was, and a second one
    trains nothing. The result is kept in checked.json of the course's folder.

    Examples:

        fclab course check submissions

        fclab course check submissions.zip --course course-2026 --seeds 32

        fclab course check submissions --anonymous --lang en

    Parameters
    ----------
    submissions
        A folder or zip with a report, notebook or table of each student.
    course
        Folder of the course; default: the current one. Without a roster in it, submissions are
        taken at their word about their classes.
    seeds
        Runs that every row is compared with; a row that looks suspicious with twice as many.
    anonymous
        Show keys and numbers in place of names and files.
    data
        CIFAR-100: a folder or archive; default: FCLAB_DATA or the cache.
    trainer
        Who trains.
    where
        Which store, and the language.
    """
    from fclab.cli.course_checked import print_checked
    from fclab.cli.fetched import found_or_fetched
    from fclab.cli.progress import progress_bar, say, wide_output
    from fclab.course.folder import is_course, read_course, write_checked
    from fclab.course.judging import check_course
    from fclab.course.reading import read_submissions
    from fclab.course.reading.shown import understood
    from fclab.data.cifar100 import chooser
    from fclab.study.trainer import Trainer
    from fclab.values.quantities import check_whole

    words = where.words
    check_whole("--seeds", seeds, 4, 1000)
    known = read_course(course) if is_course(course) else None
    if known is None:
        say(words.plain("check.no_course", folder=str(course.resolve())))
    with progress_bar(words.plain("check.reading"), things=True) as progress:
        every = tuple(read_submissions(submissions, known, progress=progress))
    every = _in_order(every, known)
    out = wide_output(highlight=False)
    for one in every:
        out.print(understood(one, words, known, anonymous=anonymous))
    source = found_or_fetched(data, words)
    with (
        where.open(use="train", create=True, trains=True) as store,
        trainer.elsewhere(words, store),
        progress_bar(words.plain("check.training")) as progress,
    ):
        found = check_course(
            every,
            Trainer(store, trainer.engine, trainer.device, progress),
            chooser(source),
            course=known,
            seeds=seeds,
            names=_names(every, known, words, anonymous=anonymous),
        )
    path = write_checked(course, found)
    print_checked(out, found, words, known, anonymous=anonymous)
    say(words.plain("check.written", file=str(path)))


def _in_order(every: "tuple[Claims, ...]", course: "Course | None") -> "tuple[Claims, ...]":
    """In the order of the roster, those of nobody at the end."""
    places = {s.key: k for k, s in enumerate(course.students)} if course else {}
    return tuple(sorted(every, key=lambda one: places.get(one.student or "", len(places))))


def _names(
    every: "tuple[Claims, ...]", course: "Course | None", words: "Wording", *, anonymous: bool
) -> list[str]:
    """What submissions are called where one is like another: keys, which are in the roster, or
    names as they stand on the title; with ``anonymous`` never the latter."""
    return [
        one.student or words.plain("check.submission", n=place)
        if anonymous or one.student
        else one.name or (one.files[0] if one.files else words.plain("check.submission", n=place))
        for place, one in enumerate(every, start=1)
    ]
