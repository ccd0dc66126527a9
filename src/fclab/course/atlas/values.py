"""How hard three classes are to tell apart, as frozen values: JSON in and out."""

from collections.abc import Iterable
from typing import Literal

from pydantic import BaseModel, ConfigDict

from fclab.labs.lab1.variant import Department
from fclab.values.errors import UsageError
from fclab.values.names import distinct_classes

Classes = tuple[int, int, int]
"""Three class numbers of CIFAR-100, ascending: the order in which a rule names them does not change
what is trained."""


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Estimate(_Frozen):
    """A figure with its 95 % interval.

    Attributes:
        mean: of accuracies and recalls in percent, else in epochs.
        low, high: of what was trained, the interval of the mean over all seeds (Student's t); of a
            prediction, where what would be trained is to be expected.
    """

    mean: float
    low: float
    high: float

    @property
    def margin(self) -> float:
        """Half the interval's width: the 2 of "61 ± 2"."""
        return (self.high - self.low) / 2


class Hardest(_Frozen):
    """The class that the base row finds least often.

    Attributes:
        number: of the class.
        recall: the share of its test images that are found, in percent.
    """

    number: int
    recall: Estimate


class Difficulty(_Frozen):
    """How hard three classes are for the lab's network.

    Attributes:
        classes: ascending.
        source: "trained": what these classes gave; "predicted": what they are to be expected to
            give, from other classes that were trained.
        seeds: networks of the base row; 0 of a prediction.
        test: accuracy of the base row on test images.
        train: accuracy of the base row on training images; None of a prediction.
        epoch: the over-fitting epoch of the base row; None of a prediction.
        hardest: None of a prediction.
        reach: accuracy on test images of the best recipe; None: not trained.
        reach_seeds: networks of the best recipe.
        ceilings: accuracy on test images of other methods by their names (`METHODS` of
            `fclab.analysis.ceilings.values`), with the interval for new images; empty: not
            measured.
        fingerprint: the beginning of the dataset's; empty of a prediction.
    """

    classes: Classes
    source: Literal["trained", "predicted"]
    seeds: int
    test: Estimate
    train: Estimate | None = None
    epoch: Estimate | None = None
    hardest: Hardest | None = None
    reach: Estimate | None = None
    reach_seeds: int = 0
    ceilings: dict[str, Estimate] = {}
    fingerprint: str = ""


class Place(_Frozen):
    """Whose classes these are by the rule of a year.

    Attributes:
        scheme: name of the rule: "2026".
        group, variant, department: what the rule was given.
        classes: in the order of the rule.
    """

    scheme: str
    group: int
    variant: int
    department: Department
    classes: Classes


def three(classes: Iterable[int]) -> Classes:
    """Three classes as the atlas knows them: ascending.

    Raises:
        UsageError: not three, one that does not exist or is named twice.
    """
    numbers = distinct_classes(classes)
    if len(numbers) != 3:
        raise UsageError(
            "the atlas is of three classes, and these are {n}: name three, like 0 55 58",
            n=len(numbers),
        )
    return numbers[0], numbers[1], numbers[2]
