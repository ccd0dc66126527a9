"""Blocks in an order that leaves no page half empty.

What cannot be broken (a figure, a listing) and does not fit below what stands before it goes to the
next page. The sentences that follow it in its section are then set before it, so that they fill the
room: what LaTeX calls a float, but in the report itself, so that every document with pages has it.
Numbers and references stay right, since no figure passes another one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from fclab.report.model import (
    Beside,
    Block,
    Code,
    FigureBlock,
    Items,
    Paragraph,
    Report,
    Section,
    Table,
)

_WHOLE = (FigureBlock, Beside, Code)
_FILL = (Paragraph, Items)
_GAP = 12.0
"""Millimetres at the foot of a page that may stay empty."""
_MOST_EMPTY = 6
"""A listing goes on over the page where it would leave more than such a part of one empty."""
_UNSURE = 20.0
"""Millimetres by which the foot of a page may be elsewhere than it is reckoned: lines stay with
others, and so does what belongs to a heading."""
_AFTER_HEADING = 20.0
"""A heading stays with so many millimetres of what follows."""


@dataclass(frozen=True)
class Heights:
    """What the parts of a report would take on one endless page, mm.

    Attributes:
        page: what a page holds.
        start: what stands on the first page before the sections.
        headings: of every section by its name.
        blocks: of every section by its name, in the order of its blocks.
        breaks: names of sections that begin a page.
    """

    page: float
    start: float
    headings: Mapping[str, float]
    blocks: Mapping[str, Sequence[float]]
    breaks: frozenset[str]


def settled(report: Report, heights: Heights) -> Report:
    """The report with its blocks in order of their places; itself where nothing moves."""
    layout = _Layout(heights)
    sections = tuple(layout.section(section) for section in report.sections)
    return replace(report, sections=sections) if layout.moved else report


class _Layout:
    """Where the next block comes to stand, going down the pages."""

    def __init__(self, heights: Heights):
        self.heights, self.y, self.moved = heights, heights.start, False

    def section(self, section: Section) -> Section:
        if section.name in self.heights.breaks:
            self.y = 0.0
        heading = self.heights.headings[section.name]
        self._keep(heading + _AFTER_HEADING)
        self.y += heading
        blocks = self._blocks(section.blocks, self.heights.blocks[section.name])
        inner = tuple(self.section(one) for one in section.sections)
        return replace(section, blocks=blocks, sections=inner)

    def _blocks(self, blocks: Sequence[Block], heights: Sequence[float]) -> tuple[Block, ...]:
        order: list[Block] = []
        waiting = list(zip(blocks, heights, strict=True))
        while waiting:
            block, height = waiting.pop(0)
            if isinstance(block, Table) and not block.is_whole and self._kept(height):
                block, self.moved = replace(block, kept=True), True
            if isinstance(block, _WHOLE) or (isinstance(block, Table) and block.is_whole):
                while self._gap(height) > _GAP and (place := _filler(waiting)) is not None:
                    filler, its = waiting.pop(place)
                    order.append(filler)
                    self._flow(its)
                    self.moved = True
                if isinstance(block, Code) and self._gap(height) > self.heights.page / _MOST_EMPTY:
                    block, self.moved = replace(block, broken=True), True
                else:
                    self._keep(height)
            order.append(block)
            self._flow(height)
        return tuple(order)

    def _kept(self, height: float) -> bool:
        """Whether a large table is to be on one page: it fits, and leaves no more than a third of
        this one empty. Not where a line too many would take it to the page after the next."""
        gap = self._gap(height)
        fits = height <= self.heights.page and gap <= self.heights.page / 3
        return fits and (not gap or gap >= _UNSURE)

    def _gap(self, height: float) -> float:
        """What stays empty at the foot of the page if something of this height comes next."""
        left = self.heights.page - self.y
        return left if left < height <= self.heights.page else 0.0

    def _keep(self, height: float) -> None:
        """To the next page, where something of this height does not fit on this one."""
        if self._gap(height):
            self.y = 0.0

    def _flow(self, height: float) -> None:
        self.y = (self.y + height) % self.heights.page


def _filler(waiting: Sequence[tuple[Block, float]]) -> int | None:
    """The place of the next sentences, no more than one other block away."""
    return next((k for k, (block, _) in enumerate(waiting[:2]) if isinstance(block, _FILL)), None)
