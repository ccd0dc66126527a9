"""Recipe: one configuration of network and training. Frozen, validated, hashable, JSON both ways.

Also here: the arithmetic of the lab's questions (neurons, weights, iterations), since all of it
follows from a recipe and two sizes.
"""

import hashlib
import itertools
import json
import math
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    ValidationError,
    model_validator,
)

from fclab.values.errors import ArgumentError, RecipeError
from fclab.values.fields import Flag, Real, Whole, first_problem
from fclab.values.schedule import Schedule, learning_rates

Activation = Literal["relu", "sigmoid", "tanh", "gelu"]
Loss = Literal["cross_entropy", "squared_error", "log_loss"]
TestTime = Literal["none", "flip", "shift"]
Width = Annotated[Whole, Field(ge=1, le=65536)]
MOST_EPOCHS = 10_000_000
Epochs = Annotated[Whole, Field(ge=1, le=MOST_EPOCHS)]
BatchSize = Annotated[Whole, Field(ge=1, le=1_000_000_000)]


_WIDTH = r"(?:\(\s*\d+\s*\)|\[\s*\d+\s*\]|\d+)"
_LAYER = rf"(?:[FФ][CСК]\s*{_WIDTH}|\d+)"  # FC, or what a Russian keyboard makes of it
_BETWEEN = r"(?:\s*(?:[,;]|[-–=]*>|→)\s*|\s+|(?<=[)\]]))"
_LAYERS = re.compile(rf"\s*{_LAYER}(?:{_BETWEEN}{_LAYER})*\s*", re.IGNORECASE)


def parse_layers(text: object) -> object:
    """``"FC(10), FC(3)"`` (or ``"10, 3"``) to ``(10, 3)``; anything but text is left as it is.

    Between layers there may be commas, semicolons, arrows or nothing; Cyrillic letters may stand
    for FC.

    Raises:
        ArgumentError: the text is not a list of fully connected layers.
    """
    if not isinstance(text, str):
        return text
    if not _LAYERS.fullmatch(text):
        raise ArgumentError("layers are written as FC(10), FC(3); this is {text!r}", text=text)
    return tuple(int(width) for width in re.findall(r"\d+", text))


def format_layers(layers: tuple[int, ...]) -> str:
    """``(10, 3)`` to ``"FC(10), FC(3)"``, the lab's notation."""
    return ", ".join(f"FC({width})" for width in layers)


Layers = Annotated[
    tuple[Width, ...],
    Field(min_length=1),
    BeforeValidator(parse_layers),
    PlainSerializer(format_layers),
]


