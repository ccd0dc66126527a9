"""One training by the compiled loop of the Gram engine."""

from functools import partial
from typing import Final

import numpy as np

from fclab.engines.compiled.kernels import ACTIVATIONS, flatten, unflatten
from fclab.engines.compiled.sharing import helpers
from fclab.engines.compiled.tiles import NEAR, TILE, accumulate, pass_widths, tiles
from fclab.engines.finish import timed_run
from fclab.engines.gram.loop import GramConstants, GramState, train_epochs
from fclab.engines.gram.matrix import Gram, gram_matrix
from fclab.engines.gram.plain import batch_images, forward
from fclab.engines.gram.shared import shared_state, threads_for
from fclab.engines.job import Job, Tick, initial_weights
from fclab.engines.memory import aligned
from fclab.engines.recorder import Recorder
from fclab.values.model import Weights
from fclab.values.recipe import Recipe
from fclab.values.run import Run

_CHUNK: Final = 8  # epochs trained in one call of compiled code


def train_one(job: Job, tick: Tick, threads: int = 1) -> Run:
    """Train one run without the GIL but for moments. No bit of it depends on ``threads``."""
    gram = gram_matrix(job.dataset, job.recipe.flip)  # not in the time: all runs share it
    return timed_run(lambda job, tick: train(job, tick, gram, threads), job, tick)


def train(job: Job, tick: Tick, gram: Gram, threads: int) -> Recorder:
    """The training loop: a few epochs at a time in compiled code."""
    recipe = job.recipe
    first = initial_weights(recipe, gram.inputs, job.seed)
    fixed, state = constants(job, gram), initial_state(recipe, gram, first)
    threads = threads_for(recipe.layers[0], fixed.batch, gram.columns, threads)
    shared = shared_state(recipe.layers[0], fixed.batch, _CHUNK * gram.n, threads)
    rates = recipe.learning_rates(gram.n).reshape(recipe.epochs, -1)
    orders = batch_images(job)

    def outputs(split: str) -> np.ndarray:
        z = state.p[: recipe.layers[0], slice(*gram.spans[split])].T
        upper = unflatten(state.params, recipe.layers, 2)
        return forward(recipe, [*upper.values()], z)[-1]

    recorder = Recorder(
        job, tick, outputs,
        lambda: {"a": state.a.copy(), "params": state.params.copy(), "scale": state.scale.copy()},
        partial(final_weights, recipe, gram, first),
    )  # fmt: skip
    most = _CHUNK if recipe.patience is None else 1  # the best epoch's state is kept as it passes
    nothing = np.empty(0, np.int64), np.empty((0, 0)), np.empty((0, 0))
    with helpers(lambda me: train_epochs(state, fixed, shared, me, *nothing), threads):
        while not recorder.over:
            epochs = recorder.ahead(most)
            history = np.empty((epochs, 1 + 2 * len(job.evaluates)))
            order = np.concatenate([next(orders) for _ in range(epochs)])
            part = rates[recorder.done : recorder.done + epochs]
            done = train_epochs(state, fixed, shared, 0, order, part, history)
            recorder.epochs(history[:done])
    return recorder


def constants(job: Job, gram: Gram) -> GramConstants:
    """What stays fixed during training, as the kernels want it."""
    recipe = job.recipe
    return GramConstants(
        products=gram.products.ravel(),
        n=gram.n,
        columns=gram.columns,
        labels=gram.labels,
        spans=np.array([gram.spans[split] for split in job.evaluates], np.int64).reshape(-1, 2),
        widths=np.array(recipe.layers),
        batch=recipe.batch(gram.n),
        mean=recipe.reduction == "mean",
        activation=ACTIVATIONS[recipe.activation],
        momentum=np.float32(recipe.momentum),
        nesterov=recipe.nesterov,
        decay=np.float32(recipe.weight_decay),
    )


def initial_state(recipe: Recipe, gram: Gram, first: Weights) -> GramState:
    """The first weights in sample space."""
    h, d = recipe.layers[0], gram.inputs
    moving = recipe.momentum > 0
    p = aligned(h * (1 + moving), gram.columns + (TILE * tiles(gram.n) if gram.flip else 0))
    p[:h] += first["fc1.bias"][:, None]
    passes = np.array(pass_widths(h))
    panels, weight = gram.panels.ravel(), np.ascontiguousarray(first["fc1.weight"].T).ravel()
    for mirrored in (False, True)[: 1 + gram.flip]:
        at = gram.columns if mirrored else 0
        order = gram.input_order(mirrored)
        accumulate(panels, d * TILE, 0, order, d, weight, 0, h, passes, p[:h], at)
    params = flatten(first, 2)
    return GramState(
        p=p,
        a=np.zeros((gram.rows, h), np.float32),
        b=np.zeros((gram.rows if moving else 0, h), np.float32),
        params=params,
        velocity=np.zeros_like(params),
        scale=np.array([1.0, 0.0]),
    )


@np.errstate(all="ignore")
def final_weights(recipe: Recipe, gram: Gram, first: Weights, kept: Weights) -> Weights:
    """Back to weight space: W = s·W₀ + AᵀX_train, biases by the input that is always 1.

    Args:
        kept: of the state, ``a``, ``params`` and ``scale``.
    """
    scale, a = np.float32(kept["scale"][0]), kept["a"]
    weight, bias = scale * first["fc1.weight"], scale * first["fc1.bias"] + a.sum(axis=0)
    rows = np.zeros(gram.n + NEAR, np.int64)
    rows[: gram.n] = np.arange(gram.n) * gram.train.shape[1]
    h = len(bias)
    for mirrored in (False, True)[: 1 + gram.flip]:
        moved = np.zeros((h, gram.train.shape[1]), np.float32)
        base = gram.n * h if mirrored else 0
        accumulate(
            gram.train.ravel(), TILE, 0, rows, gram.n,
            a.ravel(), base, h, np.array(pass_widths(h)), moved, 0,
        )  # fmt: skip
        weight += moved[:, gram.mirror if mirrored else slice(gram.inputs)]
    return {"fc1.weight": weight, "fc1.bias": bias, **unflatten(kept["params"], recipe.layers, 2)}
