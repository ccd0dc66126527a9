"""How a search goes: its settings, where its random numbers come from, and who is trained on."""

import math
from collections.abc import Mapping
from typing import Annotated, Any

from optuna.distributions import BaseDistribution
from optuna.pruners import BasePruner
from optuna.samplers import BaseSampler, TPESampler
from optuna.study import Study
from optuna.trial import FrozenTrial, TrialState
from pydantic import BaseModel, ConfigDict, Field, model_validator

from fclab.study.rows import Seeds
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
            raise ValueError(f"{self.first} first seeds are more than {self.seeds} seeds")
        return self


def place(study: Study, number: int) -> int:
    """The place of a candidate in its search, from 0: its number without the failed ones before.

    Failed is what a process was drawing when it was killed; it does not count.
    """
    failed = study.get_trials(deepcopy=False, states=(TrialState.FAIL,))
    return number - sum(trial.number < number for trial in failed)


class SeededSampler(BaseSampler):
    """Optuna's TPE, its random numbers a function of the seed and the candidate's place.

    TPE (Bergstra et al. 2011), multivariate (Falkner et al. 2018), with the constant liar: what
    is being trained counts as bad, so that candidates asked for side by side differ. Its own
    random state would die with the process, and a resumed search would draw the same candidates
    once more.

    Args:
        seed: of the search.
    """

    def __init__(self, seed: int):
        self._seed = seed
        self._sampler = TPESampler()

    def before_trial(self, study: Study, trial: FrozenTrial) -> None:
        """Take up the random stream of the candidate."""
        draw = stream(self._seed, f"search {place(study, trial.number)}")
        self._sampler = TPESampler(
            n_startup_trials=STARTUP,
            multivariate=True,
            constant_liar=True,
            seed=int(draw.integers(1 << 32)),
        )

    def infer_relative_search_space(
        self, study: Study, trial: FrozenTrial
    ) -> dict[str, BaseDistribution]:
        """The fields that are drawn together."""
        return self._sampler.infer_relative_search_space(study, trial)

    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: Mapping[str, BaseDistribution]
    ) -> dict[str, Any]:
        """Values of the fields that are drawn together."""
        return self._sampler.sample_relative(study, trial, dict(search_space))

    def sample_independent(
        self,
        study: Study,
        trial: FrozenTrial,
        param_name: str,
        param_distribution: BaseDistribution,
    ) -> Any:
        """The value of one field."""
        return self._sampler.sample_independent(study, trial, param_name, param_distribution)


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
