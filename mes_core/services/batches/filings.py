"""Filing clocks as rows, and the work items by which they are filed."""

from collections.abc import Iterable
from datetime import datetime

from mes_core.domain.filing import Clock
from mes_core.services import outbox
from mes_core.services.core import Change, iso
from mes_core.services.ports import UnitOfWork
from mes_core.services.ports.rows import FilingRow


def start(work: UnitOfWork, batch_id: str, clocks: Iterable[Clock], now: datetime) -> list[Change]:
    """Store clocks of a batch after those that are there; what applies is queued for the filing bot."""
    changes: list[Change] = []
    before = work.count("filings", batch_id=batch_id)
    for place, clock in enumerate(clocks, start=before + 1):
        row = _row(batch_id, place, clock)
        work.add("filings", [row])
        shown = {"form": clock.form, "clause": clock.clause, "applies": clock.applies}
        changes.append(Change("filing clock decided", row["filing_id"], None, shown, clock.why))
        if clock.applies:
            payload = {name: row[name] for name in ("filing_id", "form", "clause", "due_at")}
            key = outbox.file_key(row["filing_id"])
            item = outbox.enqueue(work, now, job=outbox.FILING, key=key, batch_id=batch_id, payload=payload)
            changes.append(Change("work item queued", item["item_id"], None, item["job"]))
    return changes


def _row(batch_id: str, place: int, clock: Clock) -> FilingRow:
    return {
        "filing_id": f"{batch_id}-F{place}",
        "batch_id": batch_id,
        "place": place,
        "form": clock.form,
        "clause": clock.clause,
        "applies": clock.applies,
        "why": clock.why,
        "due_at": iso(clock.due_at) if clock.due_at else None,
        "status": "open" if clock.applies else "not_applicable",
        "acknowledgement": None,
        "submitted_at": None,
        "document_sha256": None,
    }
