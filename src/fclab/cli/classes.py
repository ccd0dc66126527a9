"""The options that say which classes of CIFAR-100, and where the images are."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from fclab.cli.options import Many
from fclab.errors import UsageError

if TYPE_CHECKING:
    from fclab.variant import Variant


@Parameter(name="*")
@dataclass(frozen=True)
class Choice:
    """Which classes; all options of `fclab run` for that."""

    group: str | None = None
    """Number of the group, or its full name: 25, ИУ5-25М."""
    variant: int | None = None
    """Number of the variant, from 1."""
    department: str = "iu5"
    """iu5 (ИУ5), guimc (ГУИМЦ) or foreign (иностранцы)."""
    scheme: str = "2026"
    """The year's rule for the classes; other years come from --schemes."""
    schemes: Path | None = None
    """TOML file with the rules of other years."""
    classes: Annotated[tuple[int, ...] | None, Many] = None
    """The classes themselves, in place of group and variant."""
    data: str | None = None
    """CIFAR-100: a folder or archive; "cifar100" forbids the stand-in, "synthetic" asks for it."""

    @property
    def numbers(self) -> tuple[int, ...]:
        """The numbers of the classes.

        Raises:
            UsageError: none or both ways are given, or there is no such variant.
        """
        found = find_variant(
            self.group, self.variant, self.department, self.scheme, self.schemes, self.classes
        )
        return found.classes if found else (self.classes or ())

    def numbers_or(self, default: tuple[int, ...]) -> tuple[int, ...]:
        """The numbers of the classes, or others where nothing was said about them.

        Raises:
            UsageError: both ways are given, one of them by half, or there is no such variant.
        """
        said = (self.group, self.variant, self.classes)
        return default if said == (None, None, None) else self.numbers


CHOICE = Choice()
FlattenedChoice = Annotated[Choice, Parameter(name="*")]


def find_variant(
    group: str | None,
    number: int | None,
    department: str,
    scheme: str,
    schemes: Path | None,
    classes: tuple[int, ...] | None,
) -> "Variant | None":
    """The variant that group and number stand for, or None where the classes are named.

    Raises:
        UsageError: none or both ways are given, or there is no such variant.
    """
    from fclab.variant import classes_of, find_scheme

    if classes is not None:
        if group is not None or number is not None:
            raise UsageError("give either --classes or --group and --variant, not both")
        return None
    if group is None or number is None:
        raise UsageError(
            "which classes? Give --group and --variant (and --department), or --classes 0 55 58"
        )
    return classes_of(group, number, department, scheme=find_scheme(scheme, schemes))
