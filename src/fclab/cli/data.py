"""`fclab data`: fetch CIFAR-100, check it, say what it holds."""

from functools import partial
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from fclab.cli.classes import PICTURES, FlattenedPictures
from fclab.cli.language import Spoken

if TYPE_CHECKING:
    from rich.table import Table

    from fclab.data.cifar100 import Source
    from fclab.words.wording import Wording


def data(
    *,
    data: str | None = None,
    fetch: bool | None = None,
    source: Annotated[str | None, Parameter(name="--from")] = None,
    mirror: Annotated[tuple[str, ...], Parameter(negative="", show_default=False)] = (),
    mirrors: Annotated[bool, Parameter(negative="", show_default=False)] = False,
    classes: Annotated[bool, Parameter(negative="", show_default=False)] = False,
    accept_other: Annotated[bool, Parameter(negative="", show_default=False)] = False,
    own: FlattenedPictures = PICTURES,
    lang: Spoken = None,
) -> None:
    """Find CIFAR-100 on this machine in whatever form, fetch it if it is not here, and describe it;
    or look at pictures of your own.

    It is recognised by its images and labels, not by its files: docs/images.md has all forms.

    Examples:

        fclab data

        fclab data --data ~/Downloads/cifar-100-python.tar.gz

        fclab data --from huggingface

        fclab data --mirror https://example.org/datasets/ --lang en

        fclab data --no-fetch --classes

        fclab data --images photos

    Parameters
    ----------
    data
        A folder or archive to look at, instead of FCLAB_DATA, the cache and those of Keras,
        torchvision, kagglehub and Hugging Face.
    fetch
        --fetch: download anew, even if the files are here; --no-fetch: never download.
        By default they are downloaded when they are absent.
    source
        Where to bring CIFAR-100 into the cache from: official, huggingface, kaggle, paddle or
        brainchip (none of them asks for an account); any address of an archive or a Parquet file;
        or a file or folder of this machine.
    mirror
        One more address of the archive; one that ends with / is a folder that holds it, and
        NAME=ADDRESS gives a built-in mirror another address. May be given several times;
        FCLAB_MIRRORS (comma separated) adds others.
    mirrors
        Print the mirrors in the order of trying, and what became of the last tries; nothing is
        fetched.
    classes
        Print all 100 classes with their names and numbers of images.
    accept_other
        Describe also images in the form of CIFAR-100 that are not its own.
    own
        Pictures of your own: what is found, used and left out, and why.
    """

    from fclab.cli.fetched import fetched
    from fclab.cli.progress import byte_bar, byte_bars, output, say
    from fclab.data.cifar100 import all_mirrors, find, local_source
    from fclab.data.cifar100.places import absent
    from fclab.data.location import cache_dir
    from fclab.values.errors import UsageError
    from fclab.words.languages import spoken_lang
    from fclab.words.said import said
    from fclab.words.wording import wording

    if data and fetch:
        raise UsageError("--data names files that you have, --fetch downloads them: choose one")
    if source and (data or fetch is False):
        raise UsageError(
            "--from brings the files into the cache; it goes with no --data, --no-fetch"
        )
    words, out = wording(spoken_lang(lang)), output()
    if folder := own.folder():
        from fclab.cli.own_output import print_pictures

        print_pictures(folder, words.language)
        return
    if mirrors:
        out.print(_mirrors(mirror, words))
        return
    with byte_bars() as bars:
        look = partial(find, accept_other=accept_other, telling=partial(byte_bar, bars))
        found = None if fetch or source else look(data)
        if found is None:
            if fetch is False:
                raise absent()
            all_mirrors(mirror)  # what is wrong with names comes before what is begun
            local_source(source or "")
            say(words.plain("cli.data.absent", home=cache_dir()))
            found = fetched(bars, words, mirrors=mirror, source=source or "", anew=bool(fetch))
    which = "other" if found.other else found.keeper
    place = words.plain(f"cli.data.found.{which}", path=str(found.path))
    out.print(place, soft_wrap=True, markup=False, highlight=False)
    out.print(_parts(found, words))
    if found.other:
        say(said(found.other, words.language))
    if classes:
        out.print(_classes(found, words))


def _mirrors(told: tuple[str, ...], words: "Wording") -> "Table":
    from datetime import datetime

    from fclab.data.cifar100 import Health, all_mirrors
    from fclab.data.location import cache_dir
    from fclab.words.said import said

    health = Health(cache_dir())
    tries = health.tries()
    table = _table(("mirror", "from", "kind", "megabytes", "tried", "speed", "came"), words, (3, 5))
    for mirror in health.ordered(all_mirrors(told)):
        form = words.plain(f"cli.data.form.{mirror.form}")
        row = [mirror.name, mirror.key, form, words.whole(round(mirror.bytes / 1e6))]
        if (last := tries.get(mirror.key)) is None:
            table.add_row(*row, "–", "", words.plain("cli.data.untried"))
            continue
        when = f"{datetime.fromtimestamp(last.when):%Y-%m-%d %H:%M}"
        speed = words.whole(round(last.speed / 1e3)) if last.speed else ""
        became = words.plain("cli.data.slow" if last.slow else "cli.data.worked")
        table.add_row(*row, when, speed, said(last.error or became, words.language))
    return table


def _parts(found: "Source", words: "Wording") -> "Table":
    from fclab.words.said import said

    columns = ("part", "file", "form_of", "images", "each", "content")
    table = _table(columns, words, right=(3, 4))
    for name, part in found.content.parts.items():
        form = words.plain(f"cli.data.version.{part.form}")
        for archive in reversed(part.wrapping):
            form = words.plain("cli.data.inside", form=form, archive=archive)
        each = dict.fromkeys((min(part.counts), max(part.counts)))
        table.add_row(
            words.plain(f"part.{name}"),
            _below(part.name, str(found.path)) or found.path.name,
            form,
            words.whole(sum(part.counts)),
            "–".join(map(words.whole, each)),
            said(part.difference or "CIFAR-100", words.language),
        )
    return table


def _below(name: str, place: str) -> str:
    """A file as it is called within a folder or archive; one elsewhere by its whole path."""
    return name.removeprefix(place).lstrip(": /\\") if name.startswith(place) else name


def _classes(found: "Source", words: "Wording") -> "Table":
    from fclab.values.names import CLASS_NAMES

    table = _table(("class", "english", "russian", "train", "test"), words, right=(0, 3, 4))
    counted = [found.content.parts[part].counts for part in ("train", "test")]
    for name, *counts in zip(CLASS_NAMES, *counted, strict=True):
        table.add_row(str(name.number), name.en, name.ru, *map(words.whole, counts))
    return table


def _table(columns: tuple[str, ...], words: "Wording", right: tuple[int, ...]) -> "Table":
    from rich.table import Table

    table = Table()
    for place, heading in enumerate(words.each("cli.data", *columns)):
        justify = "right" if place in right else "left"
        table.add_column(heading, justify=justify, overflow="fold")
    return table
