"""Fully connected ReLU networks of infinite width, in closed form.

With weights drawn as N(0, 2/inputs) the outputs of an infinitely wide network are a Gaussian
process with a kernel K (NNGP: Neal 1996; Lee et al. 2018, "Deep Neural Networks as Gaussian
Processes"), and gradient descent with small steps on the squared error ends at the regression with
the kernel Θ (NTK: Jacot, Gabriel and Hongler 2018, "Neural Tangent Kernel"). For ReLU both are
known layer by layer (Cho and Saul 2009, "Kernel Methods for Deep Learning"): with θ the angle
between two examples in the layer below and q their lengths there,

    K' = √(q₁q₂) (sin θ + (π − θ) cos θ) / π,    Θ' = K' + Θ (π − θ) / π.

The factor 2 keeps the lengths, whatever the depth; another one only scales both kernels.
"""

from typing import NamedTuple

import numpy as np


class Kernels(NamedTuple):
    """Between all examples, float64 ``(n, n)``."""

    nngp: np.ndarray
    ntk: np.ndarray


def infinite_width(gram: np.ndarray, inputs: int, hidden: int) -> Kernels:
    """The kernels of a network with so many hidden layers.

    Args:
        gram: inner products of the examples ``(n, n)``.
        inputs: numbers of each example. One more that is always 1 is the bias of the first layer,
            as in docs/engine.md; layers of infinite width have none.
        hidden: hidden layers; 0: a linear model.
    """
    kernel = (np.asarray(gram, np.float64) + 1) / (inputs + 1)
    tangent = kernel.copy()
    for _ in range(hidden):
        lengths = np.sqrt(np.diag(kernel))
        norms = np.outer(lengths, lengths)
        cos = np.clip(kernel / norms, -1, 1)
        angle = np.arccos(cos)
        np.fill_diagonal(angle, 0)
        kernel = norms * (np.sqrt(1 - cos**2) + (np.pi - angle) * cos) / np.pi
        tangent = kernel + tangent * (np.pi - angle) / np.pi
    return Kernels(kernel, tangent)
