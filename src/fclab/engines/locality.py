"""Locality: fully connected layers that start near-sighted and stay so unless it pays.

Every neuron has a place in the image. It starts connected to what lies near its place; all other
weights start at 0, are trained like any other, and are pulled back to 0 by a decay of their own
(``Recipe.locality``). What a convolution has by its construction, a fully connected layer gets as
a prior, and may leave: d'Ascoli et al. 2019 start fully connected layers as convolutions,
Neyshabur 2020 finds them by sparsity.
"""

from typing import Final

import numpy as np
from scipy.spatial.distance import cdist
from scipy.stats.qmc import Halton

from fclab.engines.tying import taps, without_a_tap
from fclab.values.recipe import Recipe

RADIUS: Final = 0.15
"""How near the first layer's inputs lie, as a share of the image's side; doubled layer by layer."""


def far_weights(recipe: Recipe, input_shape: tuple[int, ...]) -> dict[int, np.ndarray]:
    """Which weights of the hidden layers connect places that are far from each other.

    Neurons have the places of a Halton sequence, which fills the image evenly however many they
    are. Of what a neuron sees at least the nearest is near. Where weights are tied at first, near
    is what the filters see.

    Args:
        recipe: with ``locality`` or ``tied``; without them nothing is far.
        input_shape: of an image: height, width, channels.

    Returns:
        For every hidden layer (from 1) a mask, bool ``(outputs, inputs)``.
    """
    if recipe.tied_epochs:
        return {i: without_a_tap(layer) for i, layer in enumerate(taps(recipe, input_shape), 1)}
    if not recipe.locality:
        return {}
    height, width, channels = input_shape
    middles = [(np.arange(n) + 0.5) / n for n in (height // recipe.pool, width // recipe.pool)]
    grid = np.stack(np.meshgrid(*middles, indexing="ij"), axis=-1).reshape(-1, 2)
    seen, radius, far = np.repeat(grid, channels, axis=0), RADIUS, {}
    for i, neurons in enumerate(recipe.layers[:-1], start=1):
        places = Halton(2, scramble=False).random(neurons)
        distances = cdist(places, seen)
        near = np.maximum(radius, distances.min(axis=1, keepdims=True))
        far[i] = distances > near
        seen, radius = places, 2 * radius
    return far
