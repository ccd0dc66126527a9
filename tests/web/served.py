"""`fclab web` as a process of its own, as whoever types it has it."""

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

ADDRESS = re.compile(r"http://[^\s;]+")


class Served:
    """A server that can be opened.

    Attributes:
        address: of the page, with a slash at its end.
        pid: of the server itself; its workers are its children.
        folder: in which it was started: its store is there.
    """

    def __init__(self, process: "subprocess.Popen[str]", folder: Path):
        self._process, self.folder, self.pid = process, folder, process.pid
        self._told: list[str] = []
        self._is_ready = threading.Event()
        self.address = ""
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def _listen(self) -> None:
        assert self._process.stderr is not None
        with self._process.stderr as lines:
            for line in lines:
                self._told.append(line)
                if not self.address and (found := ADDRESS.search(line)):
                    self.address = found[0]
                    self._is_ready.set()
        self._is_ready.set()

    @property
    def told(self) -> str:
        """What it has written to stderr so far."""
        return "".join(self._told)

    @property
    def port(self) -> int:
        """That it listens on."""
        return int(self.address.split("/")[2].rpartition(":")[2])

    def wait(self, seconds: float = 120) -> "Served":
        """Until the page can be opened."""
        assert self._is_ready.wait(seconds), f"no address in {seconds} s: {self.told}"
        assert self.address, f"it ended: {self.told}"
        return self

    def family(self) -> list[psutil.Process]:
        """The server and all processes under it."""
        server = psutil.Process(self.pid)
        return [server, *server.children(recursive=True)]

    def end(self, by: int = signal.SIGINT, seconds: float = 120) -> int:
        """End it, and return its exit code."""
        if self._process.poll() is None:
            self._process.send_signal(by)
        code = self._process.wait(seconds)
        self._listener.join(seconds)  # to the end of what it wrote
        return code


@contextmanager
def served(folder: Path, *words: str, port: int = 0, **environment: str) -> Iterator[Served]:
    """A server, killed with all its processes at the end.

    Args:
        folder: in which it is started; it is to be the caller's own.
        words: options, besides ``--no-open``.
        port: 0: any that is free.
        environment: added to that of this process.
    """
    process = subprocess.Popen(
        [sys.executable, "-m", "fclab", "web", "--no-open", "--port", str(port), *words],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        encoding="utf-8", cwd=folder,
        env={**os.environ, "FCLAB_CACHE": str(folder / "cache"), "COLUMNS": "500",
             "LC_MESSAGES": "en_GB.UTF-8", **environment},
    )  # fmt: skip
    one = Served(process, folder)
    try:
        one.wait()
        yield one
    finally:
        for member in one.family() if process.poll() is None else []:
            with suppress(psutil.NoSuchProcess):
                member.kill()
        one.end()
