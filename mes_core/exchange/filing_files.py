"""Drafts of filings as the files that are submitted. The same draft gives the same bytes: their hash says which.

What writes them is read when the first is asked for: a server that starts, and a bot, write none.
"""

from typing import Any

from mes_core.messages.filing import DraftView

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
XML = "application/xml"
MEDIA: dict[str, Any] = {XLSX: {}, XML: {}}


def of_draft(draft: DraftView) -> tuple[bytes, str]:
    """The file that is submitted, and its media type."""
    if draft.form == "lot_distribution":
        from mes_core.exchange import spl

        return spl.lot_distribution(draft), XML
    from mes_core.exchange.filing_workbook import workbook

    return workbook(draft), XLSX
