"""Variant: the classes of CIFAR-100 that a student has to tell apart, by the rule of a year.

The lab's own rule (2024, its section "Варианты для Задания 3"): group number + 15; variant
number + 56; for department IU5 variant number + 21, for ГУИМЦ 80, for foreign students 90. Numbers,
third class and the meaning of "group number" change from year to year, so the rule is a value,
`fclab.labs.lab1.variant.scheme.Scheme`.
"""

from itertools import combinations
from typing import Literal

from pydantic import BaseModel, ConfigDict

from fclab.labs.lab1.variant.group import (
    Department,
    Group,
    counted,
    department_text,
    parse_department,
    read_group,
)
from fclab.labs.lab1.variant.scheme import LAB_2024, Scheme, find_scheme
from fclab.values.dataset import ClassName
from fclab.values.errors import Clause, FclabError, InWords, UsageError
from fclab.values.names import CLASS_NAMES
from fclab.words.languages import Lang
from fclab.words.wording import wording


class Term(BaseModel):
    """How one of the three classes follows from the rule.

    ``base`` is the group or variant number, ``offset`` what the scheme adds to it; without a base
    the class is fixed and ``offset`` is its number.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["group", "ordinal", "variant", "iu5", "guimc", "foreign"]
    base: int | None
    offset: int

    @property
    def number(self) -> int:
        """The class number."""
        return (self.base or 0) + self.offset

    @property
    def name(self) -> ClassName:
        """The class's number and names."""
        return CLASS_NAMES[self.number]

    @property
    def formula(self) -> str:
        """``"25 + 15 = 40"``, ``"25 = 25"``; of a fixed class ``"80"``."""
        if self.base is None:
            return str(self.offset)
        return f"{self.base}{_signed(self.offset)} = {self.number}"

    def rule(self, lang: Lang) -> str:
        """The rule in words: "group number + 15", "ГУИМЦ: 80"."""
        if self.kind in ("group", "ordinal", "variant"):
            return f"{wording(lang).plain(f'variant.base.{self.kind}')}{_signed(self.offset)}"
        department = department_text(self.kind, lang)
        if self.base is None:
            return f"{department}: {self.offset}"
        return f"{department}: {wording(lang).plain('variant.base.variant')}{_signed(self.offset)}"


class Variant(BaseModel):
    """A student's task: three classes and how they follow. Frozen, JSON in and out."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    group: int
    """Number of the group, as the scheme means it: 25 of ИУ5-25М, or its ordinal."""
    number: int
    """Number of the variant."""
    department: Department
    scheme: Scheme
    terms: tuple[Term, Term, Term]
    """One per class, in the order of the rule: group, variant, department."""

    @property
    def classes(self) -> tuple[int, int, int]:
        """Class numbers in the order of the rule."""
        first, second, third = (term.number for term in self.terms)
        return first, second, third


def classes_of(
    group: str | int, variant: int, department: str = "iu5", *, scheme: Scheme | str = LAB_2024
) -> Variant:
    """The three classes of a student, in the order of the rule, with how each follows.

    Args:
        group: number of the group, or its full name (see `read_group`).
        variant: number of the variant, from 1.
        department: see `parse_department`; years without departments ask for none.
        scheme: the rule of the year, or the name of a built-in one: "2026".

    Raises:
        UsageError: no group number, unknown department or scheme, a number below 1, two equal
            classes, or a class that CIFAR-100 does not have; a full name of a group where the
            scheme counts groups, or may count them: the message names both readings.
    """
    written, variant = read_group(group), counted("variant", variant)
    known = parse_department(department)
    scheme = find_scheme(scheme) if isinstance(scheme, str) else scheme
    if written.is_name and scheme.group_means != "name" and written.ordinal != written.number:
        raise _which_number(str(group).strip(), written, variant, known, scheme)
    return by_number(written.number, variant, known, scheme)


def by_number(group: int, variant: int, department: Department, scheme: Scheme) -> Variant:
    """The variant of a group whose number is known to be meant as the scheme means it.

    Raises:
        UsageError: two equal classes, or one that CIFAR-100 does not have.
    """
    terms = (
        Term(
            kind="ordinal" if scheme.group_means == "ordinal" else "group",
            base=group,
            offset=scheme.group,
        ),
        Term(kind="variant", base=variant, offset=scheme.variant),
        _third(variant, department, scheme),
    )
    for term in terms:
        if not 0 <= term.number < len(CLASS_NAMES):
            raise UsageError(
                "there is no class {number} ({rule}: {formula}): CIFAR-100 has classes 0 to "
                "{last}; check group and variant, and the year of the rule, here {name}"
                "{remedy}",
                remedy=Clause(" (another one: --scheme)"),
                number=term.number,
                rule=InWords(term.rule),
                formula=term.formula,
                last=len(CLASS_NAMES) - 1,
                name=scheme.name,
            )
    for one, other in combinations(terms, 2):
        if one.number == other.number:
            raise UsageError(
                "class {number} ({en}, {ru}) comes twice, by {one} and by {other}: three "
                "different classes are needed, ask for another variant; or is the rule that of "
                "another year than {name}{remedy}?",
                remedy=Clause(" (--scheme)"),
                number=one.number,
                en=one.name.en,
                ru=one.name.ru,
                one=InWords(one.rule),
                other=InWords(other.rule),
                name=scheme.name,
            )
    return Variant(group=group, number=variant, department=department, scheme=scheme, terms=terms)


def _third(variant: int, department: Department, scheme: Scheme) -> Term:
    if scheme.third is not None:
        return Term(kind="variant", base=variant, offset=scheme.third)
    base = variant if department == "iu5" else None
    return Term(kind=department, base=base, offset=getattr(scheme, department))


def _which_number(
    text: str, group: Group, variant: int, department: Department, scheme: Scheme
) -> UsageError:
    """The question back: both readings of a group's full name, each with its classes."""
    if scheme.group_means == "ordinal":
        counts = Clause("counts the groups of the year, 1, 2, 3, ...")
    else:
        counts = Clause("was read both ways: by the number in the name and by the ordinal")
    ordinal = Clause("by its ordinal, if it is the 3rd of the year, it is group 3")
    if group.ordinal is not None:
        ordinal = Clause(
            "group {group} (the ordinal, if the last digit is it) gives {classes}",
            group=group.ordinal,
            classes=_classes_or_none(group.ordinal, variant, department, scheme),
        )
    number = Clause(
        "group {group} (the number in the name) gives {classes}",
        group=group.number,
        classes=_classes_or_none(group.number, variant, department, scheme),
    )
    return UsageError(
        "which number is group {text!r}? The rule of {scheme} {counts}: {ordinal}; {number}"
        "{remedy}",
        remedy=Clause(
            ". Write the number that is meant, such as --group {suggested}, or take another year's "
            "rule by --scheme",
            suggested=group.ordinal or 3,
        ),
        text=text,
        scheme=scheme.name,
        counts=counts,
        ordinal=ordinal,
        number=number,
    )


def _classes_or_none(
    group: int, variant: int, department: Department, scheme: Scheme
) -> FclabError:
    try:
        classes = by_number(group, variant, department, scheme).classes
    except UsageError:
        return Clause("no three classes")
    return Clause("classes {classes}", classes=", ".join(map(str, classes)))


def _signed(offset: int) -> str:
    if offset == 0:
        return ""
    return f" {'+' if offset > 0 else '−'} {abs(offset)}"
