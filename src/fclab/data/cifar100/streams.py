"""Files inside files, read forward, in bounded memory and time."""

import io
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from fclab.values.errors import DataError
from fclab.values.files import open_regular
from fclab.values.progress import Progress, no_progress

PIECE = 1 << 18
MOST_BYTES = 3 << 28
"""Of all that is read from one source, unpacked: CIFAR-100 has 0.2 GB, or 0.4 in two wrappings."""
MOST_OF_FILE = 1 << 28
"""Of a file of images: the training images are 155 MB, or 230 MB in protocol 2 of Python 3."""
_MOST_STEPS = 8_000_000  # of all pickles: those of CIFAR-100 have 0.3 to 2.7 million
_MOST_MEMBERS = 1000  # of a gzip file: one is usual


class TooMuchError(DataError):
    """A source has, or claims, far more than CIFAR-100 has."""


@dataclass
class Budget:
    """Counts what is read of a source, packed and unpacked.

    Attributes:
        left: bytes that may still come out of archives.
        steps: instructions that pickles may still have.
        total: bytes of the files that are read, for ``progress``.
        progress: told how many of them were read, and the total; 0: nobody knows, as of a folder.
    """

    left: int = MOST_BYTES
    steps: int = _MOST_STEPS
    total: int = 0
    progress: Progress = no_progress
    done: int = field(default=0, init=False)

    def unpacked(self, n: int) -> None:
        """So many bytes came out of an archive.

        Raises:
            TooMuchError: all together are too many.
        """
        self.left -= n
        if self.left < 0:
            raise TooMuchError("more than {n:,} bytes come out of it", n=MOST_BYTES)

    def read(self, n: int) -> None:
        """So many bytes of a file were read."""
        self.done += n
        done = min(self.done, self.total) if self.total else self.done
        self.progress(done, self.total)

    def finish(self) -> None:
        """All that was needed is read, whatever else is there."""
        whole = self.total or self.done
        self.progress(whole, whole)


class Counted(io.RawIOBase):
    """A file on the disk whose reading is seen in the progress."""

    def __init__(self, path: Path, budget: Budget):
        self._file, self._budget = open_regular(path), budget

    def readable(self) -> bool:
        """Yes."""
        return True

    def seekable(self) -> bool:
        """Yes."""
        return True

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """As of any file."""
        return self._file.seek(offset, whence)

    def readinto(self, buffer: Any, /) -> int:
        """As of any file."""
        n = self._file.readinto(buffer)  # pyright: ignore[reportAttributeAccessIssue]
        self._budget.read(n)
        return n

    def close(self) -> None:
        """As of any file."""
        self._file.close()
        super().close()


def open_counted(path: Path, budget: Budget) -> io.BufferedReader:
    """A file on the disk, buffered.

    Raises:
        OSError: it cannot be opened, or is no regular file.
    """
    return io.BufferedReader(Counted(path, budget), PIECE)


class _Forward(io.RawIOBase):
    """Reads forward what ``_next`` gives, piece by piece."""

    def __init__(self) -> None:
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def _next(self) -> bytes:
        raise NotImplementedError

    def readinto(self, buffer: Any, /) -> int:
        if not self._rest:
            self._rest = memoryview(self._next())
        n = min(len(buffer), len(self._rest))
        buffer[:n] = self._rest[:n]
        self._rest = self._rest[n:]
        return n


class _Inflated(_Forward):
    """What a gzip file holds. zlib reads its head, however long, and checks its end."""

    def __init__(self, packed: IO[bytes], budget: Budget):
        super().__init__()
        self._packed, self._budget = packed, budget
        self._inflate, self._members, self._begun = zlib.decompressobj(31), 1, False

    def _next(self) -> bytes:
        while True:
            if self._inflate.eof:
                packed = self._inflate.unused_data or self._packed.read(PIECE)
                if not packed.startswith(b"\x1f\x8b"):  # the end, or zeros that fill a tape
                    return b""
                self._members += 1
                if self._members > _MOST_MEMBERS:
                    raise TooMuchError("it has more than {n:,} parts", n=_MOST_MEMBERS)
                self._inflate = zlib.decompressobj(31)
            else:
                packed = self._inflate.unconsumed_tail or self._packed.read(PIECE)
                if not packed:
                    raise EOFError
            content = self._inflate.decompress(packed, 4 * PIECE)
            self._budget.unpacked(len(content))
            if content:
                return content


class Window(_Forward):
    """The next bytes of a stream.

    Args:
        whole: the stream.
        size: how many; where there are fewer, reading raises EOFError.
        budget: told what is read, if that comes out of an archive here.
    """

    def __init__(self, whole: IO[bytes], size: int, budget: Budget | None = None):
        super().__init__()
        self._whole, self._left, self._budget = whole, size, budget

    def _next(self) -> bytes:
        if not self._left:
            return b""
        piece = self._whole.read(min(PIECE, self._left))
        if not piece:
            raise EOFError
        self._left -= len(piece)
        if self._budget:
            self._budget.unpacked(len(piece))
        return piece

    def skip(self) -> None:
        """Goes to the end."""
        while self._next():
            pass


def inflated(packed: IO[bytes], budget: Budget) -> io.BufferedReader:
    """What a gzip file holds, to be read forward.

    While reading, EOFError says that it ends too early, zlib.error that it is damaged, and
    `TooMuchError` that too much comes out of it.
    """
    return io.BufferedReader(_Inflated(packed, budget), PIECE)
