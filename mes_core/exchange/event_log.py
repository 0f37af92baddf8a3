"""The MES's own event log: what happened to each batch, by whom, from when to when.

Operations of the record and work items of the bots have a beginning and an end; decisions (a signature, a hold) are
moments. Patients are not in it: a case is a batch number.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from mes_core.messages import BatchRecord
from mes_core.messages.views import AuditEntry

MOMENTS = {
    "record stored": "Store record",
    "reviewed": "Review by rules",
    "judged after release": "Judge after release",
    "hold opened": "Open hold",
    "hold lifted": "Lift hold",
    "finding closed": "Close finding",
    "deviation opened": "Open deviation",
    "deviation closed": "Close deviation",
    "prediction decided": "Decide on prediction",
    "disposition signed": "Sign disposition",
    "shipment recorded": "Record shipment",
    "filing acknowledged": "Acknowledge filing",
}
"""Entries of the audit trail that are activities of their own; the rest only notes their detail."""


@dataclass(frozen=True)
class LoggedEvent:
    """One activity of one case. `started` is None where nobody noted it; times are zone-aware UTC."""

    case: str
    activity: str
    resource: str
    role: str
    started: datetime | None
    ended: datetime
    subject: str = ""


def events_of(record: BatchRecord, trail: Iterable[AuditEntry], jobs: Mapping[str, str]) -> list[LoggedEvent]:
    """Events of one batch, by the time of their end.

    Args:
        record: The batch record.
        trail: Its audit trail, in order.
        jobs: Job of each work item, by its number.
    """
    found = [*_operations(record), *_decisions(record.batch_id, trail, jobs)]
    return sorted(found, key=lambda one: (one.ended, one.started or one.ended, one.activity, one.subject))


def _operations(record: BatchRecord) -> Iterator[LoggedEvent]:
    roles = {one.account: one.role for one in record.signatories}
    for step in record.steps:
        ended = step.ended_at or step.performed_at
        if ended is None:
            continue
        performer = step.performer or "unknown"
        role = roles.get(performer, "operator" if step.performer else "unknown")
        yield LoggedEvent(record.batch_id, step.operation, performer, role, step.started_at, ended, step.step_id)


def _decisions(batch_id: str, trail: Iterable[AuditEntry], jobs: Mapping[str, str]) -> Iterator[LoggedEvent]:
    """Work items from their claim to their end, and moments."""
    claimed: dict[str, datetime] = {}
    for entry in trail:
        if entry.action == "work item claimed":
            claimed[entry.subject] = entry.at
        elif entry.action in ("work item done", "work item failed"):
            began = claimed.pop(entry.subject, None)
            job = jobs.get(entry.subject, "work item")
            activity = job if entry.action == "work item done" else f"{job} (failed)"
            yield LoggedEvent(batch_id, activity, entry.user, "bot", began, entry.at, entry.subject)
        elif entry.action in MOMENTS:
            role = "bot" if entry.user.startswith("bot") else "person"
            activity = MOMENTS[entry.action]
            yield LoggedEvent(batch_id, activity, entry.user, role, entry.at, entry.at, entry.subject)
