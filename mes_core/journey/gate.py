"""The depletion gate: until when cells have to be received and checked, so that no patient is depleted in vain."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from mes_core.journey.errors import JourneyError
from mes_core.journey.places import Place, at_local


@dataclass(frozen=True)
class ProductData:
    """What the product's label and its sponsor say about its journey; product data, never constants.

    Attributes:
        depletion_days_before: days from the start of lymphodepletion to the infusion, as the label has it.
        depletion_clock: local time at which depletion starts, where the centre has not said otherwise.
        window_days: first and last day of the infusion, counted from the end of depletion.
        receipt_check_h: hours that the centre needs to receive and check before it may begin.
        hold_margin_h: hours that the shipper has to hold on after it was unloaded.
        threshold: probability below which a person decides.
        floor: probability below which a week's plan gives a patient no way at all.
        waits_for_receipt: depletion begins only after the receipt (True), or on confirmed availability (False).
        longest_charged_h: hours after charging within which a shipper has to leave.
        source: where all this stands.
    """

    name: str
    depletion_days_before: int
    depletion_clock: time
    window_days: tuple[int, int]
    receipt_check_h: float
    hold_margin_h: float
    threshold: float
    floor: float
    longest_charged_h: float
    waits_for_receipt: bool = True
    source: str = ""


@dataclass(frozen=True)
class Depletion:
    """What the centre said of the patient's lymphodepletion.

    Attributes:
        starts_at: when it starts or started; None where only the day of the infusion is known.
        begun: it has started.
        ended_on: its last day, as far as it is known.
        availability_confirmed: the plant confirmed to the centre that the product is available.
    """

    starts_at: datetime | None = None
    begun: bool = False
    ended_on: date | None = None
    availability_confirmed: bool = False


@dataclass(frozen=True)
class Gate:
    """The moment by which the cells are received and checked (UTC), what it follows from, and whether it was told."""

    at: datetime
    why: str
    told: bool


def gate(
    product: ProductData,
    centre: Place,
    *,
    infusion_on: date | None,
    depletion: Depletion,
    expires_at: datetime | None = None,
) -> Gate:
    """When the product has to be received **and** checked.

    Raises:
        JourneyError: nothing says when the patient is treated, or depletion has begun and its end is not known.
    """
    found = _begun(product, centre, depletion) if depletion.begun else _ahead(product, centre, infusion_on, depletion)
    if expires_at is not None and expires_at < found.at:
        return Gate(expires_at, "the product expires", told=True)
    return found


def _ahead(product: ProductData, centre: Place, infusion_on: date | None, depletion: Depletion) -> Gate:
    if depletion.starts_at is not None:
        return Gate(depletion.starts_at, f"{centre.name} starts lymphodepletion then", told=True)
    if infusion_on is None:
        raise JourneyError(
            f"Neither the start of lymphodepletion nor the day of the infusion at {centre.name} is known: ask the"
            " centre, and add it to the batch."
        )
    day = infusion_on - timedelta(days=product.depletion_days_before)
    starts = at_local(centre, day, product.depletion_clock)
    days = product.depletion_days_before
    return Gate(starts, f"lymphodepletion starts {days} days before the infusion on {infusion_on}", told=False)


def _begun(product: ProductData, centre: Place, depletion: Depletion) -> Gate:
    if depletion.ended_on is None:
        raise JourneyError(
            f"Lymphodepletion has begun at {centre.name}, and its last day is not known: ask the centre now."
        )
    last = depletion.ended_on + timedelta(days=product.window_days[1])
    return Gate(
        at_local(centre, last, time(0)),
        f"the label has the infusion at most {product.window_days[1]} days after depletion ended",
        told=True,
    )


def checked_by(found: Gate, product: ProductData) -> datetime:
    """The latest receipt: the gate less the time that the check takes."""
    return found.at - timedelta(hours=product.receipt_check_h)
