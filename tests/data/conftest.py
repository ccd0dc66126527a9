"""A small CIFAR-100 of random bytes, an empty cache, and a web server that can misbehave."""

import hashlib
import importlib
import io
import pickle
import re
import select
import socket
import socketserver
import tarfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np
import pytest

from fclab.data.cifar100 import Release
from fclab.data.cifar100.content import reference


def md5(content: bytes) -> str:
    return hashlib.md5(content).hexdigest()


def tar_gz(members: dict[str, bytes | tarfile.TarInfo]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        for name, content in members.items():
            if isinstance(content, tarfile.TarInfo):
                tar.addfile(content)
            else:
                info = tarfile.TarInfo(name)
                info.size = len(content)
                tar.addfile(info, io.BytesIO(content))
    return out.getvalue()


class Fake(NamedTuple):
    """A release, its archive and its files."""

    release: Release
    archive: bytes
    files: dict[str, bytes]

    def at(self, url: str) -> Release:
        """The release, published at that address."""
        return Release(**{**self.release.__dict__, "url": url})

    def replace(self, **files: bytes) -> "Fake":
        """The same with some files changed, as if it had been published so."""
        return fake_release(self.files | files)

    def lay_out(self, folder: Path) -> Path:
        folder.mkdir(parents=True)
        for name, content in self.files.items():
            (folder / name).write_bytes(content)
        return folder


def fake_content(images: int, seed: int) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    labels = rng.permutation(np.arange(images) % 100).tolist()
    return {"fine_labels": labels, "data": rng.integers(256, size=(images, 3072), dtype=np.uint8)}


IMAGES = {"train": 200, "test": 100}


def fake_release(files: dict[str, bytes]) -> Fake:
    packed = {f"cifar-100-python/{name}": content for name, content in files.items()}
    archive = tar_gz({"cifar-100-python/file.txt~": b"left over", **packed})
    parts = {}
    for name in IMAGES:
        content = pickle.loads(files[name])
        pixels = content["data"].reshape(-1, 3, 32, 32)
        parts[name] = reference(pixels, np.array(content["fine_labels"], np.uint8))
    release = Release(
        url="http://127.0.0.1:9/fake.tar.gz",
        archive="fake.tar.gz",
        size=len(archive),
        md5=md5(archive),
        parts=parts,
    )
    return Fake(release, archive, files)


@dataclass
class Site:
    """What the server does with requests for one address, and which it has seen."""

    body: bytes
    cuts: list[int] = field(default_factory=list)
    """After how many bytes the connection of the first, second, ... answer is cut."""
    statuses: list[int] = field(default_factory=list)
    """Status of the first, second, ... answer in place of a good one."""
    ranges: bool = True
    refuse_ranges: bool = False
    shift: int = 0
    """How far beside the asked place a partial answer begins."""
    chunked: bool = False
    encoding: str | None = None
    redirect: str | None = None
    """Where every request is sent on to."""
    etag: str | None = None
    """Of the file, sent with it; a part of another file is not gone on with (If-Range)."""
    block: int = 1 << 16
    between: Callable[[int], object] = lambda sent: None
    """Called after each block but the last, with how much of the file has been sent."""
    asked: list[str | None] = field(default_factory=list)
    """The Range header of each request."""
    authorized: list[str | None] = field(default_factory=list)
    """The Authorization header of each request."""
    url: str = ""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None:
        pass

    def do_GET(self) -> None:
        site: Site | None = self.server.sites.get(self.path)  # pyright: ignore
        if site is None:
            return self.send_error(404)
        wanted = self.headers.get("Range")
        site.asked.append(wanted)
        site.authorized.append(self.headers.get("Authorization"))
        if site.statuses:
            return self.send_error(site.statuses.pop(0))
        if site.redirect:
            self.send_response(302)
            self.send_header("Location", site.redirect)
            self.send_header("Content-Length", "0")
            return self.end_headers()
        if wanted and site.refuse_ranges:
            return self.send_error(416)
        if self.headers.get("If-Range", site.etag) != site.etag:
            wanted = None
        found = re.fullmatch(r"bytes=(\d+)-", wanted or "") if site.ranges else None
        start = int(found[1]) + site.shift if found else 0
        body, total = site.body[start:], len(site.body)
        self.send_response(206 if found else 200)
        if found:
            self.send_header("Content-Range", f"bytes {start}-{total - 1}/{total}")
        if site.etag:
            self.send_header("ETag", site.etag)
        if site.encoding:
            self.send_header("Content-Encoding", site.encoding)
        if site.chunked:
            self.send_header("Transfer-Encoding", "chunked")
        else:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        cut = site.cuts.pop(0) if site.cuts else None
        self._send(site, body if cut is None else body[:cut], start)
        if cut is not None:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
        return None

    def _send(self, site: Site, body: bytes, start: int) -> None:
        for begin in range(0, len(body), site.block):
            block = body[begin : begin + site.block]
            self.wfile.write(b"%x\r\n%s\r\n" % (len(block), block) if site.chunked else block)
            if (end := begin + site.block) < len(body):
                site.between(start + end)
        if site.chunked:
            self.wfile.write(b"0\r\n\r\n")


class Server(ThreadingHTTPServer):
    """Serves sites by path on a free port of 127.0.0.1."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.sites: dict[str, Site] = {}

    def handle_error(self, *_: Any) -> None:
        """Clients that hang up are part of these tests."""

    @property
    def root(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/"

    def add(self, path: str, body: bytes, **behaviour: Any) -> Site:
        """Publishes a file; see `Site` for how badly."""
        self.sites[f"/{path}"] = site = Site(body, url=self.root + path, **behaviour)
        return site


class RawServer(socketserver.ThreadingTCPServer):
    """Answers each request on a free port of 127.0.0.1 with what ``play`` writes, byte for byte.

    ``play`` is given a function that sends bytes. It ends when the client hangs up or the test is
    over; then the connection is closed.
    """

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, play: Callable[[Callable[[bytes], None]], None]):
        super().__init__(("127.0.0.1", 0), _RawHandler)
        self.play = play
        self.heads: list[bytes] = []
        self.over = threading.Event()
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/fake.tar.gz"

    def handle_error(self, *_: Any) -> None:
        """Clients that hang up are part of these tests."""


class _RawHandler(socketserver.BaseRequestHandler):
    server: RawServer

    def handle(self) -> None:
        head = b""
        while b"\r\n\r\n" not in head:
            head += self.request.recv(1 << 16)
        self.server.heads.append(head)

        def send(content: bytes) -> None:
            hung_up = select.select([self.request], [], [], 0)[0]
            if hung_up or self.server.over.is_set():
                raise ConnectionAbortedError
            self.request.sendall(content)

        self.server.play(send)


class Clock:
    """Time as a download sees it. It passes when a server of the test says so and not otherwise,
    so that the outcome does not depend on how busy the machine is."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.done: list[int] = []
        """What it has reported to be in its file, each time."""

    def progress(self, done: int, total: int) -> None:
        """To be given to the download."""
        self.done.append(done)

    def passes(self, seconds: float) -> None:
        self.now += seconds

    @staticmethod
    def until(condition: Callable[[], bool]) -> None:
        """Waits, in the time of the machine."""
        limit = time.monotonic() + 120
        while not condition():
            assert time.monotonic() < limit, "it never happened"
            time.sleep(0.002)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock of all downloads of this test."""
    made = Clock()
    downloading = importlib.import_module("fclab.data.cifar100.transfer")
    ticking = SimpleNamespace(monotonic=lambda: made.now, sleep=made.passes)
    monkeypatch.setattr(downloading, "time", ticking)
    return made


@pytest.fixture
def raw_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., RawServer]]:
    """Starts a `RawServer` that plays what it is given."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.delenv("FCLAB_MIRRORS", raising=False)
    started: list[RawServer] = []

    def start(play: Callable[[Callable[[bytes], None]], None]) -> RawServer:
        started.append(RawServer(play))
        return started[-1]

    yield start
    for one in started:
        one.over.set()
        one.shutdown()
        one.server_close()


@pytest.fixture(scope="session")
def fake() -> Fake:
    files = {name: pickle.dumps(fake_content(n, seed=n), 4) for name, n in IMAGES.items()}
    files["meta"] = pickle.dumps({"fine_label_names": ["apple", "otter"]}, 4)
    return fake_release(files)


@pytest.fixture(scope="session", name="tar_gz")
def _tar_gz() -> Callable[[dict[str, bytes | tarfile.TarInfo]], bytes]:
    return tar_gz


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache for this test alone."""
    folder = tmp_path / "own cache"
    monkeypatch.setenv("FCLAB_CACHE", str(folder))
    return folder


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.delenv("FCLAB_MIRRORS", raising=False)
    with Server() as serving:
        thread = threading.Thread(target=serving.serve_forever, args=(0.02,))
        thread.start()
        yield serving
        serving.shutdown()
        thread.join()
