"""The loop of `twin.line.engine` compiled by numba, where it is installed (`pip install batchwright[fast]`)."""

import sys
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import numpy as np

from twin.line.calendar import ALWAYS
from twin.line.network import Network, Passage, Resource, Step, Work
from twin.model.errors import TwinError


def available() -> bool:
    """Whether numba is installed."""
    return find_spec("numba") is not None


def at_hand() -> bool:
    """Whether this process has it already: then it costs nothing to use it for the smallest run."""
    return "twin.line.compiled_loop" in sys.modules


def wake() -> None:
    """Compile the loop, or read what was compiled before, where numba is installed; what follows uses it."""
    if available():
        tiny = Work(np.zeros(1), np.zeros((1, 1)), np.zeros((1, 1)), np.ones((1, 1), bool))
        run(Network((Resource("desk", 1, ALWAYS),), (Step("look", "desk"),)), tiny)


def run(network: Network, work: Work) -> Passage:
    """As `run_line`. Raises `TwinError` where numba is not installed."""
    n, steps = work.touch.shape
    before = network.before()
    follow: list[list[int]] = [[k for k, earlier in enumerate(before) if j in earlier] for j in range(steps)]
    calendars, needs = network.calendars(), network.needs()
    windows = max(len(calendar.opens) for calendar in calendars)
    opens, closes, worked = (np.full((steps, windows), np.inf) for _ in range(3))
    for place, calendar in enumerate(calendars):
        count = len(calendar.opens)
        opens[place, :count], closes[place, :count] = calendar.opens, calendar.closes
        worked[place, :count] = calendar.worked
    times = _loop()(
        work.arrivals.astype(np.float64),
        np.ascontiguousarray(work.touch),
        np.ascontiguousarray(work.delay),
        np.ascontiguousarray(work.taken),
        np.array([step.lag for step in network.steps], np.float64),
        np.array([step.whole for step in network.steps], np.bool_),
        np.array([need for its in needs for need in its], np.int64).reshape(-1, 2),
        np.cumsum([0, *(len(its) for its in needs)]).astype(np.int64),
        np.array([len(earlier) for earlier in before], np.int64),
        np.array([later for steps_after in follow for later in steps_after], np.int64),
        np.cumsum([0, *(len(steps_after) for steps_after in follow)]).astype(np.int64),
        np.cumsum([0, *(resource.places for resource in network.resources)]).astype(np.int64),
        np.array([calendar.weekly for calendar in calendars], np.float64),
        np.array([calendar.longest for calendar in calendars], np.float64),
        np.array([len(calendar.opens) for calendar in calendars], np.int64),
        opens,
        closes,
        worked,
    )
    return Passage(*(part.reshape(n, steps) for part in times))


def _loop() -> Callable[..., Any]:
    if not available():
        raise TwinError("The compiled line needs numba: install batchwright with the extra 'fast', or leave it out.")
    from twin.line.compiled_loop import loop

    return loop
