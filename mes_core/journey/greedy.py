"""Plans without a solver: the most urgent first, for a start and for comparison; and which unit goes on which way."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

from mes_core.journey.week import Limits, Option, Plan, Wanted


def greedy(wanted: Sequence[Wanted], limits: Limits, key: str = "p") -> dict[str, Option]:
    """The most urgent shipment first, each its best way that is still free; what stands stays. For comparison, too.

    Args:
        key: "p" takes the likeliest, "price" the cheapest and "first" the first departure.
    """
    used: dict[tuple[str, object], int] = defaultdict(int)
    out: dict[str, list[Option]] = defaultdict(list)
    hub_cap = limits.hub_cap(len(wanted))
    order: Callable[[Option], tuple[object, ...]] = {
        "p": lambda one: (-one.p, one.price, one.way_id),
        "price": lambda one: (one.price, one.pickup_at, one.way_id),
        "first": lambda one: (one.pickup_at, one.price, one.way_id),
    }[key]
    taken: dict[str, Option] = {}
    for ship in sorted(wanted, key=lambda one: (not one.picked_up, not one.current, -one.urgency, one.batch_id)):
        ways = sorted(ship.options, key=lambda one: (one.way_id != ship.current, order(one)))
        for option in ways:
            needed = _uses(option, limits, hub_cap)
            if option.p < limits.floor and not ship.picked_up:
                continue
            if any(used[k] >= cap for k, cap in needed) or not _unit_free(option, out[option.pool], limits):
                continue
            for k, _ in needed:
                used[k] += 1
            out[option.pool].append(option)
            taken[ship.batch_id] = option
            break
    return taken


def _uses(option: Option, limits: Limits, hub_cap: int) -> list[tuple[tuple[str, object], int]]:
    uses: list[tuple[tuple[str, object], int]] = [(("hub", one), hub_cap) for one in set(option.hub_days)]
    uses += [(("flight", one), limits.flights.get(one, hub_cap)) for one in option.flights]
    uses.append((("slot", option.way_id), limits.slots.get(option.way_id, limits.others)))
    if option.courier in limits.courier_day:
        uses.append((("courier", (option.courier, option.pickup_day)), limits.courier_day[option.courier]))
    uses.append((("dock", option.pickup_at.replace(minute=0, second=0, microsecond=0)), limits.dock))
    uses.append((("centre", option.centre_day), limits.centre_day))
    return uses


def _unit_free(option: Option, out: Sequence[Option], limits: Limits) -> bool:
    ready = limits.units.get(option.pool)
    if ready is None:
        return True
    starts = [option.pickup_at, *(one.pickup_at for one in out if option.pickup_at <= one.pickup_at < option.back_at)]
    return all(
        1 + sum(one.pickup_at <= at < one.back_at for one in out) <= sum(when <= at for when in ready) for at in starts
    )


def units_for(plan_: Plan, ready: Mapping[str, Mapping[str, datetime]]) -> dict[str, str]:
    """Which unit each shipment takes: by pick-up, the one of its pool that has been free for the longest time.

    Args:
        ready: for each pool, serial and when the unit can be charged.
    """
    free = {pool: dict(units) for pool, units in ready.items()}
    given: dict[str, str] = {}
    for batch, option in sorted(plan_.chosen.items(), key=lambda one: (one[1].pickup_at, one[0])):
        units = free.get(option.pool, {})
        usable = [serial for serial, at in units.items() if at <= option.pickup_at]
        if usable:
            serial = min(usable, key=lambda one: (units[one], one))
            given[batch] = serial
            units[serial] = max(option.back_at, datetime.min.replace(tzinfo=UTC))
    return given
