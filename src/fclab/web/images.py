"""The images that a worker shows and trains on: those of CIFAR-100 on this machine, else the
stand-in. Nothing is ever fetched."""

from collections.abc import Callable

import numpy as np

from fclab.data.cifar100 import Source, chosen, find, first_images
from fclab.data.synthetic import specimens, synthetic
from fclab.values.dataset import STAND_IN, Dataset
from fclab.values.progress import Progress
from fclab.web.place import here

Alive = Callable[[], None]
_KEPT = 4
"""Datasets of chosen classes that a worker keeps, with what its engines computed of them."""

_found: list[Source] = []
_datasets: dict[tuple[int, ...], Dataset] = {}


def source(alive: Alive = lambda: None) -> Source | None:
    """Where CIFAR-100 is on this machine; None: nowhere. It is looked for until it is found.

    Raises:
        UsageError, DataError: what --data or FCLAB_DATA names is not there, or is not CIFAR-100.
    """
    if not _found and (there := find(here().data, telling=lambda name: _watched(alive))):
        _found.append(there)
    return _found[0] if _found else None


def dataset_of(classes: tuple[int, ...], alive: Alive = lambda: None) -> Dataset:
    """The images of some classes, or of the stand-in where there are none.

    Args:
        classes: ascending numbers.
        alive: called while images are read.

    Raises:
        UsageError, DataError: see `source`; CIFAR-100 has changed since it was found.
    """
    there = source(alive)
    kept = _datasets.pop(classes, None)
    if kept is None or (there and kept.source == STAND_IN):
        kept = chosen(there, classes, progress=_watched(alive)) if there else synthetic(classes)
    _datasets[classes] = kept  # the one used last is last
    while len(_datasets) > _KEPT:
        del _datasets[next(iter(_datasets))]
    return kept


def sheet(alive: Alive = lambda: None) -> tuple[str, np.ndarray]:
    """Whose images they are, as `fclab.values.dataset.Dataset.source`, and one of each class,
    uint8 ``(100, 32, 32, 3)``.

    Raises:
        UsageError, DataError: see `source`.
    """
    if there := source(alive):
        return "cifar100", first_images(there, progress=_watched(alive))
    return STAND_IN, specimens()


def _watched(alive: Alive) -> Progress:
    return lambda done, total: alive()
