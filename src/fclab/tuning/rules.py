"""How a search goes: its settings, where its random numbers come from, and who is trained on."""

import math
from typing import Annotated

from optuna.pruners import BasePruner
from optuna.samplers import TPESampler
from optuna.study import Study
from optuna.trial import FrozenTrial, TrialState
from pydantic import BaseModel, ConfigDict, Field, model_validator

from fclab.study.rows import Seeds
from fclab.values.errors import ArgumentError
from fclab.values.fields import Seed, Whole
from fclab.values.rng import stream

STARTUP = 10
"""Candidates that are drawn at random before the sampler learns from what came of them."""
SHARE = 3
"""One of so many candidates is trained on after the first seeds."""


class SearchSettings(BaseModel):
    """How a space is searched.

    Attributes:
        trials: candidates in all; a search that has fewer goes on.
        seeds: runs of a candidate that is not pruned, of the seeds 0, 1, ...
        first: after so many of them only the best third of the candidates goes on.
        batch: candidates that are trained side by side; those of a batch do not know of each
            other's results, so a large batch is quicker on many cores and learns more slowly.
        seed: of the sampler.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    trials: Annotated[Whole, Field(ge=1, le=100_000)] = 40
    seeds: Seeds = 5
    first: Seeds = 2
    batch: Annotated[Whole, Field(ge=1, le=1000)] = 4
    seed: Seed = 0

    @model_validator(mode="after")
    def _agree(self) -> "SearchSettings":
        if self.first > self.seeds:
            raise ArgumentError(
                "{first} first seeds are more than {seeds} seeds",
                first=self.first,
                seeds=self.seeds,
            )
        return self


def sampler(seed: int, place: int) -> TPESampler:
    """Optuna's TPE for one candidate, its random numbers a function of the seed and the place.

    TPE (Bergstra et al. 2011), multivariate (Falkner et al. 2018), with the constant liar: what
    is being trained counts as bad, so that candidates asked for side by side differ. Its own
    random state would die with the process, and a resumed search would draw the same candidates
    once more.

    Args:
        seed: of the search.
        place: of the candidate in it, from 0, without those that failed: a process was killed
            while it drew them, and they do not count.
    """
    return TPESampler(
        n_startup_trials=STARTUP,
        multivariate=True,
        constant_liar=True,
        seed=int(stream(seed, f"search {place}").integers(1 << 32)),
    )


class BestShare(BasePruner):
    """Prunes whatever is not among the best third of all that came as far as it did.

    A candidate goes on if fewer than ⌈n/3⌉ of the n candidates that reported at the same step,
    itself included, are better. That is successive halving (Jamieson & Talwalkar 2016) with two
    rungs. Optuna's own pruner of that name judges candidates one after the other, so that the
    first of a batch always goes on, and counts those whose process was killed.
    """

    def prune(self, study: Study, trial: FrozenTrial) -> bool:
        """Whether to prune it, by its last report."""
        step = trial.last_step
        if step is None:
            return False
        states = (TrialState.COMPLETE, TrialState.PRUNED, TrialState.RUNNING)
        others = study.get_trials(deepcopy=False, states=states)
        reported = [t.intermediate_values[step] for t in others if step in t.intermediate_values]
        better = sum(value > trial.intermediate_values[step] for value in reported)
        return better >= math.ceil(len(reported) / SHARE)
