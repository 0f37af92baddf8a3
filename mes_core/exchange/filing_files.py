"""Drafts of filings as files: workbook, SPL or PDF. The same draft gives the same bytes: their hash says which."""

from datetime import datetime
from typing import Any

from fpdf import FPDF
from fpdf.enums import XPos, YPos
from openpyxl import Workbook
from openpyxl.styles import Alignment

from mes_core.exchange import spl
from mes_core.exchange.xlsx import fill_sheet, steady
from mes_core.messages.filing import DraftView

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
XML = "application/xml"
MEDIA: dict[str, Any] = {XLSX: {}, XML: {}}
FORM_SHEET = "Form"
_WIDTHS = (44, 70, 10, 60)


def of_draft(draft: DraftView) -> tuple[bytes, str]:
    """The file that is submitted, and its media type."""
    if draft.form == "lot_distribution":
        return spl.lot_distribution(draft), XML
    return workbook(draft), XLSX


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


class _Paper(FPDF):
    def __init__(self, title: str, made_at: datetime) -> None:
        super().__init__(format="A4")
        self._title = title
        self.set_creation_date(made_at)
        self.set_title(title)
        self.set_auto_page_break(True, margin=16)
        self.alias_nb_pages()

    def footer(self) -> None:
        """Title and page."""
        self.set_y(-11)
        self.set_font("helvetica", size=7)
        self.cell(0, 5, f"{latin(self._title)} - page {self.page_no()} of {{nb}}", align="C")


def paper(draft: DraftView) -> bytes:
    """The draft as a PDF, such as a batch certificate that a qualified person signs."""
    page = _Paper(f"{draft.title} {draft.filing_id}", draft.drafted_at)
    page.add_page()
    page.set_font("helvetica", "B", 16)
    page.cell(0, 10, latin(draft.title), new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    page.set_font("helvetica", size=8)
    page.multi_cell(0, 5, f"Draft {draft.number}, hash {draft.content_hash}.", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    page.ln(2)
    page.set_font("helvetica", size=9)
    with page.table(col_widths=(38, 62), line_height=5, text_align="LEFT", first_row_as_headings=False) as printed:
        for one in draft.fields:
            line = printed.row()
            line.cell(latin(one.label))
            line.cell(latin(one.value or ("open" if one.required else "-")))
    for table in draft.tables:
        _print_table(page, table.name, table.columns, table.rows)
    if draft.approved_at:
        page.ln(4)
        said = f"{draft.printed_name}, {draft.approved_at:%Y-%m-%d %H:%M} UTC: {draft.meaning}"
        page.multi_cell(0, 5, latin(said), new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    return bytes(page.output())


def _print_table(page: FPDF, name: str, columns: tuple[str, ...], rows: tuple[tuple[str, ...], ...]) -> None:
    page.ln(3)
    page.set_font("helvetica", "B", 11)
    page.cell(0, 7, latin(f"{name} ({len(rows)})"), new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    page.set_font("helvetica", size=7)
    if rows:
        with page.table(line_height=4, text_align="LEFT", first_row_as_headings=True) as printed:
            for row in (columns, *rows):
                line = printed.row()
                for value in row:
                    line.cell(latin(value))


def latin(text: str) -> str:
    """A text in the characters of the built-in fonts; others are shown by their code, not dropped."""
    return text.encode("latin-1", "backslashreplace").decode("latin-1")
