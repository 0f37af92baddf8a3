"""Which courier slot keeps the cells alive. Pure: slots and limits in, a choice with its reasons out."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from keywords.sites import Slot


@dataclass(frozen=True)
class SlotLimits:
    """What a slot has to keep.

    Attributes:
        earliest_pickup: The batch can't be handed over before.
        latest_delivery: When the cells have to be there: before they expire and before they are infused.
        margin_h: Hours that the shipper has to hold beyond the planned transit.
        max_risk: Highest transit risk, percent.
    """

    earliest_pickup: datetime
    latest_delivery: datetime
    margin_h: float
    max_risk: float


@dataclass(frozen=True)
class SlotChoice:
    """The slot chosen, None when none will do, and why the others were not: reason by number of slots."""

    slot: Slot | None
    offered: int
    refused: dict[str, int]

    def why_none(self) -> str:
        """Why no slot will do, for a person."""
        if not self.offered:
            return "the courier offers no slot at all in the time that is left"
        reasons = ", ".join(f"{count} {reason}" for reason, count in sorted(self.refused.items()))
        return f"of {self.offered} on offer, {reasons}"


def choose_slot(slots: Iterable[Slot], limits: SlotLimits) -> SlotChoice:
    """Choose the slot with the lowest transit risk, then the lowest price, among those that keep the cells alive."""
    offered = list(slots)
    reasons = {slot.slot_id: _why_not(slot, limits) for slot in offered}
    fitting = [slot for slot in offered if reasons[slot.slot_id] is None]
    best = min(fitting, key=lambda s: (s.transit_risk, s.price, s.delivery_at, s.slot_id), default=None)
    return SlotChoice(best, len(offered), dict(Counter(reason for reason in reasons.values() if reason)))


def _why_not(slot: Slot, limits: SlotLimits) -> str | None:
    transit = slot.delivery_at - slot.pickup_at
    if transit <= timedelta(0):
        return "with a delivery before the pick-up"
    if slot.pickup_at < limits.earliest_pickup:
        return "with too early a pick-up"
    if slot.delivery_at > limits.latest_delivery:
        return "with too late a delivery"
    if timedelta(hours=slot.hold_time_h) < transit + timedelta(hours=limits.margin_h):
        return f"with a shipper that does not hold {limits.margin_h:g} h beyond the transit"
    if slot.transit_risk > limits.max_risk:
        return f"with a transit risk over {limits.max_risk:g} %"
    return None
