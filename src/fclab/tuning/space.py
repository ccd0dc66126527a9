"""The space of a search: which fields of the recipe are tried, and with which values.

It is written as TOML; `space.toml` beside this file is the default one and explains the form.
"""

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any

from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
    distribution_to_json,
)
from pydantic import TypeAdapter, ValidationError

from fclab.store.export import recipe_columns
from fclab.values.errors import FclabError, UsageError
from fclab.values.fields import reason_of
from fclab.values.files import read_toml
from fclab.values.recipe import CIFAR, Recipe, format_layers

_DEFAULT = files("fclab.tuning") / "space.toml"
_RANGE = {"low", "high", "log", "step"}


@dataclass(frozen=True, eq=False)
class Space:
    """Fields of the recipe with the values that a search may give them.

    Attributes:
        name: where it was read from, for messages.
        fixed: fields with one value.
        searched: fields with several values, in the order of the file.
    """

    name: str
    fixed: Mapping[str, Any]
    searched: Mapping[str, BaseDistribution]

    def values(self, drawn: Mapping[str, Any]) -> dict[str, Any]:
        """What was drawn, as it is tried: numbers of a range without steps have three digits, so
        that a table says all of them."""
        return {name: _three_digits(self.searched[name], value) for name, value in drawn.items()}

    def recipe(self, drawn: Mapping[str, Any]) -> Recipe:
        """The recipe of what was drawn for the searched fields; all others are the lab's.

        Raises:
            RecipeError: the values do not agree with each other.
        """
        return CIFAR.replace(**self.fixed, **self.values(drawn))

    def for_outputs(self, n_outputs: int) -> "Space":
        """The same; where it says nothing of layers, the lab's with so many outputs."""
        layers = CIFAR.for_outputs(n_outputs).layers
        if "layers" in {*self.fixed, *self.searched} or layers == CIFAR.layers:
            return self
        return replace(self, fixed={**self.fixed, "layers": format_layers(layers)})

    @property
    def identity(self) -> str:
        """The same text for spaces with the same values."""
        searched = {k: json.loads(distribution_to_json(v)) for k, v in self.searched.items()}
        return json.dumps({"fixed": dict(self.fixed), "searched": searched}, sort_keys=True)


def default_space(n_outputs: int) -> Space:
    """The space of `space.toml`, its last layers as wide as the dataset has classes.

    Args:
        n_outputs: of the dataset.
    """
    text = _DEFAULT.read_text("utf-8")
    table = tomllib.loads(text)
    layers = [_value("layers", choice) for choice in table["layers"]["choices"]]
    fitted = [format_layers((*widths[:-1], n_outputs)) for widths in layers]
    return make_space({**table, "layers": {"choices": fitted}}, _DEFAULT.name)


def read_space(path: Path) -> Space:
    """The space of a file.

    Raises:
        UsageError: it cannot be read or is not a space; the line names file and field.
    """
    return make_space(read_toml(path), str(path))


def make_space(table: Mapping[str, Any], name: str) -> Space:
    """The space of a table as it is read from TOML.

    Args:
        table: field → fixed value, ``{"choices": [...]}`` or ``{"low": ..., "high": ...}``.
        name: for messages.

    Raises:
        UsageError: a field does not exist, a value is not allowed, or nothing is searched.
    """
    fixed: dict[str, Any] = {}
    searched: dict[str, BaseDistribution] = {}
    for field, given in table.items():
        try:
            if field not in recipe_columns():
                raise _unknown(field)
            if isinstance(given, dict):
                searched[field] = _distribution(field, given)
            else:
                fixed[field] = _plain(field, given)
        except _Wrong as error:
            raise UsageError(
                "{name}: {field}: {reason}", name=name, field=field, reason=error
            ) from None
    if all(distribution.single() for distribution in searched.values()):
        raise UsageError(
            "{name}: nothing to search: give a field several values, such as lr = {{low = "
            "0.001, high = 0.1, log = true}}",
            name=name,
        )
    return Space(name, fixed, searched)


