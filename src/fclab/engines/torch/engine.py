"""The torch engine: any recipe, tensors resident, no DataLoader, on a CPU or a CUDA device.

Networks of equal shape are one stack: every tensor has a leading model dimension, and whatever
may differ from model to model (lr and its schedule, momentum, weight decay, dropout, ...) is a
number per model. How many models make a stack depends on the kind of device alone (`STACK`):

- On a CPU a stack is one model. A wider stack gains little there for networks on images (the
  products of each model fill the caches), and would cost exactness: vectorised loops treat their
  last few elements in another way than the others, so a model's bits would depend on its place in
  the stack. Speed comes from models that train on threads of their own, and from the products of
  wide layers, which are cut into blocks of neurons that idle threads take over
  (`fclab.engines.torch.team`).
- On CUDA a stack is always of the same size, filled up with copies where there are fewer models,
  so that the same kernels run whatever else was asked for.

So the bits of a run depend neither on the number of threads nor on its neighbours.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from fclab.engines.engine import Engine
from fclab.engines.job import Job, Tick
from fclab.values.dataset import Dataset
from fclab.values.recipe import Recipe
from fclab.values.run import Reason, Run

STACK: Final = {"cpu": 1, "cuda": 16}
"""Models of a stack, by the kind of device."""


class TorchEngine(Engine):
    """Any recipe; stacks on threads of their own."""

    name = "torch"
    strength = Reason(code="any_recipe")

    def refuses(self, dataset: Dataset, recipe: Recipe, device: str) -> Reason | None:
        """Only a device that is not there."""
        if device not in STACK:
            return Reason(code="no_device", values={"device": device})
        if device == "cuda":
            import torch

            if not torch.cuda.is_available():
                return Reason(code="no_cuda")
        return None

    def train(
        self, jobs: Sequence[Job], tick: Tick, workers: int, *, stack: int | None = None
    ) -> Iterator[Run]:
        """Stacks side by side. Networks so small that a step is mostly Python take turns on one
        thread. ``stack``: models trained side by side; default: that of the device in `STACK`."""
        from fclab.engines.torch.group import groups_of, train_group
        from fclab.engines.torch.team import Team

        groups = groups_of(jobs, {d: stack or size for d, size in STACK.items()})
        team = Team(1 if all(group.is_light for group in groups) else workers)
        yield from team.run(groups, train_group, tick)
