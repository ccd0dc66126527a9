"""The three classes that a submission is about."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from fclab.course.reading.document import Document, Table
from fclab.course.reading.plain import fold
from fclab.values.errors import FclabError
from fclab.values.names import CLASS_NAMES, find_classes

LAB = (0, 55, 58)
"""Those of the lab's own text."""
MOST = 10
_PLACES = ({0, 1}, {1, 2}, {0, 1, 2}, {1, 2, 3})
"""Numbers after the word "classes" that count them, as those of part 2 are 0 and 1."""
_LIST = re.compile(
    r"^[ \t]*(?:[A-Za-z_]*classes|classes[A-Za-z_]*"
    r"|классы)\s*=\s*(?:np\.array\()?[\[(]([^\])]{1,200})[\])]",
    re.IGNORECASE | re.MULTILINE,
)
_SUM = re.compile(
    r"(?:\d+|n|k|(?:номер\w*(?: \w+)?|групп\w*|вариант\w*)(?:\s*\(\d{1,3}\))?)"
    r"\s*\+\s*\d+\s*\)?\s*=\s*(\d{1,2})(?!\d)(?!\s*[%.,]\d)(?!\s*\+)"
)
_COLON = re.compile(
    r"(?:номер\w*(?: \w+)?|групп\w*|вариант\w*)\s*\+\s*\d+\s*\)?\s*[:-]\s*(\d{1,2})(?![\d%+])"
)
"""The rule and what it gives, as "номер группы + 7: 10"."""
_MOST_PAIRS = 300
_TWO_WORDS = r"[^\W\d_]+(?: [^\W\d_]+)?"


class Stated(NamedTuple):
    """Classes and where they were stated: ``code``, ``text`` or ``names``."""

    classes: tuple[int, ...]
    where: str


def stated_classes(document: Document) -> Iterator[Stated]:
    """Every statement of classes in a file, the surest first."""
    code = document.text("code") + "\n" + document.text("text")
    for found in _LIST.finditer(code.replace("\u00a0", " ")):
        if made := _distinct(_listed(found[1])):
            yield Stated(made, "code")
    yield from _in_text(document)


def _listed(text: str) -> list[int]:
    if re.search(r"[A-Za-zА-я]", text):
        return _named(re.sub(r"['\"]", "", text))
    return [int(n) for n in re.findall(r"\d+", text)]


def _in_text(document: Document) -> Iterator[Stated]:
    text = document.text("text")
    flat = re.sub(r"cifar[- ]?100", " ", fold_lines(text))
    spaced = re.sub(r"\s+", " ", flat)
    sums = [int(n) for n in _SUM.findall(spaced)] or [int(n) for n in _COLON.findall(spaced)]
    if extra := re.search(
        r"(?:гуимц|иностран\w*)\s*\(?\s*(?:[:=-]\s*)?(70|71|80|90|93)\s*\)?(?=\s*$)",
        flat,
        re.MULTILINE,
    ):
        sums += [int(extra[1])] if len(sums) == 2 else []
    tables = [block.rows for block in document.blocks if isinstance(block, Table)]
    for rows in tables:  # of sums
        cells = " ; ".join(fold(cell) for row in rows for cell in row)
        found = [int(n) for n in _SUM.findall(cells)]
        if len(rows) <= 8 and len(found) == 3 and _distinct(found):
            yield Stated(tuple(found), "text")
        pairs = [pair for row in rows if (pair := _row_class(row)) is not None]
        if len(rows) <= 8 and len(pairs) == 3 and (made := _distinct(pairs)):
            yield Stated(made, "text")
    if len(sums) == 3 and (made := _distinct(sums)):
        yield Stated(made, "text")
    for found in re.finditer(
        r"(?:класс\w*|classes"
        r"|class (?:numbers|ids|labels)|по вариант\w*)\b[^\n\d]{0,60}?"
        r"((?:no\.?\s*)?\d{1,2}\b(?:[^\n]{0,160}))",
        flat,
    ):
        made = _distinct(_numbers_in(found[1]))
        if made and set(made) not in _PLACES:
            yield Stated(made, "text")
    for found in re.finditer(r"(?:класс\w*|classes)\b[^\n]{0,60}?[:\-]\s*([^\n]{4,160})", flat):
        if len(made := _named(found[1])) >= 2 and (classes := _distinct(made)):
            yield Stated(classes, "names")
    if len(called := _called(flat)) == 3:
        yield Stated(called, "text")
    ordinals = re.findall(r"(?:класс|class)\s*\d\s*[:=-]\s*(\d{1,2})(?![\d.,])", flat)
    if len(ordinals) == 3 and (made := _distinct([int(n) for n in ordinals])):
        yield Stated(made, "text")
    lines = [_line_class(line) for line in flat.splitlines()]
    for start in range(len(lines)):  # "39 - часы" in lines of their own
        run: list[int] = []
        while start + len(run) < len(lines) and lines[start + len(run)] is not None:
            run.append(lines[start + len(run)] or 0)
        if len(run) == 3 and (start == 0 or lines[start - 1] is None) and (made := _distinct(run)):
            yield Stated(made, "text")


