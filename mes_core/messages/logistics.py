"""Logistics data as a plant keeps it: places, airports, couriers, products, shippers, loggers, limits; versioned."""

from datetime import time
from enum import StrEnum
from typing import Any

from pydantic import Field

from mes_core.messages.base import Day, Figure
from mes_core.messages.logger_files import LoggerColumns
from mes_core.messages.record import Code, Instant, Message, View
from mes_core.messages.signatures import Signed


class LogisticsKind(StrEnum):
    """What a document of logistics data is about."""

    PLACE = "place"
    AIRPORT = "airport"
    COURIER = "courier"
    PRODUCT = "product"
    SHIPPER = "shipper"
    LOGGER = "logger"
    LIMITS = "limits"
    DELAYS = "delays"
    OUTLOOK = "outlook"


class HoursData(Message):
    """When a place works, local time; `closes` 00:00 is the end of the day; weekdays count Monday as 0."""

    opens: time = time(8)
    closes: time = time(17)
    weekdays: tuple[int, ...] = (0, 1, 2, 3, 4)
    on_holidays: bool = False


class PlaceData(Message):
    """A plant or a treatment centre. `zone` is an IANA name, `country` an ISO 3166 code."""

    zone: str = ""
    country: str = Field(min_length=2, max_length=2)
    subdivision: str = ""
    hub: str = ""
    hours: HoursData = HoursData()
    closed: tuple[Day, ...] = ()
    contact: str = ""


class AirportData(Message):
    """An airport: its zone, and the region whose weather it shares."""

    zone: str
    country: str = Field(min_length=2, max_length=2)
    region: str = Field(min_length=1, max_length=80)


class ServiceData(Message):
    """What a courier's service consists of, as its contract says; hours."""

    name: str = Field(min_length=1, max_length=80)
    road_legs: int = Field(default=1, ge=1, le=6)
    hubs: tuple[str, ...] = Field(default=(), max_length=3)
    first_flight_h: Figure = Field(default=3.0, ge=0, le=48)
    slack_h: Figure = Field(default=1.0, ge=0, le=24)
    next_flight_h: Figure = Field(default=24.0, gt=0, le=168)
    customs: bool = False
    cut_off_h: Figure = Field(default=2.0, ge=0, le=72)
    destinations: tuple[str, ...] = ()


class CourierData(Message):
    """A courier, under the name of its site product: its services, and the hours after which its silence is told.

    A service with `destinations` is for those alone.
    """

    services: tuple[ServiceData, ...] = Field(min_length=1, max_length=100)
    silent_after_h: Figure = Field(default=12.0, gt=0, le=240)


class ProductData(Message):
    """What the label and the sponsor say about a product's journey; product data, with its source."""

    depletion_days_before: int = Field(ge=0, le=30)
    depletion_clock: time
    window_days: tuple[int, int]
    receipt_check_h: Figure = Field(ge=0, le=72)
    hold_margin_h: Figure = Field(ge=0, le=240)
    threshold: Figure = Field(ge=0.5, lt=1)
    floor: Figure = Field(ge=0, lt=1)
    longest_charged_h: Figure = Field(gt=0, le=720)
    waits_for_receipt: bool = True
    stability_minutes: dict[str, float] = Field(default_factory=dict)
    source: str = Field(min_length=3, max_length=500)


class ShipperData(Message):
    """A dry shipper: masses in kg, evaporation of this very unit in kg a day, its qualification, its last journey."""

    dry_kg: Figure | None = Field(default=None, gt=0, le=500)
    full_kg: Figure | None = Field(default=None, gt=0, le=500)
    rate_kg_day: Figure | None = Field(default=None, gt=0, le=100)
    model_rate_kg_day: Figure | None = Field(default=None, gt=0, le=100)
    model: str = ""
    qualified_on: Day | None = None
    qualified_until: Day | None = None
    worst_shock_g: Figure = Field(default=0.0, ge=0)
    tilt_h: Figure = Field(default=0.0, ge=0)
    requalified_after: bool = True
    free_from: Instant | None = None


class LoggerData(Message):
    """A temperature logger: maker, whose files have columns of their own, and calibration."""

    maker: str = ""
    columns: LoggerColumns | None = None
    model: str = ""
    calibrated_on: Day | None = None
    calibrated_until: Day | None = None


