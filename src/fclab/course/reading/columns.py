"""Which rows of a table are its heads, and what its columns are about."""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from fclab.course.reading.accuracy import figure
from fclab.course.reading.plain import fold, number
from fclab.course.reading.roles import TEST_WORDS, TRAIN_WORDS, Role, role_of
from fclab.course.reading.settings import settings_of

_HEADS = 3
_MOST_ABOVE = 12
"""Rows: titles and empty ones stand above the heads too."""
ACCURATE = (Role.TEST, Role.TRAIN, Role.ACCURACY)
_ORDERED: Mapping[str, str] = {
    "test": TEST_WORDS,
    "train": TRAIN_WORDS,
    "lr": r"\blr\b|learning|скорост|шаг",
    "batch": r"batch|батч|пакет|\bbs\b",
    "epochs": r"epoch|эпох",
}


class Column(NamedTuple):
    """What is known of a column.

    Attributes:
        role: what its cells are.
        order: see `_order`.
        share: its bare numbers are shares.
        head: folded.
    """

    role: Role
    order: tuple[str, ...]
    share: bool
    head: str


def columns_of(rows: Sequence[Sequence[str]], heads: int) -> tuple[Column, ...]:
    """What the columns of a table are about, by their heads and what is in them.

    Args:
        rows: of the table.
        heads: how many of them are heads.
    """
    above = [row for row in rows[:heads] if not is_section(row)]
    head = [" ".join(dict.fromkeys(filter(None, (row[c].strip() for row in above))))
            for c in range(len(rows[0]))] if above else [""] * len(rows[0])  # fmt: skip
    roles = [_role(above, place, text) for place, text in enumerate(head)]
    if not heads:
        roles = _guessed(rows)
    roles = _chosen(_settled(roles, rows[heads:]), head)
    return tuple(
        Column(role, _order(text), _is_share(role, place, rows[heads:]), fold(text))
        for place, (role, text) in enumerate(zip(roles, head, strict=True))
    )


def heads_of(rows: Sequence[Sequence[str]]) -> int:
    """How many rows at the top are heads."""
    count_, told = 0, 0
    for row in rows[:_MOST_ABOVE]:
        section = is_section(row)
        if _is_data(row) or (told and section and any(row)):
            break
        told += not section
        count_ += 1
    if count_ == len(rows) or told > _HEADS:
        return 0
    roles = {role_of(cell) for row in rows[:count_] for cell in row}
    return count_ if roles - {Role.NONE, Role.NUMBER} else 0


def is_section(row: Sequence[str]) -> bool:
    """Whether a row is one cell across all columns: it heads the rows below it."""
    return len(row) > 1 and len(set(row)) == 1


def _is_data(row: Sequence[str]) -> bool:
    """Whether a row has figures: a number in at least two cells, or a setting or accuracy by name;
    "слой 1", "запуск 2" are names."""
    cells = [cell for cell in dict.fromkeys(row) if cell.strip()]
    folded = [fold(cell) for cell in cells]
    if sum(role_of(cell) is Role.LAYER for cell in cells) > 1:
        return False
    numbers = sum(bool(re.search(r"\d", cell)) for cell in folded)
    if not numbers:
        return False
    named = [settings_of(cell) for cell in cells]
    if any(s.lr or s.batch_size or s.epochs or s.layers for s in named):
        return True
    ordinals = [re.fullmatch(r"([^\W\d]+\.?) ?(?:№ ?)?\d{1,3}", cell) for cell in folded]
    words = [found[1] for found in ordinals if found]
    return numbers - sum(words.count(word) > 1 for word in words) >= 2


def _role(heads: Sequence[Sequence[str]], place: int, whole: str) -> Role:
    """What a column is by its lowest head, where that is plain enough, else by all of them."""
    lowest = role_of(heads[-1][place]) if heads else Role.NONE
    plain_ = (Role.LR, Role.BATCH, Role.EPOCHS, Role.TEST, Role.TRAIN, Role.ASIDE)
    return lowest if lowest in plain_ else role_of(whole)


