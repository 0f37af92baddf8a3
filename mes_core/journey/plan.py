"""The week's plan: which way each shipment takes, proven best or with its gap (OR-Tools CP-SAT).

Least sum of urgency x (1 - P), and of what the worst of the shared scenarios would cost; a floor of P for every
patient; caps for hubs, flights, slots, couriers, dock, centres and shippers. Losses are whole millionths.
"""

import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from ortools.sat.python import cp_model

from mes_core.journey.errors import JourneyError
from mes_core.journey.greedy import greedy
from mes_core.journey.scenarios import Scenarios
from mes_core.journey.week import HubDay, Limits, Option, Plan, Wanted

_SCALE = 1_000_000
_LEFT = 2.0
"""What a shipment without a way costs, in lost shipments: more than any way does."""
_PRICE = 0.0005
"""All prices together weigh no more than half a tenth of a point of P: they only tell equals apart."""
_CLOSE = 0.001
"""A plan so near to the best is good enough to stop; its gap says how near."""
_TAIL = 0.125
"""Share of the scenarios that count as the worst ones."""


_COUNTS = 200
"""Losses below a fiftieth of a point of one shipment are left out of the sums over bad days."""


class _Model:
    """The model with the sums that it is made of, so that a plan to start from can be given whole."""

    def __init__(self) -> None:
        self.model = cp_model.CpModel()
        self.sums: list[tuple[cp_model.IntVar, list[tuple[int, cp_model.IntVar]]]] = []
        self.above: list[tuple[cp_model.IntVar, list[cp_model.IntVar]]] = []
        self.tail: tuple[cp_model.IntVar, list[tuple[int, cp_model.IntVar]], int, cp_model.IntVar] | None = None
        self.hints: dict[int, int] = {}

    def total(self, terms: Sequence[tuple[int, cp_model.IntVar]], most: int) -> cp_model.IntVar:
        """A variable that is a weighted sum, at most `most`."""
        var = self.model.new_int_var(0, max(most, 0), "")
        self.model.add(cp_model.LinearExpr.weighted_sum([v for _, v in terms], [w for w, _ in terms]) == var)
        self.sums.append((var, list(terms)))
        return var

    def start_from(self, values: Mapping[int, int]) -> None:
        """Give a plan to start from: values of the ways; those of all sums follow."""
        known = dict(values)
        for var, terms in self.sums:
            known[var.index] = sum(weight * known[one.index] for weight, one in terms)
        levels = [(var, sum(known[one.index] for one in parts)) for var, parts in self.above]
        if self.tail is not None:
            tail, over, worst, border = self.tail
            times = {var.index: count for count, var in over}
            ranked = sorted((value for var, value in levels for _ in range(times[var.index])), reverse=True)
            edge = ranked[worst - 1]
            known[border.index] = edge
            known |= {var.index: max(value - edge, 0) for var, value in levels}
            known[tail.index] = edge + -(-sum(max(value - edge, 0) for value in ranked) // worst)
        for index, value in known.items():
            self.model.add_hint(self.model.get_int_var_from_proto_index(index), value)


@dataclass(frozen=True)
class _Choice:
    """One variable: shipment, option, and what it costs in millionths."""

    index: int
    option: Option
    var: cp_model.IntVar
    cost: int


def plan(
    wanted: Sequence[Wanted],
    limits: Limits,
    scenarios: Scenarios | None,
    *,
    seconds: float = 10.0,
    workers: int = 2,
    seed: int = 2026,
) -> Plan:
    """Plan a week.

    Args:
        scenarios: shared by all shipments; without them the worst weeks are not looked at.
        seconds: when to stop and say the gap.

    Raises:
        JourneyError: what is picked up already can't be kept within the limits.
    """
    begun = time.monotonic()
    work = _Model()
    choices, left = _variables(work.model, wanted, limits)
    _caps(work, wanted, choices, limits)
    tail = _tail(work, wanted, choices, scenarios) if scenarios is not None and limits.tail_weight > 0 else None
    # Counted in hundredths of a millionth, so that the weight of the tail is whole.
    costs = [(100 * one.cost, one.var) for one in choices]
    costs += [(100 * round(_LEFT * wanted[index].urgency * _SCALE), var) for index, var in left.items()]
    if tail is not None:
        costs.append((round(limits.tail_weight * 100), tail))
    work.model.minimize(cp_model.LinearExpr.weighted_sum([var for _, var in costs], [cost for cost, _ in costs]))
    _hint(work, wanted, choices, left, limits)
    solver = _solver(max(seconds - (time.monotonic() - begun), 0.1), workers, seed)
    status = solver.solve(work.model)
    if status in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        chosen = {wanted[one.index].batch_id: one.option for one in choices if solver.value(one.var)}
        ends = (solver.objective_value / _SCALE / 100, solver.best_objective_bound / _SCALE / 100)
        worst = solver.value(tail) / _SCALE if tail is not None else 0.0
    elif status == cp_model.UNKNOWN:
        # No time was left to look for a better one: the plan to start from stands, with what it lacks at most.
        chosen, worst = greedy(wanted, limits), 0.0
        ends = (_cost(wanted, chosen), 0.0)
    else:
        raise JourneyError("What the courier has already can't be kept within the limits: a person plans this week.")
    ends = (ends[0], max(ends[1], min(ends[0], _least(wanted, limits))))
    return _answer(wanted, limits, chosen, ends, worst, ends[0] - ends[1] <= 1e-6, time.monotonic() - begun)


def _solver(seconds: float, workers: int, seed: int) -> cp_model.CpSolver:
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = seconds
    solver.parameters.num_workers = workers
    solver.parameters.random_seed = seed
    solver.parameters.relative_gap_limit = _CLOSE
    # Most of the work is one linear relaxation that is nearly whole: probing thousands of ways finds nothing in it.
    solver.parameters.cp_model_probing_level = 0
    solver.parameters.symmetry_level = 0
    solver.parameters.linearization_level = 2
    return solver


def _cost(wanted: Sequence[Wanted], chosen: Mapping[str, Option]) -> float:
    """What a plan costs without its tail."""
    lost = [1 - chosen[ship.batch_id].p if ship.batch_id in chosen else _LEFT for ship in wanted]
    return sum(ship.urgency * one for ship, one in zip(wanted, lost, strict=True))


def _least(wanted: Sequence[Wanted], limits: Limits) -> float:
    """What every plan costs at least: each shipment its best way, as if nothing were scarce."""
    best = [max((one.p for one in ship.options if one.p >= limits.floor), default=1 - _LEFT) for ship in wanted]
    return sum(ship.urgency * (1 - one) for ship, one in zip(wanted, best, strict=True))


def _variables(
    model: cp_model.CpModel, wanted: Sequence[Wanted], limits: Limits
) -> tuple[list[_Choice], dict[int, cp_model.IntVar]]:
    """A variable for each option above the floor, and one for leaving the shipment to a person."""
    dearest = max((one.price for ship in wanted for one in ship.options), default=1.0) or 1.0
    choices: list[_Choice] = []
    left: dict[int, cp_model.IntVar] = {}
    for index, ship in enumerate(wanted):
        mine = []
        for option in ship.options:
            stands = option.way_id == ship.current
            if ship.picked_up and not stands:
                continue
            if option.p < limits.floor and not ship.picked_up:
                continue
            moved = limits.change_cost if ship.current and not stands else 0.0
            cost = ship.urgency * (1 - option.p) + moved + _PRICE * option.price / dearest / max(len(wanted), 1)
            var = model.new_bool_var(f"{ship.batch_id}:{option.way_id}:{option.pool}")
            mine.append(_Choice(index, option, var, round(cost * _SCALE)))
        choices += mine
        if ship.picked_up and mine:
            model.add_exactly_one(one.var for one in mine)
        else:
            left[index] = model.new_bool_var(f"{ship.batch_id}:left")
            model.add_exactly_one([*(one.var for one in mine), left[index]])
    return choices, left


def _caps(work: _Model, wanted: Sequence[Wanted], choices: Sequence[_Choice], limits: Limits) -> None:
    """What there is only so much of."""
    used: dict[tuple[str, object], list[cp_model.IntVar]] = defaultdict(list)
    caps: dict[tuple[str, object], int] = {}
    hub_cap = limits.hub_cap(len(wanted))

    def count(kind: str, key: object, cap: int, var: cp_model.IntVar) -> None:
        used[kind, key].append(var)
        caps[kind, key] = cap

    for one in choices:
        option, var = one.option, one.var
        for hub_day in set(option.hub_days):
            count("hub", hub_day, hub_cap, var)
        for flight in option.flights:
            count("flight", flight, limits.flights.get(flight, hub_cap), var)
        count("slot", option.way_id, limits.slots.get(option.way_id, limits.others), var)
        if option.courier in limits.courier_day:
            count("courier", (option.courier, option.pickup_day), limits.courier_day[option.courier], var)
        count("dock", option.pickup_at.replace(minute=0, second=0, microsecond=0), limits.dock, var)
        count("centre", option.centre_day, limits.centre_day, var)
    for key, variables in used.items():
        if len(variables) > caps[key]:
            work.model.add(cp_model.LinearExpr.sum(variables) <= caps[key])
    _units(work, choices, limits)


def _units(work: _Model, choices: Sequence[_Choice], limits: Limits) -> None:
    """At no pick-up are more units of a pool on their way than it has by then.

    The number on their way is carried from one pick-up to the next, so that each way stands in two sums only.
    """
    for pool, ready in limits.units.items():
        mine = [one for one in choices if one.option.pool == pool]
        before: cp_model.IntVar | None = None
        last = datetime.min.replace(tzinfo=UTC)
        for start in sorted({one.option.pickup_at for one in mine}):
            terms = [(1, one.var) for one in mine if one.option.pickup_at == start]
            terms += [(-1, one.var) for one in mine if last < one.option.back_at <= start]
            there = sum(at <= start for at in ready)
            carried = [(1, before)] if before is not None else []
            before = work.total([*terms, *carried], there)
            last = start


def _tail(
    work: _Model, wanted: Sequence[Wanted], choices: Sequence[_Choice], scenarios: Scenarios
) -> cp_model.IntVar | None:
    """Mean loss of the worst scenarios, in millionths (conditional value at risk); None where no day can cost any."""
    parts: dict[tuple[HubDay, int], list[tuple[int, cp_model.IntVar]]] = defaultdict(list)
    for one in choices:
        for hub_day, losses in _extra_losses(one.option).items():
            for grade, loss in enumerate(losses):
                weight = round(wanted[one.index].urgency * loss * _SCALE)
                if weight >= _COUNTS:
                    parts[hub_day, grade].append((weight, one.var))
    if not parts:
        return None
    sums = {key: work.total(some, sum(weight for weight, _ in some)) for key, some in parts.items()}
    top = sum(weight for some in parts.values() for weight, _ in some)
    count = scenarios.classes.shape[0]
    worst = max(1, round(_TAIL * count))
    seen: dict[tuple[tuple[HubDay, int], ...], int] = defaultdict(int)
    for s in range(count):
        seen[tuple(key for key in sums if int(scenarios.of(*key[0])[s]) == key[1])] += 1
    border = work.model.new_int_var(0, top, "border")
    work.hints[border.index] = 0
    over = []
    for keys, times in seen.items():
        above = work.model.new_int_var(0, top, "above")
        work.model.add(above >= cp_model.LinearExpr.sum([sums[key] for key in keys]) - border)
        work.above.append((above, [sums[key] for key in keys]))
        over.append((times, above))
    tail = work.model.new_int_var(0, top * 2, "tail")
    total = cp_model.LinearExpr.weighted_sum([var for _, var in over], [times for times, _ in over])
    work.model.add(worst * tail >= worst * border + total)
    work.tail = (tail, over, worst, border)
    return tail


def _extra_losses(option: Option) -> dict[HubDay, list[float]]:
    """What each class of a flight's day loses beyond its best class, the days of the other flights being calm."""
    flights = len(option.hub_days)
    if not flights:
        return {}
    grades = round(len(option.by_class) ** (1 / flights))
    cube = np.asarray(option.by_class).reshape((grades,) * flights)
    found: dict[HubDay, list[float]] = {}
    for axis, hub_day in enumerate(option.hub_days):
        # Among the calm days of the other flights, so that no bad day is counted twice.
        at_best = cube[tuple(slice(None) if other == axis else 0 for other in range(flights))]
        losses = np.maximum(at_best[0] - at_best, 0.0)
        before = found.get(hub_day, [0.0] * grades)
        found[hub_day] = [a + b for a, b in zip(before, losses.tolist(), strict=True)]
    return found


def _hint(
    work: _Model,
    wanted: Sequence[Wanted],
    choices: Sequence[_Choice],
    left: Mapping[int, cp_model.IntVar],
    limits: Limits,
) -> None:
    """Start from the greedy plan, which keeps what stands."""
    taken = greedy(wanted, limits)
    values = {one.var.index: int(taken.get(wanted[one.index].batch_id) is one.option) for one in choices}
    values |= {var.index: int(wanted[index].batch_id not in taken) for index, var in left.items()}
    work.start_from(values)


def _answer(
    wanted: Sequence[Wanted],
    limits: Limits,
    chosen: Mapping[str, Option],
    ends: tuple[float, float],
    worst: float,
    proven: bool,
    seconds: float,
) -> Plan:
    moved = [one.batch_id for one in wanted if one.current and one.batch_id in chosen]
    return Plan(
        chosen=chosen,
        left={ship.batch_id: _why_left(ship, limits) for ship in wanted if ship.batch_id not in chosen},
        expected_losses=sum((1 - chosen[one.batch_id].p) * one.urgency for one in wanted if one.batch_id in chosen),
        tail_losses=worst,
        objective=ends[0],
        bound=ends[1],
        proven=proven,
        seconds=seconds,
        changed=tuple(
            one.batch_id for one in wanted if one.batch_id in moved and chosen[one.batch_id].way_id != one.current
        ),
    )


def _why_left(ship: Wanted, limits: Limits) -> str:
    if not ship.options:
        return f"No way that may be taken is on offer for batch {ship.batch_id}: a person decides."
    best = max(one.p for one in ship.options)
    if best < limits.floor:
        return (
            f"The best way for batch {ship.batch_id} has {best:.2%}, below the floor of {limits.floor:.2%}: a person"
            " decides."
        )
    return f"Every way for batch {ship.batch_id} is full: ask for more capacity, or move its infusion."
