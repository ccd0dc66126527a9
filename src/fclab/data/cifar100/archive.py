"""Unpacking the official archive, and no other one."""

import shutil
import tarfile
from pathlib import Path, PurePosixPath

from fclab.data.cifar100.files import OFFICIAL, Release, check, demand, verify
from fclab.data.location import locked, writing
from fclab.values.errors import DataError
from fclab.values.held import move
from fclab.values.progress import Progress


def unpack(
    archive: Path,
    target_dir: Path,
    *,
    progress: Progress | None = None,
    release: Release = OFFICIAL,
) -> Path:
    """Takes train, test and meta out of the archive; returns the folder that holds them.

    Its checksum is compared before anything is unpacked, so what is in it is known: an archive that
    was damaged, altered or packed by somebody else is refused unread. Files are written aside,
    checked, and moved into place when all three are right.

    Args:
        archive: path of the ``.tar.gz``.
        target_dir: the folder ``cifar-100-python`` is made in it.
        progress: called with bytes unpacked and in all.
        release: what the archive should be.

    Raises:
        DataError: it cannot be read, or is not the official archive.
        FclabError: the target cannot be written.
    """
    found = check(archive, release.size, release.md5)
    if not found.ok:
        raise DataError(
            "{verdict}; fetch it anew (`fclab data --fetch`), or, if it was packed by "
            "somebody else, unpack it and give the folder",
            verdict=found.verdict,
        )
    folder = target_dir / release.folder
    staging = target_dir / f"{release.folder}.part"
    with locked(target_dir / f"{release.folder}.lock"):
        try:
            with writing(folder):
                shutil.rmtree(staging, ignore_errors=True)  # what a killed process left
                staging.mkdir()
                _take(archive, staging, progress, release)
            demand(verify(staging, release=release))
            with writing(folder):
                folder.mkdir(exist_ok=True)
                for member in release.members:
                    move(staging / member.name, folder / member.name)
        finally:
            shutil.rmtree(staging, ignore_errors=True)
    return folder


def _take(archive: Path, staging: Path, progress: Progress | None, release: Release) -> None:
    wanted = {f"{release.folder}/{member.name}": member.name for member in release.members}
    total, done = sum(member.size for member in release.members), 0
    with tarfile.open(archive, "r|gz") as tar:
        for info in tar:
            name, source = wanted.get(str(PurePosixPath(info.name))), tar.extractfile(info)
            if name is None or source is None:
                continue
            with (staging / name).open("wb") as file:
                while block := source.read(1 << 20):
                    file.write(block)
                    done += len(block)
                    if progress:
                        progress(done, total)
