"""Zip files (DOCX, XLSX and ODT are such) opened within bounds: nothing is unpacked on the disk."""

import io
import lzma
import re
import zipfile
import zlib
from collections.abc import Iterator

from fclab.course.reading.document import Unreadable

MOST_BYTES = 64 * 2**20
"""Of a file of a submission, and of one inside a zip."""
MOST_ENTRIES = 2_000
MOST_RATIO = 300
"""Unpacked bytes for one packed; of small files it is not asked."""
_SMALL = 2**20
_BROKEN = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, NotImplementedError,
    RuntimeError, ValueError, KeyError, OverflowError, IndexError,
)  # fmt: skip


class Archive:
    """A zip file that has been looked over.

    Args:
        data: the file.

    Raises:
        Unreadable: it is broken, or holds more files than the bound allows.
    """

    def __init__(self, data: bytes):
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
            entries = self._zip.infolist()
        except _BROKEN as error:
            raise Unreadable("damaged") from error
        if len(entries) > MOST_ENTRIES:
            raise Unreadable("too_large")
        self._entries = {_named(entry): entry for entry in entries if not entry.is_dir()}

    def names(self) -> Iterator[str]:
        """Of all files in it; those that point outside are left out."""
        for name in self._entries:
            if ".." not in name.split("/") and not name.startswith("/") and ":" not in name[:3]:
                yield name

    def __contains__(self, name: str) -> bool:
        return name in self._entries

    def read(self, name: str, most: int = MOST_BYTES) -> bytes:
        """The bytes of a file in it.

        Raises:
            Unreadable: it is broken, encrypted or too large, whatever its heading says.
        """
        entry = self._entries.get(name)
        if entry is None:
            raise Unreadable("damaged")
        if entry.flag_bits & 1:
            raise Unreadable("encrypted")
        if entry.file_size > max(_SMALL, MOST_RATIO * entry.compress_size):
            raise Unreadable("bomb")
        if entry.file_size > most:
            raise Unreadable("too_large")
        try:
            with self._zip.open(entry) as file:
                data = file.read(entry.file_size + 1)
        except _BROKEN as error:
            raise Unreadable("damaged") from error
        if len(data) > most:
            raise Unreadable("bomb")
        return data


def xml_of(archive: Archive, name: str) -> bytes:
    """A part of a document, which declares no entities.

    Raises:
        Unreadable: as `Archive.read`; or it has a document type, which such formats forbid.
    """
    data = archive.read(name)
    head = data[:4096].replace(b"\0", b"")  # UTF-16, too
    if b"<!DOCTYPE" in head.upper() or b"<!ENTITY" in data.replace(b"\0", b"").upper():
        raise Unreadable("entities")
    return data


def _named(entry: zipfile.ZipInfo) -> str:
    """The name; Russian Windows writes names in its old code page without saying so."""
    name = entry.filename
    if not entry.flag_bits & 0x800 and re.search("[^\x00-\x7f]", name):
        try:
            raw = name.encode("cp437")
        except UnicodeEncodeError:
            return name
        for encoding in ("utf-8", "cp866"):
            try:
                return raw.decode(encoding).replace("\\", "/")
            except UnicodeDecodeError:
                continue
    return name.replace("\\", "/")
