"""From what the MES holds to what the journey is reckoned with: places, couriers, laws of delays, unit, standing."""

import json
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from mes_core.domain import supply
from mes_core.domain.errors import Invalid
from mes_core.domain.states import LEFT, State
from mes_core.journey import gate as gates
from mes_core.journey.assess import Conditions, Shipment
from mes_core.journey.delays import DelayTable, shipped_table, table_of
from mes_core.journey.errors import JourneyError
from mes_core.journey.laws import Laws
from mes_core.journey.never import Standing
from mes_core.journey.places import Hours, Place
from mes_core.journey.priors import PRIORS
from mes_core.journey.shippers import Shipper
from mes_core.journey.ways import Courier, Service
from mes_core.messages import journeys as j
from mes_core.messages import logistics as lo
from mes_core.services import aside
from mes_core.services.batches import bookings, register, views
from mes_core.services.batches import journey_records as kept
from mes_core.services.journeys.told import steps
from mes_core.services.ports import UnitOfWork
from mes_core.services.ports.rows import BatchRow, JourneyRecordRow

SEED = 2026
_BOOKED = LEFT - {State.LATE_POSITIVE}


def conditions(work: UnitOfWork, centre: str) -> Conditions:
    """Couriers with their services to a centre, airports, outlook, and the laws of delays.

    A courier or an airport whose data is damaged is left out: no way over it can be taken, and the others can.

    Raises:
        Invalid: the table of delays that is in force is none, or an outlook can't be read: it may be the storm.
    """
    couriers: dict[str, Courier] = {}
    for name, row in kept.in_force(work, kept.LOGISTICS, lo.LogisticsKind.COURIER).items():
        with aside.each(f"courier {name}", name):
            couriers[name] = _courier(name, lo.CourierData.model_validate(kept.read(row)), centre)
    airports: dict[str, Place] = {}
    for name, row in kept.in_force(work, kept.LOGISTICS, lo.LogisticsKind.AIRPORT).items():
        with aside.each(f"airport {name}", name):
            airports[name] = _airport(name, lo.AirportData.model_validate(kept.read(row)))
    outlook = {
        (hub, day.isoformat()): kind
        for name, row in kept.in_force(work, kept.LOGISTICS, lo.LogisticsKind.OUTLOOK).items()
        for hub, day, kind in _outlook(name, row)
    }
    delays = kept.newest(work, kept.LOGISTICS, lo.LogisticsKind.DELAYS, "delays")
    return Conditions(_laws(delays["document"] if delays else ""), couriers, airports, outlook, SEED)


def regions(work: UnitOfWork) -> dict[str, str]:
    """Region of each airport."""
    found: dict[str, str] = {}
    for name, row in kept.in_force(work, kept.LOGISTICS, lo.LogisticsKind.AIRPORT).items():
        with aside.each(f"airport {name}", name):
            found[name] = lo.AirportData.model_validate(kept.read(row)).region
    return found


def _outlook(name: str, row: JourneyRecordRow) -> tuple[tuple[str, date, str], ...]:
    def unknown(why: str) -> tuple[tuple[str, date, str], ...]:
        raise Invalid(f"The outlook {name} can't be read ({why}): enter it again; until then no way can be judged.")

    return aside.readable(f"outlook {name}", lambda: lo.OutlookData.model_validate(kept.read(row)).days, unknown)


@lru_cache(maxsize=4)
def _laws(document: str) -> Laws:
    """Laws of the plant's own table of delays, or of the one that comes with the code."""
    return Laws(_table(document) if document else shipped_table(), PRIORS)


def _table(document: str) -> DelayTable:
    try:
        return table_of(lo.DelaysData.model_validate_json(document).table)
    except JourneyError as wrong:
        raise Invalid(f"The table of delays in force can't be used: {wrong}") from None


def _courier(name: str, data: lo.CourierData, centre: str) -> Courier:
    """A courier with its services to a centre; one that names the centre goes before one for all."""
    general = [one for one in data.services if not one.destinations]
    special = [one for one in data.services if centre in one.destinations]
    return Courier(name, {one.name: _service(one) for one in (*general, *special)})


def _service(data: lo.ServiceData) -> Service:
    return Service(**data.model_dump(exclude={"destinations"}))


def _airport(name: str, data: lo.AirportData) -> Place:
    return Place(name, data.zone, data.country)


