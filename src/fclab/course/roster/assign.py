"""Everyone's classes by the rule of a year: clashes, and fair replacements."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, NamedTuple

from fclab.course.atlas.looking import nearest
from fclab.course.values import Assignment, Course, Student
from fclab.labs.lab1.variant import Department, Scheme, Variant, read_group
from fclab.labs.lab1.variant.rule import by_number
from fclab.values.errors import UsageError
from fclab.values.text import quoted

ClashKind = Literal["no_three", "same_variant", "same_classes"]
"""The rule gives no three different classes of CIFAR-100; two students of a group have one variant;
two students have the same classes."""


class Clash(NamedTuple):
    """A student whose classes by the rule will not do.

    Attributes:
        kind: see `ClashKind`.
        student: key of the one who needs others.
        other: of the one who has them; empty: nobody.
        variant: number that the student would have.
        instead: number of the replacement; None: the rule has none left.
        classes: of the replacement.
    """

    kind: ClashKind
    student: str
    other: str
    variant: int
    instead: int | None
    classes: tuple[int, ...]


class Assigned(NamedTuple):
    """What `assign` makes.

    Attributes:
        assignments: in the order of the students; those who clash have one only if replaced.
        clashes: in the order of the students.
        placed: how many have the place in their group as variant, as the roster has none.
    """

    assignments: tuple[Assignment, ...]
    clashes: tuple[Clash, ...]
    placed: int


def group_numbers(
    groups: Iterable[str], scheme: Scheme, given: Mapping[str, int]
) -> Mapping[str, int]:
    """The number that the rule takes for every group, by the name of the group.

    Args:
        groups: as the roster writes them.
        scheme: the rule of the year.
        given: numbers of groups that the teacher names, in any case.

    Raises:
        UsageError: the rule counts groups (or may) and names are not enough; the line proposes
            numbers.
    """
    told = {_plain(name): number for name, number in given.items()}
    found, open_names = {}, []
    for name in dict.fromkeys(groups):
        written = read_group(name)
        if _plain(name) in told:
            found[name] = told[_plain(name)]
        elif written.is_name and scheme.group_means != "name" and written.number != written.ordinal:
            open_names.append(name)
        else:
            found[name] = written.number
    if unknown := [name for name in given if _plain(name) not in map(_plain, found)]:
        raise UsageError("--group {name}: the roster has no such group", name=unknown[0])
    if open_names:
        raise UsageError(
            "the rule of {scheme} counts the groups of the year, and a name does not say which "
            "one it is: say so, perhaps {proposal}",
            scheme=scheme.name,
            proposal=" ".join(["--group", *(quoted(f"{n}={k}") for n, k in _proposed(open_names))]),
        )
    return found


def _proposed(names: Sequence[str]) -> list[tuple[str, int]]:
    """Ordinals by the last digit, as far as it tells groups of one kind apart, else by order."""
    ordered = sorted(names, key=lambda name: (read_group(name).number, name))
    last = [read_group(name).ordinal for name in ordered]
    kinds = [re.sub(r"\d+\D*$", "", _plain(name)) for name in ordered]
    if None not in last and len({*zip(kinds, last, strict=True)}) == len(last):
        return [(name, n) for name, n in zip(ordered, last, strict=True) if n]
    return [(name, n) for n, name in enumerate(ordered, start=1)]


def _plain(group: str) -> str:
    return re.sub(r"[\s\-‐‑–—]+", "-", group.strip().casefold())


def assign(
    students: Sequence[Student],
    scheme: Scheme,
    numbers: Mapping[str, int],
    *,
    kept: Course | None = None,
    replace: bool = False,
    share: bool = False,
) -> Assigned:
    """Everyone's classes.

    Args:
        students: in the order of the roster.
        scheme: the rule of the year.
        numbers: of every group, see `group_numbers`.
        kept: the course as it was: who is in it keeps the classes.
        replace: give the replacements that are proposed.
        share: several students may have the same variant and the same classes.
    """
    keys = {student.key for student in students}
    old = {one.student: one for one in kept.assignments if one.student in keys} if kept else {}
    taken: dict[tuple[str, int | None], str] = {}
    used: dict[frozenset[int], str] = {}
    by_key = {student.key: student for student in students}
    for key, one in old.items():
        taken[_plain(by_key[key].group), one.variant] = key
        used[frozenset(one.classes)] = key
    wanted = _wanted(students, old)
    reserved = Counter((_plain(s.group), wanted[s.key]) for s in students if s.key not in old)
    everyone: list[tuple[Student, Variant | None, int, ClashKind | None, str]] = []
    for student in students:
        if student.key in old:
            continue
        number, place = wanted[student.key], _plain(student.group)
        made = variant_of(numbers[student.group], number, student.department, scheme)
        kind: ClashKind | None = None
        other = taken.get((place, number), "")
        if other and not share:
            kind = "same_variant"
        elif made is None:
            kind = "no_three"
        elif not share and (other := used.get(frozenset(made.classes), "")):
            kind = "same_classes"
        everyone.append((student, made, number, kind, other))
        if kind is None and made is not None:
            taken[place, number] = student.key
            used[frozenset(made.classes)] = student.key
    found, clashes = dict(old), []
    for student, made, number, kind, other in everyone:
        if kind is None:
            instead = made
        else:
            instead = _replacement(student, made, number, numbers[student.group], scheme,
                                   {*used}, {*taken, *reserved})  # fmt: skip
            clashes.append(Clash(kind, student.key, other, number,
                                 instead.number if instead else None,
                                 instead.classes if instead else ()))  # fmt: skip
            if instead is not None:
                taken[_plain(student.group), instead.number] = student.key
                used[frozenset(instead.classes)] = student.key
            if not replace:
                continue
        if instead is not None:
            found[student.key] = Assignment(
                student=student.key, group=instead.group, variant=instead.number,
                classes=instead.classes,
            )  # fmt: skip
    placed = sum(s.variant is None and s.key not in old for s in students)
    assignments = tuple(found[s.key] for s in students if s.key in found)
    return Assigned(assignments, tuple(clashes), placed)


def _wanted(students: Sequence[Student], old: Mapping[str, Assignment]) -> Mapping[str, int]:
    """The variant of everyone new: of the roster, else the place in the group; if that is given to
    somebody, the first number that is not."""
    given = {(_plain(s.group), old[s.key].variant) for s in students if s.key in old}
    given |= {(_plain(s.group), s.variant) for s in students if s.variant is not None}
    places: Counter[str] = Counter()
    wanted = {}
    for student in students:
        group = _plain(student.group)
        places[group] += 1
        number = student.variant
        if number is None and student.key not in old:
            number = places[group]
            while (group, number) in given:
                number += 1
            given.add((group, number))
        wanted[student.key] = number or 1
    return wanted


def _replacement(
    student: Student,
    made: Variant | None,
    number: int,
    group: int,
    scheme: Scheme,
    used: set[frozenset[int]],
    taken: set[tuple[str, int | None]],
) -> Variant | None:
    """A variant of the same rule that nobody has, with classes that nobody has: the nearest in
    difficulty, and where the rule gave no three classes, the nearest number."""
    place = _plain(student.group)
    numbers = sorted(range(1, 101), key=lambda n: (abs(n - number), n))
    found = [
        variant
        for n in numbers
        if (place, n) not in taken
        and (variant := variant_of(group, n, student.department, scheme)) is not None
        and frozenset(variant.classes) not in used
    ]
    if not found or made is None:
        return found[0] if found else None
    by_classes = {tuple(sorted(variant.classes)): variant for variant in reversed(found)}
    best = nearest(made.classes, [variant.classes for variant in found])
    return by_classes[tuple(sorted(best[0]))] if best else found[0]


def variant_of(group: int, number: int, department: Department, scheme: Scheme) -> Variant | None:
    """What the rule gives; None: no three different classes of CIFAR-100."""
    try:
        return by_number(group, number, department, scheme)
    except UsageError:
        return None
