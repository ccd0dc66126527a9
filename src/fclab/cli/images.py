"""The images of part 3 for a command: here, fetched, or the stand-in, which is said loudly."""

from collections.abc import Sequence

from rich.panel import Panel

from fclab.cli.progress import byte_bar, byte_bars, console
from fclab.data import cifar100, synthetic
from fclab.data.cifar100 import fetch, locate, opened
from fclab.dataset import Dataset
from fclab.errors import FclabError, UsageError

_STAND_IN = {
    "ru": (
        "CIFAR-100 нет на этом компьютере, и скачать его не удалось:\n{reason}\n\n"
        "Часть 3 выполняется на СИНТЕТИЧЕСКОЙ ЗАМЕНЕ. Её числа ничего не говорят о ваших классах, "
        "и сдавать их нельзя.\nДайте данные: fclab data, или --data ПАПКА."
    ),
    "en": (
        "CIFAR-100 is not on this machine and could not be fetched:\n{reason}\n\n"
        "Part 3 goes on with a SYNTHETIC STAND-IN. Its numbers say nothing about your classes "
        "and cannot be handed in.\nProvide the data: fclab data, or --data FOLDER."
    ),
}


def get_images(classes: Sequence[int], data: str | None, lang: str) -> Dataset:
    """The images of the classes.

    Args:
        classes: class numbers.
        data: a folder or archive; ``"cifar100"``: the real images or an error; ``"synthetic"``:
            the stand-in; None: the real images if they are here or can be fetched, else the
            stand-in with a loud warning.
        lang: language of the warning.

    Raises:
        UsageError: a class does not exist or is named twice.
        DataError: what was given is damaged or no CIFAR-100.
        FclabError: the images were asked for by name and cannot be fetched.
    """
    if data == "synthetic":
        return synthetic(check_classes(classes))
    with byte_bars() as bars:
        place = locate(None if data == "cifar100" else data)
        if place is None:
            check_classes(classes)
            try:
                fetch(progress=byte_bar(bars, "CIFAR-100"), unpacking=byte_bar(bars, "tar.gz"))
            except FclabError as error:
                if data == "cifar100":
                    raise
                text = _STAND_IN[lang].format(reason=error)
                console().print(Panel(text, style="bold yellow", title="!"))
                return synthetic(check_classes(classes))
        elif place.is_file():
            place = opened(place, byte_bar(bars, place.name))
    return cifar100(classes, place)


def check_classes(classes: Sequence[int]) -> tuple[int, ...]:
    """The class numbers in order, at least two, distinct and existing.

    Raises:
        UsageError: they are not.
    """
    for number in classes:
        if not 0 <= number <= 99:
            raise UsageError(f"class {number} does not exist: they are 0..99")
    if len(set(classes)) != len(classes) or len(classes) < 2:
        raise UsageError(f"two or more different classes are needed, not {list(classes)}")
    return tuple(sorted(classes))
