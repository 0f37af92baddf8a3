"""The row of a filing, and the work items by which a bot submits it and looks at it again."""

from datetime import datetime, timedelta
from functools import partial

from mes_core.domain.errors import NotFound
from mes_core.filing import drafts
from mes_core.messages.filing import FilingStatus
from mes_core.services import aside, outbox
from mes_core.services.core import Change, only
from mes_core.services.filing import drafting
from mes_core.services.ports import UnitOfWork
from mes_core.services.ports.rows import FilingRow

AFTER = tuple(timedelta(days=days) for days in (1, 7, 30))
"""How long after an acceptance a bot looks again, as an authority may take it back. Plant procedure."""
_NO_MORE = timedelta(days=60)


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


def to_look_at(work: UnitOfWork, now: datetime) -> list[tuple[FilingRow, str]]:
    """Accepted filings whose submission a bot is to look at again by now, each with the key of that look.

    Only what a bot has submitted: what a person sent in another way stands on no portal that bots know.
    """
    found: list[tuple[FilingRow, str]] = []
    for row in work.find("filings", status=FilingStatus.ACCEPTED.value):
        since = aside.readable(f"filing {row['filing_id']}", partial(_since, row, now), aside.standing_in(None))
        look = sum(since >= wait for wait in AFTER) if since else 0
        if not look or since is None or since > _NO_MORE:
            continue
        place = row["filing_id"], row["version"] or 1, row["attempt"] or 0
        sent = work.get("work_items", business_key=outbox.submit_key(*place))
        key = outbox.later_key(*place, look)
        if sent and sent["state"] == "done" and work.get("work_items", business_key=key) is None:
            found.append((row, key))
    return found


def _since(row: FilingRow, now: datetime) -> timedelta | None:
    return now - datetime.fromisoformat(row["accepted_at"]) if row["clock_id"] and row["accepted_at"] else None


def look_at_accepted(work: UnitOfWork, now: datetime) -> dict[str, list[Change]]:
    """Queue these looks; what was queued, by chain."""
    told: dict[str, list[Change]] = {}
    for row, key in to_look_at(work, now):
        attempt = row["attempt"] or 0
        sent = outbox.submit_key(row["filing_id"], row["version"] or 1, attempt)
        payload = {**only(row, "filing_id"), "attempt_of": attempt, "reference": row["acknowledgement"], "sent": sent}
        item = outbox.enqueue(work, now, job=outbox.FILING, key=key, batch_id=row["batch_id"], payload=payload)
        told.setdefault(row["batch_id"], []).append(Change("work item queued", item["item_id"], None, item["job"]))
    return told
