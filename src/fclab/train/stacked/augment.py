"""What is done to training images beside flips and shifts: they are turned, scaled and tinted.

All of it is vectorised over the batches of all models; the random numbers come from NumPy, so a
CPU and a CUDA device see the same images up to rounding.
"""

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import grid_sample

from fclab.recipe import Recipe
from fclab.train.stacked.resident import Windows


class Changes(NamedTuple):
    """The changes of an epoch's images, in the order of its batches; None where there are none.

    Attributes:
        warps: turns and scalings, ``(models, n, 2, 2)``: which place, in coordinates from -1 to
            1 (right, down), a pixel's place comes from.
        gains: factors of all inputs, ``(models, n)``.
        offsets: what is added to each channel, ``(models, n, channels)``.
    """

    warps: Tensor | None
    gains: Tensor | None
    offsets: Tensor | None

    def of(self, part: slice) -> "Changes":
        """Those of a batch, the models' examples one after the other."""
        return Changes(*(None if t is None else t[:, part].flatten(0, 1) for t in self))


def draw(
    recipe: Recipe,
    shape: tuple[int, ...],
    warp: np.random.Generator,
    jitter: np.random.Generator,
    order: np.ndarray,
) -> tuple[np.ndarray | None, np.ndarray | None, np.ndarray | None]:
    """One model's changes of an epoch's images, float32, as in `Changes` but for the first axis.

    Drawn image by image in the dataset's order: per image an angle and the logarithm of a factor
    from "warp"; from "jitter" the logarithm of a gain, an offset of all channels and one of each.

    Args:
        shape: of an image: height, width, channels.
        warp, jitter: the random streams.
        order: the images in the order of the batches ``(n,)``.
    """
    n, warps, gains, offsets = len(order), None, None, None
    if recipe.rotate or recipe.zoom:
        turn, grow = warp.uniform(-1, 1, (2, n))[:, order]
        angle, size = np.radians(recipe.rotate) * turn, np.exp(-recipe.zoom * grow)
        # Coordinates run from -1 to 1 along both sides, however long they are.
        cos, sin, ratio = size * np.cos(angle), size * np.sin(angle), shape[0] / shape[1]
        rows = [[cos, -sin * ratio], [sin / ratio, cos]]
        warps = np.moveaxis(np.array(rows), 2, 0).astype(np.float32)
    if recipe.jitter:
        drawn = recipe.jitter * jitter.uniform(-1, 1, (2 + shape[2], n))[:, order]
        gains = np.exp(drawn[0]).astype(np.float32)
        offsets = (drawn[1] + drawn[2:] / 2).T.astype(np.float32)
    return warps, gains, offsets


def augment(x: Tensor, windows: Windows, changes: Changes) -> Tensor:
    """Change a batch of windows, of which the first layer sees every ``pool``-th mean.

    Turned and scaled images are sampled from the means over squares, not averaged after it: that
    is ``pool²`` times less to sample, and for images that are only shifted the same.

    Args:
        x: as of `Windows.gather`.
        windows: where it comes from.
        changes: of a batch, see `Changes.of`.

    Returns:
        ``(batch, height/pool · width/pool · channels)``.
    """
    pool, (height, width, channels) = windows.pool, windows.shape
    if changes.warps is not None:
        planes = x.view(-1, height, width, channels).permute(0, 3, 1, 2).contiguous()
        places = _places(changes.warps, windows)
        planes = grid_sample(planes, places, padding_mode="reflection", align_corners=True)
        x = planes.permute(0, 2, 3, 1).flatten(1)
    elif pool > 1:
        x = x.view(-1, height, width, channels)[:, ::pool, ::pool].flatten(1)
    if changes.gains is not None and changes.offsets is not None:
        pixels = x.view(len(x), -1, channels)
        x = torch.addcmul(changes.offsets[:, None], pixels, changes.gains[:, None, None]).flatten(1)
    return x


def _places(warps: Tensor, windows: Windows) -> Tensor:
    """Where each input comes from, ``(batch, rows, columns, 2)``: what ``affine_grid`` gives, whose
    product of many matrices of three columns takes as long as the sampling."""
    sides = [length + windows.pool - 1 for length in windows.shape[:2]]  # of the whole image
    down, right = (
        (torch.arange(0, side, windows.pool, device=warps.device) * 2 + windows.pool) / side - 1
        for side in sides
    )
    # The outermost means lie half a square inside the image: there are -1 and 1 of grid_sample.
    high, wide = (side / max(side - windows.pool, 1) for side in sides)
    cells = warps[:, :, None, None]  # (batch, 2, 1, 1, 2): x and y of a place, by column and row
    return torch.stack(
        [
            stretch * (cells[:, k, ..., 0] * right + cells[:, k, ..., 1] * down[:, None])
            for k, stretch in enumerate((wide, high))
        ],
        dim=-1,
    )
