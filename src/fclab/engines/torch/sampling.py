"""Compiled sampling of turned and scaled images, on a CPU: what takes PyTorch's ``grid_sample``
several passes over whole batches is here one, from images that are never copied.
"""

import numpy as np
from numba import njit

from fclab.engines.compiled.kernels import KERNEL


@njit(**KERNEL)
def sample(pixels, channels, starts, line, shape, pool, warps, out):
    """Fill in turned and scaled images: each pixel the bilinear mean of the four around the place
    it comes from; beyond the edges of its window an image is reflected.

    Args:
        pixels: of all images, float32, flat; ``channels`` numbers each.
        starts: the pixel at which each image's window begins, int64 ``(n,)``.
        line: pixels from one row of a window to the next.
        shape: of a window, height and width.
        pool: every so many-th row and column of a window is wanted.
        warps: as in `fclab.engines.torch.augment.Changes`, float32 ``(n, 2, 2)``.
        out: float32, flat, filled: image by image, row by row, pixel by pixel.
    """
    one, half = np.float32(1), np.float32(0.5)
    height, width = shape
    rows, columns = (height - 1) // pool + 1, (width - 1) // pool + 1
    bottom, right = np.float32(height - 1), np.float32(width - 1)
    most_left, most_upper = np.int32(max(width - 2, 0)), np.int32(max(height - 2, 0))
    # Unsigned, or each index would be asked whether it counts from the end.
    beside = np.uint64(channels if width > 1 else 0)
    below = np.uint64(channels * line if height > 1 else 0)
    corners, weights = np.empty(columns, np.int64), np.empty((4, columns), np.float32)
    filled = np.uint64(0)
    for i in range(len(starts)):
        for row in range(rows):
            down = np.float32(row * pool) - half * bottom
            for column in range(columns):
                along = np.float32(column * pool) - half * right
                x = warps[i, 0, 0] * along + warps[i, 0, 1] * down + half * right
                y = warps[i, 1, 0] * along + warps[i, 1, 1] * down + half * bottom
                x, y = _reflected(x, right), _reflected(y, bottom)
                left, upper = min(np.int32(x), most_left), min(np.int32(y), most_upper)
                x, y = x - np.float32(left), y - np.float32(upper)
                corners[column] = channels * (starts[i] + upper * line + left)
                weights[0, column], weights[1, column] = (one - x) * (one - y), x * (one - y)
                weights[2, column], weights[3, column] = (one - x) * y, x * y
            for column in range(columns):
                corner = np.uint64(corners[column])
                a, b = weights[0, column], weights[1, column]
                c, d = weights[2, column], weights[3, column]
                for k in range(corner, corner + np.uint64(channels)):
                    out[filled] = (
                        a * pixels[k]
                        + b * pixels[k + beside]
                        + c * pixels[k + below]
                        + d * pixels[k + beside + below]
                    )
                    filled += np.uint64(1)


@njit(**KERNEL, inline="always")
def _reflected(place, last):
    """A place between 0 and ``last``, reflected there as often as needed."""
    period = max(np.float32(2) * last, np.float32(1))
    return last - abs(last - (place - period * np.floor(place / period)))
