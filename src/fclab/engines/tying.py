"""Tied weights: hidden layers that begin as convolutions and then are free.

In the first `Recipe.tied_epochs` every hidden layer is a convolution with stride 2, laid out as a
matrix: its neurons stand at every second place of the layer below, with as many filters at each
place as the width allows, and all copies of a filter are one (d'Ascoli et al. 2019, "Finding the
needle in the haystack with convolutions"). Then every weight is one of its own. What is laid out:

    W[(place, filter), (place below, channel)] = filter[channel, tap]

where a tap is one of the places below that a filter sees, and 0 where it sees nothing.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np

from fclab.values.errors import UsageError
from fclab.values.model import Weights
from fclab.values.recipe import Recipe

FIRST: Final = 5
"""Side of the filters of the first hidden layer."""
LATER: Final = 3
"""Side of those of the others."""


class Taps(NamedTuple):
    """What the filters of a hidden layer see.

    Attributes:
        seen: the place below of each tap at each place, int64 ``(places, side²)``; −1: none, it is
            beyond the edge.
        side: of a filter.
        below: places of the layer below.
        channels: numbers at each of them.
        filters: at each place.
    """

    seen: np.ndarray
    side: int
    below: int
    channels: int
    filters: int


def taps(recipe: Recipe, input_shape: tuple[int, ...]) -> list[Taps]:
    """What the filters of all hidden layers see.

    Args:
        input_shape: of an image: height, width, channels.

    Raises:
        UsageError: a layer's neurons do not fill its places.
    """
    channels, found = input_shape[2], list[Taps]()
    grids = pairwise(_grids(recipe, input_shape))
    for neurons, ((height, width), here) in zip(recipe.layers, grids, strict=False):
        side = LATER if found else FIRST
        places = here[0] * here[1]
        if neurons % places:
            raise UsageError(
                "FC({neurons}) cannot begin with tied weights: its neurons stand at {rows} x "
                "{columns} places, take a multiple of {places}, or tied = 0",
                neurons=neurons, rows=here[0], columns=here[1], places=places,
            )  # fmt: skip
        around = np.arange(side) - side // 2
        rows, columns = (2 * np.arange(n)[:, None] + around for n in here)
        inside = (_within(rows, height)[:, None, :, None]) & _within(columns, width)[None, :, None]
        seen = rows[:, None, :, None] * width + columns[None, :, None]
        seen = np.where(inside, seen, -1).reshape(places, side**2)
        found.append(Taps(seen, side, height * width, channels, neurons // places))
        channels = neurons // places
    return found


def _grids(recipe: Recipe, input_shape: tuple[int, ...]) -> list[tuple[int, int]]:
    """Rows and columns of the places of what the first layer sees, and of all hidden layers."""
    grids = [(input_shape[0] // recipe.pool, input_shape[1] // recipe.pool)]
    for _ in recipe.layers[:-1]:
        grids.append((-(-grids[-1][0] // 2), -(-grids[-1][1] // 2)))
    return grids


def fitting(recipe: Recipe, input_shape: tuple[int, ...]) -> Recipe:
    """The recipe with as many neurons more or less as fill their places; as it is where nothing is
    tied."""
    if not recipe.tied:
        return recipe
    places = [rows * columns for rows, columns in _grids(recipe, input_shape)[1:]]
    widths = [max(1, round(width / n)) * n
              for width, n in zip(recipe.layers, places, strict=False)]  # fmt: skip
    return recipe.replace(layers=(*widths, recipe.layers[-1]))


def free_unless_filled(recipe: Recipe, input_shape: tuple[int, ...]) -> Recipe:
    """The recipe, with weights that are free from the start where its layers do not fill their
    places."""
    try:
        if recipe.tied:
            taps(recipe, input_shape)
    except UsageError:
        return recipe.replace(tied=0.0)
    return recipe


def _within(places: np.ndarray, length: int) -> np.ndarray:
    return (places >= 0) & (places < length)


def laid_out(layers: Sequence[Taps], filters: Weights) -> Weights:
    """A network of filters as fully connected layers.

    Args:
        layers: the hidden layers, see `taps`.
        filters: named as in `fclab.values.model.Weights`, of hidden layers ``(filters, channels,
            side, side)`` in place of matrices, and one number per filter in place of one per
            neuron.
    """
    return _changed(layers, filters, _matrix, lambda layer, per: np.tile(per, len(layer.seen)))


def filters_of(layers: Sequence[Taps], weights: Weights) -> Weights:
    """The opposite of `laid_out`: of all copies of a filter, each tap is that of the first place
    that has it; 0: none has."""
    return _changed(layers, weights, _filters, lambda layer, per: per[: layer.filters])


def without_a_tap(layer: Taps) -> np.ndarray:
    """Which weights of a layer no filter has, bool ``(outputs, inputs)``."""
    return ~_matrix(layer, np.ones((layer.filters, layer.channels, layer.side, layer.side), bool))


_Change = Callable[[Taps, np.ndarray], np.ndarray]


def _changed(layers: Sequence[Taps], weights: Weights, inputs: _Change, others: _Change) -> Weights:
    """The weights with those of hidden layers changed: those by their inputs, and the others."""
    found = dict(weights)
    for i, layer in enumerate(layers, start=1):
        for name in weights:
            if name == f"fc{i}.weight":
                found[name] = inputs(layer, weights[name])
            elif name.split(".")[0] in (f"fc{i}", f"norm{i}"):
                found[name] = others(layer, weights[name])
    return found


def _matrix(layer: Taps, filters: np.ndarray) -> np.ndarray:
    flat = filters.reshape(layer.filters, layer.channels, -1)
    shape = len(layer.seen), layer.filters, layer.below, layer.channels
    matrix = np.zeros(shape, filters.dtype)
    for tap, seen in enumerate(layer.seen.T):
        places = np.flatnonzero(seen >= 0)
        matrix[places, :, seen[places]] = flat[:, :, tap]
    return matrix.reshape(shape[0] * shape[1], -1)


def _filters(layer: Taps, matrix: np.ndarray) -> np.ndarray:
    apart = matrix.reshape(len(layer.seen), layer.filters, layer.below, layer.channels)
    flat = np.zeros((layer.filters, layer.channels, layer.side**2), matrix.dtype)
    for tap, seen in enumerate(layer.seen.T):
        if len(places := np.flatnonzero(seen >= 0)):
            flat[:, :, tap] = apart[places[0], :, seen[places[0]]]
    return flat.reshape(layer.filters, layer.channels, layer.side, layer.side)
