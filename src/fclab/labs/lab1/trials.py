"""Part 2: what separates a cloud that was not separated. One change of the recipe at a time, each
trained from several seeds; runs are kept like all others.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
from pydantic import BaseModel, ConfigDict

from fclab.analysis.surface import separated
from fclab.store.database import Store
from fclab.study.trainer import Trainer, work
from fclab.values.dataset import Dataset
from fclab.values.recipe import Recipe
from fclab.values.run import EngineChoice, Run

ChangeName = Literal["base", "lr", "tanh", "relu", "init", "wide", "long"]
_ORDER: tuple[ChangeName, ...] = get_args(ChangeName)
SEEDS = 8
"""Seeds from which every change is trained, that of the run itself first."""


def changes(recipe: Recipe) -> dict[ChangeName, Recipe]:
    """The recipe itself, and each change that is tried, by name; only what differs from it."""
    wanted: dict[ChangeName, dict[str, Any]] = {
        "base": {},
        "lr": {"lr": 10 * recipe.lr},
        "long": {"epochs": 3 * recipe.epochs},
    }
    if len(recipe.layers) > 1:  # a line has neither activation nor width
        wanted |= {
            "tanh": {"activation": "tanh"},
            "relu": {"activation": "relu"},
            "init": {"init": "uniform", "init_scale": 1.0},
        }
        if (wide := 4 * recipe.layers[0]) <= 1024:
            wanted["wide"] = {"layers": (wide, *recipe.layers[1:])}
    made: dict[ChangeName, Recipe] = {
        name: recipe.replace(**wanted[name]) for name in _ORDER if name in wanted
    }
    for name in _ORDER:
        if name != "base" and made.get(name) == recipe:
            del made[name]
    return made


class KeptChange(BaseModel):
    """A change and the engine that trained it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: ChangeName
    recipe: Recipe
    engine: EngineChoice


class KeptTrial(BaseModel):
    """Where the runs of the changes that were tried on one cloud are found in the store.

    Attributes:
        cloud: name of the data.
        fingerprint: of the data.
        seeds: of every change.
        changes: the recipe that did not separate the cloud first.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    cloud: str
    fingerprint: str
    seeds: tuple[int, ...]
    changes: tuple[KeptChange, ...]


@dataclass(frozen=True, eq=False)
class TriedChange:
    """A change with its runs, in the order of the seeds."""

    name: ChangeName
    recipe: Recipe
    runs: tuple[Run, ...]

    @property
    def shares(self) -> tuple[float, ...]:
        """Right answers on the fresh sample by each run that did not diverge, 0 to 1."""
        healthy = (run for run in self.runs if run.diverged_at is None)
        return tuple(run.metrics["test_accuracy"] for run in healthy)

    @property
    def mean(self) -> float:
        """Of the shares; NaN where every run diverged."""
        return float(np.mean(self.shares)) if self.shares else float("nan")

    @property
    def separated(self) -> int:
        """From how many seeds the cloud is separated."""
        return sum(map(separated, self.runs))


@dataclass(frozen=True, eq=False)
class Trial:
    """All that was tried on one cloud.

    Attributes:
        cloud, fingerprint: of the data.
        seeds: how many each change was trained from.
        base: the recipe that did not separate the cloud.
        tried: the changes of it.
    """

    cloud: str
    fingerprint: str
    seeds: int
    base: TriedChange
    tried: tuple[TriedChange, ...]

    @property
    def best(self) -> TriedChange | None:
        """The change that separates the cloud from the most seeds, of equal ones that of the
        greatest least share; None where nothing was ever separated."""
        able = [change for change in self.tried if change.separated]
        return max(able, key=lambda it: (it.separated, min(it.shares), it.mean), default=None)


def try_changes(
    trainer: Trainer, clouds: Sequence[tuple[Dataset, Recipe]], seeds: Sequence[int]
) -> tuple[KeptTrial, ...]:
    """See that the store has a run of every change of every cloud's recipe from every seed."""
    tried = []
    for done, (dataset, recipe) in enumerate(clouds, start=1):
        wanted = changes(recipe)
        rest = (change for _, other in clouds[done:] for change in changes(other).values())
        later = len(seeds) * work(rest)
        runs = trainer.get_or_train(dataset, list(wanted.values()), seeds, later=later)
        kept = [
            KeptChange(name=name, recipe=change, engine=runs[change][0].engine)
            for name, change in wanted.items()
        ]
        tried.append(
            KeptTrial(
                cloud=dataset.name,
                fingerprint=dataset.fingerprint,
                seeds=tuple(seeds),
                changes=tuple(kept),
            )
        )
    return tuple(tried)


def load_trial(store: Store, kept: KeptTrial) -> tuple[Trial | None, tuple[str, ...]]:
    """What was tried, from the store, and the changes of which a run is no longer there; no trial
    where nothing is left to compare with.

    Raises:
        DataError: a kept run is damaged.
    """
    found: dict[str, TriedChange] = {}
    for change in kept.changes:
        runs = store.get(kept.fingerprint, change.recipe, kept.seeds, change.engine)
        if len(runs) == len(kept.seeds):
            ordered = tuple(runs[seed] for seed in kept.seeds)
            found[change.name] = TriedChange(change.name, change.recipe, ordered)
    lost = tuple(change.name for change in kept.changes if change.name not in found)
    base = found.pop("base", None)
    if base is None or not found:
        return None, lost
    trial = Trial(kept.cloud, kept.fingerprint, len(kept.seeds), base, tuple(found.values()))
    return trial, lost