class LimitsData(Message):
    """What a week's plan keeps to."""

    hub_share: Figure = Field(default=0.2, gt=0, le=1)
    slot_capacity: int = Field(default=4, ge=1)
    dock: int = Field(default=6, ge=1)
    centre_day: int = Field(default=3, ge=1)
    courier_day: dict[str, int] = Field(default_factory=dict)
    turnaround_h: Figure = Field(default=72.0, ge=0)
    charged_before_h: Figure = Field(default=12.0, ge=0)
    change_cost: Figure = Field(default=0.01, ge=0)
    tail_weight: Figure = Field(default=0.5, ge=0, le=10)


class OutlookData(Message):
    """The weather that is expected: airport, local day, kind (`fair`, `rough`, `storm`)."""

    days: tuple[tuple[str, Day, str], ...] = Field(default=(), max_length=2000)


class DelaysData(Message):
    """A table of delays as `batchwright courier calibrate` makes it."""

    table: dict[str, Any]


SHAPES: dict[LogisticsKind, type[Message]] = {
    LogisticsKind.PLACE: PlaceData,
    LogisticsKind.AIRPORT: AirportData,
    LogisticsKind.COURIER: CourierData,
    LogisticsKind.PRODUCT: ProductData,
    LogisticsKind.SHIPPER: ShipperData,
    LogisticsKind.LOGGER: LoggerData,
    LogisticsKind.LIMITS: LimitsData,
    LogisticsKind.OUTLOOK: OutlookData,
    LogisticsKind.DELAYS: DelaysData,
}
"""The shape of each kind of document."""


class NewLogistics(Message):
    """One document: its kind, the name of what it is about, and what it says."""

    kind: LogisticsKind
    name: str = Field(min_length=1, max_length=120)
    document: dict[str, Any]


class SignLogistics(Signed):
    """Put documents in force, signed; the same content again changes nothing."""

    documents: tuple[NewLogistics, ...] = Field(min_length=1, max_length=200)
    reason: str = Field(min_length=3, max_length=1000)


class LogisticsView(View):
    """A document in force."""

    kind: LogisticsKind
    name: str
    number: int
    document: dict[str, Any]
    content_hash: str
    set_by: str
    printed_name: str
    set_at: Instant
    signature_id: str


class Packing(Message):
    """What two persons did and saw when they packed the product; masses in kg, temperature in Celsius.

    `batch_on_label`, `patient_on_label` and `chain_of_identity` are what the scanner read, not what was expected.
    """

    shipper: Code
    dry_kg: Figure = Field(gt=0, le=500)
    charged_kg: Figure = Field(gt=0, le=500)
    charged_at: Instant
    seal: Code
    logger: Code
    batch_on_label: str = Field(min_length=1, max_length=80)
    patient_on_label: str = Field(min_length=1, max_length=80)
    chain_of_identity: str = Field(min_length=1, max_length=80)
    out_of_storage_at: Instant
    packed_at: Instant
    inside_c: Figure = Field(ge=-200, le=40)
    free_liquid: bool
    second_person: Code


class SignPacking(Signed):
    """Sign a packing as the person who packed."""

    packing: Packing
    reason: str = Field(default="Packed as recorded.", min_length=3, max_length=1000)


class ConfirmPacking(Signed):
    """Sign a packing as the second person, who saw it; the number is that of the record."""

    number: int = Field(ge=1)
    reason: str = Field(default="I saw it packed as recorded.", min_length=3, max_length=1000)


class PackingView(View):
    """A packing record; in force once the second person has signed.

    `shipper_qualified_until` is the last day of the shipper's qualification by the signed logistics data; None where
    they don't say. It is a day in `plant_zone`, the plant's time zone (IANA name; None where it was not named).
    """

    batch_id: str
    number: int
    packing: Packing
    content_hash: str
    packed_by: str
    printed_name: str
    signed_at: Instant
    signature_id: str
    confirmed_by: str | None = None
    confirmed_name: str | None = None
    confirmed_at: Instant | None = None
    confirmation_id: str | None = None
    shipper_qualified_until: Day | None = None
    plant_zone: str | None = None

    @property
    def in_force(self) -> bool:
        """Both persons have signed."""
        return self.confirmed_by is not None
