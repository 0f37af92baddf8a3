"""The row of a filing, and the work item by which a bot submits it."""

from datetime import datetime

from mes_core.domain.errors import NotFound
from mes_core.filing import drafts
from mes_core.services import outbox
from mes_core.services.core import Change, only
from mes_core.services.filing import drafting
from mes_core.services.ports import UnitOfWork
from mes_core.services.ports.rows import FilingRow


def the_filing(work: UnitOfWork, filing_id: str) -> FilingRow:
    """The row of a filing.

    Raises:
        NotFound: there is none.
    """
    row = work.get("filings", filing_id=filing_id)
    if row is None:
        raise NotFound(f"There is no filing {filing_id!r}: look at the list of filings.")
    return row


def queue(work: UnitOfWork, row: FilingRow, now: datetime) -> list[Change]:
    """Queue the item that submits a filing. What another system hands over (safety cases) has none."""
    if drafts.form(drafting.form_of(row)).hand_over:
        return []
    key = outbox.submit_key(row["filing_id"], row["version"] or 1, (row["attempt"] or 0) + 1)
    payload = only(row, "filing_id", "form", "clause", "due_at", "authority")
    item = outbox.enqueue(work, now, job=outbox.FILING, key=key, batch_id=row["batch_id"], payload=payload)
    if item["state"] in ("waiting", "cancelled"):
        work.change("work_items", {"item_id": item["item_id"]}, state="queued", attempts=0, finished_at=None)
    return [Change("work item queued", item["item_id"], None, item["job"])]
