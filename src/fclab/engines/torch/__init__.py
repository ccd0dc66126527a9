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

from fclab.engines.job import Job, Tick, usable_cores
from fclab.values.dataset import Dataset
from fclab.values.recipe import Recipe
from fclab.values.run import EngineChoice, Run

NAME: Final = "torch"
STACK: Final = {"cpu": 1, "cuda": 16}
"""Models of a stack, by the kind of device."""

__all__ = ["NAME", "STACK", "refuses", "train_many"]


def refuses(dataset: Dataset, recipe: Recipe, device: str = "cpu") -> str | None:
    """Why this engine does not train the recipe on the device, or None if it does.

    It trains any recipe, so the only reason is a device that is not there.
    """
    if device not in STACK:
        return f"there is no device {device!r}: choose cpu or cuda"
    if device == "cuda":
        import torch

        if not torch.cuda.is_available():
            return "PyTorch finds no CUDA device on this machine: use the device cpu"
    return None


def train_many(
    jobs: Sequence[Job],
    choices: Sequence[EngineChoice],
    tick: Tick,
    *,
    workers: int | None = None,
    stack: int | None = None,
) -> Iterator[Run]:
    """Train all jobs and yield the runs as they finish, in any order.

    Args:
        jobs: what to train; datasets and recipes may be mixed.
        choices: the engine choice of every job; its ``device`` is where the job is trained.
        tick: told how many more epochs are done, from worker threads; what it raises ends all.
        workers: threads that train; default: the cores of this process. Networks so small that
            a step is mostly Python take turns on one.
        stack: models trained side by side; default: that of the device in `STACK`.
    """
    from fclab.engines.torch.group import groups_of, train_group
    from fclab.engines.torch.team import Team

    groups = groups_of(jobs, choices, {d: stack or size for d, size in STACK.items()})
    one = all(group.is_light for group in groups)
    team = Team(1 if one else workers or usable_cores())
    yield from team.run(groups, train_group, tick)
