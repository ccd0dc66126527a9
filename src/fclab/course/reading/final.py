"""The final table among all tables of a submission, and its rows."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from fclab.course.reading.accuracy import accuracies_of, figure
from fclab.course.reading.document import Note, Table
from fclab.course.reading.plain import fold, number
from fclab.course.reading.roles import TEST_WORDS, TRAIN_WORDS, Role, role_of
from fclab.course.reading.settings import bare_layers, count, others, rate, settings_of
from fclab.course.values import ClaimedRow, Figure

MOST_ROWS = 200
_SAME = re.compile(
    r"(?:то же|та же|тот же|те же|так же|также|same(?: as above)?|as above|аналог\w*"
    r"|как выше|без изм\w*"
    r"|не (?:из)?мен\w*|-?//-?|[\"″\u3003\"'”]+|-\"-|-\s?[\"'”″]\s?-|см\.? выше"
    r"|предыдущ\w*|idem|ditto)\.?"
)
_HEADS = 3
_FIELDS: Mapping[Role, tuple[str, ...]] = {
    Role.CONFIG: ("layers",), Role.HYPER: ("lr", "batch", "epochs"), Role.LR: ("lr",),
    Role.BATCH: ("batch",), Role.EPOCHS: ("epochs",),
}  # fmt: skip
_ACCURATE = (Role.TEST, Role.TRAIN, Role.ACCURACY)
_ORDERED: Mapping[str, str] = {
    "test": TEST_WORDS,
    "train": TRAIN_WORDS,
    "lr": r"\blr\b|learning|скорост|шаг",
    "batch": r"batch|батч|пакет|\bbs\b",
    "epochs": r"epoch|эпох",
}
_WIDE = (Role.COMMENT, Role.HYPER, Role.CONFIG, Role.ACCURACY)
"""Columns of which a merged cell is read once."""


class Found(NamedTuple):
    """The rows of a table, and what in it was not understood."""

    rows: tuple[ClaimedRow, ...]
    notes: tuple[Note, ...]


def final_table(tables: Sequence[Table], classes: int = 3) -> Found:
    """The table with the most rows that have figures and settings; the last of equals.

    Args:
        tables: in the order of the submission.
        classes: how many outputs a network has: appended where only hidden layers are named.
    """
    best = Found((), ())
    for table in _joined(tables):
        found = max(
            (read_table(rows, classes) for rows in _ways(table.rows)), key=lambda f: _worth(f.rows)
        )
        if _worth(found.rows) >= _worth(best.rows) and found.rows:
            best = found
    return best


def _worth(rows: Iterable[ClaimedRow]) -> int:
    return sum(
        sum(x is not None for x in (r.layers, r.lr, r.batch_size, r.epochs, r.test, r.train))
        for r in rows
    )


def _ways(rows: tuple[tuple[str, ...], ...]) -> list[tuple[tuple[str, ...], ...]]:
    """A table as it stands, and one whose rows are settings as if turned."""
    first = {role_of(row[0]) for row in rows if row} - {Role.NONE, Role.NUMBER}
    if len(first) >= 3 and len(rows) <= 20 and len(rows[0]) >= 2:  # pyright: ignore[reportGeneralTypeIssues]
        return [rows, tuple(zip(*rows, strict=True))]
    return [rows]


def _joined(tables: Sequence[Table]) -> list[Table]:
    """Tables that a page break divides are one: the second has as many columns, and no head or the
    same once more. Tables with a row in common are two."""
    out: list[Table] = []
    for table in tables:
        if out and len(out[-1].rows[0]) == len(table.rows[0]):
            before = out[-1].rows
            head, own = _heads(before), _heads(table.rows)
            again = own == head and _folded(table.rows[:own]) == _folded(before[:own])
            common = set(_folded(before[head:])) & set(_folded(table.rows[own:]))
            if head and (own == 0 or again) and not common:
                out[-1] = Table(before + table.rows[own:])
                continue
        out.append(table)
    return out


def _folded(rows: Sequence[Sequence[str]]) -> list[tuple[str, ...]]:
    return [tuple(map(fold, row)) for row in rows]


def _heads(rows: Sequence[Sequence[str]]) -> int:
    """How many rows at the top are heads."""
    count_ = 0
    for row in rows[: _HEADS + 1]:
        if _is_data(row):
            break
        count_ += 1
    if count_ == len(rows) or count_ > _HEADS:
        return 0
    roles = {role_of(cell) for row in rows[:count_] for cell in row}
    return count_ if roles - {Role.NONE, Role.NUMBER} else 0


def _is_data(row: Sequence[str]) -> bool:
    """Whether a row has figures: a number in at least two cells, or a setting or "
    "accuracy by name."""
    cells = [cell for cell in dict.fromkeys(row) if cell.strip()]
    numbers = sum(bool(re.search(r"\d", fold(cell))) for cell in cells)
    if not numbers:
        return False
    named = [settings_of(cell) for cell in cells]
    if any(s.lr or s.batch_size or s.epochs or s.layers for s in named):
        return True
    return numbers >= 2


