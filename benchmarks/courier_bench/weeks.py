"""Random weeks of shipments, planned in four ways, and what the pretend couriers then did with them."""

import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

import numpy as np

from mes_core.journey.assess import Conditions, Shipment, assess
from mes_core.journey.calibrate import History, calibrate
from mes_core.journey.gate import Gate, ProductData
from mes_core.journey.greedy import greedy
from mes_core.journey.laws import Laws
from mes_core.journey.never import Standing
from mes_core.journey.places import ALWAYS, Hours, Place, received_at
from mes_core.journey.plan import plan
from mes_core.journey.priors import PRIORS
from mes_core.journey.scenarios import draw
from mes_core.journey.shippers import Shipper, nominal_hold_h
from mes_core.journey.ways import Courier, Offer, Service, Way
from mes_core.journey.week import Limits, Option, Wanted
from mes_core.journey.week_ways import Pool, wanted
from twin.couriers import CourierTruth, Outcome, Sent

HUBS = {
    "AMS": ("Europe/Amsterdam", "north"),
    "BRU": ("Europe/Brussels", "north"),
    "CDG": ("Europe/Paris", "west"),
    "LGG": ("Europe/Brussels", "north"),
    "FRA": ("Europe/Berlin", "centre"),
    "LEJ": ("Europe/Berlin", "centre"),
}
FIT, HELD_OUT = date(2027, 1, 4), date(2029, 1, 1)
PLANT = Place("Plant", "Europe/Amsterdam", "NL", hours=ALWAYS)
CENTRES = (
    Place("Lyon", "Europe/Paris", "FR", hours=ALWAYS),
    Place("Leipzig", "Europe/Berlin", "DE", hours=Hours(time(6), time(22), (0, 1, 2, 3, 4, 5, 6), on_holidays=True)),
    Place("Milan", "Europe/Rome", "IT", hours=Hours(time(7), time(20), (0, 1, 2, 3, 4, 5))),
    Place("Zurich", "Europe/Zurich", "CH", hours=ALWAYS),
)
PRODUCT = ProductData("X", 3, time(8), (2, 7), 4, 24, 0.995, 0.9, 400)
UNITS = (
    Shipper("long", 10, 18, None, rate_kg_day=0.55, qualified_until=date(2040, 1, 1)),
    Shipper("short", 10, 18, None, rate_kg_day=0.95, qualified_until=date(2040, 1, 1)),
)
POOLS = tuple(Pool(one.serial, one, 72.0) for one in UNITS)
CHARGED_H = 12.0
_HOUR = timedelta(hours=1)


def services() -> dict[str, Service]:
    """A drive, a flight by each hub, two flights; with customs for those to Zurich."""
    made = {"drive": Service("drive", 1)}
    for customs in (False, True):
        end = " cleared" if customs else ""
        for hub in HUBS:
            made[f"{hub}{end}"] = Service(f"{hub}{end}", 2, (hub,), next_flight_h=12, customs=customs)
        for first, second in (("AMS", "FRA"), ("BRU", "LEJ"), ("CDG", "FRA")):
            name = f"{first}-{second}{end}"
            made[name] = Service(name, 2, (first, second), next_flight_h=24, customs=customs)
    return made


COURIERS = {"c": Courier("c", services())}
AIRPORTS = {name: Place(name, zone, "NL") for name, (zone, _) in HUBS.items()}


def conditions_of(seed: int) -> tuple[Conditions, CourierTruth]:
    """What a planner knows after two years of flights, and the truth of the years that follow."""
    import pandas as pd

    before = CourierTruth(seed, HUBS, FIT, 728)
    rows = [
        (hub, left.date(), left.hour, max((came - due) / _HOUR, 0.0), "") for hub, left, due, came in before.history(16)
    ]
    frame = pd.DataFrame(rows, columns=["hub", "day", "hour", "late_h", "weather"])
    table = calibrate(History(frame, "two years of the pretend couriers", "measured on the twin"))
    return Conditions(Laws(table, PRIORS), COURIERS, AIRPORTS), CourierTruth(seed + 1000, HUBS, HELD_OUT, 3 * 365)


