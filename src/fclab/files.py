"""Files are written aside and moved into place: a reader never sees half of one."""

import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from fclab.errors import FclabError


@contextmanager
def aside(path: Path) -> Iterator[Path]:
    """A temporary path in the folder of ``path``, moved onto it when the block succeeds.

    Whatever ends the block early, Ctrl-C included, leaves ``path`` as it was. The content is on
    the disk before the name points to it, so that a power cut leaves the old file or the new one.

    Raises:
        OSError: the folder cannot be made or the file not be moved; see `writing`.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    # The suffix stays: some libraries choose the format by it.
    temporary = path.with_name(f".{secrets.token_hex(8)}{path.suffix}")
    try:
        yield temporary
        with temporary.open("r+b") as file:
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def writing(path: Path, advice: str = "") -> Iterator[None]:
    """Turns a failure of the disk inside the block into one line that names the path.

    Args:
        path: what is being written.
        advice: what to do about it, after the reason.

    Raises:
        FclabError: no room, no permission, a file where a folder should be, ...
    """
    try:
        yield
    except OSError as error:
        reason = f"cannot write {path}: {error.strerror or error}"
        raise FclabError(f"{reason}; {advice}" if advice else reason) from error


def write_atomic(path: Path, content: bytes | str) -> Path:
    """Write a whole file or nothing.

    Args:
        path: where it goes; missing folders are made.
        content: bytes, or text (UTF-8).

    Raises:
        FclabError: the folder or the file cannot be written (no permission, disk full).
    """
    data = content.encode() if isinstance(content, str) else content
    return write_with(path, lambda temporary: temporary.write_bytes(data))


def write_with(path: Path, write: Callable[[Path], object]) -> Path:
    """Let ``write`` fill a file beside ``path``, then move it into place; see `write_atomic`.

    For libraries that insist on writing to a path of their own.
    """
    with writing(path), aside(path) as temporary:
        write(temporary)
    return path
