"""`fclab course init`: a roster becomes a course, and everyone gets classes and papers."""

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from fclab.cli.language import Spoken
from fclab.cli.options import Many

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from fclab.course.roster.assign import Clash
    from fclab.course.roster.handout import Handed
    from fclab.course.roster.people import Changes
    from fclab.course.roster.read import Problem, Roster
    from fclab.course.values import Course
    from fclab.words.wording import Wording

_SHOWN = 20
"""Lines of a kind that are printed; of more, how many there are."""


def init(
    roster: Path,
    *,
    scheme: str | None = None,
    schemes: Path | None = None,
    course: Path = Path(),
    group: Annotated[tuple[str, ...], Many] = (),
    department: str = "iu5",
    replace: Annotated[bool, Parameter(negative="")] = False,
    share: Annotated[bool, Parameter(negative="")] = False,
    formats: Annotated[tuple[Literal["docx", "pdf"], ...], Many] = ("docx", "pdf"),
    bench: str | None = None,
    anonymous: Annotated[bool, Parameter(negative="")] = False,
    lang: Spoken = None,
) -> None:
    """Make a course of a roster: everyone's classes by the year's rule, task sheets, notebooks.

    The roster is a CSV or XLSX file as offices export it; which column was read as what is said.
    Students whose classes clash get none until --replace gives them the fair replacement that is
    proposed. Called again with a roster that has changed, everyone keeps the classes that were
    given, and files that somebody has edited stay as they are.

    Examples:

        fclab course init roster.csv --scheme 2026 --course lab1-2026

        fclab course init roster.xlsx --scheme 2026 --group "ИУ5-23М=3" "ИУ5-24М=4" --replace

    Parameters
    ----------
    roster
        The file: name (or surname and first name), group, and as far as it has them variant,
        department, e-mail, id.
    scheme
        The year's rule: 2022 to 2026, or a name of --schemes; default: that of the course that is
        in the folder.
    schemes
        TOML file with rules of your own, or other ones for these years.
    course
        Folder of the course; default: this one.
    group
        Numbers of groups by their names, where the rule counts the groups of the year.
    department
        Of students of whom neither a column nor the name of the group says it.
    replace
        Give the replacements to those whose classes clash.
    share
        Let several students have the same variant and the same classes.
    formats
        Of the task sheets.
    bench
        Address of the page, for links; default: that of fclab web on one's own machine.
    anonymous
        Keys in place of names in all files but course.json.
    """
    from fclab.cli.progress import progress_bar, say
    from fclab.course.extra import require_course
    from fclab.course.folder import is_course, read_course, write_course
    from fclab.course.roster.assign import assign, group_numbers
    from fclab.course.roster.handout import hand_out
    from fclab.course.roster.link import BENCH, link
    from fclab.course.roster.listing import write_table
    from fclab.course.roster.people import students_of
    from fclab.course.roster.read import read_roster
    from fclab.course.values import Course
    from fclab.labs.lab1.variant import find_scheme, parse_department
    from fclab.values.errors import UsageError
    from fclab.values.extras import require
    from fclab.words.languages import spoken_lang, written_lang
    from fclab.words.wording import wording

    require_course()
    require("jupytext", "notebook", "fclab course init")
    words, address = wording(spoken_lang(lang)), bench or BENCH
    link((0, 1, 2), "en", address)
    kept = read_course(course) if is_course(course) else None
    if scheme is not None:
        rule = find_scheme(scheme, schemes)
    elif kept is not None:
        rule = kept.scheme
    else:
        raise UsageError("which year's rule? Add --scheme, like --scheme 2026")
    if kept is not None and rule != kept.scheme:
        raise UsageError(
            "the course in {folder} follows the rule {name}: leave out --scheme, or name another "
            "folder with --course",
            folder=course,
            name=kept.scheme.name,
        )
    found = read_roster(roster, parse_department(department))
    _print_read(found, anonymous, words)
    if rule.third is None:
        _print_departments(found, department, words)
    if not found.entries:
        raise UsageError("{path}: no line of the roster gives a student", path=roster)
    students, changes = students_of(found.entries, kept, anonymous=anonymous)
    groups = dict.fromkeys(one.group for one in students)
    numbers = group_numbers(groups, rule, _kept_numbers(kept, groups) | _numbers(group))
    assigned = assign(students, rule, numbers, kept=kept, replace=replace, share=share)
    made = Course(
        scheme=rule,
        lang=kept.lang if kept and lang is None else written_lang(lang),
        students=students,
        assignments=assigned.assignments,
    )
    lines = {one.key: entry.line for one, entry in zip(students, found.entries, strict=True)}
    _print_course(made, assigned.placed, changes if kept else None, numbers, words)
    _print_clashes(made, assigned.clashes, lines, replace, words)
    write_course(course, made)
    with progress_bar(words.plain("roster.bar"), things=True) as progress:
        handed = hand_out(
            course, made, bench=address, formats=formats, anonymous=anonymous, progress=progress
        )
    write_table(course, made, wording(made.lang), bench=address, anonymous=anonymous)
    _print_handed(handed, words)
    say(words.plain("roster.written", path=course.resolve()))


