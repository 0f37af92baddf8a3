"""How many workers: by a simulation of our own, against an independent one and against a closed form."""

import math

import numpy as np
import pytest
import simpy

from twin.model.errors import TwinError
from twin.study.inputs import load_preset
from twin.study.size import Asked, size_for, waits_of

_ONE_OF_EACH = {"batch_record_review": 1.0, "courier_scheduling": 1.0, "compliance_filing": 1.0}
_SLOW = {"bots.review_seconds": 90.0, "bots.courier_seconds": 90.0, "bots.filing_seconds": 90.0}


def _independent(begin: np.ndarray, lasts: np.ndarray, workers: int) -> list[float]:
    """The same queue in SimPy."""
    env, waits = simpy.Environment(), [0.0] * begin.size
    pool = simpy.Resource(env, workers)

    def item(number: int):  # type: ignore[no-untyped-def]
        yield env.timeout(begin[number])
        with pool.request() as place:
            yield place
            waits[number] = env.now - begin[number]
            yield env.timeout(lasts[number])

    for number in range(begin.size):
        env.process(item(number))
    env.run()
    return waits


@pytest.mark.parametrize("workers", [1, 3, 8])
def test_waits_are_those_of_an_independent_simulation(workers: int) -> None:
    """Item by item, at a load of 80 %."""
    rng = np.random.default_rng(7)
    lasts = rng.lognormal(3.0, 0.6, 2000)
    begin = np.cumsum(rng.exponential(lasts.mean() / (0.8 * workers), 2000))
    assert waits_of(begin, lasts, workers) == pytest.approx(_independent(begin, lasts, workers), abs=1e-3)


def test_the_share_that_begins_in_time_is_erlangs() -> None:
    """With exponential durations: 1 - C e^(-(c - a) t / s)."""
    rng, workers, mean, load = np.random.default_rng(5), 4, 30.0, 3.0
    lasts = rng.exponential(mean, 200_000)
    begin = np.cumsum(rng.exponential(mean / load, 200_000))
    whole = load**workers / math.factorial(workers) * workers / (workers - load)
    waiting = whole / (sum(load**k / math.factorial(k) for k in range(workers)) + whole)
    expected = 1 - waiting * math.exp(-(workers - load) * 20.0 / mean)
    assert (waits_of(begin, lasts, workers) <= 20.0).mean() == pytest.approx(expected, abs=0.01)


def test_it_is_the_least_number_and_the_same_seed_gives_the_same() -> None:
    """One worker fewer is too busy or too late; ten times the batches need more, and less than ten times as many."""
    inputs = load_preset("paper").with_values(_SLOW)
    small, large = (size_for(inputs, Asked(many, _ONE_OF_EACH), seed=3) for many in (1000.0, 10_000.0))
    assert small == size_for(inputs, Asked(1000.0, _ONE_OF_EACH), seed=3)
    assert small.workers < large.workers < 10 * small.workers
    assert large.in_time >= 0.95
    offered = large.busy * large.workers
    fewer = large.workers - 1
    rng = np.random.default_rng(3)
    lasts = np.full(20_000, offered * 3600 / large.items_an_hour) * rng.lognormal(0, 0.01, 20_000)
    begin = np.cumsum(rng.exponential(3600 / large.items_an_hour, 20_000))
    assert offered / fewer > 0.9 or (waits_of(begin, lasts, fewer) <= 60).mean() < 0.97


@pytest.mark.requirement("URS-101")
@pytest.mark.parametrize(
    ("asked", "says"),
    [
        (Asked(0.0, _ONE_OF_EACH), "give more than 0"),
        (Asked(math.nan, _ONE_OF_EACH), "give more than 0"),
        (Asked(10.0, {}), "without items"),
        (Asked(10.0, {"other": 1.0}), "no durations of the job 'other'"),
        (Asked(10.0, _ONE_OF_EACH, hours_a_week=169.0), "hours a week"),
        (Asked(10.0, _ONE_OF_EACH, workers_per_host=0), "one worker process at least"),
        (Asked(1e9, _ONE_OF_EACH), "More than 5000 workers"),
    ],
)
def test_what_can_not_be_sized_is_refused(asked: Asked, says: str) -> None:
    """In a sentence."""
    with pytest.raises(TwinError, match=says):
        size_for(load_preset("paper").with_values(_SLOW), asked)
