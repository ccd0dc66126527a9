"""The studies of the store: what a page may ask of them; `fclab.web.studies` answers."""

from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Annotated, Any, Final

from pydantic import Field

from fclab.report.formats import FORMATS, Format
from fclab.store import DEFAULT
from fclab.values.text import LONGEST
from fclab.web.place import here, store_name
from fclab.web.reproduction import Reproduction
from fclab.web.tasks.task import Alive, Emit, Event, Pool, Task, W, Wish

StudyName = Annotated[str, Field(max_length=200)]
"""Of a study of the store, as the list has it; empty: the one that was changed last."""
RowName = Annotated[str, Field(max_length=80)]
Comment = Annotated[str, Field(max_length=LONGEST)]
Class = Annotated[int, Field(ge=0, le=99)]
Number = Annotated[float, Field(ge=-1e9, le=1e9)]
Value = Annotated[str, Field(max_length=80)] | bool | Annotated[int, Field(ge=0, le=10**6)] | Number
Widths = Annotated[list[Annotated[int, Field(ge=1, le=1024)]], Field(max_length=8)]


class StudiesWish(Wish):
    """What is looked at: a study, and two rows of it (or one of another study) side by side."""

    study: StudyName = ""
    first: RowName = ""
    other: StudyName = ""
    second: RowName = ""


class StudyWish(Wish):
    """A study to be opened."""

    study: StudyName = ""


class CompareWish(StudiesWish):
    """A row, and the row of the same or another study that it is compared to."""


class WholeWish(StudyWish):
    """A study, and another one on the same images."""

    other: StudyName = ""


class CommentWish(StudyWish):
    """What is said about a row from now on; empty: nothing."""

    row: RowName = ""
    comment: Comment = ""


class RemoveWish(StudyWish):
    """Own rows that leave a study."""

    rows: Annotated[tuple[RowName, ...], Field(max_length=50)] = ()


class RowWish(StudyWish):
    """One more row of a study.

    Attributes:
        classes: without a study: that of these classes, which is begun if there is none.
        seeds: of a study that is begun.
        name: of the row; empty: the next free one.
        parent: the row that it starts from and is compared to.
        comment: what is said about it.
        hidden: widths of its hidden layers; None: those of the parent.
        changes: other fields of its recipe.
    """

    classes: Annotated[tuple[Class, ...], Field(max_length=10)] = ()
    seeds: Annotated[int, Field(ge=1, le=32)] = 5
    name: RowName = ""
    parent: RowName = "stop"
    comment: Comment = ""
    hidden: Widths | None = None
    changes: Annotated[dict[RowName, Value], Field(max_length=30)] = Field(default_factory=dict)


class TasksWish(StudyWish):
    """All self-study tasks, for a study of the store or for classes."""

    classes: Annotated[tuple[Class, ...], Field(max_length=10)] = ()
    seeds: Annotated[int, Field(ge=1, le=32)] = 8


class LadderWish(StudyWish):
    """The ladder of accuracy on the images of a study.

    Attributes:
        seeds: networks per rung.
        epochs: that no training exceeds.
        ablation: whether each cause is taken out at the end.
    """

    seeds: Annotated[int, Field(ge=1, le=5)] = 2
    epochs: Annotated[int, Field(ge=1, le=250)] = 60
    ablation: bool = False


class ReportWish(StudyWish):
    """The report of a lab, or of a study alone, as a file.

    Attributes:
        lab: of the store, as the list has it; empty: the study's own report.
        format: of the file.
    """

    lab: StudyName = ""
    format: Format = FORMATS[0]


def _reproduced(wish: StudiesWish) -> Reproduction:
    """The same from the terminal: the final table, the rows side by side."""
    at = here().store
    where = () if at == DEFAULT.absolute() else ("--store", store_name(at))
    study = ("--study", wish.study) if wish.study else ()
    commands = [("table", *study, *where)]
    if wish.first and wish.second:
        second = f"{wish.other}:{wish.second}" if wish.other else wish.second
        commands.append(("compare", wish.first, second, *study, *where))
    return Reproduction(commands)


def _task(
    wish: type[W],
    function: str,
    pool: Pool,
    reproduces: Callable[[W], Reproduction] | None = None,
) -> Task[W]:
    """A task whose function is imported by the process that is asked: `fclab.web.studies`
    brings the store, the labs and their figures with it."""
    module, _, name = function.partition(":")

    def do(wished: W, emit: Emit, alive: Alive) -> Iterator[Event]:
        found: Callable[[Any, Emit, Alive], Iterator[Event]] = getattr(
            import_module(f"fclab.web.studies.{module}"), name
        )
        return found(wished, emit, alive)

    return Task(wish, do, pool=pool, keeps=False, reproduces=reproduces)


STUDIES: Final = _task(StudiesWish, "table:list_studies", "store", _reproduced)
STUDY: Final = _task(StudyWish, "table:open_study", "store")
COMPARE: Final = _task(CompareWish, "table:compare", "store")
WHOLE: Final = _task(WholeWish, "whole:compare_whole", "store")
COMMENT: Final = _task(CommentWish, "change:comment", "store")
REMOVE: Final = _task(RemoveWish, "change:remove", "store")
ROW: Final = _task(RowWish, "training:add", "long")
TASKS: Final = _task(TasksWish, "training:do_tasks", "long")
LADDER: Final = _task(LadderWish, "climbing:climb", "long")
REPORT: Final = _task(ReportWish, "handed:report", "store")
