"""What is never done, whatever the odds: reasons that rule out a shipment, and reasons that rule out a way."""

from dataclasses import dataclass
from datetime import date, datetime

from mes_core.journey.places import Place, closed_because, local_day
from mes_core.journey.shippers import Shipper, why_unfit
from mes_core.journey.ways import Way


@dataclass(frozen=True)
class Standing:
    """How the shipment stands with everything that has to be in order, as signed records say.

    Attributes:
        certified_at: when the release was signed; None when it was not.
        may_be_supplied: the register has its entry, and nothing forbids the supply.
        holds: open holds.
        identifiers: what label, batch and chain of identity say; more than one value is a mismatch.
        packed: a packing record is signed by two persons.
        free_liquid: the shipper holds free liquid.
        logger, logger_calibrated_until: serial of the logger, and the last day of its calibration.
        consignee_ready: the centre confirmed that it receives.
        depletion_begun, available: depletion has begun; receipt or availability was confirmed.
        live_booking: reference of a booking that stands.
        picked_up: the courier has the shipper.
    """

    certified_at: datetime | None = None
    may_be_supplied: bool = False
    holds: tuple[str, ...] = ()
    identifiers: tuple[str, ...] = ()
    packed: bool = False
    free_liquid: bool = False
    logger: str = ""
    logger_calibrated_until: date | None = None
    consignee_ready: bool = False
    depletion_begun: bool = False
    available: bool = False
    live_booking: str = ""
    picked_up: bool = False


def shipment_refusals(standing: Standing) -> tuple[str, ...]:
    """Reasons why this shipment may not be booked at all."""
    checks = (
        (standing.certified_at is None, "the batch is not released"),
        (standing.certified_at is not None and not standing.may_be_supplied, "the register does not allow its supply"),
        (bool(standing.holds), f"it is on hold ({', '.join(standing.holds)})"),
        (len(set(standing.identifiers)) > 1, f"its labels disagree ({', '.join(sorted(set(standing.identifiers)))})"),
        (not standing.packed, "no packing record is signed by two persons"),
        (standing.free_liquid, "the shipper holds free liquid nitrogen"),
        (not standing.consignee_ready, "the treatment centre has not confirmed that it receives"),
        (standing.depletion_begun and not standing.available, "lymphodepletion has begun without a receipt"),
        (standing.picked_up, "the courier has it already: only a person decides from here on"),
        (bool(standing.live_booking), f"booking {standing.live_booking} stands"),
    )
    return tuple(text for wrong, text in checks if wrong)


def way_refusals(
    way: Way,
    standing: Standing,
    *,
    plant: Place,
    centre: Place,
    shipper: Shipper,
    latest: datetime,
    earliest_pickup: datetime,
    longest_charged_h: float,
) -> tuple[str, ...]:
    """Reasons why a way is never taken for this shipment, those of the shipment itself left out.

    Logger and shipper are the plant's, and so are the last days of their certificates; the centre's hours are its own.
    """
    arrives = local_day(plant, way.delivery_at)
    calibrated = standing.logger_calibrated_until
    certified = standing.certified_at
    checks = (
        (way.pickup_at < earliest_pickup, "its pick-up is too early to get ready for"),
        (certified is not None and way.pickup_at < certified, "its pick-up lies before the certification"),
        (way.delivery_at > latest, "it arrives after the receipt has to be done"),
        (calibrated is None, f"logger {standing.logger or '(none)'} has no calibration"),
        (
            calibrated is not None and calibrated < arrives,
            f"the calibration of logger {standing.logger} ends on {calibrated}, before it arrives",
        ),
    )
    found = [text for wrong, text in checks if wrong]
    unfit = why_unfit(shipper, leaves_at=way.pickup_at, back_on=arrives, longest_charged_h=longest_charged_h)
    closed = closed_because(centre, way.delivery_at)
    return (*found, *(text for text in (unfit, closed) if text))
