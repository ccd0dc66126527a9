"""Whose submission it is: names and groups of a title page, and the student of the roster."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from fclab.course.reading.document import Note
from fclab.course.reading.plain import fold, plain
from fclab.course.values import Student

TITLE = 6_000
"""Characters at the beginning of a report in which a name is looked for."""
_WORD = r"[А-ЯЁA-Z][а-яёa-z’'-]+(?:-[А-ЯЁA-Z][а-яёa-z]+)?"
_INITIALS = r"[А-ЯЁA-Z]\.\s?(?:[А-ЯЁA-Z]\.)?"
_NAME = re.compile(rf"{_WORD}\s+{_INITIALS}|{_INITIALS}\s?{_WORD}|{_WORD}\s+{_WORD}(?:\s+{_WORD})?")
_WHO = re.compile(
    r"(?:^|(?<=[\s|:,]))(?:(?P<sure>выполнил|исполнил|сдал|подготовил)\w*(?:\(а\))?:?(?:\s*студент\w*)?(?:\(ка\))?|студент(?:ка|\(ка\))?\b"
    r"|исполнител[ьи]\b|автор\b|ф\.?\s?и\.?\s?о\.?(?!\w)|student\b|author\b|name\b|(?:done|made|prepared|written)?\s?by\b)"
    r"[\s:_\-–—.]*", re.IGNORECASE,
)  # fmt: skip
_TEACHER = re.compile(
    r"преподават|проверил|принял|руководит|teacher|lecturer|supervisor", re.IGNORECASE
)
_GROUP = re.compile(
    r"(?<![А-Яа-яA-Za-z])([А-ЯA-Z]{1,6}\s?\d{0,2}[А-ЯA-Z]{0,3}\s?-\s?[А-Я]?\d{1,3}[А-Яа-яA-Za-z]?)(?![А-Яа-я\d])"
)
_RUSSIAN = "абвгдежзийклмнопрстуфхцчшщъыьэюя"
_ENGLISH = "a b v g d e zh z i i k l m n o p r s t u f kh ts ch sh sh . i . e iu ia"
_LETTERS = dict(zip(_RUSSIAN, re.split(" ", _ENGLISH), strict=True))
_SOUNDS = (
    "shch=s sch=s sh=s tch=c ch=c zh=z kh=h ts=c tz=c ph=f ck=k x=ks w=v q=k yu=u iu=u ju=u "
    "ya=a ia=a ja=a yo=e io=e jo=e ye=e ie=e je=e y=i j=i"
)
_EVEN = tuple(re.findall(r"(\w+)=(\w+)", _SOUNDS))
"""Ways of writing that are made one."""


class Person(NamedTuple):
    """What a title page says of who wrote it; empty: nothing."""

    name: str
    group: str


def title_person(text: str) -> Person:
    """The student and the group that a title page names; teachers are passed over."""
    lines = [re.sub("[_\t]+", " ", line).strip() for line in plain(text[:TITLE]).splitlines()]
    name = ""
    for number, line in enumerate(lines):
        if not (who := _WHO.search(line)) or _TEACHER.search(line[: who.start()]):
            continue
        for near in (line[who.end() :], *lines[number + 1 : number + 4]):
            cut = _TEACHER.search(near)
            near = near[: cut.start()] if cut else near
            near = re.sub(r"(?i)\b(?:студент\w*|группы?|выполнил\w*)\b", " ", _GROUP.sub(" ", near))
            found = _NAME.search(near)
            if found and (
                who["sure"] or ":" in who[0] or not found[0].isascii() or "." in found[0]
            ):
                name = " ".join(found[0].split())
            if name or cut:
                break
        if name:
            break
    group = ""
    text = "\n".join(lines)
    text = re.sub(r"(?i)cifar-?\s?100?|utf-8|fc-\d+", " ", text)
    if found := re.search(
        r"(?i:групп\w*|group)\s*[:№\-]*\s*" + _GROUP.pattern, text
    ) or _GROUP.search(text):
        group = re.sub(r"\s", "", found[1])
    return Person(name[:100], group[:30])


def sound(word: str) -> str:
    """A word of a name without what differs between transliterations."""
    text = "".join(_LETTERS.get(letter, letter) for letter in fold(word))
    text = re.sub("[^a-z]", "", text)
    for written, even in _EVEN:
        text = text.replace(written, even)
    return re.sub(r"(.)\1+", r"\1", re.sub("i+a", "a", text))


class Known(NamedTuple):
    """A student of the roster as it is looked for."""

    student: Student
    surname: str
    given: tuple[str, ...]
    marks: tuple[str, ...]


def known(students: Sequence[Student]) -> tuple[Known, ...]:
    """The roster, prepared for `match`."""
    out = []
    for student in students:
        words = [
            w for w in re.split(r"[^\w'’-]+", student.name) if w and not re.fullmatch(r"\d+", w)
        ]
        marks = [
            m
            for m in (student.email, student.email.split("@")[0], student.id, student.key)
            if len(m) >= 4
        ]
        surname, given = (words[0], words[1:]) if words else ("", [])
        if len(surname) == 1 and given:  # И. И. Иванов
            surname, given = given[-1], [surname, *given[:-1]]
        out.append(
            Known(
                student,
                sound(surname),
                tuple(map(sound, given)),
                tuple(m.casefold() for m in marks),
            )
        )
    return tuple(out)


def match(
    people: Sequence[Known], place: str, title: str, name: str = ""
) -> tuple[str | None, tuple[Note, ...]]:
    """The student that a submission is of.

    Args:
        people: the roster.
        place: names of the folders and files.
        title: of the report, as text.
        name: that the title page names as the student's.

    Returns:
        The `Student.key`, or None where nobody or several are meant; and why.
    """
    by_place, by_title = _best(people, place, loose=True), _best(people, name, loose=True)
    if not by_title:
        by_title = _best(people, title[:TITLE], loose=False)
    notes: list[Note] = []
    both = [p for p in by_place if p in by_title]
    if len(both) == 1:
        return both[0].student.key, ()
    if len(by_place) == 1:
        if len(by_title) == 1:
            notes.append(("title_names_another", by_title[0].student.key))
        return by_place[0].student.key, tuple(notes)
    if len(by_title) == 1:
        return by_title[0].student.key, ()
    if several := both or by_place or by_title:
        return None, (("several_students", ", ".join(p.student.key for p in several[:5])),)
    return None, (("no_student", ""),)


def _best(people: Sequence[Known], text: str, *, loose: bool) -> list[Known]:
    """Those that a text speaks of most surely."""
    if not text.strip():
        return []
    low = text.casefold()
    words = [
        w for w in re.split(r"[^\w'’]+|_", re.sub(r"(?<=[а-яa-z])(?=[А-ЯA-Z])", " ", text)) if w
    ]
    sounds = [sound(word) for word in words]
    at: dict[str, list[int]] = {}
    for number, made in enumerate(sounds):
        at.setdefault(made, []).append(number)
        if made and number and sounds[number - 1]:  # both parts of a surname
            at.setdefault(sound(words[number - 1] + words[number]), []).append(number)
    best: list[Known] = []
    most = 0
    for one in people:
        points = 0
        if any(
            re.search(rf"(?<![\w]){re.escape(mark)}(?![\w])", low.replace("_", " "))
            for mark in one.marks
        ):
            points = 8
        for number in at.get(one.surname, []) if len(one.surname) > 1 else []:
            near = range(max(0, number - 3), min(len(words), number + 4))
            whole = bool(one.given) and any(sounds[n] == one.given[0] for n in near if n != number)
            initials = [one_.strip() for one_ in one.given]
            first = initials[0][:1] if initials else ""
            second = initials[1][:1] if len(initials) > 1 else ""
            single = [n for n in near if n != number and len(words[n]) == 1 and sounds[n]]
            letters = [sounds[n][:1] for n in single]
            pair = [n for n in near if n != number and len(words[n]) == 2 and words[n].isupper()]
            letters += [sound(letter)[:1] for n in pair for letter in words[n]]
            patronymic = len(one.given) > 1 and any(
                sounds[n] == one.given[1] for n in near if n != number
            )
            if whole:
                points = max(points, 6 if patronymic else 5)
            elif first and first in letters:
                points = max(points, 5 if second and second in letters else 4)
            elif loose and not letters:
                others = [sounds[n] for n in near if n != number and len(sounds[n]) > 2]
                points = max(
                    points, 2 if not one.given or not _contradicts(others, one, people) else 0
                )
        if points > most:
            best, most = [one], points
        elif points and points == most:
            best.append(one)
    return best


def _contradicts(others: Sequence[str], one: Known, people: Sequence[Known]) -> bool:
    """Whether words beside a surname are the given name of somebody else in the roster."""
    given = {p.given[0] for p in people if p.given and p.surname == one.surname and p is not one}
    return any(word in given for word in others)
