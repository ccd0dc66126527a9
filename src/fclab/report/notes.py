"""The student's own text: Markdown that is added to sections of the report.

A heading names a section; what stands below it, paragraphs, lists and pictures, becomes blocks at
the end of that section. Bold, italic and code are set so; everything else, HTML, links and
formulas included, is text as it was typed. Nothing is executed or fetched.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from fclab.data.pictures import read_whole
from fclab.report.model import Block, FigureBlock, Items, Paragraph, Report, Section
from fclab.values.errors import DataError, UsageError
from fclab.values.files import open_regular, reading, text_of
from fclab.values.text import shown
from fclab.words.spans import Span, Style, Text, plain_text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

NOTES_FILE = "notes.md"
"""The name by which such a file is found."""
_LARGEST = 1 << 16  # bytes
_MOST_PICTURES = 50
_DEEPEST = 19
_LONGEST = 1400  # pixels of a side of a picture
_PER_INCH = 100  # pixels of a picture that is narrower than the text
_HIGHEST = 8.0  # inches of a picture

_NUMBER = re.compile(r"^\d+(\.\d+)*\.?\s+")
_FORMULA = re.compile(r"\$[^$\n]+\$")
_STYLES: Mapping[str, Style] = {"strong": "strong", "em": "emphasis"}


@dataclass(frozen=True, eq=False)
class SectionNote:
    """The student's own text for one section.

    Attributes:
        heading: what names the section, as it was typed.
        blocks: in its order.
    """

    heading: str
    blocks: tuple[Block, ...]


def read_notes(path: Path) -> tuple[SectionNote, ...]:
    """The notes of a file, in its order; pictures are read, relative to the file.

    Raises:
        UsageError: the file cannot be read, is too large or no text in UTF-8; text before the first
            heading; lists too deep; a picture that cannot be read or has no caption. The line names
            it.
    """
    with reading(path, UsageError), open_regular(path) as file:
        content = file.read(_LARGEST + 1)
    if len(content) > _LARGEST:
        raise UsageError(
            "{path}: more than {most:,} bytes are no notes for a report",
            path=path,
            most=_LARGEST,
        )
    text = shown(text_of(content, path).replace("\r\n", "\n"))
    return tuple(_Reader(path).notes(_markdown().parse(text)))


def placed(
    notes: Iterable[SectionNote], titles: Mapping[str, Iterable[str]], path: Path
) -> dict[str, tuple[Block, ...]]:
    """The blocks of notes by the names of the sections that they are for.

    Args:
        notes: as they were read.
        titles: by the name of a section its titles, in any languages. A section is meant by its
            name, its title, or the beginning of its title up to the first full stop ("Part 1");
            capitals and a number before it make no difference.
        path: of the notes, for the error.

    Raises:
        UsageError: a heading names no section.
    """
    known: dict[str, str] = {}
    for name, theirs in titles.items():
        for title in (name, *theirs, *(title.partition(".")[0] for title in theirs)):
            known.setdefault(_key(title), name)
    found: dict[str, tuple[Block, ...]] = {}
    for note in notes:
        name = known.get(_key(note.heading))
        if name is None:
            there = ", ".join(titles)
            raise UsageError(
                "{path}: no section {heading!r}: a heading is the title of a section or one of "
                "{there}; --notes none leaves the notes out",
                path=path,
                heading=note.heading[:80],
                there=there,
            )
        found[name] = (*found.get(name, ()), *note.blocks)
    return found


def with_notes(report: Report, blocks: Mapping[str, tuple[Block, ...]]) -> Report:
    """The report with blocks at the end of sections, by their names; those of sections that it
    does not have are left out."""

    def longer(section: Section) -> Section:
        return replace(
            section,
            blocks=(*section.blocks, *blocks.get(section.name, ())),
            sections=tuple(map(longer, section.sections)),
        )

    return replace(report, sections=tuple(map(longer, report.sections)))


def _key(heading: str) -> str:
    return _NUMBER.sub("", " ".join(heading.split())).rstrip(".:").casefold()


class _Markdown(MarkdownIt):
    """Addresses are paths of pictures: nothing in them is encoded or refused."""

    def normalizeLink(self, url: str) -> str:
        return url

    def validateLink(self, url: str) -> bool:
        return True


def _markdown() -> MarkdownIt:
    """A parser of what a note may hold: all other markup stays text."""
    made = _Markdown("zero").enable(
        ["heading", "list", "emphasis", "backticks", "image", "escape", "entity"]
    )
    made.inline.ruler.before("escape", "formula", _formula)
    return made


def _formula(state: StateInline, silent: bool) -> bool:
    """A formula between dollars stays as it was typed: its stars and backslashes mark nothing."""
    found = _FORMULA.match(state.src, state.pos, state.posMax)
    if found is None:
        return False
    if not silent:
        state.push("text", "", 0).content = found[0]
    state.pos = found.end()
    return True


class _Reader:
    """Walks over the tokens of one file."""

    def __init__(self, path: Path):
        self.path = path
        self.pictures = 0

    def notes(self, tokens: Iterable[Token]) -> Iterator[SectionNote]:
        heading, blocks = "", []
        items: list[Text] = []
        lists: list[int | None] = []  # of the lists that are open: the next number, None: bullets
        after: list[Block] = []  # pictures of a list stand behind it
        opened = ""
        for token in tokens:
            match token.type:
                case "list_item_open" if token.level >= _DEEPEST:  # the parser drops what is in it
                    raise UsageError("{path}: a list is nested too deep", path=self.path)
                case "heading_open" | "paragraph_open":
                    opened = token.type
                case "bullet_list_open":
                    lists.append(None)
                case "ordered_list_open":
                    lists.append(int(token.attrs.get("start", 1)))
                case "list_item_open" if lists[-1] is not None and token.info:
                    lists[-1] = int(token.info)
                case "bullet_list_close" | "ordered_list_close":
                    lists.pop()
                    if not lists:
                        blocks += [Items(tuple(items))] if items else []
                        blocks += after
                        items, after = [], []
                case "inline" if opened == "heading_open":
                    if heading:
                        yield SectionNote(heading, tuple(blocks))
                    elif blocks:
                        raise self._early()
                    heading, blocks = plain_text(_spans(token.children or ())), []
                    if not heading:
                        raise UsageError(
                            "{path}: a heading without words names no section", path=self.path
                        )
                case "inline" if lists:
                    for part in self._parts(token.children or ()):
                        if isinstance(part, FigureBlock):
                            after.append(part)
                        else:
                            number = () if lists[-1] is None else (Span(f"{lists[-1]}. "),)
                            items.append((*number, *part))
                case "inline":
                    blocks += [
                        part if isinstance(part, FigureBlock) else Paragraph(part)
                        for part in self._parts(token.children or ())
                    ]
        if heading:
            yield SectionNote(heading, tuple(blocks))
        elif blocks:
            raise self._early()

    def _early(self) -> UsageError:
        return UsageError(
            "{path}: text before the first heading belongs to no section: begin with a "
            "line such as ## part1",
            path=self.path,
        )

    def _parts(self, tokens: Iterable[Token]) -> Iterator[Text | FigureBlock]:
        """Runs of text, and the pictures between them."""
        run: list[Token] = []
        for token in tokens:
            if token.type != "image":
                run.append(token)
                continue
            if text := _spans(run):
                yield text
            run = [one for one in run if one.nesting]  # what is open stays open
            yield self._picture(token)
        if text := _spans(run):
            yield text

    def _picture(self, token: Token) -> FigureBlock:
        named, caption = str(token.attrs["src"]), _spans(token.children or ())
        self.pictures += 1
        if self.pictures > _MOST_PICTURES:
            raise UsageError(
                "{path}: more than {most} pictures",
                path=self.path,
                most=_MOST_PICTURES,
            )
        if not caption:
            raise UsageError(
                "{path}: the picture {named!r} has no caption: write ![caption]({named})",
                path=self.path,
                named=named,
            )
        if "://" in named:
            raise UsageError(
                "{path}: {named} is an address, and nothing is fetched: save the picture "
                "beside the notes",
                path=self.path,
                named=named,
            )
        try:
            pixels = read_whole(self.path.parent / Path(named).expanduser(), _LONGEST)
        except (DataError, ValueError) as error:  # of a name that no file can have
            raise UsageError(
                "{path}: the picture {reason}", path=self.path, reason=error
            ) from error
        return FigureBlock(
            name=f"note-{self.pictures}",
            caption=caption,
            alt=plain_text(caption),
            draw=partial(_drawn, pixels),
            raster=True,
        )


def _drawn(pixels: np.ndarray) -> Figure:
    """A picture and nothing else, as wide as the text at most."""
    from matplotlib.figure import Figure  # most notes have no picture

    from fclab.figures.style import WIDTH

    high, wide, _ = pixels.shape
    width = min(WIDTH, wide / _PER_INCH, _HIGHEST * wide / high)
    figure = Figure(figsize=(max(width, 0.1), max(width * high / wide, 0.1)))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.imshow(pixels, aspect="auto")
    axes.set_axis_off()
    return figure


def _spans(tokens: Iterable[Token]) -> Text:
    """Text in its styles, on one line; nothing if it is blank."""
    spans: list[Span] = []
    opened: list[Style] = []
    for token in tokens:
        style = "strong" if "strong" in opened else opened[-1] if opened else "plain"
        match token.type:
            case "strong_open" | "em_open":
                opened.append(_STYLES[token.type.removesuffix("_open")])
            case "strong_close" | "em_close":
                opened.pop()
            case "code_inline":
                spans.append(Span(token.content, "code"))
            case "softbreak" | "hardbreak":
                spans.append(Span(" "))
            case _ if token.content:
                spans.append(Span(token.content.replace("\n", " "), style))
    while spans and not spans[0].text.strip():
        del spans[0]
    while spans and not spans[-1].text.strip():
        del spans[-1]
    if spans:
        spans[0] = replace(spans[0], text=spans[0].text.lstrip())
        spans[-1] = replace(spans[-1], text=spans[-1].text.rstrip())
    return tuple(spans)
