"""Cells of workbooks that we write."""

import io
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.cell.cell import Cell, MergedCell
    from openpyxl.worksheet.worksheet import Worksheet


def put(page: "Worksheet", row: int, column: int, value: Any) -> "Cell | MergedCell":
    """Write a value, never a formula: a text stays a text, though it may begin as a formula does.

    Args:
        row, column: from 1.
    """
    cell = page.cell(row, column, value)
    if isinstance(value, str):
        cell.data_type = "s"
    return cell


def save(book: "Workbook", path: Path, results: Mapping[str, float]) -> None:
    """Write a workbook of one sheet with the results of its formulas beside them: who shows it
    without computing (a phone, a preview, a program) would see empty cells otherwise.

    Args:
        book: openpyxl's.
        path: of the file, which is written as it is.
        results: of the formulas, by their cells, like ``N3``.
    """
    made = io.BytesIO()
    book.save(made)

    def kept(found: re.Match[str]) -> str:
        result = results.get(found["cell"])
        return found[0] if result is None else f"{found['start']}<v>{result:g}</v></c>"

    formula = r'(?P<start><c r="(?P<cell>[A-Z]+\d+)"[^>]*><f>[^<]*</f>)<v\s*(?:/>|></v>)</c>'
    with zipfile.ZipFile(made) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            data = old.read(part)
            if part.filename == "xl/worksheets/sheet1.xml":
                data = re.sub(formula, kept, data.decode("utf-8")).encode("utf-8")
            new.writestr(part, data)
