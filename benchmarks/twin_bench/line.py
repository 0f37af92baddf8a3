"""One line for all: arrivals, culture, fill, four tests side by side, review, certification; in turn."""

import statistics
import sys
from collections.abc import Callable, Generator
from functools import cache
from typing import Any

import numpy as np
import simpy
from joblib import Parallel, delayed

from twin.line import ALWAYS, Network, Resource, Step, Work, run_line
from twin.line.compiled import available

_STEPS = (
    ("culture", "vessels", (), 10.0),
    ("fill", "rooms", ("culture",), 0.3),
    ("flow", "analysts", ("fill",), 0.4),
    ("potency", "analysts", ("fill",), 0.6),
    ("sterility", "analysts", ("fill",), 0.2),
    ("assembly", "operators", ("fill",), 0.4),
    ("review", "reviewers", ("flow", "potency", "sterility", "assembly"), 0.8),
    ("certify", "reviewers", ("review",), 0.3),
)
_PLACES = {"vessels": 18, "rooms": 1, "analysts": 3, "operators": 1, "reviewers": 3}
_RATE = 1.4


def network() -> Network:
    """The line as our network."""
    resources = tuple(Resource(name, places, ALWAYS) for name, places in _PLACES.items())
    return Network(resources, tuple(Step(name, where, after) for name, where, after, _ in _STEPS))


def work(batches: int, seed: int = 1) -> Work:
    """Random arrivals and exponential hands-on times."""
    rng = np.random.default_rng(seed)
    touch = np.stack([rng.exponential(mean, batches) for *_, mean in _STEPS], axis=1)
    taken = np.ones(touch.shape, bool)
    return Work(np.cumsum(rng.exponential(1 / _RATE, batches)), touch, np.zeros(touch.shape), taken)


def contestants(batches: int, missing: dict[str, str]) -> dict[str, tuple[Callable[[], Any], int]]:
    """What to run for each contestant, and how many batches that is."""
    plan, given = network(), work(batches)
    many = work(batches * 20)
    found: dict[str, tuple[Callable[[], Any], int]] = {
        "line_simpy": (lambda: _simpy(given), batches),
        "line_python": (lambda: _stay(given, run_line(plan, given, compiled=False)), batches),
    }
    if available():
        run_line(plan, work(10), compiled=True)  # compiled before the clock starts
        found["line_compiled"] = (lambda: _stay(many, run_line(plan, many, compiled=True)), batches * 20)
        found["line_one_core"] = (lambda: _again(batches * 20, 40), batches * 800)
        found["line_two_cores"] = (lambda: _beside(batches * 20, 20), batches * 800)
        _beside(batches * 20, 1)  # the other processes have started before the clock does
    else:
        missing["line_compiled"] = "numba is not installed: pip install '.[fast]'"
    try:
        import ciw  # noqa: F401
    except ImportError:
        missing["line_ciw"] = "Ciw is not installed: pip install '.[bench]'"
    else:
        found["line_ciw"] = (lambda: _ciw(given), batches)
    return found


def _stay(given: Work, passage: Any) -> float:
    return float((passage.done[:, -1] - given.arrivals).mean())


@cache
def _prepared(batches: int) -> tuple[Network, Work]:
    return network(), work(batches)


def _again(batches: int, times: int) -> float:
    """The compiled line over and over, in this process."""
    plan, given = _prepared(batches)
    return statistics.fmean(_stay(given, run_line(plan, given, compiled=True)) for _ in range(times))


def _beside(batches: int, times: int) -> float:
    """The same in two processes side by side."""
    return statistics.fmean(Parallel(n_jobs=2, batch_size=1)(delayed(_again)(batches, times) for _ in range(2)))


def _simpy(given: Work) -> float:
    """The line as one writes it by hand: a process for each batch, and for its tests one each."""
    env = simpy.Environment()
    pools = {name: simpy.Resource(env, places) for name, places in _PLACES.items()}
    stays = np.zeros(len(given.arrivals))
    steps = [(step, pools[where]) for step, (_, where, _, _) in enumerate(_STEPS)]

    def work_on(pool: Any, takes: float) -> Generator[Any, Any, None]:
        with pool.request() as turn:
            yield turn
            yield env.timeout(takes)

    def batch(number: int, touch: list[float]) -> Generator[Any, Any, None]:
        for step, pool in steps[:2]:
            with pool.request() as turn:
                yield turn
                yield env.timeout(touch[step])
        yield env.all_of([env.process(work_on(pool, touch[step])) for step, pool in steps[2:6]])
        for step, pool in steps[6:]:
            with pool.request() as turn:
                yield turn
                yield env.timeout(touch[step])
        stays[number] = env.now - given.arrivals[number]

    def arrive() -> Generator[Any, Any, None]:
        for number, time in enumerate(given.arrivals):
            yield env.timeout(float(time) - env.now)
            env.process(batch(number, given.touch[number].tolist()))

    env.process(arrive())
    env.run()
    return float(stays.mean())


def _ciw(given: Work) -> float:
    """The same steps one after another: Ciw's customers can't split up, so its line has no parallel tests."""
    import ciw

    count = len(given.arrivals)
    gaps = np.diff(given.arrivals, prepend=0.0)
    nodes = len(_STEPS)
    service = [ciw.dists.Sequential([float(value) for value in given.touch[:, step]]) for step in range(nodes)]
    arrivals: list[Any] = [None] * nodes
    arrivals[0] = ciw.dists.Sequential([*(float(gap) for gap in gaps), float("inf")])
    routing = [[float(to == of + 1) for to in range(nodes)] for of in range(nodes)]
    plan = ciw.create_network(
        arrival_distributions=arrivals,
        service_distributions=service,
        routing=routing,
        number_of_servers=[_PLACES[where] for _, where, _, _ in _STEPS],
    )
    simulation = ciw.Simulation(plan)
    simulation.simulate_until_max_customers(count, method="Finish")
    return float("nan")


def same_means(answers: dict[str, float]) -> None:
    """End with a message when SimPy and ours do not give the same mean stay."""
    first, ours = answers["line_simpy"], answers["line_python"]
    if abs(first - ours) > 1e-6 * first:
        sys.exit(f"SimPy's mean stay is {first}, ours {ours}.")
    if len({answers[name] for name in answers if name in ("line_compiled", "line_one_core", "line_two_cores")}) > 1:
        sys.exit(f"The compiled line's mean stay depends on how it is run: {answers}.")
    if "line_compiled" in answers and abs(answers["line_compiled"] - ours) > 0.3 * ours:
        sys.exit(f"The compiled line's mean stay is {answers['line_compiled']}, the plain one's {ours}.")
