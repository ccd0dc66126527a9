"""Whether images are those of CIFAR-100: by pixels and labels, not by the file around them."""

import hashlib
from collections.abc import Iterator

import numpy as np

from fclab.data.cifar100.release import Reference
from fclab.values.errors import Clause

_RANGE = 1 << 128
_BLOCK = 500  # images
_FEW = 0.1
"""Share of the images up to which a set of images with some others in it is called CIFAR-100's."""


def content_sha256(pixels: np.ndarray, labels: np.ndarray) -> str:
    """SHA-256 (hex) of a part.

    Args:
        pixels: uint8 ``(n, 3, 32, 32)``: channel × height × width, in memory as it may be.
        labels: fine class numbers, uint8 ``(n,)``.
    """
    digest = hashlib.sha256()
    for block in _blocks(pixels):
        digest.update(block.data)
    digest.update(np.ascontiguousarray(labels).data)
    return digest.hexdigest()


def _blocks(pixels: np.ndarray) -> Iterator[np.ndarray]:
    """Some images at a time, contiguous, so that no copy of all of them is made."""
    for start in range(0, len(pixels), _BLOCK):
        yield np.ascontiguousarray(pixels[start : start + _BLOCK])


def reference(pixels: np.ndarray, labels: np.ndarray) -> Reference:
    """What identifies a part; arguments as of `content_sha256`."""
    alone, labelled, checks = 0, 0, bytearray()
    for image, both in _digests(pixels, labels):
        alone, labelled = alone + int.from_bytes(image, "big"), labelled + both
        checks += image[:2]
    return Reference(
        images=len(labels),
        sha256=content_sha256(pixels, labels),
        unordered=f"{alone % _RANGE:032x}",
        unordered_labelled=f"{labelled % _RANGE:032x}",
        checks=bytes(checks),
    )


def difference(pixels: np.ndarray, labels: np.ndarray, official: Reference) -> Clause | None:
    """How a part differs from the official one, in a few words; None: it does not.

    Args:
        pixels, labels: as of `content_sha256`.
        official: what it is compared with.
    """
    if len(labels) != official.images:
        return Clause("{n:,} images in place of {expected:,}", n=len(labels),
                         expected=official.images)  # fmt: skip
    if content_sha256(pixels, labels) == official.sha256:
        return None
    found = reference(pixels, labels)
    if found.unordered_labelled == official.unordered_labelled:
        return Clause("the same images in another order")
    in_place = _unlike(found, official)
    if found.unordered == official.unordered:
        if in_place:
            return Clause("the same images in another order, and labels differ")
        return Clause("the same images, but labels differ")
    if in_place <= len(labels) // 2:
        return Clause("images that differ: {n}", n=in_place)
    strange = _strange(found, official)
    if strange <= _FEW * len(labels):
        return Clause("images that differ: {n}; the others are in another order", n=strange)
    return Clause("other images")


def _digests(pixels: np.ndarray, labels: np.ndarray) -> Iterator[tuple[bytes, int]]:
    """Of each image: its digest, and the number that is its digest with the label."""
    images = (image for block in _blocks(pixels) for image in block)
    for image, label in zip(images, labels, strict=True):
        digest = hashlib.blake2b(image, digest_size=16)
        alone = digest.digest()
        digest.update(label.tobytes())
        yield alone, int.from_bytes(digest.digest(), "big")


def _checks(part: Reference) -> np.ndarray:
    return np.frombuffer(part.short_digests, np.uint16)


def _unlike(found: Reference, official: Reference) -> int:
    """Images that differ from the official ones at their places."""
    return int(np.count_nonzero(_checks(found) != _checks(official)))


def _strange(found: Reference, official: Reference) -> int:
    """About how many images are not in the official part at all: exact while they are few."""
    counts = [np.bincount(_checks(part), minlength=1 << 16) for part in (found, official)]
    return int(np.maximum(counts[0] - counts[1], 0).sum())
