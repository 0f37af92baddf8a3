"""The release line: the same times as SimPy, nothing lost, and the laws of queues."""

from math import factorial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twin.line import ALWAYS, Network, Resource, Step, Work, loads, refuse_overload, run_line, weekly_calendar
from twin.line.reference import run_reference
from twin.model.errors import TwinError

OFFICE = weekly_calendar("Mon-Fri", 9, 15)


def _diamond(seed: int, batches: int) -> tuple[Network, Work]:
    rng = np.random.default_rng(seed)
    network = Network(
        (Resource("room", 2), Resource("desk", 1, OFFICE)),
        (
            Step("make", "room"),
            Step("test", "desk", ("make",)),
            Step("review", "desk", ("make",)),
            Step("wait", "", ("make",)),
            Step("sign", "desk", ("test", "review", "wait")),
        ),
    )
    shape = (batches, 5)
    arrivals = np.cumsum(rng.exponential(1.0, batches))
    return network, Work(arrivals, rng.exponential(0.1, shape), rng.exponential(0.5, shape), rng.random(shape) < 0.8)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 40))
def test_the_engine_gives_the_same_times_as_simpy(seed: int, batches: int) -> None:
    network, work = _diamond(seed, batches)
    ours, theirs = run_line(network, work, compiled=False), run_reference(network, work)
    for name in ("ready", "begun", "worked", "done"):
        np.testing.assert_allclose(getattr(ours, name), getattr(theirs, name), atol=1e-6)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_no_batch_is_lost_and_no_time_is_negative(seed: int) -> None:
    network, work = _diamond(seed, 60)
    passage = run_line(network, work, compiled=False)
    assert np.isfinite(passage.done).all()
    assert (passage.ready >= work.arrivals[:, None] - 1e-9).all()
    assert (passage.begun >= passage.ready - 1e-9).all()
    assert (passage.worked >= passage.begun - 1e-9).all()
    assert (passage.done >= passage.worked - 1e-9).all()
    assert (passage.ready[:, 4] >= passage.done[:, 1:4].max(axis=1) - 1e-9).all()


def test_no_more_batches_are_worked_on_than_there_are_places() -> None:
    network, work = _diamond(5, 300)
    passage = run_line(network, work, compiled=False)
    begun, ended = np.sort(passage.begun[:, 0][work.taken[:, 0]]), np.sort(passage.worked[:, 0][work.taken[:, 0]])
    busy = np.searchsorted(begun, begun, side="right") - np.searchsorted(ended, begun + 1e-12, side="right")
    assert busy.max() == 2


def _queue(rate: float, servers: int, batches: int, seed: int) -> tuple[Network, Work]:
    rng = np.random.default_rng(seed)
    network = Network((Resource("desk", servers, ALWAYS),), (Step("serve", "desk"),))
    arrivals = np.cumsum(rng.exponential(1 / rate, batches))
    touch = rng.exponential(1.0, (batches, 1))
    return network, Work(arrivals, touch, np.zeros_like(touch), np.ones(touch.shape, bool))


def _erlang_wait(rate: float, servers: int) -> float:
    """Mean wait of M/M/c with unit service rate (Erlang C)."""
    full = rate**servers / factorial(servers) * servers / (servers - rate)
    return full / (sum(rate**k / factorial(k) for k in range(servers)) + full) / (servers - rate)


@pytest.mark.parametrize(("rate", "servers"), [(0.5, 1), (1.4, 2), (2.4, 4)])
def test_waits_of_exponential_queues_are_those_of_the_formula(rate: float, servers: int) -> None:
    means = []
    for seed in range(10):
        network, work = _queue(rate, servers, 20_000, seed)
        passage = run_line(network, work, compiled=False)
        means.append((passage.begun - passage.ready)[2000:].mean())
    error = np.std(means, ddof=1) / np.sqrt(len(means))
    assert abs(np.mean(means) - _erlang_wait(rate, servers)) < 4 * error
    assert error < 0.05 * _erlang_wait(rate, servers)


def test_littles_law_holds_for_numbers_counted_at_random_moments() -> None:
    network, work = _queue(0.7, 1, 60_000, 3)
    passage = run_line(network, work, compiled=False)
    came, left = work.arrivals, np.sort(passage.done[:, 0])
    moments = np.random.default_rng(4).uniform(came[1000], came[-1000], 200_000)
    present = np.searchsorted(came, moments) - np.searchsorted(left, moments)
    rate = (came.size - 1) / (came[-1] - came[0])
    assert present.mean() == pytest.approx(rate * (passage.done[:, 0] - came).mean(), rel=0.03)


def test_a_line_that_cannot_keep_up_is_refused_by_name_and_need() -> None:
    network, work = _queue(3.0, 2, 5000, 1)
    with pytest.raises(TwinError, match=r"can't keep up.*desk.*needs at least 4"):
        refuse_overload(loads(network, work, float(work.arrivals[-1])))


@pytest.mark.parametrize("places", [0, -1])
def test_no_places_are_refused(places: int) -> None:
    with pytest.raises(TwinError, match="at least one"):
        Resource("desk", places)


def test_a_negative_duration_is_refused_with_its_step() -> None:
    network, work = _diamond(1, 3)
    touch = work.touch.copy()
    touch[1, 2] = -0.1
    with pytest.raises(TwinError, match="'review' is negative"):
        run_line(network, Work(work.arrivals, touch, work.delay, work.taken), compiled=False)


def test_work_stands_still_at_night_and_over_the_weekend() -> None:
    friday_two = 4 + 14 / 24
    network = Network((Resource("desk", 1, OFFICE),), (Step("serve", "desk"),))
    work = Work(np.array([friday_two]), np.array([[2 / 24]]), np.zeros((1, 1)), np.ones((1, 1), bool))
    passage = run_line(network, work, compiled=False)
    assert passage.worked[0, 0] == pytest.approx(7 + 10 / 24)
