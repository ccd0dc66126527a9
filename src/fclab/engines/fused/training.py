"""One training by the compiled loop of the fused engine."""

from typing import Final

import numpy as np

from fclab.engines.compiled.kernels import ACTIVATIONS, LOSSES, flatten, unflatten
from fclab.engines.fused.loop import LoopBuffers, LoopConstants, train_epochs
from fclab.engines.fused.weighted import Weighted, collapse, each_once
from fclab.engines.job import Job, Tick, initial_weights
from fclab.engines.memory import aligned
from fclab.engines.recorder import Recorder
from fclab.values.model import forward
from fclab.values.rng import batch_orders

_WORK_PER_CALL: Final = 1e9  # multiply-adds between two ticks: some tens of milliseconds
_ORDERS_PER_CALL: Final = 1 << 22  # numbers of batch order drawn ahead: 32 MiB
_TILE: Final = 1024  # examples that are evaluated at a time
_LANES: Final = 16  # columns are padded to whole vector registers: AVX-512 has 16 lanes, AVX2 8


def train(job: Job, tick: Tick) -> Recorder:
    """Train in calls of some tens of milliseconds: between them progress and Ctrl-C have a turn."""
    recipe, x, y = job.recipe, job.dataset.inputs, job.dataset.train.y
    n, steps = len(y), recipe.iterations_per_epoch(len(y))
    # One step of all examples does not depend on their order.
    shuffled = steps > 1
    examples = each_once(x["train"], y) if shuffled else collapse(x["train"], y, recipe.loss)
    fixed = constants(job, examples, recipe.batch(n) if shuffled else len(examples))
    buffers = buffers_for(fixed)
    params = flatten(initial_weights(recipe, len(examples.x), job.seed))
    velocity = np.zeros_like(params)
    orders = batch_orders(job.seed, n, recipe.epochs)
    rates = recipe.learning_rates(n).astype(np.float32)
    cost = 3 * recipe.connections(len(examples.x)) + 20 * recipe.neurons()
    seen = steps * buffers.a.shape[1] + len(fixed.parts_y)
    per_call = int(min(_WORK_PER_CALL / (cost * seen), _ORDERS_PER_CALL / n))

    def weights():
        return unflatten(params, fixed.widths.tolist())

    recorder = Recorder(job, tick, lambda split: forward(recipe, weights(), x[split]), weights)
    columns, best_call = 1 + 2 * len(job.evaluates), None
    while not recorder.over:
        before, epochs = recorder.done, recorder.ahead(max(1, per_call))
        history = np.empty((epochs, columns))
        order = np.empty((epochs, n if shuffled else 0), np.int64)
        for row in order[: epochs * shuffled]:
            row[:] = next(orders)
        rest = rates[before * steps :]
        call = before, params.copy(), velocity.copy(), order, rest
        done = train_epochs(fixed, params, velocity, buffers, order, rest, history)
        recorder.epochs(history[:done])
        best_call = call if recorder.best_at > before else best_call
    if recorder.goes_back and best_call is not None:  # the epochs of that call again, to the best
        before, params, velocity, order, rest = best_call
        history = np.empty((recorder.best_at - before, columns))
        train_epochs(fixed, params, velocity, buffers, order, rest, history)
        recorder.weights = weights()
    return recorder


def constants(job: Job, examples: Weighted, batch: int) -> LoopConstants:
    """What stays fixed during training, as the loop wants it."""
    recipe, splits = job.recipe, job.dataset.splits
    inputs = job.dataset.inputs
    parts = [each_once(inputs[name], splits[name].y) for name in job.evaluates]
    nothing = each_once(inputs["train"][:0], job.dataset.train.y[:0])
    return LoopConstants(
        x=examples.x,
        y=examples.y,
        weight=examples.weight,
        batch=batch,
        mean=recipe.reduction == "mean",
        examples=len(job.dataset.train),
        offset=examples.offset,
        widths=np.array([len(examples.x), *recipe.layers], np.int64),
        activation=ACTIVATIONS[recipe.activation],
        loss=LOSSES[recipe.loss],
        momentum=np.float32(recipe.momentum),
        nesterov=recipe.nesterov,
        decay=np.float32(recipe.weight_decay),
        parts_x=np.concatenate([part.x for part in (nothing, *parts)], axis=1),
        parts_y=np.concatenate([part.y for part in (nothing, *parts)]),
        bounds=np.cumsum([0, *(len(part) for part in parts)]),
    )


def buffers_for(fixed: LoopConstants) -> LoopBuffers:
    """Arrays to work in; a full batch is laid out in them for good."""
    widths = fixed.widths
    rows, params = int(widths.sum()), int((widths[1:] * (widths[:-1] + 1)).sum())
    columns = -(-fixed.batch // _LANES) * _LANES
    tile = min(len(fixed.parts_y), _TILE)
    buffers = LoopBuffers(
        grads=aligned(params),
        a=aligned(rows, columns),
        d=aligned(rows, columns),
        y=aligned(columns),
        weight=aligned(columns),
        part_a=aligned(rows, tile),
        part_d=aligned(rows, tile),
        ones=np.ones(tile, np.float32),
    )
    column = np.minimum(np.arange(columns), fixed.batch - 1)
    buffers.a[: len(fixed.x)], buffers.y[:] = fixed.x[:, column], fixed.y[column]
    buffers.weight[: fixed.batch] = fixed.weight[: fixed.batch]
    return buffers
