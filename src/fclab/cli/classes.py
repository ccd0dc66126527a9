"""The options that say which classes of CIFAR-100, or which pictures of one's own, and where they
are."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from fclab.cli.numbers import class_numbers
from fclab.labs.lab1.variant import DEFAULT_SCHEME
from fclab.values.errors import UsageError

if TYPE_CHECKING:
    from fclab.labs.lab1.variant import Variant
    from fclab.values.pictures import Folder

EXAMPLE_CLASSES = (0, 55, 58)
"""The classes of the lab's example."""

ClassNumbers = Annotated[
    tuple[int, ...],
    Parameter(consume_multiple=True, negative="", show_default=False, converter=class_numbers),
]
"""Classes by number or name, as `fclab.values.names.find_classes` reads them."""


@dataclass(frozen=True)
class Chosen:
    """Which classes a command is about.

    Attributes:
        numbers: in the order in which they were typed, or of the rule.
        variant: how they follow from group and variant; None: they were named.
    """

    numbers: tuple[int, ...]
    variant: "Variant | None" = None

    @property
    def other_rule(self) -> str:
        """What the names of files add where the rule is not that of the lab's text: "-2026"."""
        if self.variant is None or self.variant.scheme.name == DEFAULT_SCHEME:
            return ""
        return "-" + (re.sub(r"[^\w.]+", "-", self.variant.scheme.name).strip("-.") or "own")


@Parameter(name="*")
@dataclass(frozen=True)
class Rule:
    """Which classes, where no images are needed."""

    group: str | None = None
    """Number of the group, or its full name: 25, ИУ5-25М."""
    variant: int | None = None
    """Number of the variant, from 1."""
    department: str = "iu5"
    """iu5 (ИУ5), guimc (ГУИМЦ) or foreign (иностранцы)."""
    scheme: str = DEFAULT_SCHEME
    """The year's rule: 2022 to 2026, or one of --schemes."""
    schemes: Path | None = None
    """TOML file with rules of your own, or other ones for these years."""
    classes: ClassNumbers | None = None
    """The classes themselves, by number or name: 0 55 58, apple otter, выдра. Beside group and
    variant they are compared with the rules of all years."""

    @property
    def is_given(self) -> bool:
        """Whether anything was said about the classes."""
        return (self.group, self.variant, self.classes) != (None, None, None)

    def chosen(self, lang: str) -> Chosen:
        """The classes. By which year's rule they follow is said on the terminal.

        Raises:
            UsageError: too little was said, there is no such variant, or the named classes are
                not those of group and variant by the rule of any year.
        """
        from fclab.cli.progress import say

        found, words = self.quietly(lang)
        say(*(f"fclab: {line}" for line in words))
        return found

    def quietly(self, lang: str) -> tuple[Chosen, tuple[str, ...]]:
        """The classes, and what is to be said about their rule.

        Raises:
            UsageError: as `chosen`.
        """
        from fclab.labs.lab1.variant import classes_of, find_scheme, load_schemes, notes, old_name

        if self.group is None and self.variant is None and self.classes is not None:
            return Chosen(self.classes), ()
        if self.group is None or self.variant is None:
            if self.group is not None and self.classes is None:
                raise UsageError("which variant? Add --variant, your number in the list")
            if self.variant is not None and self.classes is None:
                raise UsageError("which group? Add --group, its number or full name: ИУ5-25М")
            if self.classes is None:
                raise UsageError(
                    "which classes? Give --group and --variant (and --department), or "
                    "--classes 0 55 58"
                )
            raise UsageError(
                "give either --classes or --group and --variant, not both by half: all three are "
                "compared with the rules of all years"
            )
        scheme, schemes = find_scheme(self.scheme, self.schemes), load_schemes(self.schemes)
        if self.classes is not None:
            variant, words = self._compared(self.group, self.variant, self.classes, lang)
        else:
            variant, words = (
                classes_of(self.group, self.variant, self.department, scheme=scheme),
                (),
            )
        words = (*words, *notes(variant, lang, schemes), *old_name(scheme, lang))
        return Chosen(self.classes or variant.classes, variant), words

    def _compared(
        self, group: str, number: int, classes: tuple[int, ...], lang: str
    ) -> "tuple[Variant, tuple[str, ...]]":
        """The variant whose classes were named: by the scheme, else by another year's."""
        from fclab.labs.lab1.variant import (
            find_scheme,
            load_schemes,
            matched,
            readings,
            with_classes,
        )

        asked = find_scheme(self.scheme, self.schemes)
        found = readings(group, number, self.department, load_schemes(self.schemes))
        same = [r.variant for r in with_classes(found, classes) if r.variant]
        if not same:
            years = "; ".join(
                f"{r.scheme.name}: {', '.join(map(str, r.variant.classes)) if r.variant else '–'}"
                for r in found
            )
            raise UsageError(
                "classes {classes} are not those of group {group} and variant {number} in any "
                "year ({years}): leave out either --classes or --group and --variant",
                classes=", ".join(map(str, classes)),
                group=group,
                number=number,
                years=years,
            )
        of_scheme = [variant for variant in same if variant.scheme == asked]
        if of_scheme:
            return of_scheme[0], ()
        instead = next((r.variant for r in found if r.scheme == asked and r.variant), None)
        return same[0], (matched(same[0], asked, instead, lang),)


