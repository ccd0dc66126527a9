"""Downloading the archive over a bad connection, from a slow server, beside another process."""

import itertools
import os
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from fclab.data.cifar100.files import OFFICIAL, Release, md5sum
from fclab.data.location import locked, writing
from fclab.values.errors import Clause, DataError, FclabError, UsageError, listed
from fclab.values.held import move
from fclab.values.progress import Progress

_GZIP = b"\x1f\x8b"


@dataclass(frozen=True)
class Limits:
    """Patience with servers; times in seconds, speeds in bytes per second.

    The home page of CIFAR-100 has served at 55-85 kB/s and timed out since June 2026, so a slow
    or silent address is left for the next one, and asked again when the others have failed.
    """

    attempts: int = 3
    """Tries in a row that bring next to nothing, before an address is given up."""
    pause: float = 0.5
    """Before the next try; twice as long after each further failure."""
    connect: float = 8.0
    """To wait for a connection."""
    silence: float = 20.0
    """To wait for an answer or the next bytes; a speed is judged over as long, again and again."""
    slow: float = 150e3
    """Speed below which an address is left while there are others to try."""
    least: float = 1e3
    """Speed below which any address is left."""


def download(
    target_dir: str | Path,
    *,
    mirrors: Sequence[str] = (),
    progress: Progress | None = None,
    release: Release = OFFICIAL,
    limits: Limits = Limits(),
) -> Path:
    """Downloads the archive into a folder, unless it is there already; returns its path.

    The official address is asked first, then ``mirrors``, then those in FCLAB_MIRRORS. Bytes
    arrive in a ``.part`` file, which a later call goes on with after a cut, Ctrl-C or a crash; it
    becomes the archive when its checksum is right. A second process waits for the first.

    Args:
        target_dir: made if it does not exist.
        mirrors: addresses of the same archive, or of folders (ending with ``/``) that hold it.
        progress: called with bytes done and in all, also while another process downloads.
        release: what to download.
        limits: patience with servers.

    Raises:
        UsageError: a mirror is no http address.
        DataError: an address gave other bytes, and none gave the right ones.
        FclabError: no address answered, or the folder cannot be written (no room, no permission).
            The message says what was wrong with each address.
    """
    urls = _addresses(mirrors, release)
    archive = Path(target_dir) / release.archive
    transfer = _Transfer(archive.with_name(archive.name + ".part"), progress, release, limits)
    if _ready(archive, release):
        return archive
    with locked(archive.with_name(archive.name + ".lock"), transfer.report):
        if not _ready(archive, release):
            transfer.run(urls)
            with writing(archive):
                move(transfer.part, archive)
    return archive


def part_size(target_dir: Path, release: Release = OFFICIAL) -> int:
    """Bytes of an unfinished download in that folder."""
    return _size(target_dir / f"{release.archive}.part")


def _ready(archive: Path, release: Release) -> bool:
    return _size(archive) == release.size and md5sum(archive) == release.md5


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except (FileNotFoundError, NotADirectoryError):
        return 0


def _addresses(mirrors: Sequence[str], release: Release) -> list[str]:
    told = [*mirrors, *os.environ.get("FCLAB_MIRRORS", "").split(",")]
    urls = [release.url]
    for mirror in filter(None, map(str.strip, told)):
        try:
            parsed = httpx.URL(mirror)
        except httpx.InvalidURL as error:
            raise UsageError(
                "mirror {mirror!r} is no address: {reason}", mirror=mirror, reason=error
            ) from error
        if parsed.scheme not in ("http", "https") or not parsed.host:
            raise UsageError(
                "mirror {mirror!r} is no address: it starts with http:// or https://", mirror=mirror
            )
        urls.append(mirror + release.archive if mirror.endswith("/") else mirror)
    return list(dict.fromkeys(urls))


class _Failure(FclabError):
    """Why an address gave no archive this time: whether to ask it again at once, or once more when
    the others have failed (slow), and whether it has other bytes (damaged)."""

    def __init__(self, template: str, /, *, retry=False, slow=False, damaged=False, **values: Any):
        super().__init__(template, **values)
        self.retry, self.slow, self.damaged = retry, slow, damaged


