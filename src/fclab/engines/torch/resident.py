"""The examples as tensors that stay on the device, shared by all runs."""

from threading import Lock
from typing import Final

import numpy as np
import torch
from torch import Tensor

from fclab.values.dataset import Dataset
from fclab.values.model import network_inputs, pooled, square_means
from fclab.values.recipe import Recipe


def moved(array: np.ndarray, device: torch.device) -> Tensor:
    """The numbers of an array, which nobody changes any more, on a device. A CUDA device takes them
    after what it was given before, and nobody waits for it."""
    tensor = torch.from_numpy(np.ascontiguousarray(array))
    return tensor if device.type == "cpu" else tensor.pin_memory().to(device, non_blocking=True)


class Resident:
    """One dataset on one device, shared by all models that are trained on the same inputs.

    Args:
        dataset: the examples.
        recipe: whose network inputs are meant (``contrast``, ``pool``).
        device: "cpu" or "cuda".

    Attributes:
        inputs: what the first layer sees of every split, float32 ``(n, D)``.
        wanted: the targets of every split, float32 ``(n, outputs)``: one-hot rows of classes, else
            a column.
    """

    def __init__(self, dataset: Dataset, recipe: Recipe, device: str):
        self.image_shape, self._lock = dataset.info.input_shape, Lock()
        self._windows: dict[tuple[int, bool], Windows] = {}
        self.device: Final = torch.device(device)
        whole = {name: network_inputs(recipe, x) for name, x in dataset.inputs.items()}
        self._train = whole["train"]
        self.inputs: Final = {
            name: torch.tensor(pooled(recipe, x, self.image_shape), device=self.device)
            for name, x in whole.items()
        }
        rows = np.eye(dataset.n_outputs) if dataset.task == "multiclass" else None
        self.wanted: Final = {
            name: torch.tensor(
                part.y[:, None] if rows is None else rows[part.y],
                dtype=torch.float32,
                device=self.device,
            )
            for name, part in dataset.splits.items()
        }

    @property
    def targets(self) -> Tensor:
        """Those of the training examples."""
        return self.wanted["train"]

    def windows(self, recipe: Recipe) -> "Windows":
        """The training images for the recipe's flips and shifts; made once."""
        key = recipe.shift, recipe.flip
        with self._lock:  # two runs may ask at the same time
            if key not in self._windows:
                images = self._train.reshape(-1, *self.image_shape)
                self._windows[key] = Windows(images, *key, recipe.pool, self.device)
            return self._windows[key]


class Windows:
    """Training images that can be flipped and shifted by one gather.

    The images are kept with a reflected border of ``shift`` pixels and, for flips, mirrored too.
    A row of a shifted image is then a stretch of ``width · channels`` numbers that lie together
    in memory, so a batch is gathered row by row, at the speed of a copy.

    Attributes:
        pool: as below.
        shape: of what is gathered: height, width, channels. With ``pool`` pixels are replaced by
            the means over squares that begin at them, so there are pool − 1 rows and columns less.

    Args:
        images: network inputs ``(n, height, width, channels)``.
        shift: how far images may move, in pixels.
        flip: whether they may be mirrored.
        pool: side of the squares whose means the first layer sees.
        device: where they are kept.
    """

    def __init__(self, images: np.ndarray, shift: int, flip: bool, pool: int, device: torch.device):
        border = ((0, 0), (shift, shift), (shift, shift), (0, 0))
        means = np.pad(images, border, mode="reflect")
        if pool > 1:
            means = square_means(means, pool, 1)
        if flip:
            means = np.concatenate([means, means[:, :, ::-1]])
        n, height, width, channels = images.shape
        self.pool: Final = pool
        self.shape: Final = height - pool + 1, width - pool + 1, channels
        self._image, self._line = means.shape[1] * means.shape[2], means.shape[2]
        self._shift, self._n = shift, n
        self._pixels = torch.as_tensor(means, device=device).view(-1)  # a copy is made already
        starts = len(means) * self._image - self.shape[1] + 1
        # Overlapping rows: row i starts at pixel i.
        self._rows = self._pixels.as_strided((starts, self.shape[1] * channels), (channels, 1))
        self._lines = torch.arange(self.shape[0], device=device) * self._line

    def starts(self, order: np.ndarray, mirrored: np.ndarray, moves: np.ndarray) -> np.ndarray:
        """The pixel at which each transformed image begins, int64 ``(n,)``.

        Args:
            order: which images ``(n,)``.
            mirrored: whether each is flipped, bool ``(n,)``.
            moves: where its window lies (down, right) from the middle ``(n, 2)``.
        """
        down, right = (moves + self._shift).T
        return (order + self._n * mirrored) * self._image + down * self._line + right

    def gather(self, starts: Tensor) -> Tensor:
        """Images ``(batch, D)`` of this shape that begin at these pixels."""
        rows = (starts[:, None] + self._lines).view(-1)
        return self._rows.index_select(0, rows).view(len(starts), -1)

    def sample(self, starts: Tensor, warps: Tensor) -> Tensor:
        """Every ``pool``-th row and column of turned and scaled images that begin at these
        pixels, ``(batch, height/pool · width/pool · channels)``; on a CPU.

        Args:
            starts: int64 ``(batch,)``.
            warps: ``(batch, 2, 2)``, see `fclab.engines.torch.augment.Changes`.
        """
        from fclab.engines.torch.sampling import sample

        height, width, channels = self.shape
        pixels = -(-height // self.pool) * -(-width // self.pool)
        seen = torch.empty(len(starts), pixels * channels)
        sample(
            self._pixels.numpy(), channels, starts.numpy(), self._line, (height, width),
            self.pool, warps.numpy(), seen.view(-1).numpy(),
        )  # fmt: skip
        return seen
