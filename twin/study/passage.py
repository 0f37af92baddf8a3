"""Where the release time of a batch goes: the way back from the signature to the harvest, along what was waited for."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from twin.line import Calendar, Network, Passage, Work
from twin.line.calendar import EDGE, WEEK
from twin.study.plant import ANSWER, DELAYS, HARVEST, MOVING, RELEASED, TESTING

Array = NDArray[np.float64]

PARTS: Final = ("touch", TESTING, MOVING, ANSWER, "queue", "closed")
"""Hands on; assays that incubate; freezing and moving; waiting for an answer; waiting for somebody who is busy (nights
in between included); nights and weekends for which work stands still although somebody was free."""


def could_begin(calendar: Calendar, times: Array) -> Array:
    """The first times from `times` on at which the calendar is open."""
    if calendar.always:
        return times
    weeks, rest = np.divmod(times, WEEK)
    opens, closes = np.array((*calendar.opens, WEEK + calendar.opens[0])), np.array(calendar.closes)
    place = np.searchsorted(closes, rest + EDGE, side="right")
    begin: Array = np.maximum(weeks * WEEK + opens[place], times)
    return begin


def critical_parts(network: Network, work: Work, passage: Passage) -> dict[str, Array]:
    """For each batch, days of each of `PARTS` between the end of harvest and release; they add up to the release time.

    At each step the way leads back to the earlier step that was done last.
    """
    n = work.arrivals.size
    before, at = network.before(), network.at()
    parts = {name: np.zeros(n) for name in PARTS}
    here = np.full(n, RELEASED)
    for step in range(RELEASED, HARVEST, -1):
        on = np.flatnonzero(here == step)
        if not on.size:
            continue
        ready, begun = passage.ready[on, step], passage.begun[on, step]
        worked, done = passage.worked[on, step], passage.done[on, step]
        if DELAYS[step]:
            parts[DELAYS[step]][on] += done - worked
        touch = np.where(work.taken[on, step], work.touch[on, step], 0.0)
        parts["touch"][on] += touch
        waited = np.zeros(on.size)
        if at[step] >= 0:
            free = could_begin(network.resources[at[step]].calendar, ready)
            waited = np.where(work.taken[on, step], np.maximum(begun - free, 0.0), 0.0)
        parts["queue"][on] += waited
        parts["closed"][on] += (worked - ready) - touch - waited
        earlier = np.array(before[step])
        here[on] = earlier[passage.done[np.ix_(on, earlier)].argmax(axis=1)]
    return parts
