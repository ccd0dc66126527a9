"""The fused engine: the whole training loop compiled, for small dense inputs (parts 1 and 2).

Nothing of a step is left to Python or to a library: forward pass, loss, gradients and update of a
network that fits the cache are one compiled loop of vector instructions. Where a step sees all
examples, those with equal inputs are first collapsed into one, see `fclab.engines.fused.weighted`.
"""

from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np

from fclab.engines.fused.weighted import collapse, each_once
from fclab.engines.job import Job, Tick, Trained, finish, initial_weights
from fclab.engines.memory import aligned
from fclab.values.dataset import Dataset
from fclab.values.model import Weights, forward
from fclab.values.recipe import Recipe
from fclab.values.rng import batch_orders
from fclab.values.run import EngineChoice, History, Run

if TYPE_CHECKING:
    from fclab.engines.fused.loop import Plan, Work

NAME = "fused"

MAX_INPUTS = 64
MAX_WIDTH = 1024
MAX_CELLS = 1 << 24
"""Neurons × examples of a batch: 64 MiB of activations, more than any core's cache."""

_WORK_PER_CALL = 1e9  # multiply-adds between two ticks: some tens of milliseconds
_ORDERS_PER_CALL = 1 << 22  # numbers of batch order drawn ahead: 32 MiB
_TILE = 1024  # examples that are evaluated at a time
_LANES = 16  # columns are padded to whole vector registers: AVX-512 has 16 lanes, AVX2 8


def refuses(dataset: Dataset, recipe: Recipe) -> str | None:
    """Why this engine does not train the recipe, or None if it does."""
    if recipe.optimizer != "sgd":
        return f"its compiled loop has SGD only, not {recipe.optimizer}"
    if recipe.activation == "gelu":
        return "its compiled loop has ReLU, sigmoid and tanh, not GELU"
    if recipe.extras:
        return f"its compiled loop has no {', '.join(recipe.extras)}"
    if dataset.train.x.ndim > 2:
        return "it is for points, not for images"
    inputs, widest = dataset.info.n_inputs, max(recipe.layers)
    if inputs > MAX_INPUTS:
        return f"it is for at most {MAX_INPUTS} inputs, not {inputs}"
    if widest > MAX_WIDTH:
        return f"it is for layers of at most {MAX_WIDTH} neurons, not {widest}"
    cells = (inputs + recipe.neurons()) * recipe.batch(len(dataset.train))
    if cells > MAX_CELLS:
        return f"it keeps at most {MAX_CELLS} activations, this batch has {cells}"
    return None


def train_one(job: Job, tick: Tick, choice: EngineChoice) -> Run:
    """Train one run on one thread, without holding the interpreter's lock."""
    started = perf_counter()
    trained = train(job, tick)
    return finish(job, choice, trained, perf_counter() - started)


def train(job: Job, tick: Tick) -> Trained:
    """Train in calls of some tens of milliseconds: between them progress and Ctrl-C have a turn."""
    loop = CompiledLoop(job)
    snapshots: dict[int, np.ndarray] = {}
    while not loop.ended:
        made = loop.advance(min((e for e in job.snapshots if e > loop.done), default=None))
        if loop.done in job.snapshots:
            with np.errstate(all="ignore"):  # the last one of a diverging run
                snapshots[loop.done] = forward(
                    job.recipe, loop.weights, job.dataset.inputs["train"]
                )
        tick(made)
    return Trained(
        loop.best_weights if job.recipe.patience and not loop.diverged else loop.weights,
        loop.history,
        snapshots,
        diverged_at=loop.done if loop.diverged else None,
        stopped_at=loop.done if loop.stopped else None,
    )


