"""The loop of a search: candidates are asked for in batches, trained side by side, and told of."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import optuna
from optuna.trial import FrozenTrial, TrialState

from fclab.engines import check, choose
from fclab.store.database import Store
from fclab.study.trainer import get_or_train
from fclab.tuning.rules import SHARE, SearchSettings, sampler
from fclab.tuning.space import Space
from fclab.tuning.storage import SearchStorage
from fclab.values.dataset import Dataset
from fclab.values.errors import UsageError
from fclab.values.progress import Progress
from fclab.values.recipe import Recipe
from fclab.values.run import Run


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


@dataclass(eq=False)
class Searcher:
    """Trains candidates of a search that is kept; the arguments are those of
    `fclab.tuning.search.run_search`, with the held-out part in the dataset ``held``."""

    study: optuna.Study
    home: SearchStorage
    space: Space
    settings: SearchSettings
    store: Store
    held: Dataset
    engine: str
    device: str
    progress: Progress
    best_so_far: Callable[[float], None]

    def search(self) -> None:
        """Train candidates until there are as many as are asked for."""
        while True:
            done = len(self._trials(TrialState.COMPLETE, TrialState.PRUNED))
            finished = [trial.value for trial in self._trials(TrialState.COMPLETE)]
            if known := [value for value in finished if value is not None]:
                self.best_so_far(max(known))
            self.progress(done, self.settings.trials)
            batch = self._ask()
            if not batch:
                return
            self._train(batch, done)

    def _trials(self, *states: TrialState) -> list[FrozenTrial]:
        return self.study.get_trials(deepcopy=False, states=states)

    def _ask(self) -> list[_Candidate | None]:
        """The next batch; None for what cannot be trained. Batches begin at multiples of their
        size, also in a search that goes on."""
        with self.home.alone():
            left = self._left_behind()
            running = len(self._trials(TrialState.RUNNING)) - len(left)
            have = len(self._trials(TrialState.COMPLETE, TrialState.PRUNED)) + running
            size = self.settings.batch
            wanted = min(size - have % size, self.settings.trials - have)
            batch = [self._candidate(trial) for trial in left]
            return batch + [self._candidate(self._new()) for _ in range(wanted - len(left))]

    def _left_behind(self) -> list[optuna.Trial]:
        """Candidates whose process was killed; they are this one's from now on. No other process
        asks meanwhile, so what is unsigned was left behind too."""
        taken = []
        for found in self._trials(TrialState.RUNNING):
            worker = found.user_attrs.get("worker")
            if worker is not None and not self.home.has_ended(worker):
                continue
            if found.params.keys() == self.space.searched.keys():
                trial = optuna.Trial(self.study, found._trial_id)
                trial.set_user_attr("worker", self.home.worker)
                taken.append(trial)
            else:  # killed while it was drawn
                self.study.tell(found.number, state=TrialState.FAIL)
        return taken

    def _new(self) -> optuna.Trial:
        place = sum(trial.state != TrialState.FAIL for trial in self._trials(*TrialState))
        self.study.sampler = sampler(self.settings.seed, place)
        trial = self.study.ask(dict(self.space.searched))
        trial.set_user_attr("worker", self.home.worker)
        return trial

    def _candidate(self, trial: optuna.Trial) -> _Candidate | None:
        try:
            recipe = self.space.recipe(trial.params)
            check(self.held, recipe)
            choose(self.held, recipe, self.engine, self.device)
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
        reported = {t.number for t in self._trials(TrialState.RUNNING) if t.intermediate_values}
        for candidate in candidates:
            mean = candidate.note()
            if candidate.trial.number not in reported:  # by a process that was killed after that
                candidate.trial.report(mean, step=first)
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

        def progress(done: float, expected: float) -> None:
            self.progress(begin + (end - begin) * done / expected, self.settings.trials)

        found = get_or_train(
            self.store, self.held, [candidate.recipe for candidate in candidates], seeds,
            engine=self.engine, device=self.device, progress=progress,
        )  # fmt: skip
        for candidate in candidates:
            candidate.runs += found[candidate.recipe]
            if candidate.diverged:
                self._fail(candidate.trial, diverged=candidate.diverged)
        return [candidate for candidate in candidates if not candidate.diverged]

    def _fail(self, trial: optuna.Trial, **reason: object) -> None:
        """Done, without a value: the sampler takes that for the worst there is, and no mean or
        importance is spoiled by a number that stands for it."""
        for name, value in reason.items():
            trial.set_user_attr(name, value)
        self.study.tell(trial, state=TrialState.PRUNED)
