"""Formats and their corners: what is read of them, and what is said of those that are not read."""

import io
import json

import pytest
from submissions import STYLES, Told, base_rows, classification_report

from fclab.course.reading.document import Document, Unreadable
from fclab.course.reading.files import read_file
from fclab.course.reading.shown import understood, unread_lines
from fclab.course.reading.understood import understand
from fclab.course.values import Claims
from fclab.words.wording import wording

TOLD = Told(rows=base_rows(), per_class=((0.72, 0.69, 0.7), (0.61, 0.66, 0.63), (0.65, 0.64, 0.6)))


def claims_of(*documents: Document) -> Claims:
    return understand("x", documents, [note for d in documents for note in d.notes], [])


def notebook(*cells: tuple[str, str, str]) -> bytes:
    """Cells as kind, source, printed text."""
    made = [
        {"cell_type": kind, "source": source, "metadata": {},
         "outputs": [{"output_type": "stream", "text": printed}] if printed else []}
        for kind, source, printed in cells
    ]  # fmt: skip
    return json.dumps({"nbformat": 4, "cells": made}).encode()


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("a.doc", b"\xd0\xcf\x11\xe0" + b"x" * 600, "old_office"),
        ("a.docx", b"\xd0\xcf\x11\xe0" + b"x" * 600, "encrypted"),
        ("a.rtf", b"{\\rtf1 x}", "rtf"),
        ("a.rar", b"Rar!\x1a\x07\x01", "other_archive"),
        ("a.7z", b"7z\xbc\xaf'\x1c", "other_archive"),
        ("a.png", b"\x89PNG\r\n", "picture"),
        ("a.docx", b"", "empty"),
        ("a.docx", b"<html>not a document</html>", "damaged"),
        ("a.pdf", b"text", "damaged"),
        ("a.pth", b"\x80\x02}q\x00.", "unknown_kind"),
        ("a.ipynb", b"{", "damaged"),
    ],
)
def test_what_is_not_read_is_named(name, data, code):
    with pytest.raises(Unreadable) as error:
        read_file(name, data)
    assert error.value.code == code
    for lang in ("ru", "en"):
        claims = Claims(files=(name,), unread=((code, name),))
        (line,) = unread_lines(claims, wording(lang))
        assert name in line
        (line,) = unread_lines(claims, wording(lang), anonymous=True)
        assert name not in line


def test_every_code_has_its_words():
    from pathlib import Path

    import fclab.course.reading

    folder = Path(fclab.course.reading.__file__).parent
    source = "\n".join(path.read_text("utf-8") for path in folder.glob("*.py"))
    entries = wording("en").entries
    for key in entries:
        if key.startswith("reading.unread."):
            assert f'"{key.rsplit(".", 1)[1]}"' in source, key


def test_a_scan_is_named():
    import typst
    from PIL import Image

    out = io.BytesIO()
    Image.new("RGB", (60, 80), "white").save(out, "PNG")
    numbers = ",".join(map(str, out.getvalue()))
    data = typst.compile(f"#image(bytes(({numbers})), width: 100%)".encode())
    with pytest.raises(Unreadable) as error:
        read_file("a.pdf", data)
    assert error.value.code == "scanned"


def test_a_notebook_is_read_from_what_it_printed():
    both = (
        classification_report(TOLD, 500, True) + "\ntest\n" + classification_report(TOLD, 100, True)
    )
    book = notebook(
        ("code", "print(cur_loss.numpy().mean())", "0.00248\n"),
        ("code", "CLASSES = [10, 59, 39]  # мои\n#CLASSES = [0, 55, 58]", ""),
        ("code", "for part in ['train', 'test']: ...", "train\n" + both),
        ("code", "# снова", "test\n" + classification_report(TOLD, 100, True)),
    )  # fmt: skip
    claims = claims_of(read_file("a.ipynb", book))
    assert claims.classes == (10, 59, 39)
    assert claims.part_1_error
    assert claims.part_1_error.value == 0.00248
    assert [c.number for c in claims.per_class] == list(TOLD.classes)
    assert [c.figures["support"].value for c in claims.per_class] == [100] * 3
    assert ("more_reports", "2") in claims.unread


def test_labels_that_are_places_are_no_classes():
    told = Told(classes=(0, 1, 2), per_class=TOLD.per_class)
    claims = claims_of(
        read_file("a.md", f"test\n\n```\n{classification_report(told)}\n```".encode())
    )
    assert [(c.label, c.number) for c in claims.per_class] == [
        ("0", None),
        ("1", None),
        ("2", None),
    ]
    assert claims.classes is None


def test_a_notebook_that_was_not_run_is_named():
    document = read_file("a.ipynb", notebook(("code", "CLASSES = [1, 2, 3]", "")))
    assert ("no_outputs", "a.ipynb") in document.notes


def test_a_report_as_a_table_is_read():
    lines = ["| Класс | Точность | Полнота | F1-мера |", "|---|---|---|---|"]
    lines += ["| часы | 0,72 | 0,69 | 0,70 |", "| выдра | 0,61 | 0,66 | 0,63 |"]
    claims = claims_of(read_file("a.md", "\n".join(lines).encode()))
    assert [(c.label, c.number) for c in claims.per_class] == [("часы", 22), ("выдра", 55)]
    assert claims.per_class[0].figures["precision"].value == 72


def test_a_workbook_is_read_as_its_reader_sees_it():
    from openpyxl import Workbook

    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["Конфигурация", "lr", "batch", "epochs", "Точность test", "Точность train"])
    sheet.append(["FC(10), FC(3)", 0.005, 128, 250, 0.703, "=1-0.02"])
    sheet["E2"].number_format = "0.0%"
    hidden = book.create_sheet("тайна")
    hidden.append(["secret"])
    hidden.sheet_state = "hidden"
    out = io.BytesIO()
    book.save(out)
    document = read_file("a.xlsx", out.getvalue())
    (row,) = claims_of(document).rows
    assert row.test
    assert (row.test.value, row.test.decimals) == (70.3, 1)
    assert row.train is None  # a formula whose value was never computed
    assert ("hidden_sheet", "a.xlsx: тайна") in document.notes


def test_text_that_was_struck_out_is_not_read():
    from docx import Document as Word
    from docx.oxml import OxmlElement

    word = Word()
    paragraph = word.add_paragraph("Классы: ")
    gone = OxmlElement("w:del")
    run = paragraph.add_run("1, 2, 3")
    paragraph._p.append(gone)
    gone.append(run._r)
    paragraph.add_run("38, 65, 30")
    out = io.BytesIO()
    word.save(out)
    assert claims_of(read_file("a.docx", out.getvalue())).classes == (38, 65, 30)


def test_what_is_shown_says_all(capsys):
    from rich.console import Console

    claims = claims_of(read_file("a.docx", STYLES["lab-docx"](TOLD)))
    for lang, said in (("ru", "Ошибка части 1"), ("en", "Error of part 1")):
        console = Console(width=100)
        with console.capture() as shown:
            console.print(understood(claims, wording(lang)))
        text = shown.get()
        assert said in text
        assert TOLD.name in text
        assert "FC(64), FC(32), FC(3)" in text
        with console.capture() as shown:
            console.print(understood(claims, wording(lang), anonymous=True))
        assert "Иванов" not in shown.get()
