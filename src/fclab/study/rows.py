"""The values of a study: its rows, and how each of them came about. JSON both ways."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SerializeAsAny, model_serializer

from fclab.values.errors import RecipeError, UsageError
from fclab.values.fields import OneLine, Whole, without_none
from fclab.values.pictures import Folder
from fclab.values.recipe import CIFAR, Recipe

Protocol = Literal["lab", "validation"]
"""``lab``: every choice is made on the test set, as the lab asks; ``validation``: on a stratified
fifth of train that is held out for the choices, and the test set is used once per row."""

Kind = str
"""What made a row: of a lab the name of a move, ``own`` of a row of the student's own, ``rung`` and
``ablation`` on the ladder of accuracy."""

HOLD_OUT = 0.2
"""Share of every class that ``validation`` holds out."""

FEW = 4
"""So few seeds choose in many a lab: how often they would choose as all seeds do is told."""

Seeds = Annotated[Whole, Field(ge=1, le=10_000)]


class StudySettings(BaseModel):
    """What every study has been told. A lab's own settings stand beside these; read from a store
    they are kept as they are.

    Attributes:
        seeds: runs per row, of the seeds 0, 1, ...
        protocol: where choices are made.
        base: the recipe of the base row.
    """

    model_config = ConfigDict(frozen=True, extra="allow")

    seeds: Seeds = 32
    protocol: Protocol = "lab"
    base: Recipe = CIFAR


Name = Annotated[str, Field(min_length=1, max_length=80)]


class OwnRow(BaseModel):
    """A row of the student's own: what it changes in another row.

    Attributes:
        name: unique in its study.
        parent: the row that it starts from and is compared to.
        changes: fields of the recipe that are given, in place of the parent's.
        whole: the recipe that the row had before. It keeps it, and is compared to ``stop``, in a
            study that does not have its parent.
        comment: what the student says about it; it stands behind what follows from the runs.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Name
    parent: str = "stop"
    changes: dict[str, Any] = Field(default_factory=dict)
    whole: Recipe | None = None
    comment: OneLine = ""

    def recipe(self, parent: Recipe) -> Recipe:
        """The parent's recipe with the changes.

        Raises:
            UsageError: a field does not exist, or its value is out of range.
        """
        try:
            return parent.replace(**self.changes)
        except RecipeError as error:
            raise UsageError("row {name!r}: {reason}", name=self.name, reason=error) from error


class Setting(BaseModel):
    """A setting that was tried for a model.

    Attributes:
        lr, batch_size: of the grid; None: all images are one batch.
        epochs: its over-fitting epoch.
        loss: mean over the seeds at that epoch, of the part that it was chosen on.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    lr: float
    batch_size: int | None
    epochs: int
    loss: float


class Flattery(BaseModel):
    """What choosing a model's setting and epoch on the test set seems to gain.

    The same networks of the first round, trained without the held-out part, choose once by the
    test loss and once by the held-out loss. Networks of other seeds, trained on the same images,
    say what either choice is worth on the test set.

    Attributes:
        by_test, by_valid: the two choices.
        judges: networks of each that judge.
        accuracy_by_test, accuracy_by_valid: their mean test accuracy at the chosen epochs.
        difference: of the two.
        low, high: its 95 % interval over seeds; None where there is one judge.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    by_test: Setting
    by_valid: Setting
    judges: int
    accuracy_by_test: float
    accuracy_by_valid: float
    difference: float
    low: float | None = None
    high: float | None = None


class Round(BaseModel):
    """A round of a search: how many settings were trained, from how many seeds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    settings: int
    seeds: int


class Choice(BaseModel):
    """How the setting of a tuned row was chosen, and how sure that is.

    Attributes:
        first_seed: the seeds of a round are this one and those that follow; no row has them.
        rounds: of the successive halving, the last one decides.
        losses: least and greatest loss of all settings in the first round.
        finalists: settings of the last round, the chosen one first.
        certainty: share of bootstrap draws of the last round's seeds that choose the same; None
            with one finalist or one seed.
        few: so many seeds ...
        chosen_by_few: ... choose the same among the finalists in this share of draws; None with
            one finalist or no more seeds than that.
        flattery: what choosing on the test set seems to gain; None where nothing could be chosen.
        tried: the settings of the first round, the least loss first, without those that diverged;
            empty in studies that were done before this was kept.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    first_seed: int
    rounds: tuple[Round, ...]
    losses: tuple[float, float]
    finalists: tuple[Setting, ...]
    certainty: float | None = None
    few: int = FEW
    chosen_by_few: float | None = None
    flattery: Flattery | None = None
    tried: tuple[Setting, ...] = ()


class Row(BaseModel):
    """One line of the final table.

    Attributes:
        name: short and unique in its study: "base", "batch-256".
        recipe: what is trained.
        parent: the row that it is compared to; None for the base row.
        kind: the move that made it.
        factor: of the batch (times larger) or of the lr (times lower).
        candidates: of tuned layers, how many settings were tried.
        choice: of tuned layers, how the setting was chosen; None in studies of fclab 0.1.0.
        own: of a row of the student's own, what was asked for; None in studies of fclab 0.1.0.
        said: of every other row, what the student says about it; None: nothing.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Name
    recipe: Recipe
    parent: str | None
    kind: Kind
    factor: float | None = None
    candidates: int | None = None
    choice: Choice | None = None
    own: OwnRow | None = None
    said: OneLine | None = None

    @model_serializer(mode="wrap")
    def _without_said(self, write: Any) -> dict[str, Any]:
        return without_none(write(self), "said")

    @property
    def comment(self) -> str:
        """What the student says about it, if anything."""
        return self.own.comment if self.own else self.said or ""

    def commented(self, comment: str) -> "Row":
        """The row with another comment of the student's.

        Raises:
            ValidationError: the comment cannot be shown, or is too long.
        """
        changed = {"said": comment or None}
        if self.own:
            changed = {"own": {**self.own.model_dump(), "comment": comment}}
        return Row.model_validate({**self.model_dump(), **changed})


class Definition(BaseModel):
    """All that makes a study again from the runs that are kept.

    Attributes:
        format: version of this value.
        classes: class numbers of the images, ascending.
        source: "cifar100", "synthetic", "pictures", or that of data which only a program has.
        fingerprint: of the dataset.
        held_out: fingerprint of the same dataset with the validation part held out.
        settings: what was to be tried.
        rows: in the order of the table.
        engine, device: who was asked to train them.
        engines: the engine that trains each row, by the row's name; with ``held_out`` it is that
            of the base row. With it the runs are found in a store without the images.
        folder: where pictures of one's own are.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal[1] = 1
    classes: tuple[int, ...]
    source: str
    fingerprint: str
    held_out: str
    settings: SerializeAsAny[StudySettings]
    rows: tuple[Row, ...]
    engine: str = "auto"
    device: str = "cpu"
    engines: dict[str, str]
    folder: Folder | None = None

    @model_serializer(mode="wrap")
    def _without_folder(self, write: Any) -> dict[str, Any]:
        return without_none(write(self), "folder")
