"""From shipments and slots to what a week's plan chooses from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from mes_core.journey.assess import Assessed, Conditions, Shipment, assess
from mes_core.journey.never import shipment_refusals
from mes_core.journey.places import local_day
from mes_core.journey.shippers import Shipper
from mes_core.journey.ways import Offer
from mes_core.journey.week import Option, Wanted


@dataclass(frozen=True)
class Pool:
    """Units that a plan does not tell apart: `worst` holds the shortest; `turnaround_h` from delivery to charging."""

    name: str
    worst: Shipper
    turnaround_h: float


def wanted(
    shipment: Shipment,
    offers: Sequence[Offer],
    conditions: Conditions,
    pools: Sequence[Pool],
    *,
    urgency: float = 1.0,
    current: str = "",
    charged_before_h: float = 12.0,
) -> Wanted:
    """The ways that a shipment may take, each in each pool whose units may be used: none that a never-rule forbids or
    that lies below the product's floor.

    A shipment that stands already (`current`) or is picked up keeps its own unit and its own reason to be where it is.
    """
    standing = shipment.standing
    never = shipment_refusals(replace(standing, live_booking="", picked_up=False, packed=True))
    options: list[Option] = []
    for pool in pools if not never else ():
        unit = replace(shipment, shipper=pool.worst, charged_before_h=charged_before_h)
        judged = assess(unit, offers, conditions)
        options += [
            _option(one, unit, pool, conditions)
            for one in judged
            if one.chance is not None and (one.chance.p >= shipment.product.floor or one.way_id == current)
        ]
    return Wanted(shipment.batch_id, urgency, tuple(options), current, standing.picked_up)


def _option(one: Assessed, shipment: Shipment, pool: Pool, conditions: Conditions) -> Option:
    assert one.chance is not None  # noqa: S101 - only ways with a chance come here
    assert one.way is not None  # noqa: S101 - a chance is that of a way that could be read
    way = one.way
    return Option(
        way_id=one.way_id,
        courier=one.courier,
        p=one.chance.p,
        by_class=one.chance.by_class,
        hub_days=way.hub_days(conditions.airports),
        flights=tuple(f"{flight.hub} {flight.leaves_at:%Y-%m-%dT%H:%MZ}" for flight in way.flights),
        pool=pool.name,
        pickup_at=way.pickup_at,
        pickup_day=local_day(shipment.plant, way.pickup_at),
        delivery_at=way.delivery_at,
        back_at=way.delivery_at + timedelta(hours=pool.turnaround_h),
        centre_day=(shipment.centre.name, local_day(shipment.centre, way.delivery_at)),
        price=one.price,
    )


def pools_of(units: Mapping[str, Sequence[Shipper]], turnaround_h: float, holds_h: Mapping[str, float]) -> list[Pool]:
    """A pool for each kind of unit, with the unit that holds the shortest.

    Args:
        units: units by kind.
        holds_h: hold of each unit by serial, hours.
    """
    return [
        Pool(name, min(some, key=lambda one: (holds_h[one.serial], one.serial)), turnaround_h)
        for name, some in sorted(units.items())
        if some
    ]
