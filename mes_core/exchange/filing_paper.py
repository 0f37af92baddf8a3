"""Drafts of filings as paper: a PDF whose bytes follow from the draft alone."""

from fpdf import FPDF
from fpdf.enums import XPos, YPos

from mes_core.exchange.pages import Pages, latin
from mes_core.messages.filing import DraftView


def paper(draft: DraftView) -> bytes:
    """The draft as a PDF, such as a batch certificate that a qualified person signs."""
    page = Pages(f"{draft.title} {draft.filing_id}", draft.drafted_at)
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
