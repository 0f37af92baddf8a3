"""Keywords of the courier portal."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any

from robot.api import logger
from robot.api.deco import keyword, library

from keywords.context import ItemContext, current
from keywords.effects import Intent, once
from keywords.failures import BusinessError
from keywords.mes_calls import asking_mes
from keywords.sites import BookingRequest, Slot
from keywords.slots import SlotChoice, SlotLimits, choose_slot
from mes_core.messages import BatchRecord

_SEARCH_DAYS = 21


@dataclass(frozen=True)
class BookedSlot:
    """A slot that is booked: the courier's reference, the slot, and the shipper that will be used."""

    reference: str
    slot: Slot
    shipper_id: str


@library(scope="SUITE")
class Courier:
    """Find a slot that keeps the cells alive, and book it, through the courier's pages."""

    @keyword
    def choose_slot_that_keeps_the_cells_alive(
        self,
        batch: BatchRecord,
        pickup_site: str,
        lead_h: float = 4,
        margin_h: float = 24,
        max_risk: float = 5,
    ) -> SlotChoice:
        """Search the courier's slots and choose: lowest transit risk, then price, among those that fit.

        A slot fits when the shipper holds longer than transit and margin, and the cells arrive before they expire and
        before the day of infusion.

        Args:
            batch: The batch record.
            pickup_site: Where the courier picks up, in the courier's words.
            lead_h: Hours needed to get the batch ready for pick-up.
            margin_h: Hours that the shipper has to hold beyond the transit.
            max_risk: Highest transit risk, percent.

        Returns:
            The choice, with the reasons why others do not fit; it may hold no slot.
        """
        limits = _limits(batch, current().now(), lead_h, margin_h, max_risk)
        slots = (
            current()
            .courier()
            .search_slots(
                pickup_site,
                _destination(batch),
                limits.earliest_pickup,
                min(limits.latest_delivery, limits.earliest_pickup + timedelta(days=_SEARCH_DAYS)),
            )
        )
        choice = choose_slot(slots, limits)
        logger.info(f"Chosen: {choice.slot}. Not chosen: {choice.why_none()}.")
        return choice

    @keyword
    def book_slot_once(self, batch: BatchRecord, choice: SlotChoice, pickup_site: str, contact: str) -> BookedSlot:
        """Book the chosen slot, once however often the item is tried; a booking of an earlier attempt is adopted.

        Args:
            batch: The batch record.
            choice: What was chosen; when it holds no slot, a logistics hold is opened and a person has to act.
            pickup_site: Where the courier picks up, in the courier's words.
            contact: Who answers questions about the shipment.

        Returns:
            The booked slot.
        """
        context = current()
        if choice.slot is None and int(context.item.get("attempt", 1)) == 1:
            _give_up(context, batch, choice)
        courier = context.courier()
        key = str(context.item["business_key"])
        shipper_id = f"SHP-{batch.batch_id}"
        effect = once(
            context,
            Intent("courier", "booking", key, batch.batch_id, _details(choice.slot, shipper_id)),
            find=lambda: courier.find_bookings(key),
            act=lambda: courier.book(_request(context, batch, choice, key, shipper_id, pickup_site, contact)),
            settle_s=courier.settle_s,
        )
        slot = _slot_of(effect.details) if effect.adopted else choice.slot
        booked = effect.shown.get("slot", "")
        if slot is None or slot.slot_id != booked:
            raise BusinessError(
                "OTHER_SLOT_BOOKED",
                f"Booking {effect.reference} of batch {batch.batch_id} is for slot '{booked}', not the one"
                " chosen; see whether it keeps the cells alive, and book by hand if not.",
            )
        return BookedSlot(effect.reference, slot, shipper_id)


def _limits(batch: BatchRecord, now: datetime, lead_h: float, margin_h: float, max_risk: float) -> SlotLimits:
    ends = [batch.expires_at] if batch.expires_at else []
    if batch.infusion_planned_on:
        ends.append(datetime.combine(batch.infusion_planned_on, time(0), UTC))
    if not ends:
        raise BusinessError(
            "NO_DEADLINE",
            f"Batch {batch.batch_id} says neither when it expires nor when it is infused; correct the record.",
        )
    return SlotLimits(now + timedelta(hours=lead_h), min(ends), margin_h, max_risk)


def _destination(batch: BatchRecord) -> str:
    if not batch.treatment_centre:
        raise BusinessError("NO_DESTINATION", f"Batch {batch.batch_id} names no treatment centre; correct the record.")
    return batch.treatment_centre


def _request(
    context: ItemContext,
    batch: BatchRecord,
    choice: SlotChoice,
    key: str,
    shipper_id: str,
    pickup_site: str,
    contact: str,
) -> BookingRequest:
    slot = choice.slot or _give_up(context, batch, choice)
    return BookingRequest(
        slot_id=slot.slot_id,
        customer_reference=key,
        contents=f"Cryopreserved cells, batch {batch.batch_id}",
        shipper_id=shipper_id,
        contact=contact,
        pickup_site=pickup_site,
        destination=_destination(batch),
        pickup_from=slot.pickup_at - timedelta(hours=1),
        pickup_to=slot.pickup_at + timedelta(hours=1),
    )


def _give_up(context: ItemContext, batch: BatchRecord, choice: SlotChoice) -> Slot:
    """Open a logistics hold with the reason, and hand the item to a person; never returns."""
    reason = f"No courier slot keeps the cells of batch {batch.batch_id} alive: {choice.why_none()}"
    with asking_mes(f"open a logistics hold on batch {batch.batch_id}"):
        context.mes.open_hold(
            batch.batch_id,
            kind="logistics",
            reason=f"{reason}.",
            key=f"logistics:{context.item['business_key']}",
        )
    raise BusinessError("NO_SLOT", f"{reason}; ask the courier for another slot, or move the infusion.")


def _details(slot: Slot | None, shipper_id: str) -> dict[str, Any]:
    if slot is None:
        return {"shipper_id": shipper_id}
    return {
        "shipper_id": shipper_id,
        "slot_id": slot.slot_id,
        "service": slot.service,
        "pickup_at": slot.pickup_at.isoformat(),
        "delivery_at": slot.delivery_at.isoformat(),
        "hold_time_h": slot.hold_time_h,
        "transit_risk": slot.transit_risk,
        "price": slot.price,
    }


def _slot_of(details: Any) -> Slot | None:
    """The slot that an earlier attempt noted with its intent."""
    if "slot_id" not in details:
        return None
    return Slot(
        slot_id=str(details["slot_id"]),
        service=str(details["service"]),
        pickup_at=datetime.fromisoformat(details["pickup_at"]),
        delivery_at=datetime.fromisoformat(details["delivery_at"]),
        hold_time_h=float(details["hold_time_h"]),
        transit_risk=float(details["transit_risk"]),
        price=float(details["price"]),
    )
