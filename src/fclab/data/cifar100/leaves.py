"""The files in a folder or an archive, one after the other, unpacked in memory and never onto the
disk."""

import io
import os
import shutil
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import IO

from fclab.data.cifar100.release import Release
from fclab.data.cifar100.sniff import HEAD, kind_of, unfinished
from fclab.data.cifar100.streams import (
    MOST_OF_FILE,
    PIECE,
    Budget,
    TooMuchError,
    Window,
    inflated,
    open_counted,
)
from fclab.values.errors import DataError
from fclab.values.text import shown

_MOST_FILES = 5000  # that are looked at in a folder or an archive
_DEPTH = 3  # folders below the one that is given
_WRAPPINGS = 3  # a tar in a gzip in a zip
_DIRECTORY = 1 << 22  # bytes of the list at the end of a zip: 40 000 files
_BLOCK = 512  # of a tar
_MOST_NAME = 200  # characters of a name in an archive, in messages

Opening = Callable[[], io.BufferedReader]


@dataclass(frozen=True)
class Leaf:
    """A file that may hold images.

    Attributes:
        name: where it is, for people: ``/home/a/archive.zip: cifar-100-python/train``.
        stem: its own name.
        size: its bytes, as its container says.
        file: the file on the disk that it is or is in.
        wrapping: the archives that it is in, from the outside: ``("zip", "tar.gz")``.
        open: a stream that is read forward. What is in an archive is read before the next leaf is
            asked for, and once.
    """

    name: str
    stem: str
    size: int
    file: Path
    wrapping: tuple[str, ...]
    open: Opening


@contextmanager
def told_by_name(name: str) -> Iterator[None]:
    """Turns what goes wrong inside an archive into one line that names it.

    Raises:
        DataError: it is damaged, far too large, or packed in another way.
    """
    try:
        yield
    except TooMuchError as error:
        raise DataError("{name} is not CIFAR-100: {reason}", name=name, reason=error) from error
    except (zipfile.BadZipFile, zlib.error, tarfile.TarError) as error:
        raise DataError("{name} is damaged: get it again", name=name) from error
    except NotImplementedError as error:  # of zipfile
        raise DataError(
            "{name} is packed in a way that is not read: unpack it, and give the folder", name=name
        ) from error


def leaves(path: Path, release: Release, budget: Budget) -> Iterator[Leaf | DataError]:
    """All files at a path: of a folder, and of every archive that may hold images.

    What may be read quickly comes first: files on the disk, then archives, those of a telling name
    first. A file that was given, not found in a folder, is looked at whatever its size.

    Args:
        path: a file or a folder.
        release: what is looked for; its size tells which archives of a folder are worth opening.
        budget: counts what is read.

    Yields:
        A file, or in place of an archive why it cannot be read.

    Raises:
        OSError: the path cannot be read.
    """
    if not path.is_dir():
        yield from _unwrapped(_on_disk(path, budget), release, budget)
        return
    archives: list[Leaf] = []
    for file in islice(_files(path), _MOST_FILES):
        leaf = _on_disk(file, budget)
        try:
            with leaf.open() as stream:
                kind = kind_of(stream.read(HEAD))
        except OSError:  # told by whoever reads it, if it matters
            kind = "other"
        if kind in ("zip", "gzip", "tar"):
            archives.append(leaf)
        else:
            yield leaf
    for leaf in sorted(archives, key=lambda leaf: "cifar" not in leaf.stem.casefold()):
        if _worth_opening(leaf.size, release):
            yield from _unwrapped(leaf, release, budget)


def _worth_opening(size: int, release: Release) -> bool:
    """Images hardly shrink: an archive of the smaller part has a half of its pixels or more, and
    all of them in two forms no more than four times as much."""
    least = min(part.images for part in release.parts.values()) * 3072 // 2
    return least <= size <= 4 * release.raw_bytes


def _files(folder: Path, depth: int = _DEPTH) -> Iterator[Path]:
    """Regular files by name; those of a folder before those of the folders in it."""
    try:
        found = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:
        return
    for entry in found:
        if entry.is_file():
            yield Path(entry.path)
    for entry in found:
        if depth and entry.is_dir() and not entry.name.startswith("."):
            yield from _files(Path(entry.path), depth - 1)


def _on_disk(path: Path, budget: Budget) -> Leaf:
    size = path.stat().st_size
    return Leaf(str(path), path.name, size, path, (), lambda: open_counted(path, budget))


def _unwrapped(leaf: Leaf, release: Release, budget: Budget) -> Iterator[Leaf | DataError]:
    """The leaf itself, or what is in it if it is an archive."""
    try:
        with told_by_name(leaf.name), leaf.open() as stream:
            head = stream.peek(HEAD)[:HEAD]
            kind = kind_of(head)
            inner = len(leaf.wrapping) < _WRAPPINGS
            if kind == "zip" and inner:
                found = _of_zip(leaf, stream, release, budget)
            elif kind == "gzip" and inner:
                found = _of_gzip(leaf, stream, release, budget)
            elif kind == "tar" and inner:
                found = _of_tar(leaf, stream, (*leaf.wrapping, "tar"), release, budget)
            else:
                found = iter((replace(leaf, open=lambda: stream),))
            yield from found
    except EOFError:
        yield unfinished(leaf.name, leaf.size, release.size)
    except DataError as error:
        yield error


