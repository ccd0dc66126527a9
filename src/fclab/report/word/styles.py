"""The styles of the document: page, faces, spacing, as departments ask for them (GOST 7.32).

A4, Times New Roman, justified, the first line indented by 1.25 cm; size and spacing are the form's.
"""

import docx
from docx.document import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_TAB_ALIGNMENT, WD_TAB_LEADER
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Length, Mm, Pt, RGBColor
from docx.styles.style import ParagraphStyle
from docx.text.paragraph import Paragraph as WordParagraph

from fclab.report.form import Form
from fclab.words.languages import LANGUAGES, Lang

FACE, CODE_FACE = "Times New Roman", "Courier New"
INDENT = Cm(1.25)
_BLACK = RGBColor(0, 0, 0)

TABLE_TEXT, FORMULA, NOTE, TITLE_LINE = "Table Text", "Formula", "Note", "Title Line"
FIGURE, TABLE_CAPTION, CONTENTS_TITLE = "Figure", "Table Caption", "Contents Title"
LISTING, SOURCE = "Listing", "Source"


def new_document(language: Lang, form: Form) -> Document:
    """An empty document with all styles of the report."""
    document = docx.Document()
    _page(document, form)
    _language(document, LANGUAGES[language].tag)
    _body(document, form)
    _headings(document, form)
    _contents(document, form)
    _others(document, form)
    return document


def text_width(form: Form) -> Length:
    """How wide the text is."""
    left, right, _, _ = form.margins
    return Mm(210 - left - right)


def text_height(form: Form) -> Length:
    """How high the text of a page is."""
    _, _, top, bottom = form.margins
    return Mm(297 - top - bottom)


def _page(document: Document, form: Form) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    left, right, top, bottom = form.margins
    section.left_margin, section.right_margin = Mm(left), Mm(right)
    section.top_margin, section.bottom_margin = Mm(top), Mm(bottom)
    section.header_distance = section.footer_distance = Mm(10)
    section.different_first_page_header_footer = True  # the title page has no number


def _language(document: Document, locale: str) -> None:
    defaults = document.styles.element.find(qn("w:docDefaults"))
    properties = defaults.find(f"{qn('w:rPrDefault')}/{qn('w:rPr')}")
    language = properties.find(qn("w:lang"))
    if language is None:
        language = OxmlElement("w:lang")
        properties.append(language)
    language.set(qn("w:val"), locale)


def _body(document: Document, form: Form) -> None:
    normal = _known(document, "Normal")
    _face(normal, FACE)
    normal.font.size = Pt(form.size)
    text = normal.paragraph_format
    text.line_spacing = form.lines
    text.space_before = text.space_after = Pt(0)
    text.alignment = WD_ALIGN_PARAGRAPH.JUSTIFY
    text.first_line_indent = INDENT
    text.widow_control = True
    bullets = _known(document, "List Bullet").paragraph_format
    bullets.left_indent, bullets.first_line_indent = Cm(1.25 + 0.6), Cm(-0.6)


def _headings(document: Document, form: Form) -> None:
    for level in (1, 2, 3):
        style = _known(document, f"Heading {level}")
        _face(style, FACE)
        style.font.size = Pt(form.scaled(16 if level == 1 and not form.numbered else 14))
        style.font.bold, style.font.italic = True, False
        style.font.color.rgb = _BLACK
        heading = style.paragraph_format
        heading.alignment, heading.first_line_indent = WD_ALIGN_PARAGRAPH.LEFT, INDENT
        heading.space_before, heading.space_after = Pt(18 if level == 1 else 12), Pt(8)
        heading.line_spacing = 1.15
        heading.keep_with_next = True


def centre(heading: WordParagraph) -> None:
    """Set a heading in the middle."""
    heading.paragraph_format.alignment = WD_ALIGN_PARAGRAPH.CENTER
    heading.paragraph_format.first_line_indent = Cm(0)


