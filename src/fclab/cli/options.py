"""Options that several commands share, and how bad values become one clear line."""

import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass, make_dataclass
from pathlib import Path
from types import UnionType
from typing import TYPE_CHECKING, Annotated, Any, Literal, Protocol, Union, get_args, get_origin

from cyclopts import Parameter
from pydantic import ValidationError

from fclab.cli.language import SpokenInFolder
from fclab.report.form import FormName
from fclab.values.errors import FclabError, RecipeError, UsageError
from fclab.values.fields import first_problem
from fclab.values.quantities import check_seed
from fclab.values.recipe import BINARY, CIFAR, REGRESSION, Recipe, format_layers
from fclab.values.text import one_line
from fclab.words.languages import Lang, spoken_lang


@Parameter(name="*")
@dataclass(frozen=True)
class Trainer:
    """Who trains."""

    engine: str = "auto"
    """Who trains: auto, reference (PyTorch as the lab writes it), or another engine by name."""
    device: Literal["cpu", "cuda"] = "cpu"
    """Where the torch engine computes."""

    @property
    def given(self) -> dict[str, Any]:
        """As functions that train take it."""
        return {"engine": self.engine, "device": self.device}


@Parameter(name="*")
@dataclass(frozen=True)
class Common(Trainer):
    """Options of every command that does a part of the lab."""

    seed: int = 0
    """Fixes every random stream: noise, initial weights, order of the batches."""
    out: Path | None = None
    """Folder for the results; default: results/ and a name that says what was run."""
    lang: SpokenInFolder = None
    store: str | None = None
    """Where runs are kept: a file, or postgresql://user@host/base; default: that of --out (made
    there), of the last run from here, or results/store.db."""

    def __post_init__(self):
        check_seed(self.seed, "--seed")

    @property
    def language(self) -> Lang:
        """The language of what is said on the terminal."""
        return spoken_lang(self.lang)


_NOT_OF_IMAGES = ("loss", "reduction", "init", "init_scale")
"""Fields of a recipe that belong to parts 1 and 2."""


class Given(Protocol):
    """The fields of a recipe that a command line gave."""

    @property
    def given(self) -> dict[str, Any]:
        """By name; what was not given is not there."""
        ...


def _plain(annotation: Any) -> Any:
    """The type of a field as a command line reads it: ranges and converters are the recipe's."""
    if get_origin(annotation) is Annotated:
        return _plain(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType):
        return _plain(next(part for part in get_args(annotation) if part is not type(None)))
    return str if get_origin(annotation) is tuple else annotation


def _help(name: str, base: Recipe) -> str:
    """The field's docstring without its references, and what it is if it is not given."""
    text = re.sub(
        r",? see\s+`[^`]*`|\s*\(`[^`]*`\)", "", Recipe.model_fields[name].description or name
    )
    text = " ".join(text.replace("``", "").split())
    value = getattr(base, name)
    if value is None or value is False or value in (0, "none"):
        return text
    shown = format_layers(value) if isinstance(value, tuple) else f"{value}"
    return f"{text.rstrip('.')}; the lab: {shown}."


def recipe_options(base: Recipe, names: Iterable[str] | None = None) -> Any:
    """The options of a command for the fields of a recipe, made from the recipe itself: a value
    without any, and the type of a parameter that holds them. What is not given stays as it was, in
    the base recipe or in the row that another one starts from.

    Args:
        base: whose values the help names.
        names: which fields, in this order; None: all that a classifier of images has.
    """
    chosen = names or (name for name in Recipe.model_fields if name not in _NOT_OF_IMAGES)
    options = [
        (name, Annotated[_plain(Recipe.model_fields[name].annotation) | None,
                         Parameter(help=_help(name, base))], None)
        for name in chosen
    ]  # fmt: skip
    made = make_dataclass("Fields", options, frozen=True, namespace={"given": property(_given)})
    made.__module__ = __name__  # one of the standard library is no group of options
    return made(), Annotated[Parameter(name="*")(made), Parameter(name="*")]


def _given(fields: Any) -> dict[str, Any]:
    return {name: value for name, value in asdict(fields).items() if value is not None}


Many = Parameter(consume_multiple=True, negative="")


@Parameter(name="*")
@dataclass(frozen=True)
class Title:
    """What the title page says, and how the report is set. What is not given here comes from
    fclab.toml, else is a blank."""

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
    designation: str | None = None
    """Designation of the document, for the main inscription of form 2.105."""
    form: FormName | None = None
    """How the report is set: lab, as is usual for a laboratory work; 7.32, a report on research
    (GOST 7.32-2017); 2.105, a text document with a frame (GOST 2.105-2019, 2.104). Default: that of
    the folder, of fclab.toml, or lab."""
    appendix: Annotated[tuple[str, ...], Many] = ()
    """What stands behind the body: defence, answers to the lab's questions; schemes, of them the
    schemes of the networks alone; details, all that the body leaves out; methods, how everything
    was made; or none. Default: as the folder has it."""
    full: Annotated[bool, Parameter(negative="")] = False
    """All appendices."""
    notes: Path | None = None
    """Markdown file with your own text and pictures for sections of the report, or none. Default:
    notes.md in the folder of the results, or here."""
    template: Path | None = None
    """TOML file with the title page of another university."""
    settings: Path | None = None
    """TOML file with a section [report]; default: fclab.toml, if there is one here."""

    @property
    def given(self) -> dict[str, str]:
        """What was given, by the keys of the section [report]."""
        values = {name: str(value) for name, value in asdict(self).items() if value}
        for other in ("settings", "full", "appendix"):
            values.pop(other, None)
        if self.full or self.appendix:
            values["appendix"] = "all" if self.full else " ".join(self.appendix)
        return {name.removesuffix("_name"): value for name, value in values.items()}


COMMON, TRAINER = Common(), Trainer()
FIELDS, _FIELDS = recipe_options(CIFAR)
_OF_POINTS = (
    "layers", "activation", "init_scale", "lr", "epochs", "batch_size", "momentum", "weight_decay",
    "schedule",
)  # fmt: skip
REGRESSION_FIELDS, _REGRESSION = recipe_options(REGRESSION, _OF_POINTS)
BINARY_FIELDS, _BINARY = recipe_options(BINARY, _OF_POINTS)
TITLE = Title()
Flattened = Annotated[Common, Parameter(name="*")]
FlattenedTrainer = Annotated[Trainer, Parameter(name="*")]
FlattenedTitle = Annotated[Title, Parameter(name="*")]

if TYPE_CHECKING:
    FlattenedFields = RegressionFields = BinaryFields = Given
else:
    FlattenedFields, RegressionFields, BinaryFields = _FIELDS, _REGRESSION, _BINARY


def recipe_from(base: Recipe, **changes: Any) -> Recipe:
    """A recipe with some fields changed.

    Raises:
        UsageError: a value is out of range; the line names option and value.
    """
    try:
        return base.replace(**changes)
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
        raise UsageError("{option}: {reason}", option=option, reason=error) from error


def complaint(error: ValidationError) -> UsageError:
    """The first value that is wrong, as one line that names its option."""
    return _complaint(*first_problem(error)[:3])


def _complaint(field: str, value: Any, reason: FclabError) -> UsageError:
    if not field:
        return UsageError("{reason}", reason=reason)
    option = field.replace("_", "-")
    return UsageError("--{option} {value}: {reason}", option=option, value=value, reason=reason)
