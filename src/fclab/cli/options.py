"""Options that several commands share, and how bad values become one clear line."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Parameter
from pydantic import ValidationError

from fclab.values.errors import RecipeError, UsageError
from fclab.values.fields import first_problem
from fclab.values.quantities import check_seed
from fclab.values.recipe import Activation, Recipe, TestTime
from fclab.values.schedule import Schedule
from fclab.values.text import one_line
from fclab.words.languages import Lang as Lang
from fclab.words.languages import default_lang as default_lang


@Parameter(name="*")
@dataclass(frozen=True)
class Common:
    """Options of every command that trains."""

    seed: int = 0
    """Fixes every random stream: noise, initial weights, order of the batches."""
    out: Path | None = None
    """Folder for the results; default: results/ and a name that says what was run."""
    lang: Lang | None = None
    """Language of report and figures; default: that of the report that is in the folder, of
    fclab.toml, or ru (or FCLAB_LANG)."""
    engine: str = "auto"
    """Who trains: auto, reference (PyTorch as the lab writes it), or another engine by name."""
    device: Literal["cpu", "cuda"] = "cpu"
    """Where the torch engine computes."""
    store: str | None = None
    """Where runs are kept: a file, or postgresql://user@host/base; default: that of --out (made
    there), of the last run from here, or results/store.db."""

    def __post_init__(self):
        check_seed(self.seed)

    @property
    def language(self) -> Lang:
        """The language asked for, or the default one."""
        return self.lang or default_lang()


@Parameter(name="*")
@dataclass(frozen=True)
class Fields:
    """The recipe of a classifier of images, field by field. What is not given stays as it was: in
    the lab's recipe, or in the row that another one starts from."""

    layers: str | None = None
    """The network, its last layer one neuron per class; the lab: FC(10), FC(3)."""
    activation: Activation | None = None
    """Nonlinearity of the hidden layers; the lab: relu."""
    lr: float | None = None
    """Learning rate; the lab: 0.005."""
    batch_size: int | None = None
    """Images per step; the last, smaller batch of an epoch is kept; the lab: 128."""
    epochs: int | None = None
    """Passes over the training images; the lab: 250."""
    optimizer: Literal["sgd", "adam", "adamw"] | None = None
    """Rule of the steps; the lab: sgd."""
    momentum: float | None = None
    """Momentum of SGD."""
    nesterov: bool | None = None
    """Nesterov's form of momentum."""
    weight_decay: float | None = None
    """L2 coefficient."""
    schedule: Schedule | None = None
    """Course of the learning rate; the lab: constant."""
    flip: bool | None = None
    """Mirror training images at random."""
    shift: int | None = None
    """Move training images by up to so many pixels at random."""
    rotate: float | None = None
    """Turn training images by up to so many degrees at random."""
    zoom: float | None = None
    """Scale training images by a random factor, up to e^±zoom."""
    jitter: float | None = None
    """Change brightness, colour and contrast of training images at random."""
    pool: Literal[1, 2, 4] | None = None
    """Let the first layer see means over squares of so many pixels a side."""
    locality: float | None = None
    """Let hidden neurons see what is near their place first of all; 0: off."""
    dropout: float | None = None
    """Probability of dropping a hidden neuron."""
    label_smoothing: float | None = None
    """Share of the target that is spread over all classes."""
    mixup: float | None = None
    """α of mixup; 0: off."""
    norm: Literal["none", "batch", "layer"] | None = None
    """Normalisation of the hidden layers."""
    ema: float | None = None
    """Decay of the moving average of the weights; 0: off."""
    contrast: bool | None = None
    """Bring every image to mean 0 and standard deviation 1 of its own."""
    tta: TestTime | None = None
    """Views of an image over which the final answers are averaged."""
    patience: int | None = None
    """Stop after so many epochs without a new least validation loss; needs --hold-out."""

    @property
    def given(self) -> dict[str, Any]:
        """The fields that were given."""
        return {name: value for name, value in asdict(self).items() if value is not None}


@Parameter(name="*")
@dataclass(frozen=True)
class Title:
    """What the title page says. What is not given here comes from fclab.toml, else is a blank."""

    student: str | None = None
    """Who hands in the report."""
    teacher: str | None = None
    """Who takes it."""
    university: str | None = None
    """Name of the university."""
    faculty: str | None = None
    """Name of the faculty."""
    department_name: str | None = None
    """Name of the department, as the title page has it."""
    discipline: str | None = None
    """Name of the discipline."""
    city: str | None = None
    """City."""
    year: str | None = None
    """Year."""
    template: Path | None = None
    """TOML file with the title page of another university."""
    settings: Path | None = None
    """TOML file with a section [report]; default: fclab.toml, if there is one here."""

    @property
    def given(self) -> dict[str, str]:
        """What was given, by the keys of the section [report]."""
        values = {
            "student": self.student, "teacher": self.teacher, "university": self.university,
            "faculty": self.faculty, "department": self.department_name,
            "discipline": self.discipline, "city": self.city, "year": self.year,
            "template": str(self.template) if self.template else None,
        }  # fmt: skip
        return {name: value for name, value in values.items() if value}


COMMON = Common()
FIELDS = Fields()
TITLE = Title()
Many = Parameter(consume_multiple=True, negative="")
Flattened = Annotated[Common, Parameter(name="*")]
FlattenedTitle = Annotated[Title, Parameter(name="*")]
FlattenedFields = Annotated[Fields, Parameter(name="*")]


def recipe_from(base: Recipe, **changes: Any) -> Recipe:
    """A recipe with some fields changed.

    Raises:
        UsageError: a value is out of range; the line names option and value.
    """
    try:
        return base.but(**changes)
    except RecipeError as error:
        raise _complaint(error.field, error.value, error.reason) from error


def typed(option: str, value: str | None) -> str | None:
    """What was given, on one line; None if nothing was.

    Raises:
        UsageError: it cannot be shown as it is.
    """
    try:
        return one_line(value) if value is not None else None
    except ValueError as error:
        raise UsageError(f"{option}: {error}") from error


def complaint(error: ValidationError) -> UsageError:
    """The first value that is wrong, as one line that names its option."""
    return _complaint(*first_problem(error)[:3])


def _complaint(field: str, value: Any, reason: str) -> UsageError:
    return UsageError(f"--{field.replace('_', '-')} {value}: {reason}" if field else reason)
