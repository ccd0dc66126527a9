"""Examples with weights: how repeated inputs become one, exactly."""

from dataclasses import dataclass

import numpy as np

from fclab.values.recipe import Loss


@dataclass(frozen=True, eq=False)
class Weighted:
    """Weighted examples, features × samples as the compiled loops want them.

    Attributes:
        x: inputs ``(D, n)`` float32.
        y: targets ``(n,)`` float32, class indices included.
        weight: how many examples each one stands for, ``(n,)`` float32.
        offset: the part of the summed loss that no network can change.
    """

    x: np.ndarray
    y: np.ndarray
    weight: np.ndarray
    offset: float = 0.0

    def __len__(self) -> int:
        return len(self.y)


def each_once(x: np.ndarray, y: np.ndarray) -> Weighted:
    """Inputs ``(n, D)`` and targets ``(n,)`` as they are, each of weight 1."""
    # Copies: for numba a read-only array is another type, and compiles everything anew.
    return Weighted(
        np.array(x.T, np.float32, order="C"), y.astype(np.float32), np.ones(len(y), np.float32)
    )


def collapse(x: np.ndarray, y: np.ndarray, loss: Loss) -> Weighted:
    """Examples of equal inputs as one, with the same gradients and the same loss.

    A group of m examples with one input has one output z. With its mean target ȳ

    - squared error: Σ(z − yᵢ)² = m·(z − ȳ)² + Σ(yᵢ − ȳ)², the last term a constant;
    - log loss, linear in y: Σ log(1 + e^z) − yᵢ·z = m·(log(1 + e^z) − ȳ·z).

    Classes have no mean: for the cross-entropy a group has equal inputs and one class.
    Where nothing repeats, the examples stay as they are, in their order.
    """
    key = np.column_stack([x, y]) if loss == "cross_entropy" else x
    _, first, group = np.unique(key, axis=0, return_index=True, return_inverse=True)
    if len(first) == len(y):
        return each_once(x, y)
    group = group.reshape(-1)  # NumPy 2.0 gave it a second axis
    size = np.bincount(group)
    mean = np.bincount(group, weights=y) / size
    offset = ((y - mean[group]) ** 2).sum() if loss == "squared_error" else 0.0
    return Weighted(
        np.array(x[first].T, np.float32, order="C"),
        mean.astype(np.float32),
        size.astype(np.float32),
        float(offset),
    )
