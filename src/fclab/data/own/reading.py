"""Pictures made small, and kept so: a second look at a folder decodes only what is new in it."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from fclab.data.location import cache_dir, keep_arrays
from fclab.data.own.files import Entry
from fclab.data.pictures import read_sized
from fclab.values.errors import DataError, system_reason
from fclab.values.files import open_regular
from fclab.values.pictures import Size
from fclab.values.progress import Progress

MOST_PIXELS = 500_000_000
"""Of all images together, when they are small: 1.5 GB as bytes, four times as much in training."""
_FORMAT = 1  # of what is kept in the cache


class Picture(NamedTuple):
    """A picture that was read.

    Attributes:
        entry: its file.
        pixels: uint8 ``(side, side, 3)``.
        content: SHA-256 of the file.
        size: width and height that it has.
    """

    entry: Entry
    pixels: np.ndarray
    content: bytes
    size: Size


class Left(NamedTuple):
    """A file that was left out, and why."""

    entry: Entry
    error: DataError


Read = dict[str, Picture | Left]
"""What became of each file, by its name."""


def read(
    place: Path, entries: Sequence[Entry], side: int, progress: Progress | None = None
) -> Read:
    """All pictures among some files, in memory of a picture at a time.

    Args:
        place: where they are; the cache has a copy for each place and side.
        entries: the files.
        side: of the images, pixels.
        progress: told the files read and in all.

    Raises:
        DataError: they are too many for this side.
    """
    if len(entries) * side**2 > MOST_PIXELS:
        raise DataError(
            "{path}: {n} images of {side} × {side} pixels are too many: choose a smaller --size",
            path=place, n=len(entries), side=side,
        )  # fmt: skip
    copy = _copy_path(place, side)
    known = _read_copy(copy, entries, side)
    found: Read = {}
    for done, entry in enumerate(entries, start=1):
        found[entry.name] = known.get(entry.name) or _read(entry, side)
        if progress:
            progress(done, len(entries))
    pictures = [one for one in found.values() if isinstance(one, Picture)]
    if len(known) < len(pictures):
        _keep_copy(copy, pictures, side)
    return found


def _read(entry: Entry, side: int) -> Picture | Left:
    try:
        if not entry.size:
            with entry.open():  # says what is wrong with it, if that is not all
                return Left(entry, DataError("{path}: the file is empty", path=entry.name))
        pixels, size = read_sized(entry.name, side, side, entry.open)
        with entry.open() as file:
            digest = hashlib.file_digest(file, "sha256")  # pyright: ignore[reportArgumentType]
        content = digest.digest()
    except DataError as error:
        return Left(entry, error)
    except OSError as error:
        reason = system_reason(error)
        return Left(entry, DataError("{path}: {reason}", path=entry.name, reason=reason))
    return Picture(entry, pixels, content, size)


def _copy_path(place: Path, side: int) -> Path:
    key = hashlib.sha256(repr((_FORMAT, str(place.resolve()), side)).encode("utf-8", "replace"))
    return cache_dir() / f"pictures-{key.hexdigest()[:24]}.npz"


def _key(entry: Entry) -> list[Any]:
    return [entry.name, entry.size, entry.stamp]


def _keep_copy(path: Path, pictures: Sequence[Picture], side: int) -> None:
    """What is left out may be readable the next time, and is not kept."""
    about = [[*_key(one.entry), one.content.hex(), *one.size] for one in pictures]
    pixels = np.array([one.pixels for one in pictures], np.uint8).reshape(-1, side, side, 3)
    written = np.frombuffer(json.dumps(about).encode(), np.uint8)
    keep_arrays(path, pixels=pixels, about=written)


def _read_copy(path: Path, entries: Iterable[Entry], side: int) -> dict[str, Picture]:
    """What was kept of these files and is still true; of a damaged copy nothing."""
    by_key = {tuple(_key(entry)): entry for entry in entries}
    known: dict[str, Picture] = {}
    try:
        with open_regular(path) as file, np.load(file, allow_pickle=False) as kept:
            pixels, about = kept["pixels"], json.loads(kept["about"].tobytes())
        if pixels.dtype != np.uint8 or pixels.shape[1:] != (side, side, 3):
            return {}
        for x, (*key, content, width, height) in zip(pixels, about, strict=True):
            if entry := by_key.get(tuple(key)):
                size = (int(width), int(height))
                known[entry.name] = Picture(entry, x, bytes.fromhex(content), size)
    except Exception:  # a damaged file can raise anything
        return {}
    return known
