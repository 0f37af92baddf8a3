"""Draft a filing form as an Excel file that is safe to open: text stays text, whatever it begins with."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.worksheet.worksheet import Worksheet

FORM_SHEET = "Form"
CLOCKS_SHEET = "Clocks"
_HEAD = PatternFill("solid", fgColor="E4E7EB")


@dataclass(frozen=True)
class ClockLine:
    """One filing clock: whether it applies, and why or why not."""

    form: str
    clause: str
    applies: bool
    why: str
    due_at: str


def draft_form(
    path: Path, fields: Iterable[tuple[str, Any]], clocks: Sequence[ClockLine], drafted_at: datetime
) -> Path:
    """Write a form: sheet `Form` with field and value, sheet `Clocks` with every clock and why it applies or not.

    Args:
        path: The file to write, ending in .xlsx.
        fields: Names and values in the order of the form; numbers stay numbers, everything else is text.
        clocks: All clocks of the batch, those that do not apply as well.
        drafted_at: When the form was drafted, UTC.

    Returns:
        The path.
    """
    book = Workbook()
    form = book.active
    if not isinstance(form, Worksheet):
        raise TypeError("A new workbook has no worksheet.")
    form.title = FORM_SHEET
    _fill(form, ("Field", "Value"), fields, (34, 70))
    rows = ((c.form, c.clause, "applies" if c.applies else "does not apply", c.why, c.due_at) for c in clocks)
    _fill(
        book.create_sheet(CLOCKS_SHEET),
        ("Form", "Clause", "Applies", "Why", "Due at (UTC)"),
        rows,
        (26, 20, 16, 80, 26),
    )
    stamp = drafted_at.replace(tzinfo=None)
    book.properties.created = book.properties.modified = stamp
    book.properties.creator = "Batchwright"
    book.save(path)
    return path


def _fill(sheet: Worksheet, head: Sequence[str], rows: Iterable[Sequence[Any]], widths: Sequence[int]) -> None:
    for column, (title, width) in enumerate(zip(head, widths, strict=True), start=1):
        cell = sheet.cell(1, column, title)
        cell.font, cell.fill = Font(bold=True), _HEAD
        sheet.column_dimensions[cell.column_letter].width = width
    for number, row in enumerate(rows, start=2):
        for column, value in enumerate(row, start=1):
            _write(sheet, number, column, value)
    sheet.freeze_panes = "A2"


def _write(sheet: Worksheet, row: int, column: int, value: Any) -> None:
    """Write a value; text is marked as text, so that `=`, `+`, `-` or `@` at its start never becomes a formula."""
    cell = sheet.cell(row, column)
    cell.alignment = Alignment(wrap_text=True, vertical="top")
    if isinstance(value, int | float) and not isinstance(value, bool):
        cell.value = value
        return
    cell.value = ILLEGAL_CHARACTERS_RE.sub("", "" if value is None else str(value))
    cell.data_type = "s"
    cell.quotePrefix = True
