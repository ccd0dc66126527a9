"""The study: the lab's self-study tasks, one row after the other, every run kept."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from fclab.dataset import Dataset, DatasetInfo
from fclab.errors import FclabError, UsageError
from fclab.run import Run
from fclab.store.database import Store
from fclab.study import moves
from fclab.study.choices import OverfittingEpoch, overfitting_epoch
from fclab.study.grid import name_of
from fclab.study.halving import search_work, tuned_rows
from fclab.study.rows import HOLD_OUT, Definition, Own, Row, Settings
from fclab.study.work import Progress, Trainer, work
from fclab.train import check, choose


@dataclass(frozen=True, eq=False)
class Study:
    """A finished study.

    Attributes:
        definition: rows and settings.
        dataset: the images that the rows were trained and tested on, without the arrays.
        runs: of every row by its name, in the order of the seeds.
        chosen_on: the runs that the over-fitting epoch was read from: those of the base row, or
            with ``--protocol validation`` the same recipe on the data without the held-out part.
        held_out: the base recipe on the data without the held-out part, in either protocol: from
            these runs follows how much choosing on the test set flatters.
    """

    definition: Definition
    dataset: DatasetInfo
    runs: dict[str, list[Run]]
    chosen_on: list[Run]
    held_out: list[Run]

    @property
    def rows(self) -> tuple[Row, ...]:
        """The rows in the order of the table."""
        return self.definition.rows

    def row(self, name: str) -> Row:
        """A row by its name.

        Raises:
            UsageError: there is none of that name.
        """
        return _find(self.rows, name)

    @cached_property
    def overfitting(self) -> OverfittingEpoch | None:
        """Of the base recipe, where the protocol looks for it; None if it diverged."""
        return overfitting_epoch(self.chosen_on, split_of(self.definition.settings))


def split_of(settings: Settings) -> str:
    """The part that choices are made on: "test" in the lab's protocol, else "valid"."""
    return "test" if settings.protocol == "lab" else "valid"


