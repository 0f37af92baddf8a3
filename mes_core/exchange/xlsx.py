"""A batch as a workbook whose cells hold texts and numbers, never formulas."""

import io
import re

from openpyxl import Workbook
from openpyxl.styles import Font

from mes_core.exchange.dossier import Cell, Dossier, tables

_NOT_IN_CELLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_LONGEST = 32_767


def export(dossier: Dossier) -> bytes:
    """One sheet per table. What looks like a formula stays a text: its type is set, and it is marked as quoted."""
    book = Workbook()
    book.remove(book.worksheets[0])
    for number, table in enumerate(tables(dossier), start=1):
        sheet = book.create_sheet(f"{number} {re.sub(r'[^A-Za-z ]', '', table.title)}"[:31])
        for row, values in enumerate((table.columns, *table.rows), start=1):
            for column, value in enumerate(values, start=1):
                fill(sheet.cell(row, column), value)
                if row == 1:
                    sheet.cell(row, column).font = Font(bold=True)
        sheet.freeze_panes = "A2"
    held = io.BytesIO()
    book.save(held)
    return held.getvalue()


def fill(place: object, value: Cell) -> None:
    """Write a value into a cell; a text stays a text, whatever it begins with."""
    if value is None:
        return
    if not isinstance(value, str):
        place.value = value  # type: ignore[attr-defined]
        return
    text = _NOT_IN_CELLS.sub(lambda match: f"\\x{ord(match.group()):02x}", value)[:_LONGEST]
    place.value = text  # type: ignore[attr-defined]
    place.data_type = "s"  # type: ignore[attr-defined]
    if text[:1] in ("=", "+", "-", "@", "\t", "\r"):
        place.quotePrefix = True  # type: ignore[attr-defined]
