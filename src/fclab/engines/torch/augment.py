"""What is done to training images beside flips and shifts: they are turned, scaled and tinted.

All of it is vectorised over the batches of all models; the random numbers come from NumPy, so a
CPU and a CUDA device see the same images up to rounding.
"""

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import grid_sample

from fclab.engines.compiled.ahead import numba_fails
from fclab.engines.torch.resident import Windows
from fclab.values.recipe import Recipe


class Changes(NamedTuple):
    """The changes of some images; None where there are none.

    Attributes:
        warps: turns and scalings, ``(n, 2, 2)``: which place, in pixels right and down from the
            middle, what is seen at a place comes from.
        gains: factors of all inputs, ``(n,)``.
        offsets: what is added to each channel, ``(n, channels)``.
    """

    warps: Tensor | None
    gains: Tensor | None
    offsets: Tensor | None


def draw(
    recipe: Recipe,
    channels: int,
    warp: np.random.Generator,
    jitter: np.random.Generator,
    order: np.ndarray,
) -> tuple[np.ndarray | None, np.ndarray | None, np.ndarray | None]:
    """One model's changes of an epoch's images, float32, as in `Changes`.

    Drawn image by image in the dataset's order: per image an angle and the logarithm of a factor
    from "warp"; from "jitter" the logarithm of a gain, an offset of all channels and one of each.

    Args:
        channels: of an image.
        warp, jitter: the random streams.
        order: the images in the order of the batches ``(n,)``.
    """
    n, warps, gains, offsets = len(order), None, None, None
    if recipe.rotate or recipe.zoom:
        turn, grow = warp.uniform(-1, 1, (2, n))[:, order]
        angle, size = np.radians(recipe.rotate) * turn, np.exp(-recipe.zoom * grow)
        cos, sin = size * np.cos(angle), size * np.sin(angle)
        warps = np.moveaxis(np.array([[cos, -sin], [sin, cos]]), 2, 0).astype(np.float32)
    if recipe.jitter:
        drawn = recipe.jitter * jitter.uniform(-1, 1, (2 + channels, n))[:, order]
        gains = np.exp(drawn[0]).astype(np.float32)
        offsets = (drawn[1] + drawn[2:] / 2).T.astype(np.float32)
    return warps, gains, offsets


def augment(windows: Windows, starts: Tensor, changes: Changes) -> Tensor:
    """A batch of changed images, of which the first layer sees every ``pool``-th mean.

    Turned and scaled images are sampled from the means over squares, not averaged after it: that
    is ``pool²`` times less to sample, and for images that are only shifted the same.

    Args:
        windows: the images.
        starts: which windows of them, see `Windows.starts`.
        changes: of the batch.

    Returns:
        ``(batch, height/pool · width/pool · channels)``.
    """
    pool, (height, width, channels) = windows.pool, windows.shape
    if changes.warps is None:
        x = windows.gather(starts)
        if pool > 1:
            x = x.view(-1, height, width, channels)[:, ::pool, ::pool].flatten(1)
    elif starts.device.type == "cpu" and not numba_fails():
        x = windows.sample(starts, changes.warps)
    else:
        x = grid_sampled(windows, starts, changes.warps)
    if changes.gains is not None and changes.offsets is not None:
        pixels = x.view(len(x), -1, channels)
        x = torch.addcmul(changes.offsets[:, None], pixels, changes.gains[:, None, None]).flatten(1)
    return x


def grid_sampled(windows: Windows, starts: Tensor, warps: Tensor) -> Tensor:
    """What `Windows.sample` gives, on any device and without Numba."""
    height, width, channels = windows.shape
    x = windows.gather(starts).view(-1, height, width, channels)
    down, right = (
        torch.arange(0, length, windows.pool, device=x.device) - (length - 1) / 2
        for length in (height, width)
    )
    cells = warps[:, :, None, None]  # (batch, 2, 1, 1, 2): x and y of a place, by column and row
    places = torch.stack(
        [
            (cells[:, k, ..., 0] * right + cells[:, k, ..., 1] * down[:, None])
            * (2 / max(length - 1, 1))  # grid_sample counts from -1 to 1
            for k, length in enumerate((width, height))
        ],
        dim=-1,
    )
    planes = x.permute(0, 3, 1, 2).contiguous()
    planes = grid_sample(planes, places, padding_mode="reflection", align_corners=True)
    return planes.permute(0, 2, 3, 1).flatten(1)
