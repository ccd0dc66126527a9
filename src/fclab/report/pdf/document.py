"""PDF by typst: the report as data, a template that sets it, and faces with Cyrillic.

Times New Roman is taken where it is installed. Elsewhere it is STIX General, whose letters are as
wide as those of Times, in Cyrillic too: matplotlib brings it along, so that no face is fetched.
"""

import json
import re
from collections.abc import Container, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from weakref import WeakKeyDictionary

import matplotlib
import typst

from fclab.report import columns, model
from fclab.report.form import FORMS, INSCRIBED
from fclab.report.headings import Heading, contents, contents_title, headings
from fclab.report.pdf.formula import typst as formula
from fclab.report.pdf.settle import Heights, settled
from fclab.values.errors import FclabError
from fclab.values.files import write_atomic
from fclab.values.text import shown
from fclab.words.spans import Text
from fclab.words.wording import wording

_LONGEST_WORD, _PIECE = 30, 12
_LONG = re.compile(rf"\S{{{_LONGEST_WORD},}}")
_BREAK = "\N{ZERO WIDTH SPACE}"


def write_pdf(report: model.Report, path: Path) -> Path:
    """Write the document: whole, or not at all. Draws the figures that were not drawn yet.

    Returns:
        ``path``.

    Raises:
        FclabError: the file cannot be written.
    """
    return write_atomic(path, render_pdf(report))


def render_pdf(report: model.Report) -> bytes:
    """The report as a PDF file; the same report gives the same bytes with the same faces.

    Raises:
        FclabError: typst refuses it.
    """
    return laid_out(report).pdf


@dataclass(frozen=True)
class LaidOut:
    """A report with its pages known.

    Attributes:
        report: with its blocks in the order that fills the pages, see
            `fclab.report.pdf.settle.settled`.
        pdf: the file.
        pages: of every section by its name, the page where it begins.
    """

    report: model.Report
    pdf: bytes
    pages: Mapping[str, int]


def laid_out(report: model.Report) -> LaidOut:
    """The report set by typst, once for all who ask.

    Raises:
        FclabError: typst refuses it.
    """
    if report not in _LAID_OUT:
        _LAID_OUT[report] = _lay_out(report)
    return _LAID_OUT[report]


_LAID_OUT: WeakKeyDictionary[model.Report, LaidOut] = WeakKeyDictionary()


def _lay_out(report: model.Report) -> LaidOut:
    with TemporaryDirectory(prefix="fclab-") as name:
        folder = Path(name)
        source = prepare(report, folder)
        try:
            compiler = typst.Compiler(source, root=folder, font_paths=[font_folder()])
            # Faces of the list that are not here are warned of, and passed over.
            compiler.compile_with_warnings(sys_inputs={"endless": "yes"})
            places = json.loads(compiler.query("<places>", field="value", one=True))
            ordered = settled(report, _heights(report, places))
            if ordered is not report:
                report = ordered
                prepare(report, folder)
            made, _warnings = compiler.compile_with_warnings(sys_inputs={})
            pages = json.loads(compiler.query("<pages>", field="value", one=True))
        except typst.TypstError as error:
            raise FclabError("the PDF cannot be made: {reason}", reason=error) from error
    assert isinstance(made, bytes)  # one file: it is a list of pages as pictures
    return LaidOut(report, made, pages)


def _heights(report: model.Report, places: Sequence[tuple[bool, int, float]]) -> Heights:
    """How high everything is, from where it begins on an endless page: (heading or block, page,
    millimetres from its top)."""
    _, _, top, bottom = FORMS[report.form].margins
    high = [
        after[2] - here[2] if after[1] == here[1] else 0.0  # a new page comes next in any case
        for here, after in pairwise((*places, (True, -1, 0.0)))
    ]
    of_headings: dict[str, float] = {}
    of_blocks: dict[str, list[float]] = {}
    found = iter(high)
    for section in report.walk():
        of_headings[section.name] = next(found)
        of_blocks[section.name] = [next(found) for _ in section.blocks]
    breaks = (name for name, heading in headings(report).items() if heading.new_page)
    return Heights(
        page=297 - top - bottom,
        start=places[0][2] - top if places else 0.0,
        headings=of_headings,
        blocks=of_blocks,
        breaks=frozenset(breaks),
    )


def prepare(report: model.Report, folder: Path) -> Path:
    """Write all that typst needs into a folder; returns the file to compile."""
    for template in ("report.typ", "frame.typ"):
        text = (files("fclab.report") / "templates" / template).read_text("utf-8")
        (folder / template).write_text(text, "utf-8")
    (folder / "report.json").write_text(json.dumps(_report(report, folder)), "utf-8")
    return folder / "report.typ"