def read_table(rows: Sequence[Sequence[str]], classes: int = 3) -> Found:
    """The rows of a table that have figures of accuracy and settings."""
    heads = _heads(rows)
    head = [" ".join(dict.fromkeys(filter(None, (row[c].strip() for row in rows[:heads]))))
            for c in range(len(rows[0]))] if heads else [""] * len(rows[0])  # fmt: skip
    titles = {fold(cell) for row in rows[:heads] for cell in row}
    roles = [_role(rows[:heads], place, text) for place, text in enumerate(head)]
    if not heads:
        roles = _guessed(rows)
    roles = _settled(roles, rows[heads:])
    columns = [
        _Column(role, _order(text), _is_share(role, place, rows[heads:]))
        for place, (role, text) in enumerate(zip(roles, head, strict=True))
    ]
    out: list[ClaimedRow] = []
    notes: list[Note] = []
    section = ""
    for row in rows[heads : heads + 2 * MOST_ROWS]:
        filled = {fold(cell) for cell in row if cell.strip()}
        if len(filled) <= 1 or filled <= titles:
            if len(set(row)) == 1:  # one cell across all columns heads the rows below it
                section = row[0]
            continue
        reader, seen = _Reader(f"{len(out) + 1}", classes), set[tuple[str, Role]]()
        for cell, column in zip(row, columns, strict=False):
            one = (cell, column.role)
            if column.role in (Role.ASIDE, Role.NUMBER) or (one in seen and column.role in _WIDE):
                continue
            seen.add(one)
            reader.cell(cell, column)
        reader.section(section)
        made = reader.row(row, out[-1] if out else None)
        if made is None:
            continue
        notes += reader.notes
        out.append(made)
        if len(out) == MOST_ROWS:
            notes.append(("too_many_rows", str(MOST_ROWS)))
            break
    useful = [
        r
        for r in out
        if (r.layers and r.lr and r.epochs)
        or ((r.test or r.train) and (r.layers or r.lr or r.batch_size or r.epochs))
    ]
    if not useful:
        return Found((), ())
    if not heads:
        notes.insert(0, ("no_header", ""))
    return Found(tuple(out), tuple(dict.fromkeys(notes)))


def _role(heads: Sequence[Sequence[str]], place: int, whole: str) -> Role:
    """What a column is by its lowest head, where that is plain enough, else by all of them."""
    lowest = role_of(heads[-1][place]) if heads else Role.NONE
    plain_ = (Role.LR, Role.BATCH, Role.EPOCHS, Role.TEST, Role.TRAIN, Role.ASIDE)
    return lowest if lowest in plain_ else role_of(whole)


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


class _Column(NamedTuple):
    """What is known of a column.

    Attributes:
        role: what its cells are.
        order: see `_order`.
        share: its bare numbers are shares.
    """

    role: Role
    order: tuple[str, ...]
    share: bool


