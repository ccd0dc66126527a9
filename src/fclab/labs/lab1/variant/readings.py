"""The same group and variant by the rules of all years; and the trap of the lab's own notebook."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, NamedTuple

from fclab.labs.lab1.variant.group import counted, parse_department, read_group
from fclab.labs.lab1.variant.rule import Variant, by_number
from fclab.labs.lab1.variant.scheme import SCHEMES, Scheme
from fclab.values.errors import UsageError


class Reading(NamedTuple):
    """What one rule makes of a group and a variant.

    Attributes:
        scheme: the rule.
        group: the group number that was taken.
        taken: that in the name, the ordinal, or the number as it was given.
        variant: the classes; None: there are no three different classes.
        problem: why there are none.
    """

    scheme: Scheme
    group: int
    taken: Literal["name", "ordinal", "given"]
    variant: Variant | None
    problem: str = ""


def readings(
    group: str | int,
    variant: int,
    department: str = "iu5",
    schemes: Mapping[str, Scheme] = SCHEMES,
) -> tuple[Reading, ...]:
    """Group and variant by every scheme; a full name under a rule that may count groups is read
    in both ways.

    Raises:
        UsageError: no group number, unknown department, a number below 1.
    """
    written, number = read_group(group), counted("variant", variant)
    known = parse_department(department)
    found = []
    for scheme in schemes.values():
        numbers: dict[int, Literal["name", "ordinal", "given"]] = {written.number: "given"}
        if written.is_name:
            numbers = {written.number: "name"}
            if scheme.group_means != "name" and written.ordinal:
                numbers = {written.ordinal: "ordinal", **numbers}
        for taken, how in numbers.items():
            try:
                found.append(Reading(scheme, taken, how, by_number(taken, number, known, scheme)))
            except UsageError as error:
                found.append(Reading(scheme, taken, how, None, str(error)))
    return tuple(found)


def with_classes(found: Iterable[Reading], classes: Iterable[int]) -> tuple[Reading, ...]:
    """The readings that come to just these classes, in whatever order."""
    wanted = set(classes)
    return tuple(r for r in found if r.variant and set(r.variant.classes) == wanted)


def exchanged(classes: Sequence[int]) -> tuple[tuple[int, int], ...]:
    """The lines of the lab notebook's classification report that speak of another class.

    The notebook relabels the classes with ``np.unique``, which sorts them, and names the lines in
    the order in which the classes were typed.

    Args:
        classes: numbers in the order in which they are typed into the lab's notebook.

    Returns:
        Pairs (number that the line bears, class that it is about), in the order of the lines.
    """
    return tuple(
        (said, is_) for said, is_ in zip(classes, sorted(classes), strict=True) if said != is_
    )
