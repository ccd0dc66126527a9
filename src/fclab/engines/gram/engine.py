"""The Gram engine: images and SGD, the first layer trained in sample space (docs/engine.md).

The inner products of the images are computed once per dataset and shared by all runs; a run is
then one compiled loop (`gram_kernels`), and a run that has the machine for itself shares its large
products out among the cores (`gram_update`).
"""

from time import perf_counter
from typing import Final

import numpy as np

from fclab.engines.compiled.kernels import ACTIVATIONS, flatten, unflatten
from fclab.engines.compiled.tiles import NEAR, TILE, accumulate, pass_widths, tiles
from fclab.engines.gram.kernels import Plan, State, train_epochs
from fclab.engines.gram.matrix import MEMORY_LIMIT, Gram, gram_matrix, matrix_bytes
from fclab.engines.gram.update import Desk, desk, helpers, threads_for
from fclab.engines.job import Job, Tick, Trained, finish, initial_weights
from fclab.engines.memory import aligned
from fclab.values.dataset import Dataset
from fclab.values.model import Weights, activate
from fclab.values.recipe import Recipe
from fclab.values.rng import batch_orders, flips
from fclab.values.run import EngineChoice, Run

NAME = "gram"
_CHUNK: Final = 8  # epochs trained in one call of compiled code


def refuses(dataset: Dataset, recipe: Recipe) -> str | None:
    """Why this engine does not train the recipe, or None if it does."""
    if dataset.task != "multiclass" or dataset.train.x.ndim != 4:
        return "it trains classifiers of images only"
    if recipe.optimizer != "sgd":
        return f"a first layer in sample space needs sgd, not {recipe.optimizer}"
    if recipe.activation not in ACTIVATIONS:
        return f"it has no {recipe.activation}"
    if used := [name for name in recipe.extras if name != "flip"]:
        return f"a first layer in sample space has no {', '.join(used).replace('_', ' ')}"
    if (size := matrix_bytes(dataset, recipe.flip)) > MEMORY_LIMIT:
        return f"the inner products of so many images would take {size / 2**30:.1f} GiB"
    return None


def prepare(dataset: Dataset, recipe: Recipe) -> None:
    """Build what all runs on the dataset share, on all cores, unless it is there already."""
    gram_matrix(dataset, recipe.flip)


def train_one(job: Job, tick: Tick, choice: EngineChoice, threads: int = 1) -> Run:
    """Train one run without the GIL but for moments. No bit of it depends on ``threads``.

    Builds the Gram matrix first if `prepare` was not called.
    """
    gram = gram_matrix(job.dataset, job.recipe.flip)
    started = perf_counter()
    first = initial_weights(job.recipe, gram.inputs, job.seed)
    plan, state = plan_of(job, gram), initial_state(job.recipe, gram, first)
    chunk = 1 if job.recipe.patience else _CHUNK
    threads = threads_for(job.recipe.layers[0], plan.batch, gram.columns, threads)
    shared = desk(job.recipe.layers[0], plan.batch, chunk * gram.n, threads)
    nothing = np.empty(0, np.int64), np.empty((0, 0)), np.empty((0, 0))
    with helpers(lambda me: train_epochs(state, plan, shared, me, *nothing), threads):
        trained = train(job, gram, first, plan, state, shared, tick)
    return finish(job, choice, trained, perf_counter() - started)


