"""Task 5: every model with its own over-fitting epoch, learning rate and batch size."""

import math

from fclab.dataset import Dataset
from fclab.recipe import Recipe
from fclab.run import Run
from fclab.study import moves
from fclab.study.choices import best_candidate, overfitting_epoch
from fclab.study.rows import Row, Settings
from fclab.study.work import Trainer

REACH = 2.0
"""How far candidates are trained: so many times lr × iterations of the stopped base row.

How far a network has come is nearly a matter of lr × iterations alone (measured on classes 0, 55,
58: over-fitting sets in at 4.1 to 4.8 for one hidden layer of 5, 10, 32, 64 neurons and for two
of 10, whatever lr and batch size). So a large lr needs few epochs to pass that point, and a small
one is not cut off before it."""

_LONGER = 2
"""How often a candidate whose loss still falls at its last epoch is trained twice as long."""


def grids(settings: Settings, epoch: int, n_train: int) -> dict[tuple[int, ...], list[Recipe]]:
    """The candidates of every model.

    Args:
        epoch: over-fitting epoch of the base recipe.
        n_train: images that candidates are trained on.
    """
    base = settings.base
    distance = REACH * base.lr * moves.stop_at(base, epoch).iterations(n_train)

    def candidate(hidden: tuple[int, ...], lr: float, batch: int) -> Recipe:
        recipe = moves.change_layers(base, hidden).but(lr=lr, batch_size=batch)
        per_epoch = recipe.iterations_per_epoch(n_train)
        return recipe.but(epochs=max(1, math.ceil(distance / lr / per_epoch)))

    return {
        hidden: [
            candidate(hidden, lr, batch)
            for lr in settings.search_lr
            for batch in settings.search_batch
        ]
        for hidden in dict.fromkeys(settings.hidden)
    }


def name_of(hidden: tuple[int, ...]) -> str:
    """The name of a row with these hidden layers: fc-32, fc-10-10."""
    return "-".join(map(str, ("fc", *hidden)))


def tuned_rows(
    settings: Settings,
    epoch: int,
    trainer: Trainer,
    chooser: Dataset,
    split: str,
    later: float,
) -> list[Row]:
    """A row per model, the best of its candidates; none for a model that always diverges.

    One pass trains all candidates of all models side by side. Those whose loss still falls at the
    end are trained again for twice as long (twice at most).

    Args:
        epoch: over-fitting epoch of the base recipe.
        chooser, split: what they are trained on, and the part that decides.
        later: the work after the search.
    """
    asked = grids(settings, epoch, len(chooser.train))
    trained = {}
    todo = [recipe for grid in asked.values() for recipe in grid]
    for longer in range(_LONGER + 1):
        trained |= trainer(chooser, todo, range(settings.search_seeds), later)
        still = [recipe for recipe in todo if _still_falls(trained[recipe], split)]
        if not still or longer == _LONGER:
            break
        twice = {recipe: recipe.but(epochs=2 * recipe.epochs) for recipe in still}
        asked = {
            hidden: [twice.get(recipe, recipe) for recipe in grid] for hidden, grid in asked.items()
        }
        todo = list(twice.values())
    rows = []
    for hidden, grid in asked.items():
        best = best_candidate({recipe: trained[recipe] for recipe in grid}, split)
        if best is not None:
            rows.append(
                Row(name=name_of(hidden), recipe=best.recipe, parent="stop",
                    kind="layers", candidates=len(grid))
            )  # fmt: skip
    return rows


def _still_falls(runs: list[Run], split: str) -> bool:
    found = overfitting_epoch(runs, split)
    return found is not None and found.of_mean == runs[0].recipe.epochs