@Parameter(name="*")
@dataclass(frozen=True)
class OwnPictures:
    """Pictures of one's own in place of CIFAR-100."""

    images: Path | None = None
    """Pictures of your own: a folder (or a zip) with a folder for each class, or with such folders
    in train and test."""
    size: int | None = None
    """Of --images: pixels of a side that every picture is cut and made small to, 4 to 256; default:
    32."""
    split_seed: int | None = None
    """Of --images: which fifth of the pictures becomes test, where there are no folders for it;
    default: 0."""

    def folder(self) -> "Folder | None":
        """The folder of --images, if it was given.

        Raises:
            UsageError: a size that is out of range, or one without pictures.
            DataError: its path cannot be kept.
        """
        from fclab.data.own import folder_at
        from fclab.values.pictures import LARGEST_SIDE, LEAST_SIDE, SIDE
        from fclab.values.quantities import check_seed, check_whole

        if self.images is None:
            if self.size is not None or self.split_seed is not None:
                raise UsageError("--size and --split-seed are of --images: name its folder")
            return None
        side = check_whole("--size", SIDE if self.size is None else self.size, LEAST_SIDE,
                           LARGEST_SIDE)  # fmt: skip
        return folder_at(self.images, side, check_seed(self.split_seed or 0, "--split-seed"))


@Parameter(name="*")
@dataclass(frozen=True)
class ClassChoice(OwnPictures, Rule):
    """Which classes, and where their images are."""

    data: str | None = None
    """CIFAR-100: a folder or archive; "cifar100" forbids the stand-in, "synthetic" asks for it."""
    accept_other: Annotated[bool, Parameter(negative="", show_default=False)] = False
    """Take what --data names also if it differs from CIFAR-100; every result is marked."""

    def chosen_beside(self, lang: str) -> Chosen:
        """What was said of group and variant beside pictures of one's own: for the title page.

        Raises:
            UsageError: classes of CIFAR-100 were chosen too.
        """
        if self.classes is not None or self.data is not None:
            raise UsageError("--images are pictures of your own: leave out --classes and --data")
        if self.variant is None:
            return Chosen(())
        return Chosen((), self.quietly(lang)[0].variant)  # no rule gave these classes


RULE = Rule()
CHOICE = ClassChoice()
PICTURES = OwnPictures()
FlattenedRule = Annotated[Rule, Parameter(name="*")]
FlattenedPictures = Annotated[OwnPictures, Parameter(name="*")]
FlattenedChoice = Annotated[ClassChoice, Parameter(name="*")]
