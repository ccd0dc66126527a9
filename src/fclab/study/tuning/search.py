"""The search: candidates are asked for in batches, trained side by side, and told of."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import numpy as np
import optuna
from optuna.exceptions import UpdateFinishedTrialError
from optuna.trial import FrozenTrial, TrialState
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from fclab.dataset import Dataset
from fclab.errors import UsageError
from fclab.recipe import Recipe
from fclab.run import Run
from fclab.store.database import Store
from fclab.study.obtain import obtain
from fclab.study.rows import HOLD_OUT, Seeds
from fclab.study.tuning.rules import SHARE, BestShare, SeededSampler, place
from fclab.study.tuning.space import Space
from fclab.study.tuning.storage import Place, opened
from fclab.study.tuning.trials import Search, read_trials
from fclab.train import check, choose

Progress = Callable[[float, int, float | None], None]
"""Told how many candidates are done, parts of one included, how many there are to be, and the
best accuracy so far."""

_SETTLED = timedelta(minutes=1)
"""What a process needs at most to sign a candidate that it asked for."""


class Settings(BaseModel):
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

    trials: Annotated[int, Field(ge=1, le=100_000)] = 40
    seeds: Seeds = 5
    first: Seeds = 2
    batch: Annotated[int, Field(ge=1, le=1000)] = 4
    seed: Annotated[int, Field(ge=0)] = 0

    @model_validator(mode="after")
    def _agree(self) -> "Settings":
        if self.first > self.seeds:
            raise ValueError(f"{self.first} first seeds are more than {self.seeds} seeds")
        return self


def run_search(
    dataset: Dataset,
    store: Store,
    space: Space,
    where: str | Path,
    name: str,
    settings: Settings | None = None,
    *,
    engine: str = "auto",
    device: str = "cpu",
    progress: Progress | None = None,
) -> Search:
    """Search the space, or go on with a search that is kept.

    The value of a candidate is its mean accuracy on a stratified fifth of train, which is held
    out; what is in the test set has no influence on anything. Candidates that were in hand when
    their process was killed are asked for again; their runs that are kept are not trained again.

    Asked again with the same seed and batch, on the same machine, a search tries the same
    candidates with the same outcome, whether it was killed in between or not. If several
    processes work on it, what each learns from depends on who is quicker.

    Args:
        dataset: images without a held-out part.
        store: where runs are kept.
        space: what to try.
        where: a journal file, or ``postgresql://user@host/base``; see `fclab.study.tuning.storage`.
        name: of the search there.
        settings: how.
        engine, device: as for `fclab.train.train`.
        progress: told how far it is.

    Raises:
        UsageError: the space does not fit the dataset, or the search that is kept under this name
            is another one. FclabError, DataError: the store or the storage says so.
    """
    settings = settings or Settings()
    held = dataset.hold_out(HOLD_OUT)
    _check_space(space, held, engine, device)
    with opened(where) as home:
        study = optuna.create_study(
            storage=home.storage,
            sampler=SeededSampler(settings.seed),
            pruner=BestShare(),
            study_name=name,
            direction="maximize",
            load_if_exists=True,
        )
        _check_same(study, home.name, held, space, settings)
        trainer = _Trainer(store, held, engine, device)
        told = progress or (lambda *_: None)
        _Searcher(study, home, space, settings, trainer, told).search()
        running = study.get_trials(deepcopy=False, states=(TrialState.RUNNING,))
        return Search(
            name=name,
            space=space,
            dataset=held.info,
            seeds=settings.seeds,
            first=settings.first,
            tried=read_trials(study.get_trials(deepcopy=False), space),
            running=len(running),
        )


def _check_space(space: Space, held: Dataset, engine: str, device: str) -> None:
    """See that the layers fit, and that the engine trains networks on images at all."""
    layers = space.searched.get("layers")
    for given in getattr(layers, "choices", [space.fixed.get("layers", "")]):
        last = Recipe(layers=given).layers[-1] if given else Recipe().layers[-1]
        if last != held.n_outputs:
            raise UsageError(
                f"{space.name}: layers: {given or 'those of the lab'} end with {last} neurons, but "
                f"{held.name} has {held.n_outputs} classes"
            )
    choose(held, Recipe(layers=(10, held.n_outputs)), engine, device)


def _check_same(
    study: optuna.Study, where: str, held: Dataset, space: Space, settings: Settings
) -> None:
    """See that the search that is kept is the one that is asked for; a new one is described."""
    asked = {
        "data": held.fingerprint,
        "space": space.identity,
        "seeds": settings.seeds,
        "first": settings.first,
    }
    kept = study.user_attrs.get("fclab")
    if kept is None:
        if study.get_trials(deepcopy=False):
            raise UsageError(
                f"{where} holds an Optuna study {study.study_name!r} of another program: "
                "choose another name"
            )
        study.set_user_attr("fclab", asked)
        kept = study.user_attrs["fclab"]
    differing = [what for what, value in asked.items() if kept.get(what) != value]
    if differing:
        raise UsageError(
            f"the search {study.study_name!r} in {where} was begun with other "
            f"{' and '.join(differing)}: choose another name"
        )


class _Trainer:
    """Obtains the runs of candidates."""

    def __init__(self, store: Store, held: Dataset, engine: str, device: str):
        self.store, self.held, self.engine, self.device = store, held, engine, device

    def check(self, recipe: Recipe) -> None:
        """Raises UsageError if the recipe cannot be trained."""
        check(self.held, recipe)
        choose(self.held, recipe, self.engine, self.device)

    def __call__(
        self, recipes: Sequence[Recipe], seeds: Sequence[int], told: Callable[[float], None]
    ) -> list[list[Run]]:
        """The runs of every recipe; ``told`` hears which share of the work is done."""
        total = sum(recipe.epochs for recipe in dict.fromkeys(recipes)) * len(seeds)
        done = 0

        def tick(epochs: int) -> None:
            nonlocal done
            done += epochs
            told(min(1.0, done / total))

        found = obtain(
            self.store, self.held, recipes, seeds,
            engine=self.engine, device=self.device, progress=tick,
        )  # fmt: skip
        return [found[recipe] for recipe in recipes]


class _Candidate:
    """A candidate that is being trained: Optuna's trial and its runs so far."""

    def __init__(self, trial: optuna.Trial, recipe: Recipe):
        self.trial, self.recipe = trial, recipe
        self.runs: list[Run] = []

    @property
    def diverged(self) -> tuple[int, int] | None:
        """Seed and epoch of the first run that diverged."""
        found = ((r.seed, r.diverged_at) for r in self.runs if r.diverged_at is not None)
        return next(found, None)

    def note(self) -> float:
        """Keep what was measured with the trial; the mean accuracy."""
        accuracies = [run.metrics["valid_accuracy"] for run in self.runs]
        self.trial.set_user_attr("accuracies", accuracies)
        self.trial.set_user_attr("losses", [run.metrics["valid_loss"] for run in self.runs])
        return float(np.mean(accuracies))


