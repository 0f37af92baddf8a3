"""The twin beside what users would write: a line of three stations in SimPy and in Ciw, and kinetics by scipy's odeint.

    python benchmarks/twin.py [--format json] [--batches 5000] [--rounds 3]

Medians of interleaved rounds, in batches a second. The line has the same inputs in SimPy (equal times, checked) and
the same distributions in Ciw (equal mean times, checked within 10 %).
Kinetics are three days of culture without feeds; both
solvers are held to a relative error of 3e-6 against a tight solution.
"""

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

# This file has the name of the package that it measures: look from the project's root.
sys.path[0] = str(Path(__file__).parent.parent)

import ciw
import numpy as np
import simpy
from scipy.integrate import odeint

from twin.line import Network, Resource, Step, Work, run_line
from twin.line.compiled import available
from twin.model.culture import DEAD, EFFECTOR, GLUCOSE, LACTATE, STIMULUS, TRANSDUCED, VIABLE, _rhs
from twin.model.population import Population, draw_people
from twin.model.rk import integrate

RATES, PLACES, ARRIVAL = (1.0, 0.8, 1.5), (3, 3, 2), 2.0
RATE_NAMES = ("mu_max", "lag_rate", "stimulus_decay", "death_rate", "glucose_per_cell", "glucose_upkeep")
DAYS, LIMIT = 3.0, 3e-6


def make_line(batches: int, seed: int) -> tuple[Network, Work]:
    """Three stations in a row."""
    rng = np.random.default_rng(seed)
    names = ("fill", "test", "review")
    steps = tuple(Step(name, name, (names[n - 1],) if n else ()) for n, name in enumerate(names))
    network = Network(tuple(Resource(name, count) for name, count in zip(names, PLACES, strict=True)), steps)
    touch = rng.exponential(1.0, (batches, 3)) / np.array(RATES)
    arrivals = np.cumsum(rng.exponential(1 / ARRIVAL, batches))
    return network, Work(arrivals, touch, np.zeros_like(touch), np.ones(touch.shape, bool))


def by_simpy(work: Work) -> np.ndarray:
    """The plain way: one process for each batch."""
    env = simpy.Environment()
    pools = [simpy.Resource(env, count) for count in PLACES]
    done = np.zeros(work.arrivals.size)
    touch = work.touch.tolist()

    def batch(number: int, arrival: float) -> Any:
        yield env.timeout(arrival)
        for pool, hours in zip(pools, touch[number], strict=True):
            with pool.request() as turn:
                yield turn
                yield env.timeout(hours)
        done[number] = env.now

    for number, arrival in enumerate(work.arrivals.tolist()):
        env.process(batch(number, arrival))
    env.run()
    return done


