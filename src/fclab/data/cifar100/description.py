"""What the files of CIFAR-100 on this machine hold."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fclab.data.cifar100.files import CLASSES, OFFICIAL, FileCheck, Release, demand, verify
from fclab.data.cifar100.places import opened
from fclab.data.cifar100.subset import read_images
from fclab.values.progress import Progress


@dataclass(frozen=True)
class Description:
    """What was found.

    Attributes:
        folder: holds the files.
        files: size and MD5 of each file.
        shapes: of train and test: images, height, width, channels.
        counts: of train and test: images of each class, in the order of the class numbers.
    """

    folder: Path
    files: tuple[FileCheck, ...]
    shapes: dict[str, tuple[int, ...]]
    counts: dict[str, tuple[int, ...]]

    @property
    def per_class(self) -> dict[str, tuple[int, int]]:
        """Of train and test: images of the rarest and of the commonest class."""
        return {name: (min(counts), max(counts)) for name, counts in self.counts.items()}

    @property
    def size(self) -> int:
        """Bytes of all the files."""
        return sum(file.size for file in self.files)


def describe(
    path: Path,
    progress: Progress | None = None,
    *,
    files: tuple[FileCheck, ...] | None = None,
    release: Release = OFFICIAL,
) -> Description:
    """Reads and counts everything.

    Args:
        path: the folder or the archive, as `locate` returns it; an archive is unpacked into the
            cache.
        progress: called with bytes checked and in all.
        files: what `verify` said of the folder, if it was asked already.
        release: what the files should be.

    Raises:
        DataError: a file is missing, damaged or not the official one; the message names it.
    """
    folder = opened(path, progress, release=release)
    files = files or verify(folder, progress, release=release)
    demand(files)
    images = {name: read_images(folder, name, release=release, checked=True)
              for name in ("train", "test")}  # fmt: skip
    return Description(
        folder=folder,
        files=files,
        shapes={name: x.shape for name, (x, _) in images.items()},
        counts={
            name: tuple(np.bincount(y, minlength=CLASSES).tolist())
            for name, (_, y) in images.items()
        },
    )
