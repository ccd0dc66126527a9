"""Pictures made small, and kept so: a second look at a folder decodes only what is new in it."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np

from fclab.data.location import cache_dir
from fclab.data.own.files import Entry
from fclab.data.pictures import read_sized
from fclab.values.errors import DataError, FclabError, system_reason
from fclab.values.files import aside, open_regular
from fclab.values.pictures import Size
from fclab.values.progress import Progress

MOST_PIXELS = 500_000_000
"""Of all images together, when they are small: 1.5 GB as bytes, four times as much in training."""
_FORMAT = 1


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
    if len(known) < len(found):
        _keep_copy(copy, found.values(), side)
    return found


def _read(entry: Entry, side: int) -> Picture | Left:
    try:
        if not entry.size:
            with entry.open():  # says what is wrong with it, if that is not all
                return Left(entry, DataError("{path}: the file is empty", path=entry.name))
        pixels, size = read_sized(entry.name, side, side, entry.open)
        with entry.open() as file:
            content = _digest(file)
    except DataError as error:
        return Left(entry, error)
    except OSError as error:
        reason = system_reason(error)
        return Left(entry, DataError("{path}: {reason}", path=entry.name, reason=reason))
    return Picture(entry, pixels, content, size)


def _digest(file: BinaryIO) -> bytes:
    digest = hashlib.sha256()
    for block in iter(partial(file.read, 1 << 20), b""):
        digest.update(block)
    return digest.digest()


def _copy_path(place: Path, side: int) -> Path:
    key = hashlib.sha256(repr((_FORMAT, str(place.resolve()), side)).encode("utf-8", "replace"))
    return cache_dir() / f"pictures-{key.hexdigest()[:24]}.npz"


def _key(entry: Entry) -> list[Any]:
    return [entry.name, entry.size, entry.stamp]


def _keep_copy(path: Path, found: Iterable[Picture | Left], side: int) -> None:
    """Written aside and moved; a disk that is full or read-only is no error."""
    found = list(found)
    pictures = [one for one in found if isinstance(one, Picture)]
    about = {
        "pictures": [[*_key(one.entry), one.content.hex(), *one.size] for one in pictures],
        "left": [
            [*_key(one.entry), _written(one.error)]
            for one in found if isinstance(one, Left)
        ],
    }  # fmt: skip
    pixels = np.array([one.pixels for one in pictures], np.uint8).reshape(-1, side, side, 3)
    written = np.frombuffer(json.dumps(about).encode(), np.uint8)
    try:
        with aside(path) as temporary:
            np.savez(temporary, pixels=pixels, about=written)
    except OSError:
        return


def _written(value: object) -> Any:
    """An error, or a value of one, as JSON has it."""
    if isinstance(value, FclabError):
        values = {name: _written(one) for name, one in value.values.items()}
        return {"template": value.template, "values": values}
    return value if isinstance(value, int | float) else str(value)


def _spoken(written: Any) -> Any:
    """What `_written` wrote."""
    if not isinstance(written, dict):
        return written
    values = {name: _spoken(one) for name, one in written["values"].items()}
    return DataError(written["template"], **values)


def _read_copy(path: Path, entries: Iterable[Entry], side: int) -> Read:
    """What was kept of these files and is still true; of a damaged copy nothing."""
    by_key = {tuple(_key(entry)): entry for entry in entries}
    known: Read = {}
    try:
        with open_regular(path) as file, np.load(file, allow_pickle=False) as kept:
            pixels, about = kept["pixels"], json.loads(kept["about"].tobytes())
        if pixels.dtype != np.uint8 or pixels.shape[1:] != (side, side, 3):
            return {}
        for x, row in zip(pixels, about["pictures"], strict=True):
            *key, content, width, height = row
            if entry := by_key.get(tuple(key)):
                size = (int(width), int(height))
                known[entry.name] = Picture(entry, x, bytes.fromhex(content), size)
        for *key, error in about["left"]:
            if entry := by_key.get(tuple(key)):
                known[entry.name] = Left(entry, _spoken(error))
    except Exception:  # a damaged file can raise anything
        return {}
    return known
