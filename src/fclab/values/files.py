"""How fclab writes a file, whatever stands at its path.

- A regular file, or nothing: written aside and moved into place, so that a reader never sees half
  of one. Mode and owner of a file that is replaced stay; one that may not be written is refused.
- A symbolic link: the file that it leads to is written so, and the link stays.
- The standard output or error stream by a name (``/dev/stdout``, or the file that the shell leads
  it to), a named pipe, a terminal, the null device: written through, when all of it is there; as
  everywhere, a pipe waits until somebody reads it.
- A folder, a disk, a socket: refused.
- A file that another program holds, on Windows: see `fclab.values.held`.
"""

import codecs
import errno
import os
import re
import secrets
import shutil
import stat
import sys
import tempfile
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

from fclab.values.errors import Clause, DataError, FclabError, UsageError, system_reason
from fclab.values.held import discard, move
from fclab.values.toml import toml_reason

_MOST_TOML = 1 << 16  # bytes
_MOST_TOML_DEPTH = 8  # tables and lists inside each other
_MOST_TOML_TEXT = 1000  # characters of a text or a name
_LONG_KEY = re.compile(rb"""(?<![\w-])(?:(?:"[^"\n]*+"|'[^'\n]*+'|[\w-]++)[ \t]*+\.[ \t]*+){32}""")


@contextmanager
def aside(path: Path) -> Iterator[Path]:
    """A temporary path of the same suffix; what it holds goes to ``path`` when the block succeeds,
    by the rules above.

    Whatever ends the block early, Ctrl-C included, leaves ``path`` as it was. The content is on
    the disk before the name points to it, so that a power cut leaves the old file or the new one.

    Raises:
        OSError: the folder cannot be made or the file not be written; see `writing`.
    """
    target = _regular_target(path)
    if target is None:
        with tempfile.TemporaryDirectory(prefix="fclab-") as folder:
            temporary = Path(folder) / f"content{path.suffix}"
            yield temporary
            _write_through(temporary, path)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    # The suffix stays: some libraries choose the format by it.
    temporary = target.with_name(f".{secrets.token_hex(8)}{path.suffix}")
    try:
        _make_like(temporary, target)
        yield temporary
        with temporary.open("ab") as file:
            _to_disk(file.fileno())
        move(temporary, target)
    finally:
        discard(temporary)


@contextmanager
def writing(path: Path, advice: FclabError | None = None) -> Iterator[None]:
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
        failed = FclabError("cannot write {path}: {reason}", path=path, reason=system_reason(error))
        if advice is not None:
            failed = FclabError("{failed}; {advice}", failed=failed, advice=advice)
        raise failed from error


@contextmanager
def reading(path: Path, kind: type[FclabError] = DataError) -> Iterator[None]:
    """Turns a failure to read inside the block into one line that names the path.

    Args:
        path: what is being read.
        kind: of the error.

    Raises:
        FclabError: no such file, no permission, a pipe or a device, ...
    """
    try:
        yield
    except OSError as error:
        raise kind(
            "cannot read {path}: {reason}", path=path, reason=system_reason(error)
        ) from error


def write_atomic(path: Path, content: bytes | str) -> Path:
    """Write a whole file or nothing.

    Args:
        path: where it goes, see the rules above; missing folders are made.
        content: bytes, or text (UTF-8).

    Raises:
        FclabError: the folder or the file cannot be written (no permission, disk full, a folder).
    """
    data = content.encode() if isinstance(content, str) else content
    return write_with(path, lambda temporary: temporary.write_bytes(data))


def write_with(path: Path, write: Callable[[Path], object]) -> Path:
    """Let ``write`` fill a file of its own, then put it at ``path``; see `write_atomic`.

    For libraries that insist on writing to a path of their own.
    """
    with writing(path), aside(path) as temporary:
        write(temporary)
    return path


def read_toml(path: Path) -> dict[str, Any]:
    """The tables of a TOML file that a person wrote.

    Raises:
        UsageError: it cannot be read, is no regular file or not TOML, or is larger or deeper than a
            person writes.
    """
    with reading(path, UsageError), open_regular(path) as file:
        content = file.read(_MOST_TOML + 1)
    if len(content) > _MOST_TOML:
        raise UsageError(
            "{path} is not TOML of ours: it has more than {most:,} bytes",
            path=path,
            most=_MOST_TOML,
        )
    text = text_of(content, path)
    if _LONG_KEY.search(content):  # tomllib takes memory by the square of its length
        raise UsageError("{path} is not TOML of ours: it is nested too deep", path=path)
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(
            "{path} is not TOML: {reason}", path=path, reason=toml_reason(error)
        ) from error
    except ValueError as error:  # a number of thousands of digits
        raise UsageError("{path} is not TOML: a number makes no sense", path=path) from error
    except RecursionError as error:
        raise UsageError("{path} is not TOML of ours: it is nested too deep", path=path) from error
    _check_measure(path, found)
    return found


