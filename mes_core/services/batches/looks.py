"""When a bot looks at the tracking of what is booked: from the pick-up on, every two hours, until it has come."""

from datetime import datetime, timedelta
from functools import partial
from typing import Any

from mes_core.messages.journeys import CustodyStep
from mes_core.services import aside, outbox, shipments
from mes_core.services.batches import bookings
from mes_core.services.batches import journey_records as kept
from mes_core.services.core import Change, iso
from mes_core.services.ports import UnitOfWork

EVERY = timedelta(hours=2)
"""Plant procedure."""
_LOOKED_FOR_FOR = timedelta(days=14)
_COME = frozenset({CustodyStep.DELIVERED.value, CustodyStep.RECEIVED.value})


def to_look_at(work: UnitOfWork, now: datetime) -> list[str]:
    """Batches whose tracking is to be looked at now."""
    found = []
    for first in work.find("shipments", order=("batch_id",)):
        name = first["batch_id"]
        document = aside.readable(f"shipment of {name}", partial(_read, work, first), aside.standing_in(None))
        if document is not None and _is_on_its_way(work, name, document, now) and _is_time(work, name, now):
            found.append(name)
    return found


def queue(work: UnitOfWork, now: datetime) -> dict[str, list[Change]]:
    """Queue a look for each of them; what each chain is told."""
    told = {}
    for name in to_look_at(work, now):
        booking = bookings.standing(work, name)[-1]
        number = len(_looks(work, name)) + 1
        payload = {"booking": booking["reference"], "site": booking["site"]}
        key = outbox.track_key(name, number)
        row = outbox.enqueue(work, now, job=outbox.TRACKING, key=key, batch_id=name, payload=payload)
        told[name] = [Change("work item queued", row["item_id"], None, outbox.TRACKING)]
    return told


def _read(work: UnitOfWork, first: Any) -> dict[str, datetime]:
    document = shipments.as_it_stands(work, first)
    return {name: datetime.fromisoformat(document[name]) for name in ("pickup_at", "delivery_at")}


def _is_on_its_way(work: UnitOfWork, batch_id: str, planned: dict[str, datetime], now: datetime) -> bool:
    """From the planned pick-up until it has come, for a fortnight at most; a booking has to stand at the courier."""
    if not planned["pickup_at"] <= now <= planned["delivery_at"] + _LOOKED_FOR_FOR:
        return False
    steps = {kept.read(row)["step"] for row in kept.all_of(work, batch_id, kept.CUSTODY)}
    return not _COME & steps and any(row["reference"] for row in bookings.standing(work, batch_id)[-1:])


def _is_time(work: UnitOfWork, batch_id: str, now: datetime) -> bool:
    """None under way, none that waits for a person, and the last one long enough ago."""
    looks = _looks(work, batch_id)
    if any(one["state"] in ("queued", "running", "waiting") for one in looks):
        return False
    last = max((one["finished_at"] or one["created_at"] for one in looks), default="")
    return last <= iso(now - EVERY)


def _looks(work: UnitOfWork, batch_id: str) -> list[Any]:
    return list(work.find("work_items", batch_id=batch_id, job=outbox.TRACKING))
