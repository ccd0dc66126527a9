"""The training of a group of equally shaped networks, side by side."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from time import perf_counter
from typing import Final

import numpy as np
import torch

from fclab.engines.finish import finish
from fclab.engines.job import Job, Tick
from fclab.engines.recorder import Recorder
from fclab.engines.torch.replay import CudaGraphs, Recording
from fclab.engines.torch.resident import Resident
from fclab.engines.torch.room import models_at_once
from fclab.engines.torch.stack import Stack
from fclab.engines.torch.team import Emit, Share
from fclab.values.recipe import Recipe

Recordings = Callable[[torch.device], Recording]
"""Who repeats the steps of a stack on a device."""
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

    @property
    def on_cuda(self) -> bool:
        """Whether it is trained on a CUDA device."""
        return self.resident.device.type == "cuda"


def structure(recipe: Recipe) -> Recipe:
    """What must be equal for two recipes to be trained in one stack: the recipe with everything
    that each model can have its own value of set to one value."""
    same: dict[str, object] = {"lr": 1.0, "schedule": "constant", "weight_decay": 0.0}
    same |= {"init": "fan_in", "init_scale": 1.0, "patience": None, "label_smoothing": 0.0}
    same["tta"] = "none"
    for name in ("momentum", "dropout", "mixup", "ema"):
        same[name] = 0.5 if getattr(recipe, name) else 0.0
    return recipe.model_copy(update=same)


def groups_of(jobs: Sequence[Job], models: int | None = None) -> list[JobGroup]:
    """Jobs of the same dataset, device and structure in stacks of a fixed size.

    Args:
        jobs: in any order.
        models: of a stack; default: see `models_at_once`.
    """
    residents: dict[tuple[object, ...], Resident] = {}
    alike: dict[tuple[Resident, Recipe], list[Job]] = {}
    for job in jobs:
        where = (id(job.dataset), job.choice.device, job.recipe.contrast, job.recipe.pool)
        if where not in residents:
            residents[where] = Resident(job.dataset, job.recipe, job.choice.device)
        alike.setdefault((residents[where], structure(job.recipe)), []).append(job)
    groups = []
    for (resident, recipe), members in alike.items():
        size = models or models_at_once(resident.device, members[0].dataset, recipe)
        for lo in range(0, len(members), size):
            chosen = members[lo : lo + size]
            filled = (*chosen, *[chosen[0]] * (size - len(chosen)))
            groups.append(JobGroup(resident, filled, len(chosen)))
    return groups


def train_group(
    group: JobGroup, share: Share, tick: Tick, emit: Emit, *, recording: Recordings | None = None
) -> None:
    """Train the group; every model is handed over as soon as it is done.

    A run's seconds are the time until then, divided by the models of the stack.

    Args:
        recording: who repeats the steps of a stack on a device; default: graphs on a CUDA device;
            on a CPU nobody, steps are made as they come.
    """
    torch.set_num_threads(1)
    started, jobs, resident = perf_counter(), group.jobs, group.resident
    if recording is None and group.on_cuda:
        recording = CudaGraphs
    stack = Stack(resident, jobs, share, recording(resident.device) if recording else None)
    outputs: dict[str, np.ndarray] = {}
    alive = {
        m: Recorder(jobs[m], tick, lambda split, m=m: outputs[split][m], partial(stack.weights, m))
        for m in range(group.asked)
    }
    for epoch in range(1, jobs[0].recipe.epochs + 1):
        stack.train_epoch()
        kept = ["train"] if any(epoch in jobs[m].snapshots for m in alive) else []
        found = stack.outputs(dict.fromkeys((*jobs[0].evaluates, *kept)))
        rows = stack.measured(found, jobs[0].evaluates) if recording else None
        # Where rows are measured on the device, outputs leave it for snapshots only.
        outputs |= {name: found[name].cpu().numpy() for name in (found if rows is None else kept)}
        running = stack.running() if rows is None else ()
        for m, recorder in list(alive.items()):
            if rows is None:
                recorder.epoch(float(running[m]))
            else:
                recorder.epochs(rows[m : m + 1])
            if recorder.over:
                job = replace(jobs[m], choice=stack.told(jobs[m].choice))
                emit(finish(job, recorder, (perf_counter() - started) / len(jobs)))
                del alive[m]
        if not alive:
            return
