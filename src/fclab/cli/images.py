"""The images of part 3 for a command: here, fetched, or the stand-in, which is said loudly."""

from collections.abc import Sequence
from pathlib import Path

from rich.panel import Panel

from fclab.cli.classes import Chosen, ClassChoice
from fclab.cli.fetched import fetched
from fclab.cli.progress import byte_bar, byte_bars, console, progress_bar, say
from fclab.data.images import chosen_images
from fclab.data.own import Own, folder_at, read_own
from fclab.labs.own_pictures import remarks
from fclab.values.dataset import OTHER, Dataset
from fclab.values.pictures import Folder
from fclab.words.languages import Lang
from fclab.words.said import said
from fclab.words.wording import Wording, wording


def asked_images(
    choice: ClassChoice, lang: Lang, default: Sequence[int] = ()
) -> tuple[Chosen, Dataset]:
    """The images that a command is about, and the classes as they were chosen: none of pictures of
    one's own.

    Args:
        choice: its options.
        lang: of messages.
        default: classes where none were chosen.

    Raises:
        UsageError: see `ClassChoice`.
        DataError, FclabError: see `get_images` and `fclab.data.own.read_own`.
    """
    if folder := choice.folder():
        return choice.chosen_beside(lang), get_pictures(folder, lang)
    chosen = choice.chosen(lang) if choice.is_given or not default else Chosen(tuple(default))
    found = get_images(chosen.numbers, choice.data, lang, accept_other=choice.accept_other)
    return chosen, found


def get_pictures(folder: Folder, lang: Lang) -> Dataset:
    """Pictures of one's own; what there is to say of them is said.

    Raises:
        DataError: see `fclab.data.own.read_own`.
    """
    own = look_at(folder, lang)
    dataset = own.dataset  # what is wrong with it comes first
    say(*remarks(own, wording(lang)))
    return dataset


def look_at(folder: Folder, lang: Lang) -> Own:
    """What is in a folder of pictures, with a bar."""
    with progress_bar(wording(lang).plain("pictures.reading"), things=True) as progress:
        return read_own(folder, progress)


def get_images(
    classes: Sequence[int], data: str | None, lang: Lang, *, accept_other: bool = False
) -> Dataset:
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
        dataset = chosen_images(
            classes,
            data,
            accept_other=accept_other,
            fetching=lambda: fetched(bars, wording(lang)),
            telling=lambda name: byte_bar(bars, name),
            standing_in=lambda error: console().print(_warning(wording(lang), error)),
        )
    if dataset.source == OTHER:
        say(wording(lang).plain("cli.stand_in.other"))
    return dataset


def images_again(
    source: str,
    classes: Sequence[int],
    folder: Folder | None,
    data: str | None,
    moved: Path | None,
    lang: Lang,
) -> Dataset | None:
    """The images of something that is kept, found again; None: only the program that made it has
    them.

    Args:
        source, classes: of the dataset.
        folder: of pictures of one's own, as it is kept.
        data: where CIFAR-100 is, see `get_images`.
        moved: where the pictures are now.
        lang: of messages.

    Raises:
        DataError, FclabError: they are nowhere, see `get_images` and `get_pictures`.
    """
    if folder is not None:
        return get_pictures(folder_at(moved or folder.place, folder.side, folder.seed), lang)
    if source == OTHER:
        return get_images(classes, data, lang, accept_other=True)
    if source not in ("cifar100", "synthetic"):
        return None
    return get_images(classes, data or source, lang)


def _warning(words: Wording, error: Exception) -> Panel:
    reason, what, provide = words.each("cli.stand_in", "reason", "what", "provide")
    text = f"{reason}\n{said(error, words.language)}\n\n{what}\n{provide}"
    return Panel(text, style="bold yellow", title="!")
