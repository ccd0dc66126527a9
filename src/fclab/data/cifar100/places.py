"""Where CIFAR-100 is on this machine, and bringing it here."""

import os
from pathlib import Path

from fclab.data.cifar100.archive import unpack
from fclab.data.cifar100.files import OFFICIAL, Release, md5sum, verify
from fclab.data.location import cache_dir
from fclab.values.errors import Clause, DataError, UsageError
from fclab.values.files import open_regular, reading
from fclab.values.progress import Progress


def absent() -> DataError:
    """That the images are nowhere, and what to do."""
    return DataError(
        "CIFAR-100 is not on this machine: fetch it with `fclab data`, or give a folder or archive "
        "that you have (--data PATH or FCLAB_DATA)"
    )


def locate(data: str | Path | None = None, *, release: Release = OFFICIAL) -> Path | None:
    """The folder that holds train, test and meta, or the archive; None if it is nowhere.

    Looked for in this order, and only the first that applies: ``data``; the path in FCLAB_DATA;
    the cache. A path may be the unpacked folder, the folder around it, or the archive.

    Raises:
        UsageError: the path that was given does not exist.
        DataError: it exists and holds no CIFAR-100.
    """
    told = "" if data else "FCLAB_DATA: "
    data = data or os.environ.get("FCLAB_DATA")
    if not data:
        return in_cache(release)
    path = Path(data).expanduser()
    expected = Clause(
        "the folder {folder} (train, test, meta) or {archive}",
        folder=release.folder,
        archive=release.archive,
    )
    if not path.exists():
        raise UsageError(
            "{told}{path} does not exist; {expected} is expected there",
            told=told,
            path=path,
            expected=expected,
        )
    if path.is_file():
        if _is_gzip(path):
            return path
        raise DataError(
            "{told}{path} is not the archive; {expected} is expected",
            told=told,
            path=path,
            expected=expected,
        )
    for folder in (path, path / release.folder):
        present = [m.name for m in release.members if (folder / m.name).is_file()]
        if len(present) == len(release.members):
            return folder
        if present:
            lacking = [m.name for m in release.members if m.name not in present]
            raise DataError(
                "{told}{folder} lacks {lacking}; {expected} is expected",
                told=told,
                folder=folder,
                lacking=", ".join(lacking),
                expected=expected,
            )
    if (path / release.archive).is_file():
        return path / release.archive
    raise DataError(
        "{told}{path} holds no CIFAR-100; {expected} is expected there",
        told=told,
        path=path,
        expected=expected,
    )


def opened(path: Path, progress: Progress | None = None, *, release: Release = OFFICIAL) -> Path:
    """The folder itself, or the folder in the cache that the archive was unpacked into.

    Raises:
        DataError: the archive is damaged, hostile or another one.
        FclabError: the cache cannot be written.
    """
    if path.is_dir():
        return path
    folder = cache_dir() / release.folder
    same = _complete(folder, release) and md5sum(path) == release.md5
    if same and all(file.ok for file in verify(folder, release=release)):
        return folder
    return unpack(path, cache_dir(), progress=progress, release=release)


def in_cache(release: Release = OFFICIAL) -> Path | None:
    """The folder in the cache, if it is complete."""
    folder = cache_dir() / release.folder
    return folder if _complete(folder, release) else None


def _complete(folder: Path, release: Release) -> bool:
    try:
        return all((folder / m.name).stat().st_size == m.size for m in release.members)
    except OSError:
        return False


def _is_gzip(path: Path) -> bool:
    with reading(path), open_regular(path) as file:
        return file.read(2) == b"\x1f\x8b"
