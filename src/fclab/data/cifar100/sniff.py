"""What a file is, by its first bytes: names do not count."""

import re
from typing import Literal

from fclab.values.errors import DataError

Kind = Literal["zip", "gzip", "tar", "pickle", "parquet", "other"]

HEAD = 1024
"""Bytes that are looked at."""

_ELSE = (
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"Rar!\x1a\x07", "RAR"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ\x00", "xz"),
    (b"\x28\xb5\x2f\xfd", "Zstandard"),
)
_PAGE = re.compile(rb"\s*(<!doctype html|<html|<head|<\?xml|<!--|<body|<script)", re.IGNORECASE)
_JSON = re.compile(rb"\s*[\[{]\s*[\]}\"\[{]")
_POINTER = b"version https://git-lfs.github.com/spec/"
_UNFINISHED = re.compile(r"\.(part|partial|crdownload|download|opdownload|incomplete|!ut|aria2)$")


def kind_of(head: bytes) -> Kind:
    """What a file is that begins so."""
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return "zip"
    if head.startswith(b"\x1f\x8b"):
        return "gzip"
    if head.startswith(b"PAR1"):
        return "parquet"
    if is_tar(head):
        return "tar"
    if re.match(rb"\x80[\x02-\x05]", head):
        return "pickle"
    return "other"


def is_tar(head: bytes) -> bool:
    """It begins with a header of tar: one whose checksum is right."""
    if len(head) < 512 or not head[0]:
        return False
    told = head[148:156].strip(b"\x00 ")
    if not re.fullmatch(rb"[0-7]{1,8}", told):
        return False
    return int(told, 8) == sum(head[:148]) + sum(head[156:512]) + 8 * 32


def reason_of(head: bytes, size: int, name: str, expected: int) -> DataError:
    """Why a file that is no archive, pickle, Parquet or binary version holds no images.

    Args:
        head: its first bytes.
        size: its bytes.
        name: for the message, and for the suffixes that browsers give to what is not finished.
        expected: bytes of the official archive.
    """
    if not size:
        return DataError("{name} is an empty file: get it again", name=name)
    if head.startswith(_POINTER):
        return _pointer(head, name)
    if _PAGE.match(head) or _JSON.match(head):
        return DataError(
            "{name}: a page was saved instead of the archive; open the address in a browser, "
            "and download the file itself",
            name=name,
        )
    if is_unfinished(name):
        return unfinished(name, size, expected)
    for magic, kind in _ELSE:
        if head.startswith(magic):
            return DataError(
                "{name} is a {kind} archive, which is not read: unpack it, and give the folder",
                name=name, kind=kind,
            )  # fmt: skip
    if not head.strip(b"\x00"):
        return DataError("{name} begins with zeros: its download failed, get it again", name=name)
    return DataError("{name} is no archive and no file of images", name=name)


def is_unfinished(name: str) -> bool:
    """It is called as browsers call a download that goes on."""
    return _UNFINISHED.search(name) is not None


def unfinished(name: str, size: int, expected: int) -> DataError:
    """A part of a download, and how much is missing where that is known."""
    if size < expected:
        return DataError(
            "{name} is a part of a download: {here:.1f} MB are here, and the official archive has "
            "{all:.1f} MB; about {missing:.0f} % is missing, download it again",
            name=name, here=size / 1e6, all=expected / 1e6, missing=100 * (1 - size / expected),
        )  # fmt: skip
    return DataError(
        "{name} is a part of a download: {here:.1f} MB are here, and its end is missing; "
        "download it again",
        name=name, here=size / 1e6,
    )  # fmt: skip


def _pointer(head: bytes, name: str) -> DataError:
    told = re.search(rb"\nsize (\d{1,15})\n", head)
    if told is None:
        return DataError("{name} is a Git LFS pointer, not the file: run git lfs pull", name=name)
    return DataError(
        "{name} is a Git LFS pointer to a file of {size:.1f} MB, not the file: run git lfs pull",
        name=name, size=int(told[1]) / 1e6,
    )  # fmt: skip
