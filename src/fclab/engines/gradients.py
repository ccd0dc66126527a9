"""The gradient that an engine steps by, at any weights of a network of dense layers."""

from fclab.engines.job import Job, check
from fclab.engines.training import choose
from fclab.values.dataset import Dataset
from fclab.values.model import Weights
from fclab.values.recipe import Recipe


def full_gradient(dataset: Dataset, recipe: Recipe, weights: Weights) -> Weights:
    """The derivative of the loss over all training examples by every weight and bias, as the engine
    computes it that trains the recipe: the compiled loop, or the formulas of `by_hand`.

    Args:
        dataset: its training part counts.
        recipe: a network of dense layers alone, trained on all examples at once.
        weights: where the gradient is taken, named as those of a model.

    Returns:
        An array for each of ``weights``, float32.

    Raises:
        UsageError: the recipe does not fit the dataset.
    """
    check(dataset, recipe)
    job = Job(dataset, recipe, 0, choose(dataset, recipe))
    if job.choice.name == "fused":
        from fclab.engines.fused.gradients import gradients
    else:
        from fclab.engines.reference.by_hand import gradients
    return gradients(job, weights)
