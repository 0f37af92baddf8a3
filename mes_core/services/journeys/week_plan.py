"""A week's plan from what the MES holds: every batch that is to leave, its ways, the units, and what stands already.

It needs the extra `planning`, and is imported when a week is planned.
"""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

from mes_core.domain.errors import Invalid
from mes_core.domain.states import LEFT, State
from mes_core.journey.errors import JourneyError
from mes_core.journey.greedy import units_for
from mes_core.journey.places import Place, local_day, moment
from mes_core.journey.plan import plan
from mes_core.journey.scenarios import Scenarios, draw
from mes_core.journey.shippers import Shipper, nominal_hold_h
from mes_core.journey.ways import Offer
from mes_core.journey.week import Limits, Plan, Wanted
from mes_core.journey.week_ways import Pool, pools_of, wanted
from mes_core.messages import RecordKind
from mes_core.messages import journeys as j
from mes_core.messages import logistics as lo
from mes_core.services import aside
from mes_core.services.batches import bookings
from mes_core.services.batches import journey_records as kept
from mes_core.services.journeys import conditions as known
from mes_core.services.ports import Store, UnitOfWork
from mes_core.services.ports.rows import BatchRow

Offers = Mapping[str, Sequence[j.OfferedWay]]
SCENARIOS = 64
_LEAD_H = 4.0


def planned(store: Store, now: datetime, week: str, pickup_site: str, offers: Offers, *, seconds: float) -> j.PlanView:
    """Plan all shipments whose pick-up lies in a week (see `Weeks.plan_week`)."""
    first = _monday(week)
    with store.read() as work:
        limits = known.limits(work)
        pools, ready = _pools(work, limits)
        ships, refused, scenarios = _Gathering(now).ships(work, first, pickup_site, offers, pools, limits)
    try:
        found = plan(ships, _limits(limits, ready), scenarios, seconds=seconds)
    except JourneyError as wrong:
        raise Invalid(str(wrong)) from None
    return _view(week, found, refused, ready)


class _Gathering:
    """Brings the shipments of a week together."""

    def __init__(self, now: datetime) -> None:
        self._now = now

    def ships(
        self,
        work: UnitOfWork,
        first: date,
        pickup_site: str,
        offers: Offers,
        pools: Sequence[Pool],
        limits: lo.LimitsData,
    ) -> tuple[list[Wanted], dict[str, str], Scenarios | None]:
        """Shipments of the week with their ways, those that can't be planned with the reason, and shared scenarios."""
        ships: list[Wanted] = []
        refused: dict[str, str] = {}
        days = [first + timedelta(days=number) for number in range(-1, 16)]
        scenarios: Scenarios | None = None
        for batch in _to_ship(work):
            batch_id = batch["batch_id"]
            try:
                centre = json.loads(batch["record"])["treatment_centre"] or ""
                there = known.conditions(work, centre)
                earliest = known.earliest_pickup(self._now, _LEAD_H)
                shipment = known.shipment(work, batch, pickup_site, earliest)
                slots = _in_week(offers.get(centre) or _last_offers(work, batch_id), first, shipment.plant)
                made = wanted(
                    shipment,
                    slots,
                    there,
                    pools,
                    current=_booked(work, batch_id),
                    charged_before_h=limits.charged_before_h,
                )
            except (Invalid, JourneyError, *aside.BROKEN) as wrong:
                told = isinstance(wrong, Invalid | JourneyError)
                refused[batch_id] = str(wrong) if told else "What the store holds of it can't be used: correct it."
                continue
            ships.append(made)
            if scenarios is None and there.airports:
                table, priors = there.laws.table, there.laws.priors
                hubs = known.regions(work)
                outlook = dict(there.outlook)
                scenarios = draw(table, priors, hubs=hubs, days=days, count=SCENARIOS, seed=known.SEED, outlook=outlook)
        return ships, refused, scenarios


def _monday(week: str) -> date:
    try:
        return datetime.strptime(f"{week}-1", "%G-W%V-%u").replace(tzinfo=UTC).date()
    except ValueError:
        raise Invalid(f"{week!r} is no week: write it like 2026-W50.") from None


def _to_ship(work: UnitOfWork) -> list[BatchRow]:
    """Batches of cells that have not left and may still."""
    rows = work.find("batches", kind=RecordKind.CAR_T.value, order=("batch_id",))
    gone = {*LEFT, State.REJECTED}
    return [
        row for row in rows if State(row["state"]) not in gone and work.count("dispositions", batch_id=row["batch_id"])
    ]