class Recipe(BaseModel):
    """One configuration of network and training.

    The defaults are the lab's part 3. A default never changes once released: the key leaves out
    fields that stand at their default, so that runs kept earlier are still found.

    Raises:
        RecipeError: a value is out of its range, or a field does not exist; also by `replace`. What
            pydantic is asked to read (``model_validate``, a field of another model) is refused
            with its own ``ValidationError``.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, use_attribute_docstrings=True
    )

    layers: Layers = (10, 3)
    """Widths of the fully connected layers, the output layer last."""
    activation: Activation = "relu"
    """Nonlinearity after every layer but the last."""
    loss: Loss = "cross_entropy"
    """``log_loss`` is the binary one, of a single output."""
    reduction: Literal["mean", "sum"] = "mean"
    """Whether the gradient is of the mean or of the sum over the batch."""
    init: Literal["fan_in", "uniform"] = "fan_in"
    """``fan_in``: weights and biases U(±1/√inputs), as ``nn.Linear``; ``uniform``: weights
    U(±init_scale), biases 0, as parts 1 and 2 of the lab."""
    init_scale: Annotated[Real, Field(gt=0)] = 0.05
    """Half-width s of initial weights U(−s, s), where ``init`` is ``uniform``."""
    optimizer: Literal["sgd", "adam", "adamw"] = "sgd"
    """Rule of the steps."""
    lr: Annotated[Real, Field(gt=0)] = 0.005
    """Learning rate."""
    momentum: Annotated[Real, Field(ge=0, lt=1)] = 0.0
    """Momentum of SGD."""
    nesterov: Flag = False
    """Nesterov's form of momentum."""
    weight_decay: Annotated[Real, Field(ge=0)] = 0.0
    """L2 coefficient; added to the gradient (``sgd``, ``adam``) or decoupled (``adamw``)."""
    batch_size: BatchSize | None = 128
    """Examples per step; ``None`` (in a command: not given): all of them, in their own order."""
    epochs: Epochs = 250
    """Passes over the training examples."""
    schedule: Schedule = "constant"
    """Course of the learning rate over the iterations."""
    patience: Epochs | None = None
    """Stop after so many epochs without a new least validation loss, and go back to it."""
    flip: Flag = False
    """Mirror each training image left-right with probability 1/2, anew in every epoch."""
    shift: Annotated[Whole, Field(ge=0, le=16)] = 0
    """Move each training image by up to so many pixels, edges reflected, anew in every epoch."""
    rotate: Annotated[Real, Field(ge=0, le=45)] = 0.0
    """Turn each training image by up to so many degrees, edges reflected, anew in every epoch."""
    zoom: Annotated[Real, Field(ge=0, le=0.5)] = 0.0
    """Enlarge each training image by a factor e^u, u from U(±zoom), anew in every epoch."""
    jitter: Annotated[Real, Field(ge=0, le=1)] = 0.0
    """Change brightness, colour and contrast of each training image anew in every epoch: all
    network inputs times e^u, plus u, plus u/2 per channel, every u from U(±jitter)."""
    pool: Literal[1, 2, 4] = 1
    """The first layer sees means over squares of so many pixels a side, see
    `fclab.values.model.pooled`."""
    locality: Annotated[Real, Field(ge=0)] = 0.0
    """Hidden layers start connected to what is near, and in a step of learning rate lr a weight
    between far places is multiplied by 1 − locality · lr (`fclab.engines.locality`); 0: off."""
    tied: Annotated[Real, Field(ge=0, lt=1)] = 0.0
    """Share of the epochs, the first ones, in which hidden layers are convolutions laid out as
    matrices: one filter stands at every second place, its copies are tied; then all weights are
    free (`fclab.engines.tying`)."""
    dropout: Annotated[Real, Field(ge=0, lt=1)] = 0.0
    """Probability of dropping a hidden neuron in training."""
    label_smoothing: Annotated[Real, Field(ge=0, lt=1)] = 0.0
    """Share of the target spread evenly over the classes (Szegedy et al. 2016)."""
    mixup: Annotated[Real, Field(ge=0)] = 0.0
    """Parameter α of mixup's Beta(α, α) (Zhang et al. 2018); 0: off."""
    norm: Literal["none", "batch", "layer"] = "none"
    """Normalisation between a hidden layer and its activation."""
    ema: Annotated[Real, Field(ge=0, lt=1)] = 0.0
    """Decay per iteration of the moving average of the weights that is kept; 0: off."""
    contrast: Flag = False
    """Bring every image to mean 0 and standard deviation 1 of its own, see
    `fclab.values.model.network_inputs`."""
    tta: TestTime = "none"
    """Views of an image over which the final answers are averaged: the image alone, with its
    mirror image, or both also moved by a pixel in four directions, see `fclab.values.model.views`.
    Training and history are the same for all three."""

    if not TYPE_CHECKING:  # a type checker knows the fields from the class itself

        def __init__(self, **fields: Any):
            try:
                super().__init__(**fields)
            except ValidationError as error:
                raise _refused(error) from error

        # Else pydantic would read every recipe within another value through it, and lose which
        # field is wrong.
        __init__.__pydantic_base_init__ = True

    @model_validator(mode="after")
    def _fields_agree(self) -> "Recipe":
        if self.nesterov and self.momentum == 0:
            raise ArgumentError("nesterov needs momentum above 0")
        if self.optimizer != "sgd" and self.momentum:
            raise ArgumentError(
                "momentum belongs to sgd, not to {optimizer}", optimizer=self.optimizer
            )
        if self.loss != "cross_entropy" and (self.label_smoothing or self.mixup):
            raise ArgumentError("label smoothing and mixup need the cross-entropy loss")
        if self.loss != "cross_entropy" and self.tta != "none":
            raise ArgumentError(
                "answers of several views are averaged under the cross-entropy loss"
            )
        if self.loss == "log_loss" and self.layers[-1] != 1:
            raise ArgumentError("the log loss needs a single output: the last layer must be FC(1)")
        if self.tied and self.norm == "layer":
            raise ArgumentError("tied weights go with norm batch or none, not with layer")
        return self

    @property
    def key(self) -> str:
        """SHA-256 (hex) of the canonical JSON of all fields that differ from their default."""
        fields = self.model_dump(mode="json", exclude_defaults=True)
        return hashlib.sha256(json.dumps(fields, sort_keys=True).encode()).hexdigest()

    def replace(self, **changes: Any) -> "Recipe":
        """A validated copy with some fields changed.

        Raises:
            RecipeError: a value is out of its range, or a field does not exist.
        """
        return Recipe(**{**self.model_dump(), **changes})

    def for_outputs(self, n_outputs: int) -> "Recipe":
        """The same with another width of the last layer: a neuron per class."""
        return self.replace(layers=(*self.layers[:-1], n_outputs))

    @property
    def tied_epochs(self) -> int:
        """The epochs in which weights are tied, rounded down."""
        return int(round(self.tied * self.epochs, 6))  # 0.7 of 10 are 7, not 6.999...

    @property
    def extras(self) -> tuple[str, ...]:
        """The fields in use that the lab's own network does not have, in the order of the class."""
        return tuple(f for f in _EXTRAS if getattr(self, f) != Recipe.model_fields[f].default)

    @property
    def training(self) -> "Recipe":
        """What decides about the training alone: recipes that are equal in it give the same
        weights from the same seed, and are trained once."""
        return self if self.tta == "none" else self.replace(tta="none")

    def changes_from(self, other: "Recipe") -> Mapping[str, tuple[Any, Any]]:
        """The fields in which ``self`` differs: name → (value in other, value in self)."""
        mine, others = self.model_dump(), other.model_dump()
        return {k: (others[k], mine[k]) for k in mine if mine[k] != others[k]}

    def batch(self, n_train: int) -> int:
        """Examples in a full step: the batch size, never more than there are examples."""
        return min(self.batch_size or n_train, n_train)

    def iterations_per_epoch(self, n_train: int) -> int:
        """Steps of an epoch, the last partial batch counted: ⌈n / batch⌉."""
        return math.ceil(n_train / self.batch(n_train))

    def iterations(self, n_train: int) -> int:
        """Steps of the whole training: epochs · ⌈n / batch⌉."""
        return self.epochs * self.iterations_per_epoch(n_train)

    def learning_rates(self, n_train: int) -> np.ndarray:
        """The lr of every iteration, float64 ``(iterations,)``."""
        return learning_rates(self.schedule, self.lr, self.iterations(n_train))

    def shapes(self, n_inputs: int) -> tuple[tuple[int, int], ...]:
        """``(outputs, inputs)`` of every layer's weight matrix, for examples of ``n_inputs``
        numbers."""
        first = n_inputs // self.pool**2
        return tuple((n_out, n_in) for n_in, n_out in itertools.pairwise((first, *self.layers)))

    def neurons(self) -> int:
        """Neurons of all fully connected layers (inputs are not neurons)."""
        return sum(self.layers)

    def connections(self, n_inputs: int) -> int:
        """Connections between neurons: the weights without biases."""
        return sum(n_out * n_in for n_out, n_in in self.shapes(n_inputs))

    def parameters(self, n_inputs: int) -> int:
        """Weights and biases of the fully connected layers."""
        return self.connections(n_inputs) + self.neurons()


