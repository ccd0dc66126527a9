"""DOCX: the report as a document that Word and LibreOffice open, change and print."""

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from docx.document import Document
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.shared import Emu, Length, Mm, Pt
from docx.table import _Cell
from docx.text.paragraph import Paragraph as WordParagraph
from PIL import Image

from fclab.report import columns, model
from fclab.report.form import FORMS
from fclab.report.headings import contents, contents_title, headings
from fclab.report.pdf.document import laid_out
from fclab.report.word import styles
from fclab.report.word.fields import Bookmarks, add_field, add_link, begin_field, end_field
from fclab.report.word.frame import begin_body, frame
from fclab.report.word.omml import displayed, omml
from fclab.values.files import write_with
from fclab.values.text import shown
from fclab.version import __version__
from fclab.words.spans import Text
from fclab.words.wording import Wording, wording

_LEVELS = 3
_FIGURE_HEIGHT = 0.62  # of the text's height, so that the caption stays on the page
_TALL_HEIGHT = 0.78  # the same of a figure that has a page for itself


def write_docx(report: model.Report, path: Path) -> Path:
    """Write the document: whole, or not at all. Draws the figures that were not drawn yet.

    Returns:
        ``path``.

    Raises:
        FclabError: the file cannot be written.
    """
    made = render_docx(report)
    return write_with(path, lambda temporary: made.save(str(temporary)))


def render_docx(report: model.Report) -> Document:
    """The report as a python-docx document."""
    if not FORMS[report.form].contents:
        return _Renderer(report, {}).render()
    laid = laid_out(report)
    return _Renderer(laid.report, laid.pages).render()


def write_blocks(report: model.Report, path: Path) -> Path:
    """Write a document of what stands in the sections alone: no title, no contents, no headings.

    Returns:
        ``path``.

    Raises:
        FclabError: the file cannot be written.
    """
    made = _Renderer(report, {}).render_blocks()
    return write_with(path, lambda temporary: made.save(str(temporary)))


