"""Bringing CIFAR-100 into the cache: from a mirror, or from a file that is here."""

import shutil
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path

from fclab.data.cifar100.download import Checking, Telling, download, part_size
from fclab.data.cifar100.mirrors import built_in, names
from fclab.data.cifar100.places import Source, in_cache, keep
from fclab.data.cifar100.release import OFFICIAL, Release
from fclab.data.cifar100.transfer import Limits
from fclab.data.location import cache_dir, locked
from fclab.values.errors import UsageError
from fclab.values.held import discard
from fclab.values.progress import Progress


def fetch(
    *,
    mirrors: Sequence[str] = (),
    source: str = "",
    progress: Progress | None = None,
    telling: Telling | None = None,
    checking: Progress | None = None,
    anew: bool = False,
    release: Release = OFFICIAL,
    limits: Limits | None = None,
) -> Source:
    """Downloads CIFAR-100 into the cache, if it is not there yet.

    Args:
        mirrors: further addresses to download from, see `download`.
        source: the only mirror to ask (its name or an address), or a file or folder of this
            machine, which is copied into the cache.
        progress: called with bytes downloaded and in all.
        telling: told which mirror is asked, why one was left, and that what came is looked at.
        checking: called with bytes read and in all, when it is here and is looked at.
        anew: replace what the cache holds.
        release: what to fetch.
        limits: patience with slow or failing servers.

    Returns:
        The folder of the cache that holds it, as it came, with the images where they were read.

    Raises:
        UsageError: a mirror is no http address; the source is neither that, nor here.
        DataError: what was received is not CIFAR-100.
        FclabError: no mirror answered, or the cache cannot be written.
    """
    home, local = cache_dir(), local_source(source, release)

    def waiting() -> None:
        if progress:
            progress(part_size(home), release.size)

    kept: list[Source] = []

    def accept(path: Path, *, moving: bool = True) -> Path:
        if telling:
            telling(Checking())
        kept.append(keep(path, moving=moving, progress=checking, release=release))
        return kept[-1].path

    with locked(home / "fetch.lock", waiting):
        if not anew and not source and (there := in_cache(release)):
            return there
        if local:
            accept(local, moving=False)
            return kept[-1]
        download(home, mirrors=mirrors, source=source, accept=accept, progress=progress,
                          telling=telling, release=release, limits=limits)  # fmt: skip
        shutil.rmtree(home / "mirrors", ignore_errors=True)  # parts of what came from elsewhere
        discard(home / f"{release.archive}.part")
    return kept[-1]


def local_source(source: str, release: Release = OFFICIAL) -> Path | None:
    """The file or folder of this machine that ``--from`` means; None: a mirror is meant.

    Raises:
        UsageError: neither is there.
    """
    known = {mirror.key for mirror in built_in(release)}
    if not source or source.lower() in known or "://" in source:
        return None
    path = Path(source).expanduser()
    if not path.exists():
        if near := get_close_matches(source.lower(), known, 1):
            raise UsageError(
                "{source} is not here, and is no mirror; did you mean {near}?",
                source=source,
                near=near[0],
            )
        raise UsageError(
            "{source} is not here, and is no mirror: give a file, an address that begins with "
            "https://, or one of {known}",
            source=source,
            known=names(),
        )
    return path