def place(work: UnitOfWork, name: str, what: str) -> Place:
    """A plant or a treatment centre.

    Raises:
        Invalid: nothing is known of it.
    """
    row = kept.newest(work, kept.LOGISTICS, lo.LogisticsKind.PLACE, name)
    if row is None:
        raise Invalid(
            f"Nothing is known of the {what} {name!r}: add its zone, country and hours to the logistics data."
        )
    data = lo.PlaceData.model_validate(kept.read(row))
    hours = Hours(**data.hours.model_dump())
    return Place(name, data.zone, data.country, data.subdivision, data.hub, hours, data.closed)


def product(work: UnitOfWork, code: str) -> gates.ProductData:
    """What is known of a product's journey.

    Raises:
        Invalid: nothing.
    """
    row = kept.newest(work, kept.LOGISTICS, lo.LogisticsKind.PRODUCT, code)
    if row is None:
        raise Invalid(f"Nothing is known of the journey of product {code!r}: add its label to the logistics data.")
    data = lo.ProductData.model_validate(kept.read(row))
    return gates.ProductData(name=code, **data.model_dump(exclude={"stability_minutes"}))


def shipper(work: UnitOfWork, serial: str) -> Shipper:
    """A unit as the data have it, not charged.

    Raises:
        Invalid: nothing is known of it.
    """
    row = kept.newest(work, kept.LOGISTICS, lo.LogisticsKind.SHIPPER, serial)
    if row is None:
        raise Invalid(f"Nothing is known of shipper {serial!r}: add it to the logistics data.")
    return unit_of(serial, lo.ShipperData.model_validate(kept.read(row)))


def unit_of(serial: str, data: lo.ShipperData) -> Shipper:
    """A unit from its data, as it would be when it is full."""
    known = data.model_dump(exclude={"model", "full_kg", "free_from"})
    return Shipper(serial=serial, charged_kg=data.full_kg, charged_at=None, **known)


def shipment(
    work: UnitOfWork,
    batch: BatchRow,
    pickup_site: str,
    earliest: datetime,
    *,
    in_hand: str = "",
    instead: str | None = None,
) -> Shipment:
    """A batch as a shipment: its gate, its unit as it was packed (or one that may be), and how it stands.

    `in_hand` is the business key of the item under which a bot asks, see `bookings.standing`. `instead` is the
    reference of a booking that is looked at as if it did not stand; the batch is then one that may leave once more.

    Raises:
        Invalid: something that is needed is not known; says what.
    """
    record = json.loads(batch["record"])
    centre_name = record["treatment_centre"]
    if not centre_name:
        raise Invalid(f"Batch {batch['batch_id']} names no treatment centre: correct the record.")
    centre, plant = place(work, centre_name, "treatment centre"), place(work, pickup_site, "pick-up site")
    data = product(work, record["product_code"])
    told = steps(work, batch["batch_id"])
    try:
        found = gates.gate(
            data,
            centre,
            infusion_on=date.fromisoformat(record["infusion_planned_on"]) if record["infusion_planned_on"] else None,
            depletion=_depletion(told),
            expires_at=datetime.fromisoformat(record["expires_at"]) if record["expires_at"] else None,
        )
    except JourneyError as wrong:
        raise Invalid(str(wrong)) from None
    packed = kept.packing_in_force(work, batch["batch_id"])
    packing = lo.Packing.model_validate(kept.read(packed[0])) if packed else None
    made = Shipment(
        batch_id=batch["batch_id"],
        plant=plant,
        centre=centre,
        product=data,
        gate=found,
        shipper=_unit(work, packing),
        earliest_pickup=earliest,
        standing=replace(
            _standing(work, batch, record, packing, told, again=instead is not None),
            live_booking=live_booking(work, batch["batch_id"], in_hand, without=instead),
        ),
    )
    return made if packing else replace(made, charged_before_h=limits(work).charged_before_h)


def limits(work: UnitOfWork) -> lo.LimitsData:
    """What a week's plan keeps to."""
    row = kept.newest(work, kept.LOGISTICS, lo.LogisticsKind.LIMITS, "limits")
    return lo.LimitsData.model_validate(kept.read(row)) if row else lo.LimitsData()


