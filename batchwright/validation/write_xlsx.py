"""The pack as a workbook: one sheet for each chapter, texts only, the same bytes for the same pack."""

import re

from openpyxl import Workbook
from openpyxl.styles import Alignment
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from batchwright.validation.model import Chapter, Pack
from mes_core.exchange.xlsx import fill_sheet, steady

_WIDEST = 90
_TOP = Alignment(vertical="top", wrap_text=True)


def written(pack: Pack) -> bytes:
    """The workbook."""
    book = Workbook()
    book.remove(book.worksheets[0])
    for number, chapter in enumerate(pack.chapters, start=1):
        _write(book.create_sheet(f"{number} {re.sub(r'[^A-Za-z0-9 ]', '', chapter.title)}"[:31].strip()), chapter)
    return steady(book, pack.checkout.made_at)


def _write(sheet: Worksheet, chapter: Chapter) -> None:
    heads = (*chapter.columns, "Leads to")
    fill_sheet(sheet, heads, ((*row.cells, "\n".join(row.leads_to)) for row in chapter.rows))
    whole = sum(chapter.widths)
    for column, width in enumerate((*chapter.widths, whole // 2), start=1):
        sheet.column_dimensions[get_column_letter(column)].width = min(_WIDEST, 160 * width // whole)
    for place in (one for row in sheet.iter_rows(min_row=2) for one in row):
        place.alignment = _TOP
    sheet.auto_filter.ref = sheet.dimensions