def _last_offers(work: UnitOfWork, batch_id: str) -> tuple[j.OfferedWay, ...]:
    row = kept.newest(work, batch_id, kept.ASSESSMENT)
    if row is None:
        return ()
    view = j.OptionsView.model_validate({**kept.read(row), "assessment_id": row["record_id"]})
    return tuple(
        j.OfferedWay(
            way_id=one.way_id,
            courier=one.courier,
            service=one.service,
            pickup=one.pickup_at.isoformat(),
            delivery=one.delivery_at.isoformat(),
            price=one.price,
        )
        for one in view.ways
        if one.pickup_at and one.delivery_at
    )


def _in_week(offers: Sequence[j.OfferedWay], first: date, plant: Place) -> list[Offer]:
    """Slots whose pick-up lies in the plant's week; one whose time can't be read is left to be refused by name."""
    found = []
    for one in offers:
        try:
            day = local_day(plant, moment(one.pickup, plant, "pick-up"))
        except JourneyError:
            day = first
        if first <= day < first + timedelta(days=7):
            found.append(Offer(**one.model_dump()))
    return found


def _booked(work: UnitOfWork, batch_id: str) -> str:
    """The slot that is booked."""
    stands = bookings.standing(work, batch_id)
    return str(json.loads(stands[-1]["details"]).get("slot_id", "")) if stands else ""


def _pools(work: UnitOfWork, limits: lo.LimitsData) -> tuple[list[Pool], dict[str, dict[str, datetime]]]:
    """Units that may be used, in two pools by how long they hold, and when each can be charged.

    Raises:
        Invalid: there is none.
    """
    units: dict[str, Shipper] = {}
    free: dict[str, datetime] = {}
    for serial, row in kept.in_force(work, kept.LOGISTICS, lo.LogisticsKind.SHIPPER).items():
        with aside.each(f"shipper {serial}", serial):
            data = lo.ShipperData.model_validate(kept.read(row))
            unit = known.unit_of(serial, data)
            if unit.qualified_until and unit.dry_kg and unit.charged_kg and unit.requalified_after:
                units[serial] = unit
                free[serial] = data.free_from or datetime(2000, 1, 1, tzinfo=UTC)
    if not units:
        raise Invalid("No shipper in the logistics data is qualified and weighed: add one, or have one requalified.")
    holds = {serial: nominal_hold_h(unit) for serial, unit in units.items()}
    middle = sorted(holds.values())[len(holds) // 2]
    kinds: dict[str, list[Shipper]] = defaultdict(list)
    for serial, unit in units.items():
        kinds["long" if holds[serial] >= middle else "short"].append(unit)
    ready = {name: {one.serial: free[one.serial] for one in some} for name, some in kinds.items()}
    return pools_of(kinds, limits.turnaround_h, holds), ready


def _limits(data: lo.LimitsData, ready: Mapping[str, Mapping[str, datetime]]) -> Limits:
    return Limits(
        floor=0.0,  # each product's own floor is kept where its ways are made
        hub_share=data.hub_share,
        others=data.slot_capacity,
        courier_day=data.courier_day,
        dock=data.dock,
        centre_day=data.centre_day,
        units={pool: tuple(units.values()) for pool, units in ready.items()},
        change_cost=data.change_cost,
        tail_weight=data.tail_weight,
    )


def _view(
    week: str, found: Plan, refused: Mapping[str, str], ready: Mapping[str, Mapping[str, datetime]]
) -> j.PlanView:
    units = units_for(found, ready)
    return j.PlanView(
        week=week,
        ways=tuple(
            j.PlannedWay(
                batch_id=batch,
                way_id=one.way_id,
                courier=one.courier,
                pickup_at=one.pickup_at,
                delivery_at=one.delivery_at,
                p=round(one.p, 7),
                price=one.price,
                shipper=units.get(batch, ""),
                changed=batch in found.changed,
            )
            for batch, one in sorted(found.chosen.items())
        ),
        left={**found.left, **refused},
        expected_losses=round(found.expected_losses, 7),
        worst_losses=round(found.tail_losses, 7),
        proven=found.proven,
        gap=round(found.gap, 6),
        seconds=round(found.seconds, 2),
        scenarios=SCENARIOS,
    )
