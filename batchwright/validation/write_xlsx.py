"""The pack as a workbook: one sheet for each chapter, texts only, the same bytes for the same pack."""

import io
import re
import zipfile

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from batchwright.validation.model import Chapter, Pack
from mes_core.exchange.xlsx import fill

_LONG_AGO = (1980, 1, 1, 0, 0, 0)
_WIDEST = 90
_BOLD, _TOP = Font(bold=True), Alignment(vertical="top", wrap_text=True)


def written(pack: Pack) -> bytes:
    """The workbook."""
    book = Workbook()
    book.remove(book.worksheets[0])
    for number, chapter in enumerate(pack.chapters, start=1):
        _write(book.create_sheet(f"{number} {re.sub(r'[^A-Za-z0-9 ]', '', chapter.title)}"[:31].strip()), chapter)
    held = io.BytesIO()
    book.save(held)
    return _steady(held.getvalue(), pack)


def _write(sheet: Worksheet, chapter: Chapter) -> None:
    heads = (*chapter.columns, "Leads to")
    for column, head in enumerate(heads, start=1):
        place = sheet.cell(1, column)
        fill(place, head)
        place.font = _BOLD
    whole = sum(chapter.widths)
    for column, width in enumerate((*chapter.widths, whole // 2), start=1):
        sheet.column_dimensions[get_column_letter(column)].width = min(_WIDEST, 160 * width // whole)
    for number, row in enumerate(chapter.rows, start=2):
        for column, value in enumerate((*row.cells, "\n".join(row.leads_to)), start=1):
            place = sheet.cell(number, column)
            fill(place, value)
            place.alignment = _TOP
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = sheet.dimensions


def _steady(content: bytes, pack: Pack) -> bytes:
    """The same workbook with the commit's time wherever openpyxl put that of the clock."""
    told = pack.checkout.made_at.strftime("%Y-%m-%dT%H:%M:%SZ").encode()
    held = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(held, "w") as target:
        for name in sorted(source.namelist()):
            inner = source.read(name)
            if name == "docProps/core.xml":
                inner = re.sub(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", told, inner)
            entry = zipfile.ZipInfo(name, _LONG_AGO)
            target.writestr(entry, inner, zipfile.ZIP_DEFLATED)
    return held.getvalue()
