"""The networks of several seeds answering together. Nothing is trained for it."""

from collections.abc import Sequence

import numpy as np
from scipy.special import log_softmax

from fclab.values.run import Run


def ensemble_outputs(runs: Sequence[Run], split: str) -> np.ndarray:
    """Mean log-probabilities of the runs, float64 ``(n, classes)``: the geometric mean of their
    probabilities, up to a factor per image.

    Args:
        runs: classifiers of the same data, at least one.
        split: "train", "valid" or "test".
    """
    return np.mean([log_softmax(r.outputs[split].astype(np.float64), axis=1) for r in runs], axis=0)


def ensemble_correct(runs: Sequence[Run], split: str) -> np.ndarray:
    """Which images of a split the runs answer right together, bool ``(n,)``."""
    return ensemble_outputs(runs, split).argmax(axis=1) == runs[0].targets[split]
