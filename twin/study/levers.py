"""Which lever saves what: a full factorial on the same batches, and its exact attribution (Shapley values)."""

from dataclasses import dataclass, fields
from itertools import product
from math import factorial

from twin.study.inputs import Inputs
from twin.study.plant import LEVERS, Levers
from twin.study.run import Study, run_study

LABELS = {
    "holds": "Predictive holds",
    "review": "Review by exception",
    "courier": "Courier bot",
    "filing": "Filing bot",
    "rapid_sterility": "Rapid sterility test",
}
KPIS = ("release_days", "delivered", "failure_rate", "labour_hours")


@dataclass(frozen=True)
class Attribution:
    """What each lever takes off a KPI, on average over all orders of introduction; `total` is all of them together."""

    kpi: str
    share: dict[str, float]
    total: float


def factorial_design() -> dict[str, Levers]:
    """All combinations of levers by name; the one without any is "none"."""
    design = {}
    for on in product((False, True), repeat=len(LEVERS)):
        levers = Levers(**dict(zip(LEVERS, on, strict=True)))
        design["+".join(levers.names) or "none"] = levers
    return design


def shapley(values: dict[frozenset[str], float]) -> dict[str, float]:
    """Exact Shapley values of a game given by its value for every coalition, the empty one included."""
    players = sorted(set().union(*values))
    count = len(players)
    found = dict.fromkeys(players, 0.0)
    for coalition, value in values.items():
        for player in players:
            if player in coalition:
                size = len(coalition) - 1
                weight = factorial(size) * factorial(count - size - 1) / factorial(count)
                found[player] += weight * (value - values[coalition - {player}])
    return found


def run_factorial(inputs: Inputs, *, batches: int, seed: int, jobs: int = 1) -> Study:
    """All combinations of levers on the same batches. Raises `TwinError` as `run_study`."""
    return run_study(inputs, factorial_design(), batches=batches, seed=seed, jobs=jobs)


def attribute(study: Study) -> list[Attribution]:
    """Savings of each lever (positive is less) in days, failures and staff hours, from a full factorial."""
    found = []
    names = [field.name for field in fields(Levers)]
    for kpi in KPIS:
        values = {}
        for name, summary in study.summaries.items():
            figure = summary.failure_rate if kpi == "failure_rate" else None
            key = "release" if kpi == "release_days" else kpi
            value = figure.mean if figure else summary.means[key].mean
            values[frozenset() if name == "none" else frozenset(name.split("+"))] = -value
        parts = shapley(values)
        found.append(Attribution(kpi, parts, values[frozenset(names)] - values[frozenset()]))
    return found
