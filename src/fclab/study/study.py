"""The study: the lab's self-study tasks, one row after the other, every run kept."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from fclab.dataset import Dataset, DatasetInfo
from fclab.errors import FclabError, UsageError
from fclab.recipe import Recipe
from fclab.run import Run
from fclab.store.database import Store
from fclab.study import moves
from fclab.study.choices import OverfittingEpoch, best_candidate, overfitting_epoch
from fclab.study.obtain import obtain
from fclab.study.rows import HOLD_OUT, Definition, Row, Settings

Progress = Callable[[float, float], None]
"""Told the work done and the work expected in all, in multiply-adds of the first layers."""


@dataclass(frozen=True, eq=False)
class Study:
    """A finished study.

    Attributes:
        definition: rows and settings.
        dataset: the images that the rows were trained and tested on, without the arrays.
        runs: of every row by its name, in the order of the seeds.
        chosen_on: the runs that the over-fitting epoch was read from: those of the base row, or
            with ``--protocol validation`` the same recipe on the data without the held-out part.
    """

    definition: Definition
    dataset: DatasetInfo
    runs: dict[str, list[Run]]
    chosen_on: list[Run]

    @property
    def rows(self) -> tuple[Row, ...]:
        """The rows in the order of the table."""
        return self.definition.rows

    def row(self, name: str) -> Row:
        """A row by its name.

        Raises:
            UsageError: there is none of that name.
        """
        for row in self.rows:
            if row.name == name:
                return row
        raise UsageError(f"no row {name!r}: there are {', '.join(row.name for row in self.rows)}")

    @cached_property
    def overfitting(self) -> OverfittingEpoch | None:
        """Of the base recipe, where the protocol looks for it; None if it diverged."""
        return overfitting_epoch(self.chosen_on, split_of(self.definition.settings))


def split_of(settings: Settings) -> str:
    """The part that choices are made on: "test" in the lab's protocol, else "valid"."""
    return "test" if settings.protocol == "lab" else "valid"


class _Trainer:
    """Obtains runs and keeps count of the work."""

    def __init__(self, store: Store, engine: str, device: str, expected: float, told: Progress):
        self.store, self.engine, self.device, self.told = store, engine, device, told
        self.done, self.expected = 0.0, expected

    def __call__(
        self, dataset: Dataset, recipes: Sequence[Recipe], seeds: Iterable[int]
    ) -> dict[Recipe, list[Run]]:
        seeds = tuple(seeds)
        recipes = tuple(dict.fromkeys(recipes))
        if not recipes:
            return {}
        # One bar for unlike recipes: an epoch weighs as much as its first layer is wide.
        mean = sum(r.epochs * r.layers[0] for r in recipes) / sum(r.epochs for r in recipes)

        def tick(epochs: int) -> None:
            self.done += epochs * mean
            self.told(min(self.done, self.expected), self.expected)

        return obtain(
            self.store, dataset, recipes, seeds,
            engine=self.engine, device=self.device, progress=tick,
        )  # fmt: skip


def run_study(
    dataset: Dataset,
    store: Store,
    settings: Settings | None = None,
    *,
    own: Sequence[Row] = (),
    engine: str = "auto",
    device: str = "cpu",
    progress: Progress | None = None,
) -> Study:
    """Do the study, or go on with it: runs that are kept are read, not trained.

    The same settings and the same kept runs give the same rows, so a study that was killed is
    finished by asking for it again.

    Args:
        dataset: images without a held-out part.
        store: where runs are kept.
        settings: what to try; default: the lab's tasks on 32 seeds.
        own: rows of the student's own, after the default ones; a parent of None means "stop".
        engine, device: as for `fclab.train.train`.
        progress: told the work done and expected.

    Raises:
        UsageError: a recipe does not fit the dataset, an own row has no parent or a taken name.
        FclabError: the base recipe diverges, so that there is nothing to study.
    """
    settings = settings or Settings()
    base = settings.base
    seeds = range(settings.seeds)
    held = dataset.hold_out(HOLD_OUT)
    chooser = dataset if settings.protocol == "lab" else held
    trainer = _Trainer(
        store, engine, device, _expected_work(settings, own), progress or (lambda *_: None)
    )
    split = split_of(settings)

    chosen_on = trainer(chooser, [base], seeds)[base]
    found = overfitting_epoch(chosen_on, split)
    if found is None:
        raise FclabError(
            f"the base recipe diverges on every seed (lr {base.lr}): start with a lower lr"
        )
    rows = _default_rows(settings, found.of_mean, len(dataset.train))
    rows += _tuned_rows(settings, trainer, chooser, split)
    rows = tuple(_with_own(rows, own))
    trained = trainer(dataset, [row.recipe for row in rows], seeds)
    definition = Definition(
        classes=tuple(name.number for name in dataset.class_names),
        source=dataset.source,
        fingerprint=dataset.fingerprint,
        settings=settings,
        rows=rows,
        engine=engine,
        device=device,
    )
    trainer.told(trainer.expected, trainer.expected)
    return Study(
        definition, dataset.info, {row.name: trained[row.recipe] for row in rows}, chosen_on
    )


