"""Types of numbers and lines in values: what pydantic would quietly make a number of is refused."""

from typing import Annotated, Any, NamedTuple

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError

from fclab.values.quantities import LARGEST_SEED
from fclab.values.text import one_line


def _no_bool(given: Any) -> Any:
    if isinstance(given, bool):
        raise ValueError(f"it is a number, not {str(given).lower()}")
    if isinstance(given, str):
        raise ValueError(f"it is a number, not the text {given!r}")
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


class Problem(NamedTuple):
    """What is wrong with a value: the field (empty if it is not a single one), what was given for
    it, the reason, and pydantic's name of its kind."""

    field: str
    value: Any
    reason: str
    kind: str


def first_problem(error: ValidationError) -> Problem:
    """The first thing that pydantic found: ``("lr", -1, "it should be greater than 0", ...)``."""
    first = error.errors(include_url=False)[0]
    reason = first["msg"].removeprefix("Value error, ").replace("Input should", "it should")
    return Problem(str(next(iter(first["loc"]), "")), first["input"], reason, first["type"])