def _is_share(role: Role, place: int, body: Sequence[Sequence[str]]) -> bool:
    """Whether all numbers of a column of accuracies are at most 1, without a sign of percent."""
    if role not in (Role.TEST, Role.TRAIN):
        return False
    cells = [row[place] for row in body]
    values = [read.value for cell in cells if (read := number(fold(cell).rstrip("% ")))]
    return bool(values) and max(values) <= 1 and not any("%" in cell for cell in cells)


class _Reader:
    """Reads a row, cell by cell.

    Args:
        about: the row's number, for notes.
        classes: how many outputs a network has.
    """

    def __init__(self, about: str, classes: int):
        self.about, self.classes = about, classes
        self.layers: tuple[int, ...] | None = None
        self.lr: float | None = None
        self.batch: int | None = None
        self.epochs: int | None = None
        self.test: Figure | None = None
        self.train: Figure | None = None
        self.best = False
        self.other: list[str] = []
        self.comment: list[str] = []
        self.notes: list[Note] = []
        self._bare: list[tuple[Figure, tuple[str, ...]]] = []
        self._same: set[str] = set()
        self._started = False

    def note(self, code: str, about: object) -> None:
        """Name something of this row."""
        self.notes.append((code, f"{self.about}: {about}"))

    def cell(self, text: str, column: "_Column") -> None:
        """The next cell."""
        flat, role = fold(text), column.role
        if role is Role.COMMENT:
            self.comment.append(text.strip())
            self.other += others(text)
            self.best = self.best or bool(re.search(r"лучш\w* эпох|best epoch", flat))
            return
        blank = flat in ("", "-", "--", "n/a", "нет")
        if role in _FIELDS:
            repeated = bool(_SAME.fullmatch(flat))
            if repeated or (flat == "" and not self._started):
                self._same.update(_FIELDS[role])
            if repeated or blank:
                return
        self._started = self._started or not blank
        if role not in (Role.TEST, Role.TRAIN):
            self._named(text)
        self._alone(text, flat, column)
        keyed = rf"{TEST_WORDS}.*\d|\d.*{TEST_WORDS}"
        if role in _ACCURATE or (
            role in (Role.NONE, Role.HYPER, Role.CONFIG) and re.search(keyed, flat)
        ):
            self._accuracies(text, column)

    def section(self, text: str) -> None:
        """What stands above the rows as a heading of theirs."""
        if text:
            self._named(text)

    def _named(self, text: str) -> None:
        """Settings that stand with their names."""
        found = settings_of(text)
        if found.layers and self.layers is None:
            self.layers = found.layers
        self.lr = self.lr or found.lr
        self.batch = self.batch or found.batch_size
        self.epochs = self.epochs or found.epochs
        self.other += found.other

    def _alone(self, text: str, flat: str, column: "_Column") -> None:
        """A setting whose name is that of the column."""
        match column.role:
            case Role.CONFIG if self.layers is None:
                self.layers = bare_layers(text)
                if not self.layers and self.lr is None and self.epochs is None:
                    self.note("network", text[:60])
            case Role.LR if self.lr is None:
                self.lr = rate(flat)
            case Role.BATCH if self.batch is None:
                self.batch = count(flat)
            case Role.EPOCHS if self.epochs is None:
                self.best = self.best or bool(re.search(r"лучш|best", flat))
                self.epochs = count(re.sub(r"\(.*\)", "", flat))
            case Role.OTHER:
                self.other += _named_other(text)
            case Role.HYPER if self.lr is None and self.batch is None and self.epochs is None:
                self._in_order(flat, column.order)

    def _in_order(self, flat: str, order: tuple[str, ...]) -> None:
        """Hyper-parameters as bare numbers: in the order of the head, else by their sizes."""
        pieces = [p for p in re.split(r"\s*[;|/\n]\s*|,\s+|\s+", flat) if p]
        names = [name for name in order if name in ("lr", "batch", "epochs")]
        if len(pieces) == len(names) > 1:
            by_name = dict(zip(names, pieces, strict=True))
            self.lr = rate(by_name.get("lr", ""))
            self.batch = count(by_name.get("batch", ""))
            self.epochs = count(by_name.get("epochs", ""))
            return
        small = [v for v in map(rate, pieces) if v is not None and v < 1]
        whole = [n for n in map(count, pieces) if n]
        powers = [n for n in whole if n & (n - 1) == 0]
        if len(pieces) == 3 and len(small) == 1 and len(whole) == 2 and len(powers) == 1:
            self.lr, self.batch = small[0], powers[0]
            (self.epochs,) = (n for n in whole if n != powers[0])
            self.note("by_size", flat[:60])
        else:
            self.note("settings", flat[:60])

    def _accuracies(self, text: str, column: "_Column") -> None:
        said = accuracies_of(text)
        for code, what in said.notes:
            self.note(code, what)
        self.best = self.best or said.best_epoch
        test, train, bare = said.test, said.train, said.bare
        if column.role in (Role.TEST, Role.TRAIN):
            alone = number(fold(text).rstrip("% "))
            if column.share and alone and (made := figure(alone.text, share=True)):
                bare = (made,)
            first = bare[0] if bare else None
            if column.role is Role.TEST:
                test = test or first
            else:
                train = train or first
        elif column.role is Role.ACCURACY:
            self._bare += [(made, column.order) for made in bare]
        self.test, self.train = self.test or test, self.train or train

    def _unnamed(self) -> None:
        """Figures of a column of accuracies without names."""
        figures, order = [made for made, _ in self._bare], self._bare[0][1]
        parts = [name for name in order if name in ("test", "train")]
        if len(parts) == len(figures) == 2:
            pair = dict(zip(parts, figures, strict=True))
            self.test, self.train = pair["test"], pair["train"]
        elif len(figures) == 1:
            self.test = figures[0]
            self.note("taken_as_test", figures[0].text)
        elif len(figures) == 2:
            self.test, self.train = sorted(figures, key=lambda made: made.value)
            self.note("taken_by_size", f"{self.test.text}, {self.train.text}")
        else:
            self.note("accuracies", ", ".join(made.text for made in figures[:6]))

    def row(self, cells: Sequence[str], last: ClaimedRow | None) -> ClaimedRow | None:
        """The row; None: it has no accuracies.

        Args:
            cells: as they were written.
            last: the row above, from which a cell that says so takes its setting.
        """
        if self._bare and self.test is None and self.train is None:
            self._unnamed()
        odd = {"range", "odd_figure", "accuracies"} & {code for code, _ in self.notes}
        if self.test is None and self.train is None and not odd:
            return None
        if last is not None:
            if self.layers is None and "layers" in self._same:
                self.layers = last.layers
            if self.lr is None and "lr" in self._same:
                self.lr = last.lr
            if self.batch is None and "batch" in self._same:
                self.batch = last.batch_size
            if self.epochs is None and "epochs" in self._same:
                self.epochs = last.epochs
        if self.layers and self.layers[-1] != self.classes:
            self.layers = (*self.layers, self.classes)
        if None not in (self.lr, self.batch, self.epochs):
            self.notes = [note for note in self.notes if note[0] != "settings"]
        fields = {"layers": self.layers, "lr": self.lr, "batch_size": self.batch,
                  "epochs": self.epochs, "test": self.test}  # fmt: skip
        for name, value in fields.items():
            if value is None:
                self.note("missing", name)
        if self.best:
            self.notes.append(("best_epoch", self.about))
        return ClaimedRow(
            cells=tuple(cell[:500] for cell in cells[:40]),
            layers=self.layers,
            lr=self.lr,
            batch_size=self.batch,
            epochs=self.epochs,
            test=self.test,
            train=self.train,
            best_epoch=self.best,
            other=tuple(dict.fromkeys(one[:80] for one in self.other))[:10],
            comment=" ".join(dict.fromkeys(filter(None, self.comment)))[:1000],
        )


def _named_other(text: str) -> list[str]:
    """What a column of another setting says beyond plain SGD and ReLU."""
    flat = fold(text)
    if flat in ("", "-", "нет", "no", "none", "sgd", "relu", "0", "0.0", "0,0", "без"):
        return []
    return (
        []
        if others(text)
        else ([] if re.fullmatch(r"(?:optim\.)?sgd.*|relu.*", flat) else [text[:80]])
    )
