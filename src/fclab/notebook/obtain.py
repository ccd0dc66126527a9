"""What a notebook works with: the images of part 3, with progress and a loud word about the
stand-in, and the store that it shares with the commands."""

from collections.abc import Sequence
from pathlib import Path

from fclab.data.cifar100 import fetch
from fclab.data.images import chosen_images
from fclab.data.own import folder_at, read_own
from fclab.labs.own_pictures import remarks
from fclab.notebook.bars import Bar
from fclab.notebook.page import say, show_note, words
from fclab.store.connect import is_address, without_password
from fclab.store.place import find_place, remember_last
from fclab.values.dataset import Dataset
from fclab.values.errors import FclabError
from fclab.values.pictures import SIDE
from fclab.values.progress import Progress


def images(
    classes: Sequence[int], data: str | None = None, *, accept_other: bool = False
) -> Dataset:
    """The images of the classes: from this machine, else fetched, else the synthetic stand-in,
    which is said loudly and marked in every figure.

    Args:
        classes: two or more class numbers, 0..99.
        data: CIFAR-100: a folder or archive; "cifar100" forbids the stand-in, "synthetic" asks
            for it. Default: the path in FCLAB_DATA, else the cache, else where other libraries keep
            it, else the network.
        accept_other: take what ``data`` names also if its images are not those of CIFAR-100; every
            result is marked.

    Raises:
        UsageError: a class does not exist or is named twice; ``data`` does not exist.
        DataError: what was given is damaged or no CIFAR-100.
        FclabError: ``data="cifar100"`` and the images cannot be fetched.
    """
    return chosen_images(
        classes,
        data,
        accept_other=accept_other,
        fetching=lambda: fetch(progress=_bytes("CIFAR-100")),
        telling=_bytes,
        standing_in=_stand_in,
    )


def pictures(place: str | Path, *, size: int = SIDE, seed: int = 0) -> Dataset:
    """Pictures of one's own; how many there are, and what is odd about them, is printed.

    Args:
        place: a folder, or a zip, with a folder for each class, or with such folders in ``train``
            and ``test``.
        size: pixels of a side of every image.
        seed: of the division into train and test, where there are no folders for it.

    Raises:
        DataError: no such folder, too few pictures in a class, ...
    """
    own = read_own(folder_at(place, size, seed), Bar(label=words().plain("pictures.reading")))
    dataset = own.dataset
    print(*remarks(own, words()), sep="\n")
    return dataset


def _bytes(label: str) -> Progress:
    """A bar that appears with the first bytes."""
    bars: list[Bar] = []

    def move(done: float, total: float) -> None:
        if not bars:
            bars.append(Bar(label=label))
        bars[0](done, total)

    return move


def _stand_in(error: FclabError) -> None:
    show_note("stand_in", reason=str(error))


def find_store(named: str | None = None) -> str | Path:
    """The store that the commands use which are started from the notebook's folder, by their rule
    (`fclab.store.place`); its name is shown.

    Args:
        named: another one: a file, or ``postgresql://user@host/base``; the commands use it, too,
            from now on.

    Returns:
        What `fclab.Store` opens.

    Raises:
        DataError: what is remembered of the last run is damaged.
        FclabError: it cannot be written.
    """
    found = find_place(named)
    if found.gone:
        show_note("store_gone", name=found.gone)
    name = str(found.where)
    print(say("store", name=without_password(name) if is_address(name) else name))
    if named is not None:
        remember_last(named)
    return found.where
