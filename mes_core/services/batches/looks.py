"""When a bot looks at the tracking of what is booked: from the pick-up on, every two hours, until it has come."""

import json
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from mes_core.messages.journeys import CustodyStep
from mes_core.services import aside, outbox, shipments
from mes_core.services.batches import bookings
from mes_core.services.batches import journey_records as kept
from mes_core.services.batches.together import together
from mes_core.services.core import Change, iso
from mes_core.services.ports import UnitOfWork

EVERY = timedelta(hours=2)
"""Plant procedure."""
_LOOKED_FOR_FOR = timedelta(days=14)
_COME = frozenset({CustodyStep.DELIVERED.value, CustodyStep.RECEIVED.value})


def to_look_at(work: UnitOfWork, now: datetime) -> list[str]:
    """Batches whose tracking is to be looked at now."""
    planned = []
    for name, text in sorted(shipments.latest(work).items()):
        times = aside.readable(f"shipment of {name}", partial(_times, text), aside.standing_in(None))
        if times is not None and times[0] <= now <= times[1] + _LOOKED_FOR_FOR:
            planned.append(name)
    read = together(work, planned)
    return [name for name in planned if _is_on_its_way(read, name) and _is_time(read, name, now)]


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


def _times(text: str) -> tuple[datetime, datetime]:
    """The pick-up and the delivery that a shipment is booked to."""
    document = json.loads(text)
    return datetime.fromisoformat(document["pickup_at"]), datetime.fromisoformat(document["delivery_at"])


def _is_on_its_way(work: UnitOfWork, batch_id: str) -> bool:
    """Until it has come; a booking has to stand at the courier."""
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
