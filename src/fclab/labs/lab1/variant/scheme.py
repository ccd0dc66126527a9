"""Scheme: the rule of one year, what is added to which number. `years.toml` has the built-in ones
and explains the form in which others are written."""

import tomllib
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from fclab.values.errors import ArgumentError, UsageError
from fclab.values.fields import wrong_field
from fclab.values.files import read_toml

GroupMeaning = Literal["name", "ordinal", "either"]
"""What the number of the group is: that of its name, its ordinal, or now this and now that."""

ALL = "all"
"""In place of a scheme's name: every one of them."""

_Offset = Annotated[int, Field(strict=True, ge=-999, le=999)]
_ClassNumber = Annotated[int, Field(strict=True, ge=0, le=99)]


class _Offsets(BaseModel):
    """The numbers of a year: what a section of the TOML file holds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    group: _Offset
    """Added to the group number."""
    variant: _Offset
    """Added to the variant number."""
    third: _Offset | None = None
    """Added to the variant number for the third class, where there are no departments."""
    iu5: _Offset | None = None
    """Added to the variant number for the third class of IU5."""
    guimc: _ClassNumber | None = None
    """The third class of ГУИМЦ."""
    foreign: _ClassNumber | None = None
    """The third class of foreign students."""
    group_means: GroupMeaning = "name"
    """What the group number is."""

    @model_validator(mode="after")
    def _third_class(self) -> "_Offsets":
        named = [self.iu5, self.guimc, self.foreign]
        if self.third is None and None in named:
            raise ArgumentError("the third class needs iu5, guimc and foreign, or third alone")
        if self.third is not None and named != [None, None, None]:
            raise ArgumentError("third is the third class of all: leave out iu5, guimc and foreign")
        return self


_AS_IN_0_1_0 = {
    "name": "2026", "group": 15, "variant": 56, "iu5": 21, "guimc": 80, "foreign": 90,
}  # fmt: skip


class Scheme(_Offsets):
    """The rule of one year by name. Frozen, JSON in and out.

    fclab 0.1.0 had one rule, that of 2024, and called it "2026". What it kept is read as what it
    is, and ``formerly`` remembers the name.
    """

    name: str
    formerly: str | None = None
    """The name that an older version gave to this rule."""

    @model_validator(mode="before")
    @classmethod
    def _of_old_name(cls, given: Any) -> Any:
        if given == _AS_IN_0_1_0:
            return {**given, "name": "2024", "formerly": "2026"}
        return given


class _SchemeFile(BaseModel):
    model_config = ConfigDict(extra="forbid")

    schemes: dict[str, _Offsets]


def _schemes(tables: dict[str, Any]) -> dict[str, Scheme]:
    read = _SchemeFile.model_validate(tables).schemes
    return {name: Scheme(name=name, **offsets.model_dump()) for name, offsets in read.items()}


SCHEMES: Mapping[str, Scheme] = MappingProxyType(
    _schemes(tomllib.loads((files("fclab.labs.lab1.variant") / "years.toml").read_text("utf-8")))
)
"""The schemes that are built in, by year."""

DEFAULT_SCHEME = "2024"
"""The year of the lab's text that fclab follows."""

LAB_2024 = SCHEMES[DEFAULT_SCHEME]
"""The rule as that text states it."""


def load_schemes(path: Path | None = None) -> Mapping[str, Scheme]:
    """The built-in schemes and those of a TOML file, which come before built-in ones of a name.

    Raises:
        UsageError: the file cannot be read, is not TOML, lacks a field or has a wrong one. The
            message names file and field.
    """
    if path is None:
        return SCHEMES
    try:
        read = _schemes(read_toml(path))
    except ValidationError as error:
        raise wrong_field(path, error) from error
    if ALL in read:
        raise UsageError(
            "{path}, schemes.{all}: {all!r} stands for every scheme, choose a name",
            path=path,
            all=ALL,
        )
    return {**SCHEMES, **read}


def find_scheme(name: str, path: Path | None = None) -> Scheme:
    """A built-in scheme, or one of the TOML file ``path``, by name.

    Raises:
        UsageError: no such scheme, or a bad file (see `load_schemes`).
    """
    schemes = load_schemes(path)
    if name.strip() not in schemes:
        known = ", ".join(schemes)
        if path:
            raise UsageError(
                "unknown scheme {name!r}: there are {known} in {path}",
                name=name, known=known, path=path,
            )  # fmt: skip
        raise UsageError(
            "unknown scheme {name!r}: there are {known} (a TOML file with others is given by "
            "--schemes)",
            name=name, known=known,
        )  # fmt: skip
    return schemes[name.strip()]
