"""Bookings that stand, or may: one at a time, whichever courier they are with; none is cancelled once it is fetched."""

import json
from datetime import datetime

from mes_core.domain.errors import Conflict
from mes_core.messages.journeys import CustodyStep
from mes_core.services import shipments
from mes_core.services.batches import journey_records as kept
from mes_core.services.ports import UnitOfWork
from mes_core.services.ports.rows import EffectRow

BOOKING, CANCELLATION = "booking", "cancellation"


def standing(work: UnitOfWork, batch_id: str, *, in_hand: str = "") -> list[EffectRow]:
    """Booking effects that a courier may hold: confirmed, in doubt, or sent and not read back; none that is cancelled.

    A booking counts as cancelled only when its cancellation was read back. `in_hand` is the business key of the item
    of whoever asks: what was sent under it and not read back is left out, because they look for it before they send.
    """
    gone = {
        row["business_key"] for row in work.find("effects", batch_id=batch_id, kind=CANCELLATION, state="confirmed")
    }
    return [
        row
        for row in made(work, batch_id)
        if (row["state"] != "intended" or (row["acted_at"] and row["business_key"] != in_hand))
        and cancellation_key(row["site"], row["reference"] or "") not in gone
    ]


def made(work: UnitOfWork, batch_id: str) -> list[EffectRow]:
    """Every booking that was intended for a batch, oldest first."""
    return work.find("effects", batch_id=batch_id, kind=BOOKING, order=("created_at", "effect_id"))


def is_cancelled(work: UnitOfWork, booking: EffectRow) -> bool:
    """Whether the cancellation of a booking was read back."""
    key = cancellation_key(booking["site"], booking["reference"] or "")
    told = work.find("effects", batch_id=booking["batch_id"], kind=CANCELLATION, business_key=key)
    return any(row["state"] == "confirmed" for row in told)


def cancellation_key(site: str, reference: str) -> str:
    """Business key of the cancellation of a booking."""
    return f"cancel:{site}:{reference}"


def check_one(work: UnitOfWork, effect: EffectRow, now: datetime) -> None:
    """See that a booking or a cancellation may leave now.

    Raises:
        Conflict: another booking of this batch stands or may stand; or the one that is to be cancelled has been picked
            up, or should have been by now.
    """
    if effect["kind"] == CANCELLATION:
        _check_is_not_under_way(work, effect["batch_id"], now)
    if effect["kind"] != BOOKING:
        return
    others = [row for row in standing(work, effect["batch_id"]) if row["effect_id"] != effect["effect_id"]]
    if others:
        where = others[0]
        told = where["reference"] or f"one that is {where['state'].replace('_', ' ')}"
        raise Conflict(
            f"A booking of batch {effect['batch_id']} stands with {where['site']} ({told}): it is cancelled, and that"
            " is read back, before another one is sent."
        )


def _check_is_not_under_way(work: UnitOfWork, batch_id: str, now: datetime) -> None:
    """After the pick-up a person alone decides; from its planned time on the courier may have been there unheard."""
    if picked_up(work, batch_id):
        raise Conflict(f"Batch {batch_id} was picked up: only a person decides from here on, with the courier.")
    shipment = shipments.in_force(work, batch_id)
    if shipment is not None and datetime.fromisoformat(shipment["pickup_at"]) <= now:
        raise Conflict(
            f"The pick-up of batch {batch_id} was due at {shipment['pickup_at']}, and nobody has noted whether it took"
            " place: a person calls the courier and decides."
        )


def picked_up(work: UnitOfWork, batch_id: str) -> bool:
    """Whether somebody noted that the courier has it."""
    rows = work.find("journey_records", batch_id=batch_id, kind=kept.CUSTODY)
    return any(json.loads(row["document"])["step"] == CustodyStep.PICKED_UP for row in rows)
