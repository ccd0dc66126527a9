"""`fclab start`: the whole lab for those who never used a terminal. It asks, and then does what
`fclab run` does."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from fclab.words.languages import Lang

if TYPE_CHECKING:
    from fclab.cli.classes import ClassChoice
    from fclab.words.wording import Wording

_SECTION = "start"
"""Of fclab.toml: what was answered and is not on the title page."""


@dataclass(frozen=True)
class Answers:
    """What was answered, now or before.

    Attributes:
        lang, student, group: also of the title page.
        variant, department, scheme: how the classes follow.
        counted: the number of the group as the scheme means it, where the name leaves it open.
        classes: named by the person in place of them.
        data: where the images are; empty: where they are found.
    """

    lang: str = ""
    student: str = ""
    group: str = ""
    variant: int = 0
    department: str = ""
    scheme: str = ""
    counted: int = 0
    classes: tuple[int, ...] = ()
    data: str = field(default="", compare=False)


def start(
    *,
    seeds: int = 32,
    data: str | None = None,
    open_report: Annotated[bool, Parameter(name="--open", negative="--no-open")] = True,
    lang: Annotated[
        Lang | None,
        Parameter(help="Language of questions, report and figures; default: it is asked for."),
    ] = None,
) -> None:
    """Do the whole lab by answering questions: for those who never used a terminal.

    Group, variant, department and name are asked for, each with what it is for; the images are
    found or fetched; it is said what will happen and how long it takes; then the lab is done, and
    the report opens. Answers stay in fclab.toml, so the next time Enter is enough.

    Examples:

        fclab start

        fclab start --lang en

        fclab start --seeds 4 --no-open

    Parameters
    ----------
    seeds
        How many times each row of the study is trained: fewer is faster, and says less.
    data
        CIFAR-100: a folder or archive; default: it is looked for, and asked for if it is not here.
    open_report
        Open the report in the browser at the end.
    """
    import sys

    from fclab.cli.ask import Ended, is_terminal
    from fclab.cli.progress import say
    from fclab.values.errors import UsageError
    from fclab.words.languages import spoken_lang
    from fclab.words.wording import wording

    if not is_terminal():
        raise UsageError(
            "fclab start asks in a terminal, and this is none: give the answers as options, "
            "fclab run --group ИУ5-25М --variant 1 --department iu5"
        )
    if seeds < 1:
        raise UsageError("--seeds is a number of runs from 1, not {seeds}", seeds=seeds)
    asked = _Dialogue(_remembered(), lang, data, seeds)
    try:
        asked.go()
    except Ended:
        say("")  # the question is on the line
        asked.remember()
        say(wording(asked.answers.lang or spoken_lang(lang)).plain("cli.start.ended"))
        sys.exit(130)
    asked.remember()
    asked.do()
    if open_report:
        _show(asked.words)


class _Dialogue:
    """The questions one after the other, and what came of them."""

    def __init__(self, before: Answers, lang: "Lang | None", data: str | None, seeds: int):
        self.answers = replace(before, data=data or before.data)
        self._lang, self._seeds, self._correcting = lang, seeds, False

    @property
    def words(self) -> "Wording":
        """Of the language that was chosen."""
        from fclab.words.languages import spoken_lang
        from fclab.words.wording import wording

        return wording(self._lang or self.answers.lang or spoken_lang())

    def go(self) -> None:
        """Ask everything.

        Raises:
            Ended: nobody wants to answer.
        """
        from fclab.cli.progress import say

        say(self.words.plain("cli.start.welcome"))
        self._language()
        if not self._same_as_before():
            self._person()
            while not self._classes():
                self._correcting = True
        self._data()
        self._plan()

    def remember(self) -> None:
        """Keep in fclab.toml what was answered; that it cannot be kept is said, and is no end."""
        from fclab.cli.progress import say
        from fclab.cli.tell import tell
        from fclab.values.errors import FclabError
        from fclab.values.files import write_atomic
        from fclab.values.settings_file import SETTINGS_FILE, with_values

        found = self.answers
        report = {"student": found.student, "group": found.group, "lang": found.lang}
        own = {
            "variant": found.variant, "department": found.department, "scheme": found.scheme,
            "counted": found.counted, "data": found.data,
        }  # fmt: skip
        kept: dict[str, Any] = {k: v for k, v in own.items() if v}
        if found.classes or "classes" in _section(_SECTION):
            kept["classes"] = list(found.classes)
        try:
            before = SETTINGS_FILE.read_text("utf-8") if SETTINGS_FILE.is_file() else ""
            text = with_values(before, "report", {k: v for k, v in report.items() if v})
            text = with_values(text, _SECTION, kept)
            if text != before:
                write_atomic(SETTINGS_FILE, text)
                say(self.words.plain("cli.start.remembered", path=SETTINGS_FILE))
        except (FclabError, OSError, ValueError) as error:
            tell(error, self.words.language)

    def do(self) -> None:
        """What `fclab run` does."""
        from fclab.cli.lab import run
        from fclab.cli.options import Common

        run(
            choice=_choice(self.answers), seeds=self._seeds, common=Common(lang=self.words.language)
        )

    def _language(self) -> None:
        import os

        from fclab.cli.ask import ask
        from fclab.cli.silence import speak
        from fclab.values.errors import UsageError
        from fclab.words.languages import LANGUAGES

        def read(text: str) -> str:
            code = text.strip().lower()[:2]
            code = {"1": "ru", "2": "en", "ру": "ru", "ан": "en"}.get(code, code)
            if code not in LANGUAGES:
                raise UsageError("no language {text!r}: write ru or en", text=text)
            return code

        if self._lang is None:
            lang = ask(self.words, "cli.start.lang", read, self.words.language)
        else:
            lang = self._lang
        self.answers = replace(self.answers, lang=lang)
        self._lang = None
        os.environ["FCLAB_LANG"] = lang  # what is said from now on, errors too, is in it
        speak(lang)

    def _same_as_before(self) -> bool:
        from fclab.cli.ask import ask, yes_or_no

        found = self.answers
        if not (found.classes or (found.group and found.variant and found.department)):
            return False
        numbers = _numbers(found)
        if numbers is None:
            return False
        return ask(self.words, "cli.start.before", yes_or_no, self.words.plain("cli.start.yes"),
                   answers=found, classes=_named(numbers))  # fmt: skip

    def _person(self) -> None:
        from fclab.cli.ask import ask
        from fclab.values.errors import UsageError
        from fclab.values.text import one_line

        def read(text: str) -> str:
            try:
                return one_line(text)
            except ValueError as error:
                raise UsageError("{reason}", reason=error) from error

        student = ask(self.words, "cli.start.student", read, self.answers.student)
        self.answers = replace(self.answers, student=student)

    def _classes(self) -> bool:
        """Ask what the classes follow from, all of it, with the answers so far as defaults; whether
        they are right."""
        from fclab.cli.ask import ask
        from fclab.labs.lab1.variant import (
            DEFAULT_SCHEME,
            DEPARTMENTS,
            SCHEMES,
            department_text,
            parse_department,
            read_group,
        )
        from fclab.labs.lab1.variant.group import counted
        from fclab.values.errors import UsageError
        from fclab.values.quantities import whole

        def group(text: str) -> str:
            read_group(text)
            return text.strip()

        def year(text: str) -> str:
            if text not in SCHEMES:
                raise UsageError("the year of the rule is one of {years}", years=", ".join(SCHEMES))
            return text

        def department(text: str) -> str:
            if text.isdecimal() and 1 <= int(text) <= len(DEPARTMENTS):
                return DEPARTMENTS[int(text) - 1]
            return parse_department(text)

        found = self.answers
        found = replace(found, group=ask(self.words, "cli.start.group", group, found.group))
        self.answers = found
        names = [department_text(one, self.words.language) for one in DEPARTMENTS]
        usual = found.department or DEPARTMENTS[0]
        found = replace(
            found,
            department=ask(self.words, "cli.start.department", department,
                           names[DEPARTMENTS.index(usual)], names=names),
        )  # fmt: skip
        self.answers = found
        number = ask(self.words, "cli.start.variant", lambda text: counted("variant", whole(text)),
                     str(found.variant or ""))  # fmt: skip
        found = replace(found, variant=number, classes=(), counted=0,
                        scheme=found.scheme or DEFAULT_SCHEME)  # fmt: skip
        self.answers = found
        if self._correcting:
            scheme = ask(self.words, "cli.start.year", year, found.scheme, years=[*SCHEMES])
            self.answers = replace(found, scheme=scheme)
        return self._are_right()

    def _are_right(self) -> bool:
        """Show the classes, and ask until they are right, or what they follow from is not."""
        from fclab.cli.ask import NO, YES, ask
        from fclab.labs.lab1.variant import SCHEMES, find_scheme, rule_of, without_options
        from fclab.labs.lab1.variant.group import counted
        from fclab.values.errors import FclabError, UsageError
        from fclab.values.names import distinct_classes, find_classes
        from fclab.words.said import said

        def read(text: str) -> Answers | None:
            typed = text.casefold()
            if typed in NO:
                return None
            if typed in YES and _numbers(self.answers) is not None:
                return self.answers
            if not typed or typed in YES:
                raise UsageError("no classes follow from these answers: write “no” to alter them")
            if typed in SCHEMES:
                return replace(self.answers, scheme=typed, classes=(), counted=0)
            if typed.isdecimal() and unclear:
                return replace(self.answers, counted=counted("group", int(typed)))
            classes = find_classes([text])
            if len(classes) != 3:
                raise UsageError("three classes are needed, not {n}", n=len(classes))
            distinct_classes(classes)
            return replace(self.answers, classes=classes)

        while True:
            before, error, unclear = self.answers, "", False
            numbers = before.classes
            try:
                numbers = numbers or _by_rule(before)
            except FclabError as reason:
                unclear = "counts" in reason.values  # what the number in the group's name is
                error = said(without_options(reason), self.words.language)
            rule = rule_of(find_scheme(before.scheme), self.words.language)
            usual = "cli.start.no" if error else "cli.start.yes"
            answered = ask(
                self.words, "cli.start.classes", read,
                "" if unclear else self.words.plain(usual),
                classes=_named(numbers), rule="" if before.classes else rule, error=error,
                unclear=unclear, years=[*SCHEMES],
            )  # fmt: skip
            if answered is None:
                return False
            self.answers = answered
            if answered is before:
                return True

    def _data(self) -> None:
        """Find the images, or have them fetched or shown."""
        from fclab.cli.ask import ask, dragged
        from fclab.cli.progress import byte_bar, byte_bars, say
        from fclab.data.cifar100 import find
        from fclab.values.errors import FclabError
        from fclab.words.said import said

        def look(where: str | None) -> bool:
            with byte_bars() as bars:
                source = find(where, telling=lambda name: byte_bar(bars, name))
            if source is None:
                return False
            say("", self.words.plain("cli.start.data.found", path=source.path))
            return True

        def read(text: str) -> str:
            if text.casefold() in self.words.plain("cli.start.data.fetch").split():
                return ""
            if text.casefold() == "synthetic":
                return "synthetic"
            path = str(dragged(text).absolute())
            look(path)
            return path

        given = self.answers.data
        if given == "synthetic":
            return
        try:
            if look(given or None):
                return
        except FclabError as error:
            say("", f"  {said(error, self.words.language)}")
        usual = self.words.plain("cli.start.data.fetch").split()[0]
        data = ask(self.words, "cli.start.data", read, usual)
        self.answers = replace(self.answers, data=data)

    def _plan(self) -> None:
        """Say what will happen and how long it takes, and wait for a yes."""
        from fclab.cli.ask import Ended, ask, yes_or_no
        from fclab.cli.lab import name_of
        from fclab.cli.wait import about
        from fclab.labs.estimate import seconds_of_run
        from fclab.store import DEFAULT

        numbers = _numbers(self.answers) or ()
        chosen, _ = _choice(self.answers).quietly(self.words.language)
        time = about(self.words, seconds_of_run(self._seeds))
        go = ask(
            self.words, "cli.start.plan", yes_or_no, self.words.plain("cli.start.yes"),
            answers=self.answers, classes=_named(numbers), seeds=self._seeds, time=time,
            folder=DEFAULT.parent.absolute() / name_of(chosen),
            synthetic=self.answers.data == "synthetic",
        )  # fmt: skip
        if not go:
            raise Ended


def _numbers(found: Answers) -> tuple[int, ...] | None:
    """The classes of the answers; None where no rule gives three."""
    from fclab.values.errors import FclabError

    try:
        return found.classes or _by_rule(found)
    except FclabError:
        return None


def _choice(found: Answers) -> "ClassChoice":
    """What `fclab run` gets of the answers."""
    from fclab.cli.classes import ClassChoice

    of_rule = _by_rule(found) if found.counted and not found.classes else None
    choice = ClassChoice(data=found.data or None, classes=found.classes or of_rule)
    if found.classes:  # named classes need no rule; those of a counted group prove it
        return choice
    return replace(
        choice, group=found.group, variant=found.variant, department=found.department,
        scheme=found.scheme,
    )  # fmt: skip


def _by_rule(found: Answers) -> tuple[int, ...]:
    from fclab.labs.lab1.variant import classes_of, find_scheme

    scheme = find_scheme(found.scheme)
    group = found.counted or found.group
    return classes_of(group, found.variant, found.department, scheme=scheme).classes


def _named(numbers: Sequence[int]) -> list[Any]:
    from fclab.values.names import CLASS_NAMES

    return [CLASS_NAMES[number] for number in numbers]


def _section(name: str) -> Mapping[str, Any]:
    """A section of fclab.toml; what is wrong with it is told when the lab is done."""
    from fclab.values.files import read_toml
    from fclab.values.settings_file import SETTINGS_FILE

    section = read_toml(SETTINGS_FILE).get(name, {}) if SETTINGS_FILE.is_file() else {}
    return section if isinstance(section, dict) else {}


def _remembered() -> Answers:
    """The answers of the last time; what cannot be one is forgotten.

    Raises:
        UsageError: fclab.toml cannot be read.
    """
    from fclab.labs.lab1.variant import DEFAULT_SCHEME, DEPARTMENTS, SCHEMES
    from fclab.values.names import CLASS_NAMES
    from fclab.words.languages import LANGUAGES

    title, own = _section("report"), _section(_SECTION)
    lang, student, group = (str(title.get(name, "")) for name in ("lang", "student", "group"))
    classes = own.get("classes")
    numbers = range(len(CLASS_NAMES))
    three = isinstance(classes, list) and len(classes) == 3 and all(n in numbers for n in classes)
    return Answers(
        lang=lang if lang in LANGUAGES else "",
        student=student,
        group=group,
        variant=_positive(own.get("variant")),
        department=own["department"] if own.get("department") in DEPARTMENTS else "",
        scheme=own["scheme"] if own.get("scheme") in SCHEMES else DEFAULT_SCHEME,
        classes=tuple(classes) if three and classes else (),
        counted=_positive(own.get("counted")),
        data=own["data"] if isinstance(own.get("data"), str) else "",
    )


def _positive(value: object) -> int:
    return value if isinstance(value, int) and value > 0 else 0


def _show(words: "Wording") -> None:
    """Open the report of the last run, where there is somebody to see it."""
    from fclab.cli.opened import open_file
    from fclab.cli.progress import say
    from fclab.store.place import last

    before = last()
    report = Path(before.folder) / "report.html" if before and before.folder else None
    if report is None or not report.is_file():
        return
    opened = open_file(report.absolute())
    say(words.plain("cli.start.opened" if opened else "cli.start.open", path=report.absolute()))
