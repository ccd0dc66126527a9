"""Dataset: train and test arrays, class names, the preprocessing, and a fingerprint of all that."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final, Literal, NamedTuple

import numpy as np
from pydantic import BaseModel, ConfigDict, model_serializer

from fclab.values import arrays
from fclab.values.arrays import Label, Task
from fclab.values.errors import ArgumentError, Clause
from fclab.values.fields import without_none
from fclab.values.pictures import Pictures
from fclab.values.rng import stream

Source = str
"""Where arrays come from: `FORMULA`, "cifar100", `STAND_IN`, `OTHER`, `OWN`, or what a package that
makes datasets calls itself."""
STAND_IN: Final = "synthetic"
"""The source of the stand-in for CIFAR-100, which every result must name."""
OTHER: Final = "other"
"""The source of images that only have the form of CIFAR-100, which every result must name."""
Substitute = Literal["", "synthetic", "other"]
"""What stands in place of CIFAR-100: nothing, `STAND_IN`, or `OTHER`."""
FORMULA = "formula"
"""The source of what a formula makes: the test part of a regression is its noiseless curve."""
OWN = "own"
"""The source of `Dataset.from_arrays`."""
PICTURES = "pictures"
"""The source of pictures in folders of one's own (`fclab.data.own`)."""


class ClassName(NamedTuple):
    """A class by its original number and its names in both languages."""

    number: int
    en: str
    ru: str


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
    scale=255.0, mean=(0.5074, 0.4867, 0.4411), std=(0.2011, 0.1987, 0.2025), layout="HWC"
)


@dataclass(frozen=True, eq=False)
class Split:
    """Examples of one part of a dataset.

    Attributes:
        x: raw inputs, ``(n, D)`` float32, or images ``(n, height, width, channels)`` uint8.
        y: targets, ``(n,)``: float32 for regression and binary, int64 class indices otherwise.
    """

    x: np.ndarray
    y: np.ndarray

    def __post_init__(self):
        if len(self.x) != len(self.y):
            raise ArgumentError(
                "{n_inputs} inputs but {n_targets} targets",
                n_inputs=len(self.x),
                n_targets=len(self.y),
            )
        for array in (self.x, self.y):
            array.setflags(write=False)

    def __len__(self) -> int:
        return len(self.y)

    def __getitem__(self, index: np.ndarray) -> "Split":
        return Split(self.x[index], self.y[index])