def by_ciw(batches: int, seed: int) -> float:
    """Mean time in the line, by Ciw."""
    ciw.seed(seed)
    routing = [[0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [0.0, 0.0, 0.0]]
    network = ciw.create_network(
        arrival_distributions=[ciw.dists.Exponential(ARRIVAL), None, None],
        service_distributions=[ciw.dists.Exponential(rate) for rate in RATES],
        routing=routing,
        number_of_servers=list(PLACES),
    )
    simulation = ciw.Simulation(network)
    simulation.simulate_until_max_customers(batches)
    records = simulation.get_all_records()
    first = {one.id_number: one.arrival_date for one in records if one.node == 1}
    times = [one.exit_date - first[one.id_number] for one in records if one.node == 3]
    return float(np.mean(times))


def make_cells(batches: int) -> tuple[np.ndarray, np.ndarray]:
    """Start and parameters of cultures."""
    people = draw_people(7, 0, batches, Population())
    params = np.stack([people.donors[name] for name in (*RATE_NAMES, "lactate_yield", "transduced_gain", "exhaustion")])
    start = np.zeros((8, batches))
    start[VIABLE], start[DEAD], start[GLUCOSE], start[LACTATE] = 0.8, 0.056, 25.0, 0.8
    start[STIMULUS], start[TRANSDUCED], start[EFFECTOR] = 1.0, people.donors["transduced"], people.donors["effector"]
    return start, params


def _scalar(y: Any, _: float, p: Any) -> list[float]:
    viable, dead, glucose, lactate, dividing, stimulus, transduced, effector = y.tolist()
    mu_max, lag_rate, decay, death, per_cell, upkeep, lactate_yield, gain, exhaustion = p
    fed = glucose / (glucose + 0.6)
    soured = 1.0 / (1.0 + (max(lactate, 0.0) / 32.0) ** 2)
    growth = mu_max * dividing * fed * soured * (1.0 - viable / 12.0)
    dying = death * (1.0 + 6.0 * (1.0 - fed) + 1.5 * (1.0 - soured) + 1.4 * stimulus)
    positive = max(growth, 0.0)
    used = (per_cell * positive + upkeep * glucose / (glucose + 0.15)) * viable
    return [
        (growth - dying) * viable,
        dying * viable - 0.10 * dead,
        -used,
        lactate_yield * used,
        lag_rate * (stimulus - dividing) * 0.75,
        -decay * stimulus,
        gain * transduced * (1.0 - transduced) * positive,
        -exhaustion * effector * (0.4 + dividing + (1.0 - fed)),
    ]


def by_odeint(start: np.ndarray, params: np.ndarray, rtol: float, atol: float) -> np.ndarray:
    """One batch after the other."""
    columns = [
        odeint(_scalar, start[:, n], (0.0, DAYS), args=(params[:, n].tolist(),), rtol=rtol, atol=atol)[-1]
        for n in range(start.shape[1])
    ]
    return np.stack(columns, axis=1)


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds and the answer."""
    begin = time.perf_counter()
    answer = work()
    return time.perf_counter() - begin, answer


def measure(batches: int, rounds: int) -> dict[str, dict[str, float]]:
    """All figures; raises `AssertionError` where answers differ."""
    network, work = make_line(batches, 1)
    some = max(batches // 10, 200)
    start, params = make_cells(some)
    truth = by_odeint(start[:, :60], params[:, :60], 1e-11, 1e-13)
    runs: dict[str, tuple[int, Callable[[], Any]]] = {
        "line": (batches, lambda: run_line(network, work, compiled=False)),
        "simpy": (batches, lambda: by_simpy(work)),
        "ciw": (some * 5, lambda: by_ciw(some * 5, 1)),
        "kinetics": (some * 5, lambda: integrate(_rhs, np.tile(start, 5), np.tile(params, 5), DAYS, rtol=1e-6)),
        "odeint": (some, lambda: by_odeint(start, params, 3e-7, 1e-8)),
    }
    if available():
        run_line(network, work, compiled=True)
        runs["line_compiled"] = (batches, lambda: run_line(network, work, compiled=True))
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    answers = {}
    for _ in range(rounds):
        for name, (_, task) in runs.items():
            spent, answers[name] = timed(task)
            seconds[name].append(spent)
    mean = float((answers["line"].done[:, -1] - work.arrivals).mean())
    assert np.allclose(answers["line"].done[:, -1], answers["simpy"], atol=1e-6)
    assert abs(answers["ciw"] / mean - 1) < 0.1, (answers["ciw"], mean)
    errors = {name: float(np.abs(answers[name][:, :60] / truth - 1).max()) for name in ("kinetics", "odeint")}
    assert max(errors.values()) < LIMIT, errors
    figures = {f"{name}_per_s": runs[name][0] / statistics.median(spent) for name, spent in seconds.items()}
    ratios = {
        "line_vs_simpy": figures["line_per_s"] / figures["simpy_per_s"],
        "line_vs_ciw": figures["line_per_s"] / figures["ciw_per_s"],
        "kinetics_vs_odeint": figures["kinetics_per_s"] / figures["odeint_per_s"],
    }
    return {"figures": {**figures, **{f"{name}_error": error for name, error in errors.items()}}, "ratios": ratios}


def main() -> None:
    """Print what was measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--batches", type=int, default=5000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--format", choices=("text", "json"), default="text")
    given = parser.parse_args()
    found = measure(given.batches, given.rounds)
    if given.format == "json":
        print(json.dumps(found))
        return
    for kind, values in found.items():
        for name, value in values.items():
            print(f"{kind} {name}: {value:.4g}")


if __name__ == "__main__":
    main()