@dataclass(frozen=True)
class _Transfer:
    """Filling one ``.part`` file."""

    part: Path
    progress: Progress | None
    release: Release
    limits: Limits

    def report(self) -> None:
        if self.progress:
            self.progress(_size(self.part), self.release.size)

    def discard(self) -> None:
        with writing(self.part):
            self.part.unlink(missing_ok=True)

    def run(self, urls: Sequence[str]) -> None:
        """Tries the addresses in turn until the file is whole and right."""
        failures: dict[str, _Failure] = {}
        timeout = httpx.Timeout(self.limits.silence, connect=self.limits.connect)
        try:
            session = httpx.Client(timeout=timeout, follow_redirects=True)
        except (ValueError, ImportError) as error:  # HTTPS_PROXY and its like
            raise FclabError(
                "cannot use the proxy of this environment: {reason}", reason=error
            ) from error
        with session as client:
            for last_round in (False, True):
                for url in urls:
                    if last_round and not failures[url].slow:
                        continue
                    try:
                        self._persist(client, url, patient=last_round or len(urls) == 1)
                        return
                    except _Failure as failure:
                        failures[url] = failure
        told = listed(
            Clause("{url}: {failure}", url=url, failure=failure)
            for url, failure in failures.items()
        )
        error = DataError if any(f.damaged for f in failures.values()) else FclabError
        raise error(
            "could not download {archive} ({told}); try later, add a mirror (--mirror URL or "
            "FCLAB_MIRRORS), or give the files with --data PATH",
            archive=self.release.archive,
            told=told,
        )

    def _persist(self, client: httpx.Client, url: str, patient: bool) -> None:
        most, idle = _size(self.part), 0
        while True:
            try:
                self._receive(client, url, patient)
                return
            except _Failure as failure:
                now = _size(self.part)
                enough = self.limits.least * self.limits.silence
                most, idle = max(most, now), 0 if now - most >= enough else idle + 1
                if not failure.retry or idle >= self.limits.attempts:
                    raise
                time.sleep(min(self.limits.pause * 2**idle, 10.0))

    def _receive(self, client: httpx.Client, url: str, patient: bool) -> None:
        """One request; what is there already is not asked for again."""
        size, start = self.release.size, _size(self.part)
        if start < size:
            # Some servers name gzip as the encoding of any .tar.gz, so nothing is decoded here.
            headers = {"Accept-Encoding": "identity", "Connection": "close"}
            if start:
                headers["Range"] = f"bytes={start}-"
            try:
                with client.stream("GET", url, headers=headers) as answer:
                    self._save(answer, self._accepted(answer, start), patient)
            except httpx.TimeoutException as error:
                raise _Failure(
                    "{words}", words=_words(error), retry=patient, slow=not patient
                ) from error
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                broken = isinstance(error, httpx.TransportError)
                raise _Failure("{words}", words=_words(error), retry=broken) from error
        if (received := _size(self.part)) < size:
            raise _Failure(
                "ended after {received:,} of {size:,} bytes",
                received=received,
                size=size,
                retry=True,
            )
        if md5sum(self.part) != self.release.md5:
            self.discard()
            # Pieces of several requests may come from different files: once more in one piece.
            raise _Failure("other bytes than the official ones", retry=start > 0, damaged=True)

    def _accepted(self, response: httpx.Response, start: int) -> int:
        """The place in the file where this answer begins."""
        size, status = self.release.size, response.status_code
        if status == 206:
            found = re.fullmatch(
                r"bytes (\d+)-\d+/(\d+|\*)", response.headers.get("Content-Range", "").strip()
            )
            if found and found[2] not in ("*", str(size)):
                raise _Failure(
                    "has a file of {given:,} bytes, not {size:,}",
                    given=int(found[2]),
                    size=size,
                    damaged=True,
                )
            if not found or int(found[1]) != start:
                self.discard()
                raise _Failure("sent another part than was asked for", retry=True)
            return start
        if status == 200:
            length = response.headers.get("Content-Length", "")
            if length.isdigit() and int(length) != size:
                raise _Failure(
                    "has a file of {given:,} bytes, not {size:,}",
                    given=int(length),
                    size=size,
                    damaged=True,
                )
            return 0
        if status == 416:
            self.discard()
            raise _Failure("refused to go on from where it was cut", retry=True)
        temporary = status in (408, 429) or status >= 500
        raise _Failure(
            "HTTP {status} {phrase}", status=status, phrase=response.reason_phrase, retry=temporary
        )

    def _save(self, response: httpx.Response, start: int, patient: bool) -> None:
        blocks = response.iter_raw()
        first = next(blocks, b"")
        if start == 0 and first[:2] != _GZIP[: len(first)]:  # a page that says "log in first"
            raise _Failure("sent something else than an archive", damaged=True)
        least = self.limits.least if patient else self.limits.slow
        done, judged, began = start, start, time.monotonic()
        with writing(self.part):
            file = self.part.open("r+b" if start else "wb")
        with file:
            file.seek(start)
            for block in itertools.chain([first], blocks):
                done += len(block)
                if done > self.release.size:
                    raise _Failure(
                        "sent more than {size:,} bytes", size=self.release.size, damaged=True
                    )
                with writing(self.part):
                    file.write(block)
                    file.flush()
                if self.progress:
                    self.progress(done, self.release.size)
                if (passed := time.monotonic() - began) > self.limits.silence:
                    if (speed := (done - judged) / passed) < least:
                        raise _Failure(
                            "slow, {speed:.1f} kB/s",
                            speed=speed / 1e3,
                            retry=patient,
                            slow=not patient,
                        )
                    began, judged = time.monotonic(), done


def _words(error: Exception) -> str:
    name = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", type(error).__name__).lower()
    return f"{name}: {error}".splitlines()[0][:200] if str(error) else name
