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
in between included); nights and weekends for which work stands still, or does not begin because it would not end
before them, although somebody was free."""


def could_begin(calendar: Calendar, times: Array, lengths: Array | None = None) -> Array:
    """The first times from `times` on at which the calendar is open; with `lengths` (days), at which work of that
    length, begun then, ends before closing (see `Calendar.span`, whose beginnings these are for many at once)."""
    if calendar.always:
        return times
    weeks, rest = np.divmod(times, WEEK)
    opens = np.array((*calendar.opens, *(WEEK + one for one in calendar.opens), 2 * WEEK + calendar.opens[0]))
    closes = np.array((*calendar.closes, *(WEEK + one for one in calendar.closes), 2 * WEEK + calendar.closes[0]))
    place = np.searchsorted(closes, rest + EDGE, side="right")
    begin: Array = np.maximum(opens[place], rest)
    if lengths is not None:
        asked = np.minimum(lengths, calendar.longest)
        late = np.flatnonzero(begin + asked > closes[place] + EDGE)
        while late.size:
            place[late] += 1
            begin[late] = opens[place[late]]
            late = late[begin[late] + asked[late] > closes[place[late]] + EDGE]
    return np.asarray(np.maximum(weeks * WEEK + begin, times))


def critical_parts(network: Network, work: Work, passage: Passage) -> dict[str, Array]:
    """For each batch, days of each of `PARTS` between the end of harvest and release; they add up to the release time.

    At each step the way leads back to the earlier step that was done last.
    """
    n = work.arrivals.size
    before, calendars = network.before(), network.calendars()
    parts = {name: np.zeros(n) for name in PARTS}
    here = np.full(n, RELEASED)
    for step in range(RELEASED, HARVEST, -1):
        on = np.flatnonzero(here == step)
        if not on.size:
            continue
        ready, begun = passage.ready[on, step], passage.begun[on, step]
        worked, done = passage.worked[on, step], passage.done[on, step]
        its = network.steps[step]
        if its.name in DELAYS:
            parts[DELAYS[its.name]][on] += done - worked
        touch = np.where(work.taken[on, step], work.touch[on, step], 0.0)
        parts["touch"][on] += touch
        waited = np.zeros(on.size)
        if its.needs:
            free = could_begin(calendars[step], ready, touch if its.whole else None)
            waited = np.where(work.taken[on, step], np.maximum(begun - free, 0.0), 0.0)
        parts["queue"][on] += waited
        parts["closed"][on] += (worked - ready) - touch - waited
        earlier = np.array(before[step])
        here[on] = earlier[passage.done[np.ix_(on, earlier)].argmax(axis=1)]
    return parts
