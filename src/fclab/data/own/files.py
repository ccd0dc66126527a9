"""The files of a folder or a zip, all of them, whatever they are: nothing is decoded here."""

import errno
import os
import unicodedata
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import IO, BinaryIO, NamedTuple

from fclab.values.errors import Clause, DataError, system_reason
from fclab.values.files import open_regular

MOST_FILES = 100_000
MOST_BYTES = 256 << 20
"""Of a file in a zip, unpacked: it is held in memory."""
_DEEPEST = 30
_QUIET = {
    "thumbs.db", "ehthumbs.db", "desktop.ini", "__macosx", "@eadir", "$recycle.bin",
    "system volume information",
}  # fmt: skip
"""What systems leave in folders, beside names that begin with a dot."""


class Entry(NamedTuple):
    """A file.

    Attributes:
        name: below the folder, steps divided by slashes, letters with marks as one character.
        size: bytes; ``stamp``: of time or content: another one, another file.
        open: gives its content; raises an `OSError` if it has none.
        steps: of the name as the system has them.
    """

    name: str
    size: int
    stamp: int
    open: Callable[[], BinaryIO]
    steps: tuple[str, ...]


class Listing(NamedTuple):
    """What a folder or a zip holds: files by name, and the names of folders."""

    files: tuple[Entry, ...]
    folders: frozenset[tuple[str, ...]]


@contextmanager
def listing(place: Path) -> Iterator[Listing]:
    """All files of a folder or a zip, but for what systems leave there; they can be opened within
    the block.

    Links to folders are followed, each folder is looked into once. Of a zip nothing is unpacked
    onto the disk.

    Raises:
        DataError: there is no such folder or zip, it cannot be read, or has too many files.
    """
    if place.is_dir():
        yield _sorted(*_Walk(place).result())
    elif place.is_file() and zipfile.is_zipfile(place):
        with _archive(place) as archive:
            yield _sorted(*_zipped(place, archive))
    elif place.exists():
        raise DataError("{path} is neither a folder of pictures nor a zip of one", path=place)
    else:
        raise DataError("{path} does not exist: give a folder of pictures", path=place)


def _sorted(files: list[Entry], folders: set[tuple[str, ...]]) -> Listing:
    files.sort(key=lambda entry: entry.name)
    return Listing(tuple(files), frozenset(folders))


def _named(steps: tuple[str, ...]) -> str:
    return unicodedata.normalize("NFC", "/".join(steps))


def _is_quiet(name: str) -> bool:
    return name.startswith(".") or name.casefold() in _QUIET


def _too_many(place: Path) -> DataError:
    return DataError(
        "{path} has more than {n} files: give the folder of the pictures alone",
        path=place, n=MOST_FILES,
    )  # fmt: skip


class _Walk:
    """Looks through a folder."""

    def __init__(self, place: Path):
        self.place, self.seen = place, {os.path.realpath(place)}
        self.files: list[Entry] = []
        self.folders: set[tuple[str, ...]] = set()

    def result(self) -> tuple[list[Entry], set[tuple[str, ...]]]:
        """Files and folders.

        Raises:
            DataError: see `listing`.
        """
        try:
            self._look(self.place, ())
        except OSError as error:
            raise DataError(
                "cannot read {path}: {reason}", path=self.place, reason=system_reason(error)
            ) from error
        return self.files, self.folders

    def _look(self, folder: Path, steps: tuple[str, ...]) -> None:
        with os.scandir(folder) as found:
            inside = sorted((one for one in found if not _is_quiet(one.name)), key=_by_name)
        for one in inside:
            here, path = (*steps, one.name), folder / one.name
            try:
                if one.is_dir():
                    self._look_below(path, here)
                else:
                    self._add(path, here, one.stat())
            except OSError as error:  # a link to nothing, a folder that may not be read
                self.files.append(Entry(_named(here), 0, 0, _raising(error), here))
            if len(self.files) > MOST_FILES:
                raise _too_many(self.place)

    def _look_below(self, path: Path, steps: tuple[str, ...]) -> None:
        real = os.path.realpath(path)
        if real in self.seen or len(steps) > _DEEPEST:
            return
        self.seen.add(real)
        self.folders.add(steps)
        self._look(path, steps)

    def _add(self, path: Path, steps: tuple[str, ...], about: os.stat_result) -> None:
        entry = Entry(
            _named(steps), about.st_size, about.st_mtime_ns, lambda: open_regular(path), steps
        )
        self.files.append(entry)


def _by_name(one: os.DirEntry[str]) -> str:
    return one.name


def _raising(error: OSError) -> Callable[[], BinaryIO]:
    def refuse() -> BinaryIO:
        raise error

    return refuse


def _archive(place: Path) -> zipfile.ZipFile:
    try:
        # Names that are not said to be UTF-8: those of Windows in Russian.
        return zipfile.ZipFile(place, metadata_encoding="cp866")
    except (OSError, ValueError, RuntimeError, zipfile.BadZipFile) as error:
        raise DataError("{path} is damaged: {reason}", path=place, reason=error) from error


def _zipped(place: Path, archive: zipfile.ZipFile) -> tuple[list[Entry], set[tuple[str, ...]]]:
    """Files and folders of a zip.

    Raises:
        DataError: it has too many files.
    """
    files: list[Entry] = []
    folders: set[tuple[str, ...]] = set()
    members = archive.infolist()
    if len(members) > MOST_FILES:
        raise _too_many(place)
    for member in members:
        steps = tuple(step for step in member.filename.split("/") if step not in ("", "."))
        if not steps or any(map(_is_quiet, steps)):  # ".." too
            continue
        folders |= {steps[:n] for n in range(1, len(steps))}
        if member.is_dir():
            folders.add(steps)
        else:
            opening = partial(_member, archive, member)
            files.append(Entry(_named(steps), member.file_size, member.CRC, opening, steps))
    return files, folders


def _member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> BinaryIO:
    """The content of a file of a zip.

    Raises:
        OSError: it is too large, encrypted or damaged.
    """
    if member.file_size > MOST_BYTES:
        raise OSError(errno.EFBIG, Clause("it is too large for a file in a zip"))
    if member.flag_bits & 1:
        raise OSError(errno.EACCES, Clause("it is encrypted"))
    try:
        with archive.open(member) as file:
            return BytesIO(b"".join(_bounded(file)))
    except OSError:
        raise
    except Exception as error:  # a damaged member can raise anything
        raise OSError(errno.EIO, Clause("{words}", words=error)) from error


def _bounded(file: IO[bytes]) -> Iterator[bytes]:
    """The content of a member, however much its header says there is.

    Raises:
        OSError: it is more than `MOST_BYTES`.
    """
    left = MOST_BYTES
    while block := file.read(1 << 20):
        left -= len(block)
        if left < 0:
            raise OSError(errno.EFBIG, Clause("it is too large for a file in a zip"))
        yield block
