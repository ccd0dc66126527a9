"""Types of numbers and lines in values: what pydantic would quietly make a number of is refused."""

import re
from pathlib import Path
from typing import Annotated, Any, NamedTuple

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError
from pydantic_core import ErrorDetails

from fclab.values.errors import ArgumentError, Clause, FclabError, UsageError
from fclab.values.quantities import LARGEST_SEED
from fclab.values.text import one_line


def _no_bool(given: Any) -> Any:
    if isinstance(given, bool):
        raise ArgumentError("it is a number, not {given}", given=str(given).lower())
    if isinstance(given, str):
        raise ArgumentError("it is a number, not the text {given!r}", given=given)
    return given


Whole = Annotated[int, BeforeValidator(_no_bool)]
"""A whole number in a value: 3 and 3.0, but not 1.5, ``True`` or ``"3"``."""
Real = Annotated[float, BeforeValidator(_no_bool)]
"""A number in a value, but neither ``True`` nor ``"0.5"``."""
Positive = Annotated[Real, Field(gt=0, allow_inf_nan=False)]
"""A finite number above 0."""
Flag = Annotated[bool, Field(strict=True)]
"""True or false, but neither 1 nor ``"yes"``."""
Seed = Annotated[Whole, Field(ge=0, le=LARGEST_SEED)]
"""What fixes the random streams of a run."""
OneLine = Annotated[str, AfterValidator(one_line)]
"""A line that a person gives, see `fclab.values.text.one_line`."""


def without_none(fields: dict[str, Any], *names: str) -> dict[str, Any]:
    """Fields as JSON has them, without those of these that say nothing: as they were written before
    there were such."""
    return {name: value for name, value in fields.items() if name not in names or value is not None}


class Problem(NamedTuple):
    """What is wrong with a value: the field (empty if it is not a single one), what was given for
    it, the reason, and pydantic's name of its kind."""

    field: str
    value: Any
    reason: FclabError
    kind: str


def first_problem(error: ValidationError) -> Problem:
    """The first thing that pydantic found: ``("lr", -1, "it should be greater than 0", ...)``."""
    first = error.errors(include_url=False)[0]
    field = str(next(iter(first["loc"]), ""))
    return Problem(field, first["input"], reason_of(first), first["type"])


def wrong_field(path: Path, error: ValidationError) -> UsageError:
    """The line that names a file, the first field of it that is wrong, and why."""
    first = error.errors(include_url=False)[0]
    return UsageError(
        "{path}, {field}: {reason}",
        path=path,
        field=".".join(map(str, first["loc"])),
        reason=reason_of(first),
    )


def reason_of(first: ErrorDetails) -> FclabError:
    """What is wrong by pydantic, as a part of a line of ours."""
    told: dict[str, Any] = first.get("ctx", {})
    match first["type"]:
        case "value_error" if isinstance(raised := told["error"], FclabError):
            return raised  # by a validator of ours
        case "greater_than":
            return Clause("it should be greater than {gt}", **told)
        case "greater_than_equal":
            return Clause("it should be greater than or equal to {ge}", **told)
        case "less_than":
            return Clause("it should be less than {lt}", **told)
        case "less_than_equal":
            return Clause("it should be less than or equal to {le}", **told)
        case "finite_number":
            return Clause("it should be a finite number")
        case "int_type" | "int_from_float":
            return Clause("it should be a whole number")
        case "float_type":
            return Clause("it should be a number")
        case "bool_type":
            return Clause("it should be true or false")
        case "string_type":
            return Clause("it should be text")
        case "literal_error":
            *before, last = re.split(", | or ", told["expected"])
            if not before:
                return Clause("it should be {last}", last=last)
            return Clause("it should be {before} or {last}", before=", ".join(before), last=last)
        case "missing":
            return Clause("it is required")
        case "extra_forbidden":
            return Clause("there is no such field")
        case "too_short":
            return Clause("it should have at least {min_length}, not {actual_length}", **told)
        case "list_type" | "tuple_type":
            return Clause("it should be a list")
        case "dict_type" | "model_type" | "model_attributes_type":
            return Clause("it should be a table")
        case _:
            said = first["msg"].removeprefix("Value error, ").replace("Input should", "it should")
            return Clause("{words}", words=said)
