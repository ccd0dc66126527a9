"""The frame of GOST 2.104 in Word: borders of the page, the main inscription as a table in the
footer. Form 2 stands on the first sheet behind the title page, form 2a on the others. Word draws
borders from the text, so that lines may lie a millimetre beside those of the standard."""

from collections.abc import Sequence

from docx.document import Document
from docx.enum.section import WD_SECTION
from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT, WD_ROW_HEIGHT_RULE
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.section import Section, _Footer
from docx.shared import Mm, Pt
from docx.table import Table, _Cell
from docx.text.paragraph import Paragraph

from fclab.report import model
from fclab.report.form import INSCRIBED
from fclab.report.word import styles
from fclab.report.word.fields import add_field
from fclab.values.text import shown
from fclab.words.wording import wording

_EDGE, _WIDTH = 5, 185  # mm: from the page's edge; of the inscription
_INSIDE = 5  # mm between the frame and the text, at the sides
_FORM_2 = ((7, 10, 23, 15, 10, 70, 5, 5, 5, 15, 20), (5,) * 8)
_FORM_2A = ((7, 10, 23, 15, 10, 110, 10), (5, 2, 3, 5))
"""Widths of columns and heights of rows, mm."""
_CHANGES = ("change", "sheet", "document", "signature", "date")


def begin_body(document: Document) -> None:
    """End the title page: its frame has no inscription."""
    document.add_section(WD_SECTION.NEW_PAGE)


def frame(document: Document, report: model.Report) -> None:
    """Draw the frame around all pages of a document and fill in its inscription."""
    *title, body = document.sections
    for section in title:
        section.different_first_page_header_footer = False
        section.bottom_margin = section.top_margin
        _borders(section, below=section.top_margin.mm - _EDGE if section.top_margin else 0)
    body.footer_distance = Mm(_EDGE)
    _borders(body, below=0)
    body.different_first_page_header_footer = True
    for footer in (body.first_page_footer, body.footer):
        footer.is_linked_to_previous = False
    words = wording(report.language)
    said = {key: words.plain(f"inscription.{key}") for key in INSCRIBED}
    _first(body.first_page_footer, report.inscription, said)
    _next(body.footer, report.inscription, said)


def _borders(section: Section, below: float) -> None:
    """Lines around the page, so many mm below the text or the footer."""
    borders = OxmlElement("w:pgBorders")
    borders.set(qn("w:offsetFrom"), "text")
    top = section.top_margin.mm - _EDGE if section.top_margin else 0
    for side, room in (("top", top), ("left", _INSIDE), ("bottom", below), ("right", _INSIDE)):
        line = OxmlElement(f"w:{side}")
        points = str(round(room * 72 / 25.4))
        for name, value in (("val", "single"), ("sz", "12"), ("space", points), ("color", "auto")):
            line.set(qn(f"w:{name}"), value)
        borders.append(line)
    section._sectPr.insert_element_before(
        borders, "w:lnNumType", "w:pgNumType", "w:cols", "w:formProt", "w:vAlign", "w:noEndnote",
        "w:titlePg", "w:textDirection", "w:bidi", "w:rtlGutter", "w:docGrid",
    )  # fmt: skip


def _first(footer: _Footer, it: model.Inscription, words: dict[str, str]) -> None:
    table = _table(footer, *_FORM_2)
    for column, key in enumerate(_CHANGES):
        _write(table.cell(2, column), words[key], 7)
    people = ((words["made"], it.made), (words["checked"], it.checked), ("", ""),
              (words["norm"], ""), (words["approved"], ""))  # fmt: skip
    for row, (role, name) in enumerate(people, start=3):
        _write(table.cell(row, 0).merge(table.cell(row, 1)), role, 8, left=True)
        _write(table.cell(row, 2), name, 8, left=True)
    _write(table.cell(0, 5).merge(table.cell(2, 10)), it.designation, 14)
    _write(table.cell(3, 5).merge(table.cell(7, 5)), it.name, 11)
    _write(table.cell(3, 6).merge(table.cell(3, 8)), words["letter"], 8)
    _write(table.cell(3, 9), words["sheet"], 8)
    _write(table.cell(3, 10), words["sheets"], 8)
    _number(table.cell(4, 9), "PAGE")
    _number(table.cell(4, 10), "NUMPAGES")
    _write(table.cell(5, 6).merge(table.cell(7, 10)), it.organisation, 11)


