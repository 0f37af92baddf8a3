"""Hands: people are taken with the room they work in, work that may not be interrupted isn't, and the sums come out."""

from collections.abc import Generator
from dataclasses import replace
from itertools import pairwise
from math import exp, factorial
from typing import Any

import numpy as np
import pytest
import simpy
from hypothesis import given, settings
from hypothesis import strategies as st

from twin.line import ALWAYS, Network, Passage, Resource, Step, Work, run_line, usable_loads, weekly_calendar
from twin.line.calendar import EDGE, together
from twin.line.compiled import available
from twin.line.reference import run_reference
from twin.model.errors import TwinError
from twin.study.inputs import load_preset
from twin.study.passage import could_begin
from twin.study.plant import AUGMENTED, BASELINE, STEPS, Levers, draw_chance, plan_work, plant_network
from twin.study.scale import staff_for

SHIFT, OFFICE = weekly_calendar("Mon-Sun", 7, 19), weekly_calendar("Mon-Fri", 9, 15)
TIMES = ("ready", "begun", "worked", "done")


def plant(seed: int, batches: int) -> tuple[Network, Work]:
    """Two rooms that take a pair, a daily look at the culture by one, tests at a desk that can't be laid aside."""
    rng = np.random.default_rng(seed)
    network = Network(
        (Resource("room", 2, SHIFT), Resource("hand", 3, SHIFT), Resource("desk", 2, OFFICE), Resource("tube", 1)),
        (
            Step("make", "room", beside=(("hand", 2),), whole=True),
            Step("grow", "tube", ("make",)),
            Step("care", "hand", ("make",), whole=True, lag=1.0),
            Step("take", "room", ("grow", "care"), (("hand", 2),), whole=True),
            Step("test", "desk", ("take",), (("tube", 1),), whole=True),
            Step("write", "desk", ("take",)),
            Step("sign", "hand", ("test", "write")),
        ),
    )
    shape = (batches, len(network.steps))
    touch = rng.exponential(0.12, shape)
    work = Work(np.cumsum(rng.exponential(1.0, batches)), touch, rng.exponential(0.3, shape), rng.random(shape) < 0.85)
    return network, work


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 40))
def test_hands_and_whole_work_give_the_same_times_as_simpy(seed: int, batches: int) -> None:
    network, work = plant(seed, batches)
    ours, theirs = run_line(network, work, compiled=False), run_reference(network, work)
    for name in TIMES:
        np.testing.assert_allclose(getattr(ours, name), getattr(theirs, name), atol=1e-6)


@pytest.mark.skipif(not available(), reason="numba is an extra")
@pytest.mark.parametrize("seed", range(5))
def test_the_compiled_line_has_the_same_hands(seed: int) -> None:
    network, work = plant(seed, 300)
    plain, fast = run_line(network, work, compiled=False), run_line(network, work, compiled=True)
    for name in TIMES:
        assert np.allclose(getattr(plain, name), getattr(fast, name), atol=1e-9), name


def by_containers(operators: int, caring: int, arrivals: np.ndarray, touch: np.ndarray, days: int) -> np.ndarray:
    """The same in SimPy as a user would write it: a pool of people from which two are taken for making and harvest and
    some for each day's care, first come first served; the culture takes `days`. Ends of harvests."""
    env = simpy.Environment()
    people = simpy.Container(env, operators, init=operators)
    ended = np.zeros(arrivals.size)

    def hands(count: int, lasts: float) -> Generator[Any, Any, None]:
        yield people.get(count)
        yield env.timeout(lasts)
        yield people.put(count)

    def care(day: int, lasts: float) -> Generator[Any, Any, None]:
        yield env.timeout(day)
        yield from hands(caring, lasts)

    def batch(number: int) -> Generator[Any, Any, None]:
        yield env.timeout(arrivals[number])
        yield from hands(2, touch[number, 0])
        cares = [env.process(care(day, touch[number, day])) for day in range(1, days)]
        yield env.timeout(days)
        yield env.all_of(cares)
        yield from hands(2, touch[number, days])
        ended[number] = env.now

    for number in range(arrivals.size):
        env.process(batch(number))
    env.run()
    return ended


