"""The files of CIFAR-100: what they are called, how long they are, and their checksums."""

import hashlib
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from fclab.values.errors import Clause, DataError, listed
from fclab.values.files import open_regular, reading
from fclab.values.progress import Progress

CLASSES = 100
SHAPE = (32, 32, 3)
"""Height, width, channels of an image."""


class Member(NamedTuple):
    """A file inside the archive. ``images`` is 0 for ``meta``, which holds only names."""

    name: str
    size: int
    md5: str
    images: int = 0


@dataclass(frozen=True)
class Release:
    """A set of files in the form of CIFAR-100's Python version.

    Attributes:
        url: where its authors publish the archive.
        archive: file name of the archive.
        size: bytes of the archive.
        md5: checksum of the archive.
        folder: the folder inside the archive that holds the members.
        members: the files that are read; two of them, train and test, hold images.
    """

    url: str
    archive: str
    size: int
    md5: str
    folder: str
    members: tuple[Member, ...]

    def member(self, name: str) -> Member:
        """The member of that name."""
        return next(member for member in self.members if member.name == name)


OFFICIAL = Release(
    url="https://www.cs.toronto.edu/~kriz/cifar-100-python.tar.gz",
    archive="cifar-100-python.tar.gz",
    size=169_001_437,
    md5="eb9058c3a382ffc7106e4002c42a8d85",
    folder="cifar-100-python",
    members=(
        Member("train", 155_249_918, "16019d7e3df5f24257cddd939b257f8d", 50_000),
        Member("test", 31_049_707, "f0ef6b0ae62326f3e7ffdfab6717acfc", 10_000),
        Member("meta", 1_473, "7973b15100ade9c7d40fb424638fde48"),
    ),
)
"""The files as Krizhevsky publishes them."""


@dataclass(frozen=True)
class FileCheck:
    """What a file is, against what it should be."""

    path: Path
    size: int
    md5: str
    expected_size: int
    expected_md5: str

    @property
    def ok(self) -> bool:
        """The file is the official one, byte for byte."""
        return self.md5 == self.expected_md5

    @property
    def verdict(self) -> Clause:
        """For people: what is wrong, or that nothing is."""
        if self.ok:
            return Clause("{path} is intact", path=self.path)
        if self.size < self.expected_size:
            return Clause(
                "{path} is cut short: {size:,} of {expected:,} bytes",
                path=self.path,
                size=self.size,
                expected=self.expected_size,
            )
        return Clause(
            "{path} is damaged or altered: its md5 is {md5}, not {expected}",
            path=self.path,
            md5=self.md5,
            expected=self.expected_md5,
        )


def md5sum(path: Path, progress: Progress | None = None) -> str:
    """MD5 of a file (hex). It guards against damage in transit, not against an attacker.

    Raises:
        DataError: the file cannot be read.
    """
    digest = hashlib.md5(usedforsecurity=False)
    done = 0
    with reading(path), open_regular(path) as file:
        size = os.fstat(file.fileno()).st_size
        while block := file.read(1 << 20):
            digest.update(block)
            done += len(block)
            if progress:
                progress(done, size)
    return digest.hexdigest()


def check(path: Path, size: int, md5: str, progress: Progress | None = None) -> FileCheck:
    """A file against the size and MD5 that it should have.

    Raises:
        DataError: the file cannot be read.
    """
    found = md5sum(path, progress)
    return FileCheck(path, path.stat().st_size, found, size, md5)


def verify(
    path: Path, progress: Progress | None = None, *, release: Release = OFFICIAL
) -> tuple[FileCheck, ...]:
    """Compares the archive, or each file of an unpacked folder, with the official checksums.

    Nothing is raised for a file that differs: ask each result whether it is ``ok``.

    Args:
        path: the archive or the folder, as `locate` returns it.
        progress: called with bytes done and in all, over all the files.
        release: what to compare with.

    Raises:
        DataError: a file is missing or cannot be read.
    """
    if path.is_file():
        return (check(path, release.size, release.md5, progress),)
    total = sum(_size(path / member.name) for member in release.members)
    checks: list[FileCheck] = []
    for member in release.members:
        before = sum(one.size for one in checks)
        step = _from(before, total, progress) if progress else None
        checks.append(check(path / member.name, member.size, member.md5, step))
    return tuple(checks)


def demand(checks: Iterable[FileCheck]) -> None:
    """Goes on only if every file is the official one.

    Raises:
        DataError: names the others, and what to do.
    """
    if wrong := [one.verdict for one in checks if not one.ok]:
        raise DataError(
            "{wrong}; replace it, or fetch CIFAR-100 anew (`fclab data --fetch`)",
            wrong=listed(wrong),
        )


def _size(path: Path) -> int:
    with reading(path):
        return path.stat().st_size


def _from(before: int, total: int, progress: Progress) -> Progress:
    return lambda done, _: progress(before + done, total)