def _of_gzip(
    leaf: Leaf, packed: IO[bytes], release: Release, budget: Budget
) -> Iterator[Leaf | DataError]:
    stream = inflated(packed, budget)
    if kind_of(stream.peek(HEAD)[:HEAD]) == "tar":
        yield from _of_tar(leaf, stream, (*leaf.wrapping, "tar.gz"), release, budget)
    else:
        inside = (*leaf.wrapping, "gz")
        yield replace(leaf, size=MOST_OF_FILE, wrapping=inside, open=lambda: stream)


def _of_tar(
    leaf: Leaf, stream: IO[bytes], wrapping: tuple[str, ...], release: Release, budget: Budget
) -> Iterator[Leaf | DataError]:
    """Regular files of a tar. Its headers are followed one block at a time; links, devices, and the
    long names and other additions of newer forms are stepped over, so no name leads anywhere."""
    for _ in range(_MOST_FILES):
        block = stream.read(_BLOCK)
        if len(block) == _BLOCK and not block.strip(b"\x00"):
            return
        if len(block) < _BLOCK:
            raise EOFError
        info = tarfile.TarInfo.frombuf(block, "utf-8", "replace")
        if info.size < 0:
            raise tarfile.TarError
        packed = wrapping[-1] == "tar.gz"  # then it was counted when it came out
        window = Window(stream, info.size, None if packed else budget)
        if info.isreg() and info.type != tarfile.GNUTYPE_SPARSE:
            inner = _inside(leaf, info.name, info.size, wrapping, lambda w=window: _buffered(w))
            yield from _unwrapped(inner, release, budget)
        window.skip()
        stream.read(-info.size % _BLOCK)
    raise TooMuchError("it holds more than {n:,} files", n=_MOST_FILES)


def _of_zip(
    leaf: Leaf, stream: IO[bytes], release: Release, budget: Budget
) -> Iterator[Leaf | DataError]:
    with _seekable(leaf, stream) as file:
        try:
            archive = zipfile.ZipFile(_Guarded(file))  # pyright: ignore[reportArgumentType]
        except zipfile.BadZipFile as error:  # its list of files, at the end, is not there
            raise EOFError from error
        infos = [info for info in archive.infolist() if not info.is_dir() and info.file_size]
        if len(infos) > _MOST_FILES:
            raise TooMuchError("it holds more than {n:,} files", n=_MOST_FILES)
        if any(info.flag_bits & 1 for info in infos):
            raise DataError(
                "{name} is encrypted: unpack it with its password, and give the folder",
                name=leaf.name,
            )
        for info in sorted(infos, key=lambda info: info.filename):
            if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise NotImplementedError
            with archive.open(info) as member:
                window = Window(member, info.file_size, budget)
                inner = _inside(leaf, info.filename, info.file_size, (*leaf.wrapping, "zip"),
                                lambda w=window: _buffered(w))  # fmt: skip
                yield from _unwrapped(inner, release, budget)


def _inside(
    leaf: Leaf,
    name: str,
    size: int,
    wrapping: tuple[str, ...],
    opening: Opening,
) -> Leaf:
    shown_name = shown(name)[-_MOST_NAME:]
    stem = shown_name.replace("\\", "/").rsplit("/", 1)[-1]
    return Leaf(f"{leaf.name}: {shown_name}", stem, size, leaf.file, wrapping, opening)


def _buffered(raw: io.RawIOBase) -> io.BufferedReader:
    return io.BufferedReader(raw, PIECE)


@contextmanager
def _seekable(leaf: Leaf, stream: IO[bytes]) -> Iterator[IO[bytes]]:
    """The stream itself, or a copy in a file without a name, which the system removes."""
    if not leaf.wrapping:
        yield stream
        return
    with tempfile.TemporaryFile() as copy:
        shutil.copyfileobj(stream, copy, PIECE)
        copy.seek(0)
        yield copy


class _Guarded:
    """A file that nobody reads much of at once: the list of files of a zip is read so, however
    long it says that it is."""

    def __init__(self, file: IO[bytes]):
        self.seek, self.tell, self.seekable = file.seek, file.tell, lambda: True
        self.close = lambda: None
        self._read = file.read

    def read(self, n: int = -1) -> bytes:
        content = self._read(n if 0 <= n <= _DIRECTORY else _DIRECTORY + 1)
        if len(content) > _DIRECTORY:
            raise TooMuchError("its list of files has more than {n:,} bytes", n=_DIRECTORY)
        return content
