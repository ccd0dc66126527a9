"""The defence as a self-test: ask, wait, show the answer, check a number, sum up."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from fclab.cli.blocks import BlockPrinter
from fclab.labs.lab1.defence.checks import Check
from fclab.labs.lab1.defence.section import QUESTIONS
from fclab.report.model import Section
from fclab.words.languages import LANGUAGES
from fclab.words.wording import Say, Wording, say, wording

Grade = Literal["known", "partly", "unknown"]

_SIGNS = {"+": "known", "1": "known", "~": "partly", "-": "unknown", "0": "unknown"}
"""Answers in any language."""


class _Finished(Exception):
    """The person wants no more."""


@dataclass
class _Mark:
    """How one question went: the grade a person gave (None: skipped), numbers right and asked."""

    grade: Grade | None = None
    right: int = 0
    asked: int = 0

    @property
    def weak(self) -> bool:
        """Whether it is worth repeating."""
        return self.grade != "known" or self.right < self.asked


@dataclass
class SelfTest:
    """A conversation about the questions.

    Args:
        out: where it is held.
        words: of its language.
        printer: shows answers.
        asked: the questions by key ("q1"), in order.
        answers: an answer for each.
        checks: questions with numbers for each.
        seed: of the checks, told at the end.
        read: asks for a line; raises EOFError or KeyboardInterrupt where there are no more.
    """

    out: Console
    words: Wording
    printer: BlockPrinter
    asked: Mapping[str, str]
    answers: Mapping[str, Section]
    checks: Mapping[str, Sequence[Check]]
    seed: int
    read: Callable[[str], str] = input
    marks: dict[str, _Mark] = field(default_factory=dict)

    def hold(self) -> None:
        """Ask everything, and sum up; Ctrl-C, the end of input and "q" only end it earlier."""
        try:
            for question in self.asked:
                self._ask(question)
        except (_Finished, EOFError, KeyboardInterrupt):
            self.out.print()
        self._sum_up()

    def show(self) -> None:
        """Print all questions with their answers at once."""
        for question, section in self.answers.items():
            self.printer.section(section)
            if checks := self.checks.get(question):
                self.out.print(Text(self._say("checks"), style="bold"))
                for check in checks:
                    self._print(check.question)
                    self._print(check.why, style="green")
                self.out.print()

    def _ask(self, question: str) -> None:
        title = self._say("question", n=question.removeprefix("q"), total=len(QUESTIONS))
        self.out.print(Panel(Text(self.asked[question], style="bold"), title=title))
        if self._line("think") == "skip":
            self.marks[question] = _Mark()
            return
        self.out.print()
        self.printer.section(self.answers[question])
        mark = _Mark(self._grade())
        self.marks[question] = mark
        for check in self.checks.get(question, ()):
            self.out.print()
            self._print(check.question)
            typed = self.read(f"{self._say('number')} ").strip()
            if self._meant(typed) == "quit":
                raise _Finished
            mark.asked += 1
            if check.accepts(typed):
                mark.right += 1
                self._print(say("defence.checks.right"), style="bold green")
            else:
                self._print(say("defence.checks.wrong", answer=self._number(check)), style="red")
            self._print(check.why)
        self.out.print()

    def _grade(self) -> Grade:
        meant = self._line("grade")
        while meant not in get_args(Grade):
            meant = self._line("again")
        return meant

    def _line(self, key: str) -> Any:
        meant = self._meant(self.read(f"{self._say(key)} "))
        if meant == "quit":
            raise _Finished
        return meant

    @staticmethod
    def _meant(typed: str) -> str | None:
        """What was answered, in whatever language; None: something else."""
        word = typed.strip().casefold()
        for spoken in map(wording, LANGUAGES):
            for meaning in (*get_args(Grade), "quit", "skip"):
                if word in spoken.plain(f"typed.{meaning}").split():
                    return meaning
        return _SIGNS.get(word)

    def _sum_up(self) -> None:
        if not self.marks:
            self.out.print(self._say("none"))
            return
        names = self.words.each("cli.defend", "of_question", "of_answer", "of_numbers")
        table = Table(*names, title=self._say("summary"))
        for question, mark in self.marks.items():
            grade = self._say(mark.grade or "skipped")
            style = {"known": "green", "partly": "yellow"}.get(mark.grade or "", "red")
            numbers = f"{mark.right} / {mark.asked}" if mark.asked else "—"
            table.add_row(self.answers[question].title, Text(grade, style=style), Text(numbers))
        self.out.print(table)
        weak = [question.removeprefix("q") for question, mark in self.marks.items() if mark.weak]
        self.out.print(self._say("repeat" if weak else "fine", questions=", ".join(weak)))
        if any(mark.asked for mark in self.marks.values()):
            self.out.print(Text(self._say("same", seed=self.seed), style="dim"))

    def _number(self, check: Check) -> str:
        whole = check.tolerance == 0
        return self.words.whole(check.answer) if whole else self.words.num(check.answer)

    def _print(self, sentence: Say, style: str = "") -> None:
        text = self.printer.text(self.words.text(sentence))
        text.stylize(style)
        self.out.print(text)

    def _say(self, key: str, **values: object) -> str:
        return self.words.plain(f"cli.defend.{key}", **values)
