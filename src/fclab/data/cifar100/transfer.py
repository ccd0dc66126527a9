"""One file from one address over a bad connection: resumed, judged by its speed, kept when cut."""

import hashlib
import itertools
import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import httpx

from fclab.data.cifar100.failures import Failure, reason_of
from fclab.data.cifar100.release import md5sum
from fclab.data.location import writing
from fclab.values.errors import FclabError
from fclab.values.files import open_regular, write_atomic
from fclab.values.held import move
from fclab.version import __version__

_MOST = 1 << 29
"""Bytes of a file of which nothing is known; CIFAR-100 has less in any form."""
_PAGE = re.compile(rb"\s*(?:\xef\xbb\xbf)?\s*<(?:!doctype|html|head|\?xml|!--)", re.IGNORECASE)
_LOGIN = re.compile(r"log[ -]?in|sign[ -]?in", re.IGNORECASE)


@dataclass(frozen=True)
class Limits:
    """Patience with servers; times in seconds, speeds in bytes per second.

    The home page of CIFAR-100 has served at 55-85 kB/s and timed out since June 2026, so a slow
    or silent mirror is left for the next one, and asked again when the others have failed.
    """

    attempts: int = 3
    """Tries in a row that bring next to nothing, before an address is given up."""
    pause: float = 0.5
    """Before the next try; twice as long after each further failure."""
    connect: float = 8.0
    """To wait for a connection."""
    silence: float = 15.0
    """To wait for an answer or the next bytes; a speed is judged over as long, again and again."""
    slow: float = 200e3
    """Speed below which a mirror is left while there are others to try."""
    least: float = 1e3
    """Speed below which any mirror is left."""


class Wanted(NamedTuple):
    """A file to be had.

    Attributes:
        url: its address.
        path: where it goes when it is whole; until then it is ``<path>.part``, and
            ``<path>.part.json`` says which file of the server it is a part of.
        size: bytes, if they are known beforehand.
        md5: checksum, if it is known beforehand: then parts may come from several addresses.
        magic: how it begins; empty: with anything but a web page.
    """

    url: str
    path: Path
    size: int | None = None
    md5: str | None = None
    magic: bytes = b""

    @property
    def part(self) -> Path:
        """What has been received of it."""
        return self.path.with_name(self.path.name + ".part")

    @property
    def trail(self) -> Path:
        """Which file of the server the part belongs to."""
        return self.path.with_name(self.path.name + ".part.json")

    def discard(self) -> None:
        """Forgets what was received."""
        with writing(self.part):
            self.part.unlink(missing_ok=True)
            self.trail.unlink(missing_ok=True)


@dataclass
class Meter:
    """Bytes that came, and the seconds it took, over all answers of a mirror."""

    bytes: int = 0
    seconds: float = 0.0

    @property
    def speed(self) -> float:
        """Bytes per second."""
        return self.bytes / self.seconds if self.seconds > 0 else 0.0


@dataclass(frozen=True)
class _Trail:
    """What a server said of the file that a part belongs to."""

    total: int | None = None
    validator: str = ""


def client(limits: Limits) -> httpx.Client:
    """Who asks.

    Raises:
        FclabError: the proxy of this environment cannot be used.
    """
    timeout = httpx.Timeout(limits.silence, connect=limits.connect)
    headers = {"User-Agent": f"fclab/{__version__}"}
    try:
        return httpx.Client(timeout=timeout, follow_redirects=True, headers=headers)
    except (ValueError, ImportError) as error:  # HTTPS_PROXY and its like
        raise FclabError(
            "cannot use the proxy of this environment: {reason}", reason=error
        ) from error


def size_of(path: Path) -> int:
    """Bytes of a file; 0 if there is none."""
    try:
        return path.stat().st_size
    except (FileNotFoundError, NotADirectoryError):
        return 0


