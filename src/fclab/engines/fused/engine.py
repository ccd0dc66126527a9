"""The fused engine: the whole training loop compiled, for small dense inputs (parts 1 and 2).

Nothing of a step is left to Python or to a library: forward pass, loss, gradients and update of a
network that fits the cache are one compiled loop of vector instructions. Where a step sees all
examples, those with equal inputs are first collapsed into one, see `fclab.engines.fused.weighted`.
"""

from collections.abc import Iterator, Sequence
from functools import partial

from fclab.data.binary import binary_points
from fclab.data.regression import regression_curve
from fclab.engines.compiled.ahead import numba_fails, on_disk
from fclab.engines.engine import Engine, Example, beyond_sgd
from fclab.engines.finish import timed_run
from fclab.engines.job import Job, Tick
from fclab.engines.threads import in_threads
from fclab.values.dataset import Dataset
from fclab.values.recipe import BINARY, REGRESSION, Recipe
from fclab.values.run import Reason, Run

MAX_INPUTS = 64
MAX_WIDTH = 1024
MAX_CELLS = 1 << 24
"""Neurons × examples of a batch: 64 MiB of activations, more than any core's cache."""


class FusedEngine(Engine):
    """Small dense inputs; runs side by side, or one that has all threads for itself."""

    name = "fused"
    strength = Reason(code="compiled_loop")

    def refuses(self, dataset: Dataset, recipe: Recipe, device: str) -> Reason | None:
        """Images, GELU, whatever is not plain SGD, and what does not fit a cache."""
        if reason := beyond_sgd(recipe, device, ("relu", "sigmoid", "tanh")):
            return reason
        if dataset.train.x.ndim > 2:
            return Reason(code="points_only")
        inputs, widest = dataset.info.n_inputs, max(recipe.layers)
        if inputs > MAX_INPUTS:
            return Reason(code="too_many_inputs", values={"most": MAX_INPUTS, "inputs": inputs})
        if widest > MAX_WIDTH:
            return Reason(code="too_wide", values={"most": MAX_WIDTH, "widest": widest})
        cells = (inputs + recipe.neurons()) * recipe.batch(len(dataset.train))
        if cells > MAX_CELLS:
            values = {"most": MAX_CELLS, "activations": cells}
            return Reason(code="too_many_activations", values={**values})
        return numba_fails()

    def train(self, jobs: Sequence[Job], tick: Tick, workers: int) -> Iterator[Run]:
        """Side by side, one thread each: the compiled loop does not hold the interpreter's lock. A
        run that is alone shares its steps out among all."""
        from fclab.engines.fused.training import train

        train_one = partial(train, threads=workers if len(jobs) == 1 else 1)
        return in_threads(partial(timed_run, train_one), jobs, tick, workers)

    def examples(self) -> tuple[Example, ...]:
        """Parts 1 and 2, briefly."""
        return (
            (regression_curve(), REGRESSION.replace(epochs=5)),
            (binary_points(), BINARY.replace(epochs=5)),
        )

    def is_compiled(self) -> bool:
        """Whether the loop is on disk."""
        from fclab.engines.fused.loop import train_epochs

        return on_disk(train_epochs)
