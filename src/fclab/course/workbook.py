"""Cells of workbooks that we write."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
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
