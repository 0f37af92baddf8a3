"""Bookings that stand, or may: one at a time, whichever courier they are with."""

from mes_core.domain.errors import Conflict
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
    made = work.find("effects", batch_id=batch_id, kind=BOOKING, order=("created_at", "effect_id"))
    return [
        row
        for row in made
        if (row["state"] != "intended" or (row["acted_at"] and row["business_key"] != in_hand))
        and cancellation_key(row["site"], row["reference"] or "") not in gone
    ]


def cancellation_key(site: str, reference: str) -> str:
    """Business key of the cancellation of a booking."""
    return f"cancel:{site}:{reference}"


def check_one(work: UnitOfWork, effect: EffectRow) -> None:
    """See that no other booking of this batch stands or may stand before a request for one leaves.

    Raises:
        Conflict: one does.
    """
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
