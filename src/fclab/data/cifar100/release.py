"""What CIFAR-100 is: the content of its two parts, and the archive that its authors publish."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from importlib.resources import files
from pathlib import Path

from fclab.values.files import open_regular, reading

CLASSES = 100
SHAPE = (32, 32, 3)
"""Height, width, channels of an image."""
PIXELS = 3072
"""Bytes of an image."""
PARTS = ("train", "test")


@dataclass(frozen=True)
class Reference:
    """What identifies a part of the dataset, whatever it is packed in.

    An image is 3072 bytes, uint8, channel × height × width, as in the official files; its digest is
    BLAKE2b of 16 bytes. `fclab.data.cifar100.content.reference` makes all of this from the images.

    Attributes:
        images: how many there are.
        sha256: of all images in order, then all fine labels in order, a byte each (hex).
        unordered: sum of the digests of the images modulo 2**128: the same in any order (hex).
        unordered_labelled: that of the digests of each image followed by its label (hex).
        checks: the first two bytes of the digest of each image, or the name of a file beside this
            module that holds them.
    """

    images: int
    sha256: str
    unordered: str
    unordered_labelled: str
    checks: bytes | str = b""

    @cached_property
    def short_digests(self) -> bytes:
        """The first two bytes of the digest of each image."""
        if isinstance(self.checks, bytes):
            return self.checks
        return (files("fclab.data.cifar100") / self.checks).read_bytes()


@dataclass(frozen=True)
class Release:
    """A dataset in the forms of CIFAR-100.

    Attributes:
        url: where its authors publish the archive.
        archive: file name of the archive.
        size: bytes of the archive.
        md5: checksum of the archive. It tells whether a download is whole, no more.
        parts: what identifies ``"train"`` and ``"test"``.
    """

    url: str
    archive: str
    size: int
    md5: str
    parts: Mapping[str, Reference]

    def part_of(self, images: int) -> str | None:
        """The part that has so many images."""
        return next((name for name, part in self.parts.items() if part.images == images), None)

    @property
    def raw_bytes(self) -> int:
        """Bytes of the pixels of all images."""
        return PIXELS * sum(part.images for part in self.parts.values())


OFFICIAL = Release(
    url="https://www.cs.toronto.edu/~kriz/cifar-100-python.tar.gz",
    archive="cifar-100-python.tar.gz",
    size=169_001_437,
    md5="eb9058c3a382ffc7106e4002c42a8d85",
    # Made by content.reference() from the files of the official archive: train (MD5
    # 16019d7e3df5f24257cddd939b257f8d) and test (f0ef6b0ae62326f3e7ffdfab6717acfc).
    parts={
        "train": Reference(
            images=50_000,
            sha256="4e50520a1125d045fade68001374cf6c74e360819dc08b7ecffe4e6c79e9b419",
            unordered="b539820ffcf99c46219a7032320074d4",
            unordered_labelled="fd3002444d1d4a7474e37fc20ea7550d",
            checks="train.checks",
        ),
        "test": Reference(
            images=10_000,
            sha256="dc66669533e5da36cbeb472b8e2af54edcb17f1d9736fdbd5fede79d08f46b2f",
            unordered="79987c63799beae4edda3b1377adffac",
            unordered_labelled="b37279a8d6d270d2566d079324075bb3",
            checks="test.checks",
        ),
    },
)
"""CIFAR-100 as Krizhevsky publishes it."""


def md5sum(path: Path) -> str:
    """MD5 of a file (hex). It guards against damage in transit, not against an attacker.

    Raises:
        DataError: the file cannot be read.
    """
    with reading(path), open_regular(path) as file:
        md5 = partial(hashlib.md5, usedforsecurity=False)
        return hashlib.file_digest(file, md5).hexdigest()  # pyright: ignore[reportArgumentType]
