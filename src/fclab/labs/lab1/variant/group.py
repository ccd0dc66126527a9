"""What people write for a group and a department."""

import re
from typing import Literal, NamedTuple, get_args

from fclab.values.errors import UsageError
from fclab.words.languages import LANGUAGES, Lang
from fclab.words.wording import wording

Department = Literal["iu5", "guimc", "foreign"]
DEPARTMENTS: tuple[Department, ...] = get_args(Department)

_GROUP = re.compile(
    r"(?P<department>[^\W\d_]+[0-9]*[^\W\d_]*[\s\-‐‑–—]+)?"  # ИУ5-, IU5 , ИУ5Ц-
    r"(?P<number>[0-9]{1,4})\s*(?P<degree>[^\W\d_]{0,2})"  # the letter of the degree: М
)


class Group(NamedTuple):
    """A group as it was written.

    Attributes:
        number: 25 of ``"25"`` and of ``"ИУ5-25М"``.
        is_name: it is the number in a full name, not a bare one.
    """

    number: int
    is_name: bool

    @property
    def ordinal(self) -> int | None:
        """Which group of the year a name speaks of: 3 of ИУ5-23М, its last digit. None: 0."""
        return self.number % 10 or None


def read_group(text: str | int) -> Group:
    """The group's number: 25 from ``"25"``, ``"№25"``, ``"ИУ5-25"``, ``"ИУ5-25М"``, ``"iu5 25m"``.

    The digit of the department (5 of ИУ5) is not the group's number.

    Raises:
        UsageError: there is no group number, or it is 0.
    """
    written = str(text).strip()
    found = _GROUP.fullmatch(written.removeprefix("№").strip())
    if not found:
        raise UsageError(
            "no group number in {written!r}: write the group as 25 or ИУ5-25М", written=written
        )
    number = counted("group", int(found["number"]))
    return Group(number, bool(found["department"] or found["degree"]))


def counted(what: Literal["group", "variant"], number: int) -> int:
    """A number that counts from 1.

    Raises:
        UsageError: it is less, or not whole.
    """
    if not isinstance(number, int):
        if what == "group":
            raise UsageError("the group number is whole, it cannot be {number!r}", number=number)
        raise UsageError("the variant number is whole, it cannot be {number!r}", number=number)
    if number < 1:
        if what == "group":
            raise UsageError("the group number counts from 1, it cannot be {number}", number=number)
        raise UsageError("the variant number counts from 1, it cannot be {number}", number=number)
    return number


def department_text(department: Department, lang: Lang) -> str:
    """The department as people write it: "ИУ5", "foreign students"."""
    return wording(lang).plain(f"department.{department}")


def parse_department(text: str) -> Department:
    """``"iu5"``, ``"guimc"`` or ``"foreign"``, or as people write them in any language:
    ``"ИУ5"``, ``"иностранцы"``; in any case.

    Raises:
        UsageError: another department.
    """
    typed = text.strip().casefold()
    for department in DEPARTMENTS:
        spellings = (department_text(department, lang).casefold() for lang in LANGUAGES)
        if typed in (department, *spellings):
            return department
    first = next(iter(LANGUAGES))
    choices = ", ".join(f"{d} ({department_text(d, first)})" for d in DEPARTMENTS)
    raise UsageError(
        "unknown department {text!r}: choose one of {choices}", text=text, choices=choices
    )
