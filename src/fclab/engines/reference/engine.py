"""Which page of the reference engine trains what."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import get_args

from fclab.engines.engine import Engine, beyond_sgd
from fclab.engines.finish import timed_run
from fclab.engines.job import Job, Tick
from fclab.engines.threads import in_turn
from fclab.values.dataset import Dataset
from fclab.values.recipe import Activation, Recipe
from fclab.values.run import Reason, Run


class ReferenceEngine(Engine):
    """The lab's own loops, on one thread."""

    name = "reference"
    strength = Reason(code="as_the_lab")

    def refuses(self, dataset: Dataset, recipe: Recipe, device: str) -> Reason | None:
        """Anything but SGD with what the lab's own network has."""
        return beyond_sgd(recipe, device, activations=get_args(Activation))

    def train(self, jobs: Sequence[Job], tick: Tick, workers: int) -> Iterator[Run]:
        """One after the other: PyTorch's number of threads belongs to the process."""
        return in_turn(_train_one, jobs, tick)


def _train_one(job: Job, tick: Tick) -> Run:
    with _one_thread():
        return timed_run(_page(job), job, tick)


def _page(job: Job):
    """The training loop of the page that teaches the job's part of the lab."""
    from fclab.engines.reference import autograd, by_hand, module

    recipe = job.recipe
    plain = recipe.batch_size is None and not (recipe.momentum or recipe.weight_decay)
    if job.dataset.task == "multiclass" or job.evaluates or not plain:
        return module.train
    return by_hand.train if job.dataset.task == "regression" else autograd.train


@contextmanager
def _one_thread() -> Iterator[None]:
    """Networks this small lose from more threads, and sums keep their order."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
