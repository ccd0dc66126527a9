"""The store of the server, opened, and the images of a study of it."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import monotonic
from typing import Final

from fclab.labs.lab import images_of
from fclab.store.connect import is_address
from fclab.store.database import Store
from fclab.store.place import remember_last
from fclab.study.rows import Definition
from fclab.values.dataset import STAND_IN, Dataset
from fclab.values.errors import DataError, FclabError
from fclab.values.progress import Progress
from fclab.web.images import dataset_of
from fclab.web.place import here
from fclab.web.tasks.task import Alive, Emit

PAUSE: Final = 0.15
"""Seconds between two events of how far something is."""


def is_there() -> bool:
    """Whether there is a store: the first training makes it."""
    where = here().store
    return is_address(where) or Path(where).exists()


@contextmanager
def opened(*, trains: bool = False) -> Iterator[Store]:
    """The store of the server.

    Args:
        trains: it is made if there is none, and remembered as that of the last training.

    Raises:
        DataError, FclabError: there is none, or it cannot be opened.
    """
    where = here().store
    with Store(where, create=trains) as store:
        if trains:
            with suppress(FclabError):  # what is trained is kept all the same
                remember_last(where)
        yield store


def found_images(study: Definition, alive: Alive) -> Dataset:
    """The images of a study, as they are on this machine.

    Raises:
        DataError: they are not here.
    """
    if study.folder is None and study.source in ("cifar100", STAND_IN):
        images = dataset_of(study.classes, alive)
        if images.fingerprint == study.fingerprint:
            return images
    images = images_of(study).make(here().data)
    if images is None:
        raise DataError("the images of the study are not on this machine: nothing can be trained")
    return images


def telling(emit: Emit, alive: Alive) -> Progress:
    """Tells the page how far the work is, a few times in a second."""
    last = 0.0

    def told(done: float, expected: float) -> None:
        nonlocal last
        alive()
        now = monotonic()
        if now - last > PAUSE:
            last = now
            emit({"kind": "progress", "share": min(1.0, done / expected) if expected else 0.0})

    return told
