"""Booking another way in the place of one: which booking is replaced, and what the bot may do next.

The order is: choose, cancel, read back, book. So there are never two live bookings. When the cancellation fails, the
old booking stands; when the new booking fails, none stands, and the item is tried again or waits for a person.
"""

from dataclasses import dataclass
from datetime import datetime

from mes_core.messages import journeys as j
from mes_core.services import outbox
from mes_core.services.batches import bookings
from mes_core.services.journeys.forecasts import measure
from mes_core.services.ports import UnitOfWork
from mes_core.services.ports.rows import BatchRow, EffectRow, WorkItemRow


@dataclass(frozen=True)
class Replaced:
    """A booking that is replaced: its reference, the site that holds it, and its way."""

    reference: str
    site: str
    way_id: str
    courier: str


def replaced_by(item: WorkItemRow) -> Replaced | None:
    """The booking that an item replaces; None for items that replace none."""
    if item["job"] != outbox.REBOOKING:
        return None
    payload = outbox.loads(item["payload"])
    return Replaced(payload["booking"], payload["site"], payload["way_id"], payload["courier"])


def without_the_booked(asked: j.AskOptions, replaced: Replaced) -> j.AskOptions:
    """The ways on offer less the one that is booked: it is what has become too bad."""
    booked = (replaced.courier, replaced.way_id)
    return asked.model_copy(update={"offers": tuple(o for o in asked.offers if (o.courier, o.way_id) != booked)})


def shown(work: UnitOfWork, batch: BatchRow, view: j.OptionsView, replaced: Replaced, now: datetime) -> j.OptionsView:
    """The ways with what becomes of the booking that stands: replaced, kept because it has recovered, or in the way."""
    cancelled = _cancellation(work, batch["batch_id"], replaced)
    if cancelled is not None and cancelled["state"] == "confirmed":
        why = f"{view.why.rstrip('.')}; booking {replaced.reference} is cancelled, and no other one stands."
        return view.model_copy(update={"replaced": True, "why": view.why if view.chosen else why})
    if cancelled is not None and cancelled["acted_at"]:
        return view  # whether it has gone is read back before anything else
    found = measure(work, batch, now)
    view = view.model_copy(update={"now": found.p})
    if not found.below:
        why = f"{found.sentence()} Booking {replaced.reference} is kept."
        return view.model_copy(update={"chosen": None, "keep": True, "why": why})
    what = "replaces it" if view.chosen else "stands until a person decides"
    if view.chosen:
        why = f"{found.sentence()} {view.why.rstrip('.')}, and {what} (booking {replaced.reference})."
    else:
        why = f"{found.sentence()} {view.why.rstrip('.')}; booking {replaced.reference} {what}."
    return view.model_copy(update={"why": why})


def _cancellation(work: UnitOfWork, batch_id: str, replaced: Replaced) -> EffectRow | None:
    key = bookings.cancellation_key(replaced.site, replaced.reference)
    found = work.find("effects", batch_id=batch_id, kind=bookings.CANCELLATION, business_key=key)
    return found[0] if found else None