class _Renderer:
    """Walks over a report and appends to a document."""

    def __init__(self, report: model.Report, pages: Mapping[str, int]):
        self.report, self.pages = report, pages
        self.words: Wording = wording(report.language)
        self.form = FORMS[report.form]
        self.width = styles.text_width(self.form)
        self.headed = headings(report)
        self.document = styles.new_document(report.language, self.form)
        self.style_ids = {style.name: style.style_id for style in self.document.styles}
        self._into: Document | _Cell = self.document
        self.bookmarks = Bookmarks()
        # Bookmarks are short and of plain letters, so they are numbered.
        self.marks = {
            item.name: f"_Ref_{kind}_{number}"
            for kind, series in (("figure", report.figures), ("table", report.tables),
                                 ("listing", report.listings), ("source", report.sources))
            for number, item in enumerate(series, start=1)
        }  # fmt: skip
        self.places = {section.name: f"_Toc{n:08d}" for n, section in enumerate(report.walk(), 1)}

    def render(self) -> Document:
        self._properties()
        if self.report.title_page is not None:
            self._title_page(self.report.title_page)
            if self.form.framed:
                begin_body(self.document)
        else:
            self._plain_title()
        if self.form.contents:
            self._contents()
        for section in self.report.sections:
            self._section(section)
        if self.form.framed:
            frame(self.document, self.report)
        else:
            self._page_numbers()
        return self.document

    def render_blocks(self) -> Document:
        self._properties()
        if self.report.substitute:
            self._banner()
        for section in self.report.walk():
            for block in section.blocks:
                self._block(block)
        self._page_numbers()
        return self.document

    def _properties(self) -> None:
        about = self.document.core_properties
        about.title = shown(self.report.title)[:255]
        about.author = about.last_modified_by = shown(self.report.author)[:255]
        about.comments = f"fclab {__version__}"
        about.language = self.report.language

    def _title_page(self, page: model.TitlePage) -> None:
        if self.report.substitute:
            self._banner()
        for line in page.head:
            self._line(line, bold=True, size=12)
        self._gap(6)
        for place, line in enumerate(page.heading):
            made = self._line(line, bold=place == 0, size=20 if place == 0 else 14)
            made.paragraph_format.space_after = Pt(6)
        self._gap(4)
        table = self.document.add_table(rows=0, cols=2)
        table.alignment = WD_TABLE_ALIGNMENT.CENTER
        for person in page.people:
            cells = table.add_row().cells
            for cell, text in zip(cells, (person.role, person.name), strict=True):
                words = cell.paragraphs[0]
                words.style = styles.TITLE_LINE
                words.alignment = WD_ALIGN_PARAGRAPH.LEFT
                words.paragraph_format.space_after = Pt(8)
                words.add_run(shown(text))
        self._gap(4)
        for line in page.foot:
            self._line(line)

    def _plain_title(self) -> None:
        if self.report.substitute:
            self._banner()
        self._line(self.report.title, bold=True, size=20)
        self._text(self._styled(styles.TITLE_LINE), self.report.subtitle)

    def _banner(self) -> None:
        self._styled(styles.NOTE).add_run(
            self.words.plain("page.banner", substitute=self.report.substitute)
        ).bold = True

    def _line(self, text: str, *, bold: bool = False, size: float = 14) -> WordParagraph:
        line = self._styled(styles.TITLE_LINE)
        run = line.add_run(shown(text))
        run.bold, run.font.size = bold, Pt(self.form.scaled(size))
        return line

    def _gap(self, lines: int) -> None:
        for _ in range(lines):
            self._styled(styles.TITLE_LINE)

    def _contents(self) -> None:
        """The table of contents: a field that Word computes anew when it is asked to (F9), with
        entries whose page numbers are those of the same report as it is set for the PDF."""
        title = self._styled(styles.CONTENTS_TITLE)
        title.add_run(contents_title(self.report))
        title.paragraph_format.page_break_before = not self.form.framed and (
            self.report.title_page is not None or self.form.numbered
        )
        entries, pages = contents(self.report), self.pages
        levels = max((heading.level for _, heading in entries), default=1)
        line = None
        for place, (section, heading) in enumerate(entries):
            line = self._styled(f"TOC {heading.level}")
            if place == 0:
                begin_field(line, f'TOC \\o "1-{levels}" \\h \\z \\u')
            link = add_link(line, self.places[section.name])
            link.add_run(shown(heading.line) + "\t")
            page = str(pages[section.name])
            add_field(link, f"PAGEREF {self.places[section.name]} \\h", page)
        if line is not None:
            end_field(line)

    def _section(self, section: model.Section) -> None:
        heading = self.headed[section.name]
        line = self._styled(f"Heading {min(heading.level, _LEVELS)}")
        if heading.new_page:
            line.paragraph_format.page_break_before = True
            line.paragraph_format.space_before = Pt(0)
        if heading.centred:
            styles.centre(line)

        def words() -> None:
            if not heading.apart:
                line.add_run(shown(heading.line))
                return
            line.add_run(shown(heading.label)).add_break()
            line.add_run(shown(heading.title))

        self.bookmarks.around(line, self.places[section.name], words)
        for block in section.blocks:
            self._block(block)
        for inner in section.sections:
            self._section(inner)

    def _block(self, block: model.Block) -> None:
        match block:
            case model.Paragraph():
                self._text(self._styled("Normal"), block.text)
            case model.Items():
                for item in block.items:
                    self._text(self._styled("List Bullet"), item)
            case model.Note():
                self._text(self._styled(styles.NOTE), block.text)
            case model.Formula():
                for line in block.lines:
                    self._styled(styles.FORMULA)._p.append(displayed(line))
            case model.Sources():
                self._sources(block)
            case model.Table():
                self._table(block)
            case model.FigureBlock():
                self._figure(block)
            case model.Beside():
                self._beside(block)
            case model.Code():
                self._listing(block)

    def _sources(self, sources: model.Sources) -> None:
        for source in sources.entries:
            line = self._styled(styles.SOURCE)
            number = self.report.numbers[source.name]
            self.bookmarks.around(line, self.marks[source.name],
                                  lambda line=line, n=number: line.add_run(n))  # fmt: skip
            line.add_run(". ")
            self._text(line, source.text)

    def _listing(self, block: model.Code) -> None:
        self._caption(block, "listing", styles.TABLE_CAPTION)
        line = self._styled(styles.LISTING)
        line.paragraph_format.keep_together = block.is_short
        for place, text in enumerate(block.code.rstrip().split("\n")):
            if place:
                line.add_run().add_break()
            line.add_run(shown(text))

    def _beside(self, block: model.Beside) -> None:
        table = self.document.add_table(rows=1, cols=len(block.blocks))
        table.autofit = False
        for column, one, share in zip(table.columns, block.blocks, block.shares, strict=True):
            width, cell = int(self.width * share), column.cells[0]
            column.width = cell.width = Emu(width)
            self._into = cell
            self._figure(one, width - int(Mm(4)))
            self._into = self.document
            cell._tc.remove(cell.paragraphs[0]._p)  # the empty one that it came with

    def _figure(self, block: model.FigureBlock, room: int | None = None) -> None:
        width, height = Image.open(io.BytesIO(block.png)).size
        wide = int(self.width) if room is None else room
        tall = int(styles.text_height(self.form) * (_TALL_HEIGHT if block.tall else _FIGURE_HEIGHT))
        natural = int(width / model.PNG_DPI * 914400)  # EMU to the inch
        across = min(wide, natural, int(tall * width / height))
        picture = self._styled(styles.FIGURE).add_run().add_picture(io.BytesIO(block.png), across)
        properties = picture._inline.docPr
        properties.set("descr", shown(block.alt))
        properties.set("name", block.name)
        self._caption(block, "figure", "Caption")

    def _caption(
        self, block: model.Table | model.FigureBlock | model.Code, kind: str, style: str
    ) -> None:
        caption = self._styled(style)
        word = self.words.plain(f"page.{kind}")
        caption.add_run(f"{word}\N{NO-BREAK SPACE}")
        letter, dot, number = self.report.numbers[block.name].rpartition(".")

        def numbered() -> None:
            caption.add_run(letter + dot)
            add_field(caption, f"SEQ {word}{letter} \\* ARABIC", number)

        self.bookmarks.around(caption, self.marks[block.name], numbered)
        caption.add_run(" – ")
        self._text(caption, block.caption)

    def _table(self, block: model.Table) -> None:
        self._caption(block, "table", styles.TABLE_CAPTION)
        table = self.document.add_table(rows=0, cols=len(block.header), style="Table Grid")
        table.alignment = WD_TABLE_ALIGNMENT.CENTER
        table.autofit = False
        widths = [Emu(int(self.width * share)) for share in columns.shares(block)]
        size = Pt(self.form.scaled(columns.size(block)))
        for place, row in enumerate((block.header, *block.rows)):
            made = table.add_row()
            totals = place > len(block.rows) - block.footer_rows
            _row_stays_whole(made._tr, repeated=place == 0)
            for cell, text, align, width in zip(made.cells, row, block.align, widths, strict=True):
                cell.width = width
                self._cell(cell, text, align, bold=place == 0 or totals, size=size)
                if block.is_whole and place < len(block.rows):
                    cell.paragraphs[0].paragraph_format.keep_with_next = True
        for column, width in zip(table.columns, widths, strict=True):
            column.width = width
        after = self._styled(styles.TABLE_TEXT)  # else the next paragraph touches the table
        after.paragraph_format.space_before = after.paragraph_format.space_after = Pt(0)
        after.paragraph_format.line_spacing = Pt(8)

    def _cell(
        self, cell: _Cell, text: Text, align: model.Align, *, bold: bool, size: Length
    ) -> None:
        line = self._set_style(cell.paragraphs[0], styles.TABLE_TEXT)
        if align == "right":
            line.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        self._text(line, text, bold=bold)
        for run in line.runs:
            run.font.size = size

    def _text(self, line: WordParagraph, text: Text, *, bold: bool = False) -> None:
        for span in text:
            match span.style:
                case "math":
                    line._p.append(omml(span.text))
                case "ref":
                    self._reference(line, span.text)
                case "cite":
                    line.add_run("[")
                    self._reference(line, span.text)
                    line.add_run("]")
                case style:
                    run = line.add_run(shown(span.text))
                    run.bold = True if bold or style == "strong" else None
                    run.italic = True if style == "emphasis" else None
                    if style == "code":
                        run.font.name, run.font.size = styles.CODE_FACE, Pt(self.form.scaled(11))

    def _reference(self, line: WordParagraph, name: str) -> None:
        add_field(line, f"REF {self.marks[name]} \\h", self.report.numbers[name])

    def _styled(self, style: str) -> WordParagraph:
        return self._set_style(self._into.add_paragraph(), style)

    def _set_style(self, line: WordParagraph, style: str) -> WordParagraph:
        """As ``line.style = style``, which searches all styles each time."""
        line._p.style = self.style_ids[style]
        return line

    def _page_numbers(self) -> None:
        line = self.document.sections[0].footer.paragraphs[0]
        line.alignment = WD_ALIGN_PARAGRAPH.CENTER
        line.paragraph_format.first_line_indent = Pt(0)
        add_field(line, "PAGE", "2").font.size = Pt(12)


def _row_stays_whole(row: Any, *, repeated: bool) -> None:
    properties = row.get_or_add_trPr()
    properties.append(OxmlElement("w:cantSplit"))
    if repeated:
        properties.append(OxmlElement("w:tblHeader"))
