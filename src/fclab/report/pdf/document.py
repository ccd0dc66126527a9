"""PDF by typst: the report as data, a template that sets it, and faces with Cyrillic.

Times New Roman is taken where it is installed. Elsewhere it is STIX General, whose letters are as
wide as those of Times, in Cyrillic too: matplotlib brings it along, so that no face is fetched.
"""

import json
import re
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import matplotlib
import typst

from fclab.report import model
from fclab.report.pdf.formula import typst as formula
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
    template = (files("fclab.report") / "templates" / "report.typ").read_text("utf-8")
    with TemporaryDirectory(prefix="fclab-") as name:
        folder = Path(name)
        (folder / "report.typ").write_text(template, "utf-8")
        (folder / "report.json").write_text(json.dumps(_report(report, folder)), "utf-8")
        try:
            # Faces of the list that are not here are warned of, and passed over.
            made, _warnings = typst.compile_with_warnings(
                folder / "report.typ", root=folder, font_paths=[font_folder()]
            )
        except typst.TypstError as error:
            raise FclabError(f"the PDF cannot be made: {error}") from error
    return made


def font_folder() -> Path:
    """The faces that matplotlib brings along."""
    return Path(matplotlib.get_data_path()) / "fonts" / "ttf"


def _report(report: model.Report, folder: Path) -> dict[str, Any]:
    """The report as JSON has it; figures are left in the folder."""
    words = wording(report.language)
    page = report.title_page
    return {
        "title": _clean(report.title),
        "subtitle": _text(report.subtitle),
        "author": _clean(report.author),
        "language": report.language,
        "stand_in": report.stand_in,
        "numbers": dict(report.numbers),
        "words": {
            key: words.plain(f"page.{key}")
            for key in ("figure", "table", "listing", "contents", "banner")
        },
        "title_page": page
        and {
            "head": [_clean(line) for line in page.head],
            "heading": [_clean(line) for line in page.heading],
            "people": [{"role": _clean(p.role), "name": _clean(p.name)} for p in page.people],
            "foot": [_clean(line) for line in page.foot],
        },
        "sections": [_section(section, folder) for section in report.sections],
    }


def _section(section: model.Section, folder: Path) -> dict[str, Any]:
    return {
        "name": section.name,
        "title": _clean(section.title),
        "part": section.part,
        "blocks": [{"kind": block.kind, **_block(block, folder)} for block in section.blocks],
        "sections": [_section(inner, folder) for inner in section.sections],
    }


def _block(block: model.Block, folder: Path) -> Mapping[str, Any]:
    match block:
        case model.Paragraph() | model.Note():
            return {"text": _text(block.text)}
        case model.Items():
            return {"items": [_text(item) for item in block.items]}
        case model.Facts():
            return {
                "facts": [
                    {"label": _text(f.label), "value": _text(f.value), "detail": _text(f.detail)}
                    for f in block.facts
                ]
            }
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
                "short": block.is_short,
            }
        case model.FigureBlock():
            return _figure(block, folder)
        case model.Beside():
            return {"figures": [{"kind": one.kind, **_figure(one, folder)} for one in block.blocks]}
        case model.Code():
            return {"name": block.name, "caption": _text(block.caption), "code": block.code}


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
