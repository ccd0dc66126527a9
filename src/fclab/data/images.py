"""The images of part 3: those that are here, those that can be fetched, or the stand-in."""

from collections.abc import Callable, Sequence

from fclab.data.cifar100 import Source, chosen, find
from fclab.data.cifar100.places import Telling
from fclab.data.synthetic import synthetic
from fclab.values.dataset import Dataset
from fclab.values.errors import FclabError
from fclab.values.names import distinct_classes


def chosen_images(
    classes: Sequence[int],
    data: str | None,
    *,
    accept_other: bool,
    fetching: Callable[[], Source],
    telling: Telling,
    standing_in: Callable[[FclabError], object],
) -> Dataset:
    """The images of the classes.

    Args:
        classes: class numbers.
        data: a folder or archive; ``"cifar100"``: the real images or an error; ``"synthetic"``:
            the stand-in; None: the real images if they are here or can be fetched, else the
            stand-in.
        accept_other: take what ``data`` names also if its images are not those of CIFAR-100.
        fetching: brings CIFAR-100 here.
        telling: given the name of a file that is read for a while, what is told its bytes.
        standing_in: told why the stand-in is taken, so that it can be said loudly.

    Raises:
        UsageError: a class does not exist or is named twice.
        DataError: what was given is damaged or no CIFAR-100.
        FclabError: the images were asked for by name and cannot be fetched.
    """
    if data == "synthetic":
        return synthetic(classes)
    numbers = distinct_classes(classes)
    where = None if data == "cifar100" else data
    source = find(where, accept_other=accept_other, telling=telling)
    if source is None:
        try:
            source = fetching()
        except FclabError as error:
            if data == "cifar100":
                raise
            standing_in(error)
            return synthetic(classes)
    return chosen(source, numbers)
