"""How likely a way brings the cells in time, cold and unharmed: with its parts and an interval.

`P = P(received and checked before the gate, hold left at unloading >= margin, no excursion)`. For one shipment it is
computed exactly over the law of its delays, so that the same question has the same answer to the last digit; a seed only
draws the interval, which says how far the data and the priors leave P open.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from mes_core.journey.delays import GRID_H
from mes_core.journey.errors import JourneyError
from mes_core.journey.gate import Gate, ProductData, checked_by
from mes_core.journey.laws import Laws
from mes_core.journey.never import Standing, way_refusals
from mes_core.journey.places import Place, received_at
from mes_core.journey.shippers import Shipper, hold_left_h, holds
from mes_core.journey.ways import Courier, Kind, Offer, Way, kind_of, read_offer

Array = NDArray[np.float64]
_HOUR = timedelta(hours=1)
_DRAWS = 200
_ENDS = ("low", "value", "high")


@dataclass(frozen=True)
class Shipment:
    """What is to be shipped, by when, in which unit, and how it stands with everything that must be in order."""

    batch_id: str
    plant: Place
    centre: Place
    product: ProductData
    gate: Gate
    shipper: Shipper
    earliest_pickup: datetime
    standing: Standing = field(default_factory=Standing)


@dataclass(frozen=True)
class Chance:
    """P of a way, its interval (95 %), what it lacks to 1 in three parts, and the hold left at unloading (hours)."""

    p: float
    low: float
    high: float
    late: float
    warm: float
    excursion: float
    hold_left_h: tuple[float, ...]
    unload_at: datetime


@dataclass(frozen=True)
class Assessed:
    """A way with its chance, or with the reasons why it is never taken."""

    way_id: str
    courier: str
    service: str
    price: float
    way: Way | None
    chance: Chance | None
    never: tuple[str, ...] = ()


@dataclass(frozen=True)
class Conditions:
    """What ways are judged with: couriers, airports, the outlook by hub and local day, and the laws of delays."""

    laws: Laws
    couriers: Mapping[str, Courier]
    airports: Mapping[str, Place]
    outlook: Mapping[tuple[str, str], str] = field(default_factory=dict)
    seed: int = 2026


def assess(shipment: Shipment, offers: Sequence[Offer], conditions: Conditions) -> tuple[Assessed, ...]:
    """Judge every way on offer, in the order given; one that can't be read is refused alone, with its reason."""
    read = [_read(shipment, offer, conditions) for offer in offers]
    alive = [index for index, (way, kind, never) in enumerate(read) if way is not None and kind is not None and not never]
    chances = _chances(shipment, [(read[i][0], read[i][1]) for i in alive], conditions)  # type: ignore[misc]
    found: dict[int, Chance] = dict(zip(alive, chances, strict=True))
    return tuple(
        Assessed(offer.way_id, offer.courier, offer.service, offer.price, way, found.get(index), never)
        for index, (offer, (way, _, never)) in enumerate(zip(offers, read, strict=True))
    )


def _read(
    shipment: Shipment, offer: Offer, conditions: Conditions
) -> tuple[Way | None, Kind | None, tuple[str, ...]]:
    try:
        way = read_offer(offer, conditions.couriers, shipment.plant, shipment.centre)
        kind = kind_of(way, conditions.laws.table, conditions.airports, conditions.outlook)
        never = way_refusals(
            way,
            shipment.standing,
            centre=shipment.centre,
            shipper=shipment.shipper,
            latest=checked_by(shipment.gate, shipment.product),
            earliest_pickup=shipment.earliest_pickup,
            longest_charged_h=shipment.product.longest_charged_h,
        )
    except JourneyError as wrong:
        return None, None, (str(wrong),)
    return way, kind, never


def _chances(shipment: Shipment, ways: Sequence[tuple[Way, Kind]], conditions: Conditions) -> list[Chance]:
    """Chances of ways that break no never-rule, all at once over the grid of delays."""
    if not ways:
        return []
    charged = shipment.shipper.charged_at
    if charged is None:
        raise JourneyError(f"Shipper {shipment.shipper.serial} is not charged: charge it, weigh it, and record both.")
    first = min(way.delivery_at for way, _ in ways)
    planned = np.asarray([(way.delivery_at - first) / _HOUR for way, _ in ways])
    received = received_at(shipment.centre, first, planned[:, None] + GRID_H[None, :])
    received[:, -1] = np.inf  # what left the grid is late, whatever the gate
    latest = (checked_by(shipment.gate, shipment.product) - first) / _HOUR
    elapsed = received + (first - charged) / _HOUR + shipment.product.receipt_check_h
    priors = conditions.laws.priors
    cold = {end: holds(shipment.shipper, elapsed + shipment.product.hold_margin_h, priors, end) for end in _ENDS}
    return [
        _chance(shipment, kind, conditions, received[row] <= latest, {e: c[row] for e, c in cold.items()}, elapsed[row])
        for row, (_, kind) in enumerate(ways)
    ]


def _chance(
    shipment: Shipment,
    kind: Kind,
    conditions: Conditions,
    in_time: Array,
    cold: Mapping[str, Array],
    elapsed: Array,
) -> Chance:
    weights = conditions.laws.weights(kind)
    late, warm, harmed, well = (
        float(weights @ part) for part in _parts(conditions, kind, in_time, cold["value"], elapsed, "value")
    )
    low, high = _interval(conditions, kind, in_time, cold, elapsed)
    cell = int(np.searchsorted(np.cumsum(weights @ conditions.laws.law(kind, "value")), 0.5))
    median = float(elapsed[min(cell, GRID_H.size - 2)])
    charged = shipment.shipper.charged_at or shipment.gate.at
    return Chance(
        p=well,
        low=min(low, well),
        high=max(high, well),
        late=late,
        warm=warm,
        excursion=harmed,
        hold_left_h=hold_left_h(shipment.shipper, median, conditions.laws.priors) if np.isfinite(median) else (),
        unload_at=charged + timedelta(hours=median) if np.isfinite(median) else shipment.gate.at,
    )


def _parts(
    conditions: Conditions, kind: Kind, in_time: Array, cold: Array, elapsed: Array, end: str
) -> tuple[Array, Array, Array, Array]:
    """Late, warm, harmed and well, by combination of day classes; they add up to one."""
    law = conditions.laws.law(kind, end)
    hazard = float(getattr(conditions.laws.priors.excursion, end))
    unharmed = np.exp(-hazard * np.where(np.isfinite(elapsed), elapsed, 0.0) / 24)
    ends = np.stack([~in_time, in_time * (1 - cold), in_time * cold * (1 - unharmed), in_time * cold * unharmed])
    late, warm, harmed, well = ends @ law.T
    return late, warm, harmed, well


def _interval(
    conditions: Conditions, kind: Kind, in_time: Array, cold: Mapping[str, Array], elapsed: Array
) -> tuple[float, float]:
    """Where P may lie: days that came out otherwise, with the priors at their bad and at their good ends."""
    drawn = conditions.laws.resampled(kind, _DRAWS, conditions.seed)
    bad = drawn @ _parts(conditions, kind, in_time, cold["high"], elapsed, "high")[3]
    good = drawn @ _parts(conditions, kind, in_time, cold["low"], elapsed, "low")[3]
    return float(np.quantile(bad, 0.025)), float(np.quantile(good, 0.975))
