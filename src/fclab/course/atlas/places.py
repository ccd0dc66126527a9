"""Whose classes there are: all groups, variants and departments of a year's rule."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from fclab.course.atlas.values import Classes, Place, three
from fclab.course.values import Course
from fclab.labs.lab1.variant import DEPARTMENTS, Department, Scheme
from fclab.labs.lab1.variant.rule import by_number
from fclab.labs.lab1.variant.scheme import GroupMeaning
from fclab.values.errors import UsageError

_ORDINALS, _NAMES = tuple(range(1, 6)), tuple(range(21, 26))

GROUPS: Final[Mapping[GroupMeaning, tuple[int, ...]]] = MappingProxyType(
    {"ordinal": _ORDINALS, "name": _NAMES, "either": (*_ORDINALS, *_NAMES)}
)
"""The groups of a year, by what its rule calls the number of a group: the first to the fifth, or
ИУ5-21М to ИУ5-25М."""

VARIANTS: Final = tuple(range(1, 31))
"""The variants of a group."""


def places_of(
    scheme: Scheme,
    groups: Iterable[int] = (),
    variants: Iterable[int] = VARIANTS,
    departments: Iterable[Department] = DEPARTMENTS,
) -> tuple[Place, ...]:
    """Everybody whom the rule of a year gives three different classes.

    Args:
        scheme: the rule.
        groups: numbers; none: those of `GROUPS`.
        variants: numbers.
        departments: where a rule knows none, there is one line for all of them, that of IU5.

    Raises:
        UsageError: the rule gives nobody three different classes.
    """
    asked = tuple(dict.fromkeys(departments))
    found = []
    for department in asked if scheme.third is None else ("iu5",):
        for group in tuple(groups) or GROUPS[scheme.group_means]:
            for variant in variants:
                try:
                    classes = by_number(group, variant, department, scheme).classes
                except UsageError:
                    continue  # two equal classes, or one past the last
                found.append(
                    Place(scheme=scheme.name, group=group, variant=variant, department=department,
                          classes=classes)
                )  # fmt: skip
    if not found:
        raise UsageError(
            "the rule {name} gives none of these groups and variants three different classes: "
            "choose other ones",
            name=scheme.name,
        )
    return tuple(found)


def places_of_course(course: Course) -> tuple[Place, ...]:
    """Everybody in a course who has classes.

    Raises:
        UsageError: nobody has three.
    """
    department: dict[str, Department] = {
        student.key: student.department for student in course.students
    }
    found = tuple(
        Place(scheme=course.scheme.name, group=one.group or 0, variant=one.variant or 0,
              department=department[one.student], classes=three(one.classes))
        for one in course.assignments if len(one.classes) == len({*one.classes}) == 3
    )  # fmt: skip
    if not found:
        raise UsageError("nobody in the course has three classes; see fclab course init")
    return found


def triples_of(places: Iterable[Place]) -> tuple[Classes, ...]:
    """The different sets of classes of some places, each ascending."""
    found: dict[Classes, None] = {}
    for place in places:
        first, second, third = sorted(place.classes)
        found[first, second, third] = None
    return tuple(found)
