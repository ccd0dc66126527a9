"""The ladder of accuracy, climbed while the page looks on."""

from collections.abc import Iterator
from typing import Final

from fclab.labs.lab1.settings import recipe_for
from fclab.store.database import Store
from fclab.study.kept import load_definition, newest_study
from fclab.tuning import ladder
from fclab.tuning.causes import CAUSES
from fclab.tuning.kept_ladder import keep_ladder, load_ladder
from fclab.tuning.ladder import Ladder
from fclab.tuning.rungs import ladder_table
from fclab.values.recipe import BEST, Recipe
from fclab.web.studies.opened import found_images, opened, telling
from fclab.web.studies.table import climbed
from fclab.web.studies.training import check_time
from fclab.web.tasks.study import LadderWish
from fclab.web.tasks.task import SPOKEN, Alive, Emit, Event
from fclab.words.wording import wording

MOST: Final = 1200.0
"""Seconds of this machine that a page may ask for, by its own estimate."""


def climb(wish: LadderWish, emit: Emit, alive: Alive) -> Iterator[Event]:
    """Climb the ladder on the images of a study, each rung told as it is trained. Every run is
    kept, so that a ladder which was given up goes on where it was; the whole ladder is kept unless
    the store has one of more seeds or longer trainings.

    Raises:
        UsageError: it would take too long.
        DataError: there is no such study, or its images are not here.
        FclabError: a rung diverges on every seed.
    """
    words = wording(SPOKEN.get())
    with opened(trains=True) as store:
        definition = load_definition(store, wish.study or newest_study(store))
        images = found_images(definition, alive)
        base, best = (_short(recipe_for(images.info, *of), wish.epochs) for of in ((), (BEST,)))
        expected = ladder.planned_work(base, best, CAUSES, wish.seeds, ablation=wish.ablation)
        check_time(expected, images, [base, best], MOST)

        def stepped(so_far: Ladder) -> None:
            alive()
            rungs = {**climbed(ladder_table(so_far), words), "conclusions": []}
            emit({"kind": "rungs", "of": len(CAUSES) + 1, **rungs})

        found = ladder.climb(
            images, store, seeds=wish.seeds, base=base, best=best, ablation=wish.ablation,
            progress=telling(emit, alive), stepped=stepped,
        )  # fmt: skip
        kept = _is_to_be_kept(store, found)
        if kept:
            keep_ladder(store, found)
    yield {"kind": "done", "kept": kept, **climbed(ladder_table(found), words)}


def _short(recipe: Recipe, epochs: int) -> Recipe:
    return recipe.replace(epochs=min(recipe.epochs, epochs))


def _is_to_be_kept(store: Store, found: Ladder) -> bool:
    """Whether it takes the place of the ladder that is kept."""
    before = load_ladder(store, found.dataset.name)
    if before is None or before.dataset.fingerprint != found.dataset.fingerprint:
        return True

    def size(one: Ladder) -> tuple[int, int]:
        return len(next(iter(one.runs.values()))), max(r.row.recipe.epochs for r in one.rungs)

    return all(new >= old for new, old in zip(size(found), size(before), strict=True))