def _kept_numbers(kept: "Course | None", groups: "Iterable[str]") -> "dict[str, int]":
    """The numbers that groups of the roster have in the course that is kept."""
    if kept is None:
        return {}
    of_student = {one.key: one.group for one in kept.students}
    found = {of_student[one.student]: one.group for one in kept.assignments if one.group}
    return {name: found[name] for name in groups if name in found}


def _numbers(given: tuple[str, ...]) -> "dict[str, int]":
    """Groups and their numbers, as ИУ5-23М=3.

    Raises:
        UsageError: one is not of that form.
    """
    from fclab.values.errors import UsageError

    found = {}
    for text in given:
        name, _, number = text.rpartition("=")
        if not name.strip() or not number.strip().isdecimal() or not int(number):
            raise UsageError("--group {text!r} is not of the form ИУ5-23М=3", text=text)
        found[name.strip()] = int(number)
    return found


def _print_read(found: "Roster", anonymous: bool, words: "Wording") -> None:
    """How the columns were read, and what became of the lines."""
    for read in found.read:
        sheet = f"{read.sheet}: " if read.sheet else ""
        columns = [
            words.plain("roster.column", heading=heading, field=words.plain(f"roster.field.{name}"))
            for name, heading in read.columns
        ]
        key = "columns" if read.line else "no_headings"
        print(sheet + words.plain(f"roster.{key}", line=read.line, columns="; ".join(columns)))
        if read.ignored:
            print("  " + words.plain("roster.ignored", columns=read.ignored))
    print(words.plain("roster.students", n=len(found.entries)))
    if found.problems:
        print(words.plain("roster.problems", n=len(found.problems)))
        _lines((_worded(one, anonymous, words) for one in found.problems), words)
    if found.remarks:
        print(words.plain("roster.remarks", n=len(found.remarks)))
        _lines((_worded(one, anonymous, words) for one in found.remarks), words)


def _print_departments(found: "Roster", default: str, words: "Wording") -> None:
    """Whose rule was taken where no column says it."""
    from fclab.labs.lab1.variant import department_text, parse_department

    by_name: dict[str, dict[str, None]] = {}
    assumed = 0
    for entry in found.entries:
        if entry.source == "group" and entry.department != "iu5":
            whose = department_text(entry.department, words.language)
            by_name.setdefault(whose, {})[entry.group] = None
        assumed += entry.source == "default"
    for whose, groups in by_name.items():
        print(words.plain("roster.by_name", groups=list(groups), department=whose))
    if assumed:
        whose = department_text(parse_department(default), words.language)
        print(words.plain("roster.assumed", n=assumed, department=whose))


def _worded(one: "Problem", anonymous: bool, words: "Wording") -> str:
    """A line of the roster and what is wrong with it, without what may be a name if asked so."""
    named = one.kind in ("not_a_name", "left_out", "no_name")
    said = words.plain(f"roster.line.{one.kind}", about="…" if anonymous and named else one.about)
    sheet = f"{one.sheet}, " if one.sheet else ""
    return words.plain("roster.at", sheet=sheet, line=one.line, said=said)


def _print_course(
    course: "Course",
    placed: int,
    changes: "Changes | None",
    numbers: "Mapping[str, int]",
    words: "Wording",
) -> None:
    groups = [f"{name} = {number}" for name, number in numbers.items()]
    print(words.plain("roster.groups", groups=groups))
    if placed:
        print(words.plain("roster.placed", n=placed))
    if changes is None:
        return
    if not any(changes):
        print(words.plain("roster.unchanged"))
    for name, keys in changes._asdict().items():
        if keys:
            print(words.plain(f"roster.{name}", keys=keys))


def _print_clashes(
    course: "Course",
    clashes: "tuple[Clash, ...]",
    lines: "Mapping[str, int]",
    replace: bool,
    words: "Wording",
) -> None:
    had = Counter(frozenset(one.classes) for one in course.assignments)
    if shared := sum(n for n in had.values() if n > 1):
        print(words.plain("roster.shared", n=shared))
    if not clashes:
        if not shared:
            print(words.plain("roster.no_clashes"))
        return
    print(words.plain("roster.clashes", n=len(clashes)))
    said = []
    for one in clashes:
        what = words.plain(f"roster.clash.{one.kind}", variant=one.variant,
                           other=one.other)  # fmt: skip
        key = "none_left" if one.instead is None else "replaced" if replace else "proposed"
        then = words.plain(f"roster.clash.{key}", variant=one.instead, classes=one.classes)
        said.append(words.plain("roster.clash.one", student=one.student, line=lines[one.student],
                                what=what, then=then))  # fmt: skip
    _lines(said, words)
    if not replace:
        print(words.plain("roster.clash.remedy"))


def _print_handed(handed: "Handed", words: "Wording") -> None:
    print(words.plain("roster.handed", written=handed.written, same=handed.same))
    if handed.edited:
        print(words.plain("roster.edited", n=len(handed.edited)))
        _lines(handed.edited, words)


def _lines(said: "Iterable[str]", words: "Wording") -> None:
    """Indented; of very many the first, and how many more there are."""
    every = list(said)
    for line in every[:_SHOWN]:
        print(f"  {line}")
    if len(every) > _SHOWN:
        print("  " + words.plain("roster.more", n=len(every) - _SHOWN))
