"""Which column of a roster is what: by its heading, else by what stands in it."""

import re
from collections.abc import Mapping, Sequence
from typing import Literal

from fclab.labs.lab1.variant import parse_department, read_group
from fclab.values.errors import UsageError

Field = Literal[
    "number", "name", "surname", "first", "patronymic", "group", "variant", "department", "email",
    "id",
]  # fmt: skip
Columns = Mapping[Field, int]
"""The place of every column that was understood, from 0."""

Cells = Sequence[str]

_HEADINGS: tuple[tuple[Field, str], ...] = (
    ("email", r".*\b(e ?mail|mail|(электронн\w* )?почт\w*)\b.*|почта"),
    ("id", r".*\b(зач[её]тн\w*|зач[её]тк\w*|студенческ\w*|студбилет\w*|шифр|логин"
           r"|login|username|зач(?= (кн\w*|книж\w*))|id)\b.*"
           r"|(личный|индивидуальный|табельный) (номер|код).*|student (no|number)|ид"
           r"|номер личного дела|код студента"),
    ("variant", r"(.*\b)?(вариант\w*|variant)\b.*|вар|var"),
    ("group", r"(.*\b)?(групп\w*|groups?|подгрупп\w*)\b.*|гр"),
    ("department", r"(.*\b)?(кафедр\w*|факультет\w*|department|faculty)\b.*|каф|фак"),
    ("number", r"n|no|nr|№|номер|п п|(№|n|номер) ?(п ?п|по порядку|по списку)|number"),
    ("name", r"ф ?и ?о( .*)?|фамилия,? ?(имя|и ?о\b|и имя).*|(last|sur) ?name.* first.*|студенты?"
             r"( ф ?и ?о)?|обучающ\w*|full ?name|name|(student|participant)s?( name)?|слушател\w*"
             r"|учащ\w*|имя (студента|обучающегося|полностью)|полное имя"),
    ("surname", r"фамилия|surname|last ?name|family ?name"),
    ("first", r"имя|first ?name|given ?name|forename"),
    ("patronymic", r"отчество|patronymic|middle ?name|second name"),
)  # fmt: skip
_WORD = r"[^\W\d_]+(?:[-'’][^\W\d_]+)*\.?"
_PERSON = re.compile(rf"{_WORD}(?:(?:, ?| |(?<=\.)){_WORD}){{1,5}}")
_NAMED_GROUP = re.compile(r"[^\W\d_]{1,6}\d{0,2}[^\W\d_]{0,2}[\s\-‐‑–—]+\d{1,4}\s*[^\W\d_]{0,2}")


def plain(heading: str) -> str:
    """A heading without case, points and signs."""
    return " ".join(re.sub(r"[^\w№#]+", " ", heading.casefold().replace("ё", "е")).split())


def headed(cells: Cells) -> Columns:
    """The columns that a line of headings names; empty: it is no such line."""
    found: dict[Field, int] = {}
    for place, cell in enumerate(cells):
        text = plain(cell).replace("#", "№")
        for field, pattern in _HEADINGS:
            if len(text) < 80 and re.fullmatch(pattern, text):
                found.setdefault(field, place)
                break
    if "first" in found and not {"surname", "name"} & found.keys():
        found["name"] = found.pop("first")
    named = {"name", "surname"} & found.keys()
    enough = len(found) > 1 or len({cell for cell in cells if cell}) == 1
    return found if named and enough else {}


def guessed(rows: Sequence[Cells]) -> Columns:
    """The columns of a table without headings, by what stands in them; empty: it cannot be told."""
    width = max(map(len, rows), default=0)
    columns = [[row[n] for row in rows if n < len(row) and row[n]] for n in range(width)]
    tests = {
        "email": lambda cell: re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", cell),
        "department": is_department,
        "group": is_group,
        "name": is_person,
        "variant": lambda cell: cell.isdecimal() and 0 < int(cell) < 100,
        "id": lambda cell: re.fullmatch(r"(?=.*\d{3})[\w./-]{4,20}", cell),
    }
    found: dict[Field, int] = {}
    for field, test in tests.items():
        for place, cells in enumerate(columns):
            fits = sum(bool(test(cell)) for cell in cells)
            if place in found.values() or not cells or fits < max(0.7 * len(cells), 1):
                continue
            counted = [cell for cell in cells if cell.isdecimal()]
            in_order = counted == [str(n) for n in range(1, len(counted) + 1)]
            if field == "variant" and place == 0 and in_order and "number" not in found:
                found["number"] = place
                continue
            found.setdefault(field, place)  # pyright: ignore[reportArgumentType]
    return found if "name" in found else {}


def is_group(text: str) -> bool:
    """Whether a text is a group's full name."""
    return bool(_NAMED_GROUP.fullmatch(text))


def group_within(text: str) -> str:
    """The group that a heading or a sheet names; empty: none."""
    if found := _NAMED_GROUP.search(text):
        before = text[: found.start()]
        if not before or not before[-1].isalnum():
            return found[0].strip()
    told = re.search(r"(?:групп\w*|\bгр\.?|\bgroup)\s*[№#:]?\s*(\d{1,4})\b", text, re.IGNORECASE)
    return told[1] if told else ""


def is_person(text: str) -> bool:
    """Whether a text may be a person's name: two words or more, no digits."""
    return bool(_PERSON.fullmatch(text)) and len(text) < 200


def is_department(text: str) -> bool:
    """Whether a text is a department that the rules know."""
    try:
        parse_department(text)
    except UsageError:
        return False
    return True


def is_number_of_group(text: str) -> bool:
    """Whether a text can be read as a group."""
    try:
        read_group(text)
    except UsageError:
        return False
    return True
