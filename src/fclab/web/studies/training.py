"""Studies that grow: a row of one's own, or all tasks of the lab. Every run is kept at once."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from fclab.engines import choose
from fclab.labs.lab1.settings import Settings, recipe_for
from fclab.labs.lab1.study import do_study, planned_work, study_name
from fclab.store.database import Store
from fclab.study.kept import add_row, load_definition, newest_study
from fclab.study.own import asked, free_name
from fclab.study.rows import OwnRow, Row
from fclab.study.speed import speeds
from fclab.study.study import row_named
from fclab.study.trainer import work
from fclab.values.dataset import Dataset
from fclab.values.errors import UsageError
from fclab.values.names import distinct_classes
from fclab.values.recipe import Recipe
from fclab.web.bounds import check_seconds
from fclab.web.images import dataset_of
from fclab.web.studies.opened import found_images, opened, telling
from fclab.web.tasks.study import RowWish, TasksWish
from fclab.web.tasks.task import Alive, Emit, Event

MOST_ROW: Final = 300.0
MOST_STUDY: Final = 1200.0
"""Seconds of this machine that a page may ask for, by its own estimate: a row, all tasks."""

_BEGUN: Final[dict[str, Any]] = {"batch_factors": (), "lr_factors": (), "hidden": ()}
"""A study that begins with its base row and the one that is stopped in time."""


def add(wish: RowWish, emit: Emit, alive: Alive) -> Iterator[Event]:
    """Add a row to a study; only this row is trained. A study of classes that the store does not
    have is begun first.

    Raises:
        UsageError: the row changes nothing, its name is taken, its recipe is not possible, or it
            would take too long.
        DataError: there is no such study, or its images are not here.
    """
    with opened(trains=True) as store:
        progress = telling(emit, alive)
        name = wish.study
        if not name and wish.classes:
            images = _images(wish.classes, alive)
            name = study_name(images.info, "lab")
            if store.definition("study", name) is None:
                settings = Settings(seeds=wish.seeds, base=recipe_for(images.info), **_BEGUN)
                check_time(planned_work(settings, len(images.train)), images, [settings.base],
                              MOST_ROW)  # fmt: skip
                emit({"kind": "step", "step": "begin"})
                name, _ = do_study(store, images, settings, name=name, progress=progress)
        name = name or newest_study(store)
        definition = load_definition(store, name)
        images = found_images(definition, alive)

        def own(rows: Sequence[Row]) -> OwnRow:
            made = _own(wish, rows)
            recipe = made.recipe(row_named(rows, made.parent).recipe)
            n = definition.settings.seeds
            check_time(n * work([recipe]), images, [recipe], MOST_ROW)
            return made

        emit({"kind": "step", "step": "row"})
        study = add_row(store, name, lambda _: images, own, progress=progress)
    row = study.rows[-1].name
    diverged = all(run.diverged_at is not None for run in study.runs[row])
    yield {"kind": "done", "name": name, "row": row, "diverged": diverged}


def _own(wish: RowWish, rows: Sequence[Row]) -> OwnRow:
    parent = row_named(rows, wish.parent).recipe
    changes: dict[str, Any] = dict(wish.changes)
    if wish.hidden is not None:
        changes["layers"] = (*wish.hidden, parent.layers[-1])
    changes = {k: v for k, v in changes.items() if getattr(parent, k, None) != v}
    if not changes:
        raise UsageError(
            "the row would be the same as {parent!r}: change a field of it", parent=wish.parent
        )
    return asked(
        changes, name=wish.name or free_name(rows), parent=wish.parent, comment=wish.comment
    )


def do_tasks(wish: TasksWish, emit: Emit, alive: Alive) -> Iterator[Event]:
    """Do all self-study tasks of the lab: what is kept is not trained again, and own rows stay.

    Raises:
        UsageError: it would take too long.
        DataError: there is no such study, or its images are not here.
        FclabError: the base recipe diverges.
    """
    with opened(trains=True) as store:
        if wish.classes and not wish.study:
            name, images = None, _images(wish.classes, alive)
            settings = Settings(seeds=wish.seeds, base=recipe_for(images.info))
        else:
            name = wish.study or newest_study(store)
            definition = load_definition(store, name)
            images = found_images(definition, alive)
            kept = Settings.of(definition.settings)
            settings = Settings(seeds=wish.seeds, protocol=kept.protocol, base=kept.base)
        check_time(_whole(store, name, settings, images), images, [settings.base], MOST_STUDY)
        emit({"kind": "step", "step": "tasks"})
        called, _ = do_study(
            store, images, settings, name=name, widen=True, progress=telling(emit, alive)
        )
    yield {"kind": "done", "name": called}


def _whole(store: Store, name: str | None, settings: Settings, images: Dataset) -> float:
    """The work of all that the study is to be, as if nothing of it were trained yet."""
    name = name or study_name(images.info, settings.protocol)
    if store.definition("study", name) is not None:
        settings = settings.beside(Settings.of(load_definition(store, name).settings))
    return planned_work(settings, len(images.train))


def _images(classes: Sequence[int], alive: Alive) -> Dataset:
    return dataset_of(tuple(sorted(distinct_classes(classes))), alive)


def check_time(expected: float, images: Dataset, recipes: Sequence[Recipe], most: float) -> None:
    """Whether training takes no longer than a page may ask for.

    Args:
        expected: see `fclab.study.trainer.work`.
        images: what is trained on.
        recipes: some that are typical of it.
        most: seconds.

    Raises:
        UsageError: it does.
    """
    engines = {choose(images, recipe).name for recipe in recipes}
    check_seconds(expected / min(sum(speeds(engine)) / 2 for engine in engines), most)
