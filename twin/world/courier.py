"""Courier slots of the coming days, some of them no use: too late, too short a hold time, too risky a route."""

from datetime import datetime, timedelta
from typing import Any

from twin.world.catalogue import CENTRES, Centre
from twin.world.chance import seeded
from twin.world.clock import iso

PICKUP_SITE = "Northfield Cell Plant, Leiden"
_SERVICES = (("Direct drive", 9, 1900), ("Air priority", 22, 1450), ("Air standard", 40, 980))
_SURE_DAYS = (2, 3, 5)
"""On these days every centre has at least one slot without a flaw."""


def destination(centre: Centre) -> str:
    """A treatment centre as records and courier name it."""
    return f"{centre.name}, {centre.city}"


def courier_slots(seed: int, now: datetime, days: int = 14) -> list[dict[str, Any]]:
    """Slots to every treatment centre, two or three a day from tomorrow on; all cells are text, times ISO in UTC."""
    rng = seeded("courier", seed)
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    made = []
    for centre in CENTRES:
        for day in range(1, days + 1):
            safe = day in _SURE_DAYS
            for service, hours, price in _SERVICES if safe else rng.sample(_SERVICES, rng.choice((2, 3))):
                overseas = centre.country == "US"
                if overseas and service == "Direct drive":
                    continue
                pickup = midnight + timedelta(days=day, hours=rng.choice((6, 8, 10, 14, 16)))
                delivery = pickup + timedelta(hours=hours + (16 if overseas else 0) + rng.randint(0, 5))
                hold, risk = rng.choice((200, 240, 240, 264)), rng.uniform(0.3, 2.4)
                flaw = 1.0 if safe and service == "Air priority" else rng.random()
                if flaw < 0.12:
                    delivery += timedelta(days=rng.randint(7, 12))
                elif flaw < 0.24:
                    hold = rng.choice((18, 24, 36))
                elif flaw < 0.36:
                    risk = rng.uniform(9, 28)
                made.append(_row(centre, service, pickup, delivery, hold, risk, price * rng.uniform(0.85, 1.3)))
    made.sort(key=lambda row: (row["pickup_at"], row["destination"], row["service"]))
    for number, row in enumerate(made, start=1):
        row["slot"] = f"SL-{now:%y%m%d}-{number:04d}"
    return made


def _row(
    centre: Centre, service: str, pickup: datetime, delivery: datetime, hold: int, risk: float, price: float
) -> dict[str, Any]:
    return {
        "slot": "",
        "service": service,
        "pickup_site": PICKUP_SITE,
        "destination": destination(centre),
        "pickup_at": iso(pickup),
        "delivery_at": iso(delivery),
        "hold_time_h": str(hold),
        "transit_risk_pct": f"{risk:.1f}",
        "price_eur": f"{price:.0f}",
    }
