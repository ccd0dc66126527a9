"""The images of part 3: those that are here, those that can be fetched, or the stand-in."""

from collections.abc import Callable, Sequence
from pathlib import Path

from fclab.data.cifar100 import load, locate, opened
from fclab.data.synthetic import synthetic
from fclab.values.dataset import Dataset
from fclab.values.errors import FclabError
from fclab.values.names import distinct_classes
from fclab.values.progress import Progress


def chosen_images(
    classes: Sequence[int],
    data: str | None,
    *,
    fetching: Callable[[], Path],
    unpacking: Callable[[str], Progress],
    standing_in: Callable[[FclabError], object],
) -> Dataset:
    """The images of the classes.

    Args:
        classes: class numbers.
        data: a folder or archive; ``"cifar100"``: the real images or an error; ``"synthetic"``:
            the stand-in; None: the real images if they are here or can be fetched, else the
            stand-in.
        fetching: brings CIFAR-100 here and says where it is.
        unpacking: given the name of an archive, what is told its bytes unpacked and in all.
        standing_in: told why the stand-in is taken, so that it can be said loudly.

    Raises:
        UsageError: a class does not exist or is named twice.
        DataError: what was given is damaged or no CIFAR-100.
        FclabError: the images were asked for by name and cannot be fetched.
    """
    if data == "synthetic":
        return synthetic(classes)
    place = locate(None if data == "cifar100" else data)
    if place is None:
        distinct_classes(classes)
        try:
            place = fetching()
        except FclabError as error:
            if data == "cifar100":
                raise
            standing_in(error)
            return synthetic(classes)
    elif place.is_file():
        place = opened(place, unpacking(place.name))
    return load(classes, place)
