"""Ways on offer for a batch, what they are worth, who decides, and what happens on the way."""

from enum import StrEnum
from typing import Any

from pydantic import Field

from mes_core.messages.record import Code, Instant, Message, View
from mes_core.messages.signatures import Signed


class OfferedWay(Message):
    """A slot as a portal shows it. Times are text, with an offset or in the local time of their place.

    A text that is no time refuses this one way, never the whole question.
    """

    way_id: str = Field(min_length=1, max_length=80)
    courier: str = Field(min_length=1, max_length=80)
    service: str = Field(max_length=80)
    pickup: str = Field(max_length=60)
    delivery: str = Field(max_length=60)
    price: float = Field(ge=0, le=1e7)


class AskOptions(Message):
    """Ask what the ways on offer are worth for a batch; `pickup_site` is the name of the plant's place."""

    offers: tuple[OfferedWay, ...] = Field(max_length=1000)
    pickup_site: str = Field(min_length=1, max_length=120)
    lead_h: float = Field(default=4.0, ge=0, le=240)


class WayView(View):
    """A way, with its probability in parts and its interval, or with why it is never taken. Probabilities are 0 to 1.

    `hold_left_h` are the 5, 50 and 95 % quantiles of the hold left at unloading; `second` is what the best later way
    still has.
    """

    way_id: str
    courier: str
    service: str
    price: float
    pickup_at: Instant | None = None
    delivery_at: Instant | None = None
    p: float | None = None
    low: float | None = None
    high: float | None = None
    late: float | None = None
    warm: float | None = None
    excursion: float | None = None
    hold_left_h: tuple[float, ...] = ()
    second: float | None = None
    never: tuple[str, ...] = ()


class PriorView(View):
    """A figure of the model that nobody measured, with its range."""

    name: str
    value: float
    low: float
    high: float
    unit: str
    text: str


class OptionsView(View):
    """The ways of a batch, the best first, as they were judged at one moment.

    `chosen` is the way that may be booked now, by the bot (`decides` is "bot") or because a person signed for it
    (`decides` is "person" and `decided_by` is set); None where nobody may book yet, for the reason in `why`.
    `live_booking` is the reference of a booking that stands. Where a booking is to be replaced, `replaces` is its
    reference, `replaced` says that its cancellation was read back, `keep` that it has recovered and stays, and `now`
    what its way is still worth.
    """

    assessment_id: str
    batch_id: str
    made_at: Instant
    chosen: str | None
    decides: str
    decided_by: str | None = None
    why: str
    never: tuple[str, ...] = ()
    live_booking: str = ""
    pickup_site: str = ""
    replaces: str = ""
    replaced: bool = False
    keep: bool = False
    now: float | None = None
    gate_at: Instant | None = None
    gate_why: str = ""
    latest_receipt_at: Instant | None = None
    threshold: float = 0.0
    shipper: str = ""
    logger: str = ""
    seal: str = ""
    packing: int | None = None
    ways: tuple[WayView, ...] = ()
    delays: str = ""
    priors: tuple[PriorView, ...] = ()

    def way(self, way_id: str) -> WayView | None:
        """One of its ways."""
        return next((one for one in self.ways if one.way_id == way_id), None)


class ForecastView(View):
    """What the booked way is worth by all that is known now. Probabilities are 0 to 1.

    `limit` is what it must not fall below: the product's threshold, or what a person signed for where that is less.
    `p` is None where the way may not be taken any more (`never`). `rebooking` is the key of the work item that books
    another way, where one is under way.
    """

    batch_id: str
    number: int
    made_at: Instant
    booking_reference: str
    way_id: str
    p: float | None
    low: float | None = None
    high: float | None = None
    late: float | None = None
    warm: float | None = None
    excursion: float | None = None
    limit: float
    below: bool
    picked_up: bool
    never: tuple[str, ...] = ()
    why: str
    rebooking: str = ""


class TrackingLook(Message):
    """That a bot has read a courier's tracking of a booking and noted every event that it shows."""

    booking_reference: str = Field(min_length=1, max_length=200)
    source: str = Field(min_length=1, max_length=200)
    events: int = Field(ge=0, le=10_000)


class TrackingView(View):
    """What follows from a look at the tracking: when something was heard last, and what it says of a long silence.

    `forecast` is the newest one, None where nobody can make one.
    """

    batch_id: str
    last_heard_at: Instant | None
    silent: str = ""
    forecast: ForecastView | None = None


class DecideWay(Signed):
    """A person signs for a way that the bot may not choose by itself."""

    assessment_id: str = Field(min_length=1, max_length=200)
    way_id: str = Field(min_length=1, max_length=80)
    reason: str = Field(min_length=3, max_length=1000)


class CustodyStep(StrEnum):
    """What happens to a shipment, and what the treatment centre says."""

    DEPLETION_PLANNED = "depletion_planned"
    CENTRE_READY = "centre_ready"
    AVAILABILITY_CONFIRMED = "availability_confirmed"
    DEPLETION_BEGUN = "depletion_begun"
    PICKED_UP = "picked_up"
    IN_TRANSIT = "in_transit"
    EXPORT_CLEARED = "export_cleared"
    IMPORT_CLEARED = "import_cleared"
    DELIVERED = "delivered"
    RECEIVED = "received"
    DEPLETION_RELEASED = "depletion_released"


class NewCustody(Message):
    """A step of custody: when, where, who, what was scanned, seal and temperature as they were found.

    `at` is when it happened or, for a plan, when it will; `details` holds what this step has besides.
    """

    step: CustodyStep
    at: Instant
    place: str = Field(min_length=1, max_length=120)
    by: str = Field(min_length=1, max_length=120)
    identifier: str = Field(default="", max_length=80)
    seal: str = Field(default="", max_length=80)
    temperature_c: float | None = Field(default=None, ge=-273.15, le=100)
    source: str = Field(default="", max_length=200)
    details: dict[str, Any] = Field(default_factory=dict)


class SignCustody(Signed):
    """A step of custody that a person signs."""

    custody: NewCustody
    reason: str = Field(default="As it happened.", min_length=3, max_length=1000)


class CustodyView(View):
    """A step of custody as it is kept."""

    batch_id: str
    number: int
    custody: NewCustody
    recorded_by: str
    recorded_at: Instant
    signature_id: str | None = None


class LabelView(View):
    """Whether a label reads back as this batch, its chain of identity and its booking; why not, in one sentence."""

    batch_id: str
    number: int
    text: str
    booking_reference: str
    matches: bool
    why: str


class LabelRead(Message):
    """What was read from the barcode of a label that was made for a batch."""

    text: str = Field(min_length=1, max_length=300)
    booking_reference: Code


class PlannedWay(Message):
    """A shipment of a week's plan: its way, its unit, and whether that is another way than stood before."""

    batch_id: str
    way_id: str
    courier: str
    pickup_at: Instant
    delivery_at: Instant
    p: float
    price: float
    shipper: str
    changed: bool = False


class PlanView(View):
    """A week's plan. `gap` is how much of the objective a better plan could still save; `left` says who needs a person.

    Losses are expected lost shipments: over all weeks, and over the worst eighth of the scenarios beyond calm days.
    """

    week: str
    ways: tuple[PlannedWay, ...]
    left: dict[str, str]
    expected_losses: float
    worst_losses: float
    proven: bool
    gap: float
    seconds: float
    scenarios: int
