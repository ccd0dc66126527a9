"""Unpacking the archive: only the files that are wanted, only into the folder that was named."""

import gzip
import hashlib
import shutil
import tarfile
import zlib
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from fclab.data.cifar100.files import OFFICIAL, FileCheck, Member, Progress, Release
from fclab.data.cifar100.forward import FarLargerError, Inflated
from fclab.data.location import locked, writing
from fclab.values.errors import DataError, FclabError
from fclab.values.files import open_regular

_MOST_MEMBERS = 100  # the official archive has five
_SLACK = 1 << 20  # bytes beside twice the members


def unpack(
    archive: Path,
    target_dir: Path,
    *,
    progress: Progress | None = None,
    release: Release = OFFICIAL,
) -> Path:
    """Takes train, test and meta out of the archive; returns the folder that holds them.

    Files are written aside, checked, and moved into place when all three are right. Where a file
    goes never depends on the archive: other members are left in it, and an archive with a member
    that is a link, a device, or has a path that leads outside is refused as a whole. No more of
    it is read than twice what such an archive holds.

    Args:
        archive: path of the ``.tar.gz``.
        target_dir: the folder ``cifar-100-python`` is made in it.
        progress: called with bytes unpacked and in all.
        release: what the archive should hold.

    Raises:
        DataError: not such an archive, damaged, hostile, or a file differs from the official one.
        FclabError: the target cannot be written.
    """
    folder = target_dir / release.folder
    staging = target_dir / f"{release.folder}.part"
    with locked(target_dir / f"{release.folder}.lock"):
        try:
            with writing(folder):
                if staging.exists():  # what a killed process left
                    shutil.rmtree(staging)
                staging.mkdir()
            _take(archive, staging, progress, release)
            with writing(folder):
                folder.mkdir(exist_ok=True)
                for member in release.members:
                    (staging / member.name).replace(folder / member.name)
        finally:
            shutil.rmtree(staging, ignore_errors=True)
    return folder


def _take(archive: Path, staging: Path, progress: Progress | None, release: Release) -> None:
    total = sum(member.size for member in release.members)
    try:
        with open_regular(archive) as file:
            source = Inflated(file, most=2 * total + _SLACK)
            with tarfile.open(fileobj=source, mode="r:") as tar:  # pyright: ignore[reportCallIssue, reportArgumentType]
                taken = _take_members(archive, tar, source, staging, progress, release)
    except FclabError:
        raise
    except FarLargerError as error:
        raise DataError(f"{archive} is not the archive of CIFAR-100: it is far larger") from error
    except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DataError(_damaged(archive, str(error))) from error
    except OSError as error:
        raise DataError(f"cannot read {archive}: {error.strerror or error}") from error
    except Exception as error:  # tarfile raises what it likes
        raise DataError(_damaged(archive, "a header makes no sense")) from error
    wanted = {f"{release.folder}/{member.name}" for member in release.members}
    if lacking := sorted(wanted - taken):
        raise DataError(f"{archive} is not the archive of CIFAR-100: it lacks {lacking[0]}")


def _damaged(archive: Path, reason: str) -> str:
    return f"{archive} is cut short, damaged or not a .tar.gz ({reason}): fetch it again"


def _take_members(
    archive: Path,
    tar: tarfile.TarFile,
    source: Inflated,
    staging: Path,
    progress: Progress | None,
    release: Release,
) -> set[str]:
    """Writes those that are wanted; returns their names in the archive."""
    wanted = {f"{release.folder}/{member.name}": member for member in release.members}
    longest = max(member.size for member in release.members)
    total, done = sum(member.size for member in release.members), 0
    taken: set[str] = set()
    for count, info in enumerate(tar):
        name = _safe_name(archive, info)
        if count >= _MOST_MEMBERS or info.size > longest:
            raise FarLargerError
        if info.size < 0:
            raise ValueError("a negative size")
        if name not in wanted:
            continue
        if not info.isreg():
            raise DataError(f"{archive} holds a folder in place of the file {name}")
        member = wanted[name]
        # The bytes follow the header: tarfile has read no further.
        _copy(source.blocks(info.size), staging / member.name, member, f"{archive}: {name}", done,
              total, progress)  # fmt: skip
        done += member.size
        taken.add(name)
    return taken


def _safe_name(archive: Path, info: tarfile.TarInfo) -> str:
    """The member's name in plain form; DataError if it could lead out of a folder."""
    path = PurePosixPath(info.name)
    inside = not path.is_absolute() and ".." not in path.parts and "\\" not in info.name
    if not inside or ":" in info.name or not _is_plain(info):
        raise DataError(
            f"{archive} is not the archive of CIFAR-100: its member {info.name[:60]!r} is a link "
            "or leads out of its folder; nothing of it was unpacked"
        )
    return str(path)


def _is_plain(info: tarfile.TarInfo) -> bool:
    return (info.isreg() and not info.issparse()) or info.isdir()


def _copy(
    blocks: Iterable[bytes],
    path: Path,
    member: Member,
    name: str,
    before: int,
    total: int,
    progress: Progress | None,
) -> None:
    digest, size = hashlib.md5(usedforsecurity=False), 0
    with writing(path):
        file = path.open("wb")
    with file:
        for block in blocks:
            with writing(path):
                file.write(block)
            digest.update(block)
            size += len(block)
            if progress:
                progress(before + size, total)
        with writing(path):
            file.flush()
    found = FileCheck(Path(name), size, digest.hexdigest(), member.size, member.md5)
    if not found.ok:
        raise DataError(found.verdict)
