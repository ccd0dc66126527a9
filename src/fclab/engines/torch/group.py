"""The training of a group of equally shaped networks, side by side."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import partial
from time import perf_counter
from typing import Final

import numpy as np
import torch
from torch import Tensor

from fclab.engines.finish import finish
from fclab.engines.job import Job, Tick, initial_weights
from fclab.engines.locality import far_weights
from fclab.engines.recorder import Recorder
from fclab.engines.torch.batches import Batches
from fclab.engines.torch.network import NetworkStack
from fclab.engines.torch.optimizer import Updates, per_model
from fclab.engines.torch.resident import Resident
from fclab.engines.torch.team import Emit, Share
from fclab.values.model import Weights
from fclab.values.recipe import Recipe

LIGHT: Final = 2**20
"""Multiplications of a step below which threads only wait for each other."""


@dataclass(frozen=True, eq=False)
class JobGroup:
    """Jobs of one stack.

    Attributes:
        resident: their dataset on their device.
        jobs: one per model of the stack.
        asked: how many of them were asked for; those beyond only fill it up.
    """

    resident: Resident
    jobs: tuple[Job, ...]
    asked: int

    @property
    def is_light(self) -> bool:
        """Whether a step is mostly Python, of which only one thread can run at a time."""
        job = self.jobs[0]
        weights = job.recipe.connections(job.dataset.info.n_inputs)
        return weights * job.recipe.batch(len(job.dataset.train)) < LIGHT


def structure(recipe: Recipe) -> Recipe:
    """What must be equal for two recipes to be trained in one stack: the recipe with everything
    that each model can have its own value of set to one value."""
    same: dict[str, object] = {"lr": 1.0, "schedule": "constant", "weight_decay": 0.0}
    same |= {"init": "fan_in", "init_scale": 1.0, "patience": None, "label_smoothing": 0.0}
    same["tta"] = "none"
    for name in ("momentum", "dropout", "mixup", "ema"):
        same[name] = 0.5 if getattr(recipe, name) else 0.0
    return recipe.model_copy(update=same)


def groups_of(jobs: Sequence[Job], stacks: dict[str, int]) -> list[JobGroup]:
    """Jobs of the same dataset, device and structure in stacks of a fixed size.

    Args:
        jobs: in any order.
        stacks: models of a stack, by device.
    """
    residents: dict[tuple[object, ...], Resident] = {}
    alike: dict[tuple[Resident, Recipe], list[Job]] = {}
    for job in jobs:
        where = (id(job.dataset), job.choice.device, job.recipe.contrast, job.recipe.pool)
        if where not in residents:
            residents[where] = Resident(job.dataset, job.recipe, job.choice.device)
        alike.setdefault((residents[where], structure(job.recipe)), []).append(job)
    groups = []
    for (resident, _), members in alike.items():
        size = stacks[resident.device.type]
        for lo in range(0, len(members), size):
            chosen = members[lo : lo + size]
            filled = (*chosen, *[chosen[0]] * (size - len(chosen)))
            groups.append(JobGroup(resident, filled, len(chosen)))
    return groups


def train_group(group: JobGroup, share: Share, tick: Tick, emit: Emit) -> None:
    """Train the group; every model is handed over as soon as it is done.

    A run's seconds are the time until then, divided by the models of the stack.
    """
    torch.set_num_threads(1)
    started, jobs = perf_counter(), group.jobs
    stack = _Stack(group, share)
    outputs: dict[str, np.ndarray] = {}
    alive = {
        m: Recorder(jobs[m], tick, lambda split, m=m: outputs[split][m], partial(stack.weights, m))
        for m in range(group.asked)
    }
    for epoch in range(1, jobs[0].recipe.epochs + 1):
        running = stack.train_epoch()
        kept = ["train"] if any(epoch in jobs[m].snapshots for m in alive) else []
        outputs |= stack.outputs(dict.fromkeys((*jobs[0].evaluates, *kept)))
        for m, recorder in list(alive.items()):
            recorder.epoch(float(running[m]))
            if recorder.over:
                emit(finish(jobs[m], recorder, (perf_counter() - started) / len(jobs)))
                del alive[m]
        if not alive:
            return


class _Stack:
    """Networks, their batches, optimisers and averages."""

    def __init__(self, group: JobGroup, share: Share):
        jobs, resident = group.jobs, group.resident
        recipes = [job.recipe for job in jobs]
        n, inputs = len(resident.targets), jobs[0].dataset.info.n_inputs
        self._recipe: Final = recipes[0]
        self._models, self._n = len(jobs), n
        self._share, self._resident, self._device = share, resident, resident.device
        masks = far_weights(self._recipe, jobs[0].dataset.info.input_shape)
        initial = [initial_weights(job.recipe, inputs, job.seed, masks) for job in jobs]
        network = NetworkStack(self._recipe, initial, resident.device, share)
        self._network: Final = network
        self._kept: Final = (
            {name: t.detach().clone() for name, t in network.tensors.items()}
            if self._recipe.ema
            else network.tensors
        )
        self._batches = iter(Batches(resident, jobs))
        self._batch = next(self._batches, None)
        self._rates = np.stack([recipe.learning_rates(n) for recipe in recipes], axis=1)
        far = {i: torch.tensor(mask, dtype=torch.float32, device=resident.device)
               for i, mask in masks.items()}  # fmt: skip
        self._updates = [Updates(part, network.tensors, self._kept, recipes, far)
                         for part in network.parts]  # fmt: skip
        self._steps = 0

    def train_epoch(self) -> np.ndarray:
        """Train one epoch.

        Returns:
            The mean loss per example of every model, of the batches as they were seen.
        """
        seen = torch.zeros(self._models, dtype=torch.float64, device=self._device)
        for _ in range(self._recipe.iterations_per_epoch(self._n)):
            seen += self._step()
        return (seen / self._n).cpu().numpy()

    def _step(self) -> Tensor:
        """One step of every model: the summed losses of its batch ``(models,)``."""
        assert self._batch is not None
        found = self._network.gradients(*self._batch)
        t = self._steps = self._steps + 1
        lr = per_model(self._rates[t - 1], self._device)
        # The next batch does not depend on this step, so it may be drawn at the same time.
        self._share([self._draw, *(partial(u.step, found, lr, t) for u in self._updates)])
        return found.seen

    def _draw(self) -> None:
        self._batch = next(self._batches, None)

    def outputs(self, splits: Collection[str]) -> dict[str, np.ndarray]:
        """Outputs of the networks (or of their averages) in evaluation mode, of every split
        ``(models, n, outputs)``."""
        inputs = self._resident.inputs
        return self._network.outputs(self._kept, {name: inputs[name] for name in splits})

    def weights(self, model: int) -> Weights:
        """Copies of one model's weights (or of their averages)."""
        return {name: t[model].detach().cpu().numpy().copy() for name, t in self._kept.items()}
