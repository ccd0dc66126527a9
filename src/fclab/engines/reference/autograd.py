"""Part 2 of the lab: the same gradient descent, with the gradients left to autograd.

Every operation on a tensor that "requires grad" is recorded as it is carried out; ``backward()``
walks through that record from the loss back to the parameters and applies the chain rule on the
way, exactly as `fclab.engines.reference.by_hand` does on paper.

The lab writes the log loss as −Σ y·log p + (1−y)·log(1−p), which is NaN as soon as p rounds to 0
or 1. The same sum from the logit z, Σ log(1 + e^z) − y·z, is safe at any z.
"""

from functools import partial

import torch

from fclab.engines.job import Job, Tick
from fclab.engines.recorder import Recorder
from fclab.engines.reference.by_hand import forward, loss_and_delta, predict
from fclab.engines.reference.layers import examples, first_layers, named


def train(job: Job, tick: Tick) -> Recorder:
    """Full-batch gradient descent; PyTorch records the forward pass and differentiates it."""
    recipe, (x, y), layers = job.recipe, examples(job), first_layers(job)
    params = [p.requires_grad_() for layer in layers for p in layer]
    scale = 1.0 if recipe.reduction == "sum" else 1 / len(x)
    recorder = Recorder(job, tick, partial(predict, job, layers), partial(named, layers))
    for lr in recipe.learning_rates(len(x)):
        zs, _ = forward(layers, recipe.activation, x)
        loss, _ = loss_and_delta(recipe.loss, zs[-1], y)
        (scale * loss).backward()  # writes p.grad of every parameter
        with torch.no_grad():  # the update itself is not to be differentiated
            for p in params:
                p -= lr * p.grad
                p.grad = None  # else the next backward() would add to it
        recorder.epoch(running_loss=loss.item() / len(x))
        if recorder.over:
            break
    return recorder
