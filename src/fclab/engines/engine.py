"""What an engine is. A new one is a module with a subclass of `Engine` and a line of `registry`."""

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator, Sequence
from typing import ClassVar

from fclab.engines.job import Job, Tick
from fclab.values.dataset import Dataset
from fclab.values.recipe import Recipe
from fclab.values.run import Reason, Run

Example = tuple[Dataset, Recipe]


class Engine(ABC):
    """Somebody who trains. Made once per process; its module is imported when it is first asked.

    Attributes:
        name: how it is asked for, and a part of the identity of every run that it trains.
        strength: why "auto" takes it where it can.
        continues: whether it starts from the weights that a job gives (`Job.initial`).
    """

    name: ClassVar[str]
    strength: ClassVar[Reason]
    continues: ClassVar[bool] = False

    @abstractmethod
    def refuses(self, dataset: Dataset, recipe: Recipe, device: str) -> Reason | None:
        """Why this engine does not train the recipe on the device, or None if it does: then it is
        exact for it. To be answered at once, without heavy imports where that can be."""

    @abstractmethod
    def train(self, jobs: Sequence[Job], tick: Tick, workers: int) -> Iterator[Run]:
        """Train all jobs and yield their runs as they finish, in any order.

        A run is a function of its job alone, whatever its neighbours and the number of workers:
        how threads are used is the engine's own affair (`fclab.engines.threads`).

        Args:
            jobs: what it does not refuse; datasets and recipes may be mixed.
            tick: told how many more epochs are done, from any thread; what it raises ends all.
            workers: threads that it may keep busy, at least 1.
        """

    def examples(self) -> tuple[Example, ...]:
        """Small work that needs every compiled part of the engine, to have it ready before the
        clock of a training starts; empty where nothing is compiled."""
        return ()

    def is_compiled(self) -> bool:
        """Whether its compiled parts are on disk, or can't be kept there."""
        return True


def beyond_sgd(
    recipe: Recipe, device: str, activations: Collection[str], extras: Collection[str] = ()
) -> Reason | None:
    """What is beyond an engine for SGD on a CPU that has these activations and, of
    `Recipe.extras`, these."""
    if device != "cpu":
        return Reason(code="cpu_only", values={"device": device})
    if recipe.optimizer != "sgd":
        return Reason(code="only_sgd", values={"optimizer": recipe.optimizer})
    if recipe.activation not in activations:
        return Reason(code="no_activation", values={"activation": recipe.activation})
    if missing := [name for name in recipe.extras if name not in extras]:
        return Reason(code="no_extras", values={"extras": missing})
    return None
