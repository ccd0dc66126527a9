"""The answers to the self-study tasks in sentences, and what choosing on the test set adds."""

from dataclasses import dataclass

from fclab.labs.lab1.tasks import tasks
from fclab.labs.lab1.tasks.task import Paragraph
from fclab.study.table import FinalTable
from fclab.words.wording import Say, say


@dataclass(frozen=True)
class Answered:
    """One answer.

    Attributes:
        name: of the task.
        title: of its section.
        paragraphs: each of one or more sentences.
    """

    name: str
    title: Say
    paragraphs: tuple[Paragraph, ...]


def answered(table: FinalTable) -> tuple[Answered, ...]:
    """Every answer of the study, in the order of the lab's tasks."""
    found = (
        Answered(task.name, say(f"tasks.{task.name}.title"), tuple(task.answer(table)))
        for task in tasks()
    )
    return tuple(answer for answer in found if answer.paragraphs)
