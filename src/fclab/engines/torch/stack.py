"""Networks of a stack with their batches, optimisers and averages: what a step is."""

from collections.abc import Collection, Mapping, Sequence
from functools import partial
from typing import Final

import numpy as np
import torch
from torch import Tensor

from fclab.engines.job import Job, initial_weights
from fclab.engines.locality import far_weights
from fclab.engines.torch.batches import Batch, Batches, Feed
from fclab.engines.torch.evaluation import measured
from fclab.engines.torch.network import NetworkStack
from fclab.engines.torch.optimizer import Numbers, Schedule, Updates
from fclab.engines.torch.replay import Recording, Replay, how
from fclab.engines.torch.resident import Resident
from fclab.engines.torch.team import Share
from fclab.engines.torch.tied import TiedNetwork
from fclab.values.model import Weights
from fclab.values.run import EngineChoice


class Stack:
    """Equally shaped networks that are trained side by side.

    Args:
        resident: the examples.
        jobs: one per model.
        share: who carries out what can be done at the same time.
        recording: who repeats the steps; None: each is made as it comes, and the next batch is
            drawn at the same time.
    """

    def __init__(
        self, resident: Resident, jobs: Sequence[Job], share: Share, recording: Recording | None
    ):
        recipes, info = [job.recipe for job in jobs], jobs[0].dataset.info
        self._job, self._recipe = jobs[0], recipes[0]
        self._models, self._n = len(jobs), len(resident.targets)
        self._share, self._resident, self._device = share, resident, resident.device
        masks = far_weights(self._recipe, info.input_shape)
        initial = [
            {**initial_weights(job.recipe, info.n_inputs, job.seed, masks), **job.initial}
            for job in jobs
        ]
        self._tied = [
            TiedNetwork(job.recipe, info.input_shape, weights, resident.device)
            for job, weights in zip(jobs, initial, strict=True) if job.recipe.tied_epochs
        ]  # fmt: skip
        network = NetworkStack(self._recipe, initial, resident.device, share)
        self._network: Final = network
        self._kept: Final = (
            {name: t.detach().clone() for name, t in network.tensors.items()}
            if self._recipe.ema
            else network.tensors
        )
        far = {i: torch.tensor(mask, dtype=torch.float32, device=resident.device)
               for i, mask in masks.items()}  # fmt: skip
        self._updates = [Updates(part, network.tensors, self._kept, recipes, far)
                         for part in network.parts]  # fmt: skip
        self._schedule = Schedule(recipes, self._n, resident.device)
        self._seen = torch.zeros(self._models, dtype=torch.float64, device=resident.device)
        self._replay = Replay(self._fixed, recording) if recording else None
        self._batches = Batches(resident, jobs)
        self._feeds = iter(self._batches)
        self._feed: Feed | None = None
        self._batch: Batch | None = None
        self._made = 0
        self._draw()

    def train_epoch(self) -> None:
        """Train all models for an epoch."""
        self._seen.zero_()
        first = self._made + 1
        steps = range(first, first + self._recipe.iterations_per_epoch(self._n))
        if first <= self._recipe.tied_epochs * len(steps):
            for t in steps:
                self._tied_step(t)
            if steps[-1] == self._recipe.tied_epochs * len(steps):
                self._set_free()
        elif self._replay is None:
            for t in steps:
                self._step(self._schedule.numbers(t))
        else:
            for numbers in self._schedule.table(steps):
                assert self._feed is not None
                self._replay(self._feed, numbers)
                self._draw()  # while the device is busy
        self._made += len(steps)

    def _draw(self) -> None:
        self._feed = next(self._feeds, None)
        if self._replay is None:
            self._batch = None if self._feed is None else self._batches.batch(self._feed)

    def _step(self, numbers: Numbers) -> None:
        """One step of every model, as it comes."""
        assert self._batch is not None
        found = self._network.gradients(*self._batch)
        self._seen += found.seen
        # The next batch does not depend on this step, so it may be drawn at the same time.
        self._share([self._draw, *(partial(u.step, found, numbers) for u in self._updates)])

    def _tied_step(self, t: int) -> None:
        """Step ``t`` (from 1) of every model while its weights are tied."""
        assert self._feed is not None
        x, targets, masks = self._batch or self._batches.batch(self._feed)
        rates = self._schedule.rates(t)

        def step(m: int) -> None:
            self._seen[m] += self._tied[m].step(
                x[m], targets[m], [mask[m] for mask in masks], float(rates[m])
            )

        self._share([self._draw, *(partial(step, m) for m in range(self._models))])

    @torch.no_grad()
    def _set_free(self) -> None:
        """Go on with the tied networks as the fully connected ones that they are."""
        each = [self.weights(m) for m in range(self._models)]
        for name, tensor in self._network.tensors.items():
            tensor.copy_(torch.as_tensor(np.stack([weights[name] for weights in each])))
            self._kept[name].copy_(tensor)
        self._tied = []

    def _fixed(self, feed: Feed, numbers: Tensor) -> None:
        """The same step on what it is given, with nothing in it that a graph could not repeat."""
        found = self._network.gradients(*self._batches.batch(feed))
        self._seen += found.seen
        row = Numbers(*numbers)
        self._share([partial(update.step, found, row) for update in self._updates])

    def running(self) -> np.ndarray:
        """The mean loss per example of every model in the last epoch, of the batches as they were
        seen ``(models,)``."""
        return (self._seen / self._n).cpu().numpy()

    def outputs(self, splits: Collection[str]) -> dict[str, Tensor]:
        """Outputs of the networks (or of their averages) in evaluation mode, of every split
        ``(models, n, outputs)``."""
        inputs = self._resident.inputs
        if self._tied:
            return {
                name: torch.stack([tied.outputs(inputs[name]) for tied in self._tied])
                for name in splits
            }
        return self._network.outputs(self._kept, {name: inputs[name] for name in splits})

    def measured(self, outputs: Mapping[str, Tensor], splits: Sequence[str]) -> np.ndarray:
        """What `fclab.engines.recorder.Recorder.epochs` wants to know of the last epoch, of every
        model: float64 ``(models, 1 + 2 · splits)``, computed on the device."""
        loss, task, wanted = self._recipe.loss, self._job.dataset.task, self._resident.wanted
        columns = [measured(loss, task, outputs[name], wanted[name]) for name in splits]
        return torch.cat([(self._seen / self._n)[:, None], *columns], dim=1).cpu().numpy()

    def weights(self, model: int) -> Weights:
        """Copies of one model's weights (or of their averages)."""
        if self._tied:
            return self._tied[model].weights()
        return {name: t[model].detach().cpu().numpy().copy() for name, t in self._kept.items()}

    def told(self, choice: EngineChoice) -> EngineChoice:
        """The choice of this engine, with how its steps were repeated."""
        if self._replay is None:
            return choice
        reason = how(self._device, self._models, self._replay.refused)
        return choice.model_copy(update={"reasons": (*choice.reasons, reason)})