@dataclass(frozen=True)
class Transfer:
    """Filling one file from its address.

    Attributes:
        asker: who asks.
        wanted: the file.
        limits: patience.
        progress: told the bytes that are here, and those in all if they are known.
        meter: counts what came.
    """

    asker: httpx.Client
    wanted: Wanted
    limits: Limits
    progress: Callable[[int, int | None], object] = lambda done, total: None
    meter: Meter = field(default_factory=Meter)

    def run(self, *, patient: bool) -> Path:
        """Asks until the file is whole, and moves it to its place.

        Args:
            patient: wait for a slow server.

        Raises:
            Failure: this address did not give it.
            FclabError: it cannot be written.
        """
        most, idle = size_of(self.wanted.part), 0
        while True:
            try:
                self._receive(patient)
                break
            except Failure as failure:
                now = size_of(self.wanted.part)
                enough = self.limits.least * self.limits.silence
                most, idle = max(most, now), 0 if now - most >= enough else idle + 1
                if not failure.retry or idle >= self.limits.attempts:
                    raise
                time.sleep(min(self.limits.pause * 2**idle, 10.0))
        with writing(self.wanted.path):
            move(self.wanted.part, self.wanted.path)
            self.wanted.trail.unlink(missing_ok=True)
        return self.wanted.path

    def _receive(self, patient: bool) -> None:
        """One request; what is there already is not asked for again."""
        start, trail = self._begun()
        size = self.wanted.size or trail.total
        if size is None or start < size:
            # Some servers name gzip as the encoding of any .tar.gz, so nothing is decoded here.
            headers = {"Accept-Encoding": "identity", "Connection": "close"}
            if start:
                headers["Range"] = f"bytes={start}-"
                if trail.validator:
                    headers["If-Range"] = trail.validator
            try:
                with self.asker.stream("GET", self.wanted.url, headers=headers) as answer:
                    begin, size = self._accepted(answer, start, size)
                    size = self._save(answer, begin, size, patient)
            except httpx.TimeoutException as error:
                raise reason_of(error, self.wanted.url, retry=patient, slow=not patient) from error
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                broken = isinstance(error, httpx.TransportError)
                raise reason_of(error, self.wanted.url, retry=broken) from error
        received = size_of(self.wanted.part)
        if size is not None and received < size:
            raise Failure("ended after {received:,} of {size:,} bytes", received=received,
                          size=size, retry=True)  # fmt: skip
        if self.wanted.md5 and md5sum(self.wanted.part) != self.wanted.md5:
            self.wanted.discard()
            # Pieces of several requests may come from different files: once more in one piece.
            raise Failure("other bytes than the official ones", retry=start > 0, damaged=True)

    @property
    def _name(self) -> str:
        """Of the address: a password may stand in it."""
        return hashlib.sha256(self.wanted.url.encode()).hexdigest()

    def _begun(self) -> tuple[int, _Trail]:
        """Bytes that are here, and what they are a part of."""
        start = size_of(self.wanted.part)
        if not start or self.wanted.md5:  # the checksum says in the end whether it was the same
            return start, _Trail()
        try:
            with open_regular(self.wanted.trail) as file:
                kept = json.loads(file.read(1 << 12))
            total, validator = kept["total"], str(kept["validator"])
            same = kept["of"] == self._name and isinstance(total, int | None)
        except (OSError, ValueError, KeyError, TypeError):
            same, total, validator = False, None, ""
        if not same or (total is not None and start > total):
            self.wanted.discard()
            return 0, _Trail()
        return start, _Trail(total, validator)

    def _accepted(
        self, answer: httpx.Response, start: int, size: int | None
    ) -> tuple[int, int | None]:
        """The place in the file where this answer begins, and the bytes of the file."""
        status = answer.status_code
        if status == 206:
            found = re.fullmatch(
                r"bytes (\d+)-\d+/(\d+|\*)", answer.headers.get("Content-Range", "").strip()
            )
            total = int(found[2]) if found and found[2] != "*" else None
            self._compare(total, size)
            if not found or int(found[1]) != start:
                self.wanted.discard()
                raise Failure("sent another part than was asked for", retry=True)
            return start, size or total
        if status == 200:
            length = answer.headers.get("Content-Length", "")
            total = int(length) if length.isdigit() else None
            return 0, total
        if status == 416:
            self.wanted.discard()
            raise Failure("refused to go on from where it was cut", retry=True)
        if status in (401, 403):
            raise Failure("asks for an account or refuses (HTTP {status})", status=status)
        temporary = status in (408, 429) or status >= 500
        raise Failure("HTTP {status} {reason}", status=status, reason=answer.reason_phrase,
                      retry=temporary)  # fmt: skip

    def _compare(self, total: int | None, size: int | None) -> None:
        if total is None or size is None or total == size:
            return
        if self.wanted.size is None:  # the file behind the address has changed
            self.wanted.discard()
            raise Failure("the file was replaced while it was being received", retry=True)
        raise Failure("has a file of {total:,} bytes, not {size:,}", total=total, size=size,
                      other=True)  # fmt: skip

    def _save(
        self, answer: httpx.Response, start: int, size: int | None, patient: bool
    ) -> int | None:
        """Writes what comes; returns the bytes of the whole file, if they are known."""
        blocks = answer.iter_raw()
        first = next(blocks, b"")
        while 0 < len(first) < 16 and (more := next(blocks, b"")):
            first += more
        if start == 0:
            self._check_beginning(answer, first)
            self._compare(size, self.wanted.size)
            size = self.wanted.size or size
            self._leave_trail(answer, size)
        if size is not None and size > _MOST:
            raise Failure("sent more than {size:,} bytes", size=_MOST, other=True)
        most = _MOST if size is None else size
        least = self.limits.least if patient else self.limits.slow
        done, judged, began = start, start, time.monotonic()
        with writing(self.wanted.part):
            self.wanted.part.parent.mkdir(parents=True, exist_ok=True)
            # Of a known file, what was got stays behind what a server without ranges sends again.
            stays = start or (self.wanted.md5 and self.wanted.part.exists())
            file = self.wanted.part.open("r+b" if stays else "wb")
        with file:
            file.seek(start)
            for block in itertools.chain([first], blocks):
                done += len(block)
                if done > most:
                    raise Failure("sent more than {size:,} bytes", size=most, other=True)
                with writing(self.wanted.part):
                    file.write(block)
                    file.flush()
                self.progress(done, size)
                now = time.monotonic()
                if (passed := now - began) > self.limits.silence:
                    self._count(done - judged, passed)
                    if (speed := (done - judged) / passed) < least:
                        raise Failure("slow, {speed:.1f} kB/s", speed=speed / 1e3, retry=patient,
                                      slow=not patient)  # fmt: skip
                    began, judged = now, done
        self._count(done - judged, time.monotonic() - began)
        return size

    def _count(self, received: int, seconds: float) -> None:
        self.meter.bytes += received
        self.meter.seconds += seconds

    def _check_beginning(self, answer: httpx.Response, first: bytes) -> None:
        magic = self.wanted.magic
        if _PAGE.match(first):
            asks = _LOGIN.search(answer.url.path) or _LOGIN.search(first[:4096].decode("latin-1"))
            if asks:
                raise Failure("asks to log in: a web page in place of the archive", damaged=True)
            raise Failure("sent a web page in place of the archive", damaged=True)
        if not first.startswith(magic[: len(first)]):
            raise Failure("sent something else than an archive", other=True)

    def _leave_trail(self, answer: httpx.Response, size: int | None) -> None:
        """What the next request needs to know of this file. A weak ETag may name other bytes."""
        if self.wanted.md5:
            return
        etag = answer.headers.get("ETag", "")
        weak = not etag or etag.startswith("W/")
        validator = answer.headers.get("Last-Modified", "") if weak else etag
        kept = {"of": self._name, "total": size, "validator": validator}
        write_atomic(self.wanted.trail, json.dumps(kept))
