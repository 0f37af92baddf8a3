"""Batches of the twin as a table for training, and what corrective actions would have changed in them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keywords.predictive_holds.early import early_values
from keywords.predictive_holds.training.measures import interval
from mes_core.messages import BatchRecord
from twin.model import LATE_NOISE, draw_donor, grow, harvest, stack_donors, standard_plan
from twin.model.culture import Plan
from twin.model.outcome import LIMITS
from twin.world.biology import Biology, grow_all
from twin.world.chance import seeded
from twin.world.record import Frame, clean_record
from twin.world.supply import Supply

_START = datetime(2024, 1, 1, 13, tzinfo=UTC)
_FILLED = 0.95
_APART = timedelta(hours=9)


def missed(cells: Biology) -> bool:
    """Whether a product misses any part of its release specification."""
    dose = cells.density[-1] * cells.volume[-1] * cells.recovery * _FILLED * cells.car_fraction
    read = {
        "viability": cells.harvest_viability,
        "cd3_purity": cells.cd3_purity,
        "car_fraction": cells.car_fraction,
        "vcn": cells.vcn,
        "potency": cells.survival,
        "dose": dose,
    }
    return any(_outside(read[name], low, high) for name, (low, high) in LIMITS.items())


def _outside(value: float, low: float | None, high: float | None) -> bool:
    return (low is not None and value < low) or (high is not None and value > high)


def early_rows(batches: int, seed: int, day: int) -> tuple[list[str], list[list[str]]]:
    """Header and rows: timestamp, patient, the numbers recorded by the culture day, and whether the product failed.

    A parameter that never varies is left out.
    """
    supply = Supply(seed)
    made: list[dict[str, str]] = []
    for number, cells in enumerate(grow_all(seed, 1, batches, failures=True), start=1):
        start = _START + number * _APART
        frame = Frame(number, start, start + timedelta(days=30), seeded("record", seed, number))
        record = BatchRecord.model_validate(clean_record(frame, cells, supply))
        early = early_values(record, day)
        row = {"timestamp": start.isoformat(), "patient": record.patient_code or ""}
        row |= {name: value for name, value in sorted(early.items()) if _is_number(value)}
        made.append(row | {"fail": str(int(missed(cells)))})
    header = [name for name in made[0] if len({row[name] for row in made}) > 1]
    return header, [[row[name] for name in header] for row in made]


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def action_table(batches: int, seed: int, day: int) -> list[dict[str, Any]]:
    """What each corrective action, begun on the culture day in every batch, prevents and causes; simulated.

    The same donors and the same noise at harvest run under the plan of the master record and under each action, so
    that a difference is the action's. `share` is of failures prevented, with its exact 95 % interval.
    """
    rng = np.random.default_rng([seed & 0xFFFFFFFF, 71])
    donors = stack_donors([draw_donor(rng) for _ in range(batches)])
    noise = rng.standard_normal((batches, LATE_NOISE))
    plan = standard_plan(batches)

    def failed(tried: Plan) -> NDArray[np.bool_]:
        return harvest(donors, tried, grow(donors, tried), noise).failed()

    before = failed(plan)
    made = []
    for name, tried in action_plans(plan, day).items():
        after = failed(tried)
        prevented, caused = int((before & ~after).sum()), int((~before & after).sum())
        low, high = interval(prevented, int(before.sum()))
        made.append(
            {
                "action": name,
                "simulated": True,
                "batches": batches,
                "failures": int(before.sum()),
                "failures_prevented": prevented,
                "share": prevented / max(1, int(before.sum())),
                "share_interval": [low, high],
                "failures_caused": caused,
                "net_prevented": prevented - caused,
            }
        )
    return made


def action_plans(plan: Plan, day: int) -> dict[str, Plan]:
    """The plan of the master record changed by each corrective action that begins on a culture day, by its name."""
    feed, exchange = plan.feed_ml.copy(), plan.exchange.copy()
    feed[:, day + 1] += 200.0
    exchange[:, day] = np.maximum(exchange[:, day], 0.6)
    longer = np.pad(plan.exchange, ((0, 0), (0, 2)))
    longer[:, plan.days : plan.days + 2] = 0.7
    earlier = replace(plan, harvest_day=plan.harvest_day - 1)
    later = replace(
        plan,
        days=plan.days + 2,
        feed_ml=np.pad(plan.feed_ml, ((0, 0), (0, 2))),
        exchange=longer,
        harvest_day=plan.harvest_day + 2,
    )
    return {
        f"feed 200 mL more on day {day + 1}": replace(plan, feed_ml=feed),
        f"replace 60 % of the medium on day {day}": replace(plan, exchange=exchange),
        "harvest two days later, with medium exchange": later,
        "harvest one day earlier": earlier,
    }
