"""The twin's release line and kinetics beside others, on the same work, with the same answers.

    python benchmarks/twin.py [--format json] [--batches 2000]

The line: eight steps at five resources that never close, four of them side by side (one after another in Ciw, whose
customers can't split up), in SimPy by hand, in Ciw, in ours in plain Python, and compiled by the numba extra, in one
process and in two.
The kinetics: eleven days of culture with feeds, in SciPy's odeint and solve_ivp batch by batch, and ours at once.
Rates are batches a second, medians of interleaved rounds.
"""

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

# This file has the name of the package that it measures: look from the project's root.
sys.path[0] = str(Path(__file__).parent.parent)

from benchmarks.twin_bench import kinetics, line

ROUNDS = 3


def main() -> None:
    """Run everything and print the figures and ratios."""
    parser = argparse.ArgumentParser(description="The twin beside others.")
    parser.add_argument("--format", choices=("text", "json"), default="text")
    parser.add_argument("--batches", type=int, default=2000)
    options = parser.parse_args()
    figures, missing = measure(options.batches)
    ratios = ratios_of(figures)
    if options.format == "json":
        print(json.dumps({"figures": figures, "ratios": ratios, "missing": missing}))
        return
    for name, value in figures.items():
        print(f"{name:36} {value:14.4g}")
    for name, value in ratios.items():
        print(f"{name:36} {value:14.2f} x")
    for name, why in missing.items():
        print(f"{name} was left out: {why}")


def measure(batches: int) -> tuple[dict[str, float], dict[str, str]]:
    """Batches a second of each contestant, and the peers that are not here."""
    figures: dict[str, float] = {}
    missing: dict[str, str] = {}
    contestants = line.contestants(batches, missing) | kinetics.contestants(min(batches, 400), batches, missing)
    found: dict[str, list[float]] = {name: [] for name in contestants}
    answers: dict[str, Any] = {}
    for _ in range(ROUNDS):
        for name, (run, count) in contestants.items():
            seconds, answers[name] = _timed(run)
            found[name].append(count / seconds)
    figures |= {f"{name}_per_s": statistics.median(rates) for name, rates in found.items()}
    line.same_means({name: value for name, value in answers.items() if name.startswith("line")})
    figures |= kinetics.errors({name: value for name, value in answers.items() if name.startswith("kinetics")})
    return figures, missing


def ratios_of(figures: dict[str, float]) -> dict[str, float]:
    """How many times faster we are than each peer; `kinetics_vs_odeint` is against the faster SciPy variant."""
    ratios = {}
    ours = max(figures.get("line_compiled_per_s", 0.0), figures["line_python_per_s"])
    for name, peer in (("line_vs_simpy", "line_simpy_per_s"), ("line_vs_ciw", "line_ciw_per_s")):
        if peer in figures:
            ratios[name] = ours / figures[peer]
    if "line_simpy_per_s" in figures:
        ratios["line_python_vs_simpy"] = figures["line_python_per_s"] / figures["line_simpy_per_s"]
    if "line_two_cores_per_s" in figures:
        ratios["line_two_cores_vs_one"] = figures["line_two_cores_per_s"] / figures["line_one_core_per_s"]
    scipy = max(figures["kinetics_odeint_per_s"], figures["kinetics_solve_ivp_per_s"])
    ratios["kinetics_vs_odeint"] = figures["kinetics_ours_per_s"] / scipy
    return ratios


def _timed(run: Callable[[], Any]) -> tuple[float, Any]:
    started = time.perf_counter()
    answer = run()
    return time.perf_counter() - started, answer


if __name__ == "__main__":
    np.seterr(all="ignore")
    main()