def _chosen(roles: list[Role], head: Sequence[str]) -> list[Role]:
    """Columns of accuracies, one of each kind: of those of test and validation images those of
    test, of the last and the best epoch the last; where no head speaks of accuracy, the mean."""
    out = list(roles)
    for role in (Role.TEST, Role.TRAIN):
        for words in (r"\b(?:val|валид)", r"лучш|best|макс|max"):
            places = [place for place, one in enumerate(out) if one is role]
            less = [place for place in places if re.search(words, fold(head[place]))]
            if 0 < len(less) < len(places):
                for place in less:
                    out[place] = Role.ASIDE
    if not set(out) & set(ACCURATE):
        for place, text in enumerate(head):
            if re.match(r"средн\w*|общ\w*|итог\w*|overall|mean|average|total", fold(text)):
                out[place] = Role.ACCURACY
                break
    return out


def _settled(roles: list[Role], body: Sequence[Sequence[str]]) -> list[Role]:
    """Columns whose head tells nothing, by what their cells name."""
    out = list(roles)
    for place, role in enumerate(roles):
        cells = [row[place] for row in body if place < len(row) and row[place].strip()]
        if not cells:
            continue
        named = [settings_of(cell) for cell in cells[:30]]
        layers = sum(s.layers is not None for s in named) * 2 > len(named)
        if role in (Role.NONE, Role.NUMBER, Role.OTHER) and layers:
            out[place] = Role.CONFIG
        elif role is Role.NONE:
            hyper = sum(bool(s.lr or s.batch_size or s.epochs) for s in named)
            keyed = sum(bool(re.search(TEST_WORDS, fold(c)) and re.search(r"\d", c)) for c in cells)
            if hyper * 2 > len(cells):
                out[place] = Role.HYPER
            elif keyed * 2 > len(cells):
                out[place] = Role.ACCURACY
            elif sum(len(c) for c in cells) > 12 * len(cells):
                out[place] = Role.COMMENT
    return out


def _guessed(rows: Sequence[Sequence[str]]) -> list[Role]:
    """Roles of the columns of a table without a head, by their cells alone."""
    width = len(rows[0])
    roles = [Role.NONE] * width
    figures: list[int] = []
    for place in range(width):
        cells = [fold(row[place]) for row in rows if row[place].strip()]
        values = [number(cell.rstrip("% ")) for cell in cells]
        if not cells or sum(v is None for v in values) * 2 > len(cells):
            continue
        known = [v.value for v in values if v is not None]
        whole = all(v == int(v) for v in known)
        if any("%" in cell for cell in cells):
            figures.append(place)
        elif whole and known == list(range(1, len(known) + 1)) and place == 0 and len(known) > 1:
            roles[place] = Role.NUMBER
        elif (
            whole and all(v in {2**k for k in range(12)} for v in known) and Role.BATCH not in roles
        ):
            roles[place] = Role.BATCH
        elif all(v < 0.2 for v in known) and Role.LR not in roles:
            roles[place] = Role.LR
        elif whole and any(v > 100 for v in known) and Role.EPOCHS not in roles:
            roles[place] = Role.EPOCHS
        else:
            figures.append(place)
    if Role.EPOCHS not in roles and len(figures) == 3:
        roles[figures.pop(0)] = Role.EPOCHS
    if len(figures) == 2:
        first, second = figures
        pairs = [(figure(r[first]), figure(r[second])) for r in rows]
        low = all(a is None or b is None or a.value <= b.value for a, b in pairs)
        roles[first], roles[second] = (Role.TEST, Role.TRAIN) if low else (Role.TRAIN, Role.TEST)
    return roles


def _order(head: str) -> tuple[str, ...]:
    """In which order a head names parts or hyper-parameters: that of bare numbers below it."""
    flat = fold(head)
    found = []
    for name, words in _ORDERED.items():
        if place := re.search(words, flat):
            found.append((place.start(), name))
    return tuple(name for _, name in sorted(found))


def _is_share(role: Role, place: int, body: Sequence[Sequence[str]]) -> bool:
    """Whether all numbers of a column of accuracies are at most 1, without a sign of percent."""
    if role not in (Role.TEST, Role.TRAIN):
        return False
    cells = [row[place] for row in body]
    values = [read.value for cell in cells if (read := number(fold(cell).rstrip("% ")))]
    return bool(values) and max(values) <= 1 and not any("%" in cell for cell in cells)
