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


def augment(x: Tensor, shape: tuple[int, ...], changes: Changes, pool: int) -> Tensor:
    """Change a batch and bring it to the resolution that the first layer sees.

    Args:
        x: images ``(batch, height · width · channels)``.
        shape: of an image.
        changes: of a batch, see `Changes.of`.
        pool: as in the recipe.

    Returns:
        ``(batch, height/pool · width/pool · channels)``.
    """
    if changes.gains is not None and changes.offsets is not None:
        pixels = x.view(len(x), -1, shape[2])
        x = torch.addcmul(changes.offsets[:, None], pixels, changes.gains[:, None, None]).flatten(1)
    if changes.warps is None and pool == 1:
        return x
    images = x.view(-1, *shape)
    if changes.warps is not None:
        planes = images.permute(0, 3, 1, 2).contiguous()  # channels × height × width
        places = _places(changes.warps, shape)
        planes = grid_sample(planes, places, padding_mode="reflection", align_corners=False)
        images = planes.permute(0, 2, 3, 1)
    if pool > 1:
        parts = [images[:, i::pool, j::pool] for i in range(pool) for j in range(pool)]
        images = sum(parts[1:], parts[0]) / pool**2
    return images.flatten(1)


def _places(warps: Tensor, shape: tuple[int, ...]) -> Tensor:
    """Where each pixel comes from, ``(batch, height, width, 2)``: what ``affine_grid`` gives, whose
    product of many matrices of three columns takes as long as the sampling."""
    height, width, _ = shape
    down, right = ((torch.arange(n, device=warps.device) * 2 + 1) / n - 1 for n in (height, width))
    cells = warps[:, :, None, None]  # (batch, 2, 1, 1, 2): x and y of a place, by column and row
    return torch.stack(
        [cells[:, k, ..., 0] * right + cells[:, k, ..., 1] * down[:, None] for k in range(2)],
        dim=-1,
    )
