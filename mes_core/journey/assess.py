"""How likely a way brings the cells in time, cold and unharmed: with its parts and an interval.

`P = P(received and checked before the gate, hold left at unloading >= margin, no excursion)`. For one shipment it is
computed exactly over the law of its delays, so that the same question has the same answer to the last digit; a seed
only draws the interval, which says how far the data and the priors leave P open.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from mes_core.journey.delays import GRID_H, STEP_H
from mes_core.journey.errors import JourneyError
from mes_core.journey.gate import Gate, ProductData, checked_by
from mes_core.journey.laws import Laws
from mes_core.journey.never import Standing, way_refusals
from mes_core.journey.places import Place, received_at
from mes_core.journey.shippers import Shipper, hold_quantiles_h, holds
from mes_core.journey.ways import Courier, Kind, Offer, Way, kind_of, read_offer

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]
_HOUR = timedelta(hours=1)
_DRAWS = 200
_ENDS = ("low", "value", "high")


@dataclass(frozen=True)
class Shipment:
    """What is to be shipped, by when, in which unit, and how it stands with everything that must be in order.

    `charged_before_h` is for planning: the unit will be charged so many hours before the pick-up, whichever it is.
    """

    batch_id: str
    plant: Place
    centre: Place
    product: ProductData
    gate: Gate
    shipper: Shipper
    earliest_pickup: datetime
    standing: Standing = field(default_factory=Standing)
    charged_before_h: float | None = None

    def unit_for(self, way: Way) -> Shipper:
        """The unit as it will be on a way."""
        if self.charged_before_h is None:
            return self.shipper
        return replace(self.shipper, charged_at=way.pickup_at - timedelta(hours=self.charged_before_h))


@dataclass(frozen=True)
class Chance:
    """P of a way, its interval (95 %), what it lacks to 1 in three parts, and the hold left at unloading (hours).

    `by_class` is P for each combination of classes of the days of its flights.
    """

    p: float
    low: float
    high: float
    late: float
    warm: float
    excursion: float
    hold_left_h: tuple[float, ...]
    unload_at: datetime
    by_class: tuple[float, ...] = ()


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
    alive = {index: (way, kind) for index, (way, kind, never) in enumerate(read) if way and kind and not never}
    chances = _chances(shipment, list(alive.values()), conditions)
    found: dict[int, Chance] = dict(zip(alive, chances, strict=True))
    return tuple(
        Assessed(offer.way_id, offer.courier, offer.service, offer.price, way, found.get(index), never)
        for index, (offer, (way, _, never)) in enumerate(zip(offers, read, strict=True))
    )


def chance_left(shipment: Shipment, way: Way, conditions: Conditions) -> Chance:
    """What a way that is under way is still worth: no never-rule stops it any more.

    Raises:
        JourneyError: an airport of it is not known, or the receiver does not open within four weeks.
    """
    kind = kind_of(way, conditions.laws.table, conditions.airports, conditions.outlook)
    (found,) = _chances(shipment, [(way, kind)], conditions)
    return found


def _read(shipment: Shipment, offer: Offer, conditions: Conditions) -> tuple[Way | None, Kind | None, tuple[str, ...]]:
    try:
        way = read_offer(offer, conditions.couriers, shipment.plant, shipment.centre)
        kind = kind_of(way, conditions.laws.table, conditions.airports, conditions.outlook)
        never = way_refusals(
            way,
            shipment.standing,
            plant=shipment.plant,
            centre=shipment.centre,
            shipper=shipment.unit_for(way),
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
    first = min(way.delivery_at for way, _ in ways)
    charged = [shipment.unit_for(way).charged_at or way.pickup_at for way, _ in ways]
    planned = np.asarray([(way.delivery_at - first) / _HOUR for way, _ in ways])
    received = received_at(shipment.centre, first, planned[:, None] + GRID_H[None, :])
    if not np.isfinite(received).all():
        raise JourneyError(f"{shipment.centre.name} does not open within four weeks: correct its hours of receipt.")
    received[:, -1] = np.inf  # what left the grid is late, whatever the gate
    latest = (checked_by(shipment.gate, shipment.product) - first) / _HOUR
    waited = np.asarray([(first - at) / _HOUR for at in charged])
    elapsed = received + waited[:, None] + shipment.product.receipt_check_h
    priors = conditions.laws.priors
    asked = elapsed + shipment.product.hold_margin_h
    # The hold is a smooth curve: it is computed once every quarter of an hour and read off between.
    curve = np.arange(0.0, float(np.max(asked, initial=1.0, where=np.isfinite(asked))) + STEP_H, STEP_H)
    cold = {end: np.interp(asked, curve, holds(shipment.shipper, curve, priors, end), right=0.0) for end in _ENDS}
    in_time = received <= latest
    by_kind: dict[Kind, list[int]] = {}
    for row, (_, kind) in enumerate(ways):
        by_kind.setdefault(kind, []).append(row)
    made: dict[int, Chance] = {}
    for kind, rows in by_kind.items():
        some = _Some(kind, in_time[rows], {end: one[rows] for end, one in cold.items()}, elapsed[rows])
        made |= dict(zip(rows, _of_kind(shipment, conditions, some, [charged[row] for row in rows]), strict=True))
    return [made[row] for row in range(len(ways))]


@dataclass(frozen=True)
class _Some:
    """Ways whose delays have the same law; arrays have a row for each and a column for each cell of the grid."""

    kind: Kind
    in_time: Flags
    cold: Mapping[str, Array]
    elapsed: Array

    def unharmed(self, a_day: float) -> Array:
        """Probability of no excursion until the unloading."""
        made: Array = np.exp(-a_day / 24 * np.where(np.isfinite(self.elapsed), self.elapsed, 0.0))
        return made

    def well(self, conditions: Conditions, end: str) -> Array:
        """In time, cold and unharmed, by combination of day classes: (ways, rows of the law)."""
        unharmed = self.unharmed(float(getattr(conditions.laws.priors.excursion, end)))
        made: Array = (self.in_time * self.cold[end] * unharmed) @ conditions.laws.law(self.kind, end).T
        return made


def _of_kind(shipment: Shipment, conditions: Conditions, some: _Some, charged: Sequence[datetime]) -> list[Chance]:
    laws = conditions.laws
    by_class = some.well(conditions, "value")
    law = laws.weights(some.kind) @ laws.law(some.kind, "value")
    cold, unharmed = some.cold["value"], some.unharmed(laws.priors.excursion.value)
    late = (~some.in_time) @ law
    warm = (some.in_time * (1 - cold)) @ law
    harmed = (some.in_time * cold * (1 - unharmed)) @ law
    well = (some.in_time * cold * unharmed) @ law
    low, high = _interval(conditions, some)
    cell = min(int(np.searchsorted(np.cumsum(law), 0.5)), GRID_H.size - 2)
    quantiles = hold_quantiles_h(shipment.shipper, laws.priors)
    return [
        Chance(
            p=float(well[row]),
            low=min(float(low[row]), float(well[row])),
            high=max(float(high[row]), float(well[row])),
            late=float(late[row]),
            warm=float(warm[row]),
            excursion=float(harmed[row]),
            hold_left_h=tuple((quantiles - median).tolist()),
            unload_at=charged[row] + timedelta(hours=median),
            by_class=tuple(by_class[row].tolist()),
        )
        for row, median in enumerate(map(float, some.elapsed[:, cell]))
    ]


def _interval(conditions: Conditions, some: _Some) -> tuple[Array, Array]:
    """Where P may lie: days that came out otherwise, with the priors at their bad and at their good ends."""
    drawn = conditions.laws.resampled(some.kind, _DRAWS, conditions.seed).T
    bad = np.sort(some.well(conditions, "high") @ drawn, axis=1)
    good = np.sort(some.well(conditions, "low") @ drawn, axis=1)
    tail = _DRAWS // 40
    return bad[:, tail], good[:, -1 - tail]
