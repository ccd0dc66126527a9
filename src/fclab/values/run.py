"""Run: dataset × recipe × seed, trained."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

import numpy as np
from pydantic import BaseModel, ConfigDict, model_serializer, model_validator

from fclab.values.dataset import DatasetInfo
from fclab.values.errors import FclabError, UsageError
from fclab.values.fields import without_none
from fclab.values.metrics import ClassReport, best_epoch, class_report, confusion, predicted
from fclab.values.model import Model, Weights
from fclab.values.recipe import Recipe


class Reason(BaseModel):
    """Why an engine trains a recipe, or why it does not.

    Attributes:
        code: of its sentence, ``reasons.<code>`` in the text files; "said" is a sentence that is
            shown as it is, in whatever language it was said (`Reason.from_text`).
        values: of the gaps of the sentence.
        engine: who was passed over for it; "": it speaks of the engine that was chosen.
    """

    model_config = ConfigDict(frozen=True)

    code: str
    values: dict[str, str | int | float | list[str]] = {}
    engine: str = ""

    @classmethod
    def from_text(cls, sentence: str) -> "Reason":
        """A reason without a text of its own: what an engine of another package says."""
        return cls(code="said", values={"text": sentence})


_EARLIER: Final = {
    "asked for": "asked_for",
    "the whole loop is compiled for small dense inputs": "compiled_loop",
    "plain SGD on images: the first layer is trained in sample space": "sample_space",
    "any recipe, tensors resident": "any_recipe",
    "PyTorch as the lab writes it": "as_the_lab",
}
"""The sentences of runs kept by fclab 0.1, which had no codes."""


class EngineChoice(BaseModel):
    """Which engine trained a run, and why that one.

    Attributes:
        name: of the engine.
        device: where it computed.
        reasons: why this engine, and why not those before it in the order of "auto".
    """

    model_config = ConfigDict(frozen=True)

    name: str
    device: str = "cpu"
    reasons: tuple[Reason, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _read_earlier(cls, data: Any) -> Any:
        """Runs kept by fclab 0.1 have a ``reason``: English sentences, parted by semicolons."""
        if not isinstance(data, dict) or "reason" not in data:
            return data
        kept = {name: value for name, value in data.items() if name != "reason"}
        parts = data["reason"].split("; ") if data["reason"] else []
        return {**kept, "reasons": tuple(map(_earlier, parts))}


def _earlier(sentence: str) -> Reason:
    if code := _EARLIER.get(sentence):
        return Reason(code=code)
    engine, colon, why = sentence.removeprefix("not ").partition(": ")
    if colon and sentence.startswith("not "):
        return Reason.from_text(why).model_copy(update={"engine": engine})
    return Reason.from_text(sentence)


class Machine(BaseModel):
    """Where and with what a run was made.

    Attributes:
        system, python: with their versions.
        processor: as the system calls it.
        cores: that the process may use.
        packages: versions of those that decide about numbers.
        instructions: the widest vectors that the processor computes with, such as "AVX-512": they
            decide in which order sums are taken. None: not known, or kept by an earlier version.
    """

    model_config = ConfigDict(frozen=True)

    system: str
    processor: str
    cores: int
    python: str
    packages: dict[str, str]
    instructions: str | None = None

    @model_serializer(mode="wrap")
    def _without_nothing(self, write: Any) -> dict[str, Any]:
        return without_none(write(self), "instructions")

    @property
    def arithmetic(self) -> str:
        """What decides how numbers are rounded, in a line."""
        return self.processor + (f" ({self.instructions})" if self.instructions else "")


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
        measures: what was measured of its weights, by name: see `fclab.study.measures`.
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
    measures: Mapping[str, float] = field(default_factory=dict)

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
        self.check_part(split)
        return predicted(self.dataset.task, self.outputs[split])

    def check_part(self, split: str) -> None:
        """Whether the outputs on a part are there: of most runs a store keeps no outputs on the
        training part.

        Raises:
            UsageError: the dataset has no such part.
            FclabError: they were not kept.
        """
        if split not in self.dataset.sizes:
            raise UsageError(
                "{name} has no part {split!r}: {parts}",
                name=self.dataset.name, split=split, parts=", ".join(self.dataset.sizes),
            )  # fmt: skip
        if split not in self.outputs:
            raise FclabError(
                "the answers on {split} are kept for seed 0 only, this is seed {seed}: "
                "fclab.train_again([run], dataset) gives them back",
                split=split, seed=self.seed,
            )  # fmt: skip

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