def _next(footer: _Footer, it: model.Inscription, words: dict[str, str]) -> None:
    table = _table(footer, *_FORM_2A)
    for column, key in enumerate(_CHANGES):
        table.cell(1, column).merge(table.cell(2, column))
        _write(table.cell(3, column), words[key], 7)
    _write(table.cell(0, 5).merge(table.cell(3, 5)), it.designation, 14)
    _write(table.cell(0, 6).merge(table.cell(1, 6)), words["sheet"], 8)
    _number(table.cell(2, 6).merge(table.cell(3, 6)), "PAGE")


def _table(footer: _Footer, widths: Sequence[int], heights: Sequence[int]) -> Table:
    """A table of exact rows, from frame to frame, as the whole of a footer."""
    table = footer.add_table(len(heights), len(widths), Mm(_WIDTH))
    table.style = "Table Grid"
    table.autofit = False
    _flush(table)
    for row, height in zip(table.rows, heights, strict=True):
        row.height, row.height_rule = Mm(height), WD_ROW_HEIGHT_RULE.EXACTLY
        for cell, width in zip(row.cells, widths, strict=True):
            cell.width = Mm(width)
            cell.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.CENTER
            _small(cell.paragraphs[0])
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Mm(width)
    empty = footer.paragraphs[0]._p  # a footer ends in a paragraph
    footer._element.remove(empty)
    footer._element.append(empty)
    last = footer.paragraphs[0]
    _small(last)
    last.paragraph_format.line_spacing = Pt(1)
    return table


def _flush(table: Table) -> None:
    """No room inside the cells at the sides, and the table as far left as the frame."""
    properties = table._tbl.tblPr
    indent = OxmlElement("w:tblInd")
    indent.set(qn("w:w"), str(-round(_INSIDE / 25.4 * 1440)))
    indent.set(qn("w:type"), "dxa")
    margins = OxmlElement("w:tblCellMar")
    for side in ("left", "right"):
        margin = OxmlElement(f"w:{side}")
        margin.set(qn("w:w"), "28")
        margin.set(qn("w:type"), "dxa")
        margins.append(margin)
    properties.insert_element_before(
        indent, "w:tblBorders", "w:shd", "w:tblLayout", "w:tblCellMar", "w:tblLook"
    )
    properties.insert_element_before(margins, "w:tblLook")


def _small(line: Paragraph) -> None:
    line.style = styles.TABLE_TEXT
    line.paragraph_format.line_spacing = Pt(6)
    line.paragraph_format.space_before = line.paragraph_format.space_after = Pt(0)
    line.paragraph_format.alignment = WD_ALIGN_PARAGRAPH.CENTER


def _write(cell: _Cell, text: str, size: int, *, left: bool = False) -> None:
    line = _alone(cell, size)
    if left:
        line.paragraph_format.alignment = WD_ALIGN_PARAGRAPH.LEFT
    line.add_run(shown(text)).font.size = Pt(size)


def _number(cell: _Cell, field: str) -> None:
    add_field(_alone(cell, 9), field, "2").font.size = Pt(9)


def _alone(cell: _Cell, size: int) -> Paragraph:
    """The first paragraph of a cell; those that cells brought when they were merged go."""
    first, *others = cell.paragraphs
    for other in others:
        cell._tc.remove(other._p)
    first.paragraph_format.line_spacing = Pt(size * 1.1)
    return first
