"""The values of a study: its settings, its rows, and how each row came about. JSON both ways."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from fclab.errors import UsageError
from fclab.recipe import CIFAR, Recipe

Protocol = Literal["lab", "validation"]
"""``lab``: every choice is made on the test set, as the lab asks; ``validation``: on a stratified
fifth of train that is held out for the choices, and the test set is used once per row."""

Kind = Literal["base", "stop", "batch", "past", "lr", "layers", "own", "rung", "ablation"]
"""The move that made a row: the start; stopped at the over-fitting epoch; batch size changed at a
constant number of iterations, from there (``batch``) or past it (``past``); lr lowered; layers
changed and tuned anew; a row of the student's own; a rung of the ladder of accuracy, or its whole
recipe without one cause."""

HOLD_OUT = 0.2
"""Share of every class that ``validation`` holds out."""

Seeds = Annotated[int, Field(ge=1, le=10_000)]


class Settings(BaseModel):
    """What a default study tries.

    Attributes:
        seeds: runs per row, of the seeds 0, 1, ...
        protocol: where choices are made.
        base: the recipe of the base row.
        batch_factors: task 3, how many times larger (or smaller) the batch becomes.
        lr_factors: task 4, how many times lower the learning rate.
        hidden: task 5, the hidden layers of other models.
        search_seeds, search_lr, search_batch: task 5, the grid on which each model is tuned.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    seeds: Seeds = 32
    protocol: Protocol = "lab"
    base: Recipe = CIFAR
    batch_factors: tuple[Annotated[float, Field(gt=0)], ...] = (0.25, 0.5, 2, 4)
    lr_factors: tuple[Annotated[float, Field(gt=0)], ...] = (2, 5)
    hidden: tuple[tuple[int, ...], ...] = ((5,), (32,), (64,), (10, 10))
    search_seeds: Seeds = 4
    search_lr: tuple[Annotated[float, Field(gt=0)], ...] = (0.0025, 0.005, 0.01)
    search_batch: tuple[Annotated[int, Field(ge=1)], ...] = (64, 128, 256)


Name = Annotated[str, Field(min_length=1, max_length=80)]


class Own(BaseModel):
    """A row of the student's own: what it changes in another row.

    Attributes:
        name: unique in its study.
        parent: the row that it starts from and is compared to.
        changes: fields of the recipe that differ from the parent's.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Name
    parent: str = "stop"
    changes: dict[str, Any] = Field(default_factory=dict)

    def recipe(self, parent: Recipe) -> Recipe:
        """The parent's recipe with the changes.

        Raises:
            UsageError: a field does not exist, or its value is out of range.
        """
        try:
            return parent.but(**self.changes)
        except ValidationError as error:
            raise UsageError(f"row {self.name!r}: {first_reason(error)}") from error


def first_reason(error: ValidationError) -> str:
    """The first thing that is wrong with a recipe, as "lr = -1: must be greater than 0"."""
    first = error.errors(include_url=False)[0]
    reason = first["msg"].removeprefix("Value error, ").replace("Input should", "it should")
    field = ".".join(str(part) for part in first["loc"][:1])
    if first["type"] == "extra_forbidden":
        return f"a recipe has no field {field!r}; it has {', '.join(Recipe.model_fields)}"
    return f"{field} = {first['input']!r}: {reason}" if field else reason


class Row(BaseModel):
    """One line of the final table.

    Attributes:
        name: short and unique in its study: "base", "batch-256".
        recipe: what is trained.
        parent: the row that it is compared to; None for the base row.
        kind: the move that made it.
        factor: of the batch (times larger) or of the lr (times lower).
        candidates: of tuned layers, how many settings were tried.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Name
    recipe: Recipe
    parent: str | None
    kind: Kind
    factor: float | None = None
    candidates: int | None = None


class Definition(BaseModel):
    """All that makes a study again from the runs that are kept.

    Attributes:
        format: version of this value.
        classes: class numbers of the images, ascending.
        source: "cifar100" or "synthetic".
        fingerprint: of the dataset.
        held_out: fingerprint of the same dataset with the validation part held out.
        settings: what the default rows try.
        rows: in the order of the table.
        engine, device: who was asked to train them.
        engines: the engine that trains each row, by the row's name; with ``held_out`` it is that
            of the base row. With it the runs are found in a store without the images.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal[1] = 1
    classes: tuple[int, ...]
    source: str
    fingerprint: str
    held_out: str
    settings: Settings
    rows: tuple[Row, ...]
    engine: str = "auto"
    device: str = "cpu"
    engines: dict[str, str]