class _Searcher:
    """Trains candidates of a search that is kept."""

    def __init__(
        self,
        study: optuna.Study,
        home: Place,
        space: Space,
        settings: Settings,
        trainer: _Trainer,
        progress: Progress,
    ):
        self.study, self.home, self.space, self.settings = study, home, space, settings
        self.trainer, self.progress = trainer, progress
        self.best: float | None = None

    def search(self) -> None:
        """Train candidates until there are as many as are asked for."""
        while True:
            self._recover()
            done = len(self._trials(TrialState.COMPLETE, TrialState.PRUNED))
            finished = [trial.value for trial in self._trials(TrialState.COMPLETE)]
            self.best = max((value for value in finished if value is not None), default=None)
            self.progress(done, self.settings.trials, self.best)
            batch = self._ask()
            if not batch:
                return
            self._train(batch, done)

    def _trials(self, *states: TrialState) -> list[FrozenTrial]:
        return self.study.get_trials(deepcopy=False, states=states)

    def _recover(self) -> None:
        """Mark candidates of killed processes as failed and ask for the same values again."""
        for trial in self._trials(TrialState.RUNNING):
            worker, begun = trial.user_attrs.get("worker"), trial.datetime_start
            if worker is None:  # killed, or about to sign it
                if begun is None or datetime.now() - begun < _SETTLED:
                    continue
            elif not self.home.is_gone(worker):
                continue
            values = dict(trial.params)
            try:
                self.study.tell(trial.number, state=TrialState.FAIL)
            except (ValueError, UpdateFinishedTrialError):
                continue  # another process was quicker
            self.study.enqueue_trial(values)

    def _ask(self) -> list[_Candidate | None]:
        """The next batch; None for what cannot be trained. Batches begin at multiples of their
        size, also in a search that goes on."""
        have = len(self._trials(TrialState.COMPLETE, TrialState.PRUNED, TrialState.RUNNING))
        size = self.settings.batch
        wanted = min(size - have % size, self.settings.trials - have)
        return [self._candidate() for _ in range(wanted)]

    def _candidate(self) -> _Candidate | None:
        trial = self.study.ask(dict(self.space.searched))
        trial.set_user_attr("worker", self.home.worker)
        if place(self.study, trial.number) >= self.settings.trials:
            self.study.tell(trial, state=TrialState.FAIL)  # another process asked at this moment
            return None
        try:
            recipe = self.space.recipe(trial.params)
            self.trainer.check(recipe)
        except ValidationError as error:
            reason = error.errors(include_url=False)[0]["msg"]
            self._fail(trial, conflict=reason.removeprefix("Value error, "))
        except UsageError as error:
            self._fail(trial, conflict=str(error))
        else:
            return _Candidate(trial, recipe)
        return None

    def _train(self, batch: Sequence[_Candidate | None], done: int) -> None:
        """Train a batch, all from the first seeds and the best from the others, and tell of it."""
        seeds, first = self.settings.seeds, self.settings.first
        middle = done + len(batch) * first / (first + (seeds - first) / SHARE)
        candidates = [candidate for candidate in batch if candidate is not None]
        candidates = self._trained(candidates, range(first), done, middle)
        for candidate in candidates:
            candidate.trial.report(candidate.note(), step=first)
        if first < seeds:
            pruned = [candidate for candidate in candidates if candidate.trial.should_prune()]
            for candidate in pruned:
                self.study.tell(candidate.trial, state=TrialState.PRUNED)
            candidates = [candidate for candidate in candidates if candidate not in pruned]
            candidates = self._trained(candidates, range(first, seeds), middle, done + len(batch))
        for candidate in candidates:
            self.study.tell(candidate.trial, candidate.note())

    def _trained(
        self, candidates: Sequence[_Candidate], seeds: range, begin: float, end: float
    ) -> list[_Candidate]:
        """Train from more seeds; those that diverge are told of and left out.

        Args:
            begin, end: of the progress.
        """

        def told(share: float) -> None:
            self.progress(begin + (end - begin) * share, self.settings.trials, self.best)

        found = self.trainer([candidate.recipe for candidate in candidates], seeds, told)
        for candidate, runs in zip(candidates, found, strict=True):
            candidate.runs += runs
            if candidate.diverged:
                self._fail(candidate.trial, diverged=candidate.diverged)
        return [candidate for candidate in candidates if not candidate.diverged]

    def _fail(self, trial: optuna.Trial, **reason: object) -> None:
        """Done, without a value: the sampler takes that for the worst there is, and no mean or
        importance is spoiled by a number that stands for it."""
        for name, value in reason.items():
            trial.set_user_attr(name, value)
        self.study.tell(trial, state=TrialState.PRUNED)
