"""All that the page may wish: one line for each."""

from functools import cache
from importlib import import_module
from typing import Any, Final

from fclab.web.tasks.task import Task

_TASKS: Final = {
    "regression": "fclab.web.tasks.regression:REGRESSION_TASK",
    "reproduce": "fclab.web.tasks.reproduce:REPRODUCE_TASK",
    "cifar": "fclab.web.tasks.cifar:CIFAR_TASK",
    "classes": "fclab.web.tasks.classes:CLASSES_TASK",
    "variant": "fclab.web.tasks.classes:VARIANT_TASK",
    "binary": "fclab.web.tasks.binary:BINARY_TASK",
    "binary_seeds": "fclab.web.tasks.binary:BINARY_SEEDS_TASK",
    "studies": "fclab.web.tasks.study:STUDIES",
    "study": "fclab.web.tasks.study:STUDY",
    "study_compare": "fclab.web.tasks.study:COMPARE",
    "study_whole": "fclab.web.tasks.study:WHOLE",
    "study_comment": "fclab.web.tasks.study:COMMENT",
    "study_remove": "fclab.web.tasks.study:REMOVE",
    "study_row": "fclab.web.tasks.study:ROW",
    "study_tasks": "fclab.web.tasks.study:TASKS",
    "study_ladder": "fclab.web.tasks.study:LADDER",
    "study_report": "fclab.web.tasks.study:REPORT",
    "picture": "fclab.web.tasks.picture:PICTURE_TASK",
}


def task_names() -> tuple[str, ...]:
    """Of all tasks."""
    return tuple(_TASKS)


@cache
def load_task(name: str) -> Task[Any]:
    """A task by its name.

    Raises:
        KeyError: there is none of that name.
    """
    module, _, attribute = _TASKS[name].partition(":")
    return getattr(import_module(module), attribute)
