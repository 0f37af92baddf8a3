"""The line in SimPy: one process for each batch and step, people and places with a diary each, in the order of time.

This is the plain way to write the model down: at every step it looks through all diaries for the first moment at which
enough of them are empty, and walks through the days until the work fits. It is slow, and it is the yardstick of
`twin.line.engine`.
"""

from collections.abc import Generator
from itertools import pairwise
from typing import Any

import numpy as np
import simpy

from twin.line.calendar import EDGE, WEEK, Calendar
from twin.line.network import Network, Passage, Work

_Diary = list[tuple[float, float]]


def run_reference(network: Network, work: Work) -> Passage:
    """As `run_line`, by SimPy. Raises `TwinError` for work that does not fit the network."""
    work.check(network)
    n, steps = work.touch.shape
    passage = Passage(*(np.zeros((n, steps)) for _ in range(4)))
    env = simpy.Environment()
    diaries: list[list[_Diary]] = [[[] for _ in range(resource.places)] for resource in network.resources]
    before, needs = network.before(), network.needs()

    def step_of(batch: int, step: int, earlier: list[Any]) -> Generator[Any, Any, None]:
        if earlier:
            yield env.all_of(earlier)
        taken = bool(work.taken[batch, step])
        if taken and network.steps[step].lag:
            yield env.timeout(network.steps[step].lag)
        passage.ready[batch, step] = start = finish = env.now
        if taken:
            touch = float(work.touch[batch, step])
            finish = start + touch
            if needs[step]:
                wanted = [(diaries[place], count) for place, count in needs[step]]
                calendars = [network.resources[place].calendar for place, _ in needs[step]]
                start, finish = _book(wanted, calendars, env.now, touch, whole=network.steps[step].whole)
        passage.begun[batch, step], passage.worked[batch, step] = start, finish
        yield env.timeout(max(finish - env.now, 0.0) + (float(work.delay[batch, step]) if taken else 0.0))
        passage.done[batch, step] = env.now

    def batch_of(batch: int) -> Generator[Any, Any, None]:
        yield env.timeout(float(work.arrivals[batch]))
        running: list[Any] = []
        for step in range(steps):
            running.append(env.process(step_of(batch, step, [running[earlier] for earlier in before[step]])))

    for batch in range(n):
        env.process(batch_of(batch))
    env.run()
    return passage


def _book(
    wanted: list[tuple[list[_Diary], int]], calendars: list[Calendar], now: float, touch: float, *, whole: bool
) -> tuple[float, float]:
    """Begin and end of work, written into the diaries of those that do it: the last to come free, of those who are."""
    ends = sorted({now, *(_last(diary) for diaries, _ in wanted for diary in diaries if _last(diary) > now)})
    moment = next(at for at in ends if all(sum(_last(d) <= at for d in ds) >= count for ds, count in wanted))
    start, finish = _through_the_days(calendars, moment, touch, whole=whole)
    for diaries, count in wanted:
        free = sorted((diary for diary in diaries if _last(diary) <= start), key=_last)
        for diary in free[-count:]:
            diary.append((start, finish))
    return start, finish


def _last(diary: _Diary) -> float:
    return diary[-1][1] if diary else 0.0


def _through_the_days(calendars: list[Calendar], moment: float, touch: float, *, whole: bool) -> tuple[float, float]:
    """Begin and end of work, window by window in which all are open."""
    if all(one.always for one in calendars):
        return moment, moment + touch
    start, left = None, touch
    longest = max(to - since for since, to in _windows(calendars, 0.0, WEEK))
    week = moment // WEEK * WEEK
    while True:
        for since, to in _windows(calendars, week, week + WEEK):
            begin = max(since, moment)
            if to - begin <= EDGE:
                continue
            if whole:
                if begin + min(touch, longest) <= to + EDGE:
                    return begin, begin + touch
                continue
            start = begin if start is None else start
            if left <= to - begin + EDGE:
                return start, begin + left
            left -= to - begin
        week += WEEK


def _windows(calendars: list[Calendar], since: float, to: float) -> list[tuple[float, float]]:
    """Stretches between two times in which all calendars are open: between any two edges of theirs, all or none."""
    edges = sorted({since, to, *(since + edge for one in calendars for edge in (*one.opens, *one.closes))})
    found: list[tuple[float, float]] = []
    for a, b in pairwise(edges):
        middle = (a + b) / 2 - since
        if b > a and all(
            any(o <= middle <= c for o, c in zip(one.opens, one.closes, strict=True)) for one in calendars
        ):
            found.append((found.pop()[0], b) if found and found[-1][1] == a else (a, b))
    return found
