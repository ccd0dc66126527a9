"""The gradients that the fused engine steps by, at any weights."""

import numpy as np

from fclab.engines.compiled.kernels import flatten, unflatten
from fclab.engines.fused.loop import train_epochs
from fclab.engines.fused.training import buffers_for, constants
from fclab.engines.fused.weighted import collapse
from fclab.engines.job import Job
from fclab.values.model import Weights


def gradients(job: Job, weights: Weights) -> Weights:
    """The gradient of a full batch by every weight and bias, named like these, float32.

    It is what the compiled loop leaves behind after a step whose learning rate is 0.

    Args:
        job: its dataset and recipe count, and the recipe has no batch size.
        weights: where the gradient is taken.
    """
    x, y = job.dataset.inputs["train"], job.dataset.train.y
    examples = collapse(x, y, job.recipe.loss)
    fixed = constants(job, examples, len(examples))
    buffers, params = buffers_for(fixed), flatten(weights).astype(np.float32)
    history = np.empty((1, 1 + 2 * len(job.evaluates)))
    order, rate = np.empty((1, 0), np.int64), np.zeros(1, np.float32)
    train_epochs(fixed, params, np.zeros_like(params), buffers, 0, order, rate, history)
    return unflatten(buffers.grads[0], fixed.widths.tolist())
