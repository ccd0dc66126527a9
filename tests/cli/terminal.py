"""A command in a pseudo-terminal: what a person would see, and what is typed."""

import os
import select
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil


@dataclass(frozen=True)
class Seen:
    """What came of a command: all that it wrote, its exit code, seconds to the first output."""

    text: str
    code: int
    first: float


def in_terminal(
    words: Sequence[str], folder: Path, answers: Sequence[str | bytes] = (), **environment: str
) -> Seen:
    """Run fclab; each answer is typed when the line on the screen ends like a question."""
    import pty

    ours, theirs = pty.openpty()
    started = time.monotonic()
    child = os.fork()
    if child == 0:
        os.login_tty(theirs) if hasattr(os, "login_tty") else _login(theirs)
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # a job of a shell may have it ignored
        os.chdir(folder)
        known = {**os.environ, "TERM": "xterm", "COLUMNS": "100", **environment}
        os.execve(sys.executable, [sys.executable, "-m", "fclab", *words], known)
    os.close(theirs)
    told, asked, first, waiting = b"", 0, 0.0, list(answers)
    while select.select([ours], [], [], 120)[0]:
        try:
            told += os.read(ours, 65536)
        except OSError:  # it has ended
            break
        first = first or time.monotonic() - started
        if waiting and told[asked:].rstrip(b" ").endswith(b":"):
            asked = len(told)
            answer = waiting.pop(0)
            if isinstance(answer, bytes):
                until_asleep(child)
            os.write(ours, answer if isinstance(answer, bytes) else f"{answer}\n".encode())
    os.close(ours)
    status = os.waitpid(child, 0)[1]
    text = told.decode("utf-8").replace("\r\n", "\n")
    return Seen(text, os.waitstatus_to_exitcode(status), first)


def until_asleep(process: int, seconds: float = 120) -> None:
    """Wait until a process sleeps and so reads.

    Python notices a signal that comes between the prompt and the read only with the next key.
    """
    child, stop = psutil.Process(process), time.monotonic() + seconds
    used = None
    while used != (used := child.cpu_times()[:2]) or child.status() != "sleeping":
        assert time.monotonic() < stop, "it neither reads nor ends"
        time.sleep(0.3)


def _login(terminal: int) -> None:
    """The child gets the terminal, so that Ctrl-C reaches it."""
    import fcntl
    import termios

    os.setsid()
    fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)
    for stream in (0, 1, 2):
        os.dup2(terminal, stream)