@pytest.mark.parametrize(("operators", "caring"), [(2, 2), (4, 2), (7, 2), (3, 1), (7, 1)])
def test_operators_are_shared_as_a_pool_of_simpy_shares_them(operators: int, caring: int) -> None:
    """To the moment where all work in pairs. A single pair of hands may go first where it makes nobody later: SimPy's
    pool lets it wait behind a pair that can't begin yet, so there it waits a little longer, never shorter."""
    rng, days, count = np.random.default_rng(operators), 5, 300
    touch = rng.exponential(0.25, (count, days + 1))
    arrivals = np.cumsum(rng.exponential(3.3 / operators, count))
    cares = tuple(Step(f"care_{day}", "", ("make",), (("hand", caring),), lag=day) for day in range(1, days))
    steps = (
        Step("make", beside=(("hand", 2),), whole=True),
        Step("grow", "", ("make",)),
        *cares,
        Step("take", "", ("grow", *(one.name for one in cares)), (("hand", 2),), whole=True),
    )
    each = np.insert(touch, 1, days, axis=1)
    work = Work(arrivals, each, np.zeros_like(each), np.ones(each.shape, bool))
    ours = run_line(Network((Resource("hand", operators),), steps), work, compiled=False).worked[:, -1]
    theirs = by_containers(operators, caring, arrivals, touch, days)
    waited, here = ((ends - arrivals - days - touch[:, 0] - touch[:, -1]).mean() for ends in (theirs, ours))
    assert waited > 0.05, "They do wait for each other."
    if caring == 2:
        np.testing.assert_allclose(ours, theirs, atol=1e-6)
    assert 0.5 * waited < here <= waited + 1e-9


def test_a_room_and_its_pair_wait_as_the_formula_for_rooms_says() -> None:
    network = Network((Resource("room", 3), Resource("hand", 6)), (Step("make", "room", beside=(("hand", 2),)),))
    rate, rooms = 2.1, 3  # Erlang's C
    full = rate**rooms / factorial(rooms) * rooms / (rooms - rate)
    waits = full / (sum(rate**k / factorial(k) for k in range(rooms)) + full) / (rooms - rate)
    means = []
    for seed in range(8):
        rng = np.random.default_rng(seed)
        touch = rng.exponential(1.0, (20_000, 1))
        work = Work(
            np.cumsum(rng.exponential(1 / 2.1, 20_000)), touch, np.zeros_like(touch), np.ones((20_000, 1), bool)
        )
        passage = run_line(network, work)
        means.append(float((passage.begun - passage.ready)[2000:].mean()))
    assert abs(np.mean(means) - waits) < 4 * np.std(means, ddof=1) / np.sqrt(len(means))


@pytest.fixture(scope="module", params=[BASELINE, AUGMENTED], ids=["baseline", "augmented"])
def made(request: pytest.FixtureRequest) -> tuple[Network, Work, Passage]:
    """800 batches of the plant of the paper."""
    levers: Levers = request.param
    inputs, rng, count = load_preset("paper"), np.random.default_rng(5), 800
    arrivals = np.cumsum(rng.exponential(30.4 / 40, count))
    failed = rng.random(count) < 0.15
    work, _ = plan_work(inputs, levers, draw_chance(5, 0, count), arrivals, failed, np.full(count, 10.0))
    network = plant_network(inputs)
    return network, work, run_line(network, work, compiled=False)


def test_nobody_is_in_two_places(made: tuple[Network, Work, Passage]) -> None:
    """Counted over all moments at which anything begins, from the times alone."""
    network, work, passage = made
    busiest = {}
    for resource in network.resources:
        changes: list[tuple[float, int]] = []
        for step, its in enumerate(network.steps):
            count = dict(its.needs).get(resource.name, 0)
            for batch in np.flatnonzero(work.taken[:, step] & (work.touch[:, step] > 0)) if count else ():
                changes += [(passage.begun[batch, step] + 1e-9, count), (passage.worked[batch, step] - 1e-9, -count)]
        changes.sort()
        busiest[resource.name] = max(np.cumsum([count for _, count in changes]), default=0)
        assert busiest[resource.name] <= resource.places, resource.name
    assert busiest["operators"] == 7, "All of them are needed at times."
    assert busiest["clean_rooms"] >= 2


def test_what_may_not_be_interrupted_lies_within_one_day(made: tuple[Network, Work, Passage]) -> None:
    network, work, passage = made
    calendars = network.calendars()
    looked = 0
    for name in ("start", "care_3", "harvest", "fill", "flow", "potency", "potency_read", "sterility"):
        step = STEPS.index(name)
        assert network.steps[step].whole
        calendar = calendars[step]
        taken = work.taken[:, step]
        begun, worked, touch = passage.begun[taken, step], passage.worked[taken, step], work.touch[taken, step]
        np.testing.assert_allclose(worked - begun, touch, atol=1e-9, err_msg=f"{name} is cut in two")
        fits = touch <= calendar.longest
        opened = [calendar.clock(to) - calendar.clock(since) for since, to in zip(begun, worked, strict=True)]
        np.testing.assert_allclose(np.array(opened)[fits], touch[fits], atol=1e-6, err_msg=f"{name} runs over closing")
        looked += int(fits.sum())
    assert looked > 5000


def test_some_work_does_wait_for_the_next_day_and_what_may_be_laid_aside_begins_today() -> None:
    """Two hours before closing: a piece of three hours waits over the weekend, or is cut in two where it may be."""
    friday_one = 4 + 13 / 24
    for whole, begins, ends in ((True, 7 + 9 / 24, 7 + 12 / 24), (False, friday_one, 7 + 10 / 24)):
        network = Network((Resource("desk", 1, OFFICE),), (Step("serve", "desk", whole=whole),))
        work = Work(np.array([friday_one]), np.array([[3 / 24]]), np.zeros((1, 1)), np.ones((1, 1), bool))
        passage = run_line(network, work, compiled=False)
        assert (passage.begun[0, 0], passage.worked[0, 0]) == pytest.approx((begins, ends))


