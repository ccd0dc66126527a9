"""Task 5: the settings that are tried for every model."""

import math

from fclab.labs.lab1 import moves
from fclab.labs.lab1.settings import Settings
from fclab.values.recipe import MOST_EPOCHS, Recipe

REACH = 2.0
"""How far candidates are trained: so many times lr × iterations of the stopped base row.

How far a network has come is nearly a matter of lr × iterations alone (measured on classes 0, 55,
58: over-fitting sets in at 4.1 to 4.8 for one hidden layer of 5, 10, 32, 64 neurons and for two
of 10, whatever lr and batch size). So a large lr needs few epochs to pass that point, and a small
one is not cut off before it."""


def grids(settings: Settings, epoch: int, n_train: int) -> dict[tuple[int, ...], list[Recipe]]:
    """The candidates of every model.

    Args:
        epoch: over-fitting epoch of the base recipe.
        n_train: images that candidates are trained on.
    """
    base = settings.base
    distance = REACH * base.lr * moves.stop_at(base, epoch).iterations(n_train)

    def candidate(hidden: tuple[int, ...], lr: float, batch: int) -> Recipe:
        recipe = moves.change_layers(base, hidden).replace(lr=lr, batch_size=batch)
        per_epoch = recipe.iterations_per_epoch(n_train)
        epochs = min(distance / lr / per_epoch, MOST_EPOCHS)  # of a base recipe that diverges
        return recipe.replace(epochs=max(1, math.ceil(epochs)))

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
