"""Keywords of the courier portals: ways are searched and booked here, and chosen by the MES."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NoReturn

from robot.api import logger
from robot.api.deco import keyword, library

from keywords import VERSION
from keywords.context import ItemContext, current
from keywords.declarations import check_declarations
from keywords.effects import Effect, Intent, once
from keywords.failures import BusinessError
from keywords.mes_calls import asking_mes
from keywords.sites import BookingRequest, CourierPort, Slot
from mes_core.messages import BatchRecord
from mes_core.messages.journeys import AskOptions, OfferedWay, OptionsView
from mes_core.messages.logistics import PackingView
from mes_core.spelling.times import BEGINS_FIRST, BEGINS_LAST, day_begins, day_in, zone_of

_SEARCH_DAYS = 21


@dataclass(frozen=True)
class WayChoice:
    """What the MES said of the ways on offer, and the slot that may be booked: None when nobody may book yet.

    `best` is the slot that comes first whoever decides, for a page to prepare; `courier` the site that offers it.
    `asked_before` says that an earlier attempt asked that courier for this booking, which is looked for first.
    """

    options: OptionsView
    slot: Slot | None
    best: Slot | None
    courier: str
    asked_before: bool = False


@dataclass(frozen=True)
class BookedSlot:
    """A slot that is booked: reference, slot, courier, the shipper and the assessment by which it was chosen."""

    reference: str
    slot: Slot
    courier: str
    shipper_id: str
    assessment_id: str


@library(scope="SUITE", version=VERSION)
class Courier:
    """Ask the couriers for ways, let the MES choose, and book the chosen one once, through the couriers' pages."""

    @keyword
    def choose_the_way(self, batch: BatchRecord, pickup_site: str, lead_h: float = 4) -> WayChoice:
        """Search the slots of every courier, and let the MES judge them and say which may be booked.

        When an earlier attempt asked one courier for this booking, only that one is searched: it may hold it.

        Args:
            batch: The batch record.
            pickup_site: Where the courier picks up, in the courier's words.
            lead_h: Hours needed to get the batch ready for pick-up.

        Returns:
            The choice, with every way and the reasons; it may hold no slot.
        """
        context = current()
        sent_to = _sent_to(context, batch)
        start = context.now() + timedelta(hours=lead_h)
        end = min(_last_day(batch), start + timedelta(days=_SEARCH_DAYS))
        found: dict[str, tuple[str, Slot]] = {}
        offers = []
        for system, port in context.couriers().items():
            if sent_to not in ("", system):
                continue
            product = context.settings.sites[system].product
            for slot in port.search_slots(pickup_site, _destination(batch), start, end):
                found[slot.slot_id] = (system, slot)
                offers.append(_offer(product, slot))
        with asking_mes(f"assess the ways of batch {batch.batch_id}"):
            asked = AskOptions(offers=tuple(offers), pickup_site=pickup_site, lead_h=lead_h)
            options = context.mes.assess_ways(batch.batch_id, asked)
        logger.info(options.why)
        best = next((found[one.way_id] for one in options.ways if one.p is not None), ("", None))
        chosen = found.get(options.chosen or "", ("", None))
        return WayChoice(options, chosen[1], best[1], sent_to or chosen[0] or best[0], bool(sent_to))

    @keyword
    def book_the_way_once(
        self, batch: BatchRecord, choice: WayChoice, pickup_site: str, contact: str, coldest_c: float = -150
    ) -> BookedSlot:
        """Book the chosen slot, once however often the item is tried; a booking of an earlier attempt is adopted.

        Shipper and declarations come from the packing record that two persons signed. Without it the page is prepared
        and the item waits for a person.

        Args:
            batch: The batch record.
            choice: What was chosen; when it holds no slot, a person has to act.
            pickup_site: Where the courier picks up, in the courier's words.
            contact: Who answers questions about the shipment.
            coldest_c: Temperature in Celsius below which a container counts as cold.

        Returns:
            The booked slot.
        """
        context = current()
        key = str(context.item["business_key"])
        system = choice.courier or next(iter(context.couriers()))
        courier = context.couriers()[system]
        if choice.slot is None and not choice.options.live_booking and not choice.asked_before:
            _wait_for_a_person(context, batch, choice, courier, pickup_site, contact)
        record = _packing(context, batch)
        details = _details(choice.slot, record.packing.shipper, choice.options.assessment_id)

        def act() -> str:
            if choice.slot is None:
                _wait_for_a_person(context, batch, choice, courier, pickup_site, contact)
            product = context.settings.sites[system].product
            check_declarations(product, courier.declarations, record, coldest_c, _arrives_on(choice.slot, record))
            return courier.book(_request(batch, choice.slot, key, record.packing.shipper, pickup_site, contact))

        effect = once(
            context,
            Intent(system, "booking", key, batch.batch_id, details),
            find=lambda: courier.find_bookings(key),
            act=act,
            settle_s=courier.settle_s,
        )
        return _booked(batch, system, effect, choice.slot, details)


def _booked(
    batch: BatchRecord, system: str, effect: Effect, chosen: Slot | None, details: dict[str, Any]
) -> BookedSlot:
    """What stands with the courier: the slot that was noted with the intent, or a person looks at it."""
    slot = _slot_of(effect.details) if effect.adopted else chosen
    booked = effect.shown.get("slot", "")
    if slot is None or slot.slot_id != booked:
        raise BusinessError(
            "OTHER_SLOT_BOOKED",
            f"Booking {effect.reference} of batch {batch.batch_id} is for slot '{booked}', not the one"
            " chosen; see whether it keeps the cells alive, and book by hand if not.",
        )
    noted = effect.details if effect.adopted else details
    return BookedSlot(effect.reference, slot, system, str(noted["shipper_id"]), str(noted["assessment_id"]))