def font_folder() -> Path:
    """The faces that matplotlib brings along."""
    return Path(matplotlib.get_data_path()) / "fonts" / "ttf"


def _report(report: model.Report, folder: Path) -> dict[str, Any]:
    """The report as JSON has it; figures are left in the folder."""
    words = wording(report.language)
    page = report.title_page
    headed, listed = headings(report), {section.name for section, _ in contents(report)}
    return {
        "form": asdict(FORMS[report.form]),
        "title": _clean(report.title),
        "subtitle": _text(report.subtitle),
        "author": _clean(report.author),
        "language": report.language,
        "substitute": report.substitute,
        "numbers": dict(report.numbers),
        "continued": {
            table.name: words.plain("page.continued", number=report.numbers[table.name])
            for table in report.tables
        },
        "words": {
            **{key: words.plain(f"page.{key}") for key in ("figure", "table", "listing")},
            "banner": words.plain("page.banner", substitute=report.substitute),
            "contents": contents_title(report),
            "inscription": {key: words.plain(f"inscription.{key}") for key in INSCRIBED},
        },
        "inscription": {name: _clean(text) for name, text in asdict(report.inscription).items()},
        "title_page": page
        and {
            "head": [_clean(line) for line in page.head],
            "heading": [_clean(line) for line in page.heading],
            "people": [{"role": _clean(p.role), "name": _clean(p.name)} for p in page.people],
            "foot": [_clean(line) for line in page.foot],
        },
        "sections": [_section(section, headed, listed, folder) for section in report.sections],
    }


def _section(
    section: model.Section, headed: Mapping[str, Heading], listed: Container[str], folder: Path
) -> dict[str, Any]:
    heading = headed[section.name]
    return {
        "name": section.name,
        "heading": {
            **asdict(heading),
            "title": _clean(heading.title),
            "line": _clean(heading.line),
        },
        "listed": section.name in listed,
        "blocks": [{"kind": block.kind, **_block(block, folder)} for block in section.blocks],
        "sections": [_section(inner, headed, listed, folder) for inner in section.sections],
    }


def _block(block: model.Block, folder: Path) -> Mapping[str, Any]:
    match block:
        case model.Paragraph() | model.Note():
            return {"text": _text(block.text)}
        case model.Items():
            return {"items": [_text(item) for item in block.items]}
        case model.Formula():
            return {"lines": [formula(line, "block") for line in block.lines]}
        case model.Sources():
            return {"entries": [{"name": s.name, "text": _text(s.text)} for s in block.entries]}
        case model.Table():
            return {
                "name": block.name,
                "caption": _text(block.caption),
                "header": [_text(cell) for cell in block.header],
                "rows": [[_text(cell) for cell in row] for row in block.rows],
                "align": block.align,
                "footer_rows": block.footer_rows,
                "short": block.is_whole,
                "shares": columns.shares(block),
                "size": columns.size(block),
            }
        case model.FigureBlock():
            return _figure(block, folder)
        case model.Beside():
            figures = [{"kind": one.kind, **_figure(one, folder)} for one in block.blocks]
            return {"figures": figures, "shares": block.shares}
        case model.Code():
            return {
                "name": block.name,
                "caption": _text(block.caption),
                "code": block.code,
                "short": block.is_short,
            }


def _figure(block: model.FigureBlock, folder: Path) -> Mapping[str, Any]:
    file = folder / f"{block.name}.{'png' if block.raster else 'svg'}"
    file.write_bytes(block.png if block.raster else block.svg.encode())
    return {
        "name": block.name,
        "caption": _text(block.caption),
        "alt": _clean(block.alt),
        "file": file.name,
        "width": block.figure.get_figwidth(),  # inches
        "tall": block.tall,
    }


def _text(text: Text) -> list[dict[str, str]]:
    return [
        {"style": span.style, "text": formula(span.text) if span.style == "math"
         else span.text if span.style in ("ref", "cite") else _clean(span.text)}
        for span in text
    ]  # fmt: skip


def _clean(text: str) -> str:
    """Text that can be set: no control characters, and words of any length can be broken."""
    return _LONG.sub(_breakable, shown(text))


def _breakable(found: re.Match[str]) -> str:
    """An address breaks after its slashes, any other long word anywhere."""
    place = r"(/+)" if "://" in found[0] else f"(.{{{_PIECE}}})"
    return re.sub(place, rf"\1{_BREAK}", found[0])
