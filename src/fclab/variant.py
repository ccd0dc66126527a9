"""Variant: which three classes of CIFAR-100 a student has to tell apart.

The lab's rule (its section "Варианты для Задания 3"): group number + 15; variant number + 56;
for department IU5 variant number + 21, for ГУИМЦ 80, for foreign students 90. The numbers change
from year to year, so they are a value, `Scheme`; schemes of other years come from a TOML file:

    [schemes.2025]
    group = 11
    variant = 37
    iu5 = 42
    guimc = 70
    foreign = 71
"""

import re
import tomllib
from collections.abc import Mapping
from itertools import combinations
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from fclab.dataset import ClassName
from fclab.errors import UsageError
from fclab.names import CLASS_NAMES

Department = Literal["iu5", "guimc", "foreign"]
DEPARTMENTS: tuple[Department, ...] = get_args(Department)

_DEPARTMENT_TEXTS: Mapping[str, Mapping[Department, str]] = {
    "en": {"iu5": "IU5", "guimc": "GUIMC", "foreign": "foreign students"},
    "ru": {"iu5": "ИУ5", "guimc": "ГУИМЦ", "foreign": "иностранцы"},
}
_SPELLINGS: Mapping[str, Department] = {
    **{department: department for department in DEPARTMENTS},
    **{text.casefold(): key for key, text in _DEPARTMENT_TEXTS["ru"].items()},
}

_Offset = Annotated[int, Field(strict=True, ge=-999, le=999)]
_ClassNumber = Annotated[int, Field(strict=True, ge=0, le=len(CLASS_NAMES) - 1)]


class _Offsets(BaseModel):
    """The numbers of a year: what a section of the TOML file holds, all five of them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    group: _Offset
    """Added to the group number."""
    variant: _Offset
    """Added to the variant number."""
    iu5: _Offset
    """Added to the variant number for the third class of IU5."""
    guimc: _ClassNumber
    """The third class of ГУИМЦ."""
    foreign: _ClassNumber
    """The third class of foreign students."""


class Scheme(_Offsets):
    """The rule of one year by name: what is added to which number. Frozen."""

    name: str


class _SchemeFile(BaseModel):
    model_config = ConfigDict(extra="forbid")

    schemes: dict[str, _Offsets]


LAB_2026 = Scheme(name="2026", group=15, variant=56, iu5=21, guimc=80, foreign=90)
"""The rule as the lab states it."""

SCHEMES: Mapping[str, Scheme] = MappingProxyType({LAB_2026.name: LAB_2026})
"""The schemes that are built in, by name."""


class Term(BaseModel):
    """How one of the three classes follows from the rule.

    ``base`` is the group or variant number, ``offset`` what the scheme adds to it; without a base
    the class is fixed and ``offset`` is its number.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["group", "variant", "iu5", "guimc", "foreign"]
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
        """``"25 + 15 = 40"``; of a fixed class ``"80"``."""
        if self.base is None:
            return str(self.offset)
        return f"{self.base} {_signed(self.offset)} = {self.number}"

    def rule(self, lang: str) -> str:
        """The rule in words, ``"ru"`` or ``"en"``: "group number + 15", "ГУИМЦ: 80"."""
        ru = lang == "ru"
        group, variant = (
            ("номер группы", "номер варианта") if ru else ("group number", "variant number")
        )
        match self.kind:
            case "group":
                return f"{group} {_signed(self.offset)}"
            case "variant":
                return f"{variant} {_signed(self.offset)}"
        department = department_text(self.kind, lang)
        if self.base is None:
            return f"{department}: {self.offset}"
        return f"{department}: {variant} {_signed(self.offset)}"