class CompiledLoop:
    """One training between the calls of the compiled loop.

    Attributes:
        done: epochs so far.
        diverged: a loss of the last epoch is not finite.
        stopped: the validation loss has not improved for the recipe's patience.
    """

    def __init__(self, job: Job):
        from fclab.engines.compiled.kernels import ACTIVATIONS, LOSSES, flatten
        from fclab.engines.fused.loop import Plan, State

        recipe, x, y = job.recipe, job.dataset.inputs, job.dataset.train.y
        n = len(y)
        self.recipe = recipe
        self.done, self.diverged, self.stopped = 0, False, False
        self.steps = recipe.iterations_per_epoch(n)
        self.rates = recipe.learning_rates(n).astype(np.float32)
        # One step of all examples does not depend on their order.
        self.orders = batch_orders(job.seed, n, recipe.epochs) if self.steps > 1 else None
        train = each_once(x["train"], y) if self.orders else collapse(x["train"], y, recipe.loss)
        names = sorted(job.evaluates, key=lambda name: name == "valid")  # that may stop it: last
        parts = [each_once(x[name], job.dataset.splits[name].y) for name in names]
        nothing = each_once(x["train"][:0], y[:0])
        self.columns = ["running_loss"]
        for name in names:
            self.columns += [f"{name}_loss", f"{name}_accuracy"]
        self.classifies = job.dataset.task != "regression"
        params = flatten(initial_weights(recipe, len(train.x), job.seed))
        self.state = State(params, np.zeros_like(params), np.array([np.inf, 0.0]), params.copy())
        self.plan = Plan(
            x=train.x,
            y=train.y,
            weight=train.weight,
            batch=recipe.batch(n) if self.orders else len(train),
            mean=recipe.reduction == "mean",
            examples=n,
            offset=train.offset,
            widths=np.array([len(train.x), *recipe.layers], np.int64),
            activation=ACTIVATIONS[recipe.activation],
            loss=LOSSES[recipe.loss],
            momentum=np.float32(recipe.momentum),
            nesterov=recipe.nesterov,
            decay=np.float32(recipe.weight_decay),
            parts_x=np.concatenate([part.x for part in (nothing, *parts)], axis=1),
            parts_y=np.concatenate([part.y for part in (nothing, *parts)]),
            bounds=np.cumsum([0, *(len(part) for part in parts)]),
            patience=recipe.patience or 0,
        )
        self.work = _work(self.plan)
        cost = 3 * recipe.connections(len(train.x)) + 20 * recipe.neurons()
        seen = self.steps * self.work.a.shape[1] + len(self.plan.parts_y)
        self.per_call = max(1, int(_WORK_PER_CALL / (cost * seen)))
        if self.orders:
            self.per_call = max(1, min(self.per_call, _ORDERS_PER_CALL // n))
        self.table = [np.empty((0, len(self.columns)))]

    def advance(self, until: int | None = None) -> int:
        """Train some epochs, not beyond ``until``; the number that was made."""
        from fclab.engines.fused.loop import train_epochs

        count = min(self.per_call, (until or self.recipe.epochs) - self.done)
        count = min(count, self.recipe.epochs - self.done)
        orders = np.empty((count, len(self.plan.y) if self.orders else 0), np.int64)
        if self.orders:
            for row in orders:
                row[:] = next(self.orders)
        history = np.empty((count, len(self.columns)))
        rates = self.rates[self.done * self.steps :]
        made = int(train_epochs(self.plan, self.state, self.work, orders, rates, history))
        self.table.append(history[:made])
        self.done += made
        self.diverged = not np.isfinite(history[made - 1]).all()
        self.stopped = 0 < self.plan.patience <= self.state.best[1] and not self.diverged
        return made

    @property
    def ended(self) -> bool:
        """Nothing is left to do."""
        return self.diverged or self.stopped or self.done == self.recipe.epochs

    @property
    def history(self) -> History:
        """The per-epoch columns so far."""
        table = np.concatenate(self.table)
        return {
            name: table[:, i].copy()
            for i, name in enumerate(self.columns)
            if self.classifies or not name.endswith("_accuracy")
        }

    @property
    def weights(self) -> Weights:
        """The weights as they stand."""
        return self._named(self.state.params)

    @property
    def best_weights(self) -> Weights:
        """The weights of least validation loss so far."""
        return self._named(self.state.best_params)

    def _named(self, params: np.ndarray) -> Weights:
        from fclab.engines.compiled.kernels import unflatten

        return unflatten(params, self.plan.widths.tolist())


def _work(plan: "Plan") -> "Work":
    """Arrays to work in; a full batch is laid out in them for good."""
    from fclab.engines.fused.loop import Work

    rows, params = int(plan.widths.sum()), int((plan.widths[1:] * (plan.widths[:-1] + 1)).sum())
    columns = -(-plan.batch // _LANES) * _LANES
    tile = min(len(plan.parts_y), _TILE)

    work = Work(
        grads=aligned(params),
        a=aligned(rows, columns),
        d=aligned(rows, columns),
        y=aligned(columns),
        weight=aligned(columns),
        part_a=aligned(rows, tile),
        part_d=aligned(rows, tile),
        ones=np.ones(tile, np.float32),
    )
    column = np.minimum(np.arange(columns), plan.batch - 1)
    work.a[: len(plan.x)], work.y[:] = plan.x[:, column], plan.y[column]
    work.weight[: plan.batch] = plan.weight[: plan.batch]
    return work
