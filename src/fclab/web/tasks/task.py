"""What the page may wish: a model of the wish, and a generator that fulfils it in a worker."""

from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Final, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, JsonValue

from fclab.web.reproduction import Reproduction
from fclab.words.languages import DEFAULT, Lang

Pool = Literal["quick", "long", "store"]
Event = Mapping[str, Any]
Emit = Callable[[Event], None]
Alive = Callable[[], None]
"""To be called often: raises `GivenUp` once nobody waits for the task any more. It is a watcher of
trainings, too: ``train(..., progress=lambda epochs: alive())``."""


SPOKEN: ContextVar[Lang] = ContextVar("spoken", default=DEFAULT)
"""The language of whoever wishes; for tasks whose answers have sentences."""


class GivenUp(Exception):
    """Raised inside a task that nobody waits for any more."""


LOOKED_AT: Final[dict[str, JsonValue]] = {"view": True}
"""``Field(json_schema_extra=LOOKED_AT)`` marks what of a state is only looked at: it stands in the
address of the page and is not sent with a wish."""


class Wish(BaseModel):
    """The state of one part of the page: all of it is in the address of the page and bounded."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


W = TypeVar("W", bound=Wish)


@dataclass(frozen=True)
class Task(Generic[W]):
    """One kind of wish.

    Attributes:
        wish: what is asked; every field has a default and bounds, which the page shows.
        do: yields events; the last one is its answer. ``emit`` sends one from another thread.
        pool: "quick" tasks take parts of a second; "long" ones get a process of their own, which
            gives way to the quick ones; "store" is one for what is read and written without
            training: such tasks wait for each other and for nobody else.
        keeps: whether equal wishes have equal answers, so that an answer may be kept.
        reproduces: what shows the same outside of the page.
    """

    wish: type[W]
    do: Callable[[W, Emit, Alive], Iterator[Event]]
    pool: Pool = "quick"
    keeps: bool = True
    reproduces: Callable[[W], Reproduction] | None = None
