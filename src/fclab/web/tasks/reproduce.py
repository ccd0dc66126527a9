"""The panel "as command", "as program", "as notebook" of any part, see `fclab.web.reproduction`."""

from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import Field

from fclab.values.errors import UsageError
from fclab.web.reproduction import as_event
from fclab.web.tasks import load_task, task_names
from fclab.web.tasks.task import Alive, Emit, Event, Task, Wish
from fclab.words.languages import Lang


class ReproduceWish(Wish):
    """What a part shows."""

    part: Annotated[str, Field(max_length=40)] = "regression"
    """The name of its task."""
    state: dict[str, Any] = Field(default_factory=dict)
    """The wish of that task."""
    lang: Lang = "en"
    """Of the comments in the program."""


def reproduce(wish: ReproduceWish, emit: Emit, alive: Alive) -> Iterator[Event]:
    """Command, program and notebook of a part.

    Raises:
        UsageError: there is no such part, or its program cannot be had.
        ValidationError: its state is none.
    """
    made = load_task(wish.part).reproduces if wish.part in task_names() else None
    if made is None:
        raise UsageError("there is nothing to reproduce of {part!r}", part=wish.part)
    state = load_task(wish.part).wish.model_validate(wish.state)
    yield as_event(made(state), wish.lang)


REPRODUCE_TASK = Task(ReproduceWish, reproduce)
