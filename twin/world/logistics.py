"""The pretend plant's logistics data: places, airports, couriers, product label, shippers, loggers; all made up.

What stands here is what people of the plant believe and signed. How its couriers really do is the secret of
`twin.couriers`, which nobody who plans may look at.
"""

from datetime import date, datetime, timedelta
from typing import Any

from twin.world.catalogue import CENTRES, PRODUCT_CODE
from twin.world.chance import seeded
from twin.world.courier import PICKUP_SITE, destination

_ZONES = {
    "Leipzig": ("Europe/Berlin", "DE", "SN", "LEJ"),
    "Lyon": ("Europe/Paris", "FR", "", "LYS"),
    "Milan": ("Europe/Rome", "IT", "", "MXP"),
    "Boston": ("America/New_York", "US", "MA", "BOS"),
    "Chicago": ("America/Chicago", "US", "IL", "ORD"),
    "Madrid": ("Europe/Madrid", "ES", "MD", "MAD"),
}
_AIRPORTS = {
    "AMS": ("Europe/Amsterdam", "NL", "north sea"),
    "BRU": ("Europe/Brussels", "BE", "north sea"),
    "FRA": ("Europe/Berlin", "DE", "central europe"),
    "JFK": ("America/New_York", "US", "us north east"),
}
SHIPPERS = tuple(f"DS-{number}" for number in range(401, 425))
LOGGERS = tuple(f"TL-{number}" for number in range(701, 725))
COURIERS = ("courier_cryorun", "courier_meridian")
DRY_KG = 11.2
FULL_KG = 19.6


def logistics_data(seed: int, now: datetime) -> list[dict[str, Any]]:
    """Documents of logistics data, each with `kind`, `name` and `document`."""
    made = [_document("place", PICKUP_SITE, _plant())]
    made += [_document("place", destination(centre), _centre(centre.city)) for centre in CENTRES]
    made += [
        _document("airport", name, {"zone": zone, "country": country, "region": region})
        for name, (zone, country, region) in _AIRPORTS.items()
    ]
    made += [_document("courier", name, {"services": _services()}) for name in COURIERS]
    made.append(_document("product", PRODUCT_CODE, _label()))
    made += [_document("shipper", serial, _shipper(seed, serial, now.date())) for serial in SHIPPERS]
    made += [_document("logger", serial, _logger(now.date())) for serial in LOGGERS]
    return made


def _document(kind: str, name: str, document: dict[str, Any]) -> dict[str, Any]:
    return {"kind": kind, "name": name, "document": document}


def _plant() -> dict[str, Any]:
    hours = {"opens": "05:00", "closes": "23:00", "weekdays": [0, 1, 2, 3, 4, 5, 6], "on_holidays": True}
    return {"zone": "Europe/Amsterdam", "country": "NL", "hub": "AMS", "hours": hours}


def _centre(city: str) -> dict[str, Any]:
    zone, country, subdivision, hub = _ZONES[city]
    # The cell laboratories of these centres take dry shippers around the clock, on every day.
    hours = {"opens": "00:00", "closes": "00:00", "weekdays": [0, 1, 2, 3, 4, 5, 6], "on_holidays": True}
    return {"zone": zone, "country": country, "subdivision": subdivision, "hub": hub, "hours": hours}


def _services() -> list[dict[str, Any]]:
    """What each service consists of; overseas it flies through a second hub and clears customs."""
    overseas = [destination(centre) for centre in CENTRES if centre.country == "US"]
    return [
        {"name": "Direct drive", "road_legs": 1},
        {"name": "Air priority", "road_legs": 2, "hubs": ["AMS"], "next_flight_h": 8},
        {"name": "Air standard", "road_legs": 2, "hubs": ["BRU", "FRA"], "next_flight_h": 24},
        {
            "name": "Air priority",
            "road_legs": 2,
            "hubs": ["AMS"],
            "next_flight_h": 12,
            "customs": True,
            "destinations": overseas,
        },
        {
            "name": "Air standard",
            "road_legs": 2,
            "hubs": ["BRU", "JFK"],
            "next_flight_h": 24,
            "customs": True,
            "destinations": overseas,
        },
    ]


def _label() -> dict[str, Any]:
    return {
        "depletion_days_before": 3,
        "depletion_clock": "08:00",
        "window_days": [2, 7],
        "receipt_check_h": 4,
        "hold_margin_h": 24,
        "threshold": 0.995,
        "floor": 0.98,
        "longest_charged_h": 240,
        "stability_minutes": {"-150": 120.0, "-135": 30.0, "-120": 5.0},
        "source": "label of the pretend product, made up for the demo",
    }


def _shipper(seed: int, serial: str, today: date) -> dict[str, Any]:
    """Units of one lot differ by a fifth; each was measured by two weighings."""
    rng = seeded("shipper", seed, serial)
    return {
        "model": "DryVoyager 8",
        "dry_kg": DRY_KG,
        "full_kg": FULL_KG,
        "rate_kg_day": round(0.62 * rng.uniform(0.9, 1.12), 3),
        "model_rate_kg_day": 0.6,
        "qualified_on": (today - timedelta(days=rng.randint(5, 90))).isoformat(),
        "qualified_until": (today + timedelta(days=rng.randint(120, 300))).isoformat(),
    }


def _logger(today: date) -> dict[str, Any]:
    return {
        "maker": "plain",
        "model": "CryoTrace 3",
        "calibrated_on": (today - timedelta(days=40)).isoformat(),
        "calibrated_until": (today + timedelta(days=325)).isoformat(),
    }
