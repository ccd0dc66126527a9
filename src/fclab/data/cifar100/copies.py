"""What is remembered of sources, and copies of chosen images: so that the next call reads neither
the source nor 186 MB of images.

What a source holds is found by reading all of it. It is kept beside the size, the times and the
numbers of its files, and believed while these are as they were. Copies are kept by the content that
they were chosen from, not by where it lay: two sources of CIFAR-100 have one copy.
"""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import BaseModel, ValidationError

from fclab.data.cifar100.content import content_sha256
from fclab.data.cifar100.reading import Images
from fclab.data.cifar100.release import PARTS, SHAPE, Release
from fclab.data.location import cache_dir, keep_arrays
from fclab.values.errors import Clause, FclabError
from fclab.values.files import open_regular, write_atomic

Arrays = Mapping[str, np.ndarray]
_FORMAT = 2
_MOST_BYTES = 1 << 20
Stamp = tuple[str, int, int, int, int]
"""Path, bytes, times of the last change of content and of anything, number in the file system."""


class PartContent(BaseModel, frozen=True, extra="forbid"):
    """What was found of a part.

    Attributes:
        name: of the file, with the archives around it.
        form: how the images are written in it.
        wrapping: archives around it, from the outside.
        sha256: of images and labels.
        counts: images of each class, in the order of the class numbers.
        template, values: how it differs from CIFAR-100's, as `FclabError` words it; empty: not.
    """

    name: str
    form: Literal["pickle", "binary", "parquet"]
    wrapping: tuple[str, ...]
    sha256: str
    counts: tuple[int, ...]
    template: str = ""
    values: dict[str, int] = {}

    @property
    def difference(self) -> Clause | None:
        """How it differs from CIFAR-100's."""
        return Clause(self.template, **self.values) if self.template else None


class Content(BaseModel, frozen=True, extra="forbid"):
    """What a source holds.

    Attributes:
        stamps: of the files that it was read from.
        parts: train and test.
    """

    format: Literal[2] = _FORMAT
    stamps: tuple[Stamp, ...]
    parts: dict[str, PartContent]

    @property
    def differences(self) -> dict[str, Clause]:
        """Of the parts that are not CIFAR-100's: how they differ."""
        found = {name: part.difference for name, part in self.parts.items()}
        return {name: told for name, told in found.items() if told}

    @property
    def key(self) -> str:
        """Of the images and labels."""
        text = "".join(self.parts[name].sha256 for name in PARTS)
        return hashlib.sha256(text.encode()).hexdigest()[:24]


def content_of(images: Images, release: Release) -> Content:
    """What is to be remembered of images that were just read."""
    parts: dict[str, PartContent] = {}
    for name in PARTS:
        piece = images.parts[name]
        told = images.differences.get(name)
        parts[name] = PartContent(
            name=piece.leaf.name,
            form=piece.form,
            wrapping=piece.leaf.wrapping,
            sha256=content_sha256(piece.pixels, piece.labels)
            if told
            else release.parts[name].sha256,
            counts=tuple(np.bincount(piece.labels, minlength=100).tolist()),
            template=told.template if told else "",
            values=told.values if told else {},
        )
    return Content(stamps=tuple(map(stamp, images.files)), parts=parts)


def stamp(path: Path) -> Stamp:
    """What changes with a file.

    Raises:
        OSError: it is not there.
    """
    found = path.stat()
    return (str(path.absolute()), found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino)


def changed_since(moment: int, content: Content) -> bool:
    """A file of the source was changed after that moment (ns), so perhaps while it was read."""
    return any(max(changed, touched) >= moment for _, _, changed, touched, _ in content.stamps)


def recall(path: Path, release: Release) -> Content | None:
    """What is remembered of a source; None: nothing, or its files have changed."""
    try:
        with open_regular(_memory(path, release)) as file:
            content = Content.model_validate_json(file.read(_MOST_BYTES))
        same = all(stamp(Path(one[0])) == one for one in content.stamps)
        return content if same and set(content.parts) == set(PARTS) else None
    except (OSError, ValidationError):
        return None


def remember(path: Path, content: Content, release: Release) -> None:
    """Keeps what a source holds; a cache that cannot be written is no error."""
    try:
        write_atomic(_memory(path, release), content.model_dump_json())
    except FclabError:
        return


def _memory(path: Path, release: Release) -> Path:
    key = repr((_FORMAT, str(path.absolute()), [part.sha256 for part in release.parts.values()]))
    return cache_dir() / "sources" / f"{hashlib.sha256(key.encode()).hexdigest()[:24]}.json"


def read_copy(content: Content, numbers: tuple[int, ...]) -> Arrays | None:
    """The images of some classes, or None if they are not kept or damaged (a zip checks each
    member's CRC)."""
    try:
        with open_regular(_copy(content, numbers)) as file, np.load(file) as kept:
            arrays = {f"{name}_{part}": kept[f"{name}_{part}"] for name in PARTS for part in "xy"}
    except Exception:  # a damaged file can raise anything
        return None
    for name in PARTS:
        x, y = arrays[f"{name}_x"], arrays[f"{name}_y"]
        whole = x.shape == (len(y), *SHAPE) and x.dtype == np.uint8 and y.dtype == np.int64
        expected = [content.parts[name].counts[number] for number in numbers]
        if not whole or np.bincount(y, minlength=len(numbers)).tolist() != expected:
            return None
    return arrays


def keep_copy(content: Content, numbers: tuple[int, ...], arrays: Arrays) -> None:
    """Keeps the images of some classes; a cache that cannot be written is no error."""
    keep_arrays(_copy(content, numbers), **arrays)


def _copy(content: Content, numbers: tuple[int, ...]) -> Path:
    key = hashlib.sha256(repr((_FORMAT, content.key, numbers)).encode()).hexdigest()[:24]
    return cache_dir() / "chosen" / f"{key}.npz"
