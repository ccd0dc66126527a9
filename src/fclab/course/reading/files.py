"""What a file of a submission is, by what is in it, and how it is read."""

import re

from fclab.course.reading.archive import Archive
from fclab.course.reading.decoded import decoded
from fclab.course.reading.document import Collector, Document, Note, Unreadable
from fclab.course.reading.printed import printed_tables

PICTURES = {".png", ".jpg", ".jpeg", ".gif", ".bmp", ".webp", ".heic", ".svg", ".tif", ".tiff"}
_TEXTS = {".txt", ".text", ".log", ".py", ".rst"}
_OLE = b"\xd0\xcf\x11\xe0"


def read_file(name: str, data: bytes) -> Document:
    """A file as text and tables.

    Raises:
        Unreadable: with the code that says why.
    """
    ending = re.sub(r".*(?=\.)", "", name.casefold()) if "." in name else ""
    if not data.strip(b"\0 \r\n\t"):
        raise Unreadable("empty")
    if data.startswith(b"PK"):
        return _zipped(name, data, ending)
    if b"%PDF-" in data[:1024]:
        from fclab.course.reading.pdf import read_pdf

        return read_pdf(name, data)
    if data.startswith(_OLE):
        raise Unreadable("encrypted" if ending in (".docx", ".xlsx") else "old_office")
    if data.startswith(b"{\\rtf"):
        raise Unreadable("rtf")
    if data.startswith((b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b")) or ending in (".rar", ".7z"):
        raise Unreadable("other_archive")
    if ending in PICTURES or data.startswith((b"\x89PNG", b"\xff\xd8\xff", b"GIF8")):
        raise Unreadable("picture")
    if ending in (".docx", ".xlsx", ".odt", ".pdf"):
        raise Unreadable("damaged")
    head = decoded(data[:4096]).lstrip().casefold()
    if ending == ".ipynb" or (head.startswith("{") and '"cells"' in head):
        from fclab.course.reading.notebook import read_notebook

        return read_notebook(name, data)
    if ending in (".html", ".htm", ".xhtml", ".mht") or head.startswith(
        ("<!doctype html", "<html")
    ):
        from fclab.course.reading.web import read_html

        return read_html(name, data)
    if ending == ".tex" or head.startswith("\\documentclass"):
        from fclab.course.reading.tex import read_tex

        return read_tex(name, data)
    if ending in (".csv", ".tsv"):
        from fclab.course.reading.sheets import read_csv

        return read_csv(name, data)
    if ending in (".md", ".markdown", ".txt", ".text", "") and not _binary(data):
        from fclab.course.reading.web import read_markdown

        if "|" in head or ending not in (".txt", ".text", "") or "<table" in head:
            return read_markdown(name, data)
        return _plain_text(name, data)
    if ending in _TEXTS and not _binary(data):
        found = Collector()
        found.paragraph(decoded(data), "code" if ending == ".py" else "text")
        return found.document(name)
    raise Unreadable("unknown_kind")


def _binary(data: bytes) -> bool:
    return data[:4096].count(b"\0") > len(data[:4096]) // 3 and not data.startswith(
        (b"\xff\xfe", b"\xfe\xff")
    )


def _zipped(name: str, data: bytes, ending: str) -> Document:
    archive = Archive(data)
    if any(part.startswith("word/document") for part in archive.names()):
        from fclab.course.reading.docx import read_docx

        return read_docx(name, data)
    if "xl/workbook.xml" in archive:
        from fclab.course.reading.sheets import read_xlsx

        return read_xlsx(name, data)
    if "content.xml" in archive:
        from fclab.course.reading.sheets import read_odf

        return read_odf(name, data)
    if any(part.startswith("Index/") and part.endswith(".iwa") for part in archive.names()):
        raise Unreadable("apple")
    if "Index.zip" in archive or ending in (".pages", ".numbers", ".key"):
        raise Unreadable("apple")
    raise Unreadable("damaged" if ending in (".docx", ".xlsx", ".odt") else "unknown_kind")


def _plain_text(name: str, data: bytes) -> Document:
    """A text file: its lines, and what stands in columns of several spaces or tabs as a table."""
    text, found = decoded(data), Collector()
    if re.search(r"(?m)^\s*\|.*\|", text):
        from fclab.course.reading.web import add_markdown

        add_markdown(text, found)
        return found.document(name)
    if tables := list(printed_tables(text)):
        found.paragraph(text)
        for table in tables:
            found.table(table)
        return found.document(name)
    found.paragraph(text)
    rows: list[list[str]] = []
    for line in [*text.splitlines(), ""]:
        cells = [cell.strip() for cell in re.split(r"\t|\s{3,}|;", line.strip())]
        if len(cells) > 1:
            rows.append(cells)
        elif rows:
            found.table(rows)
            rows = []
    return found.document(name)


def about(error: Unreadable, name: str) -> Note:
    """A note that a file was not read."""
    return (error.code, name)
