"""How the networks of `trials` are trained: by the pieces of the torch engine, on one core.

What the engine does for a run of its own is done here step by step, so that something may stand
beside the recipe: other masks of what is far, other initial weights, changed batches, and what
happens to the weights after a step. With nothing beside it, the weights are the engine's. Nothing
is evaluated on the way: the held-out part is asked once, when all is trained, the test set never.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import process_time
from typing import Final

import numpy as np
import torch
from torch import Tensor

from fclab.engines import choose
from fclab.engines.job import Job, initial_weights
from fclab.engines.locality import far_weights
from fclab.engines.torch.batches import Batch, Batches
from fclab.engines.torch.network import NetworkStack
from fclab.engines.torch.optimizer import Schedule, Updates
from fclab.engines.torch.resident import Resident
from fclab.values.dataset import Dataset
from fclab.values.model import Weights, answers, network_inputs
from fclab.values.recipe import Recipe

CPU: Final = torch.device("cpu")


def in_turn(tasks: Sequence[Callable[[], None]]) -> None:
    """Who shares work among threads, where there is one thread."""
    with torch.no_grad():
        for task in tasks:
            task()


def unchanged(batch: Batch) -> Batch:
    """No change of a batch."""
    return batch


def nothing(tensors: Mapping[str, Tensor], rate: float) -> None:
    """Nothing is done after a step."""


def as_drawn(weights: dict[str, np.ndarray]) -> None:
    """No change of the initial weights."""


@dataclass(frozen=True)
class Beside:
    """What stands beside a recipe.

    Attributes:
        far: masks of what is far in place of `fclab.engines.locality.far_weights`.
        start: changes the initial weights in place.
        batch: what a batch becomes before it is learned from.
        after: what is done after a step, to the parameters ``(1, ...)`` in place; told the
            learning rate of the step.
    """

    far: Mapping[int, np.ndarray] | None = None
    start: Callable[[dict[str, np.ndarray]], None] = as_drawn
    batch: Callable[[Batch], Batch] = unchanged
    after: Callable[[Mapping[str, Tensor], float], None] = nothing


def trained(dataset: Dataset, recipe: Recipe, seed: int, beside: Beside | None = None) -> Weights:
    """A network trained on the train part, to the last epoch."""
    beside, info = beside or Beside(), dataset.info
    far = far_weights(recipe, info.input_shape) if beside.far is None else beside.far
    initial = initial_weights(recipe, info.n_inputs, seed, far)
    beside.start(initial)
    resident = Resident(dataset, recipe, "cpu")
    network = NetworkStack(recipe, [initial], CPU, in_turn)
    tensors = network.tensors
    kept = {n: t.detach().clone() for n, t in tensors.items()} if recipe.ema else tensors
    masks = {i: torch.tensor(mask, dtype=torch.float32) for i, mask in far.items()}
    updates = [Updates(part, tensors, kept, [recipe], masks) for part in network.parts]
    schedule = Schedule([recipe], len(resident.targets), CPU)
    batches = Batches(resident, [Job(dataset, recipe, seed, choose(dataset, recipe))])
    for t, feed in enumerate(batches, start=1):
        numbers = schedule.numbers(t)
        found = network.gradients(*beside.batch(batches.batch(feed)))
        with torch.no_grad():
            for update in updates:
                update.step(found, numbers)
            beside.after(tensors, float(numbers.lr))
    return {name: tensor[0].detach().numpy().copy() for name, tensor in kept.items()}


@dataclass(frozen=True, eq=False)
class Case:
    """A set of classes and a seed for which something is tried.

    Attributes:
        dataset: with its held-out part.
        seed: of the network.
        folder: where networks of recipes are kept.
        spent: seconds of one core that every network took that was asked for, also where it was
            kept; the one that is judged comes last.
    """

    dataset: Dataset
    seed: int
    folder: Path
    spent: list[float] = field(default_factory=list)

    def network(self, recipe: Recipe, seed: int | None = None) -> Weights:
        """A network of a recipe with nothing beside it; trained once, kept."""
        seed = self.seed if seed is None else seed
        recipe = recipe.training
        path = self.folder / f"{self.dataset.fingerprint[:16]}-{recipe.key[:16]}-{seed}.npz"
        if not path.exists():
            started = process_time()
            weights = trained(self.dataset, recipe, seed)
            path.parent.mkdir(parents=True, exist_ok=True)
            kept = {"_seconds": np.array(process_time() - started), **weights}
            part = path.with_suffix(".part")
            with part.open("wb") as file:
                np.savez(file, allow_pickle=False, **kept)
            part.replace(path)  # whole, or not there
        with np.load(path) as kept:
            found = dict(kept)
        self.spent.append(float(found.pop("_seconds")))
        return found

    def train(self, recipe: Recipe, beside: Beside) -> Weights:
        """A network with something beside its recipe; not kept."""
        started = process_time()
        found = trained(self.dataset, recipe, self.seed, beside)
        self.spent.append(process_time() - started)
        return found

    def answers(self, recipe: Recipe, weights: Weights, part: str = "valid") -> np.ndarray:
        """Final outputs for a part, the held-out one or that trained on."""
        inputs = network_inputs(recipe, self.dataset.inputs[part])
        return answers(recipe, weights, inputs, self.dataset.info.input_shape)
