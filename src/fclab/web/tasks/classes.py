"""Part 3: the sheet of a hundred classes, and those that a year's rule gives to a student."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from fclab.labs.lab1.variant import Department, classes_of, without_options
from fclab.values.errors import UsageError
from fclab.values.names import CLASS_NAMES
from fclab.web.images import sheet
from fclab.web.tasks.task import Alive, Emit, Event, Task, Wish
from fclab.words.languages import LANGUAGES

Year = Literal["2022", "2023", "2024", "2025", "2026"]


class SheetWish(Wish):
    """All classes; there is nothing to choose."""


class VariantWish(Wish):
    """Who asks for his classes, and by which year's rule."""

    group: Annotated[str, Field(min_length=1, max_length=20)] = "25"
    number: Annotated[int, Field(ge=1, le=99)] = 1
    department: Department = "iu5"
    year: Year = "2024"


def show_sheet(wish: SheetWish, emit: Emit, alive: Alive) -> Iterator[Event]:
    """One picture of each class, and its names."""
    source, pictures = sheet(alive)
    yield {"kind": "done", "source": source, "pictures": pictures, "names": CLASS_NAMES}


def find_variant(wish: VariantWish, emit: Emit, alive: Alive) -> Iterator[Event]:
    """The three classes in the order of the rule, and how each follows in every language."""
    try:
        variant = classes_of(wish.group, wish.number, wish.department, scheme=wish.year)
    except UsageError as error:
        raise without_options(error) from error
    yield {
        "kind": "done",
        "classes": variant.classes,
        "formulas": [term.formula for term in variant.terms],
        "rules": {lang: [term.rule(lang) for term in variant.terms] for lang in LANGUAGES},
    }


CLASSES_TASK = Task(SheetWish, show_sheet)
VARIANT_TASK = Task(VariantWish, find_variant)