def run_study(
    dataset: Dataset,
    store: Store,
    settings: Settings | None = None,
    *,
    own: Sequence[Own] = (),
    engine: str = "auto",
    device: str = "cpu",
    progress: Progress | None = None,
) -> Study:
    """Do the study, or go on with it: runs that are kept are read, not trained.

    The same settings and the same kept runs give the same rows, so a study that was killed is
    finished by asking for it again.

    In the validation protocol every choice is made on four fifths of the images, and the rows are
    then trained on all of them **for the chosen number of epochs**, which are more iterations (12
    an epoch in place of 10 for 1500 images in batches of 128). An over-fitting epoch says how often
    each image may be seen, so it moves little with the number of images: with 1200 images the test
    loss of the lab's recipe is least at epoch 60, with 1500 at 56 (classes 0, 55, 58), and at 27
    and 29 (classes 22, 40, 57; 32 seeds each). The iterations, 600 and 672, 270 and 348, do move.

    Args:
        dataset: images without a held-out part.
        store: where runs are kept.
        settings: what to try; default: the lab's tasks on 32 seeds.
        own: rows of the student's own, after the default ones.
        engine, device: as for `fclab.train.train`.
        progress: told the work done and expected.

    Raises:
        UsageError: a recipe does not fit the dataset, an own row has no parent or a taken name.
        FclabError: the base recipe diverges, so that there is nothing to study.
    """
    settings = settings or Settings()
    base, seeds, n_train = settings.base, range(settings.seeds), len(dataset.train)
    held = dataset.hold_out(HOLD_OUT)
    chooser = dataset if settings.protocol == "lab" else held
    guess = max(1, base.epochs // 4)
    for row in with_own(_likely_rows(settings, guess, n_train), own):  # before any training
        check(dataset, row.recipe)
        choose(dataset, row.recipe, engine, device)
    trainer = Trainer(store, engine, device, progress or (lambda *_: None))

    later = _left(settings, guess, n_train, searched=False)
    both = {part: trainer(part, [base], seeds, later)[base] for part in (dataset, held)}
    chosen_on, split = both[chooser], split_of(settings)
    found = overfitting_epoch(chosen_on, split)
    if found is None:
        raise FclabError(
            f"the base recipe diverges on every seed (lr {base.lr}): start with a lower lr"
        )
    rows = _default_rows(settings, found.of_mean, n_train)
    later = _left(settings, found.of_mean, n_train, searched=True)
    rows += tuned_rows(settings, found.of_mean, trainer, held, chooser, split, later)
    rows = with_own(rows, own)
    trained = trainer(dataset, [row.recipe for row in rows], seeds)
    trainer.finished()
    definition = Definition(
        classes=tuple(name.number for name in dataset.class_names),
        source=dataset.source,
        fingerprint=dataset.fingerprint,
        held_out=held.fingerprint,
        settings=settings,
        rows=tuple(rows),
        engine=engine,
        device=device,
        engines=_engines(dataset, rows, engine, device),
    )
    runs = {row.name: trained[row.recipe] for row in rows}
    return Study(definition, dataset.info, runs, chosen_on, both[held])


def extend_study(
    study: Study,
    dataset: Dataset,
    store: Store,
    own: Sequence[Own],
    *,
    progress: Progress | None = None,
) -> Study:
    """The study with more rows; only these are trained, by the engine that it was made with.

    Raises:
        UsageError: other images than the study's, a recipe that does not fit them, a parent that
            is missing, or a name that is taken.
    """
    definition = study.definition
    if dataset.fingerprint != definition.fingerprint:
        raise UsageError(
            f"these are other images than those of the study ({dataset.name}, "
            f"{dataset.fingerprint[:12]} and not {definition.fingerprint[:12]})"
        )
    rows = with_own(study.rows, own)
    added = rows[len(study.rows) :]
    trainer = Trainer(store, definition.engine, definition.device, progress or (lambda *_: None))
    seeds = range(definition.settings.seeds)
    trained = trainer(dataset, [row.recipe for row in added], seeds)
    trainer.finished()
    engines = _engines(dataset, added, definition.engine, definition.device)
    return replace(
        study,
        definition=definition.model_copy(
            update={"rows": tuple(rows), "engines": definition.engines | engines}
        ),
        runs=study.runs | {row.name: trained[row.recipe] for row in added},
    )


def with_own(rows: Sequence[Row], own: Sequence[Own]) -> list[Row]:
    """The rows and the student's own after them; an own row may start from another one, in
    whatever order they are given.

    Raises:
        UsageError: a name is taken, a parent is missing, or a recipe is not possible.
    """
    rows, waiting = list(rows), list(own)
    while waiting:
        names = {row.name for row in rows}
        found = next((wish for wish in waiting if wish.parent in names), None)
        wish = found or next((one for one in waiting if one.whole), waiting[0])
        if wish.name in names:
            raise UsageError(
                f"a row is called {wish.name!r} already: choose another name "
                f"(fclab study remove {shlex.quote(wish.name)} removes a row of your own)"
            )
        if found is None and wish.whole is not None:
            recipe, parent = wish.whole, "stop"
        else:
            recipe, parent = wish.recipe(_find(rows, wish.parent).recipe), wish.parent
        rows.append(Row(name=wish.name, recipe=recipe, parent=parent, kind="own",
                        own=wish.model_copy(update={"whole": None})))  # fmt: skip
        waiting.remove(wish)
    return rows


def correct_answers(runs: Sequence[Run]) -> np.ndarray:
    """Which test images every run answered right, bool ``(seeds, images)``; a diverged run has
    none right."""
    return np.array(
        [(run.answers("test") == run.targets["test"]) & (run.diverged_at is None) for run in runs]
    )


def _find(rows: Sequence[Row], name: str) -> Row:
    for row in rows:
        if row.name == name:
            return row
    raise UsageError(f"no row {name!r}: there are {', '.join(row.name for row in rows)}")


def _default_rows(settings: Settings, epoch: int, n_train: int) -> list[Row]:
    """Tasks 1 to 4: base, stopped, batch sizes, the same past the over-fitting epoch, lr.

    A factor that changes nothing (of 1, or a batch that is all images already) makes no row.
    """
    base = settings.base
    stop = moves.stop_at(base, epoch)
    size = base.batch(n_train)
    rows = [
        Row(name="base", recipe=base, parent=None, kind="base"),
        Row(name="stop", recipe=stop, parent="base", kind="stop"),
    ]
    sizes = {max(1, min(n_train, round(size * f))) for f in settings.batch_factors} - {size}
    for batch in sorted(sizes):
        recipe = moves.change_batch(stop, batch, n_train)
        rows.append(
            Row(name=f"batch-{batch}", recipe=recipe, parent="stop", kind="batch",
                factor=batch / size)
        )  # fmt: skip
    if sizes and max(sizes) > size:
        batch = max(sizes)
        recipe = moves.change_batch(base, batch, n_train)
        rows.append(
            Row(name=f"past-{batch}", recipe=recipe, parent="base", kind="past",
                factor=batch / size)
        )  # fmt: skip
    for factor in sorted(set(settings.lr_factors) - {1}):
        recipe = moves.lower_lr(stop, factor)
        name = f"lr-{recipe.lr:.4g}"
        if any(row.name == name for row in rows):  # two factors that hardly differ
            name = f"lr-{recipe.lr!r}"
        rows.append(Row(name=name, recipe=recipe, parent="stop", kind="lr", factor=factor))
    return rows


def _engines(dataset: Dataset, rows: Sequence[Row], engine: str, device: str) -> dict[str, str]:
    return {row.name: choose(dataset, row.recipe, engine, device).name for row in rows}


def _likely_rows(settings: Settings, epoch: int, n_train: int) -> list[Row]:
    """The rows before the search: their names, and what they will be like."""
    rows = _default_rows(settings, epoch, n_train)
    for hidden in dict.fromkeys(settings.hidden):
        recipe = moves.change_layers(rows[1].recipe, hidden)
        rows.append(Row(name=name_of(hidden), recipe=recipe, parent="stop", kind="layers"))
    return rows


def _left(settings: Settings, epoch: int, n_train: int, *, searched: bool) -> float:
    """The work after the base row if over-fitting sets in at this epoch."""
    rows = [row.recipe for row in _likely_rows(settings, epoch, n_train)[1:]]
    search = 0.0 if searched else sum(search_work(settings, epoch, n_train))
    return work(rows) * settings.seeds + search
