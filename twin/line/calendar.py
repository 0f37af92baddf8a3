"""Working hours: when a resource works, and how far a piece of work gets in that time.

Times are days since a Monday at 00:00. The work clock of a calendar stands still while it is closed, so a queue with
opening hours is a plain queue on its work clock.
"""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass

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

    def clock(self, time: float) -> float:
        """Work clock at a time: all open time since the start."""
        if self.weekly == WEEK:
            return time
        weeks, rest = divmod(time, WEEK)
        place = bisect_right(self.opens, rest) - 1
        if place < 0:
            return weeks * self.weekly
        return weeks * self.weekly + self.worked[place] + min(rest, self.closes[place]) - self.opens[place]

    def begins(self, clock: float) -> float:
        """The latest time at which the work clock shows `clock`: work that begins then begins in an open window."""
        if self.weekly == WEEK:
            return clock
        weeks, rest = divmod(clock, self.weekly)
        if rest > self.weekly - EDGE:
            weeks, rest = weeks + 1, 0.0
        place = bisect_right(self.worked, rest + EDGE) - 1
        return weeks * WEEK + self.opens[place] + max(rest - self.worked[place], 0.0)

    def ends(self, clock: float) -> float:
        """The earliest time at which the work clock shows `clock`: work that ends then needs no further window."""
        if self.weekly == WEEK:
            return clock
        weeks, rest = divmod(clock, self.weekly)
        if rest < EDGE and weeks > 0:
            weeks, rest = weeks - 1, self.weekly
        place = max(bisect_left(self.worked, rest - EDGE) - 1, 0)
        return weeks * WEEK + min(self.opens[place] + rest - self.worked[place], self.closes[place])


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
    lengths = [closes - opens for opens, closes in joined]
    worked = np.concatenate([[0.0], np.cumsum(lengths)])
    whole = len(chosen) == 7 and begin == 0 and end == 24
    return Calendar(
        tuple(opens for opens, _ in joined),
        tuple(closes for _, closes in joined),
        tuple(worked[:-1].tolist()),
        WEEK if whole else float(worked[-1]),
    )


ALWAYS = weekly_calendar("Mon-Sun", 0, 24)
