"""Report: what is handed in, as frozen values that know nothing of HTML, DOCX or PDF.

The content builds it, a renderer reads it. Text is a tuple of spans, a formula is LaTeX, a
figure is a matplotlib `Figure` made when first asked for; figures, tables, listings and sources
are numbered in the order in which they stand, and a span of style "ref" or "cite" names the one it
points to.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar, Literal

from fclab import figures
from fclab.report.form import FormName, SheetName
from fclab.values.dataset import Substitute
from fclab.words.languages import Lang
from fclab.words.spans import Span, Text
from fclab.words.wording import wording

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Align = Literal["left", "right"]
PNG_DPI = 150
"""Dots per inch of a figure's PNG."""
NoteKind = Literal["stand_in", "diverged", "missing", "caution"]


@dataclass(frozen=True)
class Paragraph:
    """Sentences that belong together."""

    text: Text
    kind: ClassVar[str] = "paragraph"


@dataclass(frozen=True)
class Items:
    """An unordered list."""

    items: tuple[Text, ...]
    kind: ClassVar[str] = "items"


@dataclass(frozen=True)
class Formula:
    """A displayed formula in LaTeX, one string per line."""

    lines: tuple[str, ...]
    kind: ClassVar[str] = "formula"


@dataclass(frozen=True)
class Note:
    """A remark that must not be missed: stand-in data, a diverged run, a part not done."""

    text: Text
    note: NoteKind = "caution"
    kind: ClassVar[str] = "note"


@dataclass(frozen=True)
class Source:
    """An entry of the list of sources; ``name`` is what citations point to."""

    name: str
    text: Text


@dataclass(frozen=True)
class Sources:
    """The numbered list of sources."""

    entries: tuple[Source, ...]
    kind: ClassVar[str] = "sources"


@dataclass(frozen=True)
class Table:
    """A numbered table.

    Attributes:
        name: unique in the report; what references point to.
        caption: without the word "Table" and the number.
        header: one text per column.
        rows: each as long as the header; the first cell heads its row.
        align: one per column.
        footer_rows: how many of the last rows are totals, set apart from the others.
        kept: it is kept on one page, though it is not small.
    """

    name: str
    caption: Text
    header: tuple[Text, ...]
    rows: tuple[tuple[Text, ...], ...]
    align: tuple[Align, ...]
    footer_rows: int = 0
    kept: bool = False
    kind: ClassVar[str] = "table"

    @property
    def is_whole(self) -> bool:
        """Whether it is kept on one page."""
        letters = sum(len(span.text) for row in self.rows for cell in row for span in cell)
        return self.kept or (len(self.rows) <= 12 and letters <= 1200)

    def __post_init__(self):
        wrong = [row for row in self.rows if len(row) != len(self.header)]
        if wrong or len(self.align) != len(self.header):
            raise ValueError(f"table {self.name}: a row or align is not as long as the header")


@dataclass(frozen=True, eq=False)
class FigureBlock:
    """A numbered figure.

    Attributes:
        name: unique in the report; what references point to, and the name of its file.
        caption: without the word "Figure" and the number.
        alt: what is seen, for those who do not see it.
        draw: makes the figure.
        raster: made of pixels (photographs, surfaces): PNG suits it better than SVG.
    """

    name: str
    caption: Text
    alt: str
    draw: Callable[[], Figure]
    raster: bool = False
    kind: ClassVar[str] = "figure"

    @cached_property
    def figure(self) -> Figure:
        """The figure, drawn once."""
        return self.draw()

    @property
    def tall(self) -> bool:
        """Whether it is higher than wide: many rows, unreadable in the height of other figures."""
        width, height = self.figure.get_size_inches()
        return bool(height > width)  # NumPy's own is not JSON

    @cached_property
    def png(self) -> bytes:
        """The figure as a PNG file, rendered once."""
        return figures.png_bytes(self.figure, PNG_DPI)

    @cached_property
    def svg(self) -> str:
        """The figure as an ``<svg>`` element, rendered once."""
        return figures.svg_text(self.figure)