def train(
    job: Job, gram: Gram, first: Weights, plan: Plan, state: State, shared: Desk, tick: Tick
) -> Trained:
    """The training loop: a few epochs at a time in compiled code."""
    recipe = job.recipe
    rates = recipe.learning_rates(gram.n).reshape(recipe.epochs, -1)
    orders = _orders(job, gram)
    columns = ["running_loss"]
    columns += [f"{split}_{what}" for split in job.evaluates for what in ("loss", "accuracy")]
    history = np.empty((recipe.epochs, len(columns)))
    snapshots: dict[int, np.ndarray] = {}
    diverged_at = stopped_at = None
    best, best_at, best_state = np.inf, 0, state
    epoch = 0
    while epoch < recipe.epochs and diverged_at is None and stopped_at is None:
        # Epochs after which there is something to do end a chunk.
        chunk = 1 if recipe.patience else _CHUNK
        stops = [s for s in (*job.snapshots, recipe.epochs) if s > epoch]
        chunk = min(chunk, min(stops) - epoch)
        order = np.concatenate([next(orders) for _ in range(chunk)])
        part = slice(epoch, epoch + chunk)
        done = train_epochs(state, plan, shared, 0, order, rates[part], history[part])
        epoch += done
        if epoch in job.snapshots:
            snapshots[epoch] = answers(recipe, gram, state)
        tick(done)
        if not np.isfinite(history[epoch - 1]).all():
            diverged_at = epoch
        elif recipe.patience is not None:
            loss = history[epoch - 1, columns.index("valid_loss")]
            if loss < best:
                best, best_at = loss, epoch
                best_state = state._replace(
                    a=state.a.copy(), params=state.params.copy(), scale=state.scale.copy()
                )
            if epoch - best_at >= recipe.patience:
                stopped_at = epoch
    kept = state if recipe.patience is None or diverged_at else best_state
    return Trained(
        final_weights(recipe, gram, first, kept),
        {name: history[:epoch, i].copy() for i, name in enumerate(columns)},
        snapshots, diverged_at, stopped_at,
    )  # fmt: skip


def plan_of(job: Job, gram: Gram) -> Plan:
    """What stays fixed during training, as the kernels want it."""
    recipe = job.recipe
    return Plan(
        products=gram.products.ravel(),
        n=gram.n,
        columns=gram.columns,
        labels=gram.labels,
        spans=np.array([gram.spans[split] for split in job.evaluates]),
        widths=np.array(recipe.layers),
        batch=recipe.batch(gram.n),
        mean=recipe.reduction == "mean",
        activation=ACTIVATIONS[recipe.activation],
        momentum=np.float32(recipe.momentum),
        nesterov=recipe.nesterov,
        decay=np.float32(recipe.weight_decay),
    )


def initial_state(recipe: Recipe, gram: Gram, first: Weights) -> State:
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
    return State(
        p=p,
        a=np.zeros((gram.rows, h), np.float32),
        b=np.zeros((gram.rows if moving else 0, h), np.float32),
        params=params,
        velocity=np.zeros_like(params),
        scale=np.array([1.0, 0.0]),
    )


@np.errstate(all="ignore")  # a diverged network may hold anything
def answers(recipe: Recipe, gram: Gram, state: State) -> np.ndarray:
    """Raw outputs for the training images, float32 ``(N, outputs)``."""
    x = state.p[: recipe.layers[0], : gram.n].T
    upper = unflatten(state.params, recipe.layers, 2)
    for i in range(2, len(recipe.layers) + 1):
        x = activate(recipe.activation, x) @ upper[f"fc{i}.weight"].T + upper[f"fc{i}.bias"]
    return x.copy()


@np.errstate(all="ignore")
def final_weights(recipe: Recipe, gram: Gram, first: Weights, state: State) -> Weights:
    """Back to weight space: W = s·W₀ + AᵀX_train, biases by the input that is always 1."""
    scale = np.float32(state.scale[0])
    weight, bias = scale * first["fc1.weight"], scale * first["fc1.bias"] + state.a.sum(axis=0)
    rows = np.zeros(gram.n + NEAR, np.int64)
    rows[: gram.n] = np.arange(gram.n) * gram.train.shape[1]
    h = len(bias)
    for mirrored in (False, True)[: 1 + gram.flip]:
        moved = np.zeros((h, gram.train.shape[1]), np.float32)
        base = gram.n * h if mirrored else 0
        accumulate(
            gram.train.ravel(), TILE, 0, rows, gram.n,
            state.a.ravel(), base, h, np.array(pass_widths(h)), moved, 0,
        )  # fmt: skip
        weight += moved[:, gram.mirror if mirrored else slice(gram.inputs)]
    return {"fc1.weight": weight, "fc1.bias": bias, **unflatten(state.params, recipe.layers, 2)}


def _orders(job: Job, gram: Gram):
    """The rows of K of every epoch's images, in the order of its batches."""
    recipe, n = job.recipe, gram.n
    in_order = np.arange(n)
    shuffled = batch_orders(job.seed, n, recipe.epochs)
    mirrored = flips(job.seed, n, recipe.epochs)
    for _ in range(recipe.epochs):
        order = in_order if recipe.batch_size is None else next(shuffled)
        yield order + n * next(mirrored)[order] if recipe.flip else order
