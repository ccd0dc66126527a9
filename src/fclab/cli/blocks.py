"""Blocks of the report on a terminal: text, formulas in one line, tables."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.rule import Rule
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from fclab.cli.progress import output
from fclab.report import model
from fclab.report.linear import linear
from fclab.words.spans import Text as Spans
from fclab.words.wording import Wording

_STYLES: Mapping[str, str] = {
    "plain": "", "strong": "bold", "emphasis": "italic", "code": "cyan", "math": "italic",
    "ref": "",
}  # fmt: skip
WIDTH = 100
"""Columns: longer lines are hard to read."""


def reading_console() -> Console:
    """Standard output, not too wide, nothing coloured by itself."""
    out = output(highlight=False)
    out.width = min(out.width, WIDTH) if out.is_terminal else WIDTH
    return out


class BlockPrinter:
    """Prints sections and blocks.

    Args:
        out: where to.
        words: of the language, for "Figure" and "Table".
        numbers: of figures and tables by name.
        pictures: the files of figures that were written, by name.
    """

    def __init__(
        self,
        out: Console,
        words: Wording,
        numbers: Mapping[str, str],
        pictures: Mapping[str, Path] | None = None,
    ):
        self.out, self.words, self.numbers = out, words, numbers
        self.pictures = pictures or {}

    def section(self, section: model.Section) -> None:
        """The title and all blocks."""
        self.out.print(Rule(Text(section.title, style="bold"), align="left", style="dim"))
        self.blocks(section.blocks)

    def blocks(self, blocks: Iterable[model.Block]) -> None:
        """Blocks, a blank line after each."""
        for block in blocks:
            for part in self._rendered(block):
                self.out.print(part)
            self.out.print()

    def text(self, text: Spans) -> Text:
        """Spans as a text of rich; formulas in one line, references as numbers."""
        made = Text()
        for span in text:
            words = span.text
            if span.style == "math":
                words = linear(words)
            elif span.style == "ref":
                words = self.numbers[words]
            made.append(words, _STYLES[span.style])
        return made

    def _rendered(self, block: model.Block) -> Iterator[RenderableType]:
        match block:
            case model.Paragraph():
                yield self.text(block.text)
            case model.Items():
                grid = Table.grid(padding=(0, 1))
                for item in block.items:
                    grid.add_row("•", self.text(item))
                yield Padding(grid, (0, 0, 0, 2))
            case model.Formula():
                for line in block.lines:
                    yield Padding(Text(linear(line), style="italic"), (0, 0, 0, 4))
            case model.Note():
                yield Panel(self.text(block.text), border_style="yellow")
            case model.Table():
                yield self._caption("table", block.name, block.caption)
                yield self._table(block)
            case model.FigureBlock():
                yield self._caption("figure", block.name, block.caption)
                yield Text(str(self.pictures.get(block.name, block.alt)), style="dim")
            case model.Beside():
                for one in block.blocks:
                    yield from self._rendered(one)
            case model.Code():
                yield self._caption("listing", block.name, block.caption)
                yield Syntax(block.code, "python", background_color="default")

    def _caption(self, kind: str, name: str, caption: Spans) -> Text:
        number = f"{self.words.plain(f'page.{kind}')} {self.numbers[name]} – "
        return Text(number, style="bold").append(self.text(caption))

    def _table(self, block: model.Table) -> Table:
        table = Table(show_lines=True, border_style="dim")
        for cell, align in zip(block.header, block.align, strict=True):
            table.add_column(self.text(cell), justify=align)
        for row in block.rows:
            table.add_row(*map(self.text, row))
        return table
