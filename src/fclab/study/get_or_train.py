"""Runs asked for: those that are kept are read, the others are trained and kept."""

from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import closing
from typing import cast

from fclab.engines import choose, train
from fclab.engines.job import Tick
from fclab.store.database import Store
from fclab.values.dataset import Dataset
from fclab.values.recipe import Recipe
from fclab.values.run import Run


def obtain(
    store: Store,
    dataset: Dataset,
    recipes: Sequence[Recipe],
    seeds: Iterable[int],
    *,
    engine: str = "auto",
    device: str = "cpu",
    snapshots: Sequence[int] = (),
    progress: Tick | None = None,
    found_kept: Callable[[Recipe, int], None] | None = None,
) -> dict[Recipe, list[Run]]:
    """Runs of every recipe from every seed, in the order of the seeds.

    Each run is kept as soon as it is trained: whatever ends the process, at most the runs in
    hand are lost, and asked again only the missing ones are trained. Every run is as the store
    keeps it, whether it was read or trained: heavy weights are there for seed 0 only.

    Args:
        store: where runs are kept.
        dataset, recipes, seeds, engine, device: as for `fclab.engines.train`.
        snapshots: epochs whose outputs are wanted; a run that was kept without one of them is
            trained anew and kept in place of the other.
        progress: told how many more epochs are trained, from any thread.
        found_kept: told of every recipe, before anything is trained, how many of its runs are
            read and not trained.

    Raises:
        UsageError: a recipe cannot be trained. FclabError, DataError: the store says so.
    """
    seeds = tuple(seeds)
    told = found_kept or (lambda recipe, count: None)
    found: dict[Recipe, dict[int, Run]] = {}
    missing: dict[tuple[int, ...], list[Recipe]] = {}
    for recipe in dict.fromkeys(recipes):
        choice = choose(dataset, recipe, engine, device)
        kept = store.get(dataset.fingerprint, recipe, seeds, choice)
        found[recipe] = {seed: run for seed, run in kept.items() if _has(run, snapshots)}
        told(recipe, len(found[recipe]))
        lacking = tuple(seed for seed in dict.fromkeys(seeds) if seed not in found[recipe])
        if lacking:
            missing.setdefault(lacking, []).append(recipe)
    for lacking, wanted in missing.items():
        runs = cast(
            Generator[Run],
            train(
                dataset, wanted, lacking,
                engine=engine, device=device, snapshots=snapshots, progress=progress,
            ),
        )  # fmt: skip
        with closing(runs):  # whatever ends this early, the workers do not go on
            for run in runs:
                found[run.recipe][run.seed] = store.put(run, anew=bool(snapshots))
    return {recipe: [runs[seed] for seed in seeds] for recipe, runs in found.items()}


def _has(run: Run, snapshots: Sequence[int]) -> bool:
    """Whether a kept run has the snapshots, as far as it came."""
    healthy = run.epochs if run.diverged_at is None else run.diverged_at - 1
    return all(epoch in run.snapshots for epoch in snapshots if epoch <= healthy)
