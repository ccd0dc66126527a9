"""What came of the candidates of a search, as plain values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
import optuna
from optuna.importance import FanovaImportanceEvaluator, get_param_importances
from optuna.trial import FrozenTrial, TrialState, create_trial

from fclab.tuning.space import Space
from fclab.values.dataset import DatasetInfo
from fclab.values.recipe import Recipe

State = Literal["finished", "pruned", "failed"]
"""``finished``: trained from all seeds; ``pruned``: from the first ones only; ``failed``: a run
diverged, or the values do not agree with each other."""

LEAST = 6
"""Candidates without which importances would be about nothing."""


@dataclass(frozen=True)
class FinishedTrial:
    """A candidate that is done with.

    Attributes:
        number: from 1, in the order in which they were asked for.
        values: of the searched fields.
        recipe: the whole recipe; None if the values do not agree with each other.
        state: see `State`.
        accuracies, losses: on the held-out part at the end of training, one per seed.
        diverged: seed and epoch of the run that diverged, if that is why it failed.
        conflict: how its values disagree, if that is why.
    """

    number: int
    values: Mapping[str, Any]
    recipe: Recipe | None
    state: State
    accuracies: tuple[float, ...] = ()
    losses: tuple[float, ...] = ()
    diverged: tuple[int, int] | None = None
    conflict: str = ""

    @property
    def accuracy(self) -> float:
        """Mean over the seeds that were trained, 0 to 1; NaN of one that failed."""
        return float(np.mean(self.accuracies)) if self.accuracies else float("nan")

    @property
    def loss(self) -> float:
        """Mean over the seeds that were trained; NaN of one that failed."""
        return float(np.mean(self.losses)) if self.losses else float("nan")


@dataclass(frozen=True, eq=False)
class Search:
    """A search as it stands.

    Attributes:
        name: of the search.
        space: what was searched.
        dataset: without the arrays; train is what the candidates were trained on, ``valid`` what
            they were chosen on.
        seeds, first: how many seeds a candidate has, and after how many it may be pruned.
        tried: all candidates that are done with, in order.
        running: how many other processes are still training.
    """

    name: str
    space: Space
    dataset: DatasetInfo
    seeds: int
    first: int
    tried: tuple[FinishedTrial, ...]
    running: int

    @cached_property
    def ranking(self) -> tuple[FinishedTrial, ...]:
        """The finished candidates, best first: by mean accuracy, equal ones by mean loss. On 300
        images many are equal, and the loss moves with every image."""
        finished = [trial for trial in self.tried if trial.state == "finished"]
        return tuple(sorted(finished, key=lambda trial: (-trial.accuracy, trial.loss)))

    @property
    def best(self) -> FinishedTrial | None:
        """The winner as far as is known."""
        return self.ranking[0] if self.ranking else None

    def count(self, state: State) -> int:
        """Candidates of a state."""
        return sum(trial.state == state for trial in self.tried)

    @property
    def runs(self) -> int:
        """Runs that the candidates took."""
        return sum(len(trial.accuracies) for trial in self.tried)

    @cached_property
    def importances(self) -> dict[str, float]:
        """How much of the variance of the accuracy each searched field explains (fANOVA, Hutter et
        al. 2014), most important first; their sum is 1. Empty if too few candidates or no
        differences tell anything.

        It rests on the first seeds of all healthy candidates: a candidate that was pruned tells as
        much as one that was not.
        """
        healthy = [trial for trial in self.tried if trial.state != "failed"]
        means = [float(np.mean(trial.accuracies[: self.first])) for trial in healthy]
        varied = {
            name: distribution
            for name, distribution in self.space.searched.items()
            if len({trial.values[name] for trial in healthy}) > 1
        }
        if len(healthy) < LEAST or len(set(means)) < 2 or not varied:
            return {}
        study = optuna.create_study(direction="maximize")
        study.add_trials(
            create_trial(
                params={name: trial.values[name] for name in varied},
                distributions=varied,
                value=mean,
            )
            for trial, mean in zip(healthy, means, strict=True)
        )
        found = get_param_importances(study, evaluator=FanovaImportanceEvaluator(seed=0))
        return {name: float(share) for name, share in found.items()}


_STATES: Mapping[TrialState, State] = {TrialState.COMPLETE: "finished", TrialState.PRUNED: "pruned"}


def read_trials(trials: Sequence[FrozenTrial], space: Space) -> tuple[FinishedTrial, ...]:
    """The candidates that are done with, out of what Optuna keeps."""
    done = [trial for trial in trials if trial.state in _STATES]
    return tuple(_tried(number, trial, space) for number, trial in enumerate(done, start=1))


def _tried(number: int, trial: FrozenTrial, space: Space) -> FinishedTrial:
    about, values = trial.user_attrs, space.values(trial.params)
    if "conflict" in about:
        return FinishedTrial(number, values, None, "failed", conflict=about["conflict"])
    recipe = space.recipe(trial.params)
    if "diverged" in about:
        return FinishedTrial(number, values, recipe, "failed", diverged=tuple(about["diverged"]))
    accuracies, losses = tuple(about["accuracies"]), tuple(about["losses"])
    return FinishedTrial(number, values, recipe, _STATES[trial.state], accuracies, losses)