class Variant(BaseModel):
    """A student's task: three classes and how they follow. Frozen, JSON in and out."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    group: int
    """Number of the group: 25 of ИУ5-25М."""
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


def department_text(department: Department, lang: str) -> str:
    """The department as people write it in ``"ru"`` or ``"en"``: "ИУ5", "foreign students"."""
    return _DEPARTMENT_TEXTS["ru" if lang == "ru" else "en"][department]


def parse_group(text: str | int) -> int:
    """The group's number: 25 from ``"25"``, ``"ИУ5-25"``, ``"ИУ5-25М"``, ``"iu5 25m"``.

    The digit of the department (5 of ИУ5) is not the group's number.

    Raises:
        UsageError: there is no group number, or it is 0.
    """
    written = str(text).strip()
    found = re.fullmatch(
        r"(?:[^\W\d_]+[0-9]*[^\W\d_]*[\s\-‐‑–—]+)?"  # the department: ИУ5-, IU5 , ИУ5Ц-
        r"([0-9]{1,4})\s*[^\W\d_]{0,2}",  # the number, and the letter of the degree
        written,
    )
    if not found:
        raise UsageError(f"no group number in {written!r}: write the group as 25 or ИУ5-25М")
    return _counted("group", int(found[1]))


def parse_department(text: str) -> Department:
    """``"iu5"``/``"ИУ5"``, ``"guimc"``/``"ГУИМЦ"`` or ``"foreign"``/``"иностранцы"``, any case.

    Raises:
        UsageError: another department.
    """
    known = _SPELLINGS.get(text.strip().casefold())
    if known is None:
        choices = ", ".join(f"{d} ({department_text(d, 'ru')})" for d in DEPARTMENTS)
        raise UsageError(f"unknown department {text!r}: choose one of {choices}")
    return known


def load_schemes(path: Path | None = None) -> Mapping[str, Scheme]:
    """The built-in schemes and those of a TOML file (its form is at the top of this module).

    Raises:
        UsageError: the file cannot be read, is not TOML, lacks a field or has a wrong one, or
            gives another meaning to a built-in name. The message names file and field.
    """
    if path is None:
        return SCHEMES
    try:
        tables = tomllib.loads(path.read_text("utf-8"))
        read = _SchemeFile.model_validate(tables).schemes
    except OSError as error:
        raise UsageError(f"cannot read the schemes in {path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} is not a TOML file: {error}") from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = ".".join(map(str, first["loc"]))
        raise UsageError(f"{path}, {field}: {first['msg']}") from error
    taken = sorted(SCHEMES.keys() & read.keys())
    if taken:
        raise UsageError(f"{path}, schemes.{taken[0]}: this name is built in, choose another one")
    return {
        **SCHEMES,
        **{name: Scheme(name=name, **offsets.model_dump()) for name, offsets in read.items()},
    }


def find_scheme(name: str, path: Path | None = None) -> Scheme:
    """A built-in scheme, or one of the TOML file ``path``, by name.

    Raises:
        UsageError: no such scheme, or a bad file (see `load_schemes`).
    """
    schemes = load_schemes(path)
    if name not in schemes:
        where = f" in {path}" if path else " (a TOML file with others is given by --schemes)"
        raise UsageError(f"unknown scheme {name!r}: there are {', '.join(schemes)}{where}")
    return schemes[name]


def classes_of(
    group: str | int, variant: int, department: str, *, scheme: Scheme = LAB_2026
) -> Variant:
    """The three classes of a student, in the order of the rule, with how each follows.

    Args:
        group: number of the group, or its full name (see `parse_group`).
        variant: number of the variant, from 1.
        department: see `parse_department`.
        scheme: the offsets of the year.

    Raises:
        UsageError: no group number, unknown department, a number below 1, two equal classes, or
            a class that CIFAR-100 does not have.
    """
    group, variant = parse_group(group), _counted("variant", variant)
    known = parse_department(department)
    terms = (
        Term(kind="group", base=group, offset=scheme.group),
        Term(kind="variant", base=variant, offset=scheme.variant),
        Term(kind=known, base=variant if known == "iu5" else None, offset=getattr(scheme, known)),
    )
    for term in terms:
        if not 0 <= term.number < len(CLASS_NAMES):
            raise UsageError(
                f"there is no class {term.number} ({term.rule('en')}: {term.formula}): "
                f"CIFAR-100 has classes 0 to {len(CLASS_NAMES) - 1}; check group and variant"
            )
    for one, other in combinations(terms, 2):
        if one.number == other.number:
            raise UsageError(
                f"class {one.number} ({one.name.en}, {one.name.ru}) comes twice, by "
                f"{one.rule('en')} and by {other.rule('en')}: three different classes are needed, "
                "ask for another variant"
            )
    return Variant(group=group, number=variant, department=known, scheme=scheme, terms=terms)


def _counted(what: str, number: int) -> int:
    if number < 1:
        raise UsageError(f"the {what} number counts from 1, it cannot be {number}")
    return number


def _signed(offset: int) -> str:
    return f"{'+' if offset >= 0 else '−'} {abs(offset)}"
