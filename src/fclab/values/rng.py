"""Random streams: every one has a name and is spawned from the run's seed.

A run is a function of dataset, recipe and seed alone. So no generator is shared: initial weights,
batch order and each kind of augmentation draw from streams of their own, and an engine that does
not need one of them leaves the others unchanged.
"""

from collections.abc import Iterator
from zlib import crc32

import numpy as np


def stream(seed: int, name: str) -> np.random.Generator:
    """The generator of one named stream.

    Args:
        seed: the run's seed, any non-negative integer.
        name: what is drawn: "init", "order", "flip", "shift", "dropout", "mixup", "data", ...

    Raises:
        ValueError: the seed is negative.
    """
    key = (crc32(name.encode()),)
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=key)))


def batch_orders(seed: int, n: int, epochs: int) -> Iterator[np.ndarray]:
    """One permutation of 0..n-1 (int64, shape ``(n,)``) per epoch: the order of the batches."""
    order = stream(seed, "order")
    for _ in range(epochs):
        yield order.permutation(n)


def flips(seed: int, n: int, epochs: int) -> Iterator[np.ndarray]:
    """Which of the n training images are mirrored in each epoch (bool, shape ``(n,)``)."""
    coin = stream(seed, "flip")
    for _ in range(epochs):
        yield coin.random(n) < 0.5
