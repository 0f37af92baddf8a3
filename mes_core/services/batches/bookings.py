"""Bookings that stand, or may: one at a time, whichever courier they are with; none is cancelled once it is fetched."""

import json
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from mes_core.domain.errors import Conflict, Forbidden
from mes_core.messages import RecordKind
from mes_core.services import outbox, shipments
from mes_core.services.core import open_holds
from mes_core.services.filing import departures
from mes_core.services.ports import UnitOfWork
from mes_core.services.ports.rows import EffectColumns, EffectRow, WorkItemRow

BOOKING, CANCELLATION = "booking", "cancellation"
_JOBS: Mapping[str, frozenset[str]] = {
    BOOKING: frozenset({outbox.COURIER, outbox.REBOOKING}),
    CANCELLATION: frozenset({outbox.REBOOKING}),
}


def standing(work: UnitOfWork, batch_id: str, *, in_hand: str = "") -> list[EffectRow]:
    """Booking effects that a courier may hold: confirmed, in doubt, or sent and not read back; none that is cancelled.

    A booking counts as cancelled only when its cancellation was read back. `in_hand` is the business key of the item
    of whoever asks: what was sent under it and not read back is left out, because they look for it before they send.
    """
    gone = cancelled(work.find("effects", batch_id=batch_id, kind=CANCELLATION))
    return [
        row
        for row in made(work, batch_id)
        if (row["state"] != "intended" or (row["acted_at"] and row["business_key"] != in_hand))
        and not is_gone(row, gone)
    ]


def references(work: UnitOfWork, batch_id: str) -> list[str]:
    """The couriers' numbers of the bookings that stand, as far as they were read back."""
    return [row["reference"] for row in standing(work, batch_id) if row["reference"]]


def made(work: UnitOfWork, batch_id: str) -> list[EffectRow]:
    """Every booking that was intended for a batch, oldest first."""
    return work.find("effects", batch_id=batch_id, kind=BOOKING, order=("created_at", "effect_id"))


def cancelled(effects: Iterable[EffectRow]) -> frozenset[tuple[str, str]]:
    """Batch and key of each cancellation that was read back."""
    return frozenset(
        (row["batch_id"], row["business_key"])
        for row in effects
        if row["kind"] == CANCELLATION and row["state"] == "confirmed"
    )


def is_gone(booking: EffectRow, gone: Collection[tuple[str, str]]) -> bool:
    """Whether a booking is one of those whose cancellation was read back."""
    return (booking["batch_id"], cancellation_key(booking["site"], booking["reference"] or "")) in gone


def check_stands(work: UnitOfWork, batch_id: str, reference: str, what: str) -> None:
    """See that what was read is of a booking of this batch that stands: another one's, or a cancelled one's, says
    nothing of it.

    Raises:
        Conflict: it is of no such booking.
    """
    if reference not in (stands := references(work, batch_id)):
        raise Conflict(
            f"{what} is of booking {reference!r}, and that of batch {batch_id} is"
            f" {', '.join(stands) or 'not known'}: look at the bookings of the batch."
        )


def cancellation_key(site: str, reference: str) -> str:
    """Business key of the cancellation of a booking."""
    return f"cancel:{site}:{reference}"


def check_is_their_job(work: UnitOfWork, item: WorkItemRow, effect: EffectColumns | EffectRow) -> None:
    """See that a booking of cells is made, and let go, by the bot whose work it is.

    Args:
        work: the transaction.
        item: the item in hand.
        effect: what is intended: its `batch_id`, `site`, `kind` and `business_key`.

    Raises:
        Forbidden: the item in hand is of another job, or the booking to be cancelled is not the one that it replaces.
    """
    kind, batch_id = effect["kind"], effect["batch_id"]
    if kind not in _JOBS:
        return
    batch = work.get("batches", batch_id=batch_id)
    if kind == BOOKING and (batch is None or batch["kind"] != RecordKind.CAR_T):
        return  # other products have no courier of ours
    if item["job"] not in _JOBS[kind]:
        raise Forbidden(
            f"A bot at {item['job']} makes no {kind} for batch {batch_id}: that is for"
            f" {' or '.join(sorted(_JOBS[kind]))}."
        )
    if kind == CANCELLATION:
        payload = json.loads(item["payload"])
        old_site, old = payload.get("site", "-"), payload.get("booking", "-")
        wanted = (old_site, cancellation_key(old_site, old))
        if (effect["site"], effect["business_key"]) != wanted:
            raise Forbidden(
                f"Work item {item['item_id']} replaces booking {old} at {old_site}: under it no other"
                f" one is cancelled ({effect['business_key']!r} at {effect['site']})."
            )


def check_one(work: UnitOfWork, effect: EffectRow, now: datetime) -> None:
    """See that a booking or a cancellation may leave now.

    Raises:
        Conflict: another booking of this batch stands or may stand; the batch is on hold or was picked up; or the
            booking that is to be cancelled should have been picked up by now.
    """
    if effect["kind"] not in (BOOKING, CANCELLATION):
        return
    # Who asked for a way did so a while ago: that it was fetched meanwhile, also by a courier who had been told not to
    # come, has to stop a second one from being sent.
    _check_is_not_picked_up(work, effect["batch_id"])
    if effect["kind"] == CANCELLATION:
        _check_is_not_to_be_picked_up_by_now(work, effect["batch_id"], now)
        return
    if holds := open_holds(work, effect["batch_id"]):  # opened after the way was chosen
        raise Conflict(
            f"Batch {effect['batch_id']} is on hold ({', '.join(row['hold_id'] for row in holds)}): nothing is booked"
            " until every hold is lifted."
        )
    others = [row for row in standing(work, effect["batch_id"]) if row["effect_id"] != effect["effect_id"]]
    if others:
        where = others[0]
        told = where["reference"] or f"one that is {where['state'].replace('_', ' ')}"
        raise Conflict(
            f"A booking of batch {effect['batch_id']} stands with {where['site']} ({told}): it is cancelled, and that"
            " is read back, before another one is sent."
        )


def _check_is_not_picked_up(work: UnitOfWork, batch_id: str) -> None:
    """After the pick-up a person alone decides."""
    if departures.picked_up(work, batch_id) is not None:
        raise Conflict(f"Batch {batch_id} was picked up: only a person decides from here on, with the courier.")


def _check_is_not_to_be_picked_up_by_now(work: UnitOfWork, batch_id: str, now: datetime) -> None:
    """From the planned time of the pick-up on the courier may have been there unheard."""
    shipment = shipments.in_force(work, batch_id)
    if shipment is not None and datetime.fromisoformat(shipment["pickup_at"]) <= now:
        raise Conflict(
            f"The pick-up of batch {batch_id} was due at {shipment['pickup_at']}, and nobody has noted whether it took"
            " place: a person calls the courier and decides."
        )