@dataclass(frozen=True, eq=False)
class Beside:
    """Figures next to each other: what is compared. Each is numbered by itself.

    Attributes:
        blocks: two or three, drawn for a share of the width.
    """

    blocks: tuple[FigureBlock, ...]
    kind: ClassVar[str] = "beside"

    @property
    def shares(self) -> tuple[float, ...]:
        """The width of each as a share of all, so that they are equally high. Draws them."""
        sizes = (block.figure.get_size_inches() for block in self.blocks)
        ratios = [float(width / height) for width, height in sizes]
        return tuple(ratio / sum(ratios) for ratio in ratios)


@dataclass(frozen=True)
class Code:
    """A numbered listing of a program.

    Attributes:
        name: unique in the report; what references point to.
        caption: without the word "Listing" and the number.
        code: lines of Python that run as they stand.
        broken: it may go on over the page, though it is short.
    """

    name: str
    caption: Text
    code: str
    broken: bool = False
    kind: ClassVar[str] = "code"

    @property
    def is_short(self) -> bool:
        """Whether it is small enough to be kept on one page."""
        return not self.broken and self.code.count("\n") <= 40


Block = Paragraph | Items | Formula | Note | Sources | Table | FigureBlock | Beside | Code


@dataclass(frozen=True)
class Person:
    """A line of the title page for a signature: who in which role."""

    role: str
    name: str


@dataclass(frozen=True)
class Inscription:
    """The main inscription of a framed form; what is not known is empty.

    Attributes:
        designation: of the document, by which an archive finds it.
        name: of the document.
        made, checked: by whom.
        organisation: whose document it is.
    """

    designation: str = ""
    name: str = ""
    made: str = ""
    checked: str = ""
    organisation: str = ""


@dataclass(frozen=True)
class TitlePage:
    """The words of the title page, blanks included, from top to bottom.

    Attributes:
        head: whose paper it is: ministry, university, faculty, department.
        heading: what it is, the first line largest: "ОТЧЕТ", number, discipline, title.
        people: who signs.
        foot: city and year.
        inscription: of the frame, for a form that has one.
    """

    head: tuple[str, ...]
    heading: tuple[str, ...]
    people: tuple[Person, ...]
    foot: tuple[str, ...]
    inscription: Inscription = Inscription()


SectionKind = Literal["chapter", "frame", "appendix"]


@dataclass(frozen=True, eq=False)
class Section:
    """A headed part of the report.

    Attributes:
        name: unique; serves as its anchor.
        title: without a number.
        blocks: before the sections within it.
        sections: within it.
        part: of a section at the top: a chapter, what frames the chapters (introduction,
            conclusion, sources: a form that numbers its chapters leaves them unnumbered), or an
            appendix, which stands behind the body and has a letter.
    """

    name: str
    title: str
    blocks: tuple[Block, ...] = ()
    sections: tuple[Section, ...] = ()
    part: SectionKind = "chapter"

    def walk(self) -> Iterator[Section]:
        """This section and all below it, in reading order."""
        yield self
        for section in self.sections:
            yield from section.walk()

    @property
    def blocks_within(self) -> Iterator[Block]:
        """The blocks of this section and of all below it; figures beside each other one by one."""
        for section in self.walk():
            for block in section.blocks:
                yield from block.blocks if isinstance(block, Beside) else (block,)


