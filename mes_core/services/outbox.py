"""Work items, written in the transaction of the change that calls for them."""

import uuid
from datetime import UTC, datetime
from typing import Any

import orjson

from mes_core.domain.errors import Conflict
from mes_core.domain.lists import infusion_begins
from mes_core.services.core import dumps, iso
from mes_core.services.ports import UnitOfWork
from mes_core.services.ports.rows import WorkItemRow

REVIEW = "batch_record_review"
COURIER = "courier_scheduling"
REBOOKING = "courier_rebooking"
TRACKING = "courier_tracking"
FILING = "compliance_filing"
NEVER = "9999-12-31"
"""Due date of what has all the time in the world; texts sort as times do."""


def enqueue(
    work: UnitOfWork,
    now: datetime,
    *,
    job: str,
    key: str,
    batch_id: str,
    payload: dict[str, Any] | None = None,
    record: dict[str, Any] | None = None,
) -> WorkItemRow:
    """Queue an item unless one with this business key is there; returns the item.

    Raises:
        Conflict: the key belongs to another job or batch: what is wanted here would never be done.
    """
    there = work.get("work_items", business_key=key)
    if there is not None:
        if (there["job"], there["batch_id"]) != (job, batch_id):
            raise Conflict(
                f"The business key {key!r} is that of work item {there['item_id']} ({there['job']} of"
                f" {there['batch_id']}), so {job} of {batch_id} can't be queued: find out who asked for that item."
            )
        return there
    last = work.find("work_items", order=("-place",), limit=1)
    row = item_row(last[0]["place"] + 1 if last else 1, now, job, key, batch_id, payload or {})
    row["due_at"] = _due(work, batch_id, payload or {}, record)
    work.add("work_items", [row])
    return row


def wake(work: UnitOfWork, item: WorkItemRow) -> None:
    """Queue an item again that waits for a person, who has decided by now; its effects keep it from acting twice."""
    if item["state"] == "waiting":
        work.change("work_items", {"item_id": item["item_id"]}, state="queued", attempts=0, finished_at=None)


def item_row(place: int, now: datetime, job: str, key: str, batch_id: str, payload: dict[str, Any]) -> WorkItemRow:
    """A new item at a place in the queue."""
    return {
        "item_id": f"W-{uuid.uuid4().hex[:12]}",
        "place": place,
        "job": job,
        "business_key": key,
        "batch_id": batch_id,
        "payload": dumps(payload),
        "state": "queued",
        "attempts": 0,
        "epoch": 0,
        "worker": None,
        "lease_until": None,
        "created_at": iso(now),
        "finished_at": None,
        "output": None,
        "family": None,
        "code": None,
        "message": None,
        "evidence": None,
        "due_at": NEVER,
        "not_before": None,
    }


def _due(work: UnitOfWork, batch_id: str, payload: dict[str, Any], record: dict[str, Any] | None) -> str:
    """Until when an item is of use: its own date, or when the cells expire or the day of the infusion begins where the
    patient is, whichever is first."""
    if payload.get("due_at"):
        return _utc(payload["due_at"])
    if record is None:
        batch = work.get("batches", batch_id=batch_id)
        record = orjson.loads(batch["record"]) if batch else {}
    ends = [_utc(record["expires_at"])] if record.get("expires_at") else []
    infusion = infusion_begins(record)
    return min([*ends, iso(infusion)] if infusion else ends, default=NEVER)


def _utc(text: str) -> str:
    moment = datetime.fromisoformat(text)
    return iso(moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC))


def ship_key(batch_id: str) -> str:
    """Business key of a shipment, under which the courier and the ERP know it too."""
    return f"ship:{batch_id}"


def rebook_key(batch_id: str, number: int) -> str:
    """Business key of what replaces the booking of this number (from 1) of a batch, at the courier's too."""
    return f"rebook:{batch_id}:{number}"


def track_key(batch_id: str, look: int) -> str:
    """Business key of one look at the tracking of a batch."""
    return f"track:{batch_id}:{look}"


def submit_key(filing_id: str, version: int, attempt: int) -> str:
    """Business key of one submission of a filing, under which the authority knows it too."""
    return f"file:{filing_id}:v{version}:{attempt}"


def answer_key(filing_id: str, version: int, attempt: int, look: int) -> str:
    """Business key of one look for the authority's answer to a submission."""
    return f"answer:{filing_id}:v{version}:{attempt}:{look}"


def later_key(filing_id: str, version: int, attempt: int, look: int) -> str:
    """Business key of one look at a submission that the authority has accepted."""
    return f"answer:{filing_id}:v{version}:{attempt}:accepted-{look}"


_OURS = {"ship": COURIER, "rebook": REBOOKING, "track": TRACKING, "review": REVIEW, "file": FILING, "answer": FILING}


def job_of_key(key: str) -> str | None:
    """The job whose business keys begin like this one; None where anybody may choose such a key."""
    return _OURS.get(key.partition(":")[0])


def loads(text: str) -> Any:
    """A document of the store."""
    return orjson.loads(text)


def review_key(batch_id: str, version: int, number: int) -> str:
    """Business key of a review: one for each version of the record and each request."""
    return f"review:{batch_id}:v{version}:{number}"
