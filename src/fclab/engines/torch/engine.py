"""The torch engine: any recipe, tensors resident, no DataLoader, on a CPU or a CUDA device.

Networks of equal shape are one stack: every tensor has a leading model dimension, and whatever
may differ from model to model (lr and its schedule, momentum, weight decay, dropout, ...) is a
number per model. How many models make a stack depends on the device and on their shape alone:

- On a CPU a stack is one model. A wider stack gains little there for networks on images (the
  products of each model fill the caches), and would cost exactness: vectorised loops treat their
  last few elements in another way than the others, so a model's bits would depend on its place in
  the stack. Speed comes from models that train on threads of their own, and from the products of
  wide layers, which are cut into blocks of neurons that idle threads take over
  (`fclab.engines.torch.team`).
- On CUDA it follows from the memory of the device and from the shape of the work
  (`fclab.engines.torch.room`), and a stack is filled up with copies where there are fewer models,
  so that the same kernels run whatever else was asked for. Their steps are replayed as CUDA graphs
  (`fclab.engines.torch.replay`).

So the bits of a run depend neither on the number of threads nor on its neighbours.
"""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Final

from fclab.engines.engine import Engine
from fclab.engines.job import Job, Tick
from fclab.values.dataset import Dataset
from fclab.values.errors import UsageError
from fclab.values.recipe import Recipe
from fclab.values.run import Reason, Run

if TYPE_CHECKING:
    from fclab.engines.torch.group import Recordings

DEVICES: Final = ("cpu", "cuda")


class TorchEngine(Engine):
    """Any recipe; stacks on threads of their own."""

    name = "torch"
    strength = Reason(code="any_recipe")
    continues = True

    def refuses(self, dataset: Dataset, recipe: Recipe, device: str) -> Reason | None:
        """Only a device that is not there."""
        if device not in DEVICES:
            return Reason(code="no_device", values={"device": device})
        if device == "cuda":
            import torch

            if not torch.cuda.is_available():
                return Reason(code="no_cuda")
        return None

    def train(
        self,
        jobs: Sequence[Job],
        tick: Tick,
        workers: int,
        *,
        models: int | None = None,
        recording: "Recordings | None" = None,
    ) -> Iterator[Run]:
        """Stacks side by side. Networks so small that a step is mostly Python take turns on one
        thread, and so do stacks on a CUDA device, each of which fills it.

        Args:
            models: trained side by side; default: see `fclab.engines.torch.room`.
            recording: see `fclab.engines.torch.group.train_group`.

        Raises:
            UsageError: the memory of a CUDA device is full.
        """
        import torch

        from fclab.engines.torch.group import groups_of, train_group
        from fclab.engines.torch.team import Team

        try:
            groups = groups_of(jobs, models)
            alone = all(group.is_light or group.on_cuda for group in groups)
            team = Team(1 if alone else workers)
            yield from team.run(groups, partial(train_group, recording=recording), tick)
        except torch.OutOfMemoryError as error:
            raise UsageError(
                "the memory of the CUDA device is full: end what else computes there, or take "
                "smaller layers or batches"
            ) from error
