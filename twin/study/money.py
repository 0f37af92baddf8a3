"""What it costs and what it saves: the return on investment that the paper left out."""

from dataclasses import dataclass

from twin.study.inputs import Inputs
from twin.study.run import Study


@dataclass(frozen=True)
class Money:
    """EUR a batch made and EUR a year; `payback_years` is infinite where nothing is saved."""

    cost_baseline: float
    cost_augmented: float
    saved_yearly: float
    payback_years: float


def money(study: Study, inputs: Inputs | None = None) -> Money:
    """Cost of a batch in both scenarios and payback. `inputs` may differ from the study's in cost figures only."""
    given = inputs or study.inputs
    costs = []
    for name in ("baseline", "augmented"):
        one = study.summaries[name]
        released = one.batches - one.failed
        hours = one.means["labour_hours"].mean * released / one.batches
        days = one.means["release"].mean * released / one.batches
        cost = given["cost.batch_materials"] + hours * given["cost.staff_hour"] + days * given["cost.delay_day"]
        cost += one.failure_rate.mean * given["cost.failed_batch"]
        if name == "augmented":
            cost += study.interventions.made / study.batches * given["cost.action"]
        costs.append(cost)
    yearly = (costs[0] - costs[1]) * 12 * given["plant.batches_per_month"] - given["cost.yearly"]
    return Money(costs[0], costs[1], yearly, given["cost.project"] / yearly if yearly > 0 else float("inf"))