def _called(flat: str) -> tuple[int, ...]:
    """Numbers that stand beside their own names: "bowl (10)", "31 - слон", "51. mushroom"."""
    found: dict[int, None] = {}
    for one in list(re.finditer(r"(?<![\w.,])\d{1,2}(?![\w%]|[.,]\d)", flat))[:_MOST_PAIRS]:
        behind = flat[max(0, one.start() - 60) : one.start()]
        ahead = flat[one.end() : one.end() + 60]
        after = re.match(rf"\s?[-.:(=«\"]{{0,3}}\s?({_TWO_WORDS})", ahead)
        before = re.search(rf"({_TWO_WORDS})[»\"]?\s?[(:=-]{{0,2}}\s?$", behind)
        words = [beside[1] for beside in (after, before) if beside]
        words += [word for pair in words for word in pair.split()]
        if any(_class_of(word) == int(one[0]) for word in words):
            found[int(one[0])] = None
    return tuple(found)


@lru_cache(4096)
def _class_of(word: str) -> int | None:
    return class_number(word) if len(word) > 2 else None


def fold_lines(text: str) -> str:
    """Lines of folded text."""
    return "\n".join(fold(line) for line in text.splitlines())


def _numbers_in(text: str) -> list[int]:
    """Two or more numbers at the beginning of a text with commas, "и" or names between them."""
    out: list[int] = []
    text = re.split(r"[.;](?:\s+[a-zа-я]|\s*$)|\s-\s(?=\d)", text)[0]
    rest = text
    while found := re.match(
        r"\s*(?:(?:класс\w*\s*)?no\.?\s*)?(\d{1,2})(?![\d%])(?:[.,]\d)?\s*(?:[(-]\s*[^()\d,;]{2,40}\)?"
        r"|[«\"][^»\"]{2,30}[»\"]|\s[a-zа-я][a-zа-я ]{2,24}?)?\s*(?:,|;|и(?=\s)|and|/|$|[\])]"
        r"|\s(?=\d))",
        rest,
    ):
        out.append(int(found[1]))
        rest = rest[found.end() :]
        rest = re.sub(r"^\s*(?:и|and)\s", "", rest)
    return out


def _line_class(line: str) -> int | None:
    """The class of a line such as "39 - часы" or "класс 39: clock"."""
    found = re.fullmatch(
        r"(?:[-*]\s*)?(?:\d\s*[.)]\s+)?(?:класс\s*)?(\d{1,2})\s*[-:(=]\s*([^\d]{2,40}?)\)?[.;,]?",
        line,
    )
    if found and (number := class_number(found[2])) is not None and number == int(found[1]):
        return number
    return None


def _row_class(row: Sequence[str]) -> int | None:
    """The class of a row that has its number in one cell and its name in another."""
    numbers = {int(flat) for cell in row if re.fullmatch(r"\d{1,2}", flat := fold(cell))}
    names = {class_number(cell) for cell in row if not re.search(r"\d", cell) and len(cell) < 40}
    found = [number for number in numbers if number in names]
    return found[0] if len(found) == 1 else None


def _named(text: str) -> list[int]:
    """Classes by their names, in the order of a text."""
    pieces = [
        p.strip(" .«»\"'()") for p in re.split(r",|;|\s(?:и|and)\s", re.sub(r"\([^)]*\)", "", text))
    ]
    numbers = [class_number(piece) for piece in pieces]
    return [n for n in numbers if n is not None] if all(n is not None for n in numbers) else []


def class_number(text: str) -> int | None:
    """The class that a label means: "39", "clock", "часы", "39 (clock)"; None: none."""
    flat = fold(text).strip(" .:«»\"'")
    if found := re.fullmatch(r"(?:класс|class)?\s*(\d{1,2})(?:\s*[-(:,].*)?", flat):
        return int(found[1])
    try:
        found = find_classes([re.sub(r"^(?:класс|class)\s+", "", flat)])
    except FclabError:
        return None
    return found[0] if len(found) == 1 and 0 <= found[0] < len(CLASS_NAMES) else None


def _distinct(numbers: list[int]) -> tuple[int, ...] | None:
    if (
        2 <= len(numbers) <= MOST
        and len(set(numbers)) == len(numbers)
        and all(0 <= n < 100 for n in numbers)
    ):
        return tuple(numbers)
    return None


def stated_variant(text: str) -> int | None:
    """The number of the variant that a title page or a task states."""
    text = re.sub(
        r"(?m)^.*(?:\t|(?:\.\s?){3,})\W*\d+\W*$", "", text[:20_000]
    )  # a table of contents
    flat = fold_lines(text)
    for found in re.finditer(
        r"(?:номер\w* )?(?:вариант\w*|variant)[ ]*(?:no\.?|n|:|=|-|номер"
        r"|#|[ ])*[ ]*(\d{1,3})(?!\s*\+|\d|\s*[.,]\d|\s*=)",
        flat,
    ):
        if int(found[1]) > 0:
            return int(found[1])
    return None
