"""A product, a plant, a centre, a shipper and couriers to plan with."""

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from mes_core.journey.assess import Conditions, Shipment
from mes_core.journey.delays import shipped_table
from mes_core.journey.gate import Depletion, ProductData, gate
from mes_core.journey.laws import Laws
from mes_core.journey.never import Standing
from mes_core.journey.places import ALWAYS, Hours, Place
from mes_core.journey.priors import PRIORS
from mes_core.journey.shippers import Shipper
from mes_core.journey.ways import Courier, Offer, Service

NOW = datetime(2026, 12, 1, 8, tzinfo=UTC)
PLANT = Place("Northfield, Leiden", "Europe/Amsterdam", "NL", hub="AMS", hours=Hours(time(6), time(22)))
CENTRE = Place("Tilleuls, Lyon", "Europe/Paris", "FR", hub="LYS", hours=Hours(time(7), time(18), (0, 1, 2, 3, 4, 5)))
OPEN = Place("Always open, Lyon", "Europe/Paris", "FR", hours=ALWAYS)
PRODUCT = ProductData("Examplecel", 5, time(8), (2, 14), 6, 24, 0.995, 0.98, 240, source="made up for tests")
UNIT = Shipper(
    "DS-1", 10.0, 18.0, NOW, rate_kg_day=0.6, qualified_on=date(2026, 1, 1), qualified_until=date(2027, 12, 31)
)
STANDING = Standing(
    certified_at=NOW - timedelta(days=1),
    may_be_supplied=True,
    identifiers=("B-1",),
    packed=True,
    logger="LG-1",
    logger_calibrated_until=date(2027, 6, 30),
    consignee_ready=True,
)
COURIER = Courier(
    "CryoRun",
    {
        "Drive": Service("Drive", 1),
        "Air": Service("Air", 2, ("AMS",), next_flight_h=12),
        "Air customs": Service("Air customs", 2, ("AMS",), next_flight_h=24, customs=True),
        "Two flights": Service("Two flights", 2, ("AMS", "FRA"), next_flight_h=24),
    },
)
AIRPORTS = {"AMS": Place("AMS", "Europe/Amsterdam", "NL"), "FRA": Place("FRA", "Europe/Berlin", "DE")}
LAWS = Laws(shipped_table(), PRIORS)
CONDITIONS = Conditions(LAWS, {"CryoRun": COURIER}, AIRPORTS)


def shipment(infusion_on: date = date(2026, 12, 20), **more: Any) -> Shipment:
    """A shipment in order, unless said otherwise; fields of its standing may be given as well."""
    standing = {key: more.pop(key) for key in list(more) if key in Standing.__dataclass_fields__}
    centre = more.get("centre", CENTRE)
    made = Shipment(
        batch_id="B-1",
        plant=PLANT,
        centre=centre,
        product=PRODUCT,
        gate=gate(more.get("product", PRODUCT), centre, infusion_on=infusion_on, depletion=Depletion()),
        shipper=UNIT,
        earliest_pickup=NOW + timedelta(hours=4),
        standing=replace(STANDING, **standing),
    )
    return replace(made, **more)


def offer(way: str = "W1", service: str = "Air", start_h: float = 30, hours: float = 24, price: float = 900) -> Offer:
    """A slot that leaves so many hours from now and takes so many."""
    pickup = NOW + timedelta(hours=start_h)
    return Offer(way, "CryoRun", service, pickup.isoformat(), (pickup + timedelta(hours=hours)).isoformat(), price)


def offers(count: int, seed: int = 1, days: int = 10) -> list[Offer]:
    """Slots of all services over the coming days."""
    rng = random.Random(seed)
    hours = {"Drive": 9, "Air": 22, "Air customs": 34, "Two flights": 36}
    made = []
    for number in range(count):
        service = rng.choice(sorted(hours))
        start = 24 * rng.randint(1, days) + rng.choice((-2, 0, 2, 4, 6))
        made.append(offer(f"W{number}", service, start, hours[service] + rng.randint(0, 6), rng.randint(800, 2000)))
    return made


def texts(refused: Sequence[str]) -> str:
    """Reasons as one text."""
    return "; ".join(refused)