def _contents(document: Document, form: Form) -> None:
    contents = _style(document, CONTENTS_TITLE)
    contents.font.bold = True
    contents.font.size = Pt(form.scaled(14 if form.numbered else 16))
    _set(contents, align=WD_ALIGN_PARAGRAPH.CENTER, after=12)
    for level in (1, 2, 3):
        entry = _style(document, f"TOC {level}")
        _set(entry, align=WD_ALIGN_PARAGRAPH.LEFT, spacing=1.15, after=3)
        entry.paragraph_format.left_indent = Cm(0.75 * (level - 1))
        entry.paragraph_format.right_indent = Cm(1)
        entry.paragraph_format.tab_stops.add_tab_stop(
            text_width(form), WD_TAB_ALIGNMENT.RIGHT, WD_TAB_LEADER.DOTS
        )


def _others(document: Document, form: Form) -> None:
    left, middle = WD_ALIGN_PARAGRAPH.LEFT, WD_ALIGN_PARAGRAPH.CENTER
    cell = _style(document, TABLE_TEXT)
    cell.font.size = Pt(form.scaled(12))
    _set(cell, align=left, spacing=1.0, before=2, after=2)
    _set(_style(document, FORMULA), align=middle, spacing=1.15, before=6, after=6)
    _set(_style(document, TITLE_LINE), align=middle, spacing=1.15)
    picture = _style(document, FIGURE)
    _set(picture, align=middle, spacing=1.0, before=12, after=6)
    picture.paragraph_format.keep_with_next = True
    caption = _known(document, "Caption")
    _face(caption, FACE)
    caption.font.bold, caption.font.color.rgb = False, _BLACK
    caption.font.size = Pt(form.scaled(12))
    _set(caption, align=middle, spacing=1.15, after=12)
    above = _style(document, TABLE_CAPTION, base="Caption")
    _set(above, align=left, spacing=1.15, before=12, after=6)
    above.paragraph_format.keep_with_next = True
    source = _style(document, SOURCE)
    _set(source, align=left, spacing=1.15, after=4)  # addresses cannot be stretched
    source.paragraph_format.first_line_indent = INDENT
    listing = _style(document, LISTING)
    _face(listing, CODE_FACE)
    listing.font.size = Pt(8)
    _set(listing, align=left, spacing=1.0, after=12)
    listing.paragraph_format.keep_together = True
    _border(listing, "808080")
    note = _style(document, NOTE)
    _set(note, align=WD_ALIGN_PARAGRAPH.JUSTIFY, spacing=1.15, before=6, after=6)
    note.paragraph_format.left_indent = note.paragraph_format.right_indent = Cm(0.4)
    _border(note)


def _set(style: ParagraphStyle, *, align: WD_ALIGN_PARAGRAPH, spacing: float = 1.5,
         before: float = 0, after: float = 0) -> None:  # fmt: skip
    form = style.paragraph_format
    form.alignment, form.line_spacing, form.first_line_indent = align, spacing, Cm(0)
    form.space_before, form.space_after = Pt(before), Pt(after)


def _known(document: Document, name: str) -> ParagraphStyle:
    style = document.styles[name]
    assert isinstance(style, ParagraphStyle)
    return style


def _style(document: Document, name: str, base: str = "Normal") -> ParagraphStyle:
    style = document.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
    assert isinstance(style, ParagraphStyle)
    style.base_style = document.styles[base]
    return style


def _face(style: ParagraphStyle, face: str) -> None:
    """The face for every script: the default template names a theme's face for some of them."""
    style.font.name = face
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for name in list(fonts.attrib):
        if "Theme" in name:
            del fonts.attrib[name]
    for script in ("ascii", "hAnsi", "eastAsia", "cs"):
        fonts.set(qn(f"w:{script}"), face)


def _border(style: ParagraphStyle, colour: str = "7A1020") -> None:
    borders = OxmlElement("w:pBdr")
    for side in ("top", "left", "bottom", "right"):
        line = OxmlElement(f"w:{side}")
        for name, value in (("val", "single"), ("sz", "8"), ("space", "4"), ("color", colour)):
            line.set(qn(f"w:{name}"), value)
        borders.append(line)
    properties = style.element.get_or_add_pPr()
    properties.insert_element_before(
        borders, "w:shd", "w:tabs", "w:suppressAutoHyphens", "w:spacing", "w:ind", "w:jc",
        "w:outlineLvl",
    )  # fmt: skip
