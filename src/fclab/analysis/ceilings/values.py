"""What a method reached, as frozen values: JSON in and out."""

from collections.abc import Mapping
from functools import cached_property
from typing import Final, Literal, get_args

import numpy as np
from pydantic import BaseModel, ConfigDict

Method = Literal["neighbours", "logistic", "svm", "nngp", "ntk", "convolution", "pretrained"]
"""k nearest neighbours; logistic regression; a support vector machine with an RBF kernel; the lab's
network infinitely wide, as a Gaussian process (NNGP) or trained by gradient descent (NTK); a small
convolutional network, which is not fully connected; the best recipe after pre-training on all other
classes, which is outside of the task and is measured only where it was asked for."""

METHODS: Final[tuple[Method, ...]] = get_args(Method)

BEYOND: Final[Mapping[str, Literal["outside", "pretrained"]]] = {
    "convolution": "outside",
    "pretrained": "pretrained",
}
"""Methods that are no fully connected networks of the task: "outside": not fully connected;
"pretrained": knows more than the images of the task."""


class Ceiling(BaseModel):
    """One method on one dataset.

    Attributes:
        method: its name.
        settings: what was chosen for it on held-out parts of train, or fixed beforehand.
        held_out: share of right answers on the held-out parts with these settings; None where they
            were fixed beforehand.
        answers: the class that each test image was given, ``(seeds, images)``; a method without
            chance has one seed.
        seconds: that all of it took.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    method: Method
    settings: dict[str, float]
    held_out: float | None = None
    answers: tuple[tuple[int, ...], ...]
    seconds: float


class Ceilings(BaseModel):
    """All methods on one dataset.

    Attributes:
        fingerprint: of the dataset.
        hidden: hidden layers of the network whose infinitely wide forms were solved.
        targets: the true classes of the test images.
        lines: one per method, in the order of `METHODS`.
        version: of fclab.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal[1] = 1
    fingerprint: str
    hidden: int
    targets: tuple[int, ...]
    lines: tuple[Ceiling, ...]
    version: str

    @cached_property
    def correct(self) -> dict[Method, np.ndarray]:
        """Which answers of each method are right, bool ``(seeds, images)``."""
        y = np.array(self.targets)
        return {line.method: np.array(line.answers) == y for line in self.lines}
