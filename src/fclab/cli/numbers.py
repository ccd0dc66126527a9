"""How numbers of the command line are read: one converter for every option of every command."""

from collections.abc import Sequence
from typing import Any, get_args

from cyclopts import CoercionError, Token, convert

from fclab.values.errors import ArgumentError, UsageError
from fclab.values.quantities import real, whole


def strictly(type_: Any, tokens: Sequence[Token]) -> Any:
    """The values of an option; the default converter of the whole application.

    Whole numbers are whole or refused, numbers are finite; a decimal comma is understood
    (0,005). A list of whole numbers may be divided by commas too; in a list of other numbers a
    comma could be either, and is asked about.

    Raises:
        CoercionError: it is no such number; the line names the option and what is wrong.
    """
    kinds = {type_, *get_args(type_)}
    if tuple[int, ...] in kinds:
        tokens = [
            token.evolve(value=part) for token in tokens for part in token.value.split(",") if part
        ]
    if tuple[float, ...] in kinds:
        for token in tokens:
            if "," in token.value:
                raise CoercionError(token=token) from UsageError(
                    "the comma of {value!r} is a decimal point or divides two numbers: write the "
                    "point as a point, and divide numbers by spaces",
                    value=token.value,
                )
    return convert(type_, tokens, converter=_value)


def _value(type_: Any, text: str) -> Any:
    read = {int: whole, float: real}.get(type_)
    if read is None:
        return convert(type_, [text])
    try:
        return read(text)
    except ArgumentError as error:
        raise CoercionError(msg=str(error)) from error


def class_numbers(type_: Any, tokens: Sequence[Token]) -> tuple[int, ...]:
    """The numbers of classes from numbers and names, see `fclab.values.names.find_classes`.

    Raises:
        UsageError: there is no such class.
    """
    from fclab.values.names import find_classes

    return find_classes([token.value for token in tokens])
