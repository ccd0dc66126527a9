"""The Gram matrix of a dataset's images, K = X_train·Xᵀ + 1, built once and shared by all runs.

Every image carries one more input that is always 1: its weight is the bias, which then needs no
rule of its own, and it adds 1 to every inner product.

With flips the rows are the training images and after them their mirror images. Columns are never
mirrored: ⟨mirror i, mirror j⟩ = ⟨i, j⟩ and ⟨mirror i, j⟩ = ⟨i, mirror j⟩, so what an image gives
to a mirrored one stands in the row of its own mirror image.

Each entry is one sum, added in the same order whoever computes it, and what belongs to two
training images is computed once and written twice. So K does not depend on the number of threads,
and it is symmetric to the bit.
"""

from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Lock
from typing import Final

import numpy as np

from fclab.engines.compiled.tiles import NEAR, TILE, accumulate, pass_widths, tiles
from fclab.engines.job import usable_cores
from fclab.engines.memory import aligned
from fclab.values.dataset import Dataset

_KEPT: Final = 3
_BLOCK: Final = 4  # tiles of images that are multiplied with all others at once


@dataclass(frozen=True, eq=False)
class Gram:
    """What all runs on one dataset share. Not to be written to.

    Attributes:
        products: K, float32 ``(N or 2N, columns)``: a column for each image of the splits one
            after the other, rounded up to whole tiles.
        panels: the images in the same order, float32 ``(tiles, D, TILE)``.
        train: the training images, float32 ``(N, D rounded up to whole tiles)``.
        mirror: where each input of an image lies in its mirror image, int64 ``(D,)``.
        spans: first and last + 1 column of each split.
        labels: the targets of all columns, float32.
        flip: whether there are rows N to 2N−1, of the mirrored training images.
    """

    products: np.ndarray
    panels: np.ndarray
    train: np.ndarray
    mirror: np.ndarray
    spans: dict[str, tuple[int, int]]
    labels: np.ndarray
    flip: bool

    @property
    def n(self) -> int:
        """N, the training images."""
        return len(self.train)

    @property
    def inputs(self) -> int:
        """D, the numbers of an image."""
        return self.panels.shape[1]

    @property
    def rows(self) -> int:
        """Rows of K: N, or 2N with flips."""
        return self.products.shape[0]

    @property
    def columns(self) -> int:
        """Columns of K."""
        return self.products.shape[1]

    def input_order(self, mirrored: bool) -> np.ndarray:
        """Offsets in a panel of an image's inputs, or of its mirror image's, for `accumulate`."""
        order = self.mirror if mirrored else np.arange(self.inputs)
        return np.concatenate([order, np.zeros(NEAR, np.int64)]) * TILE


_lock = Lock()
_built: OrderedDict[tuple[str, bool], Gram] = OrderedDict()


def gram_matrix(dataset: Dataset, flip: bool) -> Gram:
    """The dataset's Gram matrix: built by all cores when first asked for, the last few kept."""
    key = (dataset.fingerprint, flip)
    with _lock:
        gram = _built.pop(key, None) or build(dataset, flip, usable_cores())
        _built[key] = gram
        while len(_built) > _KEPT:
            _built.popitem(last=False)
    return gram


def forget() -> None:
    """Let go of every matrix that is kept; the next run builds its own anew."""
    with _lock:
        _built.clear()


def build(dataset: Dataset, flip: bool, workers: int) -> Gram:
    """Build a Gram matrix on so many threads."""
    inputs = dataset.inputs
    n, d = inputs["train"].shape
    ends = np.cumsum([len(x) for x in inputs.values()]).tolist()
    spans = dict(zip(inputs, zip([0, *ends], ends, strict=False), strict=True))
    count = tiles(ends[-1])
    labels = np.zeros(count * TILE, np.float32)
    for name, (start, end) in spans.items():
        labels[start:end] = dataset.splits[name].y
    gram = Gram(
        products=aligned(n * (1 + flip), count * TILE),
        panels=aligned(count, d, TILE),
        train=aligned(n, TILE * tiles(d)),
        mirror=_mirror(dataset.train.x.shape[1:]),
        spans=spans,
        labels=labels,
        flip=flip,
    )
    gram.train[:, :d] = inputs["train"]
    with ThreadPoolExecutor(workers) as pool:

        def each(work: Callable[[int], None], items: int) -> None:
            list(pool.map(work, range(items)))

        each(lambda tile: _pack(inputs, spans, tile, gram.panels), count)
        blocks = -(-tiles(n) // _BLOCK)
        each(lambda block: _multiply(gram, block, mirrored=False), blocks)
        if flip:
            each(lambda block: _multiply(gram, block, mirrored=True), blocks)
    return gram


def _mirror(shape: tuple[int, ...]) -> np.ndarray:
    """For each input of an image (height, width, channels) its place in the mirror image."""
    return np.arange(int(np.prod(shape))).reshape(shape)[:, ::-1].ravel().copy()


def _pack(
    inputs: dict[str, np.ndarray],
    spans: dict[str, tuple[int, int]],
    tile: int,
    panels: np.ndarray,
) -> None:
    """Fill one tile of the panels."""
    for name, (start, end) in spans.items():
        first, last = max(start, tile * TILE), min(end, (tile + 1) * TILE)
        if first < last:
            images = inputs[name][first - start : last - start]
            panels[tile][:, first - tile * TILE : last - tile * TILE] = images.T


def _multiply(gram: Gram, block: int, mirrored: bool) -> None:
    """K for the training images of one block and all images that are not in an earlier block."""
    first, last = block * _BLOCK * TILE, min((block + 1) * _BLOCK * TILE, gram.n)
    below = gram.n if mirrored else 0
    rows = gram.products[below + first : below + last]
    rows[:, first:] = 1
    size = gram.inputs * TILE
    mine = gram.panels[block * _BLOCK : (block + 1) * _BLOCK]
    images = mine.transpose(1, 0, 2).reshape(gram.inputs, -1)  # a copy: inputs × images
    accumulate(
        gram.panels.ravel(), size, block * _BLOCK, gram.input_order(mirrored), gram.inputs,
        images.ravel(), 0, images.shape[1], np.array(pass_widths(last - first)), rows, first,
    )  # fmt: skip
    square = rows[:, first:last]
    square[:] = np.triu(square) + np.triu(square, 1).T
    gram.products[below + last : below + gram.n, first:last] = rows[:, last : gram.n].T