def _sent_to(context: ItemContext, batch: BatchRecord) -> str:
    """The courier that was asked for this very booking by an earlier attempt; empty when none was."""
    with asking_mes(f"read what was done for batch {batch.batch_id}"):
        effects = context.mes.effects(batch.batch_id)
    key = str(context.item["business_key"])
    mine = [one for one in effects if one.kind == "booking" and one.business_key == key]
    return next((one.site for one in mine if one.acted_at is not None or one.state != "intended"), "")


def _arrives_on(slot: Slot, record: PackingView) -> date:
    """The day of the delivery at the plant, whose shippers are qualified until a day of the plant's.

    Where its zone is not known, the latest day that it can be: nothing is declared that may be over by then.
    """
    return day_in(slot.delivery_at, zone_of(record.plant_zone, BEGINS_FIRST))


def _last_day(batch: BatchRecord) -> datetime:
    """Until when slots are searched: until the day of the infusion begins at the treatment centre.

    Where its zone is not known, until it begins last, as the gate itself is the MES's to know.
    """
    ends = [batch.expires_at] if batch.expires_at else []
    if batch.infusion_planned_on:
        ends.append(day_begins(batch.infusion_planned_on, zone_of(batch.treatment_zone, BEGINS_LAST)))
    if not ends:
        raise BusinessError(
            "NO_DEADLINE",
            f"Batch {batch.batch_id} says neither when it expires nor when it is infused; correct the record.",
        )
    return min(ends)


def _destination(batch: BatchRecord) -> str:
    if not batch.treatment_centre:
        raise BusinessError("NO_DESTINATION", f"Batch {batch.batch_id} names no treatment centre; correct the record.")
    return batch.treatment_centre


def _offer(product: str, slot: Slot) -> OfferedWay:
    return OfferedWay(
        way_id=slot.slot_id,
        courier=product,
        service=slot.service,
        pickup=slot.pickup_at.isoformat(),
        delivery=slot.delivery_at.isoformat(),
        price=max(slot.price, 0.0),
    )


def _packing(context: ItemContext, batch: BatchRecord) -> PackingView:
    """The packing record in force."""
    with asking_mes(f"read the packing of batch {batch.batch_id}"):
        records = context.mes.packings(batch.batch_id)
    if not records or not records[-1].in_force:
        raise BusinessError(
            "NOT_PACKED",
            f"No packing record of batch {batch.batch_id} is signed by two persons: pack it and sign, then it goes on.",
        )
    return records[-1]


def _request(batch: BatchRecord, slot: Slot, key: str, shipper_id: str, site: str, contact: str) -> BookingRequest:
    return BookingRequest(
        slot_id=slot.slot_id,
        customer_reference=key,
        contents=f"Cryopreserved cells, batch {batch.batch_id}",
        shipper_id=shipper_id,
        contact=contact,
        pickup_site=site,
        destination=_destination(batch),
        pickup_from=slot.pickup_at - timedelta(hours=1),
        pickup_to=slot.pickup_at + timedelta(hours=1),
        label_text="|".join(part for part in (batch.batch_id, batch.donation_number) if part),
    )


def _wait_for_a_person(
    context: ItemContext, batch: BatchRecord, choice: WayChoice, courier: CourierPort, site: str, contact: str
) -> NoReturn:
    """Hand the item to a person with the page prepared.

    What only waits for a signature opens no hold: the batch is in order and goes on by itself when it is signed.
    """
    options = choice.options
    only = (
        f" No other courier was searched: {choice.courier} was asked for this booking before and may hold it yet."
        if choice.asked_before
        else ""
    )
    if options.never:
        if choice.best is not None:
            key = str(context.item["business_key"])
            courier.prepare(_request(batch, choice.best, key, options.shipper, site, contact))
        raise BusinessError(
            "NOT_READY_TO_SHIP",
            f"{options.why}{only} The booking page is prepared in the evidence; it goes on when this is signed.",
        )
    if choice.best is not None:
        raise BusinessError("A_PERSON_DECIDES", f"{options.why.rstrip('.')}; sign for a way, then it goes on.{only}")
    with asking_mes(f"open a logistics hold on batch {batch.batch_id}"):
        key = f"logistics:{context.item['business_key']}"
        context.mes.open_hold(batch.batch_id, kind="logistics", reason=(options.why + only)[:1000], key=key)
    raise BusinessError(
        "NO_SLOT", f"{options.why.rstrip('.')}; ask the couriers for other slots, or move the infusion.{only}"
    )


def _details(slot: Slot | None, shipper_id: str, assessment_id: str) -> dict[str, Any]:
    noted: dict[str, Any] = {"shipper_id": shipper_id, "assessment_id": assessment_id}
    if slot is not None:
        times = {"pickup_at": slot.pickup_at.isoformat(), "delivery_at": slot.delivery_at.isoformat()}
        noted |= {"slot_id": slot.slot_id, "service": slot.service, "price": slot.price, **times}
    return noted


def _slot_of(details: Any) -> Slot | None:
    """The slot that an earlier attempt noted with its intent."""
    if "slot_id" not in details:
        return None
    return Slot(
        slot_id=str(details["slot_id"]),
        service=str(details["service"]),
        pickup_at=datetime.fromisoformat(details["pickup_at"]),
        delivery_at=datetime.fromisoformat(details["delivery_at"]),
        price=float(details["price"]),
    )
