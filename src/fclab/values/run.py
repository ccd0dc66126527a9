"""Run: dataset × recipe × seed, trained."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from pydantic import BaseModel, ConfigDict

from fclab.values.dataset import DatasetInfo
from fclab.values.metrics import ClassReport, best_epoch, class_report, confusion, predicted
from fclab.values.model import Model, Weights
from fclab.values.recipe import Recipe


class EngineChoice(BaseModel):
    """Which engine trained a run, and why that one."""

    model_config = ConfigDict(frozen=True)

    name: str
    device: str = "cpu"
    reason: str = ""


class Machine(BaseModel):
    """Where and with what a run was made."""

    model_config = ConfigDict(frozen=True)

    system: str
    processor: str
    cores: int
    python: str
    packages: dict[str, str]


History = Mapping[str, np.ndarray]
"""Per-epoch columns, float64 ``(epochs,)``, all means per example.

- ``running_loss``: loss of the training examples as their batches were seen, before each step
  (what the lab prints; a full-batch step is an epoch of one batch).
- ``train_loss``, ``train_accuracy``, ``test_loss``, ``test_accuracy``, and ``valid_…`` where
  there is a validation part: of the network as it stands after the epoch. Present for images;
  ``valid_…`` whenever the dataset holds one out. Always of the images alone: views of them
  (``tta``) are answered once, for ``outputs`` and ``metrics``.
"""


@dataclass(frozen=True, eq=False)
class Run:
    """A trained network with everything that a table or a report asks of it.

    Attributes:
        dataset: what it was trained on (without arrays).
        recipe, seed: with the dataset, all that the run depends on.
        engine: who trained it.
        weights: at the end of training (or at the best validation epoch with ``patience``).
        history: per-epoch columns, see `History`.
        outputs: raw network outputs of every split at the end, float32 ``(n, outputs)``.
        targets: the targets of every split ``(n,)``.
        metrics: ``train_loss``, ``train_accuracy``, ``test_loss``, ... at the end; accuracy
            only of classifiers.
        snapshots: outputs on the training inputs after chosen epochs.
        diverged_at: the epoch (from 1) whose loss was no longer finite, or None.
        stopped_at: the epoch at which early stopping ended the training, or None.
        seconds: wall time of the training itself; compiling the engine, once per installation, is
            not in it (it may be in runs kept by version 0.1.0).
        machine: where it was made.
    """

    dataset: DatasetInfo
    recipe: Recipe
    seed: int
    engine: EngineChoice
    weights: Weights
    history: History
    outputs: Mapping[str, np.ndarray]
    targets: Mapping[str, np.ndarray]
    metrics: Mapping[str, float]
    snapshots: Mapping[int, np.ndarray] = field(default_factory=dict)
    diverged_at: int | None = None
    stopped_at: int | None = None
    seconds: float = 0.0
    machine: Machine | None = None

    @cached_property
    def model(self) -> Model:
        """The network, ready to answer for raw inputs."""
        return Model(self.dataset, self.recipe, self.weights)

    @property
    def epochs(self) -> int:
        """Epochs that were trained: fewer than asked for after divergence or an early stop."""
        return len(next(iter(self.history.values())))

    @property
    def iterations(self) -> int:
        """Gradient steps that were made."""
        return self.epochs * self.recipe.iterations_per_epoch(self.dataset.sizes["train"])

    def answers(self, split: str) -> np.ndarray:
        """Predicted classes of a split, int64 ``(n,)``."""
        return predicted(self.dataset.task, self.outputs[split])

    def class_report(self, split: str) -> ClassReport:
        """Precision, recall, F1 and support per class."""
        return class_report(self.targets[split], self.answers(split), self._n_classes)

    def confusion(self, split: str) -> np.ndarray:
        """Confusion matrix, rows the true classes, int64 ``(k, k)``."""
        return confusion(self.targets[split], self.answers(split), self._n_classes)

    @property
    def overfitting_epoch(self) -> int:
        """The epoch (from 1) of least test loss: the lab's moment of over-fitting."""
        return best_epoch(self.history["test_loss"])

    @property
    def _n_classes(self) -> int:
        return len(self.dataset.class_names)