def _unit(work: UnitOfWork, packing: lo.Packing | None) -> Shipper:
    """The unit of the packing with the weights that were measured then, or the poorest that could be taken."""
    if packing is not None:
        unit = shipper(work, packing.shipper)
        return replace(unit, dry_kg=packing.dry_kg, charged_kg=packing.charged_kg, charged_at=packing.charged_at)
    units = [
        unit_of(serial, lo.ShipperData.model_validate(kept.read(row)))
        for serial, row in kept.in_force(work, kept.LOGISTICS, lo.LogisticsKind.SHIPPER).items()
    ]
    fit = [one for one in units if one.qualified_until and one.dry_kg and one.charged_kg and one.requalified_after]
    if not fit:
        raise Invalid("No shipper in the logistics data is qualified and weighed: add one, or have one requalified.")
    return min(fit, key=lambda one: (_hold(one), one.serial))


def _hold(unit: Shipper) -> float:
    rate = unit.rate_kg_day or unit.model_rate_kg_day or float("inf")
    return ((unit.charged_kg or 0) - (unit.dry_kg or 0)) / rate


def _depletion(told: dict[j.CustodyStep, j.NewCustody]) -> gates.Depletion:
    planned, begun = told.get(j.CustodyStep.DEPLETION_PLANNED), told.get(j.CustodyStep.DEPLETION_BEGUN)
    ended = begun.details.get("ends_on") if begun else None
    starts = begun or planned
    return gates.Depletion(
        starts_at=starts.at if starts else None,
        begun=begun is not None,
        ended_on=date.fromisoformat(str(ended)) if ended else None,
        availability_confirmed=j.CustodyStep.AVAILABILITY_CONFIRMED in told,
    )


def _standing(
    work: UnitOfWork,
    batch: BatchRow,
    record: dict[str, Any],
    packing: lo.Packing | None,
    told: dict[j.CustodyStep, j.NewCustody],
    *,
    again: bool,
) -> Standing:
    batch_id = batch["batch_id"]
    supplied = register.standing(work, batch)
    if again and supplied.state in _BOOKED:  # booked, not fetched: it stands as it stood before it was booked
        supplied = replace(supplied, state=State.RELEASED)
    signed = views.disposition_of(work, batch_id)
    certified = signed if signed and signed.disposition.value in supply.CERTIFICATIONS else None
    own = (batch_id, record["patient_code"], record["donation_number"])
    names = [own]
    if packing is not None:
        names.append((packing.batch_on_label, packing.patient_on_label, packing.chain_of_identity))
    calibrated = _calibrated(work, packing.logger) if packing else None
    return Standing(
        certified_at=certified.signed_at if certified else None,
        may_be_supplied=not supply.hindrances(supplied),
        holds=tuple(
            row["hold_id"] for row in work.find("holds", batch_id=batch_id, lifted_at=None, order=("hold_id",))
        ),
        identifiers=tuple("/".join(str(part) for part in one) for one in names),
        packed=packing is not None,
        free_liquid=packing.free_liquid if packing else False,
        logger=packing.logger if packing else "",
        # Before it is packed, a calibrated logger is what the person will take.
        logger_calibrated_until=calibrated if packing else date.max,
        consignee_ready=j.CustodyStep.CENTRE_READY in told,
        depletion_begun=j.CustodyStep.DEPLETION_BEGUN in told,
        available=bool({j.CustodyStep.RECEIVED, j.CustodyStep.AVAILABILITY_CONFIRMED} & set(told)),
        picked_up=j.CustodyStep.PICKED_UP in told,
    )


def _calibrated(work: UnitOfWork, serial: str) -> date | None:
    row = kept.newest(work, kept.LOGISTICS, lo.LogisticsKind.LOGGER, serial)
    return lo.LoggerData.model_validate(kept.read(row)).calibrated_until if row else None


def live_booking(work: UnitOfWork, batch_id: str, in_hand: str = "", *, without: str | None = None) -> str:
    """What names the booking that stands or may stand: its reference, or its effect; empty when none does.

    The booking of the reference `without` is left out.
    """
    found = bookings.standing(work, batch_id, in_hand=in_hand)
    stands = [row for row in found if without is None or row["reference"] != without]
    return str(stands[-1]["reference"] or stands[-1]["effect_id"]) if stands else ""


def earliest_pickup(now: datetime, lead_h: float) -> datetime:
    """When the batch can be handed over at the earliest."""
    return now + timedelta(hours=lead_h)
