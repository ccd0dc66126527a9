"""Runs asked for: those that are in the store are read, the others are trained into it."""

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from itertools import accumulate
from threading import Lock
from time import perf_counter
from typing import cast

import numpy as np

from fclab.engines import choose, train
from fclab.engines.compiled.ahead import is_compiled
from fclab.engines.elsewhere import backend
from fclab.engines.job import Tick
from fclab.store.database import Store
from fclab.store.pack import Keep
from fclab.study.speed import remember_speed
from fclab.values.dataset import Dataset
from fclab.values.errors import UsageError
from fclab.values.progress import Progress, no_progress
from fclab.values.recipe import Recipe
from fclab.values.run import Run

_LEAST_WIDTH = 10
"""Below this width an epoch takes its time whatever the width is."""


def work(recipes: Iterable[Recipe]) -> float:
    """Work of one training of each recipe: epochs × neurons of the first layer, near enough to
    the time that it takes."""
    return float(sum(r.epochs * max(r.layers[0], _LEAST_WIDTH) for r in recipes))


def get_or_train(
    store: Store,
    dataset: Dataset,
    recipes: Sequence[Recipe],
    seeds: Iterable[int],
    *,
    engine: str = "auto",
    device: str = "cpu",
    snapshots: Sequence[int] = (),
    progress: Progress | None = None,
) -> dict[Recipe, list[Run]]:
    """Runs of every recipe from every seed, in the order of the seeds; see `Trainer`."""
    trainer = Trainer(store, engine, device, progress)
    return trainer.get_or_train(dataset, recipes, seeds, snapshots=snapshots)


class Trainer:
    """Gets runs from the store or trains them, and tells how much of all that work is done. Many
    threads may ask it at once, see `fclab.engines.elsewhere.side_by_side`.

    Args:
        store: where runs are kept.
        engine, device: as for `fclab.engines.train`.
        progress: told the `work` done and expected; a run that is in the store is no work.

    Attributes:
        trained, read: how many runs were trained, and how many the store had.
    """

    def __init__(
        self,
        store: Store,
        engine: str = "auto",
        device: str = "cpu",
        progress: Progress | None = None,
    ):
        self.store, self.engine, self.device = store, engine, device
        self.trained, self.read = 0, 0
        self._progress, self._done = progress or no_progress, 0.0
        self._lock = Lock()
        self._open: dict[object, float] = {}  # work that is left of each call
        self._later = 0.0
        self._speeds: dict[str, tuple[float, float, int]] = {}  # work, seconds, trainings

    def get_or_train(
        self,
        dataset: Dataset,
        recipes: Sequence[Recipe],
        seeds: Iterable[int],
        *,
        snapshots: Sequence[int] = (),
        later: float = 0.0,
        keep: Keep = "light",
        seen: Callable[[Run], None] | None = None,
    ) -> dict[Recipe, list[Run]]:
        """Runs of every recipe from every seed, in the order of the seeds.

        Each run is kept as soon as it is trained: whatever ends the process, at most the runs in
        hand are lost, and asked again only the missing ones are trained. Every run is as the store
        keeps it, whether it was read or trained: what is heavy is there for seed 0 only.

        Args:
            dataset, recipes, seeds: as for `fclab.engines.train`.
            snapshots: epochs whose outputs are wanted; a run that was kept without one of them is
                trained anew and kept in place of the other.
            later: the work that is expected after this call.
            keep: what of seeds other than 0 is wanted (`fclab.store.pack.HEAVY`); a run that was
                kept without it is trained anew, too.
            seen: is told every run that is trained, with its weights.

        Raises:
            UsageError: a recipe cannot be trained. FclabError, DataError: the store says so.
        """
        seeds = tuple(seeds)
        runs: dict[Recipe, dict[int, Run]] = {}
        missing: dict[tuple[int, ...], list[Recipe]] = {}
        engines: set[str] = set()
        stale: set[tuple[Recipe, int]] = set()
        for recipe in dict.fromkeys(recipes):
            choice = choose(dataset, recipe, self.engine, self.device)
            kept = self.store.get(dataset.fingerprint, recipe, seeds, choice)
            runs[recipe] = {seed: run for seed, run in kept.items() if _has(run, snapshots, keep)}
            stale |= {(recipe, seed) for seed in kept if seed not in runs[recipe]}
            with self._lock:
                self.read += len(runs[recipe])
            if lacking := tuple(seed for seed in dict.fromkeys(seeds) if seed not in runs[recipe]):
                missing.setdefault(lacking, []).append(recipe)
                engines.add(choice.name)
        anew = keep != "light" or bool(snapshots)
        there = backend()
        light = keep == "light" and seen is None and not snapshots and not stale
        started, trained_now = perf_counter(), 0
        warm = [name for name in engines if is_compiled(name)]
        with self._measured(missing, later) as (tick, whole):
            for lacking, wanted in missing.items():
                trained = cast(
                    Generator[Run],
                    train(
                        dataset, wanted, lacking, engine=self.engine, device=self.device,
                        snapshots=snapshots, progress=tick, light=light,
                    ),
                )  # fmt: skip
                with closing(trained):  # whatever ends this early, the workers do not go on
                    for run in trained:
                        if seen is not None:
                            seen(run)
                        if there is None or not there.has_kept(run, self.store):
                            replaced = anew or (run.recipe, run.seed) in stale
                            run = self.store.put(run, anew=replaced, keep=keep)
                        runs[run.recipe][run.seed] = run
                        trained_now += 1
                        with self._lock:
                            self.trained += 1
        if len(engines) == len(warm) == 1 and there is None:
            # Else it is not known how long whom, or where.
            with self._lock:
                earlier, seconds, trainings = self._speeds.get(warm[0], (0.0, 0.0, 0))
                seconds += perf_counter() - started
                self._speeds[warm[0]] = (earlier + whole, seconds, trainings + trained_now)
        return {recipe: [found[seed] for seed in seeds] for recipe, found in runs.items()}

    def finished(self) -> None:
        """Tell that all is done, and remember how fast it was."""
        self._progress(self._done, self._done)
        for engine, measured in self._speeds.items():
            remember_speed(engine, *measured)

    @contextmanager
    def _measured(
        self, missing: Mapping[tuple[int, ...], Sequence[Recipe]], later: float
    ) -> Iterator[tuple[Tick, float]]:
        """A callback for the epochs of these trainings, and their work."""
        # Runs are trained nearly in this order: the epochs done say which these were. Recipes that
        # differ in how they answer are one training.
        alike = {(seeds, r.training): r for seeds, recipes in missing.items() for r in recipes}
        trainings = [recipe for (seeds, _), recipe in alike.items() for _ in seeds]
        ends = list(accumulate((recipe.epochs for recipe in trainings), initial=0))
        works = list(accumulate((work([r]) for r in trainings), initial=0.0))
        call, epochs, whole = object(), 0, works[-1]

        def tick(more: int) -> None:  # told by many threads
            nonlocal epochs
            with self._lock:
                epochs += more
                self._tell(call, whole - float(np.interp(epochs, ends, works)))

        with self._lock:
            # What comes after the call that was asked for last comes after those beside it.
            self._later = min(later, self._later) if self._open else later
            self._open[call] = whole
        try:
            yield tick, whole
        finally:
            with self._lock:
                self._done += self._open.pop(call)

    def _tell(self, call: object, left: float) -> None:
        """Tell how much is done, now that a call has so much left."""
        self._done += self._open[call] - left
        self._open[call] = left
        whole = self._done + sum(self._open.values()) + self._later
        self._progress(self._done, whole)
        if there := backend():
            there.told(self._done, whole)


