"""One training by the compiled loop of the fused engine."""

from typing import Final

import numpy as np

from fclab.engines.compiled.kernels import ACTIVATIONS, LOSSES, flatten, unflatten
from fclab.engines.compiled.sharing import counters_for, helpers
from fclab.engines.fused.loop import LoopBuffers, LoopConstants, train_epochs
from fclab.engines.fused.shallow import SMOOTH, shape_of
from fclab.engines.fused.weighted import Weighted, collapse, each_once
from fclab.engines.job import Job, Tick, initial_weights
from fclab.engines.memory import aligned
from fclab.engines.recorder import Recorder
from fclab.values.model import forward
from fclab.values.rng import batch_orders

_WORK_PER_CALL: Final = 1e9  # multiply-adds between two ticks: some tens of milliseconds
_ORDERS_PER_CALL: Final = 1 << 22  # numbers of batch order drawn ahead: 32 MiB
_PART: Final = 1024  # examples that are evaluated at a time
_TILE: Final = 512  # examples of a step that are seen at once, if threads may share it
_SHARE: Final = 1 << 12  # hidden activations of a step that a thread is worth: some microseconds
_LANES: Final = 16  # columns are padded to whole vector registers: AVX-512 has 16 lanes, AVX2 8


def train(job: Job, tick: Tick, threads: int = 1) -> Recorder:
    """Train in calls of some tens of milliseconds: between them progress and Ctrl-C have a turn. No
    bit of it depends on ``threads``."""
    recipe, x, y = job.recipe, job.dataset.inputs, job.dataset.train.y
    n, steps = len(y), recipe.iterations_per_epoch(len(y))
    # One step of all examples does not depend on their order.
    shuffled = steps > 1
    examples = each_once(x["train"], y) if shuffled else collapse(x["train"], y, recipe.loss)
    fixed = constants(job, examples, recipe.batch(n) if shuffled else len(examples))
    threads = threads_for(fixed, threads)
    buffers = buffers_for(fixed, threads)
    params = flatten(initial_weights(recipe, len(examples.x), job.seed))
    velocity = np.zeros_like(params)
    orders = batch_orders(job.seed, n, recipe.epochs)
    rates = recipe.learning_rates(n).astype(np.float32)
    cost = 3 * recipe.connections(len(examples.x)) + 20 * recipe.neurons()
    seen = steps * buffers.y.size + len(fixed.parts_y)
    per_call = int(min(_WORK_PER_CALL / (cost * seen), _ORDERS_PER_CALL / n))

    def weights():
        return unflatten(params, fixed.widths.tolist())

    recorder = Recorder(job, tick, lambda split: forward(recipe, weights(), x[split]), weights)
    columns, best_call = 1 + 2 * len(job.evaluates), None
    nothing = np.empty((1, 0), np.int64), rates[:1], np.empty((1, columns))

    def help_for_a_while(me: int) -> None:
        train_epochs(fixed, params, velocity, buffers, me, *nothing)

    with helpers(help_for_a_while, threads):
        while not recorder.over:
            before, epochs = recorder.done, recorder.ahead(max(1, per_call))
            history = np.empty((epochs, columns))
            order = np.empty((epochs, n if shuffled else 0), np.int64)
            for row in order[: epochs * shuffled]:
                row[:] = next(orders)
            rest = rates[before * steps :]
            call = before, params.copy(), velocity.copy(), order, rest
            done = train_epochs(fixed, params, velocity, buffers, 0, order, rest, history)
            recorder.epochs(history[:done])
            best_call = call if recorder.best_at > before else best_call
    if recorder.goes_back and best_call is not None:  # the epochs of that call again, to the best
        before, params, velocity, order, rest = best_call
        history = np.empty((recorder.best_at - before, columns))
        train_epochs(fixed, params, velocity, buffers, 0, order, rest, history)
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


def threads_for(fixed: LoopConstants, available: int) -> int:
    """How many of the available threads a run of this size can keep busy."""
    tiles, hidden = tiles_of(fixed), int(fixed.widths[1])
    return max(1, min(available, tiles, hidden * fixed.batch // _SHARE)) if tiles > 1 else 1


def tiles_of(fixed: LoopConstants) -> int:
    """Into how many tiles a step is cut: those of a full batch of the smooth shallow networks."""
    full = fixed.batch == fixed.x.shape[1]
    smooth = shape_of(fixed.widths, fixed.activation) == SMOOTH
    return -(-fixed.batch // _TILE) if full and smooth else 1


def buffers_for(fixed: LoopConstants, threads: int = 1) -> LoopBuffers:
    """Arrays to work in; a full batch is laid out in them for good.

    Args:
        threads: that share its steps.
    """
    widths, tiles = fixed.widths, tiles_of(fixed)
    rows, params = int(widths.sum()), int((widths[1:] * (widths[:-1] + 1)).sum())
    columns = -(-fixed.batch // (tiles * _LANES)) * _LANES
    part = min(len(fixed.parts_y), _PART)
    buffers = LoopBuffers(
        grads=aligned(tiles, params),
        a=aligned(tiles, rows, columns),
        d=aligned(tiles, rows, columns),
        y=aligned(tiles, columns),
        weight=aligned(tiles, columns),
        seen=np.zeros(tiles),
        counters=counters_for(threads),
        part_a=aligned(rows, part),
        part_d=aligned(rows, part),
        ones=np.ones(part, np.float32),
    )
    places = np.arange(tiles * columns).reshape(tiles, columns)
    example = np.minimum(places, fixed.batch - 1)
    buffers.a[:, : len(fixed.x)] = fixed.x[:, example].transpose(1, 0, 2)
    buffers.y[:] = fixed.y[example]
    buffers.weight[:] = np.where(places < fixed.batch, fixed.weight[example], 0)
    return buffers
