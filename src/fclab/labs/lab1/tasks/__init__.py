"""The self-study tasks of the lab, each one object in a module of its own."""

from collections.abc import Iterator, Sequence
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from fclab.labs.lab1.tasks.task import Paragraph, Task
from fclab.study.expectations import Claim
from fclab.study.table import FinalTable, Line
from fclab.values.dataset import Dataset


@cache
def tasks() -> tuple[Task, ...]:
    """All tasks in the order of the lab: the object ``TASK`` of every module here that has one."""
    modules = (import_module(f"{__name__}.{found.name}") for found in iter_modules(__path__))
    found = [module.TASK for module in modules if hasattr(module, "TASK")]
    return tuple(sorted(found, key=lambda task: task.number))


def task_of(kind: str) -> Task | None:
    """The task that adds rows of this kind; None of rows of the student's own."""
    return next((task for task in tasks() if kind in task.kinds), None)


def answered(
    table: FinalTable, images: Dataset | None = None
) -> Iterator[tuple[Task, tuple[Paragraph, ...]]]:
    """The tasks that a study answers, with their answers.

    Args:
        table: the study.
        images: what it is about; None where they are not at hand.
    """
    for task in tasks():
        if found := tuple(some for some in task.answer(table, images) if some):
            yield task, found


def claims(lines: Sequence[Line]) -> Iterator[Claim]:
    """What the lab expects of the rows of all its tasks."""
    for task in tasks():
        yield from task.claims(lines)