def week_of(rng: random.Random, monday: date, shipments: int, ways: int) -> list[tuple[Shipment, list[Offer]]]:
    """Shipments of a week, each with its ways on offer; every way is planned to arrive in time."""
    start = datetime.combine(monday, time(0), UTC)
    made = []
    for number in range(shipments):
        centre = CENTRES[rng.randrange(len(CENTRES))]
        ready = start + timedelta(days=rng.choice((0, 0, 1, 1, 2, 3, 4)), hours=4)
        gate_at = ready + timedelta(days=rng.choice((1.8, 2.2, 2.6, 3, 4, 5)))
        shipment = Shipment(
            batch_id=f"{monday}-{number}",
            plant=PLANT,
            centre=centre,
            product=PRODUCT,
            gate=Gate(gate_at, "depletion", told=True),
            shipper=UNITS[0],
            earliest_pickup=ready,
            standing=Standing(start, True, (), ("x",), True, False, "L", date(2040, 1, 1), True),
            charged_before_h=CHARGED_H,
        )
        made.append((shipment, _offers(rng, shipment, start, ways)))
    return made


def _offers(rng: random.Random, shipment: Shipment, start: datetime, ways: int) -> list[Offer]:
    kinds = [one for one in services() if one == "drive" or ("cleared" in one) == (shipment.centre.name == "Zurich")]
    last = shipment.gate.at - timedelta(hours=PRODUCT.receipt_check_h)
    found: list[Offer] = []
    for number in range(ways * 20):
        kind = rng.choice(kinds)
        hours, price = (11, 1900) if kind == "drive" else (36, 950) if "-" in kind else (20, 1400)
        pickup = start + timedelta(days=rng.randrange(7), hours=rng.choice((6, 8, 10, 12, 14, 16, 18)))
        delivery = pickup + timedelta(hours=hours + rng.randint(0, 4))
        if delivery <= last and pickup >= shipment.earliest_pickup:
            times = (pickup.isoformat(), delivery.isoformat())
            found.append(Offer(f"{kind}:{pickup:%m%d%H}:{number}", "c", kind, *times, price * rng.uniform(0.8, 1.3)))
        if len(found) == ways:
            break
    return found