@dataclass(frozen=True, eq=False)
class Report:
    """The whole report.

    Attributes:
        title: of the document.
        subtitle: whose it is: group, variant, classes.
        language: of all its texts.
        sections: in reading order.
        substitute: what some of it is made from in place of CIFAR-100, if anything; every
            rendering must say so on its first page.
        title_page: the sheet in front; None for a report that is not handed in.
        author: who made it, for the properties of a file.
        form: how it is set.

    Raises:
        ValueError: two things of one name, or a reference to nothing.
    """

    title: str
    subtitle: Text
    language: Lang
    sections: tuple[Section, ...]
    substitute: Substitute = ""
    title_page: TitlePage | None = None
    author: str = ""
    form: FormName | SheetName = "lab"

    def __post_init__(self):
        names = [section.name for section in self.walk()]
        names += [item.name for series in self._series for item in series]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"the report has two of {', '.join(twice)}")
        lost = sorted({name for name in self._references() if name not in self.numbers})
        if lost:
            raise ValueError(f"the report refers to {', '.join(lost)}, which it does not have")

    def walk(self) -> Iterator[Section]:
        """All sections in reading order."""
        for section in self.sections:
            yield from section.walk()

    @property
    def blocks(self) -> Iterator[Block]:
        """All blocks in reading order; figures that stand beside each other one by one."""
        for section in self.sections:
            yield from section.blocks_within

    @cached_property
    def figures(self) -> tuple[FigureBlock, ...]:
        """All figures in reading order."""
        return tuple(block for block in self.blocks if isinstance(block, FigureBlock))

    @cached_property
    def listings(self) -> tuple[Code, ...]:
        """All listings in reading order."""
        return tuple(block for block in self.blocks if isinstance(block, Code))

    @cached_property
    def tables(self) -> tuple[Table, ...]:
        """All tables in reading order."""
        return tuple(block for block in self.blocks if isinstance(block, Table))

    @cached_property
    def sources(self) -> tuple[Source, ...]:
        """All sources in the order of the list: number n is at place n - 1."""
        lists = (block.entries for block in self.blocks if isinstance(block, Sources))
        return tuple(source for entries in lists for source in entries)

    @property
    def inscription(self) -> Inscription:
        """What the frame of a form says; without a title page, the title."""
        return self.title_page.inscription if self.title_page else Inscription(name=self.title)

    @cached_property
    def letters(self) -> Mapping[str, str]:
        """The letter of every appendix by its name: А, Б, В; after the last one АА, АБ."""
        alphabet = wording(self.language).plain("page.letters")
        names = [section.name for section in self.sections if section.part == "appendix"]
        return {
            name: alphabet[place // len(alphabet) - 1] * (place >= len(alphabet))
            + alphabet[place % len(alphabet)]
            for place, name in enumerate(names)
        }

    @cached_property
    def numbers(self) -> Mapping[str, str]:
        """The number of every figure, table, listing and source by its name: "3"; in an appendix
        "А.1", each appendix counts from 1."""
        made = {source.name: str(number) for number, source in enumerate(self.sources, start=1)}
        counted: Counter[tuple[str, str]] = Counter()
        for section in self.sections:
            letter = self.letters.get(section.name, "")
            for block in section.blocks_within:
                if isinstance(block, FigureBlock | Table | Code):
                    counted[letter, block.kind] += 1
                    number = str(counted[letter, block.kind])
                    made[block.name] = f"{letter}.{number}" if letter else number
        return made

    @property
    def _series(self) -> tuple[tuple[FigureBlock | Table | Code | Source, ...], ...]:
        return self.figures, self.tables, self.listings, self.sources

    def _references(self) -> Iterator[str]:
        for block in self.blocks:
            yield from (span.text for span in _spans(block) if span.style in ("ref", "cite"))


def _spans(block: Block) -> Iterator[Span]:
    match block:
        case Paragraph() | Note():
            yield from block.text
        case Items():
            yield from (span for item in block.items for span in item)
        case Sources():
            yield from (span for source in block.entries for span in source.text)
        case Table():
            yield from block.caption
            yield from (
                span for row in (block.header, *block.rows) for cell in row for span in cell
            )
        case FigureBlock() | Code():
            yield from block.caption
        case Beside():
            for one in block.blocks:
                yield from one.caption
        case Formula():
            return
