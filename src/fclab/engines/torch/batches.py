"""The random stream of batches: order, augmentation, mixup, label smoothing and dropout.

All random numbers are drawn by NumPy from the named streams of the run's seed, so a CPU and a
CUDA device see the same batches, and a model sees the same ones whatever is trained beside it.
What is drawn for a step is a `Feed`; what the networks see, a `Batch`, follows from it by
arithmetic alone, on the device.
"""

from collections.abc import Iterator, Sequence
from itertools import repeat
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from fclab.engines.job import Job
from fclab.engines.torch.augment import Changes, augment, draw
from fclab.engines.torch.resident import Resident, moved
from fclab.values.rng import batch_orders, flips, stream


class Feed(NamedTuple):
    """All that was drawn for a step of all models of a stack, on their device; None: nothing was.

    Attributes:
        chosen: examples ``(models, batch)``; None: all of them, in their order.
        starts: where the window of each augmented image begins ``(models, batch)``, see `Windows`.
        warps, gains, offsets: ``(models, batch, ...)``, see `Changes`.
        part: mixup's λ ``(models, 1, 1)``.
        partners: with which example of the stack each is mixed ``(models · batch,)``.
        masks: see `Batch`.
    """

    chosen: Tensor | None = None
    starts: Tensor | None = None
    warps: Tensor | None = None
    gains: Tensor | None = None
    offsets: Tensor | None = None
    part: Tensor | None = None
    partners: Tensor | None = None
    masks: tuple[Tensor, ...] = ()

    @property
    def tensors(self) -> list[Tensor]:
        """Those that there are, always in the same order."""
        return [*(t for t in self[:-1] if isinstance(t, Tensor)), *self.masks]

    def clone(self) -> "Feed":
        """The same in memory of its own."""
        alone = {name: t.clone() for name, t in self._asdict().items() if isinstance(t, Tensor)}
        return Feed(**alone, masks=tuple(mask.clone() for mask in self.masks))


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

    def __iter__(self) -> Iterator[Feed]:
        """What is drawn for the steps of all epochs, one after the other; the last batch of an
        epoch may be smaller."""
        size, recipe = self._recipe.batch(self._n), self._recipe
        drawn = self._windows or recipe.mixup or recipe.dropout or self._smoothing is not None
        if recipe.batch_size is None and not drawn:
            yield from repeat(Feed(), recipe.epochs)
            return
        for _ in range(recipe.epochs):
            orders = np.stack([self._order(streams) for streams in self._streams])
            starts = self._starts(orders)
            drawn = (moved(orders, self._device), starts, *self._changes(orders))
            for lo in range(0, self._n, size):
                batch = slice(lo, min(lo + size, self._n))
                length = batch.stop - lo
                mixing = self._mixing(length) if recipe.mixup else (None, None)
                cut = (None if t is None else t[:, batch] for t in drawn)
                yield Feed._make([*cut, *mixing, self._masks(length)])

    def batch(self, feed: Feed) -> Batch:
        """What the networks see, without chance."""
        if feed.chosen is None:
            models, resident = len(self._streams), self._resident
            x, targets = resident.inputs["train"], resident.targets
            return Batch(x.expand(models, -1, -1), targets.expand(models, -1, -1), ())
        x = self._inputs(feed, feed.chosen)
        targets = self._resident.targets.index_select(0, feed.chosen.reshape(-1))
        targets = targets.view(*feed.chosen.shape, -1)
        if self._smoothing is not None:
            targets = targets * (1 - self._smoothing) + self._smoothing / targets.shape[-1]
        if feed.partners is not None and feed.part is not None:
            x = _mix(x, feed.partners, feed.part)
            targets = _mix(targets, feed.partners, feed.part)
        return Batch(x, targets, feed.masks)

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
        return moved(starts, self._device)

    def _changes(self, orders: np.ndarray) -> list[Tensor | None]:
        """What else is done to each image of this epoch: the fields of `Changes`, each with a
        leading model dimension."""
        recipe, channels = self._recipe, self._resident.image_shape[-1]
        drawn = [
            draw(recipe, channels, streams.warp, streams.jitter, order)
            for order, streams in zip(orders, self._streams, strict=True)
        ]
        return [
            moved(np.stack(kind), self._device) if kind[0] is not None else None
            for kind in zip(*drawn, strict=True)
        ]

    def _inputs(self, feed: Feed, index: Tensor) -> Tensor:
        if self._windows is None or feed.starts is None:
            x = self._resident.inputs["train"].index_select(0, index.reshape(-1))
        else:
            changes = (feed.warps, feed.gains, feed.offsets)
            flat = Changes(*(None if t is None else t.flatten(0, 1) for t in changes))
            x = augment(self._windows, feed.starts.reshape(-1), flat)
        return x.view(*index.shape, -1)

    def _mixing(self, batch: int) -> tuple[Tensor, Tensor]:
        parts = np.empty((len(self._streams), 1, 1), np.float32)
        partners = np.empty((len(self._streams), batch), np.int64)
        for m, streams in enumerate(self._streams):
            alpha = streams.recipe.mixup
            parts[m] = streams.mixup.beta(alpha, alpha)
            partners[m] = streams.mixup.permutation(batch) + m * batch
        return moved(parts, self._device), moved(partners.ravel(), self._device)

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
            masks.append(moved(mask, self._device))
        return tuple(masks)


def _mix(a: Tensor, partners: Tensor, part: Tensor) -> Tensor:
    """λ·a + (1 − λ)·(a of the partners)."""
    others = a.reshape(-1, a.shape[2]).index_select(0, partners).view(a.shape)
    return others.lerp_(a, part)
