"""A row of a final table, cell by cell."""

import re
from collections.abc import Mapping, Sequence

from fclab.course.reading.accuracy import accuracies_of, figure
from fclab.course.reading.columns import ACCURATE, Column
from fclab.course.reading.document import Note
from fclab.course.reading.layers import bare_layers, repeated
from fclab.course.reading.plain import fold, number
from fclab.course.reading.roles import TEST_WORDS, Role, layer_number, role_of
from fclab.course.reading.settings import count, count_of, others, rate, rate_of, settings_of
from fclab.course.values import ClaimedRow, Figure

_SAME = re.compile(
    r"(?:то же|та же|тот же|те же|так же|также|same(?: as above)?|as above|аналог\w*"
    r"|как выше|без изм\w*"
    r"|не (?:из)?мен\w*|-?//-?|[\"″\u3003\"'”]+|-\"-|-\s?[\"'”″]\s?-|см\.? выше"
    r"|предыдущ\w*|idem|ditto)\.?"
)
_TOTAL = re.compile(
    r"(?:средн|итог|всего|лучш|худш|разниц|прирост|максим|миним|max|min|average|mean|best|total)"
)
"""Rows below the others that sum them up."""
_FIELDS: Mapping[Role, tuple[str, ...]] = {
    Role.CONFIG: ("layers",), Role.HYPER: ("lr", "batch", "epochs"), Role.LR: ("lr",),
    Role.BATCH: ("batch",), Role.EPOCHS: ("epochs",),
}  # fmt: skip


class Reader:
    """Reads a row, cell by cell.

    Args:
        classes: how many outputs a network has.
    """

    def __init__(self, classes: int):
        self.classes = classes
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
        self._bare: list[tuple[Figure, Column]] = []
        self._same: set[str] = set()
        self._loose: list[str] = []
        self._depth: tuple[str, bool] | None = None
        self._each: dict[int, int] = {}
        self._started = False

    def note(self, code: str, about: object) -> None:
        """Name something of this row."""
        self.notes.append((code, str(about)))

    def cell(self, text: str, column: Column) -> None:
        """The next cell."""
        flat, role = fold(text), column.role
        if role is Role.NUMBER:
            self._loose.append(text)
            return
        if role is Role.COMMENT:
            self.comment.append(text.strip())
            self.other += others(text)
            if role_of(column.head) is not Role.COMMENT or "измен" in column.head:
                self._loose.append(text)
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
        if role in ACCURATE or (
            role in (Role.NONE, Role.HYPER, Role.CONFIG) and re.search(keyed, flat)
        ):
            self._accuracies(text, column)

    def section(self, text: str, roles: Sequence[Role]) -> None:
        """What stands above the rows as a heading of theirs, and in columns that are about
        something else, of settings that no column of the table is about."""
        self._layered()
        if text:
            self._named(text)
        has = {field for role in roles for field in _FIELDS.get(role, ())}
        for loose in self._loose:
            found = settings_of(loose)
            if "layers" not in has and not {Role.DEPTH, Role.LAYER} & set(roles):
                self.layers = self.layers or found.layers
            self.lr = self.lr or (None if "lr" in has else found.lr)
            self.batch = self.batch or (None if "batch" in has else found.batch_size)
            self.epochs = self.epochs or (None if "epochs" in has else found.epochs)

    def _named(self, text: str) -> None:
        """Settings that stand with their names."""
        found = settings_of(text)
        if found.layers and self.layers is None:
            self.layers = found.layers
        self.lr = self.lr or found.lr
        self.batch = self.batch or found.batch_size
        self.epochs = self.epochs or found.epochs
        self.other += found.other

    def _layered(self) -> None:
        """The network out of columns of its depth or of its layers."""
        if self._each and self.layers is None:
            self.layers = tuple(self._each[n] for n in sorted(self._each))
        if self._depth and self.layers:
            depth, hidden = self._depth
            self.layers = repeated(depth, self.layers, hidden=hidden)
            if self.layers is None:
                self.note("network", depth[:60])

    def _alone(self, text: str, flat: str, column: Column) -> None:
        """A setting whose name is that of the column."""
        match column.role:
            case Role.DEPTH:
                self._depth = (text, "скрыт" in column.head or "hidden" in column.head)
            case Role.LAYER:
                number_, width = layer_number(column.head), bare_layers(text)
                if number_ is not None and width and len(width) == 1:
                    self._each[number_] = width[0]
            case Role.CONFIG if self.layers is None:
                self.layers = bare_layers(text)
                if not self.layers and self.lr is None and self.epochs is None:
                    self.note("network", text[:60])
            case Role.LR if self.lr is None:
                self.lr = rate_of(text)
            case Role.BATCH if self.batch is None:
                self.batch = count_of(text)
            case Role.EPOCHS if self.epochs is None:
                self.best = self.best or bool(re.search(r"лучш|best", flat))
                self.epochs = count_of(text)
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

    def _accuracies(self, text: str, column: Column) -> None:
        parts = [name for name in column.order if name in ("test", "train")]
        said = accuracies_of(text, ordered=len(parts) == 2)
        if not (said.test or said.train or said.bare or said.notes) and re.search(r"\d", text):
            self.note("accuracies", text[:60])
        for code, what in said.notes:
            self.note(code, what)
        self.best = self.best or said.best_epoch
        test, train, bare = said.test, said.train, said.bare
        beside = settings_of(text)
        if beside.lr or beside.batch_size:
            bare = ()  # numbers of settings
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
            if train and not test and not self.test and len(bare) == 1:
                test = bare[0]
                self.note("taken_as_test", test.text)
            else:
                self._bare += [(made, column) for made in bare]
        if column.role in ACCURATE and re.search(r"лучш|best|макс|max", column.head):
            self.best = True
        self.test, self.train = self.test or test, self.train or train

    def _unnamed(self) -> None:
        """Figures of a column of accuracies without names."""
        figures = [made for made, _ in self._bare]
        columns = dict.fromkeys(column for _, column in self._bare)
        heads = {column.head for column in columns}
        parts = [n for column in columns for n in column.order if n in ("test", "train")]
        if len(heads) > 1 and len(figures) > 1:
            self.note("accuracies", ", ".join(made.text for made in figures[:6]))
        elif len(parts) == len(figures) == 2:
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
        settings = (self.layers, self.lr, self.batch)
        if not any(settings) and any(_TOTAL.match(fold(cell)) for cell in cells):
            return None
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
            if self.classes in self.layers:  # an output among hidden layers: two networks, or none
                self.note("network", " – ".join(map(str, self.layers)))
                self.layers = None
            else:
                self.layers = (*self.layers, self.classes)
        if None not in (self.lr, self.batch, self.epochs):
            self.notes = [note for note in self.notes if note[0] != "settings"]
        fields = {"layers": self.layers, "lr": self.lr, "batch_size": self.batch,
                  "epochs": self.epochs, "test": self.test}  # fmt: skip
        for name, value in fields.items():
            if value is None:
                self.note("missing", name)
        if self.best:
            self.note("best_epoch", "")
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
    if flat in ("", "-", "нет", "no", "none", "0", "0.0", "0,0", "без") or others(text):
        return []
    return [] if re.fullmatch(r"(?:optim\.)?sgd.*|relu.*", flat) else [text[:80]]
