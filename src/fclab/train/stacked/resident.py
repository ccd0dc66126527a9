"""The examples as tensors that stay on the device, shared by all runs."""

from threading import Lock
from typing import Final

import numpy as np
import torch
from torch import Tensor

from fclab.dataset import Dataset
from fclab.model import network_inputs, pooled
from fclab.recipe import Recipe


class Resident:
    """One dataset on one device, shared by all models that are trained on the same inputs.

    Args:
        dataset: the examples.
        recipe: whose network inputs are meant (``contrast``, ``pool``).
        device: "cpu" or "cuda".

    Attributes:
        inputs: what the first layer sees of every split, float32 ``(n, D)``.
        targets: of the training examples, float32 ``(n, outputs)``: one-hot rows of classes,
            else a column.
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
        y = dataset.train.y
        columns = np.eye(dataset.n_outputs)[y] if dataset.task == "multiclass" else y[:, None]
        self.targets: Final = torch.tensor(columns, dtype=torch.float32, device=self.device)

    def windows(self, shift: int, flip: bool) -> "Windows":
        """The training images (in full resolution) for flips and shifts; made once."""
        with self._lock:  # two runs may ask at the same time
            if (shift, flip) not in self._windows:
                images = torch.tensor(self._train, device=self.device)
                images = images.unflatten(1, self.image_shape)
                self._windows[shift, flip] = Windows(images, shift, flip)
            return self._windows[shift, flip]


class Windows:
    """Training images that can be flipped and shifted by one gather.

    The images are kept with a reflected border of ``shift`` pixels and, for flips, mirrored too.
    A row of a shifted image is then a stretch of ``width · channels`` numbers that lie together
    in memory, so a batch is gathered row by row, at the speed of a copy.

    Args:
        images: network inputs ``(n, height, width, channels)``, on the device where they stay.
        shift: how far images may move, in pixels.
        flip: whether they may be mirrored.
    """

    def __init__(self, images: Tensor, shift: int, flip: bool):
        n, height, width, channels = images.shape
        border = ((0, 0), (shift, shift), (shift, shift), (0, 0))
        padded = np.pad(images.cpu().numpy(), border, mode="reflect")
        if flip:
            padded = np.concatenate([padded, padded[:, :, ::-1]])
        self._line = width + 2 * shift  # pixels of a padded line
        self._image = self._line * (height + 2 * shift)
        self._shift, self._n = shift, n
        pixels = torch.tensor(padded, device=images.device).view(-1)
        starts = len(padded) * self._image - width + 1
        # Overlapping rows: row i starts at pixel i.
        self._rows = pixels.as_strided((starts, width * channels), (channels, 1))
        self._lines = torch.arange(height, device=images.device) * self._line

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
        """Images ``(batch, D)`` that begin at these pixels."""
        rows = (starts[:, None] + self._lines).view(-1)
        return self._rows.index_select(0, rows).view(len(starts), -1)