def _refused(error: ValidationError) -> RecipeError:
    """The first thing that is wrong with a recipe, as "lr = -1: it should be greater than 0"."""
    field, value, reason, kind = first_problem(error)
    if kind == "extra_forbidden":
        return RecipeError(
            "a recipe has no field {field!r}; it has {fields}",
            field=field, value=value, reason=reason, fields=", ".join(Recipe.model_fields),
        )  # fmt: skip
    if not field:
        return RecipeError("{reason}", reason=reason, value=value)
    return RecipeError("{field} = {value!r}: {reason}", field=field, value=value, reason=reason)


_OF_THE_LAB = {
    "layers", "activation", "loss", "reduction", "init", "init_scale", "optimizer", "lr",
    "momentum", "nesterov", "weight_decay", "batch_size", "epochs", "schedule", "patience", "tta",
}  # fmt: skip
_EXTRAS = tuple(name for name in Recipe.model_fields if name not in _OF_THE_LAB)

REGRESSION = Recipe(
    layers=(64, 1),
    loss="squared_error",
    reduction="sum",
    init="uniform",
    lr=1e-4,
    batch_size=None,
    epochs=50_000,
)
"""Part 1 of the lab."""

BINARY = Recipe(
    layers=(16, 1),
    activation="sigmoid",
    loss="log_loss",
    reduction="sum",
    init="uniform",
    lr=1e-3,
    batch_size=None,
    epochs=10_000,
)
"""Part 2 of the lab."""

CIFAR = Recipe()
"""Part 3 of the lab."""

BEST = Recipe(
    layers=(1024, 512, 3),
    lr=0.1,
    momentum=0.9,
    nesterov=True,
    weight_decay=1e-3,
    batch_size=500,
    schedule="one_cycle",
    epochs=200,
    tied=0.75,
    flip=True,
    shift=4,
    rotate=12.0,
    zoom=0.15,
    jitter=0.2,
    pool=2,
    locality=1.0,
    label_smoothing=0.1,
    norm="batch",
    tta="shift",
)
"""Part 3, test accuracy raised as far as it goes: one recipe for every variant. Chosen on
validation parts, see docs/accuracy.md."""

FREE = BEST.replace(layers=(512, 256, 3), epochs=240, tied=0.0)
"""The best recipe of networks whose weights are free from the start."""
