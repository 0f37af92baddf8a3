"""A batch as a workbook whose cells hold texts and numbers, never formulas."""

import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from datetime import datetime

from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.worksheet.worksheet import Worksheet

from mes_core.exchange.dossier import Cell, Dossier, tables

_NOT_IN_CELLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_LONGEST = 32_767
_FIRST_DAY = (1980, 1, 1, 0, 0, 0)


def export(dossier: Dossier) -> bytes:
    """One sheet per table. What looks like a formula stays a text: its type is set, and it is marked as quoted."""
    book = Workbook()
    book.remove(book.worksheets[0])
    for number, table in enumerate(tables(dossier), start=1):
        sheet = book.create_sheet(f"{number} {re.sub(r'[^A-Za-z ]', '', table.title)}"[:31])
        fill_sheet(sheet, table.columns, table.rows)
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


def fill_sheet(sheet: Worksheet, head: Sequence[Cell], rows: Iterable[Sequence[Cell]]) -> None:
    """Write a head, in bold and always in view, and the rows below it."""
    for number, values in enumerate((head, *rows), start=1):
        for column, value in enumerate(values, start=1):
            fill(sheet.cell(number, column), value)
            if number == 1:
                sheet.cell(number, column).font = Font(bold=True)
    sheet.freeze_panes = "A2"


def steady(book: Workbook, made_at: datetime) -> bytes:
    """A workbook that is the same, byte for byte, whenever it is written: it carries the time of its content alone."""
    stamp = made_at.replace(tzinfo=None, microsecond=0)
    book.properties.created = stamp
    book.properties.creator = "Batchwright"
    first, held = io.BytesIO(), io.BytesIO()
    book.save(first)
    with zipfile.ZipFile(first) as old, zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as new:
        for name in sorted(old.namelist()):
            content = old.read(name)
            if name == "docProps/core.xml":
                content = _without_modified(content, f"{stamp.isoformat()}Z".encode())
            new.writestr(zipfile.ZipInfo(name, _FIRST_DAY), content, zipfile.ZIP_DEFLATED)
    return held.getvalue()


def _without_modified(content: bytes, stamp: bytes) -> bytes:
    head, _, rest = content.partition(b"<dcterms:modified")
    kind, _, rest = rest.partition(b">")
    return head + b"<dcterms:modified" + kind + b">" + stamp + rest[rest.index(b"</dcterms:modified>") :]