class DatasetInfo(BaseModel):
    """What a run keeps of its dataset: everything but the arrays. JSON in and out.

    Fields are those of `Dataset`; ``labels`` and ``pictures`` are left out of the JSON where there
    are none, as earlier versions wrote it.
    """

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
    labels: tuple[Label, ...] | None = None
    pictures: Pictures | None = None

    @model_serializer(mode="wrap")
    def _without_nothing(self, write: Any) -> dict[str, Any]:
        return without_none(write(self), "labels", "pictures")

    @property
    def classes(self) -> np.ndarray:
        """What each class is called, ``(classes,)``: the labels of one's own data, else the English
        names; empty for regression."""
        return np.array(self.labels or [name.en for name in self.class_names])

    @property
    def substitute(self) -> Substitute:
        """What stands in place of CIFAR-100; empty: nothing does. Every result must say so."""
        for one in (STAND_IN, OTHER):
            if self.source == one:
                return one
        return ""

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
        test: the examples that are only looked at. Of a formula: the noiseless curve.
        class_names: one per class, in the order of the labels 0, 1, ...; empty for regression.
        preprocessing: raw inputs to network inputs.
        valid: held-out training examples, where a protocol asks for them.
        labels: what one's own data calls the classes, in the same order; None: their names.
        pictures: of pictures in folders of one's own, what became of them.
    """

    name: str
    task: Task
    source: Source
    train: Split
    test: Split
    class_names: tuple[ClassName, ...] = ()
    preprocessing: Preprocessing = _NO_PREPROCESSING
    valid: Split | None = None
    labels: tuple[Label, ...] | None = None
    pictures: Pictures | None = None

    @classmethod
    def from_arrays(
        cls,
        X: Any,
        y: Any,
        X_test: Any,
        y_test: Any,
        *,
        class_names: Sequence[str] | Mapping[Any, str] | None = None,
        task: Task | None = None,
        preprocessing: Preprocessing | None = None,
        name: str = "own",
    ) -> "Dataset":
        """A dataset of one's own arrays, which are copied.

        Args:
            X, X_test: images ``(n, height, width, channels)`` uint8 with 1 or 3 channels, of any
                size, or points ``(n, d)`` of numbers, which become float32.
            y, y_test: targets ``(n,)``: labels of any kind (text, whole numbers, truth values), or
                numbers of a regression. Every test label must be one of train.
            class_names: how texts and figures call the classes, in ascending order of the labels
                or by label; default: the labels themselves.
            task: "regression", "binary" or "multiclass"; default: floats are a regression, two
                classes of points are binary, other classes multiclass.
            preprocessing: default: mean and standard deviation of every column or channel of
                ``X``, see `fclab.values.arrays.mean_and_std`.
            name: of the dataset, for people and file names.

        Raises:
            ArgumentError: arrays that do not pair, hold NaN or have other shapes; a single class;
                test labels that train lacks; a task that cannot be told from ``y``.
        """
        found = arrays.read(X, y, X_test, y_test, task)
        if found.task == "regression" and class_names is not None:
            raise ArgumentError("a regression has no classes to be named")
        name, names = arrays.file_name(name), arrays.names_of(found.labels, class_names)
        whole = all(isinstance(label, int) for label in found.labels)
        return cls(
            name=name,
            task=found.task,
            source=OWN,
            train=Split(found.x, found.y),
            test=Split(found.x_test, found.y_test),
            class_names=tuple(
                ClassName(int(label) if whole else place, text, text)
                for place, (label, text) in enumerate(zip(found.labels, names, strict=True))
            ),
            preprocessing=_fitting(preprocessing, found.x),
            labels=found.labels or None,
        )

    @property
    def splits(self) -> dict[str, Split]:
        """The parts by name: train, valid (where there is one), test."""
        parts = {"train": self.train, "valid": self.valid, "test": self.test}
        return {name: split for name, split in parts.items() if split is not None}

    @property
    def is_curve(self) -> bool:
        """A regression whose test part is the true curve, without noise."""
        return self.task == "regression" and self.source == FORMULA

    @property
    def n_outputs(self) -> int:
        """Outputs that a network for this dataset has: one per class, or a single one."""
        return len(self.class_names) if self.task == "multiclass" else 1

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 (hex) of arrays, task, class numbers, labels and preprocessing; names do not
        count."""
        digest = hashlib.sha256()
        numbers = [c.number for c in self.class_names]
        digest.update(f"{self.task}|{numbers}|{self.preprocessing.model_dump_json()}".encode())
        if self.labels is not None:
            digest.update(f"|{self.labels}".encode())
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
            labels=self.labels,
            pictures=self.pictures,
        )

    def targets(self, split: str) -> np.ndarray:
        """The targets of a part as `fclab.Model.predict` answers: labels of classes as one's own
        data has them, else their English names; numbers of a regression. ``(n,)``"""
        y = self.splits[split].y
        return y if self.task == "regression" else self.info.classes[y.astype(np.int64)]

    def hold_out(self, fraction: float = 0.2, seed: int = 0) -> "Dataset":
        """The same dataset with a stratified part of train moved to ``valid``.

        Args:
            fraction: share of each class that is held out, 0 < fraction < 1.
            seed: which examples; one seed, one split.

        Raises:
            ArgumentError: another fraction, a part is held out already, or too few examples.
        """
        if not 0 < fraction < 1:
            raise ArgumentError(
                "the held-out fraction must lie between 0 and 1, not {fraction}", fraction=fraction
            )
        if self.valid is not None:
            raise ArgumentError("a validation part is held out already")
        rng = stream(seed, "hold_out")
        held = np.zeros(len(self.train), bool)
        for members in _strata(self):
            chosen = rng.permutation(members)[: round(fraction * len(members))]
            held[chosen] = True
        if not held.any() or held.all():
            raise ArgumentError(
                "{fraction:g} of each class of {n} examples leaves a part without any: give "
                "more examples",
                fraction=fraction,
                n=len(self.train),
            )
        return replace(self, train=self.train[~held], valid=self.train[held])


def _strata(dataset: Dataset) -> Sequence[np.ndarray]:
    if dataset.task == "regression":
        return [np.arange(len(dataset.train))]
    return [np.flatnonzero(dataset.train.y == label) for label in np.unique(dataset.train.y)]


def _fitting(given: Preprocessing | None, x: np.ndarray) -> Preprocessing:
    """The preprocessing, if it fits the inputs; the one that follows from them if none is given.

    Raises:
        ArgumentError: it does not.
    """
    images = x.ndim == 4
    if given is None:
        mean, std = arrays.mean_and_std(x)
        scale, layout = (255.0, "HWC") if images else (1.0, "flat")
        return Preprocessing(scale=scale, mean=mean, std=std, layout=layout)
    numbers = np.array([given.scale, *given.mean, *given.std])
    if not np.isfinite(numbers).all() or 0 in (given.scale, *given.std):
        raise ArgumentError("scale, mean and std must be finite, scale and std not 0")
    if not {len(given.mean), len(given.std)} <= {1, x.shape[-1]}:
        raise ArgumentError(
            "mean and std must hold 1 or {columns} numbers, one for each {what}, not "
            "{n_mean} and {n_std}",
            columns=x.shape[-1],
            what=Clause("channel") if images else Clause("column"),
            n_mean=len(given.mean),
            n_std=len(given.std),
        )
    return (
        given
        if given.layout == ("HWC" if images else "flat")
        else given.model_copy(update={"layout": "HWC" if images else "flat"})
    )