def limits_of(shipments: int) -> Limits:
    """Enough of everything but hubs and dock."""
    ready = tuple(datetime(2020, 1, 1, tzinfo=UTC) for _ in range(shipments))
    return Limits(0.9, dock=max(3, shipments // 8), centre_day=shipments, units={one.serial: ready for one in UNITS})


@dataclass(frozen=True)
class Kept:
    """A week's plan that was carried out: shipment, way, unit."""

    late_or_warm: int
    sent: int
    worst_storm_share: float


def plans_of(
    week: list[tuple[Shipment, list[Offer]]], conditions: Conditions, monday: date, seed: int, seconds: float
) -> dict[str, Mapping[str, Option]]:
    """The same week, planned in each way."""
    ships = [wanted(one, offers, conditions, POOLS, charged_before_h=CHARGED_H) for one, offers in week]
    limits = limits_of(len(week))
    loose = replace(limits, hub_share=1.0, floor=0.0, dock=len(week), others=len(week))
    days = [monday + timedelta(days=n) for n in range(-1, 12)]
    regions = {name: region for name, (_, region) in HUBS.items()}
    shared = draw(conditions.laws.table, PRIORS, hubs=regions, days=days, count=48, seed=seed)
    by_unit = [_with_any_unit(ship, random.Random(f"{seed}:{ship.batch_id}")) for ship in ships]
    return {
        "ours": plan(ships, limits, shared, seconds=seconds, seed=seed).chosen,
        "without_scenarios": plan(ships, limits, None, seconds=seconds, seed=seed).chosen,
        "greedy": greedy(ships, limits),
        "first_come": greedy(by_unit, loose, "first"),
        "cheapest": greedy(by_unit, loose, "price"),
    }


def _with_any_unit(ship: Wanted, rng: random.Random) -> Wanted:
    """Who looks at no unit takes the one that comes to hand."""
    pool = rng.choice([one.name for one in POOLS])
    return replace(ship, options=tuple(one for one in ship.options if one.pool == pool))


def carried_out(week: list[tuple[Shipment, list[Offer]]], chosen: Mapping[str, Option], truth: CourierTruth) -> Kept:
    """What the couriers did with a plan."""
    lost, hubs = 0, Counter[tuple[str, date]]()
    by_name = {one.batch_id: one for one, _ in week}
    for batch, option in chosen.items():
        shipment = by_name[batch]
        hubs.update(set(option.hub_days))
        late, warm, excursion = fate(shipment, option, truth)
        lost += late or warm or excursion
    stormy = [count for (hub, day), count in hubs.items() if truth.roughness(hub, day) > 0.4]
    return Kept(lost, len(chosen), max(stormy, default=0) / max(len(week), 1))


def fate(shipment: Shipment, option: Option, truth: CourierTruth, margin_h: float = 0.0) -> tuple[bool, bool, bool]:
    """Late, warm, excursion."""
    unit = next(one for one in UNITS if one.serial == option.pool)
    service = services()[option.way_id.split(":")[0]]
    way = Way(option.way_id, "c", service, option.pickup_at, option.delivery_at, option.price, ())
    outcome = truth.send(sent_of(way, unit, option), f"{shipment.batch_id}")
    taken = _receipt(shipment, outcome)
    checked = taken + timedelta(hours=PRODUCT.receipt_check_h)
    hours = (checked - (option.pickup_at - timedelta(hours=CHARGED_H))) / _HOUR
    late = checked > shipment.gate.at
    warm = not late and outcome.hold_h < hours + margin_h
    return late, warm, not late and not warm and outcome.excursion


def sent_of(way: Way, unit: Shipper, option: Option) -> Sent:
    """A way as the couriers get it."""
    service = way.service
    first = way.pickup_at + timedelta(hours=service.first_flight_h)
    span = (way.delivery_at - way.pickup_at) / max(len(service.hubs), 1)
    flights = tuple((hub, first + number * span) for number, hub in enumerate(service.hubs))
    return Sent(
        flights=flights,
        drives=service.road_legs,
        customs=service.customs,
        slack_h=service.slack_h,
        next_flight_h=service.next_flight_h,
        delivery_at=way.delivery_at,
        charged_at=option.pickup_at - timedelta(hours=CHARGED_H),
        nominal_hold_h=nominal_hold_h(unit),
        unit=unit.serial,
    )


def _receipt(shipment: Shipment, outcome: Outcome) -> datetime:
    taken = received_at(shipment.centre, outcome.arrived_at, np.zeros(1))
    return outcome.arrived_at + timedelta(hours=float(taken[0]))


def predictions(
    conditions: Conditions, truth: CourierTruth, pairs: int, seed: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Probability, outcome and week of shipments on random ways, with gates so near that much is open."""
    rng = random.Random(seed)
    said, came, weeks = [], [], []
    monday = HELD_OUT
    while len(said) < pairs:
        monday = HELD_OUT + timedelta(days=7 * rng.randrange(150))
        for shipment, offers in week_of(rng, monday, 6, 4):
            for offer in offers:
                delivery = datetime.fromisoformat(offer.delivery)
                near = delivery + timedelta(
                    hours=PRODUCT.receipt_check_h + rng.choice((0.6, 1, 2, 3, 5, 8, 14, 24, 40))
                )
                closer = replace(shipment, gate=Gate(near, "depletion", told=True), centre=CENTRES[0])
                unit = UNITS[rng.randrange(2)]
                (one,) = assess(replace(closer, shipper=unit), [offer], conditions)
                if one.chance is None or one.way is None:
                    continue
                option = _as_option(one.way, unit)
                said.append(one.chance.p)
                came.append(not any(fate(closer, option, truth, PRODUCT.hold_margin_h)))
                weeks.append((monday - HELD_OUT).days // 7)
    return np.asarray(said), np.asarray(came, dtype=float), np.asarray(weeks)


def _as_option(way: Way, unit: Shipper) -> Option:
    return Option(
        way_id=way.way_id,
        courier="c",
        p=0.0,
        by_class=(),
        hub_days=(),
        flights=(),
        pool=unit.serial,
        pickup_at=way.pickup_at,
        pickup_day=way.pickup_at.date(),
        delivery_at=way.delivery_at,
        back_at=way.delivery_at,
        centre_day=("", way.delivery_at.date()),
        price=way.price,
    )
