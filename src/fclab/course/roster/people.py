"""The students of a course out of a roster: keys that stay, and what changed since."""

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple, TypeVar

from fclab.course.roster.read import Entry
from fclab.course.values import Course, Student
from fclab.values.text import file_name

_T = TypeVar("_T")


class Changes(NamedTuple):
    """What is other than it was; keys of students.

    Attributes:
        added, gone: who.
        changed: whose group, variant or department the roster gives another way.
    """

    added: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()


def students_of(
    entries: Sequence[Entry], kept: Course | None = None, *, anonymous: bool = False
) -> tuple[tuple[Student, ...], Changes]:
    """The students of a roster, and how they differ from those of a course that is kept.

    Args:
        entries: of the roster.
        kept: whose students keep their keys: the same id, else the same e-mail, else the same name
            in the same group, else a name that only one has.
        anonymous: keys say nothing about a person: they are made of the place, not of the id.
    """
    before = kept.students if kept else ()
    matched = _matched(entries, before)
    keys = {student.key.casefold() for student in before}
    made, changed, added = [], [], []
    counted = max([int(n[1]) for key in keys if (n := re.fullmatch(r"s(\d+)", key))], default=0)
    for entry, old in zip(entries, matched, strict=True):
        if old is not None:
            key = old.key
            if (old.group, old.variant, old.department) != (
                entry.group, entry.variant, entry.department
            ):  # fmt: skip
                changed.append(key)
        else:
            key = "" if anonymous else _of_id(entry.id)
            if not key or key.casefold() in keys:
                counted += 1
                while (key := f"s{counted:03}") in keys:
                    counted += 1
            added.append(key)
        keys.add(key.casefold())
        made.append(
            Student(
                key=key,
                name=entry.name,
                group=entry.group,
                variant=entry.variant,
                department=entry.department,
                email=entry.email,
                id=entry.id,
            )
        )
    there = {student.key for student in made}
    gone = tuple(student.key for student in before if student.key not in there)
    return tuple(made), Changes(tuple(added) if kept else (), gone, tuple(changed))


def _of_id(text: str) -> str:
    return text if text and file_name(text) == text and re.search(r"\w", text) else ""


def _matched(entries: Sequence[Entry], before: Sequence[Student]) -> list[Student | None]:
    found: list[Student | None] = [None] * len(entries)
    free = {student.key: student for student in before}
    ways = (
        lambda one: one.id.casefold(),
        lambda one: one.email.casefold(),
        lambda one: one.name.casefold() and (one.name.casefold(), one.group.casefold()),
        lambda one: one.name.casefold(),
    )
    for way in ways:
        single = _single((way(student), student) for student in free.values())
        again = _single((way(e), e) for e, old in zip(entries, found, strict=True) if old is None)
        for n, entry in enumerate(entries):
            mark = way(entry)
            if found[n] is None and mark and mark in single and mark in again:
                student = single[mark]
                if student.key in free and not _differ(student, entry):
                    found[n] = free.pop(student.key)
    return found


def _differ(student: Student, entry: Entry) -> bool:
    """Whether both have an id, and not the same one."""
    return bool(student.id and entry.id and student.id.casefold() != entry.id.casefold())


def _single(pairs: Iterable[tuple[object, _T]]) -> dict[object, _T]:
    """The things whose mark no other has."""
    found: dict[object, list[_T]] = {}
    for mark, thing in pairs:
        found.setdefault(mark, []).append(thing)
    return {mark: things[0] for mark, things in found.items() if len(things) == 1}
