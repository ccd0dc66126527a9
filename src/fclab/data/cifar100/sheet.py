"""One picture of each class, to choose classes by."""

import hashlib

import numpy as np

from fclab.data.cifar100.places import Source
from fclab.data.cifar100.release import SHAPE
from fclab.data.location import cache_dir, keep_arrays
from fclab.values.errors import DataError
from fclab.values.files import open_regular
from fclab.values.names import CLASS_NAMES
from fclab.values.progress import Progress

_FORMAT = 1


def first_images(source: Source, *, progress: Progress | None = None) -> np.ndarray:
    """The first training image of every class, uint8 ``(100, 32, 32, 3)``.

    They are kept in the cache, so that the next call need not read 186 MB.

    Args:
        source: as `fclab.data.cifar100.find` returns it.
        progress: called with bytes read and in all, if they are read now.

    Raises:
        DataError: the source has changed, or has no images of a class.
    """
    key = hashlib.sha256(repr((_FORMAT, source.content.key)).encode()).hexdigest()[:24]
    path = cache_dir() / "sheets" / f"{key}.npz"
    try:
        with open_regular(path) as file, np.load(file) as kept:
            images = kept["images"]
        if images.shape == (len(CLASS_NAMES), *SHAPE) and images.dtype == np.uint8:
            return images
    except Exception:  # a damaged file can raise anything
        pass
    train = source.images(progress).parts["train"]
    numbers, places = np.unique(train.labels, return_index=True)
    if len(numbers) < len(CLASS_NAMES):
        lacking = next(name.number for name in CLASS_NAMES if name.number not in numbers)
        raise DataError("{path}: {part} has no image of class {number}", path=source.path,
                        part="train", number=lacking)  # fmt: skip
    images = np.ascontiguousarray(train.pixels[places].transpose(0, 2, 3, 1))
    keep_arrays(path, images=images)
    return images
