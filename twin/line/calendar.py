"""Working hours: when a resource works, and how far a piece of work gets in that time.

Times are days since a Monday at 00:00. The work clock of a calendar stands still while it is closed, and so does work
that may be interrupted. Work that may not begins where it fits.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from twin.model.errors import TwinError

Array = NDArray[np.float64]
WEEK = 7.0
EDGE = 1e-9
"""Days within which a time counts as the edge of a window (rounding must not push work over a night)."""
NAMES = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dataclass(frozen=True)
class Calendar:
    """Open windows of a week: `opens[j]` to `closes[j]`, ascending, in days; `worked[j]` is the work before window j
    and `weekly` the work of a whole week."""

    opens: tuple[float, ...]
    closes: tuple[float, ...]
    worked: tuple[float, ...]
    weekly: float

    @property
    def always(self) -> bool:
        """Whether it never closes."""
        return self.weekly == WEEK

    @cached_property
    def longest(self) -> float:
        """Days of the longest window."""
        return max(closes - opens for opens, closes in zip(self.opens, self.closes, strict=True))

    def clock(self, time: float) -> float:
        """Work clock at a time: all open time since the start."""
        if self.weekly == WEEK:
            return time
        weeks, rest = divmod(time, WEEK)
        place = bisect_right(self.opens, rest) - 1
        if place < 0:
            return weeks * self.weekly
        return weeks * self.weekly + self.worked[place] + min(rest, self.closes[place]) - self.opens[place]

    def ends(self, clock: float) -> float:
        """The earliest time at which the work clock shows `clock`: work that ends then needs no further window."""
        if self.weekly == WEEK:
            return clock
        weeks, rest = divmod(clock, self.weekly)
        if rest < EDGE and weeks > 0:
            weeks, rest = weeks - 1, self.weekly
        place = max(bisect_left(self.worked, rest - EDGE) - 1, 0)
        return weeks * WEEK + min(self.opens[place] + rest - self.worked[place], self.closes[place])

    def span(self, time: float, length: float, whole: bool) -> tuple[float, float]:
        """Begin and end of work of `length` days that can begin at `time` at the earliest.

        Work that is `whole` begins only where it ends before closing; what is longer than the longest window begins
        with such a window, and runs over its end. Other work begins in the first open window and stands still while
        it is closed.
        """
        if self.weekly == WEEK:
            return time, time + length
        week = time // WEEK * WEEK
        opens, closes = self.opens, self.closes
        place = bisect_right(closes, time - week + EDGE)
        asked = self.longest if whole and length > self.longest else length
        while True:
            if place == len(opens):
                week, place = week + WEEK, 0
            begin = week + opens[place]
            if begin < time:
                begin = time
            if begin + asked <= week + closes[place] + EDGE:
                return begin, begin + length
            if not whole:
                return begin, self.ends(self.clock(begin) + length)
            place += 1


def weekly_calendar(days: str, begin: float, end: float) -> Calendar:
    """Open on `days` ("Mon-Fri", "Mon-Sun", "Tue") from hour `begin` to hour `end`. Raises `TwinError` otherwise."""
    first, _, last = days.partition("-")
    if first not in NAMES or (last or first) not in NAMES:
        raise TwinError(f"The working days {days!r} are not known: write, for instance, Mon-Fri or Tue.")
    if not 0 <= begin < end <= 24:
        raise TwinError(
            f"Working hours from {begin} to {end} are not possible: give hours of one day, the first lower."
        )
    chosen = range(NAMES.index(first), NAMES.index(last or first) + 1)
    if not chosen:
        raise TwinError(f"The working days {days!r} run backwards: write the earlier day first.")
    windows = [(day + begin / 24, day + end / 24) for day in chosen]
    joined = [windows[0]]
    for opens, closes in windows[1:]:
        if opens <= joined[-1][1]:
            joined[-1] = (joined[-1][0], closes)
        else:
            joined.append((opens, closes))
    return _of_windows(joined)


def _of_windows(windows: Sequence[tuple[float, float]]) -> Calendar:
    worked = np.concatenate([[0.0], np.cumsum([closes - opens for opens, closes in windows])])
    whole = len(windows) == 1 and windows[0] == (0.0, WEEK)
    return Calendar(
        tuple(opens for opens, _ in windows),
        tuple(closes for _, closes in windows),
        tuple(worked[:-1].tolist()),
        WEEK if whole else float(worked[-1]),
    )


ALWAYS = weekly_calendar("Mon-Sun", 0, 24)


def together(calendars: Iterable[Calendar]) -> Calendar:
    """When all of some calendars are open; `ALWAYS` for none. Raises `TwinError` where they never are at once."""
    windows = [(0.0, WEEK)]
    for calendar in calendars:
        its = list(zip(calendar.opens, calendar.closes, strict=True))
        windows = [(max(a, c), min(b, d)) for a, b in windows for c, d in its if max(a, c) < min(b, d)]
    if not windows:
        raise TwinError("What is needed at the same time is never open at the same time: give hours that overlap.")
    return _of_windows(windows)
