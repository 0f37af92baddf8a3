"""Which lever saves what: a full factorial on the same batches, and its exact attribution (Shapley values)."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from itertools import product
from math import factorial

from twin.study.inputs import Inputs
from twin.study.kpis import Figure
from twin.study.plant import LEVERS, Levers
from twin.study.run import Study, run_study

LABELS = {
    "holds": "Predictive holds",
    "review": "Review by exception",
    "courier": "Courier bot",
    "filing": "Filing bot",
    "rapid_sterility": "Rapid sterility test",
}
KPIS = ("release_days", "turnaround", "failure_rate", "labour_hours")


@dataclass(frozen=True)
class Attribution:
    """What each lever takes off a KPI, on average over all orders of introduction, with 95 % intervals by paired
    replications; `total` is all of them together."""

    kpi: str
    share: dict[str, Figure]
    total: Figure


def factorial_design() -> dict[str, Levers]:
    """All combinations of levers by name; the one without any is "none"."""
    design = {}
    for on in product((False, True), repeat=len(LEVERS)):
        levers = Levers(**dict(zip(LEVERS, on, strict=True)))
        design["+".join(levers.names) or "none"] = levers
    return design


def shapley(values: dict[frozenset[str], float]) -> dict[str, float]:
    """Exact Shapley values of a game given by its value for every coalition, the empty one included."""
    return {
        player: sum(factor * values[coalition] for coalition, factor in factors.items())
        for player, factors in shapley_factors(values).items()
    }


def shapley_factors(coalitions: Iterable[frozenset[str]]) -> dict[str, dict[frozenset[str], float]]:
    """For each player, the factors of all coalitions' values in its Shapley value, which is linear in them."""
    all_of_them = list(coalitions)
    players = sorted(set().union(*all_of_them))
    count = len(players)
    found: dict[str, dict[frozenset[str], float]] = {player: dict.fromkeys(all_of_them, 0.0) for player in players}
    for coalition in all_of_them:
        for player in coalition:
            size = len(coalition) - 1
            weight = factorial(size) * factorial(count - size - 1) / factorial(count)
            found[player][coalition] += weight
            found[player][coalition - {player}] -= weight
    return found


def run_factorial(inputs: Inputs, *, batches: int, seed: int, jobs: int = 1) -> Study:
    """All combinations of levers on the same batches. Raises `TwinError` as `run_study`."""
    return run_study(inputs, factorial_design(), batches=batches, seed=seed, jobs=jobs)


def attribute(study: Study) -> list[Attribution]:
    """Savings of each lever (positive is less) in days, failures and staff hours, from a full factorial."""
    named = {frozenset() if name == "none" else frozenset(name.split("+")): name for name in study.summaries}
    every = {frozenset(field.name for field in fields(Levers)): -1.0, frozenset[str](): 1.0}
    factors = shapley_factors(named)
    return [
        Attribution(
            kpi,
            {
                player: study.combined(kpi, {named[who]: -factor for who, factor in its.items()})
                for player, its in factors.items()
            },
            study.combined(kpi, {named[who]: factor for who, factor in every.items()}),
        )
        for kpi in KPIS
    ]
