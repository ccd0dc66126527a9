"""Which rows of a table can be trained again, and as what."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from fclab.course.values import ClaimedRow
from fclab.engines import check
from fclab.study.trainer import work
from fclab.values.dataset import Dataset
from fclab.values.errors import FclabError
from fclab.values.recipe import CIFAR, Recipe

MOST_EPOCHS: Final = 10_000
MOST_WIDTH: Final = 2048
"""Neurons of a layer."""
MOST_LAYERS: Final = 8
MOST_WORK: Final = 200_000.0
"""Of one training: epochs × neurons of the first layer (`fclab.study.trainer.work`), about ten
seconds of a core."""
MOST_STEPS: Final = 600_000
"""Gradient steps of one training."""
MOST_OF_A_TABLE: Final = 1_000_000.0
"""Work of one training of every row of a table; the rows that come after it are not trained."""


@dataclass(frozen=True)
class Planned:
    """What a claimed row is trained as.

    Attributes:
        recipe: None: it is not trained.
        reason: why not, a code of `fclab.course.values.CheckedRow`.
    """

    recipe: Recipe | None
    reason: str = ""


def planned(rows: tuple[ClaimedRow, ...], dataset: Dataset) -> tuple[Planned, ...]:
    """What every row of a table is trained as, within the limits above.

    Args:
        rows: as they are claimed.
        dataset: the student's images.
    """
    found: list[Planned] = []
    room, counted = MOST_OF_A_TABLE, set[Recipe]()
    for row in rows:
        one = _planned(row, dataset)
        if one.recipe is not None and one.recipe not in counted:
            room -= work([one.recipe])
            if room < 0:
                one = Planned(None, "too_long")
            else:
                counted.add(one.recipe)
        found.append(one)
    return tuple(found)


def _planned(row: ClaimedRow, dataset: Dataset) -> Planned:
    if row.other:
        return Planned(None, "other_settings")
    settings = (row.layers, row.lr, row.batch_size, row.epochs)
    if None in settings or not row.layers or (row.test is None and row.train is None):
        return Planned(None, "incomplete")
    if row.layers[-1] != dataset.n_outputs:
        return Planned(None, "other_settings")
    widest, epochs = max(row.layers), row.epochs or 0
    if widest > MOST_WIDTH or len(row.layers) > MOST_LAYERS or epochs > MOST_EPOCHS:
        return Planned(None, "too_long")
    try:
        recipe = CIFAR.replace(
            layers=row.layers, lr=row.lr, batch_size=row.batch_size, epochs=row.epochs
        )
        check(dataset, recipe)
    except FclabError:
        return Planned(None, "incomplete")
    steps = recipe.iterations(len(dataset.train))
    deeper = row.layers[0] + sum(a * b for a, b in pairwise(row.layers)) / 3072
    heavy = work([recipe]) * max(1.0, deeper / row.layers[0])
    if heavy > MOST_WORK or steps > MOST_STEPS:
        return Planned(None, "too_long")
    return Planned(recipe)