def text_of(content: bytes, path: Path) -> str:
    """The text that a person saved in a file, as UTF-8 with or without a mark at its beginning.

    Raises:
        UsageError: it is in another encoding, as an editor of Windows may have chosen it.
    """
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            raise UsageError(
                "{path} is text in UTF-16: save it again as UTF-8 (in Notepad: Save as, Encoding)",
                path=path,
            ) from error
        raise UsageError(
            "{path} is no text in UTF-8: save it again as UTF-8 (in Notepad: Save as, Encoding)",
            path=path,
        ) from error


def _check_measure(path: Path, found: dict[str, Any]) -> None:
    """What is read is told in messages, compared and walked through: so it is small."""
    level: list[Any] = [found]
    for _ in range(_MOST_TOML_DEPTH):
        keys = [key for one in level if isinstance(one, dict) for key in one]
        texts = [one for one in level if isinstance(one, str)]
        if any(len(text) > _MOST_TOML_TEXT for text in keys + texts):
            raise UsageError(
                "{path} is not TOML of ours: a text has more than {most} characters",
                path=path,
                most=_MOST_TOML_TEXT,
            )
        level = [inner for outer in level if isinstance(outer, dict | list)
                 for inner in (outer.values() if isinstance(outer, dict) else outer)]  # fmt: skip
    if level:
        raise UsageError("{path} is not TOML of ours: it is nested too deep", path=path)


def open_regular(path: Path) -> BinaryIO:
    """Open for reading, in bytes, what has a beginning and an end.

    A pipe would be waited for without end, a device such as ``/dev/zero`` read without end.

    Raises:
        OSError: it cannot be opened, or is a folder, a pipe, a socket or a device.
    """
    file = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    mode = os.fstat(file).st_mode
    if not stat.S_ISREG(mode):
        os.close(file)
        if stat.S_ISDIR(mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
        raise OSError(errno.EINVAL, Clause("it is a pipe or a device, not a file"), str(path))
    return os.fdopen(file, "rb")


def _regular_target(path: Path) -> Path | None:
    """The regular file to be replaced or made, links followed; None: written through.

    Raises:
        OSError: neither can be done.
    """
    target = Path(os.path.realpath(path))
    try:
        there = path.stat()
    except FileNotFoundError:
        _refuse_lost_links(path, target)
        return target
    if _stream_of(there) is not None or stat.S_ISFIFO(there.st_mode) or stat.S_ISCHR(there.st_mode):
        return None
    if stat.S_ISDIR(there.st_mode):
        raise IsADirectoryError(errno.EISDIR, Clause("it is a folder"))
    if not stat.S_ISREG(there.st_mode):
        raise OSError(errno.EINVAL, Clause("it is a disk or a socket, not a file"))
    # Moving onto a file asks for the rights of its folder alone.
    if not os.access(path, os.W_OK, effective_ids=os.access in os.supports_effective_ids):
        raise PermissionError(errno.EACCES, Clause("the file may not be written (read-only)"))
    return target


def _refuse_lost_links(path: Path, target: Path) -> None:
    """Folders are made where the path says, not where a link leads: its disk may be absent."""
    for step in path.parents:
        if step.is_symlink() and not step.exists():
            raise FileNotFoundError(
                errno.ENOENT, Clause("{step} is a link to what is not there", step=step)
            )
    if path.is_symlink() and not target.parent.is_dir():
        raise FileNotFoundError(
            errno.ENOENT,
            Clause("it is a link into {folder}, which is absent", folder=target.parent),
        )


def _make_like(temporary: Path, target: Path) -> None:
    """An empty file with owner and mode of the one that it is to replace, if there is one."""
    try:
        old = target.stat()
    except FileNotFoundError:
        temporary.touch()
        return
    temporary.touch(mode=0o600)
    new = temporary.stat()
    if hasattr(os, "chown") and (new.st_uid, new.st_gid) != (old.st_uid, old.st_gid):
        with suppress(PermissionError):  # only the system's administrator gives files away
            os.chown(temporary, old.st_uid, old.st_gid)
    with suppress(PermissionError):  # a memory stick has no modes; the file stays for us alone
        temporary.chmod(stat.S_IMODE(old.st_mode))


def _to_disk(file: int) -> None:
    try:
        os.fsync(file)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):  # a file system that cannot
            raise


def _stream_of(there: os.stat_result) -> int | None:
    """The standard stream (1 or 2) that leads to a file. Replaced, it would lose what else is
    written to that stream, as in ``--out /dev/stdout >> all.txt``."""
    for stream in (1, 2):
        with suppress(OSError):  # it is closed
            if os.path.samestat(os.fstat(stream), there):
                return stream
    return None


def _write_through(content: Path, path: Path) -> None:
    stream = _stream_of(path.stat())
    for printed in filter(None, (sys.stdout, sys.stderr)):
        printed.flush()
    flags = os.O_WRONLY | getattr(os, "O_NOCTTY", 0) | getattr(os, "O_BINARY", 0)
    number = os.open(path, flags) if stream is None else os.dup(stream)
    with content.open("rb") as source, open(number, "wb") as destination:  # noqa: PTH123 (a number)
        shutil.copyfileobj(source, destination)
