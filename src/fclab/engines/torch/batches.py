"""The random stream of batches: order, augmentation, mixup, label smoothing and dropout.

All random numbers are drawn by NumPy from the named streams of the run's seed, so a CPU and a
CUDA device see the same batches, and a model sees the same ones whatever is trained beside it.
"""

from collections.abc import Iterator, Sequence
from itertools import repeat
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from fclab.engines.job import Job
from fclab.engines.torch.augment import Changes, augment, draw
from fclab.engines.torch.resident import Resident
from fclab.values.rng import batch_orders, flips, stream


class Batch(NamedTuple):
    """What a step of all models of a stack needs.

    Attributes:
        x: inputs ``(models, batch, D)``.
        targets: ``(models, batch, outputs)``.
        masks: for every hidden layer ``(models, batch, neurons)``, what dropout multiplies it
            with: 0, or 1 / (1 − p) for what is kept; empty without dropout.
    """

    x: Tensor
    targets: Tensor
    masks: tuple[Tensor, ...]


class _Streams:
    """The random streams of one model.

    - "order": a permutation per epoch, see `fclab.values.rng.batch_orders`;
    - "flip": which images are mirrored in an epoch, see `fclab.values.rng.flips`;
    - "shift": per epoch and image two integers from −shift to shift, down and right;
    - "warp" and "jitter": per epoch and image, see `fclab.engines.torch.augment`;
    - "mixup": per step λ ~ Beta(α, α), then a permutation of the batch;
    - "dropout": per step and hidden layer a float32 in [0, 1) per example and neuron, dropped
      if below p.
    """

    def __init__(self, job: Job):
        recipe, seed, n = job.recipe, job.seed, len(job.dataset.train)
        self.recipe = recipe
        self.orders = batch_orders(seed, n, recipe.epochs)
        self.flips = flips(seed, n, recipe.epochs)
        self.shift, self.warp, self.jitter, self.mixup, self.dropout = (
            stream(seed, name) for name in ("shift", "warp", "jitter", "mixup", "dropout")
        )


class Batches:
    """The batches of a stack of models, each model's in its own order.

    Args:
        resident: the examples.
        jobs: one per model, equal in structure (`fclab.engines.torch.group.structure`).
    """

    def __init__(self, resident: Resident, jobs: Sequence[Job]):
        self._recipe = recipe = jobs[0].recipe
        self._resident, self._device = resident, resident.device
        self._n = len(resident.targets)
        self._streams = [_Streams(job) for job in jobs]
        augmented = recipe.flip or recipe.shift or recipe.rotate or recipe.zoom or recipe.jitter
        self._windows = resident.windows(recipe) if augmented else None
        smoothing = np.array([[[job.recipe.label_smoothing]] for job in jobs], np.float32)
        self._smoothing = torch.tensor(smoothing, device=self._device) if smoothing.any() else None

    def __iter__(self) -> Iterator[Batch]:
        """The batches of all epochs, one after the other; the last of an epoch may be smaller."""
        size, recipe = self._recipe.batch(self._n), self._recipe
        drawn = self._windows or recipe.mixup or recipe.dropout or self._smoothing is not None
        if recipe.batch_size is None and not drawn:
            models, resident = len(self._streams), self._resident
            x = resident.inputs["train"].expand(models, -1, -1)
            yield from repeat(Batch(x, resident.targets.expand(models, -1, -1), ()), recipe.epochs)
            return
        for _ in range(recipe.epochs):
            orders = np.stack([self._order(streams) for streams in self._streams])
            chosen = torch.tensor(orders, device=self._device)
            starts, changes = self._starts(orders), self._changes(orders)
            for lo in range(0, self._n, size):
                part = slice(lo, lo + size)
                index = chosen[:, part]
                x = self._inputs(index, starts, changes, part)
                targets = self._resident.targets.index_select(0, index.reshape(-1))
                targets = targets.view(*index.shape, -1)
                if self._smoothing is not None:
                    share = self._smoothing / targets.shape[-1]
                    targets = targets * (1 - self._smoothing) + share
                if recipe.mixup:
                    x, targets = self._mixed(x, targets)
                yield Batch(x, targets, self._masks(index.shape[1]))

    def _order(self, streams: _Streams) -> np.ndarray:
        return np.arange(self._n) if self._recipe.batch_size is None else next(streams.orders)

    def _starts(self, orders: np.ndarray) -> Tensor | None:
        """Where in the windows each augmented image of this epoch begins ``(models, n)``."""
        if self._windows is None:
            return None
        starts, recipe, n = np.empty_like(orders), self._recipe, self._n
        for m, (order, streams) in enumerate(zip(orders, self._streams, strict=True)):
            mirrored = next(streams.flips) if recipe.flip else np.zeros(n, bool)
            moves = streams.shift.integers(-recipe.shift, recipe.shift, (n, 2), endpoint=True)
            starts[m] = self._windows.starts(order, mirrored[order], moves[order])
        return torch.tensor(starts, device=self._device)

    def _changes(self, orders: np.ndarray) -> Changes:
        """What else is done to each image of this epoch."""
        recipe, channels = self._recipe, self._resident.image_shape[-1]
        drawn = [
            draw(recipe, channels, streams.warp, streams.jitter, order)
            for order, streams in zip(orders, self._streams, strict=True)
        ]
        return Changes(*(
            torch.tensor(np.stack(kind), device=self._device) if kind[0] is not None else None
            for kind in zip(*drawn, strict=True)
        ))  # fmt: skip

    def _inputs(
        self, index: Tensor, starts: Tensor | None, changes: Changes, part: slice
    ) -> Tensor:
        if self._windows is None or starts is None:
            x = self._resident.inputs["train"].index_select(0, index.reshape(-1))
        else:
            x = augment(self._windows, starts[:, part].reshape(-1), changes.of(part))
        return x.view(*index.shape, -1)

    def _mixed(self, x: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
        models, size = x.shape[:2]
        parts = np.empty((models, 1, 1), np.float32)
        partners = np.empty((models, size), np.int64)
        for m, streams in enumerate(self._streams):
            alpha = streams.recipe.mixup
            parts[m] = streams.mixup.beta(alpha, alpha)
            partners[m] = streams.mixup.permutation(size) + m * size
        part = torch.tensor(parts, device=self._device)
        index = torch.tensor(partners, device=self._device).view(-1)
        return _mix(x, index, part), _mix(targets, index, part)

    def _masks(self, batch: int) -> tuple[Tensor, ...]:
        if not self._recipe.dropout:
            return ()
        masks = []
        for width in self._recipe.layers[:-1]:
            mask = np.empty((len(self._streams), batch, width), np.float32)
            for m, streams in enumerate(self._streams):
                p = np.float32(streams.recipe.dropout)
                kept = streams.dropout.random((batch, width), np.float32) >= p
                np.multiply(kept, 1 / (1 - p), out=mask[m])
            masks.append(torch.from_numpy(mask).to(self._device))
        return tuple(masks)


def _mix(a: Tensor, partners: Tensor, part: Tensor) -> Tensor:
    """λ·a + (1 − λ)·(a of the partners)."""
    others = a.reshape(-1, a.shape[2]).index_select(0, partners).view(a.shape)
    return others.lerp_(a, part)