def test_work_longer_than_a_day_begins_in_the_morning_and_is_done_in_overtime() -> None:
    network = Network((Resource("desk", 1, OFFICE),), (Step("serve", "desk", whole=True),))
    work = Work(np.array([0.5]), np.array([[8 / 24]]), np.zeros((1, 1)), np.ones((1, 1), bool))
    for passage in (run_line(network, work, compiled=False), run_reference(network, work)):
        assert (passage.begun[0, 0], passage.worked[0, 0]) == pytest.approx((1 + 9 / 24, 1 + 17 / 24))


@settings(deadline=None)
@given(st.floats(0, 40), st.floats(0.01, 0.4))
def test_the_first_moment_at_which_work_fits_is_the_same_for_one_and_for_many(time: float, length: float) -> None:
    for calendar in (OFFICE, SHIFT, ALWAYS, together((OFFICE, SHIFT))):
        one, many = (
            calendar.span(time, length, True)[0],
            could_begin(calendar, np.array([time]), np.array([length])),
        )
        assert one == pytest.approx(many[0], abs=1e-6)
        assert one >= time
        if not calendar.always and length <= calendar.longest - EDGE:
            minutes = np.arange(0, 10 * 1440) / 1440
            tried = time + minutes
            inside = [
                any(
                    o <= t % 7 and t % 7 + length <= c + EDGE
                    for o, c in zip(calendar.opens, calendar.closes, strict=True)
                )
                for t in tried.tolist()
            ]
            first = tried[int(np.argmax(inside))]
            assert abs(one - first) <= 1 / 1440 + 1e-6, "to the minute"


def test_hours_that_nobody_can_use_are_found_and_refused() -> None:
    """One piece of four hours fits into a day of six: a third is lost, and more than five a week are refused."""
    network = Network((Resource("desk", 1, OFFICE),), (Step("serve", "desk", whole=True),))
    touch = np.full((1000, 1), 4 / 24)
    work = Work(np.arange(1000.0), touch, np.zeros_like(touch), np.ones((1000, 1), bool))
    load = usable_loads(network, work, 7 / 5 * 1000)[0]
    assert load.lost == pytest.approx(1 / 3, abs=0.01)
    assert load.utilisation == pytest.approx(2 / 3)
    assert load.full == pytest.approx(1.0, abs=0.02)
    cut = replace(network, steps=(replace(network.steps[0], whole=False),))
    assert usable_loads(cut, work, 7 / 5 * 1000)[0].full == pytest.approx(2 / 3)


def test_a_pair_is_not_to_be_had_from_one_person() -> None:
    with pytest.raises(TwinError, match="needs 2 hand at the same time, and there are 1"):
        Network((Resource("hand", 1),), (Step("make", beside=(("hand", 2),)),))


def test_ten_thousand_batches_a_month_need_the_operators_that_their_hours_take() -> None:
    """By hand: two people at the start (6 h), at the harvest (5 h) and at the filling (3 h), and nothing else."""
    inputs = load_preset("paper")
    spread = exp(inputs["line.touch_spread"] ** 2 / 2)  # the mean of a lognormal over its median
    a_day = 10_000 / (365.25 / 12)
    rooms = 2 * (6 + 5 + 3) * spread * a_day
    assert rooms / 12 / 0.85 == pytest.approx(930, abs=2)
    # A day's care of each culture, the papers collected, and corrections: 60 % with findings, 15 % of them missed.
    found = 0.6 * 0.85
    others = (9 * 1.0 + 3.0 + 0.5 * (found + found * 0.15 + 0.6 * 0.15 * 0.5)) * spread * a_day
    need = staff_for(inputs, 10_000, "baseline")
    assert need["operators"] > (rooms + others) / 12 / 0.85
    assert need["operators"] < 1.25 * (rooms + others) / 12 / 0.85, "What does not fit into a shift is not that much."
    assert need["clean_rooms"] > rooms / 2 / 12 / 0.85
    assert staff_for(inputs, 10_000, "augmented")["operators"] > rooms / 12 / 0.85


def test_the_plant_of_the_presets_is_the_least_that_is_busy_for_85_percent() -> None:
    inputs = load_preset("uk-lbcl")  # whose plant is that of base.yaml
    need = staff_for(inputs, 40, "baseline")
    assert need == {name: inputs.whole(f"plant.{name}") for name in need} | {"bot_workers": 1}, "base.yaml is sized so."


def test_steps_come_in_an_order() -> None:
    network = plant_network(load_preset("paper"))
    known = {name: place for place, name in enumerate(STEPS)}
    assert all(known[earlier] < known[step.name] for step in network.steps for earlier in step.after)
    assert all(a < b for a, b in pairwise(known.values()))
