"""Networks that leave the house together: whether they can, and how they answer as one."""

from collections.abc import Sequence
from math import isfinite

import numpy as np

from fclab.values.errors import FclabError, UsageError
from fclab.values.model import Model


def check_networks(models: Sequence[Model]) -> None:
    """Whether networks can be exported, and several answer as one: for the same inputs, with the
    same classes.

    Args:
        models: at least one.

    Raises:
        UsageError: they are for other inputs or classes, or for inputs of no form that is known.
        FclabError: weights were not kept, or training diverged.
    """
    first = models[0].dataset
    if len(first.input_shape) not in (1, 3):
        raise UsageError(
            "networks for images or points are exported, not for inputs of {shape}",
            shape=first.input_shape,
        )
    for model in models:
        other = model.dataset
        if (first.task, first.input_shape, first.class_names, first.labels) != (
            other.task, other.input_shape, other.class_names, other.labels,
        ):  # fmt: skip
            raise UsageError(
                "networks answer together for the same inputs and classes: {one} and {other} "
                "differ",
                one=first.name, other=other.name,
            )  # fmt: skip
        model.check_weights()
        if not all(isfinite(float(np.sum(array))) for array in model.weights.values()):
            raise FclabError("this network diverged in training: train it with a lower lr")
