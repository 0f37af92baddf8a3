"""Drafts of filings as workbooks whose bytes follow from the draft alone."""

from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Alignment

from mes_core.exchange.xlsx import fill_sheet, steady
from mes_core.messages.filing import DraftView

FORM_SHEET = "Form"
_WIDTHS = (44, 70, 10, 60)


def workbook(draft: DraftView) -> bytes:
    """Sheet `Form` with field, value, whether it is required and its record; a sheet for each table; the approval."""
    book = Workbook()
    book.remove(book.worksheets[0])
    form = book.create_sheet(FORM_SHEET)
    rows = [("Form", draft.title, "yes", ""), ("Filing", draft.filing_id, "yes", "")]
    rows += [(one.label, one.value or "", "yes" if one.required else "", one.source or "") for one in draft.fields]
    _sheet(form, ("Field", "Value", "Required", "Record"), rows)
    for table in draft.tables:
        lines = [(*row, source) for row, source in zip(table.rows, table.sources, strict=True)]
        _sheet(book.create_sheet(table.name[:31]), (*table.columns, "Records"), lines)
    signed = [("Hash of the draft", draft.content_hash)]
    if draft.approved_at:
        signed += [("Approved by", draft.printed_name or ""), ("Approved at (UTC)", draft.approved_at.isoformat())]
        signed += [("Meaning of the signature", draft.meaning or "")]
    _sheet(book.create_sheet("Approval"), ("What", "Said"), signed)
    return steady(book, draft.drafted_at)


def _sheet(sheet: Any, head: tuple[str, ...], rows: Any) -> None:
    fill_sheet(sheet, head, rows)
    for cell in (one for row in sheet.iter_rows() for one in row):
        cell.alignment = Alignment(wrap_text=True, vertical="top")
    for column in range(1, len(head) + 1):
        width = _WIDTHS[column - 1] if column <= len(_WIDTHS) else 24
        sheet.column_dimensions[sheet.cell(1, column).column_letter].width = width
