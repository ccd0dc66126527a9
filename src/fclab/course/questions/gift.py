"""Moodle's GIFT, a text file with questions; docs/questions.md has its rules and their source."""

import re
from collections.abc import Iterable

from fclab.course.questions.bank import Category, Question
from fclab.course.questions.numbers import moodle_path, number, one_line

_SPECIAL = re.compile(r"([\\~=#{}:])")


def gift(categories: Iterable[Category]) -> str:
    """The bank as GIFT: texts are plain, whatever they hold."""
    parts: list[str] = []
    for category in categories:
        parts += [f"$CATEGORY: {moodle_path(category.path)}", *map(_question, category.questions)]
    return "\n\n".join(parts) + "\n"


def _question(question: Question) -> str:
    answer = f"#{number(question.answer)}:{number(question.tolerance)}"
    return (
        f"::{_escaped(question.name)}::[plain]{_escaped(question.text)} "
        f"{{{answer}####{_escaped(question.why)}}}"
    )


def _escaped(text: str) -> str:
    """A text in which no character steers: GIFT's own have a backslash before them, and a line
    that begins with // would be a comment, so that no line begins anew."""
    return _SPECIAL.sub(r"\\\1", one_line(text))
