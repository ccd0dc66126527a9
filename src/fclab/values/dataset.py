"""Dataset: train and test arrays, class names, the preprocessing, and a fingerprint of all that."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal, NamedTuple

import numpy as np
from pydantic import BaseModel, ConfigDict

from fclab.values.rng import stream

Task = Literal["regression", "binary", "multiclass"]
Source = Literal["formula", "cifar100", "synthetic"]


class ClassName(NamedTuple):
    """A class by its original number and its names in both languages."""

    number: int
    en: str
    ru: str

    def text(self, lang: str) -> str:
        """The name in ``"ru"`` or ``"en"``."""
        return self.ru if lang == "ru" else self.en


class Preprocessing(BaseModel):
    """How raw input becomes what the first layer sees: ``(x / scale - mean) / std``, flattened.

    The lab does this inside the model (class ``Normalize``), so it travels with the weights.
    For images ``mean`` and ``std`` hold one number per channel and ``layout`` is ``"HWC"``.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    scale: float = 1.0
    mean: tuple[float, ...] = (0.0,)
    std: tuple[float, ...] = (1.0,)
    layout: Literal["HWC", "flat"] = "flat"

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """Raw inputs of shape ``(n, ...)`` to float32 ``(n, D)``, in the order of operations
        of the lab's ``Normalize`` (divide, subtract, divide, flatten)."""
        z = x.astype(np.float32) / np.float32(self.scale)
        mean, std = np.array(self.mean, np.float32), np.array(self.std, np.float32)
        z = (z - mean) / std
        return np.ascontiguousarray(z.reshape(len(z), -1))


_NO_PREPROCESSING = Preprocessing()

# The numbers of the lab, part 3: per-channel mean and standard deviation of CIFAR-100.
CIFAR_PREPROCESSING = Preprocessing(
    scale=255.0,
    mean=(0.5074, 0.4867, 0.4411),
    std=(0.2011, 0.1987, 0.2025),
    layout="HWC",
)


@dataclass(frozen=True, eq=False)
class Split:
    """Examples of one part of a dataset.

    Attributes:
        x: raw inputs, ``(n, D)`` float32, or images ``(n, height, width, 3)`` uint8.
        y: targets, ``(n,)``: float32 for regression and binary, int64 class indices otherwise.
    """

    x: np.ndarray
    y: np.ndarray

    def __post_init__(self):
        if len(self.x) != len(self.y):
            raise ValueError(f"{len(self.x)} inputs but {len(self.y)} targets")
        for array in (self.x, self.y):
            array.setflags(write=False)

    def __len__(self) -> int:
        return len(self.y)

    def __getitem__(self, index: np.ndarray) -> "Split":
        return Split(self.x[index], self.y[index])


class DatasetInfo(BaseModel):
    """What a run keeps of its dataset: everything but the arrays. JSON in and out."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    task: Task
    source: Source
    fingerprint: str
    input_shape: tuple[int, ...]
    n_outputs: int
    sizes: dict[str, int]
    class_names: tuple[ClassName, ...]
    preprocessing: Preprocessing

    @property
    def is_stand_in(self) -> bool:
        """Made of synthetic images in place of CIFAR-100: every result must say so."""
        return self.source == "synthetic"

    @property
    def n_inputs(self) -> int:
        """D, the number of inputs of the first layer."""
        return int(np.prod(self.input_shape))


@dataclass(frozen=True, eq=False)
class Dataset:
    """Train and test examples with all that is needed to repeat what was trained on them.

    Attributes:
        name: for people and file names: "sigmoid", "xor", "cifar100-0-55-58".
        task: decides the loss and the metrics that make sense.
        source: where the arrays come from.
        train: the examples that are learned from.
        test: the examples that are only looked at. For regression: the noiseless curve.
        class_names: one per class, in the order of the labels 0, 1, ...; empty for regression.
        preprocessing: raw inputs to network inputs.
        valid: held-out training examples, where a protocol asks for them.
    """

    name: str
    task: Task
    source: Source
    train: Split
    test: Split
    class_names: tuple[ClassName, ...] = ()
    preprocessing: Preprocessing = _NO_PREPROCESSING
    valid: Split | None = None

    @property
    def splits(self) -> dict[str, Split]:
        """The parts by name: train, valid (where there is one), test."""
        parts = {"train": self.train, "valid": self.valid, "test": self.test}
        return {name: split for name, split in parts.items() if split is not None}

    @property
    def n_outputs(self) -> int:
        """Outputs that a network for this dataset has: one per class, or a single one."""
        return len(self.class_names) if self.task == "multiclass" else 1

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 (hex) of arrays, task, class numbers and preprocessing; names do not count."""
        digest = hashlib.sha256()
        numbers = [c.number for c in self.class_names]
        digest.update(f"{self.task}|{numbers}|{self.preprocessing.model_dump_json()}".encode())
        for name, split in self.splits.items():
            for array in (split.x, split.y):
                digest.update(f"|{name}|{array.dtype.str}|{array.shape}".encode())
                digest.update(np.ascontiguousarray(array).tobytes())
        return digest.hexdigest()

    @cached_property
    def inputs(self) -> dict[str, np.ndarray]:
        """Network inputs of every split, float32 ``(n, D)``: preprocessed once, read-only."""
        made = {name: self.preprocessing(split.x) for name, split in self.splits.items()}
        for array in made.values():
            array.setflags(write=False)
        return made

    @cached_property
    def info(self) -> DatasetInfo:
        """The dataset without its arrays."""
        return DatasetInfo(
            name=self.name,
            task=self.task,
            source=self.source,
            fingerprint=self.fingerprint,
            input_shape=self.train.x.shape[1:],
            n_outputs=self.n_outputs,
            sizes={name: len(split) for name, split in self.splits.items()},
            class_names=self.class_names,
            preprocessing=self.preprocessing,
        )

    def hold_out(self, fraction: float = 0.2, seed: int = 0) -> "Dataset":
        """The same dataset with a stratified part of train moved to ``valid``.

        Args:
            fraction: share of each class that is held out, 0 < fraction < 1.
            seed: which examples; one seed, one split.
        """
        if not 0 < fraction < 1:
            raise ValueError(f"the held-out fraction must lie between 0 and 1, not {fraction}")
        if self.valid is not None:
            raise ValueError("a validation part is held out already")
        rng = stream(seed, "hold_out")
        held = np.zeros(len(self.train), bool)
        for members in _strata(self):
            chosen = rng.permutation(members)[: round(fraction * len(members))]
            held[chosen] = True
        return replace(self, train=self.train[~held], valid=self.train[held])


def _strata(dataset: Dataset) -> Sequence[np.ndarray]:
    if dataset.task == "regression":
        return [np.arange(len(dataset.train))]
    return [np.flatnonzero(dataset.train.y == label) for label in np.unique(dataset.train.y)]