def _default_rows(settings: Settings, epoch: int, n_train: int) -> list[Row]:
    """Tasks 1 to 4: base, stopped, batch sizes, the same past the over-fitting epoch, lr."""
    base = settings.base
    stop = moves.stop_at(base, epoch)
    rows = [
        Row(name="base", recipe=base, parent=None, kind="base"),
        Row(name="stop", recipe=stop, parent="base", kind="stop"),
    ]
    size = base.batch(n_train)
    for factor in settings.batch_factors:
        batch = max(1, min(n_train, round(size * factor)))
        recipe = moves.change_batch(stop, batch, n_train)
        rows.append(
            Row(name=f"batch-{batch}", recipe=recipe, parent="stop", kind="batch",
                factor=batch / size)
        )  # fmt: skip
    larger = [factor for factor in settings.batch_factors if factor > 1]
    if larger:
        batch = min(n_train, round(size * max(larger)))
        recipe = moves.change_batch(base, batch, n_train)
        rows.append(
            Row(name=f"past-{batch}", recipe=recipe, parent="base", kind="past",
                factor=batch / size)
        )  # fmt: skip
    for factor in settings.lr_factors:
        recipe = moves.lower_lr(stop, factor)
        rows.append(
            Row(name=f"lr-{recipe.lr:.3g}", recipe=recipe, parent="stop", kind="lr", factor=factor)
        )
    return rows


def _tuned_rows(settings: Settings, trainer: _Trainer, chooser: Dataset, split: str) -> list[Row]:
    """Task 5: every model with its own over-fitting epoch, lr and batch size, searched for in
    one pass over all candidates."""
    grids: dict[tuple[int, ...], list[Recipe]] = {
        hidden: [
            moves.change_layers(settings.base, hidden).but(lr=lr, batch_size=batch)
            for lr in settings.search_lr
            for batch in settings.search_batch
        ]
        for hidden in settings.hidden
    }
    everything = [recipe for grid in grids.values() for recipe in grid]
    trained = trainer(chooser, everything, range(settings.search_seeds))
    rows = []
    for hidden, grid in grids.items():
        best = best_candidate({recipe: trained[recipe] for recipe in grid}, split)
        if best is not None:
            rows.append(
                Row(name="fc-" + "-".join(map(str, hidden)), recipe=best.recipe, parent="stop",
                    kind="layers", candidates=len(grid))
            )  # fmt: skip
    return rows


def _with_own(rows: Sequence[Row], own: Sequence[Row]) -> list[Row]:
    """The default rows and the student's own.

    Raises:
        UsageError: a name is taken or a parent is missing.
    """
    known = {row.name: row for row in rows}
    for row in own:
        parent = row.parent or "stop"
        if row.name in known:
            raise UsageError(f"a row is called {row.name!r} already: choose another name")
        if parent not in known:
            raise UsageError(f"no row {parent!r} to compare with: there are {', '.join(known)}")
        known[row.name] = row.model_copy(update={"parent": parent})
    return list(known.values())


def _expected_work(settings: Settings, own: Sequence[Row]) -> float:
    """Work of the whole study before its over-fitting epoch is known (a quarter is assumed)."""
    base, seeds = settings.base, settings.seeds
    whole = base.epochs * base.layers[0] * seeds
    batches = 0.25 * whole * sum(settings.batch_factors)
    past = whole * max([f for f in settings.batch_factors if f > 1], default=0)
    lrs = 0.25 * whole * sum(settings.lr_factors)
    grid = len(settings.search_lr) * len(settings.search_batch) * settings.search_seeds
    tuned = sum(h[0] * base.epochs * (grid + 0.25 * seeds) for h in settings.hidden)
    mine = sum(row.recipe.epochs * row.recipe.layers[0] for row in own) * seeds
    held = whole if settings.protocol == "validation" else 0
    return 1.25 * whole + batches + past + lrs + tuned + mine + held


def correct_answers(runs: Sequence[Run]) -> np.ndarray:
    """Which test images every run answered right, bool ``(seeds, images)``; a diverged run has
    none right."""
    return np.array(
        [(run.answers("test") == run.targets["test"]) & (run.diverged_at is None) for run in runs]
    )
