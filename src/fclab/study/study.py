"""The study: the lab's self-study tasks, one row after the other, every run kept."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from fclab.engines import choose
from fclab.statistics import Comparison, SeedMean, accuracy_over_seeds, compare
from fclab.store.database import Store
from fclab.study.choices import OverfittingEpoch, overfitting_epoch
from fclab.study.rows import Definition, OwnRow, Row, StudySettings
from fclab.study.trainer import Trainer
from fclab.values.dataset import Dataset, DatasetInfo
from fclab.values.errors import UsageError
from fclab.values.progress import Progress
from fclab.values.run import Run
from fclab.values.text import quoted


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
        return row_named(self.rows, name)

    @cached_property
    def overfitting(self) -> OverfittingEpoch | None:
        """Of the base recipe, where the protocol looks for it; None if it diverged."""
        return overfitting_epoch(self.chosen_on, split_of(self.definition.settings))


def split_of(settings: StudySettings) -> str:
    """The part that choices are made on: "test" in the lab's protocol, else "valid"."""
    return "test" if settings.protocol == "lab" else "valid"


def finish_study(
    trainer: Trainer,
    dataset: Dataset,
    held: Dataset,
    settings: StudySettings,
    rows: Sequence[Row],
    chosen_on: list[Run],
    held_out: list[Run],
    seen: Callable[[Run], None] | None = None,
) -> Study:
    """Train the rows of a study, and say what is to be kept of it.

    Args:
        trainer: gets or trains runs.
        dataset: what the rows are trained and tested on.
        held: the same without the held-out part.
        settings: what was to be tried.
        rows: in the order of the table.
        chosen_on, held_out: see `Study`.
        seen: is told every run that is trained, with its weights.
    """
    recipes = [row.recipe for row in rows]
    trained = trainer.get_or_train(dataset, recipes, range(settings.seeds), seen=seen)
    trainer.finished()
    definition = Definition(
        classes=tuple(name.number for name in dataset.class_names),
        source=dataset.source,
        fingerprint=dataset.fingerprint,
        held_out=held.fingerprint,
        settings=settings,
        rows=tuple(rows),
        engine=trainer.engine,
        device=trainer.device,
        engines=engines_of(dataset, rows, trainer.engine, trainer.device),
        folder=dataset.pictures.folder if dataset.pictures else None,
    )
    runs = {row.name: trained[row.recipe] for row in rows}
    return Study(definition, dataset.info, runs, chosen_on, held_out)


def extend_study(
    study: Study,
    dataset: Dataset,
    store: Store,
    own: Sequence[OwnRow],
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
            "these are other images than those of the study ({data}, {given} and not {kept})",
            data=dataset.name,
            given=dataset.fingerprint[:12],
            kept=definition.fingerprint[:12],
        )
    rows = with_own(study.rows, own)
    added = rows[len(study.rows) :]
    trainer = Trainer(store, definition.engine, definition.device, progress)
    seeds = range(definition.settings.seeds)
    trained = trainer.get_or_train(dataset, [row.recipe for row in added], seeds)
    trainer.finished()
    engines = engines_of(dataset, added, definition.engine, definition.device)
    return replace(
        study,
        definition=definition.model_copy(
            update={"rows": tuple(rows), "engines": definition.engines | engines}
        ),
        runs=study.runs | {row.name: trained[row.recipe] for row in added},
    )


def with_own(rows: Sequence[Row], own: Sequence[OwnRow]) -> list[Row]:
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
                "a row is called {name!r} already: choose another name (fclab study remove "
                "{quoted} removes a row of your own)",
                name=wish.name,
                quoted=quoted(wish.name),
            )
        if found is None and wish.whole is not None:
            recipe, parent = wish.whole, "stop"
        else:
            recipe, parent = wish.recipe(row_named(rows, wish.parent).recipe), wish.parent
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


def healthy(runs: Iterable[Run]) -> tuple[Run, ...]:
    """The runs that did not diverge."""
    return tuple(run for run in runs if run.diverged_at is None)


def accuracy(runs: Sequence[Run], split: str) -> SeedMean:
    """Of healthy runs on a part: mean with 95 % interval over seeds."""
    accuracies = [run.metrics[f"{split}_accuracy"] for run in runs]
    return accuracy_over_seeds(accuracies, len(runs[0].targets[split]))


def compare_runs(runs: Sequence[Run], others: Sequence[Run]) -> Comparison:
    """Test accuracies of healthy runs, paired by image and, where there are both, by seed."""
    return compare(
        correct_answers(runs),
        correct_answers(others),
        seeds=[run.seed for run in runs],
        parent_seeds=[run.seed for run in others],
    )


def row_named(rows: Sequence[Row], name: str) -> Row:
    """A row by its name.

    Raises:
        UsageError: there is none of that name.
    """
    for row in rows:
        if row.name == name:
            return row
    raise UsageError(
        "no row {name!r}: there are {rows}", name=name, rows=", ".join(row.name for row in rows)
    )


def engines_of(dataset: Dataset, rows: Sequence[Row], engine: str, device: str) -> dict[str, str]:
    """The engine that trains each row, by the row's name."""
    return {row.name: choose(dataset, row.recipe, engine, device).name for row in rows}


def check_same_images(study: Study, other: Study) -> None:
    """Whether rows of two studies can be compared.

    Raises:
        UsageError: the studies are of different images.
    """
    if study.dataset.fingerprint != other.dataset.fingerprint:
        raise UsageError(
            "the studies are of different images ({one} and {other}): their rows cannot "
            "be compared",
            one=study.dataset.name,
            other=other.dataset.name,
        )
