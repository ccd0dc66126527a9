"""The values of every lab: what is trained, what is kept of it, and what it came to."""

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Literal, Protocol

from pydantic import BaseModel

from fclab.analysis.ceilings.values import Ceilings
from fclab.data.kept import AnyData, Images
from fclab.study.rows import Definition
from fclab.study.table import FinalTable
from fclab.tuning.rungs import LadderTable
from fclab.values.dataset import Dataset
from fclab.values.progress import Progress, no_progress
from fclab.values.recipe import Recipe
from fclab.values.run import EngineChoice, Run


class KeptPart(BaseModel, frozen=True, extra="forbid"):
    """Where the run of one network is found in the store. A lab of other data has a class of its
    own, with its own ``data``."""

    name: str
    data: AnyData
    fingerprint: str
    recipe: Recipe
    seed: int
    engine: EngineChoice


class KeptLab(BaseModel, frozen=True, extra="forbid"):
    """All that makes a report again from a store. A lab that keeps more has a class of its own.

    Attributes:
        format: version of this value.
        lab: the name of the lab.
        parts: its networks.
        study: name of its kept study, if it was done; in labs of fclab 0.1.0 a copy of its
            definition.
        title: what the title page says, by the names of its settings.
    """

    format: Literal[1, 2] = 2
    lab: str = "lab1"
    parts: tuple[KeptPart, ...] = ()
    study: str | Definition | None = None
    title: dict[str, str] = {}

    @property
    def images(self) -> Images | None:
        """The images that a part needs."""
        return next((part.data for part in self.parts if isinstance(part.data, Images)), None)


@dataclass(frozen=True, eq=False)
class Plan:
    """One network to be trained: on what, how, and after which epochs its fit is drawn."""

    data: AnyData
    dataset: Dataset
    recipe: Recipe
    snapshots: tuple[int, ...] = ()


@dataclass(frozen=True, eq=False)
class PartResult:
    """One network of a lab: the run, and the data that it was trained on; None where they are not
    at hand."""

    dataset: Dataset | None
    run: Run


@dataclass(frozen=True, eq=False)
class MadeResult(PartResult):
    """One network whose data are made by a formula, so that they are always at hand."""

    dataset: Dataset


@dataclass(frozen=True, eq=False)
class LabResults:
    """What a lab came to.

    Attributes:
        parts: its networks, in the order of the lab; those that were not asked for are missing.
        study: the final table of the study; None if it was not done.
        ladder: the ladder of accuracy on the same images; None if it was not climbed.
        ceilings: what other methods reach on the same images; None if it was not measured.
        lost: names of the data whose runs are no longer in the store.
        lost_runs: of the study, runs asked for that are not in the store, by row.
    """

    parts: tuple[PartResult, ...] = ()
    study: FinalTable | None = None
    ladder: LadderTable | None = None
    ceilings: Ceilings | None = None
    lost: tuple[str, ...] = ()
    lost_runs: tuple[tuple[str, int], ...] = ()

    def of_task(self, task: str) -> tuple[PartResult, ...]:
        """The networks whose data are of this task: "regression", "binary", "multiclass"."""
        return tuple(part for part in self.parts if part.run.dataset.task == task)


@dataclass(frozen=True)
class Options:
    """How everything is trained; a lab that is asked for more has a class of its own.

    Attributes:
        seed: of the parts, and of the data that are made.
        engine, device: who trains.
    """

    seed: int = 0
    engine: str = "auto"
    device: str = "cpu"


class Show(Protocol):
    """What is told while a lab is done; keys are entries of the texts."""

    def progress(self, key: str, *, things: bool = False) -> AbstractContextManager[Progress]:
        """How far something is, as an amount of work or as a number of things."""
        ...

    def say(self, key: str, **values: object) -> None:
        """A line."""
        ...


class Quiet:
    """Tells nothing: for programs."""

    def progress(self, key: str, *, things: bool = False) -> AbstractContextManager[Progress]:
        """No bar."""
        return nullcontext(no_progress)

    def say(self, key: str, **values: object) -> None:
        """No line."""
