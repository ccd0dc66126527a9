"""Where CIFAR-100 is on this machine, and what is there."""

import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from fclab.data.cifar100.copies import Content, changed_since, content_of, recall, remember, stamp
from fclab.data.cifar100.keepers import Keeper, kept_elsewhere
from fclab.data.cifar100.reading import Images, other_than, read
from fclab.data.cifar100.release import OFFICIAL, Release
from fclab.data.location import cache_dir, writing
from fclab.values.errors import DataError, UsageError
from fclab.values.files import aside
from fclab.values.held import discard, move
from fclab.values.progress import Progress

Finder = Keeper | Literal["given", "own"]
Telling = Callable[[str], Progress]
"""Given the name of a file that takes a while, returns what is told how much of it is read."""


def absent() -> DataError:
    """That the images are nowhere, and what to do."""
    return DataError(
        "CIFAR-100 is not on this machine: fetch it with `fclab data`, or give a folder or archive "
        "that you have (--data PATH or FCLAB_DATA)"
    )


@dataclass(frozen=True)
class Source:
    """A place that holds the images, and what it holds.

    Attributes:
        path: a file or folder.
        keeper: whose cache it was found in; ``"given"``: it was named, ``"own"``: in fclab's own.
        content: what is there.
        release: what was looked for.
    """

    path: Path
    keeper: Finder
    content: Content
    release: Release = OFFICIAL
    _read: list[Images] = field(default_factory=list, repr=False, compare=False)

    @property
    def other(self) -> DataError | None:
        """What is there in place of CIFAR-100; None: it is CIFAR-100."""
        return other_than(self.path, self.content.differences)

    @property
    def unpacked(self) -> Path | None:
        """The folder in which its authors' files lie, if they do."""
        parts = self.content.parts
        folders = {Path(part.name).parent for part in parts.values()}
        plain = all(
            part.form == "pickle" and not part.wrapping and Path(part.name).name == name
            for name, part in parts.items()
        )
        return folders.pop() if plain and len(folders) == 1 else None

    def images(self, progress: Progress | None = None) -> Images:
        """All images: those that were read to find out what they are, else they are read now.

        Raises:
            DataError: they have become something else meanwhile.
        """
        if self._read:
            return self._read.pop()
        images = read(self.path, release=self.release, progress=progress)
        if content_of(images, self.release).key != self.content.key:
            raise DataError("{path} was changed while it was read: start again", path=self.path)
        return images


def find(
    data: str | Path | None = None,
    *,
    accept_other: bool = False,
    telling: Telling | None = None,
    cache: bool = True,
    release: Release = OFFICIAL,
) -> Source | None:
    """Where the images are; None if they are nowhere.

    Looked for in this order: ``data``; the path in FCLAB_DATA; the cache; where Keras, torchvision,
    kagglehub and Hugging Face's library keep them, and browsers put them. Only the first of the two
    that is named counts; of the others, those that hold no CIFAR-100 are passed over.

    Args:
        data: a file or folder, see `fclab.data.cifar100.reading.read`.
        accept_other: take what is named also if its images are not those of CIFAR-100.
        telling: told how reading goes on.
        cache: remember what is there, so that it need not be read to find out the next time.
        release: what is looked for.

    Raises:
        UsageError: the path that was given does not exist.
        DataError: there are no images there, or they are not those of CIFAR-100; one line says what
            is there.
    """
    named = data or os.environ.get("FCLAB_DATA")
    if named:
        if "://" in str(named):
            raise UsageError(
                "{address} is an address, not a file: fclab data --from {address} fetches it",
                address=str(named),
            )
        path = Path(named).expanduser()
        if not path.exists():
            raise _absent(path, from_environment=not data)
        source = _look(path, "given", telling, cache, release)
        if source.other and not accept_other:
            raise DataError(
                "{other}; to work with this copy all the same, add --accept-other: every result "
                "will be marked",
                other=source.other,
            )
        return source
    for keeper, path in _unnamed():
        try:
            source = _look(path, keeper, telling, cache, release)
        except DataError:
            continue
        if not source.other:
            return source
    return None


def own_places() -> tuple[Path, ...]:
    """Where fclab keeps what it has fetched: as it was got, in any form; the second is that of
    version 0.1."""
    return cache_dir() / "cifar100", cache_dir() / "cifar-100-python"


def in_cache(release: Release = OFFICIAL) -> Source | None:
    """The place in fclab's own cache that holds CIFAR-100, if one does."""
    for path in filter(Path.exists, own_places()):
        try:
            source = _look(path, "own", None, True, release)
        except DataError:
            continue
        if not source.other:
            return source
    return None


def keep(
    path: Path,
    *,
    moving: bool = False,
    progress: Progress | None = None,
    release: Release = OFFICIAL,
) -> Source:
    """Puts the files that hold CIFAR-100 into the cache, as they are, in place of what is there.

    Args:
        path: a file or folder, see `fclab.data.cifar100.reading.read`.
        moving: they are not needed where they are.
        progress: called with bytes read and in all.
        release: what they should be.

    Returns:
        The folder of the cache, with the images that were read.

    Raises:
        DataError: there is no CIFAR-100 there.
        FclabError: the cache cannot be written.
    """
    images = read(path, release=release, progress=progress)
    if images.other:
        raise images.other
    content_of_files = content_of(images, release)
    folder = own_places()[0]
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        kept = {file: folder / name for file, name in _names(images.files)}
        for file, to in kept.items():
            if moving:
                move(file, to)
            elif file.absolute() != to:
                with aside(to) as temporary:
                    shutil.copyfile(file, temporary)
        for file in folder.iterdir():
            if file not in kept.values() and file.is_file():
                discard(file)
        content = _moved(content_of_files, kept)
    remember(folder, content, release)
    return Source(folder, "own", content, release, [images])


def _moved(content: Content, kept: Mapping[Path, Path]) -> Content:
    """What is there when the files of a source lie elsewhere: at the values of ``kept``."""
    parts = {}
    for name, part in content.parts.items():
        file = max((one for one in kept if part.name.startswith(str(one))),
                   key=lambda one: len(str(one)))  # fmt: skip
        told = f"{kept[file]}{part.name[len(str(file)) :]}"
        parts[name] = part.model_copy(update={"name": told})
    stamps = tuple(map(stamp, kept.values()))
    return content.model_copy(update={"parts": parts, "stamps": stamps})


def _names(files: Sequence[Path]) -> Iterator[tuple[Path, str]]:
    """Files with their names, or with those of their folders too where two are called alike."""
    names = [file.name for file in files]
    for file in files:
        alike = names.count(file.name) > 1
        yield file, f"{file.absolute().parent.name}-{file.name}" if alike else file.name


def _unnamed() -> Iterator[tuple[Finder, Path]]:
    """Where it may be though nobody said so."""
    for path in own_places():
        if path.exists():
            yield "own", path
    yield from kept_elsewhere()


def _look(
    path: Path, keeper: Finder, telling: Telling | None, cache: bool,
    release: Release,
) -> Source:  # fmt: skip
    content = recall(path, release) if cache else None
    if content:
        return Source(path, keeper, content, release)
    started = time.time_ns()
    images = read(path, release=release, progress=telling(path.name) if telling else None)
    content = content_of(images, release)
    if cache and not changed_since(started, content):
        remember(path, content, release)
    return Source(path, keeper, content, release, [images])


def _absent(path: Path, *, from_environment: bool) -> UsageError:
    if from_environment:
        return UsageError("FCLAB_DATA: {path} does not exist; give a folder or archive", path=path)
    return UsageError("{path} does not exist; give a folder or archive of CIFAR-100", path=path)
