"""Getting the images from one of their mirrors, beside another process that wants the same."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx

from fclab.data.cifar100.failures import Failure
from fclab.data.cifar100.health import Health
from fclab.data.cifar100.mirrors import PARQUET, Mirror, asked_mirrors
from fclab.data.cifar100.release import OFFICIAL, Release, md5sum
from fclab.data.cifar100.transfer import (
    Limits,
    Meter,
    Transfer,
    Wanted,
    client,
    size_of,
)
from fclab.data.location import locked, writing
from fclab.values.errors import Clause, DataError, FclabError
from fclab.values.extras import installing
from fclab.values.progress import Progress

_GZIP, _ZIP, _PARQUET = b"\x1f\x8b", b"PK\x03\x04", b"PAR1"


@dataclass(frozen=True)
class Trying:
    """A mirror is asked."""

    mirror: Mirror


@dataclass(frozen=True)
class Left:
    """A mirror is left, and why; not begun: nothing came from it."""

    mirror: Mirror
    reason: FclabError
    begun: bool = True


@dataclass(frozen=True)
class Checking:
    """What came is looked at."""


Telling = Callable[[Trying | Left | Checking], object]


def download(
    target_dir: str | Path,
    *,
    mirrors: Sequence[str] = (),
    source: str = "",
    accept: Callable[[Path], Path] = lambda path: path,
    progress: Progress | None = None,
    telling: Telling | None = None,
    release: Release = OFFICIAL,
    limits: Limits | None = None,
) -> Path:
    """Gets the images into a folder, unless they are there already; returns what ``accept`` makes
    of the archive, or of the folder of Parquet files.

    The mirrors are asked in the order of their health (see `Health.ordered`); a slow one is left
    for the next, and asked again, with patience, when the others have failed. Bytes arrive in a
    ``.part`` file of each mirror, which a later call goes on with after a cut, Ctrl-C or a crash;
    mirrors of the official archive have one part together. A second process waits for the first.

    Args:
        target_dir: made if it does not exist.
        mirrors: further addresses, see `all_mirrors`.
        source: the only mirror to ask, see `named`.
        accept: takes the path that arrived; what raises a DataError is not CIFAR-100, and the next
            mirror is asked.
        progress: called with bytes done and in all, also while another process downloads.
        telling: told which mirror is asked, and why one was left.
        release: what to download.
        limits: patience with servers.

    Raises:
        UsageError: a mirror is no http address.
        DataError: a mirror gave other bytes, and none gave the right ones.
        FclabError: no mirror answered, or the folder cannot be written (no room, no permission).
            The message says what was wrong with each.
    """
    candidates = asked_mirrors(source, mirrors, release)
    home = Path(target_dir)

    def waiting() -> None:
        if progress:
            progress(part_size(home), release.size)

    with locked(home / f"{release.archive}.lock", waiting):
        return _Search(home, accept, progress, telling, release, limits or Limits()).run(candidates)


def part_size(target_dir: Path) -> int:
    """Bytes of the unfinished download in that folder that was written last."""
    parts = [*target_dir.glob("*.part"), *target_dir.glob("mirrors/*/*.part")]
    files = [(one.stat().st_mtime, one.stat().st_size) for one in parts if one.is_file()]
    return max(files, default=(0, 0))[1]


@dataclass(frozen=True)
class _Search:
    """Asking the mirrors in turn; see `download`."""

    home: Path
    accept: Callable[[Path], Path]
    progress: Progress | None
    telling: Telling | None
    release: Release
    limits: Limits

    def run(self, mirrors: Sequence[Mirror]) -> Path:
        whole = self.home / self.release.archive
        if size_of(whole) == self.release.size and md5sum(whole) == self.release.md5:
            return self.accept(whole)
        health = Health(self.home)
        begun = (one.key for one in mirrors if any(size_of(w.part) for w in self._files(one)))
        waiting = health.ordered(mirrors, begun)
        alone, failures = len(waiting) == 1, dict[str, tuple[Mirror, Failure]]()
        with client(self.limits) as asker:
            for patient in (alone, True):
                for mirror in waiting:
                    meter = Meter()
                    self._tell(Trying(mirror))
                    try:
                        got = self._ask(asker, mirror, patient, meter)
                    except Failure as failure:
                        failures[mirror.key] = mirror, failure
                        if not failure.here:
                            failed = None if failure.slow else failure
                            health.note(mirror, meter.speed, slow=failure.slow, failed=failed)
                        if not alone:
                            self._tell(Left(mirror, failure, begun=meter.bytes > 0))
                    else:
                        health.note(mirror, meter.speed)
                        return got
                slow = [mirror for mirror, failure in failures.values() if failure.slow]
                waiting = health.ordered(slow)
        raise self._all_failed(list(failures.values()))

    def _ask(self, asker: httpx.Client, mirror: Mirror, patient: bool, meter: Meter) -> Path:
        if mirror.lacks:
            raise Failure(
                "has Parquet files, which are read by an extra: {install}",
                install=installing(mirror.lacks),
                here=True,
            )
        plans = list(self._plans(mirror))
        for files in plans:
            try:
                path = self._receive(asker, mirror, files, patient, meter)
            except Failure as failure:
                if failure.other and files is not plans[-1]:
                    continue
                raise
            try:
                return self.accept(path)
            except DataError as error:
                for file in files:
                    file.discard()
                    with writing(file.path):
                        file.path.unlink(missing_ok=True)
                raise Failure("what it gave is not CIFAR-100: {error}", error=error,
                              damaged=True) from error  # fmt: skip
        raise AssertionError("a mirror has one file at least")

    def _receive(
        self,
        asker: httpx.Client,
        mirror: Mirror,
        files: Sequence[Wanted],
        patient: bool,
        meter: Meter,
    ) -> Path:
        """Every file of a mirror; the path of the only one, or of their folder."""
        before = 0
        for file in files:
            if file.md5 or not size_of(file.path):  # a file in its place is whole
                last = file is files[-1]

                def step(done: int, total: int | None, before: int = before, last=last) -> None:
                    if self.progress:
                        every = before + (total or 0) if last and total else mirror.bytes
                        self.progress(before + done, max(every, before + done))

                Transfer(asker, file, self.limits, step, meter).run(patient=patient)
            before += size_of(file.path)
        return files[0].path if len(files) == 1 else files[0].path.parent

    def _plans(self, mirror: Mirror) -> Iterator[list[Wanted]]:
        """What to ask a mirror for: first, and if it turns out to have something else."""
        if mirror.form in ("official", "any"):
            yield [
                Wanted(mirror.urls[0], self.home / self.release.archive, self.release.size,
                       self.release.md5, _GZIP)
            ]  # fmt: skip
        folder = self.home / "mirrors" / mirror.slug
        if mirror.form == "parquet":
            yield [Wanted(url, folder / name, magic=_PARQUET)
                   for url, name in zip(mirror.urls, PARQUET, strict=True)]  # fmt: skip
        elif mirror.form != "official":
            zipped = mirror.form == "zip"
            name = "cifar100.zip" if zipped else f"cifar100{_suffixes(mirror.urls[0])}"
            yield [Wanted(mirror.urls[0], folder / name, magic=_ZIP if zipped else b"")]

    def _files(self, mirror: Mirror) -> list[Wanted]:
        return [file for files in self._plans(mirror) for file in files]

    def _tell(self, event: Trying | Left) -> None:
        if self.telling:
            self.telling(event)

    def _all_failed(self, failures: Sequence[tuple[Mirror, Failure]]) -> FclabError:
        same: dict[str, list[tuple[Mirror, Failure]]] = {}
        for mirror, failure in failures:
            same.setdefault(str(failure), []).append((mirror, failure))
        told: Clause | None = None
        for group in same.values():
            names = ", ".join(mirror.name for mirror, _ in group)
            one = Clause("{mirror}: {reason}", mirror=names, reason=group[0][1])
            told = Clause("{first}; {next}", first=told, next=one) if told else one
        kind = DataError if any(failure.damaged for _, failure in failures) else FclabError
        return kind(
            "could not download CIFAR-100 ({reasons}); try later, add a mirror (--mirror URL or "
            "FCLAB_MIRRORS), or give the files with --data PATH",
            reasons=told,
        )


def _suffixes(url: str) -> str:
    """Of the file behind an address, as far as they are those of an archive."""
    name = httpx.URL(url).path.rpartition("/")[2].lower()
    found = re.search(r"(\.(tar|gz|tgz|zip|bz2|xz))+$", name)
    return found[0] if found else ""
