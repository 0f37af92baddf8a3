"""What a log tells of the plant around its activities: how cases arrive, when people work, how many, and what follows.

Nothing here is a law that was fitted: all of it is counted, with intervals where chance matters.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from itertools import pairwise
from math import ceil, floor
from typing import Final

import numpy as np

from twin.learn.log import Event, Log
from twin.line.calendar import NAMES
from twin.study.kpis import share

START, END = "(start)", "(end)"
"""What a case comes from and goes to, among the branches."""
_FEWEST_WEEKS: Final = 4
_FEWEST_STAMPS: Final = 30
_USED_DAY: Final = 0.1
_TAIL: Final = 0.025
_USUAL: Final = 0.95
_RESAMPLES: Final = 1000
_MOST_BRANCHES: Final = 30
_DAY, _WEEK = timedelta(days=1), timedelta(weeks=1)


@dataclass(frozen=True)
class Arrivals:
    """How cases arrive, in whole weeks of the plant's clock.

    Attributes:
        weeks: how many whole weeks were counted; the first and the last one are left out, as the log cuts them.
        a_week: cases a week with the 95 % interval (weeks resampled).
        dispersion: variance of weekly counts over their mean; 1 where cases come independently.
        weekdays: share of cases by the day on which they begin, Monday first.
    """

    weeks: int
    a_week: tuple[float, float, float]
    dispersion: float
    weekdays: tuple[float, ...]


@dataclass(frozen=True)
class Hours:
    """When something is begun and ended, on the plant's clock.

    Attributes:
        of: an activity; empty for the whole log.
        days: as `--hours` takes them, such as `Mon-Fri`; all used days by name where they are no row.
        first, last: hours of the day between which 95 % of its times lie, rounded outwards.
        inside: share of times within these days and hours.
    """

    of: str
    days: str
    first: int
    last: int
    inside: float


@dataclass(frozen=True)
class Pool:
    """Who does an activity, or works in a role.

    Attributes:
        of: the activity or role.
        people: how many names do it; 0 where the log names none.
        most: the most that went on at once.
        usual: how many went on at once at most in 95 % of the time in which any did.
    """

    of: str
    people: int
    most: int
    usual: int


@dataclass(frozen=True)
class Branch:
    """What follows an activity: how often, and as a share of all that follows it, with its 95 % interval."""

    before: str
    after: str
    times: int
    share: tuple[float, float, float]


@dataclass(frozen=True)
class LearnedPlant:
    """Arrivals (None where the log spans too few weeks), working hours, pools by activity and by role, and branches."""

    arrivals: Arrivals | None
    hours: tuple[Hours, ...]
    pools: tuple[Pool, ...]
    role_pools: tuple[Pool, ...]
    branches: tuple[Branch, ...]


def learn_plant(log: Log, rng: np.random.Generator, zone: tzinfo | None = None) -> LearnedPlant:
    """Count what a log tells of its plant.

    Args:
        log: the log.
        rng: for the interval of arrivals.
        zone: of the plant's clock; None where the log's times are those of a clock of its own.
    """
    events = list(log.events)
    by_activity, by_role = _grouped(events, lambda one: one.activity), _grouped(events, lambda one: one.role)
    hours = [_hours("", events, zone), *(_hours(name, its, zone) for name, its in by_activity.items())]
    return LearnedPlant(
        _arrivals(log, rng, zone),
        tuple(one for one in hours if one is not None),
        tuple(pool for name, its in by_activity.items() if (pool := _pool(name, its)) is not None),
        tuple(pool for name, its in by_role.items() if name and (pool := _pool(name, its)) is not None),
        tuple(_branches(log)),
    )


def _grouped(events: Sequence[Event], key: Callable[[Event], str]) -> dict[str, list[Event]]:
    """Events by a name, the most frequent first."""
    found: dict[str, list[Event]] = {}
    for one in events:
        found.setdefault(key(one), []).append(one)
    return dict(sorted(found.items(), key=lambda one: (-len(one[1]), one[0])))


def _wall(at: datetime, zone: tzinfo | None) -> datetime:
    return at.astimezone(zone) if zone is not None else at


def _arrivals(log: Log, rng: np.random.Generator, zone: tzinfo | None) -> Arrivals | None:
    begun = sorted(_wall(events[0].first, zone).replace(tzinfo=None) for events in log.cases.values())
    first, last = (_monday(one) for one in (begun[0], begun[-1]))
    weeks = round((last - first) / _WEEK) - 1
    if weeks < _FEWEST_WEEKS:
        return None
    counts = np.zeros(weeks)
    for at in begun:
        place = round((_monday(at) - first) / _WEEK) - 1
        if 0 <= place < weeks:
            counts[place] += 1
    means = rng.choice(counts, (_RESAMPLES, weeks)).mean(axis=1)
    low, high = (float(one) for one in np.quantile(means, (_TAIL, 1 - _TAIL)))
    mean = float(counts.mean())
    days = Counter(at.weekday() for at in begun)
    shares = tuple(days[day] / len(begun) for day in range(len(NAMES)))
    return Arrivals(weeks, (mean, low, high), float(counts.var(ddof=1) / mean) if mean else float("nan"), shares)


def _monday(at: datetime) -> datetime:
    return datetime(at.year, at.month, at.day) - at.weekday() * _DAY  # noqa: DTZ001 - of a clock on the wall


def _hours(name: str, events: Iterable[Event], zone: tzinfo | None) -> Hours | None:
    """Days and hours of some events; None where there are few, or where they name days alone."""
    stamps = [_wall(at, zone) for one in events for at in (one.start, one.end) if at is not None]
    if len(stamps) < _FEWEST_STAMPS or all((at.hour, at.minute, at.second) == (0, 0, 0) for at in stamps):
        return None
    counted = Counter(at.weekday() for at in stamps)
    used = [day for day in range(len(NAMES)) if counted[day] >= _USED_DAY * max(counted.values())]
    times = np.array([at.hour + at.minute / 60 + at.second / 3600 for at in stamps])
    on = np.array([at.weekday() in used for at in stamps])
    low, high = np.quantile(times[on], (_TAIL, 1 - _TAIL))
    first, last = floor(low), max(ceil(high), floor(low) + 1)
    return Hours(name, _named(used), first, last, float(np.mean(on & (times >= first) & (times <= last))))


def _named(days: Sequence[int]) -> str:
    row = list(range(days[0], days[-1] + 1)) == list(days)
    if row:
        return NAMES[days[0]] if len(days) == 1 else f"{NAMES[days[0]]}-{NAMES[days[-1]]}"
    return ", ".join(NAMES[day] for day in days)


def _pool(name: str, events: Sequence[Event]) -> Pool | None:
    """How many do it at once; None where no event says when it began."""
    spans = [(one.start, one.end) for one in events if one.start is not None and one.end is not None]
    if not spans:
        return None
    busy: dict[int, float] = {}
    for running, seconds in _levels(spans):
        busy[running] = busy.get(running, 0.0) + seconds
    most = max(busy, default=1)
    total, reached, usual = sum(busy.values()), 0.0, most
    for running in sorted(busy):
        reached += busy[running]
        if reached >= _USUAL * total:
            usual = running
            break
    return Pool(name, len({one.resource for one in events if one.resource}), max(most, 1), max(usual, 1))


def _levels(spans: Sequence[tuple[datetime, datetime]]) -> Iterator[tuple[int, float]]:
    """How many spans ran at once, and for how many seconds; one that ends makes room before another one begins."""
    changes = sorted([(begin, 1) for begin, _ in spans] + [(end, -1) for _, end in spans])
    running = 0
    for (at, change), (after, _) in pairwise(changes):
        running += change
        seconds = (after - at).total_seconds()
        if running and seconds:
            yield running, seconds


def _branches(log: Log) -> list[Branch]:
    """What follows what, by the end of each activity: the next one of the case that begins or ends after it."""
    counted: Counter[tuple[str, str]] = Counter()
    for events in log.cases.values():
        names = [one.activity for one in sorted(events, key=lambda one: (one.last, one.first))]
        counted.update(pairwise([START, *names, END]))
    out: Counter[str] = Counter()
    for (before, _), times in counted.items():
        out[before] += times
    found = []
    for (before, after), times in counted.most_common(_MOST_BRANCHES):
        part = share(times, out[before])
        found.append(Branch(before, after, times, (part.mean, part.low, part.high)))
    return found
