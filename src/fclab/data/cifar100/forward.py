"""The bytes inside a gzip file, read forward alone and within bounds, for `tarfile`.

`tarfile` reads a header of any length that the archive names into memory, and skips a member of any
length by unpacking all of it; `gzip` follows any number of empty members and names without an end.
"""

import gzip
from collections.abc import Iterator
from typing import BinaryIO

_BLOCK = 1 << 16
_SLACK = 1 << 20  # bytes, packed, that may go by before anything comes out
_MOST_HEADER = 1 << 13  # bytes of one: tarfile looks through it in quadratic time in Python 3.11
_MOST_HEADERS = 1 << 17  # bytes of all: a member takes 512


class FarLargerError(Exception):
    """More was to be read than is allowed."""


class _Packed:
    """The packed file, which may not be read much further than what came out of it explains.

    Packing makes nothing longer but by a few bytes in 64 KiB, so what takes more is padding.
    """

    def __init__(self, file: BinaryIO):
        self._file = file
        self.room = _SLACK

    def read(self, n: int) -> bytes:
        if self.room <= 0:
            raise FarLargerError
        taken = self._file.read(min(n, self.room))
        self.room -= len(taken)
        return taken


class Inflated:
    """A gzip file as `tarfile.open(fileobj=..., mode="r:")` wants one.

    Args:
        file: the packed bytes.
        most: bytes that may come out in all, skipped ones too.

    Raises:
        FarLargerError: more is asked for, by any of the methods.
        ValueError: a place behind, or a negative number of bytes, is asked for.
    """

    def __init__(self, file: BinaryIO, most: int):
        self._packed = _Packed(file)
        self._file = gzip.GzipFile(fileobj=self._packed, mode="rb")  # pyright: ignore[reportCallIssue, reportArgumentType]
        self._left, self._headers_left = most, _MOST_HEADERS
        self._at = 0

    def tell(self) -> int:
        """Bytes that came out so far."""
        return self._at

    def read(self, n: int) -> bytes:
        """That many bytes of a header, fewer at the end."""
        if n > min(_MOST_HEADER, self._headers_left):
            raise FarLargerError
        self._headers_left -= max(n, 0)
        return b"".join(self.blocks(n))

    def seek(self, place: int) -> int:
        """Goes on to a place ahead."""
        if place < self._at:
            raise ValueError("a member that begins before the end of another")
        for _ in self.blocks(place - self._at):
            pass
        return self._at

    def blocks(self, n: int) -> Iterator[bytes]:
        """The next bytes, that many or up to the end, in blocks."""
        if n < 0:
            raise ValueError("a member of negative length")
        if n > self._left:
            raise FarLargerError
        while n and (block := self._file.read(min(n, _BLOCK))):
            n -= len(block)
            self._at += len(block)
            self._left -= len(block)
            self._packed.room += len(block) + len(block) // 64
            yield block
