"""A PostgreSQL of one's own, that may be stopped and started."""

import os
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path


def programs() -> Path | None:
    """Where those of PostgreSQL are, the newest; None where there are none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"))
    beside = shutil.which("pg_ctl")
    return found[-1].parent if found else Path(beside).parent if beside else None


class Server:
    """Started as a context; its data go when it ends."""

    def __init__(self):
        self._bin = programs()
        self._folder = Path(tempfile.mkdtemp(prefix="fclab-postgresql-"))
        self._as = []
        if hasattr(os, "geteuid") and os.geteuid() == 0:  # PostgreSQL refuses to run as root
            self._as = ["runuser", "-u", "postgres", "--"]
            shutil.chown(self._folder, "postgres")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]
        self.address = f"postgresql://fclab@127.0.0.1:{self._port}/postgres"

    def __enter__(self) -> "Server":
        self._do("initdb", "--no-sync", "--locale=C", "-E", "UTF8", "-A", "trust", "-U", "fclab")
        self.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        if (self._folder / "data" / "postmaster.pid").exists():
            self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def start(self) -> None:
        """Begin to answer."""
        options = f"-p {self._port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=''"
        log = str(self._folder / "data" / "log")
        self._do("pg_ctl", "-l", log, "-w", "-o", options, "start")

    def stop(self) -> None:
        """As a power cut does it: nothing is finished, nobody is told."""
        self._do("pg_ctl", "-m", "immediate", "-w", "stop")

    def _do(self, program: str, *arguments: str) -> None:
        assert self._bin is not None
        command = [*self._as, str(self._bin / program), "-D", str(self._folder / "data")]
        subprocess.run(
            [*command, *arguments], cwd=self._folder, check=True, timeout=60,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
