"""Variants: the rule of a year, the classes that follow from it, and what is said about them."""

import warnings

from fclab.labs.lab1.variant.group import (
    DEPARTMENTS,
    Department,
    Group,
    department_text,
    parse_department,
    read_group,
)
from fclab.labs.lab1.variant.readings import Reading, exchanged, readings, with_classes
from fclab.labs.lab1.variant.rule import Term, Variant, classes_of
from fclab.labs.lab1.variant.scheme import (
    ALL,
    DEFAULT_SCHEME,
    LAB_2024,
    SCHEMES,
    Scheme,
    find_scheme,
    load_schemes,
)
from fclab.labs.lab1.variant.words import matched, notes, old_name, rule_of, trap, without_options

__all__ = [
    "ALL",
    "DEFAULT_SCHEME",
    "DEPARTMENTS",
    "LAB_2024",
    "SCHEMES",
    "Department",
    "Group",
    "Reading",
    "Scheme",
    "Term",
    "Variant",
    "classes_of",
    "department_text",
    "exchanged",
    "find_scheme",
    "load_schemes",
    "matched",
    "notes",
    "old_name",
    "parse_department",
    "read_group",
    "readings",
    "rule_of",
    "trap",
    "with_classes",
    "without_options",
]


def __getattr__(name: str) -> Scheme:
    if name == "LAB_2026":  # as fclab 0.1.0 called it
        warnings.warn("LAB_2026 of fclab 0.1.0 is the rule of 2024: LAB_2024", stacklevel=2)
        return LAB_2024
    raise AttributeError(f"module 'fclab.labs.lab1.variant' has no attribute {name!r}")
