"""Writer: blocks of the report out of keys and values."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from fclab.report.model import Align, FigureBlock, Items, Note, NoteKind, Paragraph, Table
from fclab.values.dataset import Substitute
from fclab.words.spans import Span, Text, plain_text
from fclab.words.wording import Say, Wording, say

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_NUMBERS = {
    "label", "step", "epoch", "error", "curve_error", "train_points", "test_points", "epochs",
    "loss", "train_accuracy", "test_interval", "precision", "recall", "f1", "support", "seed",
    "train_images", "valid_images", "test_images",
    "seconds",
}  # fmt: skip
"""Columns that are aligned to the right."""


@dataclass(frozen=True)
class Writer:
    """Words blocks in one language.

    Attributes:
        words: the texts.
        substitute: what it comes from in place of CIFAR-100, if anything; every caption says so.
    """

    words: Wording
    substitute: Substitute = ""

    def marked(self, substitute: Substitute) -> "Writer":
        """The writer for results that come from CIFAR-100 or from something in its place."""
        return replace(self, substitute=substitute)

    def paragraph(self, *sentences: Say) -> Paragraph:
        """Sentences as one paragraph."""
        return Paragraph(self.words.text(*sentences))

    def items(self, *items: Say) -> Items:
        """A list with one sentence (or more) per item."""
        return Items(tuple(self.words.text(item) for item in items))

    def note(self, kind: NoteKind, *sentences: Say) -> Note:
        """A remark that must not be missed."""
        return Note(self.words.text(*sentences), kind)

    def figure(
        self,
        sentence: Say,
        draw: Callable[[], "Figure"],
        *,
        name: str | None = None,
        raster: bool = False,
    ) -> FigureBlock:
        """A figure; the entries ``<key>.caption`` and ``<key>.alt`` describe it, the last part
        of the key is its name unless another is given."""
        key, values = sentence
        return FigureBlock(
            name=name or key.rpartition(".")[2],
            caption=self._caption(key, values),
            alt=plain_text(self._marked(self.words.text(say(f"{key}.alt", **values)))),
            draw=draw,
            raster=raster,
        )

    def table(
        self,
        sentence: Say,
        columns: Sequence[str],
        rows: Iterable[Sequence[Text]],
        *,
        footer_rows: int = 0,
        more: Sequence[Text] = (),
    ) -> Table:
        """A table; ``<key>.caption`` describes it, the last part of the key is its name, and
        ``columns`` are the headings' keys (entries of ``columns`` in the texts); ``more`` are
        headings that stand behind them as they are."""
        key, values = sentence
        align: list[Align] = ["right" if column in _NUMBERS else "left" for column in columns]
        return Table(
            name=key.rpartition(".")[2],
            caption=self._caption(key, values),
            header=(*(self.words.text(say(f"columns.{column}")) for column in columns), *more),
            rows=tuple(tuple(row) for row in rows),
            align=(*align, *("left" for _ in more)),
            footer_rows=footer_rows,
        )

    def cell(self, value: object) -> Text:
        """A value as it is."""
        return (Span(str(value)),)

    def code(self, value: object) -> Text:
        """A value in a monospaced face."""
        return (Span(str(value), "code"),)

    def _caption(self, key: str, values: Mapping[str, Any]) -> Text:
        return self._marked(self.words.text(say(f"{key}.caption", **values)))

    def _marked(self, text: Text) -> Text:
        if not self.substitute:
            return text
        return (
            *text,
            Span(" "),
            *self.words.text(say("stand_in.caption", substitute=self.substitute)),
        )