def train_again(runs: Sequence[Run], dataset: Dataset) -> list[Run]:
    """Runs that were kept without weights or outputs, with both: trained again from their seeds by
    the engine that trained them, which on the same machine gives the same ones. Nothing is kept.

    Args:
        runs: of any recipes and seeds; those that have everything are given back as they are.
        dataset: what they were trained on.

    Raises:
        UsageError: it is another dataset, or the engine is not there.
    """
    asked: dict[tuple[str, str, Recipe], list[int]] = {}
    for run in runs:
        if run.dataset.fingerprint != dataset.fingerprint:
            raise UsageError(
                "the run was trained on {known}, not on {given}: give the same images",
                known=run.dataset.name, given=dataset.name,
            )  # fmt: skip
        if not is_whole(run):
            asked.setdefault((run.engine.name, run.engine.device, run.recipe), []).append(run.seed)
    found: dict[tuple[str, str, Recipe, int], Run] = {}
    for (engine, device, recipe), seeds in asked.items():
        for run in train(dataset, [recipe], seeds, engine=engine, device=device):
            found[engine, device, recipe, run.seed] = run
    return [
        replace(again, engine=run.engine, seconds=run.seconds, machine=run.machine,
                snapshots=run.snapshots, measures=run.measures)
        if (again := found.get((run.engine.name, run.engine.device, run.recipe, run.seed)))
        else run
        for run in runs
    ]  # fmt: skip


def is_whole(run: Run) -> bool:
    """Whether it has its weights and its outputs on every part."""
    return bool(run.weights) and "train" in run.outputs


def _has(run: Run, snapshots: Sequence[int], keep: Keep) -> bool:
    """Whether a kept run has the snapshots, as far as it came, and all else if it is asked for.
    Of seed 0 everything is: what a vacuum has left out of it is trained again."""
    if ((keep == "whole" or not run.seed) and not is_whole(run)) or (
        keep == "outputs" and "train" not in run.outputs
    ):
        return False
    healthy = run.epochs if run.diverged_at is None else run.diverged_at - 1
    return all(epoch in run.snapshots for epoch in snapshots if epoch <= healthy)