class _Wrong(FclabError):
    """What is wrong with one field."""


def _distribution(field: str, given: Mapping[str, Any]) -> BaseDistribution:
    if set(given) == {"choices"}:
        return _choices(field, given["choices"])
    if unknown := sorted(set(given) - _RANGE - {"choices"}):
        raise _Wrong("unknown key {name!r}: a range has low, high and step or log", name=unknown[0])
    if "choices" in given:
        raise _Wrong("choices stand alone, without low, high, step or log")
    if not {"low", "high"} <= set(given):
        raise _Wrong("a range has both low and high")
    return _range(field, **given)


def _choices(field: str, given: Any) -> BaseDistribution:
    if not isinstance(given, list) or not given:
        raise _Wrong("choices are a list: choices = [1, 2]")
    values = tuple(_plain(field, value) for value in given)
    if len(set(values)) < len(values):
        raise _Wrong("a choice occurs twice")
    return CategoricalDistribution(values)


def _range(
    field: str, low: Any, high: Any, log: Any = False, step: Any = None
) -> FloatDistribution | IntDistribution:
    kind = recipe_columns()[field]
    if kind not in ("integer", "number"):
        raise _Wrong("it is not a number, so it has no range: use choices = [...]")
    if not isinstance(log, bool):
        raise _Wrong("log is true or false, not {log!r}", log=log)
    for end in (low, high):
        _plain(field, end)
    for key, number in (("low", low), ("high", high), ("step", step)):
        if isinstance(number, bool) or not isinstance(number, int | float | None):
            raise _Wrong("{key} is a number, not {number!r}", key=key, number=number)
    if not low < high:
        raise _Wrong("low {low} is not below high {high}", low=low, high=high)
    if log and step is not None:
        raise _Wrong("step and log exclude each other")
    if log and low <= 0:
        raise _Wrong("a logarithmic range begins above 0, not at {low}", low=low)
    if step is not None and not 0 < step <= high - low:
        raise _Wrong(
            "step {step} does not fit between {low} and {high}", step=step, low=low, high=high
        )
    if kind == "integer":
        if step is not None and step != int(step):
            raise _Wrong("it is a whole number, step {step} is not", step=step)
        return IntDistribution(int(low), int(high), log=log, step=int(step or 1))
    if step is not None:  # the upper end becomes the last step; Optuna would do so with a warning
        first, last, pace = (Decimal(str(number)) for number in (low, high, step))
        high = first + (last - first) // pace * pace
    return FloatDistribution(float(low), float(high), log=log, step=step)


def _three_digits(distribution: BaseDistribution, value: Any) -> Any:
    if not isinstance(distribution, FloatDistribution) or distribution.step is not None:
        return value
    return min(max(float(f"{value:.3g}"), distribution.low), distribution.high)


def _plain(field: str, given: Any) -> Any:
    """A value as JSON has it: layers are text in the lab's notation."""
    return _adapter(field).dump_python(_value(field, given), mode="json")


def _value(field: str, given: Any) -> Any:
    try:
        return _adapter(field).validate_python(given)
    except ValidationError as error:
        reason = reason_of(error.errors(include_url=False)[0])
        raise _Wrong("{given!r}: {reason}", given=given, reason=reason) from None


@cache
def _adapter(field: str) -> TypeAdapter[Any]:
    about = Recipe.model_fields[field]
    kind: Any = Annotated[about.annotation, about]  # pyright: ignore[reportInvalidTypeForm]
    return TypeAdapter(kind, config=Recipe.model_config)


def _unknown(field: str) -> _Wrong:
    if near := get_close_matches(field, recipe_columns(), 1):
        return _Wrong("no such field of a recipe; did you mean {name}?", name=near[0])
    fields = ", ".join(recipe_columns())
    return _Wrong("no such field of a recipe; there are {fields}", fields=fields)
