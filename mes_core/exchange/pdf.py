"""The batch report as a PDF: decisions and signatures first, then the record, then the audit trail."""

from datetime import datetime

from fpdf import FPDF
from fpdf.enums import XPos, YPos

from mes_core.exchange.dossier import Dossier, Table, tables
from mes_core.exchange.pages import Pages, latin

_MOST = 400
"""Characters of a cell that are printed; a longer one ends in dots, and the workbook and the store have it whole."""


def export(dossier: Dossier, made_at: datetime) -> bytes:
    """The report; the same batch at the same time gives the same bytes.

    Args:
        dossier: what is known of the batch.
        made_at: when the report is made, zone-aware.
    """
    title = f"Batch report {dossier.record.batch_id}"
    report = Pages(title, made_at, "landscape")
    report.add_page()
    report.set_font("helvetica", "B", 16)
    report.cell(0, 10, latin(title), new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    report.set_font("helvetica", size=8)
    made = f"Made {made_at:%Y-%m-%d %H:%M} UTC from record version {dossier.batch.record_version}"
    report.multi_cell(0, 5, f"{made}, hash {dossier.batch.record_hash}.", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    for table in tables(dossier):
        _print(report, table)
    return bytes(report.output())


def _print(report: FPDF, table: Table) -> None:
    report.ln(3)
    report.set_font("helvetica", "B", 11)
    report.cell(0, 7, latin(f"{table.title} ({len(table.rows)})"), new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    if not table.rows:
        return
    report.set_font("helvetica", size=6)
    with report.table(line_height=3, text_align="LEFT", first_row_as_headings=True) as printed:
        for row in (table.columns, *table.rows):
            line = printed.row()
            for value in row:
                line.cell(latin(_short("" if value is None else str(value))))


def _short(text: str) -> str:
    return text if len(text) <= _MOST else f"{text[: _MOST - 3]}..."
