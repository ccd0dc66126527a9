"""The teacher's sheet of the defence: a page for each student with questions and right answers."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final

from fclab.course.feedback.asking import Asked, about_rows, about_slips
from fclab.course.feedback.slips import named, slip_lines
from fclab.course.questions.bank import Question, questions
from fclab.course.values import Checked, Course, CourseCheck, Student
from fclab.report.model import Block, Items, Report, Section, Table
from fclab.report.writer import Writer
from fclab.words.languages import Lang
from fclab.words.wording import Wording, say, wording

MOST: Final = 8
"""Questions for a student."""
OWN: Final = 5
"""At most so many of them follow from the submission; the others have numbers for answers."""
_ORDER: Final = ("q2", "q6", "q4", "q1", "q3", "q5", "q7")
_SEED: Final = 10_000  # other numbers than in the question bank, which a student may have seen


def defence_sheet(
    course: Course, checked: CourseCheck, lang: Lang, *, anonymous: bool = False
) -> Report:
    """What a teacher takes to the defence: who, what was found, what to ask and what is right.

    Args:
        course: students in their order; one without classes and without a submission gets no page.
        checked: what was found in the submissions.
        lang: of all texts.
        anonymous: keys in place of names and groups.
    """
    writer = Writer(wording(lang))
    of = checked.by_student
    classes = {one.student: one.classes for one in course.assignments}
    sections = []
    for place, student in enumerate(course.students):
        one = of.get(student.key)
        own = (one.classes if one else None) or classes.get(student.key)
        if one is not None or own is not None:
            blocks = _page(writer, course, one, own, place, anonymous=anonymous)
            title = _whose(student, anonymous=anonymous)
            sections.append(Section(f"student-{place}", title, tuple(blocks)))
    return Report(
        writer.words.plain("defence_sheet.title"),
        writer.words.text(say("defence_sheet.about")),
        lang, tuple(sections), form="sheets",
    )  # fmt: skip


def _whose(student: Student, *, anonymous: bool) -> str:
    known = () if anonymous else (student.name, student.group)
    return ", ".join(filter(None, known)) or student.key


def _page(
    writer: Writer,
    course: Course,
    one: Checked | None,
    classes: Sequence[int] | None,
    place: int,
    *,
    anonymous: bool,
) -> Iterator[Block]:
    words = writer.words
    if classes is not None:
        yield writer.paragraph(
            say("defence_sheet.classes", classes=[named(number, words) for number in classes])
        )
    found = list(_found(words, course, one, anonymous=anonymous))
    yield Items(tuple(writer.cell(line) for line in found))
    asked: list[Asked] = []
    if one is not None:
        asked += about_slips(words, course, one, anonymous=anonymous)
        asked += about_rows(words, one)
    asked = asked[:OWN]
    if classes is not None:
        rows = one.claims.rows if one else ()
        made = list(questions(words, classes, rows, _SEED + place, 1))
        made.sort(key=lambda question: _ORDER.index(question.name.partition(".")[0]))
        asked += [_numeric(words, question) for question in made[: MOST - len(asked)]]
    if asked:
        yield Table(
            f"questions-{place}",
            words.text(say("defence_sheet.caption")),
            tuple(map(writer.cell, words.each("defence_sheet.column", "n", "ask", "right"))),
            tuple(
                tuple(map(writer.cell, (n, question, answer)))
                for n, (question, answer) in enumerate(asked, start=1)
            ),
            ("right", "left", "left"),
        )
    if one is not None:
        yield writer.note("caution", say("check.careful"))


def _found(
    words: Wording, course: Course, one: Checked | None, *, anonymous: bool
) -> Iterator[str]:
    if one is None:
        yield words.plain("defence_sheet.none")
        return
    count = Counter(row.finding for row in one.rows)
    if not count:
        yield words.plain("defence_sheet.no_rows")
    for finding in ("plausible", "unusual", "not_reproducible", "not_checked"):
        if count[finding]:
            said = words.plain(f"check.finding.{finding}")
            yield words.plain(
                "defence_sheet.found", finding=said, one=count[finding] == 1,
                rows=_ranges([row.row + 1 for row in one.rows if row.finding == finding]),
            )  # fmt: skip
    yield from slip_lines(one.slips, words, course, anonymous=anonymous)


def _ranges(rows: Sequence[int]) -> list[str]:
    """Ascending numbers, three or more that follow each other as a range: 1–4, 6."""
    made: list[str] = []
    for _, group in groupby(enumerate(rows), lambda pair: pair[1] - pair[0]):
        run = [row for _, row in group]
        made += [f"{run[0]}–{run[-1]}"] if len(run) > 2 else map(str, run)
    return made


def _numeric(words: Wording, question: Question) -> Asked:
    whole = question.tolerance == 0
    answer = words.whole(question.answer) if whole else words.num(question.answer)
    return Asked(
        question.text, words.plain("defence_sheet.answer", answer=answer, why=question.why)
    )
