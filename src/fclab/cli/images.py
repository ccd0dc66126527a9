"""The images of part 3 for a command: here, fetched, or the stand-in, which is said loudly."""

from collections.abc import Sequence

from rich.panel import Panel

from fclab.cli.progress import byte_bar, byte_bars, console
from fclab.data.cifar100 import fetch
from fclab.data.images import chosen_images
from fclab.values.dataset import Dataset
from fclab.words.languages import Lang
from fclab.words.wording import Wording, wording


def get_images(classes: Sequence[int], data: str | None, lang: Lang) -> Dataset:
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
    with byte_bars() as bars:
        return chosen_images(
            classes,
            data,
            fetching=lambda: fetch(
                progress=byte_bar(bars, "CIFAR-100"), unpacking=byte_bar(bars, "tar.gz")
            ),
            unpacking=lambda name: byte_bar(bars, name),
            standing_in=lambda error: console().print(_warning(wording(lang), error)),
        )


def _warning(words: Wording, error: Exception) -> Panel:
    reason, what, provide = words.each("cli.stand_in", "reason", "what", "provide")
    said = f"{reason}\n{error}\n\n{what}\n{provide}"
    return Panel(said, style="bold yellow", title="!")
