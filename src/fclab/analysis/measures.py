"""What is measured of weights once, when a study is done, so that the store need not keep them.

Two things are asked of the weights of every seed: how noisy the gradient is at the row that others
start from (`fclab.analysis.gradient_noise`), and how far the networks of a row ended from those of
its parent (`fclab.analysis.effects`). Both are kept as figures of the runs, to the last bit.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from fclab.analysis.effects import distance_name, distance_to, same_start
from fclab.analysis.gradient_noise import LENGTHS, lengths, measurable
from fclab.store.database import Store
from fclab.store.pack import run_key
from fclab.study.rows import Row
from fclab.study.study import Study
from fclab.study.trainer import train_again
from fclab.values.dataset import Dataset
from fclab.values.run import Run

_LARGEST = 1 << 20
"""Bytes of the weights of one run that are measured: some hundred runs are held at once."""


class SeenRuns:
    """Runs as they were trained, weights and all, of one dataset."""

    def __init__(self, dataset: Dataset):
        self._fingerprint = dataset.fingerprint
        self._seen: dict[tuple[str, int], Run] = {}

    def __call__(self, run: Run) -> None:
        """Remember a run of the dataset if its weights are to be measured."""
        if run.dataset.fingerprint == self._fingerprint and _bytes(run) <= _LARGEST:
            self._seen[run.recipe.key, run.seed] = run

    def whole(self, runs: Iterable[Run], dataset: Dataset) -> dict[int, Run]:
        """Runs with their weights, by their seeds: seen, read, or trained again."""
        known = [run if run.weights else self._seen.get((run.recipe.key, run.seed), run)
                 for run in runs]  # fmt: skip
        return {run.seed: run for run in train_again(known, dataset)}


def measure_study(store: Store, study: Study, dataset: Dataset, seen: SeenRuns) -> Study:
    """Measure what is asked of the weights of a study and is not known yet; the store keeps it.

    Args:
        store: where the runs are.
        study: as it was trained.
        dataset: its images.
        seen: those of its runs that were trained just now.

    Returns:
        The study with what is known of its runs.
    """
    found: dict[str, dict[str, float]] = {}  # by the keys of the runs: rows may share a recipe
    for asked in _asked(study, dataset.info.n_inputs):
        whole = {name: seen.whole(runs, dataset) for name, runs in asked.runs.items()}
        for seed, names in asked.lacking.items():
            start = whole[asked.parent][seed]
            for name in names:
                run = whole[name][seed]
                new: dict[str, float] = {distance_name(start): distance_to(run, start)}
                if name == asked.parent:
                    values = lengths(run, dataset.inputs["train"], dataset.train.y)
                    new = dict(zip(LENGTHS, values, strict=True))
                found.setdefault(_key(run), {}).update(new)
    if not found:
        return study
    store.put_measures(found)
    return replace(study, runs={name: [_with(run, found.get(_key(run), {})) for run in runs]
                                for name, runs in study.runs.items()})  # fmt: skip


def weights_asked(study: Study) -> set[str]:
    """The keys of the runs of which something is still to be measured."""
    return {
        _key(run)
        for asked in _asked(study, study.dataset.n_inputs)
        for runs in asked.runs.values()
        for run in runs
    }


@dataclass(frozen=True)
class _Asked:
    """What is not known yet of the rows that start from one row.

    Attributes:
        parent: that row.
        lacking: by the seed, the rows of which something is to be measured.
        runs: of the rows that are needed for it.
    """

    parent: str
    lacking: Mapping[int, tuple[str, ...]]
    runs: Mapping[str, tuple[Run, ...]]


def _asked(study: Study, n_inputs: int) -> Iterator[_Asked]:
    for parent in study.rows[1:]:
        rows = [row for row in study.rows
                if row.parent == parent.name and same_start(row.recipe, parent.recipe)]  # fmt: skip
        if not rows or 4 * parent.recipe.parameters(n_inputs) > _LARGEST:
            continue
        runs = {row.name: _healthy(study, row) for row in (parent, *rows)}
        noise = measurable(parent.recipe)
        lacking = {seed: names for seed in runs[parent.name]
                   if (names := _lacking(runs, parent, seed, noise))}  # fmt: skip
        needed = {
            name: tuple(some[seed] for seed, names in lacking.items()
                        if name in (parent.name, *names))
            for name, some in runs.items()
        }  # fmt: skip
        if lacking:
            yield _Asked(parent.name, lacking, needed)


def _healthy(study: Study, row: Row) -> Mapping[int, Run]:
    return {run.seed: run for run in study.runs[row.name] if run.diverged_at is None}


def _lacking(
    runs: Mapping[str, Mapping[int, Run]], parent: Row, seed: int, noise: bool
) -> tuple[str, ...]:
    """The rows of which something is not known yet from a seed that the parent has."""
    of_parent = runs[parent.name][seed]
    names = (parent.name,) if noise and LENGTHS[0] not in of_parent.measures else ()
    known = distance_name(of_parent)
    others = (
        name for name, some in runs.items()
        if name != parent.name and seed in some and known not in some[seed].measures
    )  # fmt: skip
    return (*names, *others)


def _key(run: Run) -> str:
    return run_key(run.dataset.fingerprint, run.recipe, run.seed, run.engine)


def _with(run: Run, more: Mapping[str, float]) -> Run:
    return replace(run, measures={**run.measures, **more}) if more else run


def _bytes(run: Run) -> int:
    return sum(array.nbytes for array in run.weights.values())
